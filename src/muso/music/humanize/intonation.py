"""Small errors of pitch, as bends, for instruments whose player makes the pitch."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from muso.music.humanize.noise import pink_noise
from muso.music.score import BEND, Changes, Score

BENDABLE_PROGRAMS = (*range(40, 45), *range(48, 55), *range(56, 80), *range(80, 88), 35, 109, 110)
"""General MIDI programs whose player makes the pitch: bowed strings, voices, brass, reeds, pipes,
synthesizer leads, fretless bass, bagpipe, fiddle."""

DRIFT_CENTS = 4.0
"""Spread at amount 0.5 of the error that carries over from note to note."""
NOTE_CENTS = 3.0
"""Spread at amount 0.5 of the error of each note; with `DRIFT_CENTS` about 5 cents, at the edge of
what is noticed. The real playing measured elsewhere in this package is piano and can't say."""
ATTACK_CENTS = 6.0
"""Spread at amount 0.5 of a further error at the start of a note, which the player hears and
mends within `MENDED_S`."""
MENDED_S = 0.12

BEND_CENTS = 200.0
"""Reach of a full bend: two semitones, the General MIDI default."""
FULL_BEND = 8191

REGISTERED_PARAMETER = (100, 101)
"""Controllers by which a file may set another reach."""


def bend(
    score: Score, amount: float, rng: np.random.Generator
) -> tuple[Changes, NDArray[np.float64]]:
    """Bends of a few cents, two a note, on tracks that can and have none of their own.

    Tracks with percussion, with keyboards and plucked strings, with bends already written or with
    a reach of their own are left as they are. A chord is bent as one.

    Returns:
        The score's changes with the new bends among them, and the error of each stroke settled
        on, in cents, `(stroke,)`; none where no track could be bent.
    """
    changes = score.changes
    # Many files set the bend of every track to nothing at the start: that is no bend.
    own = (changes.number == BEND) & (changes.value != 0)
    own |= np.isin(changes.number, REGISTERED_PARAMETER)
    taken = np.unique(changes.track[own])
    free = [
        number
        for number, part in enumerate(score.tracks)
        if not part.is_drum and part.program in BENDABLE_PROGRAMS and number not in taken
    ]
    mine = np.isin(score.track, free)
    if not mine.any():
        return changes, np.zeros(0)
    # The longest note of a stroke comes first, so that it stands for all.
    order = np.lexsort((-score.duration_beats, score.onset_beats, score.track))
    order = order[mine[order]]
    track, onset = score.track[order], score.onset_beats[order]
    first = np.append(True, (np.diff(track) != 0) | (np.diff(onset) != 0))
    order, track, onset = order[first], track[first], onset[first]
    cents = 2 * amount * (DRIFT_CENTS * pink_noise(len(order), rng))
    cents += 2 * amount * NOTE_CENTS * rng.standard_normal(len(order))
    attack = 2 * amount * ATTACK_CENTS * rng.standard_normal(len(order))
    onset_s = score.onset_s[order]
    room_s = np.append(np.where(np.diff(track) == 0, np.diff(onset_s), np.inf), np.inf)
    room_s = np.minimum(room_s, score.offset_s[order] - onset_s)
    mended = score.beats_at(onset_s + np.minimum(MENDED_S, room_s / 2))
    return _with_bends(changes, onset, mended, track, cents, cents + attack), cents


def _with_bends(
    changes: Changes,
    onset: NDArray[np.float64],
    mended: NDArray[np.float64],
    track: NDArray[np.int16],
    cents: NDArray[np.float64],
    attack_cents: NDArray[np.float64],
) -> Changes:
    """`changes` and two bends a stroke, in order of onset."""
    at = np.concatenate([changes.onset_beats, onset, mended])
    bent = np.rint(np.concatenate([attack_cents, cents]) / BEND_CENTS * FULL_BEND)
    order = np.argsort(at, kind="stable")
    number = np.concatenate([changes.number, np.full(2 * len(onset), BEND)])
    value = np.concatenate([changes.value, bent])
    return Changes(
        at[order],
        np.concatenate([changes.track, track, track])[order].astype(np.int16),
        number[order].astype(np.int16),
        value[order].astype(np.int16),
    )
