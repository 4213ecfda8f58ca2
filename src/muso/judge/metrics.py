"""Metrics of a recognizer on pieces it has not seen, each with an interval over works.

Everywhere `truth` is `(piece,)`, an index into the labels; `probability` is `(piece, label)`,
each row summing to 1; `predicted` is `(piece,)`, the best-ranked label's index. Ties go to the
earlier label, in every metric alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike, NDArray

from muso.errors import CorpusError, UsageError
from muso.judge.intervals import (
    Interval,
    number_works,
    percentile_interval,
    reflected_interval,
    resample,
)

BINS = 15
"""Equal-width bins of confidence (Guo et al. 2017)."""
TOP = 5
SUM_TOLERANCE = 0.01
"""Half precision, averaged members and rounded tables miss 1 by less than this."""

Indices = NDArray[np.intp]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Metrics:
    """How well pieces were recognized. Every figure is of the best-ranked label.

    Attributes:
        accuracy: share of pieces named rightly. Fair as the answer to "how often is it right on
            pieces like these"; it flatters whoever bets on the commonest label, which is why the
            majority baseline always stands beside it.
        balanced_accuracy: mean over labels of the share of the label's pieces named rightly.
            Fair to rare labels: each counts as much as the commonest, and always naming one
            label gives 1 / labels. A label that truth does not hold has no such share; counting
            it as 0 or 1 would measure the collection, not the recognizer, so it is left out.
        macro_f1: mean over labels of F1, the harmonic mean of precision and recall. Fair where
            balanced accuracy is not enough: a label named too freely loses precision. Labels
            that truth does not hold are left out as above; naming them still costs, since it
            costs the right label its recall.
        top5: share of pieces whose label is among the five best ranked. Fair for a ranking that
            a person will read; with five labels or fewer it is 1 by definition and says nothing.
        calibration_error: expected calibration error, the mean gap between confidence and
            accuracy over 15 equal-width bins of confidence, weighted by their pieces (Naeini et
            al. 2015; Guo et al. 2017). Fair because probabilities are promises: of pieces named
            with 0.8, 80% should be right. Chance alone keeps it above 0 where pieces are few.
        n: pieces measured.
    """

    accuracy: Interval
    balanced_accuracy: Interval
    macro_f1: Interval
    top5: Interval
    calibration_error: Interval
    n: int

    def as_dict(self) -> dict[str, dict[str, float] | int]:
        """The one JSON form: value, low and high of each metric by name, and `n`."""
        figures = {name: getattr(self, name).as_dict() for name in METRICS}
        return {**figures, "n": self.n}

    @classmethod
    def of_dict(cls, numbers: Mapping[str, object]) -> Metrics:
        """The metrics that `as_dict` gave."""
        figures = {name: Interval.of_dict(numbers[name]) for name in METRICS}  # type: ignore[arg-type]
        return cls(**figures, n=int(numbers["n"]))  # type: ignore[call-overload]


METRICS = tuple(field.name for field in fields(Metrics) if field.name != "n")
"""Names of the metrics that have an interval, in the order they are shown."""


@dataclass(frozen=True)
class Reliability:
    """Confidence against accuracy, in 15 equal-width bins of confidence.

    Fair because it hides nothing of what `calibration_error` sums up: a recognizer too sure in
    one place and too timid in another shows both. Means are 0 in a bin without pieces.

    Attributes:
        count: `(bin,)` pieces. confidence: `(bin,)` mean probability of the label given.
        accuracy: `(bin,)` share of pieces named rightly.
    """

    count: tuple[int, ...]
    confidence: tuple[float, ...]
    accuracy: tuple[float, ...]


def measure(
    truth: ArrayLike,
    probability: ArrayLike,
    labels: Sequence[str],
    works: Sequence[str] | NDArray[np.generic],
    *,
    seed: int = 0,
) -> Metrics:
    """Measure predictions: five metrics, each with a 95% interval by a bootstrap over works.

    Args:
        truth: `(piece,)` index of each piece's label.
        probability: `(piece, label)`.
        labels: `(label,)` names.
        works: `(piece,)` the work of each piece; empty where a piece is its own work.
        seed: of the bootstrap.

    Raises:
        CorpusError: no pieces. UsageError: shapes, indices or probabilities that don't fit.

    >>> metrics = measure([0, 1, 1], [[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]], ["Bach", "Chopin"],
    ...                   ["a", "b", "c"])
    >>> round(metrics.accuracy.value, 3), round(metrics.balanced_accuracy.value, 3), metrics.n
    (0.667, 0.75, 3)
    """
    right, share = check(truth, probability)
    group = number_works(works)
    if len(group) != len(right) or len(labels) != share.shape[1]:
        raise UsageError(
            f"probabilities of shape {share.shape} with {len(group)} works and {len(labels)} "
            "labels; give one work a piece and one label a column"
        )
    outcomes = _Outcomes.of(right, share)
    value = _figures(_totals(np.ones(len(right)), outcomes)[None], len(labels))[0]
    # A bootstrap over works: the totals of every resample first, all figures at once after.
    totals = resample(lambda weight: _totals(weight, outcomes), group, np.random.default_rng(seed))
    drawn = _figures(totals, len(labels))
    count = int(group.max()) + 1
    intervals = {
        name: (reflected_interval if name == "calibration_error" else percentile_interval)(
            float(value[i]), drawn[:, i], count
        )
        for i, name in enumerate(METRICS)
    }
    return Metrics(**intervals, n=len(right))


def check(truth: ArrayLike, probability: ArrayLike) -> tuple[Indices, Floats]:
    """`truth` and `probability` as arrays that fit each other, or a clear error.

    Raises:
        CorpusError: no pieces. UsageError: shapes, indices or probabilities that don't fit.

    >>> check([1], [[0.5, 0.9]])
    Traceback (most recent call last):
        ...
    muso.errors.UsageError: the probabilities of piece 0 sum to 1.4, not to 1; give shares
    """
    right, share = np.asarray(truth).reshape(-1), np.asarray(probability, np.float64)
    if len(right) == 0:
        raise CorpusError("there are no pieces to judge; give at least one with a known label")
    if share.ndim != 2 or len(share) != len(right):
        raise UsageError(
            f"probabilities of shape {share.shape} for {len(right)} pieces; give one row a piece "
            "and one column a label"
        )
    labels = share.shape[1]
    if right.dtype.kind not in "iu" or right.min() < 0 or right.max() >= labels:
        raise UsageError(f"truth must hold indices of the {labels} labels, from 0 on")
    if not np.isfinite(share).all() or share.min() < 0:
        raise UsageError("probabilities below 0 or not finite; give shares that sum to 1")
    sums = share.sum(axis=1)
    worst = int(np.abs(sums - 1.0).argmax())
    if abs(sums[worst] - 1.0) > SUM_TOLERANCE:
        raise UsageError(
            f"the probabilities of piece {worst} sum to {sums[worst]:.3g}, not to 1; give shares"
        )
    return right.astype(np.intp), share


@dataclass(frozen=True, eq=False)
class _Outcomes:
    """What became of each piece, `(piece,)` each: all that the metrics need."""

    truth: Indices
    predicted: Indices
    correct: Floats
    in_top: Floats
    bin: Indices
    gap: Floats
    labels: int

    @classmethod
    def of(cls, truth: Indices, probability: Floats) -> _Outcomes:
        rows = np.arange(len(truth))
        predicted = probability.argmax(axis=1)
        confidence = probability[rows, predicted]
        correct = (predicted == truth).astype(np.float64)
        own = probability[rows, truth][:, None]
        earlier = np.arange(probability.shape[1]) < truth[:, None]
        rank = ((probability > own) | ((probability == own) & earlier)).sum(axis=1)
        return cls(
            truth=truth,
            predicted=predicted,
            correct=correct,
            in_top=(rank < TOP).astype(np.float64),
            bin=_bins(confidence),
            gap=confidence - correct,
            labels=probability.shape[1],
        )


def _bins(confidence: Floats) -> Indices:
    """`(piece,)` bin of each confidence; a bin holds its upper edge, as in Guo et al."""
    return np.clip(np.ceil(confidence * BINS).astype(np.intp) - 1, 0, BINS - 1)


def _totals(weight: Floats, outcomes: _Outcomes) -> Floats:
    """Sums over pieces that every metric follows from, `(3 + bin + 3 × label,)`."""
    o = outcomes
    return np.concatenate(
        [
            [weight.sum(), weight @ o.correct, weight @ o.in_top],
            np.bincount(o.bin, weight * o.gap, BINS),
            np.bincount(o.truth, weight, o.labels),
            np.bincount(o.truth, weight * o.correct, o.labels),
            np.bincount(o.predicted, weight, o.labels),
        ]
    )


def _figures(totals: Floats, labels: int) -> Floats:
    """The metrics, `(resample, metric)` in the order of METRICS, from `(resample, total)`."""
    total, correct, in_top = totals[:, :3].T
    gaps, support, hits, predicted = np.split(
        totals[:, 3:], [BINS, BINS + labels, BINS + 2 * labels], axis=1
    )
    present = support > 0
    recall = np.where(present, hits / np.maximum(support, 1.0), 0.0)
    f1 = np.where(present, 2.0 * hits / np.maximum(support + predicted, 1.0), 0.0)
    held = present.sum(axis=1)
    return np.stack(
        [
            correct / total,
            recall.sum(axis=1) / held,
            f1.sum(axis=1) / held,
            in_top / total,
            np.abs(gaps).sum(axis=1) / total,
        ],
        axis=1,
    )


def bin_confidence(truth: ArrayLike, probability: ArrayLike) -> Reliability:
    """Set confidence against accuracy, bin by bin.

    >>> bin_confidence([0, 1], [[0.99, 0.01], [0.99, 0.01]]).accuracy[-1]
    0.5
    """
    outcomes = _Outcomes.of(*check(truth, probability))
    count = np.bincount(outcomes.bin, minlength=BINS)
    most = np.maximum(count, 1)
    correct = np.bincount(outcomes.bin, outcomes.correct, BINS) / most
    gap = np.bincount(outcomes.bin, outcomes.gap, BINS) / most
    return Reliability(
        tuple(count.tolist()), tuple((gap + correct).tolist()), tuple(correct.tolist())
    )


def brier(truth: ArrayLike, probability: ArrayLike) -> float:
    """Brier score: mean squared distance of the probabilities from the truth, 0 (best) to 2.

    Fair because it is proper: nobody lowers it by stating anything but honest probabilities.

    Source: Brier, Verification of forecasts expressed in terms of probability, 1950.

    >>> brier([0, 1], [[1.0, 0.0], [0.5, 0.5]])
    0.25
    """
    right, share = check(truth, probability)
    own = share[np.arange(len(right)), right]
    return float(np.mean((share**2).sum(axis=1) - 2.0 * own + 1.0))
