"""Pulse: the beats that a free performance suggests, so that it lies on bars in other programs.

Source: D. P. W. Ellis, Beat Tracking by Dynamic Programming, 2007: one tempo for the piece from
the autocorrelation of its onsets, weighted by how likely tempos are felt; then the beats that lie
on strong onsets and keep near to that tempo. Onsets are known here and need not be found.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from muso.music.score import Score

Floats = NDArray[np.float64]

FRAMES_PER_S = 50
LIKELIEST_BPM = 105.0
SPREAD_OCTAVES = 0.7
"""How far from the likeliest a felt tempo lies, as a standard deviation."""
SLOWEST_BPM, FASTEST_BPM = 54.0, 168.0
TIGHTNESS = 120.0
"""What a beat away from the tempo costs: its squared distance in natural octaves, times this."""


def lay_on_beats(score: Score) -> Score:
    """The same performance, to a millisecond, with a tempo map that follows its beats.

    >>> free = Score.of([60] * 16, np.arange(16) * 1.25, [1] * 16, tempo_bpm=125)
    >>> laid = lay_on_beats(free)
    >>> round(float(np.median(laid.tempo_bpm))), bool(np.allclose(laid.onset_s, free.onset_s))
    (100, True)
    """
    beats_s = track_beats(score)
    if len(beats_s) < 2:
        return score
    # The map starts at 0 s, with as many beats before the first one as fit.
    period_s = float(np.median(np.diff(beats_s)))
    lead = int(np.ceil(beats_s[0] / period_s - 1e-6))
    at_s = np.concatenate([np.linspace(0, beats_s[0], lead + 1)[:-1], beats_s])
    at_s = _whole_microseconds(at_s)
    beat = np.arange(len(at_s), dtype=np.float64)
    bpm = 60 / np.diff(at_s)
    tempo_bpm = np.append(bpm, bpm[-1])
    laid = replace(score, tempo_onset_beats=beat, tempo_bpm=tempo_bpm)
    onset = laid.beats_at(score.onset_s)
    return replace(laid, onset_beats=onset, duration_beats=laid.beats_at(score.offset_s) - onset)


def track_beats(score: Score) -> Floats:
    """`(beat,)` seconds of the beats that `score` suggests, from its first note to past its last.

    >>> len(track_beats(Score.of([60] * 9, np.arange(9), [1] * 9, tempo_bpm=120)))
    10
    """
    strength = _strength(score)
    period = _period(strength)
    # Each frame's best way of getting there from a beat before it.
    reach = np.arange(round(period / 2), round(period * 2) + 1)
    cost = -TIGHTNESS * np.log(reach / period) ** 2
    total, before = strength.copy(), np.full(len(strength), -1)
    for frame in range(int(reach[0]), len(strength)):
        there = frame - reach
        way = np.where(there >= 0, total[np.maximum(there, 0)] + cost, -np.inf)
        best = int(way.argmax())
        if way[best] > 0:
            total[frame] += way[best]
            before[frame] = there[best]
    last = len(strength) - round(period) + int(total[len(strength) - round(period) :].argmax())
    beats = [last]
    while before[beats[-1]] >= 0:
        beats.append(int(before[beats[-1]]))
    beats_s = np.array(beats[::-1]) / FRAMES_PER_S
    more = int(np.ceil(max(score.length_s - beats_s[-1], 0.0) * FRAMES_PER_S / period))
    return np.append(beats_s, beats_s[-1] + np.arange(1, more + 1) * period / FRAMES_PER_S)


def _strength(score: Score) -> Floats:
    """`(frame,)` how strongly notes begin there, blurred by 20 ms; mean 0, deviation 1."""
    frames = int(np.ceil(score.onset_s.max() * FRAMES_PER_S)) + FRAMES_PER_S // 4
    # Low notes carry the beat.
    weight = score.velocity / 64 * np.where(score.pitch < 55, 1.5, 1.0)
    counts = np.bincount(
        np.rint(score.onset_s * FRAMES_PER_S).astype(int), weight, minlength=frames
    )
    blurred = np.convolve(np.sqrt(counts), [0.25, 0.5, 1.0, 0.5, 0.25], mode="same")
    return np.asarray(blurred / max(float(blurred.std()), 1e-9))


def _period(strength: Floats) -> float:
    """Frames between beats: where onsets repeat, at a tempo that is likely to be felt."""
    padded = np.fft.rfft(strength - strength.mean(), 2 * len(strength))
    repeated = np.fft.irfft(np.abs(padded) ** 2)[: len(strength)]
    slowest, fastest = (60 * FRAMES_PER_S / bpm for bpm in (SLOWEST_BPM, FASTEST_BPM))
    lag = np.arange(int(fastest), min(int(slowest) + 1, len(strength) - 1))
    if len(lag) == 0:
        return 60 * FRAMES_PER_S / LIKELIEST_BPM
    octaves = np.log2(60 * FRAMES_PER_S / lag / LIKELIEST_BPM)
    felt = np.exp(-0.5 * (octaves / SPREAD_OCTAVES) ** 2)
    # Twice the beat repeats too, where it is a beat and not an offbeat.
    twice = np.where(2 * lag < len(repeated), repeated[np.minimum(2 * lag, len(repeated) - 1)], 0)
    worth = felt * (np.maximum(repeated[lag], 0) + 0.5 * np.maximum(twice, 0))
    return float(lag[np.argmax(worth)])


def _whole_microseconds(at_s: Floats) -> Floats:
    """Times whose beats are whole microseconds long, as a MIDI file writes tempos."""
    lengths = np.rint(np.diff(at_s) * 1e6) / 1e6
    return np.asarray(at_s[0] + np.append(0.0, np.cumsum(lengths)))
