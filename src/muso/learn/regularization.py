"""How strictly to regularize a regression: a grid of C, refined around the best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from muso.errors import UsageError
from muso.judge.intervals import Interval, number_works, percentile_interval, resample
from muso.progress import Listener, counted, silent

GRID = (1e-3, 1e-2, 1e-1, 1.0, 10.0)
FINER = (0.25, 0.5, 2.0, 4.0)
"""Around the best of the grid, as its multiples."""
PENALTIES = ("l1", "l2")
SPLITS = ("work", "stratified", "shuffled")
FOLDS = 10
SHUFFLES = 10
HELD_OUT = 0.1


@dataclass(frozen=True)
class Tried:
    """One value of C and how often it named rows rightly in cross-validation, 0…1."""

    c: float
    accuracy: float


@dataclass(frozen=True, eq=False)
class Search:
    """What a search for C found.

    Attributes:
        penalty: l1 or l2. split: how rows were held out.
        tried: every value of C, ascending.
        best: the one with the highest accuracy; of equals the strictest.
        accuracy: of the best, with its interval over works. It was chosen by this very figure, so
            it flatters; judge on other rows.
        predicted: `(row,)` what the best said of each row while it was held out; -1 of rows that
            shuffling never held out.
    """

    penalty: str
    split: str
    tried: tuple[Tried, ...]
    best: Tried
    accuracy: Interval
    predicted: NDArray[np.int64]


def search_c(
    rows: NDArray[np.float32],
    target: NDArray[np.int64],
    works: Sequence[str],
    *,
    penalty: str = "l2",
    split: str = "work",
    seed: int = 0,
    listener: Listener = silent,
) -> Search:
    """Find the C of a logistic regression on `rows` `(row, feature)` by cross-validation.

    Args:
        rows: such as a language model's states; standardized within each fold.
        target: `(row,)` index of the label.
        works: `(row,)`.
        penalty: `l1` or `l2`.
        split: `work`: 10 stratified folds of whole works, the honest one (fewer where a label has
            fewer rows); `stratified`: as many of rows, and `shuffled`: 10 times a tenth drawn by
            chance, as the earlier system did (leaky where works have several rows).
        seed: of the folds.
        listener: told of progress.

    Raises:
        UsageError: no such penalty or split, or a label of a single row.

    >>> rng = np.random.default_rng(0)
    >>> target = np.arange(60) % 2
    >>> rows = (rng.normal(size=(60, 3)) + 3 * target[:, None]).astype(np.float32)
    >>> found = search_c(rows, target, [str(i) for i in range(60)])
    >>> found.best.accuracy > 0.9, len(found.tried)
    (True, 9)
    """
    if penalty not in PENALTIES or split not in SPLITS:
        raise UsageError(
            f"no search by {penalty} and {split}; take {' or '.join(PENALTIES)}, and one of "
            f"{', '.join(SPLITS)}"
        )
    parts = _parts(target, works, split, seed)
    said = {}
    for c in counted(GRID, f"searching C ({penalty}, {split})", len(GRID), listener):
        said[c] = _held_out(rows, target, parts, penalty, c)
    first = _best(said, target)
    for share in FINER:
        said[first * share] = _held_out(rows, target, parts, penalty, first * share)
    best = _best(said, target)
    tried = tuple(Tried(c, _accuracy(said[c], target)) for c in sorted(said))
    predicted = said[best]
    return Search(
        penalty, split, tried, Tried(best, _accuracy(predicted, target)),
        _interval(predicted, target, works, seed), predicted,
    )  # fmt: skip


def fit_regression(
    rows: NDArray[np.float32], target: NDArray[np.int64], penalty: str, c: float
) -> Any:
    """Standardization and the regression, a fitted pipeline of scikit-learn."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    lasso = {"l1_ratio": 1.0, "solver": "saga", "max_iter": 300, "tol": 1e-2, "random_state": 0}
    options: dict[str, Any] = lasso if penalty == "l1" else {"max_iter": 300}
    model = make_pipeline(StandardScaler(), LogisticRegression(C=c, **options))
    return model.fit(rows, target)


def pick_features(
    rows: NDArray[np.float32], target: NDArray[np.int64], c: float
) -> NDArray[np.float64]:
    """How much each feature speaks for each label, most of them not at all.

    Args:
        rows: `(row, feature)`. target: `(row,)` index of the label.
        c: the smaller, the fewer features are picked.

    Returns:
        `(label, feature)` weights of an L1 regression on standardized features.

    >>> rng = np.random.default_rng(0)
    >>> target = np.arange(90) % 3
    >>> rows = rng.normal(size=(90, 6)); rows[:, 4] += 3 * (target == 1)
    >>> weight = pick_features(rows.astype(np.float32), target, 0.03)
    >>> int(np.abs(weight).sum(axis=0).argmax())
    4
    """
    weight = fit_regression(rows, target, "l1", c)[-1].coef_
    return np.asarray(np.concatenate([-weight, weight]) if len(weight) == 1 else weight)


def _parts(
    target: NDArray[np.int64], works: Sequence[str], split: str, seed: int
) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    from sklearn.model_selection import ShuffleSplit, StratifiedGroupKFold, StratifiedKFold

    nothing = np.zeros(len(target))
    rarest = int(np.bincount(target).min())
    count = min(FOLDS, rarest)
    if count < 2:
        raise UsageError("a label with a single row can't be held out; give at least 2 each")
    if split == "work":
        grouped = StratifiedGroupKFold(count, shuffle=True, random_state=seed)
        return list(grouped.split(nothing, target, number_works(works)))
    if split == "stratified":
        rows = StratifiedKFold(count, shuffle=True, random_state=seed)
        return list(rows.split(nothing, target))
    shuffles = ShuffleSplit(SHUFFLES, test_size=HELD_OUT, random_state=seed)
    return list(shuffles.split(nothing))


def _held_out(
    rows: NDArray[np.float32],
    target: NDArray[np.int64],
    parts: Sequence[tuple[NDArray[np.intp], NDArray[np.intp]]],
    penalty: str,
    c: float,
) -> NDArray[np.int64]:
    """`(row,)` what was said of each row when it was held out, the last time."""
    predicted = np.full(len(target), -1, np.int64)
    for train, test in parts:
        predicted[test] = fit_regression(rows[train], target[train], penalty, c).predict(rows[test])
    return predicted


def _accuracy(predicted: NDArray[np.int64], target: NDArray[np.int64]) -> float:
    asked = predicted >= 0
    return float((predicted == target)[asked].mean())


def _best(said: dict[float, NDArray[np.int64]], target: NDArray[np.int64]) -> float:
    return max(sorted(said), key=lambda c: _accuracy(said[c], target))


def _interval(
    predicted: NDArray[np.int64], target: NDArray[np.int64], works: Sequence[str], seed: int
) -> Interval:
    asked = predicted >= 0
    right = (predicted == target)[asked].astype(np.float64)
    numbers = number_works(np.array(list(works))[asked])
    drawn = resample(
        lambda weight: np.array([weight @ right / max(weight.sum(), 1e-9)]),
        numbers,
        np.random.default_rng(seed),
    )
    return percentile_interval(float(right.mean()), drawn[:, 0], int(numbers.max()) + 1)
