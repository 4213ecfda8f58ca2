"""What a score expresses: everything known to sway the mood that people hear in it.

Tempo as it sounds, loudness and its course, register, articulation, the steadiness of the pulse,
major and minor, chords and their roughness (Gabrielsson and Lindström 2010, The role of structure
in the musical expression of emotions). How the file writes its music (tempo marks, meters, keys,
instruments, ticks) is not looked at: it tells the collection, not the mood.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from muso.music.score import Score
from muso.represent.descriptors import (
    Attacks,
    Descriptors,
    Features,
    attacks_of,
    describe_score,
    spread,
)
from muso.represent.harmony import describe_chords, describe_mode
from muso.represent.view import Slices, View, check_least

PLAIN = (
    "rate", "pitch", "pitch_class", "interval", "duration", "onset_gap", "polyphony", "velocity",
)  # fmt: skip
"""The descriptors taken over: those that hear music, and not how a file is written or cut."""

STACCATO, HELD = 0.6, 1.5
"""A note's length in gaps to the next attack, below and above which it is played so."""
FRAMES_PER_S = 25
PULSE_S = 120
"""Of a longer score so much is searched for a pulse."""
BEAT_S, BAR_S = (0.2, 2.4), (2.4, 6.0)
"""Where a beat, and where a bar, is looked for."""
HIGH, LOW = 72, 55
"""From and below which pitch loudness is also told apart: the tune, the bass."""
LOUDNESS_S = 2.0

FEWEST = 8
"""Notes that a window needs before it says anything."""


def _articulation(score: Score, attacks: Attacks) -> Features:
    longest = np.zeros(len(attacks.onset_s))
    np.maximum.at(longest, attacks.of_note, score.offset_s - score.onset_s)
    gap = np.diff(attacks.onset_s)
    legato = np.clip(longest[:-1] / np.maximum(gap, 0.03), 0, 6)
    return {
        **spread("legato", legato),
        "staccato": float((legato < STACCATO).mean()) if len(legato) else 0.0,
        "held": float((legato > HELD).mean()) if len(legato) else 0.0,
    }


def _pulse(score: Score, attacks: Attacks) -> Features:
    """How regular the attacks are: the autocorrelation of their course (Scheirer 1998)."""
    frame = (attacks.onset_s * FRAMES_PER_S).astype(np.int64)
    early = frame < PULSE_S * FRAMES_PER_S
    count = int(min(score.length_s, PULSE_S) * FRAMES_PER_S) + 1
    begun = np.bincount(frame[early], np.sqrt(attacks.size[early]), minlength=count)
    course = np.convolve(begun, [0.25, 0.5, 0.25], "same")
    course -= course.mean()
    spectrum = np.fft.rfft(course, 2 * len(course))
    power = np.abs(spectrum) ** 2
    alike = np.fft.irfft(power)[: len(course)]
    alike /= alike[0] + 1e-9

    def best(within_s: tuple[float, float]) -> tuple[float, float]:
        first, last = (round(edge * FRAMES_PER_S) for edge in within_s)
        found = alike[first:last]
        at = int(found.argmax()) if len(found) else 0
        return (float(found[at]), (first + at) / FRAMES_PER_S) if len(found) else (0.0, 0.0)

    (beat, beat_s), (bar, _) = best(BEAT_S), best(BAR_S)
    peak = float(np.log1p(power.max() / (power.mean() + 1e-9)))
    return {"pulse": beat, "pulse_s": beat_s, "pulse_bar": bar, "pulse_peak": peak}


def _loudness(score: Score, attacks: Attacks) -> Features:
    velocity = score.velocity.astype(np.float64)
    high, low = score.pitch >= HIGH, score.pitch < LOW
    window = (score.onset_s // LOUDNESS_S).astype(np.int64)
    notes = np.bincount(window)
    course = (np.bincount(window, velocity) / np.maximum(notes, 1))[notes > 0]
    slope = np.polyfit(np.arange(len(course)), course, 1)[0] if len(course) > 1 else 0.0
    energy = np.log1p(np.bincount(score.onset_s.astype(np.int64), velocity**2) / 64**2)
    return {
        "velocity_high": float(velocity[high].mean() if high.any() else velocity.mean()),
        "velocity_low": float(velocity[low].mean() if low.any() else velocity.mean()),
        "velocity_course": float(course.std()),
        "velocity_loudest": float(course.max()),
        "velocity_slope": float(slope),
        **spread("energy", energy),
    }


ASPECTS: dict[str, Callable[[Score, Attacks], Features]] = {
    "mode": lambda score, attacks: describe_mode(score),
    "chords": lambda score, attacks: describe_chords(score),
    "articulation": _articulation,
    "pulse": _pulse,
    "loudness": _loudness,
}


def describe_expression(score: Score, plain: tuple[str, ...] = PLAIN) -> Features:
    """Named features of what a score expresses, from its pitched notes.

    Args:
        score: any score with a note in it.
        plain: groups of `muso.represent.descriptors.GROUPS` that come first.

    Returns:
        Features by name, always the same names, all finite.

    >>> from muso.music.midi import read_score
    >>> found = describe_expression(read_score("examples/bach-bwv66-6.mid"))
    >>> round(found["triad_minor"], 2), len(found)
    (0.26, 268)
    """
    pitched = score.pitched
    heard = score.select(pitched) if pitched.any() else score
    attacks = attacks_of(heard)
    out = describe_score(heard, plain)
    for describe in ASPECTS.values():
        out |= describe(heard, attacks)
    return out


@dataclass(frozen=True)
class Expression(View):
    """What a score expresses, as one vector a slice: the whole piece first, then its windows.

    Attributes:
        plain: groups of descriptors that come first.
        window_s: length of a window, seconds; 0 for the whole piece alone.
        most: the most windows; they are spread evenly over the piece, half overlapping at most.
    """

    name: ClassVar[str] = "expression"
    media: ClassVar[str] = "score"

    plain: tuple[str, ...] = PLAIN
    window_s: float = 0.0
    most: int = 6

    def __post_init__(self) -> None:
        object.__setattr__(self, "plain", tuple(self.plain))
        Descriptors(self.plain)
        check_least(self, {"window_s": 0, "most": 1})

    @property
    def names(self) -> tuple[str, ...]:
        """What each entry of a vector is."""
        return tuple(describe_expression(Score.of([60], [0.0], [1.0]), self.plain))

    @property
    def shape(self) -> tuple[int, ...]:
        return (len(self.names),)

    def prepare(self, piece: Score) -> Slices:
        parts, spans = [piece], [(0.0, piece.length_s)]
        for start_s, end_s in self._windows(piece.length_s):
            part = piece.between(start_s, end_s)
            if len(part) >= FEWEST:
                parts.append(part)
                spans.append((start_s, end_s))
        rows = [list(describe_expression(part, self.plain).values()) for part in parts]
        start, end = np.array(spans).T
        return Slices(np.array(rows, np.float32), start, end)

    def cut(self, prepared: Slices) -> Slices:
        return prepared

    def _windows(self, length_s: float) -> list[tuple[float, float]]:
        """Where windows lie; a piece not much longer than one has none."""
        if not self.window_s or length_s <= 1.2 * self.window_s:
            return []
        count = int(np.clip(np.ceil(length_s / self.window_s * 1.5), 2, self.most))
        starts: NDArray[np.float64] = np.linspace(0, length_s - self.window_s, count)
        return [(float(at), float(at) + self.window_s) for at in starts]
