"""Baselines: what a figure must be compared with before it means anything.

Baselines that learn (descriptors with a classical model) are fitted in the workshop on the very
same split and handed over as they come out of `measure`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from muso.errors import CorpusError
from muso.judge.metrics import Metrics, measure


@dataclass(frozen=True)
class Baseline:
    """How well something simpler did on the same pieces: `name` says what."""

    name: str
    metrics: Metrics


def majority(
    train_truth: ArrayLike,
    test_truth: ArrayLike,
    labels: Sequence[str],
    works: Sequence[str] | NDArray[np.generic],
    *,
    seed: int = 0,
) -> Baseline:
    """The baseline that hears nothing: every piece gets the labels' shares in training.

    Fair as a floor: it is as accurate as guessing gets, and calibrated.

    Args:
        train_truth: `(training piece,)` index of each training piece's label.
        test_truth: `(piece,)` index of each test piece's label.
        labels: `(label,)` names.
        works: `(piece,)` the work of each test piece.
        seed: of the bootstrap.

    Raises:
        CorpusError: no pieces to train or test on.

    >>> majority([0, 0, 1], [0, 1, 0, 0], ["Bach", "Chopin"], list("abcd")).metrics.accuracy.value
    0.75
    """
    known, held_out = np.asarray(train_truth, np.intp), np.asarray(test_truth, np.intp)
    if len(known) == 0:
        raise CorpusError("there are no training pieces; hold out fewer for the test")
    shares = np.bincount(known, minlength=len(labels)) / len(known)
    probability = np.broadcast_to(shares, (len(held_out), len(labels)))
    return Baseline("majority", measure(held_out, probability, labels, works, seed=seed))
