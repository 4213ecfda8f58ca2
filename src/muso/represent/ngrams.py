"""A score as a bag of short patterns, the way text is a bag of words.

Composers repeat themselves in small: a cadence, a broken chord, the step a bass takes under a
given harmony. This view counts such patterns in several families (melodic intervals, rhythms,
chords and what follows them, scale degrees) and hashes each into a bucket. It looks at pitches
and times alone: no velocity, instrument, track, tempo mark or tick.

Sources: n-grams for composer identification, Wolkowicz, Kulka and Keselj 2008; the hashing
trick, Weinberger et al. 2009; logarithmic counts, Manning, Raghavan and Schuetze 2008, ch. 6.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from muso.errors import UsageError
from muso.music.score import Score
from muso.music.tonality import find_key
from muso.represent.descriptors import CHORD_S, Attacks, attacks_of
from muso.represent.view import Slices, View, whole_piece

Columns = tuple[NDArray[np.int64], ...]

MAX_LEAP = 24
MAX_HELD_ATTACKS = 64
SHORTEST_S = 0.02
MAX_BITS = 20
"""A slice of so many takes 128 MiB."""
FAMILIES = 32
"""How many families `patterns` gives."""


@dataclass(frozen=True, eq=False)
class Counts:
    """A bag of patterns in sparse form; arrays are `(bucket,)`, those that came up.

    Attributes:
        bucket: which, counted through all families.
        count: how often, 1 or more.
        length_s: of the piece.
    """

    bucket: NDArray[np.uint32]
    count: NDArray[np.uint32]
    length_s: float


def _runs(length: int, *columns: NDArray[np.int64]) -> Columns:
    """Every run of `length` neighbours of the aligned `columns`, as columns of its own."""
    count = max(len(columns[0]) - length + 1, 0)
    return tuple(column[i : i + count] for i in range(length) for column in columns)


def _steps(seconds: NDArray[np.float64]) -> NDArray[np.int64]:
    """Times on a scale of half octaves, so that a tempo a little different is no difference."""
    half_octaves = np.rint(2 * np.log2(np.maximum(seconds, SHORTEST_S)))
    return np.asarray(np.clip(half_octaves, -12, 8), np.int64)


def _ratios(gap: NDArray[np.float64]) -> NDArray[np.int64]:
    """How much longer each gap is than the one before, on the same scale, at any tempo."""
    longer = np.maximum(gap[1:], SHORTEST_S) / np.maximum(gap[:-1], SHORTEST_S)
    return np.asarray(np.clip(np.rint(2 * np.log2(longer)), -6, 6), np.int64)


def _line(
    prefix: str, pitch: NDArray[np.int64], onset_s: NDArray[np.float64]
) -> dict[str, Columns]:
    """Patterns of one melodic line: its intervals, its rhythm, and both together."""
    interval = np.clip(np.diff(pitch), -MAX_LEAP, MAX_LEAP)
    out = {f"{prefix} intervals {n}": _runs(n, interval) for n in (1, 2, 3, 4)}
    out[f"{prefix} moves"] = _runs(2, interval[1:], _ratios(np.diff(onset_s)))
    return out


def _rhythm(onset_s: NDArray[np.float64]) -> dict[str, Columns]:
    gap = np.diff(onset_s)
    out = {f"rhythm {n}": _runs(n, _ratios(gap)) for n in (2, 3, 4)}
    return out | {f"gaps {n}": _runs(n, _steps(gap)) for n in (1, 2, 3)}


def _sounding(score: Score, attacks: Attacks) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """What sounds at each attack: pitch classes `(attack, pitch class)`, and the lowest pitch."""
    count = len(attacks.onset_s)
    first = attacks.of_note
    last = np.searchsorted(attacks.onset_s, score.offset_s - CHORD_S)
    last = np.clip(last, first + 1, first + MAX_HELD_ATTACKS).clip(max=count)
    edges = np.zeros((count + 1, 12), np.int64)
    np.add.at(edges, (first, score.pitch % 12), 1)
    np.add.at(edges, (last, score.pitch % 12), -1)
    held = last - first
    note = np.repeat(np.arange(len(score)), held)
    at = np.arange(held.sum()) - np.repeat(np.cumsum(held) - held, held) + first[note]
    lowest = np.full(count, 127, np.int64)
    np.minimum.at(lowest, at, score.pitch[note].astype(np.int64))
    return np.cumsum(edges[:-1], axis=0) > 0, lowest


def _harmony(score: Score, attacks: Attacks) -> dict[str, Columns]:
    """Chords over their bass, what follows what, and scale degrees from the key found."""
    classes, bass = _sounding(score, attacks)
    bits = 1 << np.arange(12)
    over_bass = np.take_along_axis(classes, (np.arange(12) + bass[:, None]) % 12, axis=1) @ bits
    changed = np.append(True, (np.diff(over_bass) != 0) | (np.diff(bass) != 0))
    chord, root = over_bass[changed], bass[changed]
    motion = np.diff(root) % 12
    sounded = np.bincount(
        score.pitch % 12, np.minimum(score.offset_s - score.onset_s, 2.0), minlength=12
    )
    tonic, minor, _ = find_key(sounded)
    mode = np.full(len(bass), int(minor))
    degrees = np.take_along_axis(
        classes, np.broadcast_to((np.arange(12) + tonic) % 12, classes.shape), axis=1
    )
    tune = (attacks.top - tonic) % 12
    return {
        "chords": (over_bass,),
        "progressions": (chord[:-1], motion, chord[1:]),
        "bass motion 2": _runs(2, motion),
        "bass motion 3": _runs(3, motion),
        "degrees sounding": (degrees @ bits, mode),
        "degrees 2": (*_runs(2, tune), mode[1:]),
        "degrees 3": (*_runs(3, tune), mode[2:]),
        "key": (np.array([tonic]), np.array([int(minor)])),
        "bass": (bass,),
    }


def _texture(score: Score, attacks: Attacks) -> dict[str, Columns]:
    """How notes are laid out: the shape of each attack, its size, span, place and length."""
    pitch = score.pitch.astype(np.int64)
    shape = np.zeros(len(attacks.onset_s), np.int64)
    above = np.minimum(pitch - attacks.bottom[attacks.of_note], 60)
    np.bitwise_or.at(shape, attacks.of_note, 1 << above)
    size = np.minimum(attacks.size, 8)
    return {
        "attack shapes": (shape,),
        "attack sizes 1": (size,),
        "attack sizes 3": _runs(3, size),
        "spans": ((attacks.top - attacks.bottom) // 3,),
        "pitches": (pitch,),
        "top": (attacks.top,),
        "durations": (_steps(score.offset_s - score.onset_s),),
    }


def patterns(score: Score) -> dict[str, Columns]:
    """Every pattern in `score` by family, each family as aligned integer columns `(pattern,)`.

    >>> from muso.music.midi import read_score
    >>> found = patterns(read_score("examples/bach-bwv66-6.mid"))
    >>> len(found), [len(column) for column in found["top intervals 2"]]
    (32, [49, 49])
    """
    pitched = score.pitched
    heard = score.select(pitched) if pitched.any() else score
    attacks = attacks_of(heard)
    return {
        **_line("top", attacks.top, attacks.onset_s),
        **_line("bottom", attacks.bottom, attacks.onset_s),
        **_rhythm(attacks.onset_s),
        **_harmony(heard, attacks),
        **_texture(heard, attacks),
    }


def _hashed(columns: Columns, family: int) -> NDArray[np.uint64]:
    """One 64-bit hash a pattern: multiply and shift a column at a time (Dietzfelbinger 1996)."""
    state = np.full(len(columns[0]), (family + 1) * 0x9E3779B97F4A7C15 % 2**64, np.uint64)
    for column in columns:
        state = (state ^ column.astype(np.uint64)) * np.uint64(0xD6E8FEB86659FD93)
        state ^= state >> np.uint64(32)
    return state


@dataclass(frozen=True)
class NGrams(View):
    """Logarithmic counts of hashed patterns: a row a family, a column a bucket.

    Attributes:
        bits: each family has 2 to this power buckets.
    """

    name: ClassVar[str] = "ngrams"
    media: ClassVar[str] = "score"

    bits: int = 13

    def __post_init__(self) -> None:
        if not 1 <= self.bits <= MAX_BITS:
            raise UsageError(f"ngrams of {self.bits} bits; choose 1 to {MAX_BITS}")

    @property
    def shape(self) -> tuple[int, ...]:
        return FAMILIES, 1 << self.bits

    def prepare(self, piece: Score) -> Counts:
        buckets, counts = [], []
        for family, columns in enumerate(patterns(piece).values()):
            hashed = _hashed(columns, family) >> np.uint64(64 - self.bits)
            bucket, count = np.unique(hashed, return_counts=True)
            buckets.append(bucket.astype(np.uint32) + np.uint32(family << self.bits))
            counts.append(count.astype(np.uint32))
        return Counts(np.concatenate(buckets), np.concatenate(counts), piece.length_s)

    def cut(self, prepared: Counts) -> Slices:
        values = np.zeros(FAMILIES << self.bits, np.float32)
        values[prepared.bucket] = 1 + np.log(prepared.count)
        return whole_piece(values.reshape(self.shape), prepared.length_s)
