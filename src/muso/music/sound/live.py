"""Sound of a score that is still being made: its parts as they come, one ringing into the next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from muso.music.score import Score
from muso.music.sound.limiter import limited
from muso.music.sound.mixing import BLOCK, LOUDEST, mixed
from muso.music.sound.rendering import SAMPLE_RATE
from muso.music.sound.room import in_room
from muso.music.sound.strokes import strokes_of
from muso.music.sound.tone import LOUDNESS

GAIN = 0.7
"""What a score that nobody has seen whole is played at, until a moment wants less."""


def live_blocks(
    parts: Iterable[tuple[Score, float]], sample_rate: int = SAMPLE_RATE
) -> Iterator[NDArray[np.float32]]:
    """The sound of `parts` as blocks `(2, sample)`, each given as soon as its part is there.

    A whole score is brought down to its loudest moment; here that moment isn't known yet, so
    gain goes down with the first part that wants it and stays there.

    Args:
        parts: notes at their places in the piece, and the second up to which there will be no
            more: each part's notes begin between its predecessor's second and its own.
        sample_rate: Hz.

    >>> first, second = Score.of([60], [0.0], [1.0]), Score.of([64], [2.0], [1.0])
    >>> blocks = list(live_blocks([(first, 1.0), (second, 1.5)], 22_050))
    >>> sum(block.shape[1] for block in blocks) > 1.5 * 22_050
    True
    """
    return limited(in_room(_dry(parts, sample_rate), sample_rate), sample_rate)


def _dry(parts: Iterable[tuple[Score, float]], sample_rate: int) -> Iterator[NDArray[np.float32]]:
    gain, start = GAIN, 0
    ringing = np.zeros((2, 0), np.float32)
    for score, until_s in parts:
        begin_s, end = start / sample_rate, round(until_s * sample_rate)
        # The cut keeps a part's own silence, so that its first note falls where it is written.
        part = score.between(begin_s, float("inf")) if len(score) else score
        if len(part):
            own = min(1.0, LOUDEST / max(strokes_of(part).loudest() * LOUDNESS, 1e-9))
            gain = min(gain, own)
            sound = np.concatenate(list(mixed(part, sample_rate)), axis=1) * np.float32(gain / own)
            ringing = _sum(ringing, sound)
        count = max(end - start, 0)
        ringing = _sum(ringing, np.zeros((2, count), np.float32))
        yield from _cut(ringing[:, :count])
        ringing, start = ringing[:, count:], max(end, start)
    yield from _cut(ringing)


def _cut(sound: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
    """A long silence is no reason to wait for all of it."""
    yield from (sound[:, at : at + BLOCK] for at in range(0, sound.shape[1], BLOCK))


def _sum(one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float32]:
    longer, shorter = (one, other) if one.shape[1] >= other.shape[1] else (other, one)
    total = longer.copy()
    total[:, : shorter.shape[1]] += shorter
    return total
