"""How well a recognizer knows what it doesn't know.

Everywhere `known_scores` and `unknown_scores` are `(piece,)` and higher means "more like what I
was trained on": of pieces whose label the recognizer knows, and of pieces whose label was left
out of its training.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from muso.errors import CorpusError


def auroc(known_scores: ArrayLike, unknown_scores: ArrayLike) -> float:
    """Area under the curve: how often a known piece scores above an unknown one, ties by half.

    Fair because it needs no threshold and no assumption about how common unknown pieces are;
    0.5 is guessing, 1 is perfect.

    Source: Hanley and McNeil 1982.

    >>> auroc([0.9, 0.8, 0.4], [0.5, 0.1])
    0.8333333333333334
    """
    known, unknown = _sorted(known_scores), _sorted(unknown_scores)
    below = np.searchsorted(unknown, known, "left") + np.searchsorted(unknown, known, "right")
    return float(below.mean() / (2 * len(unknown)))


def threshold_at(known_scores: ArrayLike, pass_share: float = 0.9) -> float:
    """The highest threshold that at least `pass_share`, 0…1, of known pieces reach.

    >>> threshold_at([0.1, 0.2, 0.3, 0.4, 0.5], pass_share=0.8)
    0.2
    """
    known = _sorted(known_scores)
    # Rounded first: 0.9 × 10 must ask for 9 pieces, whatever the last binary digit says.
    passing = max(int(np.ceil(np.round(pass_share * len(known), 9))), 1)
    return float(known[len(known) - passing])


def refused_at(
    known_scores: ArrayLike, unknown_scores: ArrayLike, pass_share: float = 0.9
) -> float:
    """Share of unknown pieces refused by the threshold that `pass_share` of known pieces reach.

    Fair because it prices refusing in what a user loses: one in ten known pieces, no more.

    >>> refused_at([0.1, 0.2, 0.3, 0.4, 0.5], [0.05, 0.15, 0.6, 0.7], pass_share=0.8)
    0.5
    """
    return 1.0 - coverage(unknown_scores, threshold_at(known_scores, pass_share))


def coverage(scores: ArrayLike, threshold: float) -> float:
    """Share of pieces that get a name: those whose score reaches `threshold`.

    Fair beside accuracy and never instead of it: who answers only when sure is right more often,
    and this says how often no answer came.

    >>> coverage([0.2, 0.5, 0.9, 0.7], threshold=0.5)
    0.75
    """
    return float(np.mean(_sorted(scores) >= threshold))


def _sorted(scores: ArrayLike) -> NDArray[np.float64]:
    values = np.sort(np.asarray(scores, np.float64).reshape(-1))
    if len(values) == 0:
        raise CorpusError("there are no scores to judge; give at least one piece of each kind")
    return values
