"""Endings: a piece comes to rest on its tonic, with a last chord that is held.

What counts as an ending follows the perfect cadence of common practice as far as the notes alone
show it: the last attack stands on the tonic and holds nothing but the tonic's triad, and it lasts.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from muso.compose.length import Goal
from muso.music.bars import Bars
from muso.music.scale import SEMITONES
from muso.music.score import HIGHEST_PITCH, Score
from muso.music.tonality import find_key

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CHORD_BEATS = 1 / 12
"""Notes that begin within this time are one chord, however it is rolled."""
HELD_BEATS = 2.0
HELD_S = 1.2
"""The last chord lasts this long at least, by both."""
SOFTER = 0.92
"""Velocity of the last chord as a share of the last notes'."""
FEW_BARS = 4
"""A piece of more bars than this ends on a bar line, a shorter one on a beat."""
FULL_CHORD = 4
"""Notes of the last chord, where there is room for them."""
RECENT_S = 8.0
"""The key at the end is heard over the last bars, with the whole piece as a second voice."""
MAJOR, MINOR = (0, 4, 7), (0, 3, 7)


def key_at_end(score: Score) -> tuple[int, bool]:
    """Tonic 0 (C)…11 (B) that the end of `score` should rest on, and whether it is minor.

    >>> from muso.music.midi import read_score
    >>> key_at_end(read_score("examples/brahms-wiegenlied.mid"))
    (3, False)
    """
    pitched = score.select(score.pitched)
    seconds = np.minimum(pitched.offset_s - pitched.onset_s, 4.0) + 0.05
    late = pitched.onset_s >= pitched.onset_s[-1] - RECENT_S
    weight = seconds * np.where(late, 2.0, 1.0)
    counts = np.bincount(pitched.pitch % SEMITONES, weight, minlength=SEMITONES)
    tonic, minor, _ = find_key(counts)
    return tonic, minor


def resolves(score: Score) -> float:
    """How far `score` ends like music, 0…1: a third each for bass, chord and length.

    >>> resolves(Score.of([60, 62, 64, 65, 67, 48, 60, 64], [0, 1, 2, 3, 4, 5, 5, 5],
    ...                   [1, 1, 1, 1, 1, 4, 4, 4]))
    1.0
    """
    tonic, minor = key_at_end(score)
    pitched = score.select(score.pitched)
    last = _last_attack(pitched)
    sounding = pitched.onset_beats + pitched.duration_beats > last.onset_beats.min() + CHORD_BEATS
    heard = pitched.pitch[sounding].astype(int)
    on_tonic = heard.min(initial=int(last.pitch.min())) % SEMITONES == tonic
    triad = {(tonic + step) % SEMITONES for step in (MINOR if minor else MAJOR)}
    in_triad = {int(p) % SEMITONES for p in last.pitch} <= triad
    held_s = float((last.offset_s - last.onset_s).max())
    long = held_s >= min(HELD_S, 1.5 * float(np.median(pitched.offset_s - pitched.onset_s))) - 1e-3
    return (int(on_tonic) + int(in_triad) + int(long)) / 3


def finish(score: Score, goal: Goal, settled_beats: float = 0.0) -> Score:
    """`score` as a piece of the length asked for, which ends like music.

    Args:
        score: one piece that came about as far as `goal`, or further.
        goal: its length. As many notes, or bars, as asked for are what it has; seconds are kept
            to within a bar.
        settled_beats: nothing that begins before this is touched.

    >>> tune = Score.of([60, 62, 64, 65] * 8, np.arange(32), [1] * 32)
    >>> [len(finish(tune, Goal("notes", 20))), finish(tune, Goal("bars", 4)).length_beats]
    [20, 16.0]
    """
    if goal.unit == "notes":
        return _with_notes(score, int(goal.begun + goal.amount))
    bars = Bars.of(score)
    if goal.unit == "bars":
        last = min(max(round(goal.begun + goal.amount) - 1, 0), len(bars.onset_beats) - 1)
        at, long = float(bars.onset_beats[last]), float(bars.length_beats[last])
        if last == 0:
            return close(score, long / 2, long / 2)
        kept = score.select(score.onset_beats < at + long - CHORD_BEATS)
        if _rests(kept) and 0 <= _last_attack(kept).onset_beats.min() - at <= long / 2:
            return _held(kept, at + long)
        return close(score, at, long)
    if _rests(score) and score.onset_s.max() <= goal.begun + goal.amount:
        return _held(score)
    latest = float(score.beats_at(np.array([goal.begun + goal.amount - HELD_S]))[0])
    latest = min(latest, float(np.floor(score.onset_beats.max()) + bars.length_beats[-1]))
    fitting = bars.onset_beats[bars.onset_beats <= latest + CHORD_BEATS]
    barred = score.meters and len(fitting) > FEW_BARS
    at = float(fitting[-1]) if barred else float(np.floor(latest))
    return close(score, max(at, float(np.ceil(settled_beats + CHORD_BEATS))))


def close(
    score: Score, at_beats: float, held_beats: float | None = None, size: int = FULL_CHORD
) -> Score:
    """`score` up to `at_beats`, and there a held chord on its tonic, where the hands are.

    >>> closed = close(Score.of([60, 62, 64, 65, 67], [0, 1, 2, 3, 4], [1] * 5), 5.0)
    >>> resolves(closed)
    1.0
    """
    before = score.onset_beats[0] < at_beats - CHORD_BEATS
    chord = final_chord(_before(score, at_beats) if before else score, size)
    score = _before(score, at_beats)
    tempo_bpm = float(score.tempo_bpm[np.searchsorted(score.tempo_onset_beats, at_beats) - 1])
    held = max(HELD_BEATS, HELD_S * tempo_bpm / 60) if held_beats is None else held_beats
    recent = score.velocity[-8:].astype(float)
    velocity = np.full(len(chord), np.clip(round(recent.mean() * SOFTER), 1, 127))
    return _joined(score, chord, np.full(len(chord), at_beats), held, velocity)


def _with_notes(score: Score, count: int) -> Score:
    """A piece of `count` notes: so many are left out that the last chord makes them up."""
    if len(score) < count:
        return score
    if len(score) == count and _rests(score):
        return _held(score)
    for size in (FULL_CHORD, 3, 2, 1):
        kept = score.select(np.arange(len(score)) < count - size)
        if len(kept) and len(final_chord(kept, size)) == size:
            at = float(np.floor(kept.onset_beats.max() + CHORD_BEATS)) + 1
            return close(kept, at, size=size)
    return _held(score.select(np.arange(len(score)) < count))


def _rests(score: Score) -> bool:
    return resolves(score) > 0.9


def _held(score: Score, until_beats: float | None = None) -> Score:
    """The last notes held up to `until_beats`, or for their least time."""
    last = _last_attack(score).onset_beats.min()
    least = max(HELD_BEATS, HELD_S * float(score.tempo_bpm[-1]) / 60)
    final = score.onset_beats >= last
    if until_beats is None:
        longest = min(float(score.duration_beats[final].max()), 2 * least)
        until_beats = float(score.onset_beats.max()) + max(longest, least)
    left = until_beats - score.onset_beats
    return replace(
        score, duration_beats=np.where(final, left, np.minimum(score.duration_beats, left))
    )


def _before(score: Score, beats: float) -> Score:
    """What begins before `beats`, nothing sounding on."""
    kept = score.select(score.onset_beats < beats - CHORD_BEATS)
    left = np.maximum(beats - kept.onset_beats, 0.0)
    return replace(kept, duration_beats=np.minimum(kept.duration_beats, left))


def _joined(score: Score, pitch: Ints, onset: Floats, held: float, velocity: Floats) -> Score:
    """`score` and more notes after it, in its last part."""
    return replace(
        score,
        pitch=np.append(score.pitch, pitch).astype(np.uint8),
        onset_beats=np.append(score.onset_beats, onset),
        duration_beats=np.append(score.duration_beats, np.full(len(pitch), held)),
        velocity=np.append(score.velocity, velocity).astype(np.uint8),
        track=np.append(score.track, np.full(len(pitch), score.track[-1])).astype(np.int16),
    )


def _last_attack(score: Score) -> Score:
    return score.select(score.onset_beats >= score.onset_beats.max() - CHORD_BEATS)


def final_chord(score: Score, size: int) -> Ints:
    """Up to `size` pitches of a tonic triad where the last bars moved, ascending.

    The bass comes first, then an upper voice, then what lies below that.
    """
    tonic, minor = key_at_end(score)
    pitched = score.select(score.pitched)
    recent = pitched.pitch[pitched.onset_beats >= pitched.onset_beats.max() - 4].astype(int)
    bass = _nearest(int(np.quantile(recent, 0.1)), tonic)
    top_at = int(np.quantile(recent, 0.9))
    steps = MINOR if minor else MAJOR
    tops = [_nearest(top_at, (tonic + step) % SEMITONES) for step in steps]
    top = min(tops, key=lambda pitch: abs(pitch - top_at))
    top += SEMITONES * (top <= bass)
    inner = [p for p in range(top - 1, top - SEMITONES - 1, -1) if (p - tonic) % SEMITONES in steps]
    chord = [bass, top, *(pitch for pitch in inner if pitch > bass + 2)]
    return np.array(sorted(pitch for pitch in chord[:size] if 0 <= pitch <= HIGHEST_PITCH))


def _nearest(pitch: int, pitch_class: int) -> int:
    """The note of `pitch_class` nearest to `pitch`."""
    return pitch + (pitch_class - pitch + SEMITONES // 2) % SEMITONES - SEMITONES // 2
