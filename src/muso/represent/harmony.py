"""What a score's harmony says of its mood: major or minor, which chords, how far from the key.

Sources: probe-tone profiles, Krumhansl and Kessler 1982; chords by binary templates, Fujishima
1999; major and minor as what listeners tell valence by, Gabrielsson and Lindström 2010.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from muso.music.score import Score
from muso.music.tonality import MAJOR_PROFILE, MINOR_PROFILE
from muso.represent.descriptors import Features, entropy, named, share

Floats = NDArray[np.float64]

LONGEST_S = 4.0
"""A note counts for no longer than this: a piano's has faded."""
SHORTEST_S = 0.02
CHORD_WINDOW_S = 1.0
KEY_WINDOWS_S = (4, 8)
SCALE = 7
"""Pitch classes that a key holds."""
PRESENT = 0.2
"""Share of a window's length, as a vector, from which on a pitch class is heard in it."""

CHORDS = {
    "major": (0, 4, 7),
    "minor": (0, 3, 7),
    "diminished": (0, 3, 6),
    "augmented": (0, 4, 8),
    "suspended": (0, 5, 7),
    "dominant_seventh": (0, 4, 7, 10),
    "minor_seventh": (0, 3, 7, 10),
    "major_seventh": (0, 4, 7, 11),
    "fifth": (0, 7),
}


def _templates() -> Floats:
    """`(chord × root, pitch class)`, each of length 1; the roots of one chord stand together."""
    rows = np.zeros((len(CHORDS), 12, 12))
    for chord, notes in enumerate(CHORDS.values()):
        for root in range(12):
            rows[chord, root, (root + np.array(notes)) % 12] = 1 / np.sqrt(len(notes))
    return rows.reshape(-1, 12)


def _centred(rows: Floats) -> Floats:
    """Rows `(…, pitch class)` moved and scaled so that their products are correlations."""
    moved = rows - rows.mean(axis=-1, keepdims=True)
    length = np.linalg.norm(moved, axis=-1, keepdims=True)
    return np.asarray(moved / np.maximum(length, 1e-9))


_TEMPLATES = _templates()
_MAJOR = _centred(np.array([np.roll(MAJOR_PROFILE, tonic) for tonic in range(12)]))
_MINOR = _centred(np.array([np.roll(MINOR_PROFILE, tonic) for tonic in range(12)]))


def chroma(score: Score, window_s: float) -> tuple[Floats, NDArray[np.int64]]:
    """How much each pitch class sounds in each window, loud notes more; and the lowest pitch.

    Args:
        score: with a note in it.
        window_s: length of a window, seconds.

    Returns:
        Weights `(window, pitch class)` and the lowest pitch that sounds `(window,)`, of the
        windows in which anything does.

    >>> weights, bass = chroma(Score.of([60, 67], [0, 0], [2, 2], tempo_bpm=60), 1.0)
    >>> weights.shape, bass.tolist(), np.flatnonzero(weights[0]).tolist()
    ((2, 12), [60, 60], [0, 7])
    """
    count = max(1, int(np.ceil(score.length_s / window_s)))
    weights, bass = np.zeros((count, 12)), np.full(count, 127, np.int64)
    start = score.onset_s
    end = np.minimum(score.offset_s, start + LONGEST_S)
    pitch = score.pitch.astype(np.int64)
    first = np.minimum(start // window_s, count - 1).astype(np.int64)
    last = np.clip((end - 1e-6) // window_s, first, count - 1).astype(np.int64)
    for later in range(int((last - first).max()) + 1):
        heard = first + later <= last
        window = first[heard] + later
        inside_s = np.minimum(end[heard], (window + 1) * window_s)
        inside_s -= np.maximum(start[heard], window * window_s)
        loudness = score.velocity[heard] / 64.0
        np.add.at(weights, (window, pitch[heard] % 12), np.maximum(inside_s, SHORTEST_S) * loudness)
        np.minimum.at(bass, window, pitch[heard])
    sounding = weights.sum(axis=1) > 0
    return weights[sounding], bass[sounding]


def describe_mode(score: Score) -> Features:
    """Major against minor, over the whole score and over short windows."""
    whole = chroma(score, score.length_s + 1)[0][0]
    centred = _centred(whole)
    major, minor = _MAJOR @ centred, _MINOR @ centred
    tonic = int(np.argmax(np.maximum(major, minor)))
    degree = np.roll(whole / whole.sum(), -tonic)

    def lean(high: int, low: int) -> float:
        return float((degree[high] - degree[low]) / (degree[high] + degree[low] + 1e-3))

    out = {
        "mode": float(major.max() - minor.max()),
        "mode_here": float(major[tonic] - minor[tonic]),
        "third": lean(4, 3),
        "sixth": lean(9, 8),
        "seventh": lean(11, 10),
        "second_flat": float(degree[1]),
        "tritone": float(degree[6]),
        "outside": float(np.sort(degree)[: 12 - SCALE].sum()),
    }
    for window_s in KEY_WINDOWS_S:
        out |= {f"{key}_{window_s}s": value for key, value in _modes(score, window_s).items()}
    return out


def _modes(score: Score, window_s: float) -> Features:
    weights, _ = chroma(score, window_s)
    centred = _centred(weights)
    major, minor = centred @ _MAJOR.T, centred @ _MINOR.T
    mode = major.max(axis=1) - minor.max(axis=1)
    fit = np.maximum(major, minor)
    shares = weights / weights.sum(axis=1, keepdims=True)
    return {
        "mode": float(mode.mean()),
        "minor": float((mode < 0).mean()),
        "mode_deviation": float(mode.std()),
        "keys": float(np.log(len(np.unique(fit.argmax(axis=1))))),
        "fit": float(fit.max(axis=1).mean()),
        "outside": float(np.sort(shares, axis=1)[:, : 12 - SCALE].sum(axis=1).mean()),
        "entropy": float(np.mean([entropy(row) for row in shares])),
    }


def describe_chords(score: Score) -> Features:
    """Which chords sound, second by second, how they follow each other, how rough they are."""
    weights, bass = chroma(score, CHORD_WINDOW_S)
    length_1 = weights / np.linalg.norm(weights, axis=1, keepdims=True)
    fit = length_1 @ _TEMPLATES.T
    chord = share(fit.argmax(axis=1) // 12, len(CHORDS))
    triad = fit[:, :24].argmax(axis=1)
    root = triad % 12
    centred = _centred(weights.sum(axis=0))
    tonic = int(np.argmax(np.maximum(_MAJOR @ centred, _MINOR @ centred)))
    motion = np.abs((np.diff(root) + 6) % 12 - 6)
    heard = length_1 > PRESENT
    return {
        **{f"chord_{name}": float(chord[i]) for i, name in enumerate(CHORDS)},
        "triad_minor": float((triad >= 12).mean()),
        "triad_mode": float((fit[:, :12].max(axis=1) - fit[:, 12:24].max(axis=1)).mean()),
        "chord_fit": float(fit.max(axis=1).mean()),
        "chord_changes": float((np.diff(triad) != 0).mean()) if len(triad) > 1 else 0.0,
        "root_in_bass": float((root == bass % 12).mean()),
        **named("root_motion", share(motion, 7)),
        **named("root_degree", share((root - tonic) % 12, 12)),
        **{
            f"interval_class_{size}": float(
                (heard & np.roll(heard, size, axis=1)).sum(axis=1).mean()
            )
            for size in range(1, 7)
        },
    }
