"""The bar for a name: found, passed, measured by folds."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from muso.corpus.split import folds
from muso.learn.refusing import PASS_SHARE, Bar, found_by_folds, passed_apart

LABELS = ("Bach", "Haydn", "Mozart")


def answers(count: int, labels: int, seed: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """`(piece, label)` probabilities that are often right, and the right labels."""
    rng = np.random.default_rng(seed)
    target = np.arange(count) % labels
    scores = rng.normal(size=(count, labels)) + 3 * np.eye(labels)[target]
    return np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True), target


def test_most_of_the_pieces_it_was_found_on_reach_a_bar() -> None:
    said, target = answers(600, 3, 0)
    share = Bar.of(said, target, LABELS).passed(said, target, LABELS)
    assert PASS_SHARE <= share < PASS_SHARE + 0.01


def test_pieces_of_unknown_neither_find_a_bar_nor_need_to_reach_it() -> None:
    said, target = answers(600, 3, 0)
    labels = ("Bach", "Haydn", "unknown")
    named = target < 2
    bar = Bar.of(said, target, labels)
    assert bar.passed(said, target, labels) == bar.passed(said[named], target[named], labels)
    assert bar.passed(said, target, labels) >= PASS_SHARE


def test_by_folds_about_as_many_pass_as_should_and_none_by_its_own_bar() -> None:
    said, target = answers(600, 3, 1)
    works = [str(n // 2) for n in range(600)]
    parts = folds([LABELS[t] for t in target], works, 5, 0)
    assert passed_apart(said, target, LABELS, parts) == pytest.approx(PASS_SHARE, abs=0.04)
    # The pieces of one fold are far less sure: by a bar of the others hardly one passes.
    dull = said.copy()
    dull[parts[0].side == 2] = 1 / 3
    assert passed_apart(dull, target, LABELS, parts[:1]) < 0.1


def test_a_bar_that_pieces_find_for_themselves_is_measured_by_folds_of_works() -> None:
    said, target = answers(600, 3, 1)
    labels = ("Bach", "Haydn", "unknown")
    found = found_by_folds(said, target, labels, [str(n // 6) for n in range(600)])
    assert found is not None
    bar, share = found
    assert bar.threshold == Bar.of(said, target, labels).threshold
    assert share == pytest.approx(PASS_SHARE, abs=0.04)


def test_one_work_alone_finds_no_bar_for_itself() -> None:
    said, target = answers(30, 3, 1)
    assert found_by_folds(said, target, LABELS, ["one"] * 30) is None
    # Neither do several, if but one of them has a name.
    works = ["one" if t == 0 else str(n) for n, t in enumerate(target)]
    assert found_by_folds(said, target, ("Bach", "unknown", "unknown"), works) is None
    two = ["one" if n % 2 else "two" for n in range(30)]
    found = found_by_folds(said, target, LABELS, two)
    assert found is not None and 0 <= found[1] <= 1
