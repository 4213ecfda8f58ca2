"""Bounds on how much may sound at once, far above what any score for people asks."""

from __future__ import annotations

import heapq
from collections import OrderedDict

import numpy as np
from numpy.typing import NDArray

MOST_STRUCK = 128
"""Strokes that may start within one twentieth of a second: an orchestra's loudest chord has 100."""
INSTANT_S = 0.05
MOST_SOUNDING = 512
"""Strokes that may be held at one time."""


def loudest_struck(start_s: NDArray[np.float64], gain: NDArray[np.float64]) -> NDArray[np.bool_]:
    """`(stroke,)` true for the `MOST_STRUCK` loudest of each twentieth of a second.

    >>> loudest_struck(np.zeros(1000), np.arange(1000)).sum()
    np.int64(128)
    """
    instant = (start_s / INSTANT_S).astype(np.int64)
    order = np.lexsort((-gain, instant))
    ordered = instant[order]
    rank = np.arange(len(order)) - np.searchsorted(ordered, ordered)
    keep = np.zeros(len(order), bool)
    keep[order] = rank < MOST_STRUCK
    return keep


def given_way(start_s: NDArray[np.float64], release_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """`release_s` such that no more than `MOST_SOUNDING` are held: the oldest are let go first.

    Strokes, `(stroke,)`, are ordered by start.
    """
    edges = np.concatenate([start_s, release_s])
    steps = np.repeat([1, -1], len(start_s))[np.argsort(edges, kind="stable")]
    if np.cumsum(steps).max(initial=0) <= MOST_SOUNDING:
        return release_s
    until_s = release_s.copy()
    held: OrderedDict[int, None] = OrderedDict()
    ends: list[tuple[float, int]] = []
    for index, now_s in enumerate(start_s.tolist()):
        while ends and ends[0][0] <= now_s:
            held.pop(heapq.heappop(ends)[1], None)
        if len(held) >= MOST_SOUNDING:
            oldest, _ = held.popitem(last=False)
            until_s[oldest] = now_s
        held[index] = None
        heapq.heappush(ends, (float(release_s[index]), index))
    return until_s
