"""Qualities of music: figures of one piece that a set of made pieces is held against real ones by.

Each is a vector a piece, of one number or of a histogram. Seconds are heard time, beats and bars
are the file's own: where a performance was recorded against no beat, groove and empty beats say
little, and the tempo is the recorder's.

Sources: L.-C. Yang and A. Lerch, On the evaluation of generative models in music, 2018 (range,
counts, histograms, intervals, transitions); H.-W. Dong et al., MusPy, 2020 (entropy, scale
consistency, groove, empty beats, polyphony).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from muso.music.bars import Bars
from muso.music.scale import SCALES, SEMITONES
from muso.music.score import HIGHEST_PITCH, Score
from muso.represent.descriptors import attacks_of, share

Floats = NDArray[np.float64]

PARTS = 8
"""A piece is cut into so many equal spans of time where a quality is followed over time."""
LENGTH_EDGES_S = np.array([0.0, 0.06, 0.12, 0.18, 0.25, 0.35, 0.5, 0.7, 1.0, 1.5, 2.5, np.inf])
STEPS_A_BAR = 16


def pitch_range(score: Score) -> Floats:
    """Semitones from the lowest to the highest note.

    >>> pitch_range(Score.of([60, 72], [0, 1], [1, 1])).tolist()
    [12.0]
    """
    return np.array([float(np.ptp(score.pitch.astype(int)))])


def pitch_count(score: Score) -> Floats:
    """How many different pitches there are."""
    return np.array([float(len(np.unique(score.pitch)))])


def note_count(score: Score) -> Floats:
    """How many notes there are."""
    return np.array([float(len(score))])


def tempo(score: Score) -> Floats:
    """Quarter notes a minute, averaged over time; its logarithm to the base 2."""
    return np.array([np.log2(max(score.length_beats, 1e-9) * 60 / max(score.length_s, 1e-9))])


def velocity(score: Score) -> Floats:
    """Mean velocity, 1…127."""
    return np.array([float(score.velocity.mean())])


def velocity_spread(score: Score) -> Floats:
    """Standard deviation of the velocity."""
    return np.array([float(score.velocity.std())])


def velocity_over_time(score: Score) -> Floats:
    """Mean velocity in each of `PARTS` spans; a span without notes has the piece's mean."""
    part = _part(score)
    count = np.bincount(part, minlength=PARTS)
    total = np.bincount(part, score.velocity, minlength=PARTS)
    return np.where(count > 0, total / np.maximum(count, 1), score.velocity.mean())


def density_over_time(score: Score) -> Floats:
    """Notes a second in each of `PARTS` spans."""
    return np.bincount(_part(score), minlength=PARTS) / (max(score.length_s, 1e-9) / PARTS)


def pitches(score: Score) -> Floats:
    """Share of the notes at each of 128 pitches, smoothed over an octave."""
    counts = share(score.pitch, HIGHEST_PITCH + 1)
    window = np.hanning(SEMITONES + 1)
    return np.convolve(counts, window / window.sum(), mode="same")


def pitch_classes(score: Score) -> Floats:
    """Share of the notes on each step above the likeliest tonic: 12 values."""
    counts = share(score.pitch % SEMITONES, SEMITONES)
    return np.roll(counts, -_tonic(counts))


def pitch_class_transitions(score: Score) -> Floats:
    """Share of each pair of pitch classes one after the other in the top voice, above the tonic."""
    tonic = _tonic(share(score.pitch % SEMITONES, SEMITONES))
    top = (attacks_of(score).top - tonic) % SEMITONES
    return share(top[:-1] * SEMITONES + top[1:], SEMITONES**2)


def pitch_class_entropy(score: Score) -> Floats:
    """Bits, 0…log2(12): how evenly the pitch classes are used."""
    counts = share(score.pitch % SEMITONES, SEMITONES)
    used = counts[counts > 0]
    return np.array([max(0.0, -float(used @ np.log2(used)))])


def scale_consistency(score: Score) -> Floats:
    """Share of the notes in the major or natural minor scale that holds most of them, 0…1."""
    return np.array([float((_IN_SCALES @ share(score.pitch % SEMITONES, SEMITONES)).max())])


def groove(score: Score) -> Floats:
    """How alike neighbouring bars are in where notes begin, 0…1; 1 with a single bar.

    1 less the mean share of a bar's 16 steps that one of two neighbours has an attack on and
    the other has not.
    """
    bars = Bars.of(score)
    bar = bars.bar_at(score.onset_beats)
    since = (score.onset_beats - bars.onset_beats[bar]) / bars.length_beats[bar]
    step = np.clip(np.rint(since * STEPS_A_BAR), 0, STEPS_A_BAR - 1).astype(int)
    begins = np.zeros((len(bars.onset_beats), STEPS_A_BAR), bool)
    begins[bar, step] = True
    unlike = (begins[1:] != begins[:-1]).mean(axis=1)
    return np.array([1.0 - float(unlike.mean()) if len(unlike) else 1.0])


def polyphony(score: Score) -> Floats:
    """How many notes sound at a time, averaged over the time in which any does."""
    times = np.concatenate([score.onset_s, score.offset_s])
    change = np.repeat([1, -1], len(score))
    order = np.lexsort((change, times))
    sounding, span = np.cumsum(change[order])[:-1], np.diff(times[order])
    total = span[sounding > 0].sum()
    return np.array([float(sounding @ span) / total if total > 0 else 0.0])


def empty_beats(score: Score) -> Floats:
    """Share of the beats, up to the end of the last note, in which no note sounds, 0…1."""
    count = max(int(np.ceil(score.length_beats - 1e-6)), 1)
    first = np.minimum(score.onset_beats.astype(int), count)
    last = np.ceil(score.onset_beats + np.maximum(score.duration_beats, 1e-6) - 1e-6).astype(int)
    change = np.bincount(first, minlength=count + 1)[: count + 1].astype(int)
    change -= np.bincount(np.minimum(last, count), minlength=count + 1)
    return np.array([float((np.cumsum(change)[:count] <= 0).mean())])


def gap(score: Score) -> Floats:
    """Mean time between attacks, seconds; its logarithm to the base 2."""
    gaps = np.diff(attacks_of(score).onset_s)
    return np.array([np.log2(gaps.mean()) if len(gaps) else 0.0])


def interval(score: Score) -> Floats:
    """Mean size of the steps and leaps of the top voice, semitones."""
    steps = np.abs(np.diff(attacks_of(score).top))
    return np.array([float(steps.mean()) if len(steps) else 0.0])


def note_lengths(score: Score) -> Floats:
    """Share of the notes in each of 11 ranges of length in seconds."""
    length = score.offset_s - score.onset_s
    ranges = np.searchsorted(LENGTH_EDGES_S[1:-1], length, side="right")
    return share(ranges, len(LENGTH_EDGES_S) - 1)


QUALITIES: dict[str, Callable[[Score], Floats]] = {
    quality.__name__: quality
    for quality in (
        pitch_range, pitch_count, note_count, tempo, velocity, velocity_spread, velocity_over_time,
        density_over_time, pitches, pitch_classes, pitch_class_transitions, pitch_class_entropy,
        scale_consistency, groove, polyphony, empty_beats, gap, interval, note_lengths,
    )
}  # fmt: skip
"""Every quality by name."""


def measure_qualities(scores: Sequence[Score]) -> dict[str, Floats]:
    """Name to `(piece, number)`; each score has at least one note.

    >>> from muso.music.midi import read_score
    >>> found = measure_qualities([read_score("examples/bach-bwv66-6.mid")])
    >>> found["pitch_range"].tolist(), found["pitch_classes"].shape
    ([[34.0]], (1, 12))
    """
    pitched = [s.select(s.pitched) if s.pitched.any() else s for s in scores]
    return {name: np.stack([of(s) for s in pitched]) for name, of in QUALITIES.items()}


def _part(score: Score) -> NDArray[np.int64]:
    """`(note,)` the span of time in which each begins, 0…`PARTS` - 1."""
    place = score.onset_s / max(score.length_s, 1e-9) * PARTS
    return np.clip(place.astype(np.int64), 0, PARTS - 1)


def _tonic(counts: Floats) -> int:
    from muso.music.tonality import find_key

    return find_key(counts)[0]


def _in_scales() -> Floats:
    """`(scale, pitch class)`: 1 where the scale holds it."""
    steps = np.zeros((2, SEMITONES))
    for row, name in enumerate(("major", "natural minor")):
        steps[row, list(SCALES[name])] = 1
    return np.concatenate([np.roll(steps, tonic, axis=1) for tonic in range(SEMITONES)])


_IN_SCALES = _in_scales()
