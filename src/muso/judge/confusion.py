"""What was taken for what: the confusion matrix, and each label's scores that follow from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True)
class ClassScore:
    """How well one label was recognized.

    Attributes:
        support: pieces that have the label. predicted: pieces that were given it.
        precision: share of `predicted` that is right, 0 when the label was never given. Fair as
            an answer to "may I trust it when it says so".
        recall: share of `support` that was named, 0 when there is none. Fair as an answer to
            "does it find mine".
        f1: harmonic mean of both, 0 when either is. Fair because neither naming a label always
            nor naming it once can raise it.
    """

    label: str
    support: int
    predicted: int
    precision: float
    recall: float
    f1: float


def confuse(truth: ArrayLike, predicted: ArrayLike, labels: int) -> NDArray[np.int64]:
    """Count what was taken for what: `(truth label, predicted label)` pieces.

    Fair because nothing is summed away: every metric of the best-ranked label follows from it.

    >>> confuse([0, 0, 1], [0, 1, 1], 2).tolist()
    [[1, 1], [0, 1]]
    """
    cell = np.asarray(truth, np.intp) * labels + np.asarray(predicted, np.intp)
    return np.bincount(cell, minlength=labels * labels).reshape(labels, labels).astype(np.int64)


def score_classes(confusion: NDArray[np.int64], labels: Sequence[str]) -> tuple[ClassScore, ...]:
    """Precision, recall and F1 of every label, from `(truth label, predicted label)` counts.

    >>> score_classes(np.array([[1, 1], [0, 1]]), ["Bach", "Chopin"])[1].precision
    0.5
    """
    hits, support, predicted = np.diag(confusion), confusion.sum(axis=1), confusion.sum(axis=0)
    precision = hits / np.maximum(predicted, 1)
    recall = hits / np.maximum(support, 1)
    f1 = 2.0 * hits / np.maximum(support + predicted, 1)
    columns = zip(support, predicted, precision, recall, f1, strict=True)
    return tuple(
        ClassScore(label, int(s), int(p), float(pr), float(re), float(f))
        for label, (s, p, pr, re, f) in zip(labels, columns, strict=True)
    )
