"""Playing a score as a person might."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from muso.errors import UsageError
from muso.music.humanize.dynamics import shape
from muso.music.humanize.intonation import bend
from muso.music.humanize.structure import Structure
from muso.music.humanize.tempo import breathe
from muso.music.humanize.timing import lean, release
from muso.music.score import Changes, Score

FINEST_TICKS_PER_BEAT = 960
"""A played score is written on at least this grid: half a millisecond at 120 a minute."""


@dataclass(frozen=True)
class Moved:
    """How much a performance differs from what is written.

    Attributes:
        notes: how many there are; none is lost or added.
        timing_mean_ms, timing_max_ms: onsets against the written ones at the played tempo.
        velocity_mean, velocity_max: in steps of MIDI velocity.
        tempo_mean_percent, tempo_max_percent: over the tempo marks.
        pitch_mean_cents, pitch_max_cents: over the notes and chords that were bent.
    """

    notes: int
    timing_mean_ms: float = 0.0
    timing_max_ms: float = 0.0
    velocity_mean: float = 0.0
    velocity_max: int = 0
    tempo_mean_percent: float = 0.0
    tempo_max_percent: float = 0.0
    pitch_mean_cents: float = 0.0
    pitch_max_cents: float = 0.0

    def __str__(self) -> str:
        return (
            f"{self.notes} notes: timing {self.timing_mean_ms:.0f} ms on average, at most "
            f"{self.timing_max_ms:.0f}; velocity {self.velocity_mean:.0f}, {self.velocity_max}; "
            f"tempo {self.tempo_mean_percent:.1f}%, {self.tempo_max_percent:.1f}; "
            f"pitch {self.pitch_mean_cents:.0f} cents, {self.pitch_max_cents:.0f}"
        )


@dataclass(frozen=True, eq=False)
class Performance:
    """A score as played, and how much that differs from what is written."""

    score: Score
    moved: Moved


def humanize(
    score: Score,
    amount: float = 0.5,
    *,
    timing: float | None = None,
    dynamics: float | None = None,
    tempo: float | None = None,
    pitch: float | None = None,
    seed: int = 0,
) -> Performance:
    """Play `score` as a person might: late and early, louder and softer, slower and faster.

    Every note stays, in the order of its track, and keeps its place in beats but for small
    leanings, so that bars stay bars; the tempo breathes in the tempo map. Sizes are measured on
    real playing where it shows them: 0.5 is the usual player, 1 the freest of twenty. Each seed
    is another player, whose sizes differ by a third or so. Music that is already played is played
    again on top.

    Args:
        score: at least one note.
        amount: 0 (as written: the same arrays)…1, for what follows unless it has its own.
        timing: leaning, rolled chords, melody before accompaniment, releases; see `lean`.
        dynamics: loudness; see `shape`.
        tempo: breathing phrases and a final ritard; see `breathe`.
        pitch: small bends, for instruments that can; see `bend`.
        seed: the same gives the same playing; each of the four has its own randomness.

    Raises:
        UsageError: an amount outside 0…1, a seed below 0, or a score without notes.

    >>> from muso.music.midi import read_score
    >>> played = humanize(read_score("examples/bach-bwv66-6.mid"), 0.5, seed=1)
    >>> len(played.score), 5 < played.moved.timing_mean_ms < 25
    (163, True)
    """
    amounts = {
        name: amount if own is None else own
        for name, own in (
            ("timing", timing), ("dynamics", dynamics), ("tempo", tempo), ("pitch", pitch)
        )
    }  # fmt: skip
    _check({"amount": amount, **amounts}, seed, score)
    rngs = dict(zip(amounts, np.random.default_rng(seed).spawn(len(amounts)), strict=True))
    structure = Structure.of(score)
    played, moved = score, Moved(len(score))
    if amounts["tempo"] > 0:
        onsets, bpm = breathe(score, structure, amounts["tempo"], rngs["tempo"])
        played = replace(score, tempo_onset_beats=onsets, tempo_bpm=bpm)
        moved = _with_tempo(moved, score, played)
    if amounts["dynamics"] > 0:
        velocity = shape(score, structure, amounts["dynamics"], rngs["dynamics"])
        off = np.abs(velocity.astype(int) - score.velocity)
        played = replace(played, velocity=velocity)
        moved = replace(moved, velocity_mean=float(off.mean()), velocity_max=int(off.max()))
    if amounts["timing"] > 0:
        played, late_s = _leaning(played, structure, amounts["timing"], rngs["timing"])
        late_ms = np.abs(late_s) * 1000
        moved = replace(
            moved, timing_mean_ms=float(late_ms.mean()), timing_max_ms=float(late_ms.max())
        )
    if amounts["pitch"] > 0:
        changes, cents = bend(played, amounts["pitch"], rngs["pitch"])
        played = replace(played, changes=changes)
        off = np.abs(np.append(0.0, cents))
        moved = replace(
            moved,
            pitch_mean_cents=float(off[1:].mean()) if len(cents) else 0.0,
            pitch_max_cents=float(off.max()),
        )
    return Performance(played, moved)


def _check(amounts: dict[str, float], seed: int, score: Score) -> None:
    for name, value in amounts.items():
        if not 0 <= value <= 1:
            raise UsageError(f"{name} is {value:g}; give a number from 0 (as written) to 1")
    if seed < 0:
        raise UsageError(f"seed is {seed}; give a whole number from 0 on")
    if len(score) == 0:
        raise UsageError("there are no notes to humanize; give a score that has some")


def _with_tempo(moved: Moved, written: Score, played: Score) -> Moved:
    at = np.searchsorted(written.tempo_onset_beats, played.tempo_onset_beats, side="right") - 1
    off = np.abs(played.tempo_bpm / written.tempo_bpm[at] - 1) * 100
    return replace(moved, tempo_mean_percent=float(off.mean()), tempo_max_percent=float(off.max()))


def _leaning(
    score: Score, structure: Structure, amount: float, rng: np.random.Generator
) -> tuple[Score, NDArray[np.float64]]:
    """`score` with its onsets, ends and controllers leaning, in order; and `(note,)` seconds late.

    The seconds stand in the order of the notes before.
    """
    late_s, drift_s = lean(score, structure, amount, rng)
    onset_s = score.onset_s + late_s
    ends = score.onset_beats + score.duration_beats
    end_drift_s = np.interp(ends, structure.chord_onset_beats, drift_s)
    end_s = release(score, onset_s, end_drift_s, amount, rng)
    onset = np.maximum(score.beats_at(onset_s), 0.0)
    duration = np.maximum(score.beats_at(end_s) - onset, 0.0)
    order = np.lexsort((score.pitch, onset))
    leant = replace(
        score,
        pitch=score.pitch[order],
        onset_beats=onset[order],
        duration_beats=duration[order],
        velocity=score.velocity[order],
        track=score.track[order],
        changes=_drifting(score, structure, drift_s),
        ticks_per_beat=_fine(score.ticks_per_beat),
    )
    return leant, late_s


def _drifting(score: Score, structure: Structure, drift_s: NDArray[np.float64]) -> Changes:
    """Controllers and bends, carried along with the notes they belong to.

    Those before the first note set the instruments up and stay.
    """
    changes = score.changes
    at = changes.onset_beats
    late_s = np.interp(at, structure.chord_onset_beats, drift_s)
    moved = np.maximum(score.beats_at(score.seconds_at(at) + late_s), 0.0)
    moved = np.where(at > structure.chord_onset_beats[0], moved, at)
    return replace(changes, onset_beats=np.maximum.accumulate(moved))


def _fine(ticks_per_beat: int) -> int:
    """A multiple of the grid, so that what is on it stays on it, fine enough to lean between."""
    return ticks_per_beat * math.ceil(FINEST_TICKS_PER_BEAT / ticks_per_beat)
