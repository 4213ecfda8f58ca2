"""Choosing words: from scores to one word a stream, by temperature and nucleus."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def choose(
    scores: Floats,
    allowed: NDArray[np.bool_],
    temperature: float,
    top_p: float,
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    """`(stream,)` one allowed word each, by chance.

    Args:
        scores: `(stream, word)` logits.
        allowed: `(stream, word)`, at least one true in each row.
        temperature: above 0; the scores are divided by it.
        top_p: above 0…1; only the likeliest words that together reach this share are drawn
            from (nucleus sampling, Holtzman et al. 2020).
        rng: one draw a stream.

    >>> rng = np.random.default_rng(0)
    >>> scores = np.log(np.array([[0.5, 0.3, 0.2]], np.float32))
    >>> drawn = [choose(scores, np.ones((1, 3), bool), 1.0, 0.6, rng)[0] for _ in range(50)]
    >>> sorted(set(int(word) for word in drawn))
    [0, 1]
    """
    scaled = np.where(allowed, scores, -np.inf) / temperature
    scaled = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    order = np.argsort(-scaled, axis=1, kind="stable")
    ranked = np.take_along_axis(scaled, order, axis=1)
    upto = np.cumsum(ranked, axis=1)
    total = upto[:, -1:]
    # A word is in as long as those before it have not reached the share.
    ranked[(upto - ranked) >= top_p * total] = 0.0
    upto = np.cumsum(ranked, axis=1)
    drawn = rng.random((len(scores), 1)) * upto[:, -1:]
    place = (upto <= drawn).sum(axis=1)
    # Rounding may lead past the last word that is in.
    place = np.minimum(place, (ranked > 0).sum(axis=1) - 1)
    return np.take_along_axis(order, place[:, None], axis=1)[:, 0]
