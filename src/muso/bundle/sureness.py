"""How sure a bundle is of a name: against what is usual for pieces of that name."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from muso.bundle.prediction import UNKNOWN

TEMPERATURE = 2.0
"""Probabilities that fit best lie too near 0 and 1 to be compared; so softened they don't."""
DOUBTED = 10.0
"""What is usual for a label leans to the mean of all as if so many more pieces had been seen."""


def soften(probability: ArrayLike) -> NDArray[np.float64]:
    """Probabilities `(…, label)` drawn together, and scaled to sum 1 again.

    Source: temperature scaling in front of a threshold, Liang et al. 2018 (ODIN).

    >>> soften([0.9, 0.1]).round(2).tolist()
    [0.75, 0.25]
    """
    drawn = np.power(np.asarray(probability, np.float64), 1 / TEMPERATURE)
    return np.asarray(drawn / drawn.sum(axis=-1, keepdims=True))


def usual_sureness(probability: ArrayLike, target: ArrayLike) -> NDArray[np.float64]:
    """`(label,)` how probable, softened, a label is to pieces that are truly its own.

    A label with few of its own leans to the mean of all (as in empirical Bayes, Robbins 1956).

    Args:
        probability: `(piece, label)` of pieces that were not trained on.
        target: `(piece,)` index of the right label of each.

    >>> usual_sureness([[1.0, 0.0], [1.0, 0.0], [0.5, 0.5]], [0, 0, 1]).round(2).tolist()
    [0.86, 0.8]
    """
    right = np.asarray(target, np.int64)
    softened = soften(probability)
    own = softened[np.arange(len(right)), right]
    count = np.bincount(right, minlength=softened.shape[1])
    total = np.bincount(right, own, softened.shape[1])
    return np.asarray((total + DOUBTED * own.mean()) / (count + DOUBTED))


def sureness(
    probability: ArrayLike,
    labels: Sequence[str],
    usual: ArrayLike = (),
    among: Sequence[str] | None = None,
) -> NDArray[np.float64]:
    """`(…)` what a bundle's threshold is compared with.

    The best probability of a name; or, where it is known what is usual for the names, the
    softened probability of one as a share of that, the largest. Some names are given with
    little certainty to their own pieces too, among many rivals, and others are only given when
    certain: one bar for all refuses pieces of the first instead of strangers. The name with the
    largest share need not be the most probable, which is the one given: what is asked is whether
    the piece is like those of any name.

    Args:
        probability: `(…, label)`.
        labels: their names; `unknown` is none.
        usual: as `usual_sureness` found it, `(label,)`; empty where it was not asked.
        among: the names that count, all unless given. The others keep what they have of
            `probability`: nobody gets surer because fewer names are asked for.

    >>> sureness([[0.6, 0.4], [0.4, 0.6]], ["Bach", "Zani"]).tolist()
    [0.6, 0.6]
    >>> sureness([[0.6, 0.4], [0.4, 0.6]], ["Bach", "Zani"], [0.9, 0.5]).round(2).tolist()
    [0.9, 1.1]
    >>> sureness([0.9, 0.1], ["Bach", "Zani"], among=["Zani"]).tolist()
    0.1
    """
    asked = set(labels if among is None else among) - {UNKNOWN}
    named = [n for n, label in enumerate(labels) if label in asked]
    expected = np.asarray(usual, np.float64)
    if not expected.size:
        return np.asarray(np.asarray(probability, np.float64)[..., named].max(axis=-1, initial=0))
    return np.asarray((soften(probability) / expected)[..., named].max(axis=-1, initial=0))
