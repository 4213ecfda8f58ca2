"""What a track's controllers do over time: volume, expression, pan and pitch bend."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from muso.music.midi import BEND
from muso.music.score import Score

VOLUME, PAN, EXPRESSION = 7, 10, 11
USUAL_VOLUME, FULL, CENTRE = 100, 127, 64
BEND_SEMITONES = 2.0
"""How far a full bend goes (General MIDI 1)."""
SMOOTH_S = 0.012
"""Steps of a fader are spread over this time, so that they don't click."""
FOREVER_S = 1e6


@dataclass(frozen=True, eq=False)
class Fader:
    """A track's gain, left and right, over time: steps, smoothed.

    Attributes:
        at_s: `(step,)` when each value begins, the first before any sound.
        gain: `(channel, step)`.
        area: `(channel, step)` its integral up to each step.
    """

    at_s: NDArray[np.float64]
    gain: NDArray[np.float64]
    area: NDArray[np.float64]

    def over(self, start: int, count: int, sample_rate: int) -> NDArray[np.float32]:
        """The gain at samples from `start` on, `(channel, sample)`, or one where it is still."""
        first_s, last_s = start / sample_rate - SMOOTH_S, (start + count) / sample_rate
        span = np.searchsorted(self.at_s, (first_s, last_s), side="right") - 1
        if span[0] == span[1]:
            return self.gain[:, span[:1]].astype(np.float32)
        time_s = np.arange(start, start + count) / sample_rate
        # The mean of a step function over a window is a difference of its integral.
        means = [
            (np.interp(time_s, self.at_s, area) - np.interp(time_s - SMOOTH_S, self.at_s, area))
            for area in self.area
        ]
        return (np.stack(means) / SMOOTH_S).astype(np.float32)


def fader_of(score: Score, track: int) -> Fader:
    """Volume (7) and expression (11) as 40 log of their value, pan (10) at constant power.

    Source: MIDI Manufacturers Association RP-036 (pan), General MIDI 1 (40 log).
    """
    volume, loud = _steps(score, track, VOLUME, USUAL_VOLUME)
    expression, swell = _steps(score, track, EXPRESSION, FULL)
    pan, side = _steps(score, track, PAN, CENTRE)
    at_s = np.unique(np.concatenate([volume, expression, pan]))

    def value(times: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(values[np.searchsorted(times, at_s, side="right") - 1], np.float64)

    gain = (value(volume, loud) / USUAL_VOLUME * value(expression, swell) / FULL) ** 2
    angle = np.clip((value(pan, side) - 1) / (2 * (CENTRE - 1)), 0.0, 1.0) * (np.pi / 2)
    sides = np.sqrt(2.0) * gain * np.stack([np.cos(angle), np.sin(angle)])
    at_s, sides = np.append(at_s, FOREVER_S), np.concatenate([sides, sides[:, -1:]], axis=1)
    area = np.cumsum(sides[:, :-1] * np.diff(at_s), axis=1)
    return Fader(at_s, sides, np.concatenate([np.zeros((2, 1)), area], axis=1))


@dataclass(frozen=True, eq=False)
class Bend:
    """A track's pitch over time, as the time a note's own clock shows.

    Attributes:
        at_s: `(step,)` when each ratio begins.
        clock_s: `(step,)` integral of the frequency ratio up to then.
    """

    at_s: NDArray[np.float64]
    clock_s: NDArray[np.float64]

    def clock(self, time_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """What the clock shows at `time_s`; it runs at the ratio by which pitch is bent."""
        return np.interp(time_s, self.at_s, self.clock_s)

    def bends(self, start_s: float, end_s: float) -> bool:
        """Whether the pitch is bent anywhere between two times."""
        shown = self.clock(np.array([start_s, end_s]))
        first, last = np.searchsorted(self.at_s, (start_s, end_s), side="right")
        return bool(last > first) or abs(shown[1] - shown[0] - (end_s - start_s)) > 1e-9


def bend_of(score: Score, track: int) -> Bend | None:
    """The bends of a track, two semitones either way; None if it has none."""
    at_s, value = _steps(score, track, BEND, 0)
    if not value.any():
        return None
    ratio = 2.0 ** (value / 8192 * BEND_SEMITONES / 12)
    at_s = np.append(at_s, FOREVER_S)
    return Bend(at_s, np.concatenate([[0.0], np.cumsum(ratio * np.diff(at_s))]))


def _steps(
    score: Score, track: int, number: int, usual: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """When a controller takes which value, `usual` before the first."""
    changes = score.changes
    mine = (changes.track == track) & (changes.number == number)
    at_s = np.concatenate([[-1.0], score.seconds_at(changes.onset_beats[mine])])
    value = np.concatenate([[usual], changes.value[mine].astype(np.float64)])
    # What is set at the very start holds from before it.
    begun = max(int(np.searchsorted(at_s, 0.0, side="right")) - 1, 0)
    at_s, value = at_s[begun:].copy(), value[begun:]
    at_s[0] = -1.0
    last_of_its_time = np.append(np.diff(at_s) > 0, True)
    return at_s[last_of_its_time], value[last_of_its_time]
