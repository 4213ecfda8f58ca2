"""Telling styles apart by what pieces are made of."""

from __future__ import annotations

import numpy as np
import pytest

from muso.judge.style import DISTRIBUTIONS, FINER, Makeup, nearer
from muso.music.midi import read_score
from muso.music.score import Score, Track


def waltz(seed: int) -> Score:
    rng = np.random.default_rng(seed)
    return Score.of(60 + rng.choice([0, 4, 7, 12], 60), np.arange(60), 1.0)


def run(seed: int) -> Score:
    rng = np.random.default_rng(seed)
    return Score.of(60 + np.cumsum(rng.choice([-1, 1], 60)), np.arange(60) / 4, 0.25)


def test_a_key_a_tempo_and_the_instrument_make_no_difference() -> None:
    score = read_score("examples/bach-bwv269.mid")
    features = Makeup.of(score).features
    assert Makeup.of(score.transpose(3)).features == pytest.approx(features)


def test_everything_sums_to_one() -> None:
    makeup = Makeup.of(read_score("examples/bach-bwv269.mid"))
    for name in (*DISTRIBUTIONS, *FINER):
        assert getattr(makeup, name).sum() == pytest.approx(1.0)


def test_percussion_is_not_heard() -> None:
    drums = Score.of([36, 60], [0, 0], 1, track=[0, 1], tracks=(Track(is_drum=True), Track()))
    assert Makeup.of(drums).features == pytest.approx(Makeup.of(Score.of([60], [0], [1])).features)


def test_pieces_are_nearer_to_their_own_kind() -> None:
    waltzes = [Makeup.of(waltz(n)) for n in range(10)]
    runs = [Makeup.of(run(n)) for n in range(10)]
    assert nearer(waltzes[:5], waltzes[5:], [runs]).all()
    assert not nearer(waltzes[:5], runs, [waltzes[5:]]).any()


def test_what_two_folders_have_in_common_tells_nothing_of_them() -> None:
    same = [Makeup.of(waltz(n)) for n in range(6)]
    assert not nearer(same[:3], same[3:], [same[3:]], ("duration",)).any()
