"""What a player reads in a score before playing it: chords, melody, accents, phrases."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from muso.music.bars import Bars
from muso.music.score import HIGHEST_PITCH, Score

PHRASE_BEATS = 16.0
"""Usual length of a phrase: four bars of 4/4."""
SHORTEST_PHRASE_BARS, LONGEST_PHRASE_BARS = 2, 8

STRONGEST_CUT = 2.0
"""A note this many octaves of length above the usual ends a phrase as surely as a longer one."""


@dataclass(frozen=True, eq=False)
class Structure:
    """Chords, melody, accents and phrases of a score.

    Attributes:
        chord: `(note,)` index of the chord: the notes of all tracks that start together.
        chord_onset_beats: `(chord,)` ascending.
        melody: `(note,)` true where no pitched note that sounds is higher.
        accent: `(note,)` metrical weight 0…1.
        phrase_onset_beats: `(phrase + 1,)` ascending: the start of each phrase, then the last
            onset of the score.
    """

    chord: NDArray[np.intp]
    chord_onset_beats: NDArray[np.float64]
    melody: NDArray[np.bool_]
    accent: NDArray[np.float64]
    phrase_onset_beats: NDArray[np.float64]

    @classmethod
    def of(cls, score: Score) -> Structure:
        """Read the structure of `score`, which holds at least one note.

        >>> read = Structure.of(Score.of([48, 72, 50], [0, 0, 1], [1, 4, 1]))
        >>> read.chord.tolist(), read.melody.tolist()
        ([0, 0, 1], [False, True, False])
        """
        onsets, chord = np.unique(score.onset_beats, return_inverse=True)
        bars = Bars.of(score)
        highest = _highest_sounding(score, onsets)
        melody = score.pitched & (score.pitch >= highest[chord])
        phrases = _phrases(bars, np.unique(score.onset_beats[melody]), float(onsets[-1]))
        return cls(chord, onsets, melody, bars.accent_at(score.onset_beats), phrases)

    def phrase_at(self, beats: NDArray[np.float64]) -> NDArray[np.float64]:
        """How far through its phrase each of `beats` lies, 0…1."""
        starts = self.phrase_onset_beats
        phrase = np.clip(np.searchsorted(starts, beats, side="right") - 1, 0, len(starts) - 2)
        length = np.maximum(np.diff(starts), 1e-9)
        return np.clip((beats - starts[phrase]) / length[phrase], 0.0, 1.0)


def _highest_sounding(score: Score, onsets: NDArray[np.float64]) -> NDArray[np.int16]:
    """`(chord,)` highest pitch that sounds at each of `onsets`, -1 where only percussion does."""
    first = np.searchsorted(onsets, score.onset_beats)
    end = np.searchsorted(onsets, score.onset_beats + score.duration_beats)
    end = np.maximum(end, first + 1)
    highest = np.full(len(onsets), -1, np.int16)
    # One pitch at a time keeps memory at a few arrays of `(chord,)` however many notes sound.
    for pitch in range(HIGHEST_PITCH + 1):
        mine = score.pitched & (score.pitch == pitch)
        if mine.any():
            turned = np.zeros(len(onsets) + 1, np.int32)
            np.add.at(turned, first[mine], 1)
            np.add.at(turned, end[mine], -1)
            highest[np.cumsum(turned[:-1]) > 0] = pitch
    return highest


def _phrases(
    bars: Bars, melody_onset_beats: NDArray[np.float64], end: float
) -> NDArray[np.float64]:
    """Starts of the phrases and `end`: bar lines about `PHRASE_BEATS` apart, after long notes.

    That phrases end with a long note or a rest is the strongest cue of E. Cambouropoulos's local
    boundary detection (2001); that they are of even length is a habit of the styles read here.
    """
    usual_bars = PHRASE_BEATS / float(np.median(bars.length_beats))
    length = int(np.clip(round(usual_bars), SHORTEST_PHRASE_BARS, LONGEST_PHRASE_BARS))
    cut = _cuts(bars, melody_onset_beats)
    count = len(bars.onset_beats)
    if count < 2 * length:
        chosen = np.zeros(1, np.int64)
    else:
        phase = max(range(length), key=lambda start: float(cut[start::length].mean()))
        regular = np.arange(phase, count, length)
        reach = np.arange(-(length // 4), length // 4 + 1)
        near = np.clip(regular[:, None] + reach, 0, count - 1)
        # Half an octave of length decides between a bar line that is due and its neighbour.
        best = np.argmax(cut[near] - 0.5 * np.abs(reach), axis=1)
        chosen = near[np.arange(len(regular)), best]
    starts = bars.onset_beats[chosen]
    return np.append(np.unique(np.append(0.0, starts[starts < end])), end)


def _cuts(bars: Bars, melody_onset_beats: NDArray[np.float64]) -> NDArray[np.float64]:
    """`(bar,)` how much longer, in octaves 0…2, the melody note before each bar line is."""
    cut = np.zeros(len(bars.onset_beats))
    if len(melody_onset_beats) < 2:
        return cut
    length = np.diff(melody_onset_beats)
    before = np.searchsorted(melody_onset_beats, bars.onset_beats - 1e-6) - 1
    known = (before >= 0) & (before < len(length))
    cut[known] = np.log2(length[before[known]] / np.median(length))
    return np.clip(cut, 0.0, STRONGEST_CUT)
