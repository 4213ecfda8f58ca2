"""A grand piano from the physics of its strings, hammers and soundboard.

Sources: inharmonicity and stretch after Rigaud, David and Daudet 2011 ("A parametric model of
piano tuning", DAFx-11) and Young 1952; decay by pitch and frequency after Bensa et al. 2003;
two-stage decay and unisons after Weinreich 1977; hammer spectra after Hall 1986.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from muso.music.sound.tone import (
    HIGHEST,
    LOUDNESS,
    Partials,
    Tone,
    equal_hz,
    faded,
    noise,
)

FIRST_KEY, LAST_KEY = 21, 108
LAST_DAMPED = 89
"""The highest key (F6) with a damper; above it strings ring on when the key is let go."""
LAST_SINGLE = 32
"""The highest key with one string."""
MOST_PARTIALS = 80
HALO = 12
"""Partials that other strings take up under the pedal."""
KNOCK_S = 0.5
STRIKE = 1 / 8
"""Where the hammer meets the string, as a part of its length, up to the middle of the keyboard."""


def inharmonicity(pitch: float) -> float:
    """B in `f_n = n * f_0 * sqrt(1 + B * n**2)`, from 0.0005 (A0) over 0.00007 to 0.025 (C8).

    The sum of two exponentials: wound strings on the bass bridge, plain ones on the treble.

    >>> round(inharmonicity(60), 5)
    0.00033
    """
    key = min(max(pitch, FIRST_KEY), LAST_KEY)
    return float(np.exp(-0.0847 * key - 5.82) + np.exp(0.0926 * key - 13.64))


def tuned_hz(pitch: int) -> float:
    """The frequency of the first partial of a key, with the octaves stretched as tuners do.

    A4 is 440 Hz. Octaves are tuned so that partial 2k of the lower note beats with none of the
    k-th of the upper: 6:3 in the bass, over 4:2, to 2:1 in the treble. This gives the curve of
    Railsback 1938: about 18 cents flat at A0, 35 sharp at C8.

    >>> [round(tuned_hz(key), 2) for key in (21, 69, 108)]
    [27.22, 440.0, 4271.52]
    """
    return float(equal_hz(pitch) * 2.0 ** (_stretch_cents()[pitch] / 1200))


@cache
def _stretch_cents() -> tuple[float, ...]:
    """How far each key is from equal temperament."""
    keys = np.arange(128)
    rank = np.interp(keys, [21, 57, 93], [3.0, 2.0, 1.0])
    low = np.array([inharmonicity(key - 6) for key in range(128)])
    high = np.array([inharmonicity(key + 6) for key in range(128)])
    # The first partial's own shift belongs to the note, so it is taken out of both ends.
    octave = (1 + 4 * rank**2 * low) / (1 + low) * (1 + high) / (1 + rank**2 * high)
    cents_a_key = 1200 * np.log2(np.sqrt(octave)) / 12
    total = np.concatenate([[0.0], np.cumsum((cents_a_key[1:] + cents_a_key[:-1]) / 2)])
    total = total[np.clip(keys, FIRST_KEY, LAST_KEY)] - total[69]
    return tuple(total.tolist())


@dataclass(frozen=True)
class Piano:
    """A piano, and its relatives.

    Attributes:
        brightness: how far the hammers' spectrum reaches, 1 for a concert grand.
        unison_cents: how far the strings of one key are apart.
        knock_db: the thump of hammer and frame against a concert grand's.
        opened: whether the pedal leaves the other strings free to sound along.
    """

    brightness: float = 1.0
    unison_cents: float = 1.0
    knock_db: float = 0.0
    opened: bool = False

    def tone(self, pitch: int, hardness: float, sample_rate: int) -> Tone:
        """The tone of a key; `hardness` 0…1 is the hammer's, from its speed."""
        rng = np.random.default_rng((7, pitch))
        highest = min(HIGHEST * sample_rate, 16000.0)
        strings = self._strings(pitch, hardness, rng).below(highest)
        scale = LOUDNESS / max(strings.loudness(), 1e-9) * _evenness(pitch)
        if self.opened:
            strings = strings.joined(_sympathy(strings))
        return Tone(
            sample_rate=sample_rate,
            modes=strings.modes(scale),
            release_s=damping_s(pitch),
            onset_s=float(np.interp(pitch, [21, 60, 108], [0.006, 0.003, 0.001])),
            burst=self._knock(pitch, hardness, sample_rate),
        )

    def _strings(self, pitch: int, hardness: float, rng: np.random.Generator) -> Partials:
        first_hz = tuned_hz(pitch)
        b = inharmonicity(pitch)
        rank = np.arange(1, MOST_PARTIALS + 1)
        ideal_hz = rank * first_hz * np.sqrt((1 + b * rank**2) / (1 + b))
        level = self._spectrum(pitch, hardness, rank, ideal_hz)
        level = level * 10 ** (rng.normal(0.0, 2.5, len(rank)) / 20)
        prompt, after = decay_per_s(pitch, ideal_hz)
        share = 10 ** (-rng.uniform(8.0, 14.0, len(rank)) / 20)
        spread = self.unison_cents * rng.uniform(0.7, 1.3, len(rank))
        major = 0.5 + 0.16 / max(self.unison_cents, 1.0)
        # Where it is too faint for its beating to be heard, a partial makes do with one string.
        distinct = level > 0.01 * level.max()
        minor = np.where(distinct & (pitch > LAST_SINGLE), 1 - major, 0.0)
        spread, share = np.where(minor > 0, spread, 0.0), np.where(distinct, share, 0.0)
        strings = (
            ((1 - major) * spread, (1 - minor) * level, prompt),
            (-major * spread, minor * level, prompt * 1.1),
            (0.3 * spread, share * level, after),
        )
        side = np.interp(pitch, [21, 108], [-0.35, 0.35])
        phase = rng.normal(0.0, 1.0, len(rank))
        # Two microphones hear one string in phase only where waves are longer than their gap.
        width = rng.normal(0.0, 1.1, len(rank)) * np.minimum(ideal_hz / 400.0, 1.0)
        pan = side + rng.normal(0.0, 0.22, len(rank))
        parts = [
            Partials.of(ideal_hz * 2 ** (cents / 1200), size, decay, 0.0, pan, phase, width)
            for cents, size, decay in strings
        ]
        return parts[0].joined(parts[1]).joined(parts[2])

    def _spectrum(
        self, pitch: int, hardness: float, rank: NDArray[np.int64], at_hz: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """How strongly the hammer sets off each partial and the soundboard carries it."""
        strike = np.interp(pitch, [57, 108], [STRIKE, 1 / 16])
        comb = np.abs(np.sin(np.pi * rank * strike)) + 0.04
        reach_hz = 3000.0 * 2 ** ((pitch - 60) / 12 * 0.33) * self.brightness
        felt = np.exp(-((at_hz / (reach_hz * (0.4 + 0.9 * hardness))) ** 1.3))
        board = at_hz**2 / (at_hz**2 + 65.0**2)
        return np.asarray(comb * felt * board / rank ** (0.95 - 0.3 * hardness), np.float64)

    def _knock(self, pitch: int, hardness: float, sample_rate: int) -> NDArray[np.float32]:
        """Hammer on string and key on frame, heard through the soundboard."""
        count = int(KNOCK_S * sample_rate)
        # Half an octave of keys shares its noise, which keeps few of them in memory.
        place = pitch // 6
        wood = noise(count, 90.0, 450.0 + 72.0 * place, sample_rate, (11, place))
        felt = noise(count, 500.0, 4500.0, sample_rate, (12, place))
        level_db = np.interp(pitch, [21, 60, 84, 108], [-22.0, -19.0, -13.0, -6.0]) + self.knock_db
        fall_s = float(np.interp(pitch, [21, 108], [0.035, 0.022]))
        thump = wood * faded(count, sample_rate, 0.0005, fall_s)
        # The undamped strings of the top octaves answer every stroke.
        hiss = felt * faded(count, sample_rate, 0.002, 0.11) * np.float32(0.03 + 0.12 * hardness)
        return (thump + hiss) * np.float32(LOUDNESS * 10 ** (level_db / 20))


def decay_per_s(
    pitch: int, at_hz: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Rates of decay of a key's partials: at first, and once the strings have drifted apart.

    Grows with pitch and with the square of frequency, as air and felt take more of the highs.
    """
    base = max(0.30, 1.05 * np.exp(0.052 * (pitch - 60)))
    high = 1.7e-7 * np.exp(0.030 * (pitch - 60)) * at_hz**2
    return 1.6 * base + high, max(0.32 * base, 0.22) + 0.7 * high


def damping_s(pitch: int) -> float:
    """From the damper's touch to silence: long wound strings take longest."""
    if pitch > LAST_DAMPED:
        return 1.5
    return float(np.interp(pitch, [21, 60, LAST_DAMPED], [0.55, 0.32, 0.2]))


def _evenness(pitch: int) -> float:
    """A grand is a little softer at both ends than in its singing middle."""
    return float(10 ** (np.interp(pitch, [21, 40, 84, 108], [-2.0, 0.0, 0.0, -5.0]) / 20))


def _sympathy(strings: Partials) -> Partials:
    """What the other strings add when the pedal leaves them free.

    Those that share a partial take it up slowly, a little apart; all answer the knock faintly.
    """
    top = np.argsort(-strings.level)[:HALO]
    rng = np.random.default_rng((13, HALO))
    drift = 2 ** (rng.normal(0.0, 3.0, len(top)) / 1200)
    halo = Partials.of(
        strings.frequency_hz[top] * drift,
        strings.level[top] * 0.28,
        strings.decay_per_s[top] * 0.35,
        0.25,
        -strings.pan[top],
        rng.uniform(-np.pi, np.pi, len(top)),
        strings.width[top] + 1.2,
    )
    at_hz = np.array([tuned_hz(key) for key in range(30, 90, 5)])
    faint = 0.02 * strings.level.max(initial=0.0) * np.ones(len(at_hz))
    side = rng.uniform(-0.8, 0.8, len(at_hz))
    return halo.joined(Partials.of(at_hz, faint, 1.2, 0.0, side, side * 3, side * 2))


@dataclass(frozen=True)
class Damper:
    """The soft sound of felt falling back on strings, which a listener misses when it is gone."""

    def tone(self, pitch: int, hardness: float, sample_rate: int) -> Tone:
        """The thud of one key's damper."""
        count = int(0.09 * sample_rate)
        felt = noise(count, 80.0, 350.0, sample_rate, (17, pitch // 6))
        nothing = Partials.of(np.zeros(0), np.zeros(0)).modes(1.0)
        burst = felt * faded(count, sample_rate, 0.006, 0.016) * np.float32(LOUDNESS)
        return Tone(sample_rate, nothing, 0.05, burst=burst)
