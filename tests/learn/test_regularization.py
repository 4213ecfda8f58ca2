from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from muso.errors import UsageError
from muso.learn.regularization import GRID, pick_features, search_c


def noisy(rows: int = 120, telling: int = 3) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    rng = np.random.default_rng(0)
    target = np.arange(rows) % 4
    values = rng.normal(size=(rows, 30))
    values[:, :telling] += 2 * rng.normal(size=(4, telling))[target]
    return values.astype(np.float32), target


@pytest.mark.parametrize("penalty", ["l1", "l2"])
@pytest.mark.parametrize("split", ["work", "stratified", "shuffled"])
def test_the_grid_is_refined_around_its_best(penalty: str, split: str) -> None:
    rows, target = noisy()
    found = search_c(rows, target, [""] * len(target), penalty=penalty, split=split)
    tried = [one.c for one in found.tried]
    assert tried == sorted(tried) and set(GRID) <= set(tried) and len(tried) == len(GRID) + 4
    assert found.best.accuracy == max(one.accuracy for one in found.tried)
    assert found.accuracy.low <= found.best.accuracy <= found.accuracy.high
    assert found.best.accuracy > 0.5


def test_rows_of_one_work_are_held_out_together() -> None:
    """Copies of rows give everything away to folds of rows, and nothing to folds of works."""
    rng = np.random.default_rng(0)
    rows, target = rng.normal(size=(60, 20)).astype(np.float32), rng.integers(0, 4, 60)
    works = [str(i) for i in range(60)] * 2
    twice, targets = np.concatenate([rows, rows]), np.concatenate([target, target])
    leaky = search_c(twice, targets, works, split="stratified")
    honest = search_c(twice, targets, works, split="work")
    assert leaky.accuracy.value > 0.6 > 0.45 > honest.accuracy.value


def test_a_stricter_l1_picks_fewer_features_and_those_that_tell() -> None:
    rows, target = noisy()
    strict, loose = (np.abs(pick_features(rows, target, c)).sum(axis=0) for c in (0.05, 10.0))
    assert (strict > 0).sum() < (loose > 0).sum()
    assert set(np.argsort(-strict)[:2]) <= {0, 1, 2}


def test_unknown_penalties_and_splits_are_refused() -> None:
    rows, target = noisy()
    with pytest.raises(UsageError, match="take l1 or l2"):
        search_c(rows, target, [""] * len(target), penalty="l3")
    with pytest.raises(UsageError, match="one of work, stratified, shuffled"):
        search_c(rows, target, [""] * len(target), split="hope")
    with pytest.raises(UsageError, match="a label with a single row"):
        search_c(rows[:5], target[:5], [""] * 5)
