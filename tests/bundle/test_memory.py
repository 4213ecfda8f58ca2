"""A language model that remembers the piece it is in."""

from __future__ import annotations

import dataclasses
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from muso.bundle.language import LanguageBundle, read_language
from muso.bundle.memory import (
    MADE_SHARE,
    RECENT,
    Memory,
    RememberingBundle,
    mixed_nats,
    recall,
)
from muso.judge.intervals import Interval
from muso.judge.language import LanguageReport, Surprise
from muso.judge.leaks import Leak
from muso.judge.report import Side, SplitFacts
from muso.learn.language import LanguageNet, Shape
from muso.learn.language_binding import bind_language
from muso.music.score import Meter, Score
from muso.represent.notes import Notes

MEMORY = Memory(share=0.9, sharpness=40.0, trust=0.5)


def bind(folder: Path, recipe: dict[str, object]) -> LanguageBundle:
    """A model that has learnt nothing, small."""
    torch.manual_seed(0)
    encoding = Notes()
    shape = Shape(units=16, layers=1, embedding=8, noise=0.0)
    net = LanguageNet(encoding.sizes, encoding.derived, 3, shape)
    figure, side = Interval(1.0, 1.0, 1.0), Side(1, 1)
    surprise = Surprise("nobody", figure, figure)
    facts = SplitFacts("work", "piece", False, 0, "", side, side, side)
    report = LanguageReport(
        "notes", facts, surprise, 1, (surprise,), (Leak("copies", 0, "none"),), "", "", 0.0
    )
    bundle, _ = bind_language(folder, net, encoding, (), recipe, lambda draft: report, about="a")
    return bundle


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> LanguageBundle:
    return bind(tmp_path_factory.mktemp("plain") / "a", {})


@pytest.fixture(scope="module")
def steps() -> np.ndarray:
    """A phrase of eight notes, ten times."""
    phrase = [60, 64, 67, 65, 62, 69, 71, 72]
    score = Score.of(phrase * 10, np.arange(80), 1, meters=(Meter(0.0, 4, 4),))
    return Notes().encode(score)


def test_a_bundle_whose_recipe_tells_of_a_memory_has_it(tmp_path: Path) -> None:
    bundle = bind(tmp_path / "b", {"memory": dataclasses.asdict(MEMORY)})
    assert isinstance(bundle, RememberingBundle)
    assert bundle.memory == MEMORY
    assert isinstance(read_language(bundle.folder), RememberingBundle)


def test_what_comes_again_costs_less_with_a_memory(
    plain: LanguageBundle, steps: np.ndarray
) -> None:
    forgetful = plain.surprise(steps)
    remembering = RememberingBundle.of(plain, MEMORY).surprise(steps)
    assert remembering[2] == forgetful[2] == 80
    assert remembering[0] < 0.7 * forgetful[0]
    assert remembering[1] < 0.7 * forgetful[1]


def test_a_memory_without_a_share_changes_nothing(plain: LanguageBundle, steps: np.ndarray) -> None:
    nothing = RememberingBundle.of(plain, Memory(0.0, 1.0, 1.0))
    assert nothing.surprise(steps) == pytest.approx(plain.surprise(steps), rel=1e-5)


def test_stepping_remembers_what_reading_does(plain: LanguageBundle, steps: np.ndarray) -> None:
    bundle = RememberingBundle.of(plain, dataclasses.replace(MEMORY, share=0.5))
    state = bundle.begin()
    nats = 0.0
    for before, after in pairwise(steps):
        said, state = bundle.advance(state, before[None], bundle.condition())
        scores = bundle.logits(said, after[None, :0])[0].astype(np.float64)
        nats += np.logaddexp.reduce(scores) - scores[after[0]]
    hidden, _ = plain.read(steps)
    weight, share = recall(bundle.memory, hidden[:-1])
    own = plain.logits(hidden[:-1], steps[1:, :0]).astype(np.float64)
    whole = mixed_nats(own, steps[1:, 0].astype(np.int64), weight, share).sum()
    assert nats == pytest.approx(whole, rel=0.02)


def test_states_of_some_pieces_can_be_taken(plain: LanguageBundle, steps: np.ndarray) -> None:
    bundle = RememberingBundle.of(plain, MEMORY)
    state = bundle.begin(2)
    for row in steps[:20]:
        _, state = bundle.advance(state, np.stack([row, row]), bundle.condition(batch=2))
    one = state.take(np.array([1]))
    alone, _ = bundle.advance(one, steps[20:21], bundle.condition())
    both, _ = bundle.advance(state, np.repeat(steps[20:21], 2, 0), bundle.condition(batch=2))
    assert alone[0] == pytest.approx(both[1], abs=1e-5)


def test_two_ways_on_from_one_state_do_not_meet(plain: LanguageBundle, steps: np.ndarray) -> None:
    bundle = RememberingBundle.of(plain, MEMORY)

    def go_on(state: Any, rows: np.ndarray) -> tuple[np.ndarray, Any]:
        said = np.zeros(0)
        for row in rows:
            said, state = bundle.advance(state, row[None], bundle.condition())
        return said, state

    _, fork = go_on(bundle.begin(), steps[:30])
    first, state = go_on(fork, steps[30:60])
    go_on(fork, steps[::-1][30:60])
    np.testing.assert_array_equal(go_on(fork, steps[30:60])[0], first)
    later, _ = go_on(state, steps[60:80])
    np.testing.assert_array_equal(later, go_on(bundle.begin(), steps[:80])[0])


def test_what_lies_too_far_back_is_forgotten(
    plain: LanguageBundle, steps: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("muso.bundle.memory.LONGEST", 16)
    monkeypatch.setattr("muso.bundle.memory.ROOM", 3)
    bundle = RememberingBundle.of(plain, MEMORY)
    state = bundle.begin()
    moments = []
    for row in steps[:60]:
        moments.append(state.said[0] / max(float(np.linalg.norm(state.said[0])), 1e-9))
        _, state = bundle.advance(state, row[None], bundle.condition())
    kept = state.past.moments[0, state.seen - 16 : state.seen]
    np.testing.assert_allclose(kept, np.stack(moments[-16:]), atol=1e-6)
    np.testing.assert_array_equal(
        state.past.rows[0, state.seen - 16 : state.seen], steps[60 - 16 : 60]
    )
    assert state.past.moments.shape[1] <= 2 * 16 + 3


def test_of_what_is_made_memory_never_says_all(plain: LanguageBundle, steps: np.ndarray) -> None:
    bundle = RememberingBundle.of(plain, dataclasses.replace(MEMORY, share=1.0, trust=-1.0))
    state = bundle.begin()
    for row in steps[:40]:
        said, state = bundle.advance(state, row[None], bundle.condition())
    assert said[0, bundle.units] == pytest.approx(MADE_SHARE)
    scores = bundle.logits(said, np.zeros((1, 0), np.int16))
    assert np.exp(scores).sum() == pytest.approx(1.0, abs=1e-4)


def test_the_last_moments_and_the_future_are_never_asked() -> None:
    hidden = np.random.default_rng(0).normal(size=(30, 8)).astype(np.float32)
    weight, share = recall(Memory(1.0, 1.0, -1.0), hidden)
    asked = weight > 1e-6
    asked[share == 0] = False
    now, then = np.nonzero(asked)
    assert (now - then > RECENT).all()
    assert (share[: RECENT + 1] == 0).all()
    assert (share[RECENT + 2 :] > 0).all()
