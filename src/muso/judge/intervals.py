"""Intervals: how far a measured figure may be off, by a bootstrap over works.

Pieces of one work stand or fall together, so it is works that are drawn with replacement, never
single pieces: intervals over pieces would be too narrow.

Source: Efron and Tibshirani, An Introduction to the Bootstrap, 1993; Davison and Hinkley,
Bootstrap Methods and their Application, 1997, 5.2 (the reflected interval).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 1000
CONFIDENCE = 0.95
_TAIL = (1.0 - CONFIDENCE) / 2.0


@dataclass(frozen=True)
class Interval:
    """A measured figure and the 95% interval around it: `low` ≤ `value` ≤ `high`.

    Both ends are NaN where nothing can be said of it.

    >>> print(Interval(0.93, 0.9, 0.95))
    0.930 (0.900–0.950)
    >>> print(Interval(1.2, math.nan, math.nan))
    1.200 (no interval)
    """

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        if math.isnan(self.low):
            return f"{self.value:.3f} (no interval)"
        return f"{self.value:.3f} ({self.low:.3f}–{self.high:.3f})"

    def as_dict(self) -> dict[str, Any]:
        """The three numbers by name, for JSON; None for ends of which nothing can be said."""
        ends = {"low": self.low, "high": self.high}
        return {"value": self.value, **{k: None if math.isnan(v) else v for k, v in ends.items()}}

    @classmethod
    def of_dict(cls, numbers: Mapping[str, Any]) -> Interval:
        """The interval that `as_dict` gave."""
        low, high = (
            math.nan if numbers[end] is None else float(numbers[end]) for end in ("low", "high")
        )
        return cls(float(numbers["value"]), low, high)


def number_works(works: Sequence[str] | NDArray[np.generic]) -> NDArray[np.intp]:
    """`(piece,)` works as numbers from 0 on; an empty work means the piece is its own work.

    >>> number_works(["b", "a", "b", "", ""]).tolist()
    [3, 2, 3, 0, 1]
    """
    names = np.asarray(works).reshape(-1)
    alone = names == "" if names.dtype.kind in "UO" else np.zeros(len(names), bool)
    numbers = np.empty(len(names), np.intp)
    numbers[alone] = np.arange(alone.sum())
    numbers[~alone] = np.unique(names[~alone], return_inverse=True)[1].reshape(-1) + alone.sum()
    return numbers


def resample(
    statistic: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    works: NDArray[np.intp],
    rng: np.random.Generator,
    resamples: int = RESAMPLES,
) -> NDArray[np.float64]:
    """What `statistic` becomes when the works had come out differently.

    Args:
        statistic: from a weight a piece, `(piece,)`, to figures, `(figure,)`. A weight says how
            often the piece's work was drawn; 0 leaves the piece out.
        works: `(piece,)` numbers from 0 on, as `number_works` gives them.
        rng: where chance comes from.
        resamples: how often to draw.

    Returns:
        `(resample, figure)`.

    >>> heard = np.array([1.0, 1.0, 0.0, 1.0])
    >>> shares = resample(
    ...     lambda weight: np.array([weight @ heard / weight.sum()]),
    ...     np.array([0, 0, 1, 2]), np.random.default_rng(0), resamples=5,
    ... )
    >>> shares.shape
    (5, 1)
    """
    count = int(works.max()) + 1

    def once() -> NDArray[np.float64]:
        drawn = np.bincount(rng.integers(count, size=count), minlength=count)
        return statistic(drawn.astype(np.float64)[works])

    return np.stack([once() for _ in range(resamples)])


def share_interval(
    hits: Sequence[float] | NDArray[np.generic],
    works: Sequence[str] | None = None,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> Interval:
    """The mean of `hits`, each 0…1, with its interval over works; a piece a work if None.

    >>> print(share_interval([1, 1, 0, 1, 1, 1, 1, 0, 1, 1], seed=1))
    0.800 (0.500–1.000)
    """
    values = np.asarray(hits, np.float64)
    numbers = np.arange(len(values)) if works is None else number_works(works)
    resampled = resample(
        lambda weight: np.array([weight @ values / weight.sum()]),
        numbers,
        np.random.default_rng(seed),
        resamples,
    )
    return percentile_interval(float(values.mean()), resampled[:, 0], int(numbers.max()) + 1)


def percentile_interval(value: float, resampled: NDArray[np.float64], works: int) -> Interval:
    """The middle 95% of `resampled`, `(resample,)`, around `value`.

    A bootstrap can't draw what was never seen: from five works that all came out right it would
    call 1.0 certain. With 97.5% confidence the works unlike every one seen are at most
    `1 - 0.025 ** (1 / works)` of all (Clopper and Pearson 1934), so the interval is at least as
    wide as they could make it. With many works this changes nothing; with one it says that
    nothing is known.

    >>> print(percentile_interval(1.0, np.ones(1000), works=5))
    1.000 (0.478–1.000)
    """
    low, high = np.quantile(resampled, [_TAIL, 1.0 - _TAIL])
    return _widened(value, float(low), float(high), works)


def figure_interval(
    value: float, resampled: NDArray[np.float64], works: int, least: float = -math.inf
) -> Interval:
    """`percentile_interval` for a figure that is no share, such as a loss.

    From few works a bootstrap's percentiles lie too close: it draws as if the works at hand were
    all there are. They are moved apart as Student's t is wider than the normal distribution (the
    expanded percentiles of Hesterberg, What Teachers Should Know about the Bootstrap, 2015, on the
    scale of the figure). Of one work nothing can be said.

    Args:
        value: measured.
        resampled: `(resample,)`.
        works: that were drawn from, 1 and more.
        least: that the figure can be.

    >>> print(figure_interval(2.0, np.linspace(1.0, 3.0, 1001), works=4))
    2.000 (0.219–3.781)
    >>> print(figure_interval(2.0, np.full(9, 2.0), works=1))
    2.000 (no interval)
    """
    if works < 2:
        return Interval(value, math.nan, math.nan)
    low, high = (float(end) for end in np.quantile(resampled, [_TAIL, 1.0 - _TAIL]))
    wider = _student(works - 1) / _student(10**9) * math.sqrt(works / (works - 1))
    return Interval(
        value, max(value + wider * (low - value), least), value + wider * (high - value)
    )


_FEW = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262)


def _student(freedom: int) -> float:
    """The 97.5th percentile of Student's t; to three digits, by Fisher's expansion from 10 on."""
    if freedom <= len(_FEW):
        return _FEW[freedom - 1]
    return 1.96 + 2.372 / freedom + 2.82 / freedom**2


def reflected_interval(value: float, resampled: NDArray[np.float64], works: int) -> Interval:
    """`percentile_interval` for a figure that chance alone pushes up, such as a calibration error.

    Each resample is pushed up once more by as much as `value` already is, so the percentiles lie
    too high by twice that. Reflecting them at `value` takes the push away (the basic bootstrap):
    on simulated predictions over 138 works with a true calibration error of 0.06 the plain
    percentiles held it 15 times in 100, the reflected ones 89.
    """
    low, high = np.quantile(resampled, [_TAIL, 1.0 - _TAIL])
    return _widened(value, 2.0 * value - float(high), 2.0 * value - float(low), works)


def _widened(value: float, low: float, high: float, works: int) -> Interval:
    unseen = 1.0 - _TAIL ** (1.0 / works)
    return Interval(
        value=value,
        low=max(min(low, value * (1.0 - unseen)), 0.0),
        high=min(max(high, value + (1.0 - value) * unseen), 1.0),
    )
