"""Loudness as a player shapes it: melody, pitch, accents, phrases, and what is left to chance."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from muso.music.humanize.noise import pink_noise
from muso.music.humanize.structure import Structure
from muso.music.score import Score

# All in steps of MIDI velocity at amount 0.5. "Measured" is the median of 200 clips of EMOPIA
# (real playing, transcribed; the half of its songs that benchmarks/humanize.py learns from) and,
# where named, of 300 PIANO tracks of POP909, by least squares on what the line names. Within a
# clip velocity spreads by 12.0 (5th to 95th percentile 7.7 to 16.1; POP909 11.6); these parts
# together give about as much.
MELODY = 6.0
"""Melody above accompaniment of the same pitch; measured 4.0 (95th percentile 10.8). With
`OCTAVE` the top note of a chord comes out 10 above the others, as measured."""
OCTAVE = 5.5
"""An octave higher; measured 5.4 in EMOPIA, 3.1 in POP909. KTH's "high loud" rule."""
WIDEST_OCTAVES = 2.0
"""Further from the middle of its track a note gets no louder."""
ACCENT = 3.0
"""A downbeat above a note off the beat; measured 2.2 for all beats together."""
ARCH = 5.0
"""The middle of a phrase above its ends; KTH's "phrase arch", size by taste."""
DRIFT = 5.0
"""Spread that drifts from chord to chord: the measured rest has a correlation of 0.24 with the
chord before, 0.18 two and 0.10 four before, which is 1/f noise and white noise mixed so."""
CHORD = 5.5
"""Spread from chord to chord without memory; measured 8.7 together with `DRIFT`."""
NOTE = 5.5
"""Spread of the notes within a chord; measured 5.4 (POP909 6.2)."""

PLAYERS = 0.3
"""Spread of the log of each of these from player to player: the velocities of a clip spread by
11.7 on average, with a spread of 2.5 from clip to clip, the top note's lead 9.5 with 6.0."""

LOUDEST = 127
HEADROOM = 2.0
"""Written velocities nearer to `LOUDEST` than this many spreads of the lift are drawn in to it, and
those within twice as many less so: there, too, a player needs room to be louder."""
SOFT = 48.0
"""Below this written velocity the lift shrinks with it: a soft note stays soft and stays heard."""


def shape(
    score: Score, structure: Structure, amount: float, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """`(note,)` velocities 1…127 of a player's reading of `score`.

    Melody comes out over its accompaniment, higher notes over lower ones, strong beats over weak
    ones and the middle of a phrase over its ends. The mean stays, but for what is written so loud
    that nothing could be louder. Percussion gets accents, arches and chance.

    Source: sizes measured on EMOPIA and POP909 (see the constants); rules of A. Friberg, R. Bresin
    and J. Sundberg, Overview of the KTH rule system for musical performance, 2006.

    Args:
        score: at least one note.
        structure: of `score`.
        amount: 0…1; 0.5 gives the measured medians.
        rng: source of what is left to chance.
    """
    track = np.unique(score.track, return_inverse=True)[1]
    through = structure.phrase_at(score.onset_beats)
    above = (score.pitch - _mean(score.pitch.astype(np.float64), track)[track]) / 12
    chords = len(structure.chord_onset_beats)
    melody, octave, arch, chord, note = np.exp(PLAYERS * rng.standard_normal(5))
    chance = DRIFT * pink_noise(chords, rng) + CHORD * rng.standard_normal(chords)
    above = octave * np.clip(above, -WIDEST_OCTAVES, WIDEST_OCTAVES)
    lift = (
        score.pitched * (melody * MELODY * structure.melody + OCTAVE * above)
        + ACCENT * structure.accent
        + arch * 4 * ARCH * through * (1 - through)
        + chord * chance[structure.chord]
        + note * NOTE * rng.standard_normal(len(score))
    )
    # Centred over the whole score, so that a track of melody alone is lifted against the others.
    lift = 2 * amount * (lift - lift.mean())
    written = _drawn_in(score.velocity.astype(np.float64), HEADROOM * float(lift.std()))
    played = written + lift * np.minimum(written / SOFT, 1.0)
    return np.asarray(np.clip(np.rint(played), 1, LOUDEST), np.uint8)


def _mean(values: NDArray[np.float64], track: NDArray[np.intp]) -> NDArray[np.float64]:
    """`(track,)` mean of the values of each track."""
    return np.asarray(np.bincount(track, values) / np.bincount(track))


def _drawn_in(written: NDArray[np.float64], room: float) -> NDArray[np.float64]:
    """`written` with what lies within twice `room` of `LOUDEST` pressed into its lower half."""
    knee = LOUDEST - 2 * room
    return np.minimum(written, knee + (written - knee) / 2) if knee > 0 else written / 2
