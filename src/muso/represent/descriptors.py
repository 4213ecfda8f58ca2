"""A score as one vector of named features, each with a meaning a musician can check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from muso.errors import UsageError
from muso.music.score import Score
from muso.music.tonality import find_key
from muso.represent.view import Slices, View, whole_piece

Features = dict[str, float]

CHORD_S = 0.03
"""Notes that begin within this time are heard as one attack (Bregman 1990 gives 30 to 50 ms)."""
MAX_INTERVAL = 12
DURATION_EDGES_S = (0.0, 0.06, 0.12, 0.18, 0.25, 0.35, 0.5, 0.7, 1.0, 1.5, 2.5, np.inf)


@dataclass(frozen=True, eq=False)
class Attacks:
    """A score heard as a row of attacks; arrays are `(attack,)` unless said otherwise.

    Attributes:
        onset_s: when each begins.
        top, bottom: highest and lowest MIDI pitch that begins there.
        size: how many notes begin there.
        of_note: `(note,)` which attack each note belongs to.
    """

    onset_s: NDArray[np.float64]
    top: NDArray[np.int64]
    bottom: NDArray[np.int64]
    size: NDArray[np.int64]
    of_note: NDArray[np.int64]


def attacks_of(score: Score) -> Attacks:
    """Group the notes of `score` into attacks: a new one begins `CHORD_S` after the last note."""
    onset = score.onset_s
    first = np.concatenate([[True], np.diff(onset) > CHORD_S])
    of_note = np.cumsum(first) - 1
    starts = np.flatnonzero(first)
    pitch = score.pitch.astype(np.int64)
    return Attacks(
        onset_s=onset[first],
        top=np.maximum.reduceat(pitch, starts),
        bottom=np.minimum.reduceat(pitch, starts),
        size=np.bincount(of_note),
        of_note=of_note,
    )


def share(values: NDArray[Any], bins: int, weights: NDArray[Any] | None = None) -> NDArray[Any]:
    """Histogram of integers 0…`bins` - 1 as shares of their sum (zeros if there is none)."""
    counts = np.bincount(values, weights, minlength=bins)[:bins].astype(np.float64)
    return np.asarray(counts / max(counts.sum(), 1e-12))


def named(prefix: str, values: NDArray[Any]) -> Features:
    return {f"{prefix}_{number}": float(value) for number, value in enumerate(values)}


def spread(prefix: str, values: NDArray[Any]) -> Features:
    """Mean, deviation and three quantiles; zeros where there is nothing to describe."""
    if len(values) == 0:
        values = np.zeros(1)
    low, middle, high = np.quantile(values, [0.1, 0.5, 0.9])
    return {
        f"{prefix}_mean": float(np.mean(values)),
        f"{prefix}_deviation": float(np.std(values)),
        f"{prefix}_p10": float(low),
        f"{prefix}_median": float(middle),
        f"{prefix}_p90": float(high),
    }


def entropy(shares: NDArray[Any]) -> float:
    """Shannon entropy in bits."""
    some = shares[shares > 0]
    return float(-(some * np.log2(some)).sum())


def _length(score: Score, attacks: Attacks) -> Features:
    return {"length_s": np.log1p(score.length_s), "notes": np.log1p(len(score))}


def _rate(score: Score, attacks: Attacks) -> Features:
    length = max(score.length_s, 0.1)
    each_second = np.bincount(attacks.onset_s.astype(np.int64), minlength=1)
    return {
        "notes_per_s": len(score) / length,
        "attacks_per_s": len(attacks.onset_s) / length,
        **spread("attacks_each_s", each_second),
    }


def _pitch(score: Score, attacks: Attacks) -> Features:
    pitch = score.pitch.astype(np.int64)
    return {
        **spread("pitch", pitch),
        "pitch_lowest": float(pitch.min()),
        "pitch_highest": float(pitch.max()),
        **spread("top", attacks.top),
        **spread("bottom", attacks.bottom),
        "pitch_entropy": entropy(share(pitch, 128)),
        **named("register", share(np.clip((pitch - 24) // 6, 0, 13), 14)),
    }


def _pitch_class(score: Score, attacks: Attacks) -> Features:
    """Pitch classes counted from the tonic of the key found, so that transposition is nothing."""
    sounded = np.minimum(score.offset_s - score.onset_s, 2.0)
    weights = np.bincount(score.pitch % 12, sounded, minlength=12)
    tonic, minor, fit = find_key(weights)
    degree = (score.pitch.astype(np.int64) - tonic) % 12
    histogram = share(degree, 12, sounded)
    bass = share((attacks.bottom - tonic) % 12, 12)
    steps = degree[:-1] * 12 + degree[1:]
    return {
        "minor": float(minor),
        "key_fit": fit,
        "degree_entropy": entropy(histogram),
        "degree_step_entropy": entropy(share(steps, 144)),
        **named("degree", histogram),
        **named("bass_degree", bass),
    }


def _interval(score: Score, attacks: Attacks) -> Features:
    out: Features = {}
    for name, line in (("top", attacks.top), ("bottom", attacks.bottom)):
        step = np.diff(line)
        size = np.minimum(np.abs(step), MAX_INTERVAL + 1)
        up = float((step > 0).mean()) if len(step) else 0.0
        turns = np.diff(np.sign(step)) != 0
        out |= {
            f"{name}_up": up,
            f"{name}_turns": float(turns.mean()) if len(turns) else 0.0,
            f"{name}_step_mean": float(size.mean()) if len(size) else 0.0,
            **named(f"{name}_interval", share(size, MAX_INTERVAL + 2)),
        }
    between = score.pitch.astype(np.int64) - attacks.bottom[attacks.of_note]
    return out | named(
        "chord_interval", share(np.where(between > 0, (between - 1) % 12 + 1, 0), 13)
    )


def _duration(score: Score, attacks: Attacks) -> Features:
    seconds = score.offset_s - score.onset_s
    bins = np.digitize(seconds, DURATION_EDGES_S[1:-1])
    return {
        **spread("duration_s", np.minimum(seconds, 10)),
        **named("duration", share(bins, len(DURATION_EDGES_S) - 1)),
    }


def _onset_gap(score: Score, attacks: Attacks) -> Features:
    gap = np.diff(attacks.onset_s)
    bins = np.digitize(gap, DURATION_EDGES_S[1:-1])
    ratio = np.log2(np.maximum(gap[1:], 0.02) / np.maximum(gap[:-1], 0.02)) if len(gap) > 1 else gap
    ratio_bins = np.clip(np.rint(ratio * 2) + 6, 0, 12).astype(np.int64)
    return {
        **spread("gap_s", np.minimum(gap, 10)),
        **named("gap", share(bins, len(DURATION_EDGES_S) - 1)),
        **named("gap_ratio", share(ratio_bins, 13)),
        "gap_ratio_entropy": entropy(share(ratio_bins, 13)),
    }


def _polyphony(score: Score, attacks: Attacks) -> Features:
    """How many notes sound at each attack, and how the attacks are built."""
    begun = np.searchsorted(score.onset_s, attacks.onset_s + CHORD_S, side="right")
    ended = np.searchsorted(np.sort(score.offset_s), attacks.onset_s + CHORD_S, side="right")
    sounding = np.maximum(begun - ended, 1)
    sounded = float((score.offset_s - score.onset_s).sum())
    return {
        **spread("sounding", np.minimum(sounding, 20)),
        "voices": sounded / max(score.length_s, 0.1),
        **named("attack_size", share(np.minimum(attacks.size, 8) - 1, 8)),
        **spread("span", attacks.top - attacks.bottom),
    }


def _tempo(score: Score, attacks: Attacks) -> Features:
    until = np.append(score.tempo_onset_beats[1:], max(score.length_beats, 1e-9))
    share_of_beats = np.maximum(until - score.tempo_onset_beats, 0)
    total = max(share_of_beats.sum(), 1e-9)
    return {
        "tempo_bpm": float((score.tempo_bpm * share_of_beats).sum() / total),
        "tempo_lowest_bpm": float(score.tempo_bpm.min()),
        "tempo_highest_bpm": float(score.tempo_bpm.max()),
        "tempo_changes": np.log1p(len(score.tempo_bpm) - 1),
    }


def _meter(score: Score, attacks: Attacks) -> Features:
    first = score.meters[0] if score.meters else None
    beats, unit = (first.numerator, first.denominator) if first else (4, 4)
    return {
        "meter_beats": float(beats),
        "meter_unit": float(unit),
        "meter_triple": float(beats % 3 == 0),
        "meter_changes": np.log1p(max(len(score.meters) - 1, 0)),
    }


def _key(score: Score, attacks: Attacks) -> Features:
    first = score.keys[0] if score.keys else None
    return {
        "key_sharps": float(first.sharps if first else 0),
        "key_minor": float(first.minor if first else 0),
        "key_changes": np.log1p(max(len(score.keys) - 1, 0)),
    }


def _velocity(score: Score, attacks: Attacks) -> Features:
    velocity = score.velocity.astype(np.float64)
    return {
        **spread("velocity", velocity),
        "velocity_step": float(np.abs(np.diff(velocity)).mean()) if len(velocity) > 1 else 0.0,
        "velocity_entropy": entropy(share(score.velocity.astype(np.int64), 128)),
    }


GROUPS: dict[str, Callable[[Score, Attacks], Features]] = {
    "length": _length,
    "rate": _rate,
    "pitch": _pitch,
    "pitch_class": _pitch_class,
    "interval": _interval,
    "duration": _duration,
    "onset_gap": _onset_gap,
    "polyphony": _polyphony,
    "tempo": _tempo,
    "meter": _meter,
    "key": _key,
    "velocity": _velocity,
}


def describe_score(score: Score, groups: tuple[str, ...] = tuple(GROUPS)) -> Features:
    """Named features of a whole score, from its pitched notes (all notes, if only percussion).

    Args:
        score: any score with a note in it.
        groups: which of `GROUPS` to compute, in this order.

    Returns:
        Features by name, always the same names for the same groups, all finite.

    >>> from muso.music.midi import read_score
    >>> round(describe_score(read_score("examples/bach-bwv66-6.mid"))["voices"], 1)
    4.0
    """
    pitched = score.pitched
    heard = score.select(pitched) if pitched.any() else score
    attacks = attacks_of(heard)
    out: Features = {}
    for group in groups:
        out |= GROUPS[group](heard, attacks)
    return out


@dataclass(frozen=True)
class Descriptors(View):
    """The named features of a whole piece as one vector, in the order of `names`."""

    name: ClassVar[str] = "descriptors"
    media: ClassVar[str] = "score"

    groups: tuple[str, ...] = tuple(GROUPS)

    def __post_init__(self) -> None:
        object.__setattr__(self, "groups", tuple(self.groups))
        unknown = set(self.groups) - set(GROUPS)
        if unknown:
            raise UsageError(f"no descriptor group {unknown}; there are {', '.join(GROUPS)}")

    @property
    def names(self) -> tuple[str, ...]:
        """What each entry of the vector is."""
        one_note = Score.of([60], [0.0], [1.0])
        return tuple(describe_score(one_note, self.groups))

    @property
    def shape(self) -> tuple[int, ...]:
        return (len(self.names),)

    def prepare(self, piece: Score) -> tuple[NDArray[np.float32], float]:
        features = describe_score(piece, self.groups)
        return np.fromiter(features.values(), np.float32, len(features)), piece.length_s

    def cut(self, prepared: tuple[NDArray[np.float32], float]) -> Slices:
        return whole_piece(*prepared)
