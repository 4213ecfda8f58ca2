"""The time that work took, interruptions aside."""

from __future__ import annotations

from pathlib import Path

import pytest

from muso.learn import stopwatch
from muso.learn.stopwatch import Stopwatch
from muso.progress import Progress

STEP = Progress("training", 1, 2)


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
    first = Stopwatch(tmp_path)
    clock.now += 120
    first(STEP)
    clock.now += 3600  # killed, and gone on with an hour later
    second = Stopwatch(tmp_path)
    clock.now += 60
    assert second.minutes == pytest.approx(3.0)


def test_it_passes_on_what_it_is_told_and_writes_seldom(tmp_path: Path, clock: Clock) -> None:
    told: list[Progress] = []
    watch = Stopwatch(tmp_path, told.append)
    written = set()
    for done in range(36):
        clock.now += 1
        watch(Progress("training", done, 36))
        written |= {path.read_text() for path in tmp_path.iterdir()}
    assert [progress.done for progress in told] == list(range(36))
    assert [float(text) * 60 for text in sorted(written, key=float)] == [10, 20, 30]


def test_where_nothing_is_kept_to_go_on_from_no_time_is_kept(tmp_path: Path, clock: Clock) -> None:
    watch = Stopwatch(tmp_path / "run")
    clock.now += 30
    watch(STEP)
    assert watch.minutes == 0.5
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"a minute", b"\xff\xfe"])
def test_a_damaged_file_does_not_stop_the_work(
    content: bytes, tmp_path: Path, clock: Clock
) -> None:
    first = Stopwatch(tmp_path)
    clock.now += 60
    first(STEP)
    (kept,) = tmp_path.iterdir()
    kept.write_bytes(content)
    assert Stopwatch(tmp_path).minutes == 0.0


def test_a_folder_in_the_way_does_not_stop_the_work(tmp_path: Path, clock: Clock) -> None:
    first = Stopwatch(tmp_path)
    clock.now += 60
    first(STEP)
    (kept,) = tmp_path.iterdir()
    kept.unlink()
    kept.mkdir()
    second = Stopwatch(tmp_path)
    clock.now += 60
    second(STEP)
    assert second.minutes == 1.0
