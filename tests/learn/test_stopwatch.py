"""The time that work took, interruptions aside."""

from __future__ import annotations

from pathlib import Path

import pytest

from muso.learn import stopwatch
from muso.learn.stopwatch import Stopwatch
from muso.progress import Progress


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(stopwatch, "time", clock)
    return clock


def test_what_was_before_an_interruption_counts_and_the_pause_does_not(
    tmp_path: Path, clock: Clock
) -> None:
    first = Stopwatch(tmp_path / "run")
    clock.now += 120
    first(Progress("training", 1, 2))
    clock.now += 3600  # killed, and gone on with an hour later
    second = Stopwatch(tmp_path / "run")
    clock.now += 60
    assert second.minutes == pytest.approx(3.0)


def test_it_passes_on_what_it_is_told_and_writes_seldom(tmp_path: Path, clock: Clock) -> None:
    told: list[Progress] = []
    watch = Stopwatch(tmp_path, told.append)
    for done in range(5):
        clock.now += 1
        watch(Progress("training", done, 5))
    assert [progress.done for progress in told] == [0, 1, 2, 3, 4]
    assert not (tmp_path / "minutes").exists()


def test_nothing_is_left_where_nothing_was_interrupted(tmp_path: Path, clock: Clock) -> None:
    watch = Stopwatch(tmp_path / "run")
    clock.now += 30
    assert watch.minutes == 0.5
    assert list(tmp_path.iterdir()) == []
