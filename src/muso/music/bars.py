"""Bars and beats of a score, laid out by its meters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from muso.music.score import Meter, Score

COMMON_TIME = Meter(0.0, 4, 4)
"""In force where a file states no meter (Standard MIDI File 1.0)."""

SHORTEST_BAR_BEATS = 0.5
"""A shorter one is read as this long, so that a file can't ask for more bars than it has beats."""

NEAR_BEATS = 1 / 24
"""How far from a pulse a note may lie and still fall on it: a third of a sixteenth triplet."""

DOWNBEAT, HALF_BAR, PULSE, HALF_PULSE = 1.0, 0.6, 0.4, 0.15
"""Metrical weights, in the order of Lerdahl and Jackendoff's levels (1983)."""


@dataclass(frozen=True, eq=False)
class Bars:
    """Bar lines of a score. Arrays share one shape `(bar,)`; the first bar starts at 0.

    Attributes:
        onset_beats: start of each bar, ascending.
        length_beats: length of a whole bar of the meter in force, above 0.
        pulses: felt beats in a whole bar: 4 in 4/4, 2 in 6/8.
    """

    onset_beats: NDArray[np.float64]
    length_beats: NDArray[np.float64]
    pulses: NDArray[np.int64]

    @classmethod
    def of(cls, score: Score) -> Bars:
        """The bars that hold every onset of `score`, and at least one.

        A new meter starts a new bar, so the bar before it may be cut short.

        >>> Bars.of(Score.of([60], [5.0], [1.0])).onset_beats.tolist()
        [0.0, 4.0]
        """
        meters = [m for m in score.meters if m.numerator > 0 and m.denominator > 0]
        if not meters or meters[0].onset_beats > 0:
            meters = [COMMON_TIME, *meters]
        end = max(float(np.max(score.onset_beats, initial=0.0)), NEAR_BEATS)
        ends = [meter.onset_beats for meter in meters[1:]] + [np.inf]
        onsets, lengths, pulses = [], [], []
        for meter, until in zip(meters, ends, strict=True):
            if meter.onset_beats > end:
                break
            length = max(4 * meter.numerator / meter.denominator, SHORTEST_BAR_BEATS)
            last = min(until - NEAR_BEATS, end + NEAR_BEATS)
            onset = np.arange(meter.onset_beats, max(last, meter.onset_beats + length / 2), length)
            onsets.append(onset)
            lengths.append(np.full(len(onset), length))
            pulses.append(np.full(len(onset), _pulses(meter)))
        return cls(np.concatenate(onsets), np.concatenate(lengths), np.concatenate(pulses))

    def bar_at(self, beats: NDArray[np.float64]) -> NDArray[np.int64]:
        """Index of the bar in which each of `beats`, at least 0, falls."""
        found = np.searchsorted(self.onset_beats, beats + NEAR_BEATS, side="right") - 1
        return np.asarray(np.maximum(found, 0), np.int64)

    def accent_at(self, beats: NDArray[np.float64]) -> NDArray[np.float64]:
        """Metrical weight of each of `beats`: 1 on a downbeat … 0 off every pulse and its half.

        Source: the levels of F. Lerdahl and R. Jackendoff, A Generative Theory of Tonal Music,
        1983; the weights between 1 and 0 are our choice.

        >>> import numpy as np
        >>> bars = Bars.of(Score.of([60], [3.0], [1.0]))
        >>> bars.accent_at(np.array([0, 1, 1.5, 2, 2.3])).tolist()
        [1.0, 0.4, 0.15, 0.6, 0.0]
        """
        bar = self.bar_at(beats)
        since = beats - self.onset_beats[bar]
        pulse = self.length_beats[bar] / self.pulses[bar]
        half_bar = np.where(self.pulses[bar] % 2 == 0, self.length_beats[bar] / 2, np.inf)
        weight = np.zeros(len(beats))
        for step, value in ((pulse / 2, HALF_PULSE), (pulse, PULSE), (half_bar, HALF_BAR)):
            weight[_on(since, step)] = value
        weight[np.abs(since) <= NEAR_BEATS] = DOWNBEAT
        return weight


def _pulses(meter: Meter) -> int:
    """Felt beats a bar: compound meters are felt in groups of three."""
    compound = meter.numerator > 3 and meter.numerator % 3 == 0 and meter.denominator >= 8
    return meter.numerator // 3 if compound else meter.numerator


def _on(since: NDArray[np.float64], step: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Where `since` is near a positive multiple of `step`."""
    count = np.rint(since / step)
    with np.errstate(invalid="ignore"):
        return (count > 0) & (np.abs(since - count * step) <= NEAR_BEATS)
