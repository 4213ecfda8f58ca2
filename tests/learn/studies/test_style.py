"""The style study's experiments, tiny."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from muso.bundle.store import home
from muso.judge.intervals import Interval
from muso.judge.language import LanguageReport, Surprise
from muso.judge.leaks import Leak
from muso.judge.report import Side, SplitFacts
from muso.learn import style_earlier
from muso.learn.language import LanguageNet, Shape
from muso.learn.language_binding import bind_language
from muso.learn.recipe import Recipe
from muso.learn.studies import STUDIES
from muso.learn.studies.study import Context
from muso.learn.studies.style import EPOCHS, STYLE
from muso.learn.studies.style_data import HELD_OUT, Result, joined, note_asked
from muso.learn.style_measure import Asked
from muso.music.midi import write_score
from muso.music.score import Score
from muso.represent.notes import Notes


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


def test_a_mean_of_made_pieces_has_an_interval_of_the_mean_not_the_spread_of_the_pieces() -> None:
    spread = np.random.default_rng(0).integers(0, 20, 100).astype(np.float64)

    def run_of(values: NDArray[np.float64]) -> Interval:
        return joined([Result("a", (), {}, "", means={"work.longest_run": values})])[
            "work.longest_run"
        ]

    found = run_of(spread)
    error = spread.std(ddof=1) / 10
    assert found.value == pytest.approx(spread.mean())
    assert found.high - found.low == pytest.approx(2 * 1.98 * error, rel=0.15)
    few = run_of(np.array([0.0, 1.0, 8.0]))
    assert few.low == 0.0 and few.high > 8.0
    assert np.isnan(run_of(np.array([3.0])).low)


def test_every_setting_of_the_comparison_is_there() -> None:
    assert STUDIES["style"] is STYLE
    names = {experiment.name for experiment in STYLE.experiments}
    assert {"muso", "earlier", "bidirectional", "attention", "epochs"} <= names
    assert {"batch-32", "batch-128", "dropout-0.1", "dropout-0.5", "dropout-0.7"} <= names


def walk(seed: int, steps: list[int], notes: int = 230) -> Score:
    rng = np.random.default_rng(seed)
    return Score.of(48 + np.cumsum(rng.choice(steps, notes)) % 30, np.arange(notes) / 2, 0.5)


STEPS = {"leaps": [-5, 7], "steps": [-1, 2]}


def test_our_own_recipe_is_held_against_the_earlier_one_and_what_it_makes_against_the_folders(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    knows_nothing(monkeypatch, context.folder)
    data = context.folder / "folders"
    for name, steps in STEPS.items():
        (data / name / HELD_OUT).mkdir(parents=True)
        for seed in range(9):
            write_score(walk(seed, steps), data / name / f"{seed}.mid")
        for seed in (20, 21):
            write_score(walk(seed, steps), data / name / HELD_OUT / f"{seed}.mid")
        noted = replace(context, data=data / name, folder=context.folder / "earlier" / name)
        note_asked(noted, "earlier", [Asked(400.0, 200)] * 2)
    own = replace(context, data=data, folder=context.folder / "muso", composer=_copy)
    (muso,) = STYLE.chosen(("muso",))
    metrics = muso.run(own).metrics
    assert metrics["work.pitch_loss_of_the_base_leaps"].value > 1.0
    below = metrics["work.below_earlier_steps"].value
    assert below == pytest.approx(1 - metrics["work.pitch_loss_steps"].value / 2, abs=1e-6)
    # What is made is the folder's own music: told apart, nearest, and all of it copied.
    assert metrics["work.told_apart"].value == metrics["work.nearest_in_interval"].value == 1.0
    assert metrics["work.copying"].value == 1.0 > metrics["work.copying_of_real"].value
    assert metrics["work.judge"].value > 0.8
    assert metrics["work.seconds"].value >= 0.0


def _copy(bundle: Path, notes: int, seed: int) -> Score:
    return walk(seed % 2, STEPS[bundle.parent.name])


def knows_nothing(monkeypatch: pytest.MonkeyPatch, place: Path) -> None:
    """A base model that knows nothing, small enough to be trained in a test."""
    monkeypatch.setenv("MUSO_HOME", str(place / "home"))
    torch.manual_seed(0)
    encoding = Notes()
    shape = Shape(units=12, layers=1, embedding=8, noise=0.0)
    net = LanguageNet(encoding.sizes, encoding.derived, 4, shape)
    figure = Interval(1.0, 1.0, 1.0)
    surprise = Surprise("nobody", figure, figure)
    side = Side(1, 1)
    facts = SplitFacts("work", "piece", False, 0, "", side, side, side)
    report = LanguageReport(
        "notes", facts, surprise, 1, (surprise,), (Leak("copies", 0, "none"),), "", "", 0.0
    )
    target = home() / "bundles" / "muse.1"
    bind_language(target, net, encoding, ("any",), {}, lambda draft: report, about="Nothing.")
