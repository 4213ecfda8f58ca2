"""When a player's notes begin and end, against when they are written."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from muso.music.humanize.noise import pink_noise
from muso.music.humanize.structure import Structure
from muso.music.score import Score

# All in seconds at amount 0.5. "Measured" is the median of 200 clips of EMOPIA (real playing,
# transcribed; the half of its songs that benchmarks/humanize.py learns from): onsets against a
# grid of sixteenths or triplets on beats tracked and smoothed over 9 beats, which spread by 0.021
# (robustly 0.017; 5th to 95th percentile 0.010 to 0.045).
# POP909's PIANO tracks can't serve here: the median one has 2% of its notes off the grid.
DRIFT_S = 0.009
"""Spread of what drifts and returns, for all tracks together; 1/f (Hennig et al. 2011)."""
OWN_DRIFT_S = 0.004
"""Spread of the drift of each track against the others; 1/f."""
MOTOR_S = 0.010
"""Spread from stroke to stroke without memory: within six seconds of one grid the measured
deviations have a correlation of only 0.10 with the one before."""
CHORD_S = 0.0025
"""Median over the chords of a clip of the spread within each."""
CHORD_UNEVENNESS = 1.2
"""Spread of the log of that spread from chord to chord: most chords are struck as one (measured
median distance from the chord's mean 0.002), some are not (90th percentile 0.010)."""
ROLL_S = 0.004
"""Spread of the time from a chord's lowest to its highest note, half of it the player's habit and
half the chord's, as often up as down: measured order of pitches within chords has a correlation
with time of 0.00 at the median and of -0.56 and 0.42 at the 5th and 95th percentile of clips."""
LEAD_S = 0.005
"""Melody ahead of the notes it is struck with. Measured 0.001 (5th to 95th percentile -0.004 to
0.008); 0.02 to 0.03 in classical piano (B. Repp, JASA 100, 1996; W. Goebl, JASA 110, 2001)."""
RELEASE_S = 0.012
"""Mean size of how much a note's end is late or early, two-sided exponential; measured quartiles
against the nearest onset -0.013 and 0.008, 5th and 95th percentile -0.042 and 0.069."""
RESTRIKE_S = (0.005, 0.014)
"""A pitch is let go so long before it is struck again; measured 5th and 90th percentile."""
HELD_S = 0.03
"""A note written to end within this of the next on its pitch is held until it must be let go."""
PLAYERS = 0.4
"""Spread of the log of all this from player to player: measured 0.47 for chords."""

GAP_SHARE = 0.4
"""A note moves at most so far towards its neighbour: two that approach each other still keep a
fifth of their distance and their order."""
SHORTEST_SHARE = 0.5
"""A note keeps at least this share of its written length."""

RINGING_PROGRAMS = (*range(16), *range(24, 32), 45, 46, 47)
"""General MIDI programs whose notes may ring into the next: keyboards, mallets, guitars, pizzicato,
harp, timpani. On others a note that ended before the next still does."""


def lean(
    score: Score, structure: Structure, amount: float, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How late (or, below 0, early) a player begins each note of `score`, and all of them.

    Returns:
        Seconds, `(note,)`: each note's own; and `(chord,)`: the drift common to all tracks.
    """
    chord = structure.chord
    chords = len(structure.chord_onset_beats)
    stroke, of_stroke = _strokes(score, chord, chords)
    beat, together, lead = np.exp(PLAYERS * rng.standard_normal(3))
    own = OWN_DRIFT_S * pink_noise(len(stroke), rng) + MOTOR_S * rng.standard_normal(len(stroke))
    apart = CHORD_S * np.exp(CHORD_UNEVENNESS * np.clip(rng.standard_normal(chords), -2, 2))
    roll = ROLL_S * (rng.standard_normal() + rng.standard_normal(chords)) / np.sqrt(2)
    accompanies = score.pitched & ~structure.melody & _has(structure.melody, chord, chords)
    late_s = (
        beat * own[of_stroke]
        + together * apart[chord] * rng.standard_normal(len(score)) * _shared(chord, chords)
        + together * roll[chord] * _height(score.pitch, chord, chords)
        + lead * LEAD_S * accompanies
    )
    drift_s = 2 * amount * beat * DRIFT_S * pink_noise(chords, rng)
    late_s = drift_s[chord] + 2 * amount * late_s
    earliest, latest = _room(score, stroke, of_stroke, chords)
    return np.clip(late_s, earliest, latest), drift_s


def release(
    score: Score,
    onset_s: NDArray[np.float64],
    drift_s: NDArray[np.float64],
    amount: float,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Seconds at which each note of `score` ends once it begins at `onset_s`; all `(note,)`.

    `drift_s` is how late all tracks are at the written end. A note that ended before the same
    pitch was struck again still does, and on instruments that don't ring, before any next note.
    """
    written_s = score.offset_s - score.onset_s
    late_s = RELEASE_S * rng.laplace(size=len(score))
    end_s = score.offset_s + drift_s + 2 * amount * late_s
    same = score.track.astype(np.int64) * 128 + score.pitch
    again_s = _next_onset(score, onset_s, same)
    lifted_s = again_s - 2 * amount * rng.uniform(*RESTRIKE_S, len(score))
    held = again_s - onset_s < written_s + HELD_S
    end_s = np.where(held, lifted_s, np.minimum(end_s, lifted_s))
    end_s = np.maximum(end_s, onset_s + SHORTEST_SHARE * written_s)
    end_s = np.minimum(end_s, again_s)
    ringing = np.array([part.is_drum or part.program in RINGING_PROGRAMS for part in score.tracks])
    if not ringing.all():
        free = ringing[score.track]
        blocked = _next_onset(score, onset_s, score.track.astype(np.int64))
        end_s = np.where(free, end_s, np.minimum(end_s, blocked))
    return np.maximum(end_s, onset_s)


def _strokes(
    score: Score, chord: NDArray[np.intp], chords: int
) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
    """`(stroke,)` codes, track by track, of what one track strikes at once; `(note,)` indices."""
    stroke, of_stroke = np.unique(
        score.track.astype(np.int64) * chords + chord, return_inverse=True
    )
    return stroke, of_stroke


def _room(
    score: Score, stroke: NDArray[np.int64], of_stroke: NDArray[np.intp], chords: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """`(note,)` seconds each note may be early (below 0) and late without meeting its neighbour."""
    at_s = np.zeros(len(stroke))
    at_s[of_stroke] = score.onset_s
    same_track = np.diff(stroke // chords) == 0
    gap_s = np.where(same_track, np.diff(at_s), np.inf) * GAP_SHARE
    before_s = np.append(np.inf, gap_s)
    # Nothing begins before the score does.
    earliest = -np.minimum(before_s, at_s)
    return earliest[of_stroke], np.append(gap_s, np.inf)[of_stroke]


def _has(flag: NDArray[np.bool_], chord: NDArray[np.intp], chords: int) -> NDArray[np.bool_]:
    """`(note,)` whether any note of the same chord is flagged."""
    return np.asarray(np.bincount(chord, flag, chords)[chord] > 0)


def _shared(chord: NDArray[np.intp], chords: int) -> NDArray[np.bool_]:
    """`(note,)` whether the chord has other notes."""
    return np.asarray(np.bincount(chord, minlength=chords)[chord] > 1)


def _height(pitch: NDArray[np.uint8], chord: NDArray[np.intp], chords: int) -> NDArray[np.float64]:
    """`(note,)` place of each note between the lowest (-0.5) and highest (0.5) of its chord."""
    lowest = np.full(chords, 127)
    highest = np.zeros(chords, int)
    np.minimum.at(lowest, chord, pitch)
    np.maximum.at(highest, chord, pitch)
    span = (highest - lowest)[chord]
    return np.where(span > 0, (pitch - lowest[chord]) / np.maximum(span, 1) - 0.5, 0.0)


def _next_onset(
    score: Score, onset_s: NDArray[np.float64], voice: NDArray[np.int64]
) -> NDArray[np.float64]:
    """`(note,)` where the next note of the same voice now begins, if it was written after the end.

    Infinite where there is no next one or where the two were written to overlap.
    """
    order = np.lexsort((onset_s, score.onset_beats, voice))
    first = np.flatnonzero(
        np.append(True, (np.diff(voice[order]) != 0) | (np.diff(score.onset_beats[order]) != 0))
    )
    stroke = np.searchsorted(first, np.arange(len(order)), side="right") - 1
    following = np.append(first[1:], len(order) - 1)[stroke]
    here, there = order, order[following]
    end = score.onset_beats[here] + score.duration_beats[here]
    clear = (voice[here] == voice[there]) & (score.onset_beats[there] > score.onset_beats[here])
    clear &= end <= score.onset_beats[there] + 1e-9
    result = np.full(len(order), np.inf)
    result[here] = np.where(clear, onset_s[there], np.inf)
    return result
