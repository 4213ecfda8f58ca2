"""Loops: noticing that a stream says the same over and over, as language models do."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LONGEST_PERIOD = 64
"""Notes; what comes back later than this is form, not a loop."""
TIMES = 5
"""A pattern that comes so often in a row …"""
FEWEST = 40
"""… over at least so many notes is a loop; a few repeated chords are an accompaniment."""


def looping(pitch: NDArray[np.int16]) -> int:
    """The period in notes of the loop that a stream is caught in; 0 for none.

    Args:
        pitch: `(note,)` in the order they were said, the newest last.

    >>> looping(np.tile(np.arange(60, 68, dtype=np.int16), 5))
    8
    >>> looping(np.arange(99, dtype=np.int16))
    0
    """
    for period in range(1, min(LONGEST_PERIOD, len(pitch) // TIMES) + 1):
        span = max(FEWEST, period * TIMES)
        if span > len(pitch):
            continue
        recent = pitch[len(pitch) - span :]
        if np.array_equal(recent[period:], recent[:-period]):
            return period
    return 0
