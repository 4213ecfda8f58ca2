"""Overlap of sets: what is like real music, and what is not."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from muso.judge.overlap import compare_sets, overall

WORKS = [""] * 80


def values(
    seed: int, mean: float = 0.0, spread: float = 1.0, count: int = 40
) -> NDArray[np.float64]:
    return np.random.default_rng(seed).normal(mean, spread, (count, 1))


def against(made: NDArray[np.float64], real: NDArray[np.float64] | None = None) -> float:
    real = values(1, count=80) if real is None else real
    return overall(compare_sets({"a": made}, {"a": real}, WORKS, np.random.default_rng(0)))


def test_real_music_is_as_near_to_itself_as_it_can_be() -> None:
    assert against(values(2)) == pytest.approx(1, abs=0.08)


@pytest.mark.parametrize("made", [values(2, mean=6), values(2, mean=-20), values(2, spread=12)])
def test_other_music_is_further_away(made: NDArray[np.float64]) -> None:
    assert against(made) < 0.6


def test_a_set_that_is_all_alike_is_not_like_one_that_varies() -> None:
    assert against(np.zeros((40, 1))) < 0.85


def test_divergence_grows_with_distance() -> None:
    real = {"a": values(1, count=80)}
    rng = np.random.default_rng(0)
    near, far = (compare_sets({"a": values(2, mean)}, real, WORKS, rng)["a"] for mean in (1.0, 5.0))
    assert 0 <= near.divergence < far.divergence
    assert near.real_divergence < far.divergence


def test_a_figure_that_never_varies_breaks_nothing() -> None:
    same = np.ones((40, 1))
    assert against(same, np.ones((80, 1))) == pytest.approx(1)


def test_a_work_is_never_on_both_sides() -> None:
    # Each work is one figure many times over: halves that cut works would find it again.
    figures = np.repeat(np.arange(8) * 100.0, 10)[:, None]
    works = [str(n) for n in np.repeat(np.arange(8), 10)]
    cut = compare_sets({"a": figures}, {"a": figures}, [""] * 80, np.random.default_rng(0))["a"]
    kept = compare_sets({"a": figures}, {"a": figures}, works, np.random.default_rng(0))["a"]
    assert kept.real_overlap < cut.real_overlap
