"""Telling styles apart by what a piece is made of: pitch classes, durations and intervals.

The judge sees distributions alone, never the order of the music, tempo, loudness or instruments:
what differs in those betrays who wrote the files down rather than whose music it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from muso.music.score import Score
from muso.music.tonality import find_key
from muso.represent.descriptors import attacks_of

OCTAVES = np.arange(-5.0, 4.5, 0.5)
"""Edges of durations in octaves of a beat: from a 32nd of one to 16."""
WIDEST = 13
"""Semitones of a melodic step; wider ones count as this."""
MOST = 6
"""Notes struck together; more count as this many."""
DISTRIBUTIONS = ("pitch_class", "duration", "interval")
"""What distances are measured by."""
SPANS = np.arange(0, 61, 5)
"""Edges of how far apart the lowest and the highest note struck together are, in semitones."""
FINER = ("gap", "bass", "harmony", "size", "span")
"""What a judge that is trained may look at besides."""
FEATURES = 12 + 2 * (len(OCTAVES) - 1) + 2 * (2 * WIDEST + 1) + 12 + MOST + len(SPANS) - 1
"""Numbers in all of them together."""


@dataclass(frozen=True, eq=False)
class Makeup:
    """What a piece is made of; every array sums to 1.

    Attributes:
        pitch_class: `(12,)` time sounded by each pitch class, from the tonic on.
        duration: `(17,)` notes by length, half octaves from 1/32 beat to 16 beats.
        interval: `(27,)` steps of the top line, 13 semitones down to 13 up.
        gap: `(17,)` durations from attack to attack. bass: `(27,)` steps of the lowest line.
        harmony: `(12,)` intervals above the lowest note struck together with them.
        size: `(6,)` notes struck together, 1 to 6. span: `(12,)` semitones from the lowest to the
            highest of them, in steps of 5.
    """

    pitch_class: NDArray[np.float64]
    duration: NDArray[np.float64]
    interval: NDArray[np.float64]
    gap: NDArray[np.float64]
    bass: NDArray[np.float64]
    harmony: NDArray[np.float64]
    size: NDArray[np.float64]
    span: NDArray[np.float64]

    @classmethod
    def of(cls, score: Score) -> Makeup:
        """What `score` is made of.

        >>> makeup = Makeup.of(Score.of([60, 64, 67], [0, 1, 2], [1, 1, 2]))
        >>> makeup.pitch_class.round(2).tolist()[:8], int(makeup.interval.argmax()) - 13
        ([0.25, 0.0, 0.0, 0.0, 0.25, 0.0, 0.0, 0.5], 3)
        """
        score = score.select(score.pitched)
        heard = np.bincount(score.pitch % 12, score.duration_beats, minlength=12)
        tonic, _, _ = find_key(heard)
        attacks = attacks_of(score)
        onsets = score.onset_beats[np.append(True, np.diff(attacks.of_note) > 0)]
        above = score.pitch.astype(np.int64) - attacks.bottom[attacks.of_note]
        return cls(
            pitch_class=_shares(np.roll(heard, -tonic)),
            duration=_lengths(score.duration_beats),
            interval=_steps(attacks.top),
            gap=_lengths(np.diff(onsets)),
            bass=_steps(attacks.bottom),
            harmony=_shares(np.bincount(above[above > 0] % 12, minlength=12)),
            size=_shares(np.bincount(np.minimum(attacks.size, MOST), minlength=MOST + 1)[1:]),
            span=_shares(np.histogram(np.minimum(attacks.top - attacks.bottom, 59), SPANS)[0]),
        )

    @property
    def features(self) -> NDArray[np.float64]:
        """All of it as one vector: square roots, so that distances are Hellinger's."""
        parts = [np.sqrt(getattr(self, name)) for name in (*DISTRIBUTIONS, *FINER)]
        return np.concatenate(parts)


def nearer(
    made: Sequence[Makeup],
    own: Sequence[Makeup],
    others: Sequence[Sequence[Makeup]],
    names: Sequence[str] = DISTRIBUTIONS,
) -> NDArray[np.bool_]:
    """`(piece,)` whether a piece is nearer to its own folder than to every other.

    A distance is the Jensen-Shannon distance (Endres and Schindelin 2003) to the mean of a folder.

    Args:
        made: pieces of one style. own: the folder they should be like. others: other folders.
        names: of the distributions whose distances are added up.

    >>> a, b = (Makeup.of(Score.of([60, 60 + n], [0, 1], [n, n])) for n in (1, 5))
    >>> nearer([a, b], [a], [[b]]).tolist()
    [True, False]
    """
    distance = np.zeros((len(made), 1 + len(others)))
    for name in names:
        means = [np.mean([getattr(m, name) for m in folder], axis=0) for folder in (own, *others)]
        distance += [[_distance(getattr(m, name), mean) for mean in means] for m in made]
    return np.asarray(distance[:, 0] < distance[:, 1:].min(axis=1))


def _lengths(beats: NDArray[np.float64]) -> NDArray[np.float64]:
    octave = np.log2(np.maximum(beats, 2.0 ** OCTAVES[0]))
    return _shares(np.histogram(np.minimum(octave, OCTAVES[-1]), OCTAVES)[0])


def _steps(line: NDArray[np.int64]) -> NDArray[np.float64]:
    steps = np.clip(np.diff(line), -WIDEST, WIDEST) + WIDEST
    return _shares(np.bincount(steps, minlength=2 * WIDEST + 1))


def _shares(values: NDArray[np.generic]) -> NDArray[np.float64]:
    counted = np.asarray(values, np.float64)
    return counted / max(float(counted.sum()), 1e-12)


def _distance(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    middle = (one + other) / 2
    apart = sum(
        float((p[p > 0] * np.log2(p[p > 0] / middle[p > 0])).sum()) / 2 for p in (one, other)
    )
    return float(np.sqrt(max(apart, 0.0)))
