"""The style study's experiments, tiny."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from muso.learn import style_earlier
from muso.learn.recipe import Recipe
from muso.learn.studies import STUDIES
from muso.learn.studies.study import Context
from muso.learn.studies.style import EPOCHS, STYLE
from muso.music.midi import write_score
from muso.music.score import Score


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Context]:
    """A folder of tunes, and networks small enough for a test."""
    read = style_earlier.read_earlier

    def small(name: str, changes: list[str]) -> Recipe:
        sizes = ["network.units=8", "network.layers=1", "network.dense=8", "network.drop=0.0"]
        return read(name, [*changes, *sizes, "fit.batch=16"])

    monkeypatch.setattr(style_earlier, "read_earlier", small)
    data, run = tmp_path / "data", tmp_path / "run"
    data.mkdir()
    run.mkdir()
    for seed in range(8):
        rng = np.random.default_rng(seed)
        pitch = 60 + rng.choice([0, 2, 4, 7, 9], 270)
        write_score(Score.of(pitch, np.arange(270) / 2, 0.5), data / f"{seed}.mid")
    yield Context(data, 0.02, 0.002, 1, run)


def test_a_setting_is_measured_on_pieces_on_windows_and_on_copying(context: Context) -> None:
    (earlier,) = STYLE.chosen(("batch-32",))
    outcome = earlier.run(context)
    assert set(outcome.metrics) == {
        "work.pitch_loss",
        "windows.pitch_loss",
        "work.copying",
        "work.longest_run",
    }
    assert 0 < outcome.metrics["work.pitch_loss"].value < np.log(12) + 0.5
    assert "epochs over" in outcome.size
    assert len(outcome.predictions["work"]) == 1


def test_the_curve_has_its_four_points_and_the_last_stands_in_the_table(context: Context) -> None:
    (epochs,) = STYLE.chosen(("epochs",))
    metrics = epochs.run(context).metrics
    assert {f"work.pitch_loss_{n}" for n in EPOCHS} <= set(metrics)
    assert metrics["work.pitch_loss"] == metrics["work.pitch_loss_1000"]


def test_every_setting_of_the_comparison_is_there() -> None:
    assert STUDIES["style"] is STYLE
    names = {experiment.name for experiment in STYLE.experiments}
    assert {"muso", "earlier", "bidirectional", "attention", "epochs"} <= names
    assert {"batch-32", "batch-128", "dropout-0.1", "dropout-0.5", "dropout-0.7"} <= names
