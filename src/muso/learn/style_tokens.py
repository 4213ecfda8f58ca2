"""What an earlier system read of a score: notes and chords in a row, without rhythm or octave.

It took one part, wrote each note as its name and each chord as its pitch classes in normal order,
and threw durations, velocities and the time between them away. Its words are music21's; they are
computed here from a `Score`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from muso.music.score import Score, Track

NAMES = ("C", "C#", "D", "E-", "E", "F", "F#", "G", "G#", "A", "B-", "B")
PER_BEAT = 12
"""Parts of a beat onsets and lengths are rounded to: quarters and thirds, as music21 does."""
SPACING_BEATS = 0.5
"""The earlier system wrote every note and chord so far after the one before."""
CHORD_OCTAVE = 60
"""Where it put the pitch classes of a chord whose octaves it had thrown away."""


@dataclass(frozen=True)
class Token:
    """A note, or notes of one track that begin and end together.

    Attributes:
        word: its name.
        pitches: MIDI notes, lowest first.
    """

    word: str
    pitches: tuple[int, ...]


def read_part(score: Score) -> Score:
    """The one part that was read: every track of the instrument that comes first.

    A pitch that several tracks strike at once is kept once.

    >>> score = Score.of([60, 60, 64], [0, 0, 1], [1, 2, 1], track=[0, 1, 1],
    ...                  tracks=(Track(), Track()))
    >>> len(read_part(score))
    2
    """
    score = score.select(score.pitched)
    if not len(score):
        return score
    programs = np.array([track.program for track in score.tracks])[score.track]
    first = programs[int(np.argmin(score.track))]
    kept = score.select(programs == first)
    ticks = np.rint(kept.onset_beats * PER_BEAT).astype(np.int64)
    longest_first = np.lexsort((-kept.duration_beats, kept.pitch, ticks))
    struck = np.column_stack([ticks, kept.pitch])[longest_first]
    once = np.ones(len(kept), bool)
    once[1:] = (np.diff(struck, axis=0) != 0).any(1)
    keep = np.zeros(len(kept), bool)
    keep[longest_first[once]] = True
    return kept.select(keep)


def read_tokens(score: Score) -> list[Token]:
    """The notes and chords of the part that was read, by onset, then by track.

    >>> [token.word for token in read_tokens(Score.of([67, 60, 64, 67], [0, 1, 1, 1], 1))]
    ['G4', '0.4.7']
    """
    part = read_part(score)
    onset = np.rint(part.onset_beats * PER_BEAT).astype(np.int64)
    length = np.maximum(np.rint(part.duration_beats * PER_BEAT), 1).astype(np.int64)
    order = np.lexsort((part.pitch, length, part.track, onset))
    key = np.column_stack([onset, part.track, length])[order]
    changes = np.flatnonzero((np.diff(key, axis=0) != 0).any(1)) + 1
    groups = [g.tolist() for g in np.split(part.pitch[order].astype(int), changes) if len(g)]
    begins = key[np.append(0, changes)[: len(groups)], :2].tolist()
    in_order = sorted(zip(begins, groups, strict=True))
    return [_token(tuple(group)) for _, group in in_order]


def _token(pitches: tuple[int, ...]) -> Token:
    if len(pitches) == 1:
        return Token(f"{NAMES[pitches[0] % 12]}{pitches[0] // 12 - 1}", pitches)
    classes = normal_order(sorted({pitch % 12 for pitch in pitches}))
    return Token(".".join(str(one) for one in classes), pitches)


def normal_order(classes: Sequence[int]) -> tuple[int, ...]:
    """Distinct pitch classes in the order that packs them closest, most to the left.

    Source: A. Forte, The Structure of Atonal Music, 1973.

    >>> normal_order([2, 7, 11])
    (7, 11, 2)
    """
    turns = [tuple(classes[n:]) + tuple(classes[:n]) for n in range(len(classes))]
    return min(turns, key=lambda turn: (_spans(turn), turn[0]))


def _spans(turn: tuple[int, ...]) -> tuple[int, ...]:
    """How far the last, then the second, the third … lies above the first, in semitones."""
    above = [(one - turn[0]) % 12 for one in turn[1:]]
    return (above[-1], *above[:-1]) if above else ()


def pitches_of(word: str) -> tuple[int, ...]:
    """The MIDI notes that the earlier system played for a word: chords within one octave.

    >>> pitches_of("B-3"), pitches_of("7.11.2")
    ((58,), (67, 71, 62))
    """
    if word[0].isalpha():
        name, octave = (word[:2], word[2:]) if word[1] in "#-" else (word[:1], word[1:])
        return (12 * (int(octave) + 1) + NAMES.index(name),)
    return tuple(CHORD_OCTAVE + int(one) for one in word.split("."))


def write_tokens(words: Sequence[str], program: int = 0) -> Score:
    """The score that the earlier system made of words: all alike in length and loudness.

    Args:
        words: as in `Token.word`.
        program: General MIDI, 0…127.

    >>> write_tokens(["C4", "0.4.7"]).onset_beats.tolist()
    [0.0, 0.5, 0.5, 0.5]
    """
    groups = [pitches_of(word) for word in words]
    onset = [n * SPACING_BEATS for n, group in enumerate(groups) for _ in group]
    pitch: NDArray[np.int64] = np.array([one for group in groups for one in group], np.int64)
    return Score.of(pitch, onset, SPACING_BEATS, 90, tracks=(Track("Piano", program),))
