"""Neurons that a mood rests on: an L1 regression of the mood on a model's states keeps few.

Source: A. Radford, R. Jozefowicz and I. Sutskever, Learning to Generate Reviews and Discovering
Sentiment, 2017 (L1 finds the units); A. Beck and M. Teboulle, FISTA, 2009 (how it is fitted).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MOST = 24
"""Neurons that are kept: few enough for a population of ten to find good values together."""
STEPS = 200
STRONGEST, WEAKER = 0.95, 0.9
"""The penalty starts at this share of what would keep none, and falls by this factor."""


def relied_on(states: Floats, heard: NDArray[np.bool_], most: int = MOST) -> NDArray[np.intp]:
    """Up to `most` neurons by which an L1 logistic regression tells a mood, the weightiest first.

    Args:
        states: `(piece, neuron)` mean values while a piece was read.
        heard: `(piece,)` whether it is in the mood; some are and some are not.
        most: neurons at most.

    >>> rng = np.random.default_rng(0)
    >>> states = rng.normal(size=(200, 40))
    >>> relied_on(states, states[:, 7] - states[:, 21] > 0, most=2).tolist()
    [21, 7]
    """
    spread = states.std(axis=0)
    scaled = (states - states.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    truth = heard.astype(np.float64)
    # Both sides count alike, however many pieces each has.
    weight = np.where(heard, 0.5 / max(truth.sum(), 1), 0.5 / max((1 - truth).sum(), 1))
    penalty = float(np.abs((weight * (truth - 0.5)) @ scaled).max()) * STRONGEST
    chosen = np.zeros(0, np.intp)
    coefficients = np.zeros(states.shape[1] + 1)
    while penalty > 1e-6:
        coefficients = _fitted(scaled, truth, weight, penalty, coefficients)
        size = np.abs(coefficients[:-1])
        kept = np.flatnonzero(size)
        if len(kept) > most:
            break
        chosen = kept[np.argsort(-size[kept], kind="stable")]
        penalty *= WEAKER
    return chosen


def _fitted(scaled: Floats, truth: Floats, weight: Floats, penalty: float, start: Floats) -> Floats:
    """`(neuron + 1,)` coefficients and the intercept at a penalty, by FISTA."""
    values = np.column_stack([scaled, np.ones(len(scaled))])
    rate = 4.0 / np.linalg.norm(values * np.sqrt(weight)[:, None], 2) ** 2
    limit = np.append(np.full(scaled.shape[1], penalty * rate), 0.0)
    now = ahead = start
    pace = 1.0
    for _ in range(STEPS):
        chance = 1 / (1 + np.exp(-np.clip(values @ ahead, -30, 30)))
        moved = ahead - rate * (values.T @ (weight * (chance - truth)))
        following = np.sign(moved) * np.maximum(np.abs(moved) - limit, 0.0)
        faster = (1 + np.sqrt(1 + 4 * pace**2)) / 2
        ahead = following + (pace - 1) / faster * (following - now)
        now, pace = following, faster
    return now
