"""Every view keeps one contract, on real music and on the strangest that a file can hold."""

from __future__ import annotations

import pickle
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tomli_w

from muso.music.clip import Clip
from muso.music.cover import Cover
from muso.music.midi import read_score
from muso.music.score import Score, Track
from muso.represent import VIEWS
from muso.represent.view import View

EXAMPLES = sorted(Path("examples").glob("*.mid"))
DRUMS = (Track("drums", 0, is_drum=True),)


def crowd() -> Score:
    rng = np.random.default_rng(0)
    return Score.of(rng.integers(0, 128, 10_000), np.zeros(10_000), np.ones(10_000))


def noise(seconds: float, channels: int = 1) -> Clip:
    samples = np.random.default_rng(0).normal(0, 0.2, (channels, round(22_050 * seconds)))
    return Clip(samples.astype(np.float32), 22_050)


PIECES: dict[str, dict[str, Any]] = {
    "score": {
        **{path.stem: read_score(path) for path in EXAMPLES[:4]},
        "one note": Score.of([60], [0], [1]),
        "two notes": Score.of([60, 61], [0, 1], [1, 1]),
        "one note of no length": Score.of([60], [0], [0]),
        "no lengths": Score.of([60, 64, 67, 60], [0, 1, 2, 2], 0),
        "only drums": Score.of([35, 42, 38], [0, 1, 2], 0.25, tracks=DRUMS),
        "10,000 notes at once": crowd(),
        "an hour": Score.of([60, 62, 64] * 200, np.arange(600) * 12, 11, tempo_bpm=120),
        "one note held for hours": Score.of([60, 60], [0, 20_000], [40_000, 1], tempo_bpm=120),
        "lowest and highest": Score.of([0, 127, 0, 127], [0, 0, 1, 2], 1, [1, 127, 127, 1]),
        "far from the start": Score.of([60, 67], [5_000, 5_001], [1, 1]),
        "tempos at the limits": Score.of([60, 62, 64], [0, 1, 2], 1, tempo_bpm=6000),
        "all pitch classes alike": Score.of(np.arange(60, 72), np.arange(12), 1),
    },
    "clip": {
        "noise": noise(3),
        "a blink": noise(0.01),
        "silence": Clip(np.zeros((2, 9), "f"), 8000),
    },
    "cover": {"black": Cover(np.zeros((7, 5, 3), np.uint8))},
}
CASES = [
    pytest.param(kind(), piece, id=f"{name}: {title}")
    for name, kind in VIEWS.items()
    for title, piece in PIECES[kind.media].items()
]
each_view = pytest.mark.parametrize("view", [kind() for kind in VIEWS.values()], ids=list(VIEWS))
each_case = pytest.mark.parametrize(("view", "piece"), CASES)


def any_piece(view: View) -> Any:
    return next(iter(PIECES[view.media].values()))


@each_case
def test_slices_have_the_shape_of_the_view_and_are_finite(view: View, piece: Any) -> None:
    slices = view.slices(piece)
    count = len(slices.values)
    assert count >= 1
    assert slices.values.shape == (count, *view.shape)
    assert slices.values.dtype == np.float32
    assert np.isfinite(slices.values).all()
    assert slices.start_s.shape == slices.end_s.shape == (count,)
    assert (slices.start_s >= 0).all()
    assert (slices.start_s <= slices.end_s).all()


@each_case
def test_a_drawn_slice_has_the_shape_and_follows_its_seed(view: View, piece: Any) -> None:
    prepared = view.prepare(piece)
    drawn = [view.draw(prepared, np.random.default_rng(seed)) for seed in (5, 5)]
    assert drawn[0].shape == view.shape
    assert drawn[0].dtype == np.float32
    assert np.isfinite(drawn[0]).all()
    np.testing.assert_array_equal(*drawn)
    assert view.weight(prepared) >= 1


@each_view
def test_cutting_again_and_after_pickling_gives_the_same(view: View) -> None:
    prepared = view.prepare(any_piece(view))
    once = view.cut(prepared).values
    view.draw(prepared, np.random.default_rng(0))
    np.testing.assert_array_equal(view.cut(prepared).values, once)
    np.testing.assert_array_equal(view.cut(pickle.loads(pickle.dumps(prepared))).values, once)


@each_view
def test_settings_survive_toml(view: View) -> None:
    written = tomli_w.dumps(view.settings())
    assert type(view)(**tomllib.loads(written)) == view


@each_view
def test_the_table_and_the_view_agree_on_the_name(view: View) -> None:
    assert VIEWS[view.name] is type(view)
    assert view.media in PIECES
