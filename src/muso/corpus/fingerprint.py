"""What a piece is recognized by when it comes again in another key, tempo or arrangement.

The top line of a score (the highest note of each onset, repeats dropped) is read as steps between
neighbouring notes, so a transposed or slowed copy reads the same. Windows of `GRAM` steps are
hashed; two scores that share many rare windows, in order and in one transposition, share music.

Sources: n-grams of melodic intervals after Downie, Evaluating a Simple Approach to Music
Information Retrieval (1999); order-consistent hits after Arzt, Böck and Widmer, Fast
Identification of Piece and Score Position via Symbolic Fingerprinting (ISMIR 2012).
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from muso.music.score import Score

GRAM = 8
"""Steps in a window: 9 notes, which unrelated music seldom shares."""

DISTINCT_STEPS = 4
"""A window of fewer kinds of steps is a scale, a trill or an arpeggio, which everyone writes."""

LARGEST_STEP = 24
"""Steps are clipped to two octaves."""

CHORD_BEATS = 0.08
"""Notes that follow each other closer than this are one chord: players don't strike together.
A chord of a recorded performance at 120 a minute is spread over some 40 ms."""

GRID = 48
"""Divisions of a beat within which two notes are the same; 48 holds triplets and 64ths."""

LONGEST_LINE = 30_000
"""Notes of a top line looked at: an opera."""

MOST_REPEATS = 8
"""A window that comes oftener in a piece is left out of alignments: it says little, costs much."""

DIGEST_BYTES = 12


@dataclass(frozen=True, eq=False)
class Fingerprint:
    """What is kept of a piece to find it again.

    Attributes:
        content: equal for two scores of the same notes (onset, pitch, length), whatever their
            velocities, instruments, tracks, ticks and tempo; for other files, for the same bytes.
        shape: the same for notes seen from the lowest pitch: equal for transposed copies too.
        line: `(note,)` MIDI pitches of the top line, no two neighbours equal.
        picture: of album art, `(bit,)` what `muso.corpus.likeness` keeps of its looks.
    """

    content: bytes
    shape: bytes
    line: NDArray[np.uint8]
    picture: NDArray[np.bool_] | None = None


@dataclass(frozen=True, eq=False)
class Grams:
    """The telling windows of a line, in order.

    Attributes:
        code: `(gram,)` a hash of the steps.
        position: `(gram,)` index of the first note in the line.
        pitch: `(gram,)` its MIDI pitch.
    """

    code: NDArray[np.uint32]
    position: NDArray[np.int64]
    pitch: NDArray[np.int64]


@dataclass(frozen=True)
class Alignment:
    """How two lines run together.

    Attributes:
        passages: how many windows without a common note follow each other in both lines.
        span: the share of the shorter line from the first to the last of them.
        semitones: how far the second line lies above the first.
    """

    passages: int
    span: float
    semitones: int


def fingerprint(score: Score) -> Fingerprint:
    """The fingerprint of a score. Percussion is left out of its line.

    >>> from muso.music.midi import read_score
    >>> score = read_score("examples/bach-bwv66-6.mid")
    >>> steps = lambda score: np.diff(fingerprint(score).line.astype(int))
    >>> bool(np.array_equal(steps(score), steps(score.transpose(-5))))
    True
    """
    pitch = score.pitch.astype(np.int64)
    lowest = np.where(score.pitched, np.min(pitch[score.pitched], initial=127), 0)
    return Fingerprint(_digest(score, pitch), _digest(score, pitch - lowest), _top_line(score))


def _digest(score: Score, pitch: NDArray[np.int64]) -> bytes:
    onset = np.rint((score.onset_beats - score.onset_beats[:1]) * GRID).astype(np.int64)
    length = np.rint(score.duration_beats * GRID).astype(np.int64)
    # One number a note sorts ten times faster than three. Doubled notes are dropped: some
    # programs write a part into two tracks.
    notes = np.unique((onset << 27) | (pitch << 20) | np.minimum(length, 2**20 - 1))
    return hashlib.blake2b(notes.astype("<i8").tobytes(), digest_size=DIGEST_BYTES).digest()


def _top_line(score: Score) -> NDArray[np.uint8]:
    pitched = score.pitched
    pitch, onset = score.pitch[pitched], score.onset_beats[pitched]
    if not len(pitch):
        return np.zeros(0, np.uint8)
    starts = np.flatnonzero(np.append(True, np.diff(onset) > CHORD_BEATS))
    top: NDArray[np.uint8] = np.maximum.reduceat(pitch, starts)
    changed: NDArray[np.bool_] = np.append(True, top[1:] != top[:-1])
    return top[changed][:LONGEST_LINE]


def grams(line: NDArray[np.uint8]) -> Grams:
    """The telling windows of a line: `GRAM` steps of at least `DISTINCT_STEPS` kinds.

    >>> len(grams(np.arange(60, 80, dtype=np.uint8)).code)
    0
    """
    pitch = line.astype(np.int64)
    step = np.clip(pitch[1:] - pitch[:-1], -LARGEST_STEP, LARGEST_STEP) + LARGEST_STEP
    if len(step) < GRAM:
        none = np.zeros(0, np.int64)
        return Grams(none.astype(np.uint32), none, none)
    windows = np.lib.stride_tricks.sliding_window_view(step, GRAM)
    kinds = 1 + np.count_nonzero(np.diff(np.sort(windows, axis=1), axis=1), axis=1)
    position = np.flatnonzero(kinds >= DISTINCT_STEPS)
    return Grams(_hashed(windows[position]), position, pitch[position])


def _hashed(windows: NDArray[np.int64]) -> NDArray[np.uint32]:
    """`(gram,)` a hash of each row, evenly spread over 32 bits (splitmix64's finalizer)."""
    base = 2 * LARGEST_STEP + 1
    code = windows @ (base ** np.arange(GRAM, dtype=np.int64))
    mixed = code.astype(np.uint64)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return (mixed >> np.uint64(32)).astype(np.uint32)


def align(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> Alignment:
    """Find what two lines share in one transposition and in one order.

    >>> line = np.array([60, 62, 64, 65, 67, 62, 71, 69, 60, 72, 59, 64, 61], np.uint8)
    >>> found = align(line, line + 3)
    >>> found.passages, found.semitones
    (1, 3)
    """
    here, there = _seldom(grams(first)), _seldom(grams(second))
    left, right = _hits(here.code, there.code)
    if not len(left):
        return Alignment(0, 0.0, 0)
    apart = there.pitch[right] - here.pitch[left]
    found, votes = np.unique(apart, return_counts=True)
    semitones = int(found[np.argmax(votes)])
    kept = apart == semitones
    chain = _longest_chain(here.position[left[kept]], there.position[right[kept]])
    passages, last = 0, (-GRAM, -GRAM)
    for at in chain:
        if at[0] - last[0] >= GRAM and at[1] - last[1] >= GRAM:
            passages, last = passages + 1, at
    shorter = 0 if len(first) <= len(second) else 1
    reached = chain[-1][shorter] - chain[0][shorter] + GRAM + 1
    return Alignment(passages, reached / min(len(first), len(second)), semitones)


def _seldom(windows: Grams) -> Grams:
    _, inverse, count = np.unique(windows.code, return_inverse=True, return_counts=True)
    keep = count[inverse] <= MOST_REPEATS
    return Grams(windows.code[keep], windows.position[keep], windows.pitch[keep])


def _hits(
    first: NDArray[np.uint32], second: NDArray[np.uint32]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Indices of every pair of equal codes."""
    order = np.argsort(second, kind="stable")
    ordered = second[order]
    start = np.searchsorted(ordered, first, "left")
    count = np.searchsorted(ordered, first, "right") - start
    left = np.repeat(np.arange(len(first)), count)
    within = np.arange(len(left)) - np.repeat(np.cumsum(count) - count, count)
    return left, order[np.repeat(start, count) + within]


def _longest_chain(first: NDArray[np.int64], second: NDArray[np.int64]) -> list[tuple[int, int]]:
    """The longest run of pairs that rise in both, by patience sorting."""
    # Descending within equal `first`, so that no two of them follow each other.
    order = np.lexsort((-second, first))
    pairs = list(zip(first[order].tolist(), second[order].tolist(), strict=True))
    ends: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for index, (_, height) in enumerate(pairs):
        length = bisect_left(ends, height)
        before.append(last[length - 1] if length else -1)
        if length == len(ends):
            ends.append(height)
            last.append(index)
        else:
            ends[length], last[length] = height, index
    chain, index = [], last[-1]
    while index >= 0:
        chain.append(pairs[index])
        index = before[index]
    return chain[::-1]
