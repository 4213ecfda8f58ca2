"""Tempo that breathes: each phrase gains and yields, and the last bars slow down."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from muso.music.humanize.noise import pink_noise
from muso.music.humanize.structure import Structure
from muso.music.score import Score

DRIFT = 0.022
"""Spread of the log tempo from beat to beat at amount 0.5. Together with `ARCH` it gives the
0.027 measured on tracked beats of 200 clips of EMOPIA (quartiles 0.016 and 0.038; the 95th
percentile, 0.055, is what amount 1 gives)."""

ARCH = 0.05
"""How much faster, in log tempo, the middle of a phrase is than its ends at amount 0.5."""

FINAL_SPEED = 0.5
"""Speed of the last note as a share of the tempo before at amount 1."""
RITARD_BEATS = 6.0
"""Length of the final slowing down, where the piece is at least `RITARD_SHARE` times as long."""
RITARD_SHARE = 4.0
RITARD_CURVE = 3.0
"""Exponent of the final ritard: 3 brakes with constant power, as runners do."""

MAX_EVENTS = 20_000
"""A longer piece gets its tempo marks further apart than a beat."""


def breathe(
    score: Score, structure: Structure, amount: float, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """A tempo map in which each phrase speeds up and slows down and the end comes to rest.

    Phrases follow an arch (N. Todd, A Model of Expressive Timing in Tonal Music, Music Perception
    3(1), 1985; the phrase arch of the KTH rules, A. Friberg, R. Bresin and J. Sundberg, Advances
    in Cognitive Psychology 2, 2006); the end follows A. Friberg and J. Sundberg, Does music
    performance allude to locomotion?, JASA 105(3), 1999; between, 1/f drift (see `pink_noise`).

    Args:
        score: at least one note.
        structure: of `score`.
        amount: 0…1; 0.5 is usual.
        rng: source of the drift.

    Returns:
        `tempo_onset_beats` and `tempo_bpm`, each `(tempo,)`, one mark a beat and the score's own.
    """
    end = float(score.onset_beats[-1])
    step = max(1.0, np.ceil(end / MAX_EVENTS))
    beats = np.arange(0.0, max(end, step / 2), step)
    through = structure.phrase_at(beats + step / 2)
    arch = 4 * ARCH * through * (1 - through)
    change = 2 * amount * (arch - arch.mean() + DRIFT * pink_noise(len(beats), rng))
    change += np.log(_final_ritard(beats + step / 2, end, amount))
    marks = np.union1d(beats, score.tempo_onset_beats)
    written = score.tempo_bpm[np.searchsorted(score.tempo_onset_beats, marks, side="right") - 1]
    played = np.minimum(np.searchsorted(beats, marks, side="right") - 1, len(beats) - 1)
    return marks, written * np.exp(change[played])


def _final_ritard(beats: NDArray[np.float64], end: float, amount: float) -> NDArray[np.float64]:
    """Speed at each of `beats`, 1 until the ritard before `end` begins."""
    length = min(RITARD_BEATS, end / RITARD_SHARE)
    if length <= 0:
        return np.ones(len(beats))
    through = np.clip((beats - (end - length)) / length, 0.0, 1.0)
    final = FINAL_SPEED**amount
    return np.asarray((1 + (final**RITARD_CURVE - 1) * through) ** (1 / RITARD_CURVE))
