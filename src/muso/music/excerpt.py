"""Random excerpts, as a listener would catch them."""

from __future__ import annotations

import numpy as np

from muso.music.clip import Clip
from muso.music.score import Score

TRIES = 50


def excerpt_start(whole_s: float, length_s: float, seed: int) -> float:
    """Where a random excerpt of a recording begins, in seconds."""
    return float(np.random.default_rng(seed).uniform(0, max(whole_s - length_s, 0.0)))


def random_part(clip: Clip, length_s: float, seed: int) -> Clip:
    """A random excerpt of a clip, or all of it if it is shorter.

    >>> random_part(Clip(np.zeros((1, 80_000), np.float32), 8_000), 2.0, seed=1).length_s
    2.0
    """
    first = round(excerpt_start(clip.length_s, length_s, seed) * clip.sample_rate)
    count = max(round(length_s * clip.sample_rate), 1)
    return Clip(clip.samples[:, first : first + count], clip.sample_rate)


def random_excerpt(score: Score, length_s: float, seed: int) -> Score:
    """A random excerpt with a note in it, or the whole score if it is shorter.

    Args:
        score: any with a note in it.
        length_s: above 0.
        seed: another one takes another excerpt.

    >>> score = Score.of([60, 62, 64], [0, 10, 20], 1, tempo_bpm=60)
    >>> random_excerpt(score, 2.0, seed=1).length_s <= 2.0
    True
    """
    if score.length_s <= length_s:
        return score
    rng = np.random.default_rng(seed)
    for _ in range(TRIES):
        start_s = float(rng.uniform(0, score.length_s - length_s))
        part = score.between(start_s, start_s + length_s)
        if len(part):
            return part
    # All but silence: begin where a note does.
    start_s = float(rng.choice(score.onset_s))
    return score.between(start_s, start_s + length_s)
