"""Random excerpts, as a listener would catch them."""

from __future__ import annotations

import numpy as np

from muso.music.clip import Clip
from muso.music.score import Score

TRIES = 50


def excerpt_start(whole_s: float, length_s: float, seed: int) -> float:
    """Where a random excerpt of a recording begins, in seconds."""
    return float(np.random.default_rng(seed).uniform(0, whole_s - length_s))


def random_excerpt(piece: Score | Clip, length_s: float, seed: int) -> Score | Clip:
    """A random excerpt of a score or a clip, of a score with a note in it; all of a shorter piece.

    Args:
        piece: a score with a note in it, or a clip.
        length_s: above 0.
        seed: another one takes another excerpt.

    >>> score = Score.of([60, 62, 64], [0, 10, 20], 1, tempo_bpm=60)
    >>> random_excerpt(score, 2.0, seed=1).length_s <= 2.0
    True
    >>> random_excerpt(Clip(np.zeros((1, 80_000), np.float32), 8_000), 2.0, seed=1).length_s
    2.0
    """
    if piece.length_s <= length_s:
        return piece
    if isinstance(piece, Clip):
        first = round(excerpt_start(piece.length_s, length_s, seed) * piece.sample_rate)
        count = max(round(length_s * piece.sample_rate), 1)
        return Clip(piece.samples[:, first : first + count], piece.sample_rate)
    rng = np.random.default_rng(seed)
    for _ in range(TRIES):
        start_s = float(rng.uniform(0, piece.length_s - length_s))
        part = piece.between(start_s, start_s + length_s)
        if len(part):
            return part
    # All but silence: begin where a note does.
    start_s = float(rng.choice(piece.onset_s))
    return piece.between(start_s, start_s + length_s)
