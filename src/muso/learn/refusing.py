"""The bar below which a model says "unknown": found on pieces that it was not trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from muso.bundle.prediction import UNKNOWN
from muso.bundle.sureness import sureness, usual_sureness
from muso.corpus.split import TEST, Split, folds
from muso.judge.unknown import coverage, threshold_at

PASS_SHARE = 0.95
"""Share of the pieces it is found on that keep their name; the rest are called unknown."""
FOLDS = 5
"""By which it is measured how many pieces reach a bar that they found themselves."""


@dataclass(frozen=True, eq=False)
class Bar:
    """What some name must reach for a piece to be named.

    It need not be the most probable one, which is the name then given: pieces that are like those
    of no name are refused, not names that are doubtful.

    Attributes:
        usual: `(label,)` how sure the model usually is of pieces of each.
        threshold: of how sure it is, as a share of that.
    """

    usual: NDArray[np.float64]
    threshold: float

    @classmethod
    def of(cls, said: NDArray[np.float64], target: NDArray[np.int64], labels: Sequence[str]) -> Bar:
        """The bar that `PASS_SHARE` of named pieces reach.

        Args:
            said: `(piece, label)` probabilities.
            target: `(piece,)` index of the right label. Pieces of `unknown` have no name.
            labels: their names.

        >>> said, target = np.array([[0.9, 0.1], [0.2, 0.8], [0.4, 0.6]]), np.array([0, 1, 1])
        >>> Bar.of(said, target, ["Bach", "Ravel"]).passed(said, target, ["Bach", "Ravel"])
        1.0
        """
        usual = usual_sureness(said, target)
        return cls(usual, threshold_at(_of_named(said, target, labels, usual), PASS_SHARE))

    def passed(
        self, said: NDArray[np.float64], target: NDArray[np.int64], labels: Sequence[str]
    ) -> float:
        """Share of the named pieces that get a name; arguments as of `of`."""
        return coverage(_of_named(said, target, labels, self.usual), self.threshold)


def _of_named(
    said: NDArray[np.float64],
    target: NDArray[np.int64],
    labels: Sequence[str],
    usual: NDArray[np.float64],
) -> NDArray[np.float64]:
    named = [n for n, label in enumerate(labels) if label != UNKNOWN]
    return sureness(said[np.isin(target, named)], labels, usual)


def passed_apart(
    said: NDArray[np.float64],
    target: NDArray[np.int64],
    labels: Sequence[str],
    parts: Sequence[Split],
) -> float:
    """Share of named pieces that get a name, each fold by a bar found on the others.

    Args:
        said, target, labels: as of `Bar.of`.
        parts: splits of the pieces; each is on the TEST side of one.
    """
    shares, counts = [], []
    for part in parts:
        here = part.side == TEST
        named = sum(labels[t] != UNKNOWN for t in target[here])
        if named:
            bar = Bar.of(said[~here], target[~here], labels)
            shares.append(bar.passed(said[here], target[here], labels))
            counts.append(named)
    return float(np.average(shares, weights=counts))


def found_by_folds(
    said: NDArray[np.float64],
    target: NDArray[np.int64],
    labels: Sequence[str],
    works: Sequence[str],
) -> tuple[Bar, float] | None:
    """A bar for whom there are no others to find it on, and the share of pieces that reach it.

    That is measured by folds of whole works, each by a bar found on the rest.

    Args:
        said, target, labels: as of `Bar.of`.
        works: `(piece,)` the work of each.

    Returns:
        None where the named pieces are all of one work, so that none would be left to find by.

    >>> said, target = np.array([[0.9, 0.1], [0.2, 0.8], [0.4, 0.6]]), np.array([0, 1, 1])
    >>> bar, share = found_by_folds(said, target, ["Bach", "Ravel"], ["a", "b", "c"])
    >>> bar.threshold == Bar.of(said, target, ["Bach", "Ravel"]).threshold, 0 <= share <= 1
    (True, True)
    """
    named = np.flatnonzero([labels[t] != UNKNOWN for t in target])
    own = [works[int(i)] for i in named]
    count = min(FOLDS, len(set(own)))
    if count < 2:
        return None
    parts = folds([labels[t] for t in target[named]], own, count, seed=0)
    share = passed_apart(said[named], target[named], labels, parts)
    return Bar.of(said, target, labels), share
