"""Scores on a grid: whether one lies on it, and a played clip brought to it.

For the benchmark of humanized music, which needs machines that play the same as players.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from muso.music.score import Score

Floats = NDArray[np.float64]

CHORD_S = 0.05
"""Onsets nearer than this to the first are one chord."""
FRAMES_PER_S = 100


def on_grid_share(score: Score) -> float:
    """Share of notes within 3 ms of one grid of thirty-seconds or of sextuplets, any phase."""
    near_beats = 0.003 * float(np.median(score.tempo_bpm)) / 60
    best = 0.0
    for steps in (8, 6):
        phase = np.sort(score.onset_beats * steps % 1 / steps)
        around = np.concatenate([phase, phase + 1 / steps])
        end = np.searchsorted(around, phase + 2 * near_beats, side="right")
        best = max(best, float(np.max(end - np.arange(len(phase)))) / len(phase))
    return best


def quantize(score: Score) -> Score | None:
    """A clip on a grid of sixteenths or triplets at one tempo, or None where no beat is found."""
    chord, centre_s = chords(score.onset_s)
    beats_s = _track_beats(score)
    if len(beats_s) < 9:
        return None
    period_s = float(np.median(np.diff(beats_s)))
    place = _place(centre_s, beats_s, period_s)
    first = np.floor(place[0])
    beat = np.floor(place - first + 0.08).astype(int)
    error = {steps: place - np.rint(place * steps) / steps for steps in (4, 3)}
    cost = {steps: np.bincount(beat, e**2) for steps, e in error.items()}
    # Twice as good, for triplets are rarer and three points catch noise as four do.
    triplet = (2 * cost[3] < cost[4])[beat]
    onset = (place - np.where(triplet, error[3], error[4]))[chord]
    steps = np.where(triplet, 3, 4)[chord]
    end = np.rint(_place(score.offset_s, beats_s, period_s) * steps) / steps
    length = np.maximum(end - onset, 1 / steps)
    return Score.of(score.pitch, onset - first, length, score.velocity, tempo_bpm=60 / period_s)


def _place(at_s: Floats, beats_s: Floats, period_s: float) -> Floats:
    """How many of `beats_s` have passed at each of `at_s`; they go on evenly at both ends."""
    place = np.interp(at_s, beats_s, np.arange(len(beats_s)))
    outside_s = np.minimum(at_s - beats_s[0], 0) + np.maximum(at_s - beats_s[-1], 0)
    return np.asarray(place + outside_s / period_s)


def chords(onset_s: Floats) -> tuple[NDArray[np.intp], Floats]:
    """`(note,)` index of the chord, and `(chord,)` its mean onset."""
    order = np.argsort(onset_s, kind="stable")
    chord, start, now = np.zeros(len(onset_s), np.intp), onset_s[order[0]], 0
    for note in order:
        if onset_s[note] - start > CHORD_S:
            start, now = onset_s[note], now + 1
        chord[note] = now
    return chord, np.bincount(chord, onset_s) / np.bincount(chord)


def _track_beats(score: Score) -> Floats:
    """Seconds of the beats: D. Ellis's dynamic programming (2007), snapped to chords, smoothed."""
    strength = np.zeros(int(score.onset_s.max() * FRAMES_PER_S) + FRAMES_PER_S)
    weight = score.velocity / 80 * np.where(score.pitch < 55, 1.5, 1.0)
    np.add.at(strength, np.rint(score.onset_s * FRAMES_PER_S).astype(int), weight)
    strength = np.convolve(np.sqrt(strength), np.exp(-0.5 * (np.arange(-5, 6) / 2) ** 2), "same")
    period = _usual_period(strength)
    reach = np.arange(int(period / 2), 2 * period + 1)
    penalty = 300 * np.log(reach / period) ** 2 * strength.std()
    total, link = strength.copy(), np.full(len(strength), -1)
    for frame in range(int(2 * period) + 1, len(strength)):
        past = total[frame - reach] - penalty
        best = int(np.argmax(past))
        total[frame] += past[best]
        link[frame] = frame - reach[best]
    last = len(total) - period + int(np.argmax(total[-period:]))
    beats = []
    while last >= 0:
        beats.append(last / FRAMES_PER_S)
        last = int(link[last])
    return _smoothed(_snapped(np.array(beats[::-1]), chords(score.onset_s)[1]))


def _usual_period(strength: Floats) -> int:
    """Frames from beat to beat, by autocorrelation weighted towards 95 beats a minute."""
    size = 1 << (2 * len(strength)).bit_length()
    spectrum = np.abs(np.fft.rfft(strength - strength.mean(), size)) ** 2
    lags = np.arange(30, 150)
    likely = np.exp(-0.5 * np.log2(lags / FRAMES_PER_S * 95 / 60) ** 2)
    return int(lags[np.argmax(np.fft.irfft(spectrum)[lags] * likely)])


def _snapped(beats_s: Floats, centre_s: Floats) -> Floats:
    after = np.clip(np.searchsorted(centre_s, beats_s), 1, len(centre_s) - 1)
    early, late = centre_s[after - 1], centre_s[after]
    near = np.where(beats_s - early < late - beats_s, early, late)
    return np.where(np.abs(near - beats_s) < 0.07, near, beats_s)


def _smoothed(beats_s: Floats) -> Floats:
    """Beats on a parabola fitted to the nine around each (Savitzky and Golay 1964)."""
    if len(beats_s) < 9:
        return beats_s
    fit = np.linalg.pinv(np.vander(np.arange(-4, 5), 3))
    windows = np.lib.stride_tricks.sliding_window_view(beats_s, 9) @ fit.T
    ends = [np.polyval(windows[i], np.arange(*span)) for i, span in ((0, (-4, 0)), (-1, (1, 5)))]
    return np.maximum.accumulate(np.concatenate([ends[0], windows[:, 2], ends[1]]))
