"""Finding the key of a passage from its pitch classes."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

MAJOR_PROFILE = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
MINOR_PROFILE = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)
"""How well each scale degree fits a key, from probe-tone ratings (Krumhansl and Kessler 1982)."""


def find_key(weights: ArrayLike) -> tuple[int, bool, float]:
    """The key whose profile correlates best with the weight of each pitch class.

    Args:
        weights: `(pitch class,)`, C first; usually seconds sounded, at least 0.

    Returns:
        The tonic 0 (C)…11 (B), whether the key is minor, and the correlation -1…1
        (0 for silence and for all pitch classes alike).

    Source: Krumhansl and Schmuckler's algorithm (Krumhansl 1990, Cognitive Foundations of
    Musical Pitch, chapter 4).

    >>> import numpy as np
    >>> find_key(np.array([2, 0, 1, 0, 1, 1, 0, 2, 0, 1, 0, 1.0]))[:2]
    (0, False)
    """
    weighed = np.asarray(weights, np.float64)
    centred = weighed - weighed.mean()
    size = float(np.linalg.norm(centred))
    if size == 0:
        return 0, False, 0.0
    fits = _PROFILES @ (centred / size)
    best = int(np.argmax(fits))
    return best % 12, best >= 12, float(fits[best])


def _profiles() -> NDArray[np.float64]:
    """`(key, pitch class)`: 12 major, then 12 minor, each centred and of length 1."""
    rows = [np.roll(p, tonic) for p in (MAJOR_PROFILE, MINOR_PROFILE) for tonic in range(12)]
    centred = np.array(rows) - np.mean(rows, axis=1, keepdims=True)
    return np.asarray(centred / np.linalg.norm(centred, axis=1, keepdims=True))


_PROFILES = _profiles()
