"""How a piano roll is laid out: systems of time, rows of pitch, and the numbers beside them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from muso.music.bars import Bars
from muso.music.score import HIGHEST_PITCH, Score

SYSTEM_S = 30.0
"""Music in one system; what is shorter fills one by itself."""
MAX_SYSTEMS = 24
"""Twelve minutes at `SYSTEM_S`; what is longer gets longer systems, not a taller picture."""
SHORTEST_S = 1.0
MAX_BEATS = 20_000
"""More would stand closer than two pixels."""

PITCH_MARGIN = 2
"""Rows above the highest and below the lowest note."""
FEWEST_PITCHES = 25
"""Two octaves and a note, however few are played."""

TIME_STEPS_S = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200)

DRUM_NAMES = {
    35: "Kick 2", 36: "Kick", 37: "Rim", 38: "Snare", 39: "Clap", 40: "Snare 2", 41: "Tom 6",
    42: "Hat", 43: "Tom 5", 44: "Hat ped", 45: "Tom 4", 46: "Hat open", 47: "Tom 3", 48: "Tom 2",
    49: "Crash", 50: "Tom 1", 51: "Ride", 52: "China", 53: "Bell", 54: "Tamb", 55: "Splash",
    56: "Cowbell", 57: "Crash 2", 58: "Vibra", 59: "Ride 2", 60: "Bongo", 61: "Bongo lo",
    62: "Conga mu", 63: "Conga", 64: "Conga lo", 65: "Timbale", 66: "Timb lo", 67: "Agogo",
    68: "Agogo lo", 69: "Cabasa", 70: "Maracas", 71: "Whistle", 72: "Whist lg", 73: "Guiro",
    74: "Guiro lg", 75: "Claves", 76: "Block", 77: "Block lo", 78: "Cuica mu", 79: "Cuica",
    80: "Triang mu", 81: "Triangle",
}  # fmt: skip
"""Percussion key to a short name (General MIDI 1, percussion key map)."""


@dataclass(frozen=True, eq=False)
class Systems:
    """When the systems of a picture begin and end, and what they count.

    Attributes:
        start_s: `(system,)` ascending, the first 0.
        end_s: `(system,)`.
        width_s: the longest of them: all share one scale.
        bar_s: `(bar,)` seconds of each bar line.
        beat_s: `(beat,)` seconds of each felt beat that is no bar line.
    """

    start_s: NDArray[np.float64]
    end_s: NDArray[np.float64]
    width_s: float
    bar_s: NDArray[np.float64]
    beat_s: NDArray[np.float64]

    @classmethod
    def of(cls, score: Score) -> Systems:
        """Cut `score` at bar lines into systems of even length, as far as its bars allow."""
        length_s = max(score.length_s, SHORTEST_S)
        bars = Bars.of(score)
        bar_s = score.seconds_at(bars.onset_beats)
        count = int(np.clip(np.ceil(length_s / SYSTEM_S - 0.1), 1, MAX_SYSTEMS))
        due = length_s * np.arange(count) / count
        after = np.clip(np.searchsorted(bar_s, due), 1, max(len(bar_s) - 1, 1))
        before_s, after_s = bar_s[after - 1], bar_s[np.minimum(after, len(bar_s) - 1)]
        nearest = np.where(due - before_s < after_s - due, before_s, after_s)
        near = np.abs(nearest - due) < 0.25 * length_s / count
        start = np.unique(np.append(0.0, np.where(near, nearest, due)[1:]))
        end = np.append(start[1:], length_s)
        return cls(start, end, float((end - start).max()), bar_s, score.seconds_at(_beats(bars)))


def _beats(bars: Bars) -> NDArray[np.float64]:
    """Felt beats between the bar lines, in beats; none where there are too many to draw."""
    if bars.pulses.sum() > MAX_BEATS:
        return np.zeros(0)
    pulse = np.repeat(bars.length_beats / bars.pulses, bars.pulses)
    first = np.repeat(np.cumsum(bars.pulses) - bars.pulses, bars.pulses)
    within = np.arange(len(pulse)) - first
    at = np.repeat(bars.onset_beats, bars.pulses) + within * pulse
    until = np.repeat(np.append(bars.onset_beats[1:], np.inf), bars.pulses)
    return np.asarray(at[(within > 0) & (at < until - 1e-6)])


def pitch_range(score: Score) -> tuple[int, int] | None:
    """Lowest and highest row of the pitched notes, with some margin; None where there are none."""
    pitch = score.pitch[score.pitched].astype(int)
    if len(pitch) == 0:
        return None
    low, high = pitch.min() - PITCH_MARGIN, pitch.max() + PITCH_MARGIN
    lacking = max(FEWEST_PITCHES - (high - low + 1), 0)
    low, high = low - lacking // 2, high + lacking - lacking // 2
    return max(low, 0), min(high, HIGHEST_PITCH)


def time_step_s(width_s: float, most: int) -> float:
    """A round step that gives at most about `most` numbers in `width_s` seconds."""
    fitting = [step for step in TIME_STEPS_S if width_s / step <= most]
    return fitting[0] if fitting else TIME_STEPS_S[-1]


def time_label(at_s: float, step_s: float) -> str:
    """Minutes and seconds, with tenths where the steps are that fine.

    >>> time_label(75.0, 5.0), time_label(0.5, 0.5)
    ('1:15', '0:00.5')
    """
    tenths = round(at_s * 10)
    label = f"{tenths // 600}:{tenths // 10 % 60:02d}"
    return label + (f".{tenths % 10}" if step_s < 1 else "")


def drum_name(pitch: int) -> str:
    """Short name of a percussion key, or its number where General MIDI has none."""
    return DRUM_NAMES.get(pitch, f"Key {pitch}")
