"""Plucked strings, and bars, bells and tines that are struck: all ring by themselves."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from muso.music.sound.tone import (
    HIGHEST,
    LOUDNESS,
    Partials,
    Tone,
    Tremolo,
    equal_hz,
    faded,
    noise,
)

Formant = tuple[float, float, float]
"""A resonance of a body: centre in Hz, gain in dB, width in octaves."""


DEEPEST_HZ = 60.0
"""Where a wooden or metal body carries half of a tone."""


def body(at_hz: NDArray[np.float64], formants: tuple[Formant, ...]) -> NDArray[np.float64]:
    """The gain of a body's resonances at each frequency; the deepest tones it hardly carries.

    >>> body(np.array([1000.0, 1e4]), ((1000.0, 20.0, 0.5),)).round(1).tolist()
    [10.0, 1.0]
    """
    gain_db = np.zeros(len(at_hz))
    for centre_hz, height_db, octaves in formants:
        gain_db += height_db * np.exp(-((np.log2(at_hz / centre_hz) / octaves) ** 2))
    carried = at_hz**2 / (at_hz**2 + DEEPEST_HZ**2)
    return np.asarray(10 ** (gain_db / 20) * carried, np.float64)


@dataclass(frozen=True)
class Plucked:
    """A string that is plucked (guitars, harps, harpsichords, basses).

    Source: Fletcher and Rossing 1998, The Physics of Musical Instruments, chapters 2 and 9.

    Attributes:
        pluck: where, as a part of the string's length; a partial with a node there is missing.
        reach_hz: how far the spectrum reaches at middle C, plucked with medium strength.
        ring_s: time to fall by 60 dB at middle C; an octave up it is `shorter` times as long.
        damp: how much quicker the highs die, 1 for a nylon guitar.
        stiffness: inharmonicity at middle C.
        strings: (cents, level) of each string of a key.
        formants: the body's resonances.
        pick_db: noise of finger or plectrum against the tone.
        release_s: from letting go to silence.
        bloom_s: time that a buzzing bridge or a hall takes to fill in the highs.
        level_db: against other instruments.
    """

    pluck: float = 0.16
    reach_hz: float = 1800.0
    ring_s: float = 4.0
    shorter: float = 0.7
    damp: float = 1.0
    stiffness: float = 5e-5
    strings: tuple[tuple[float, float], ...] = ((0.0, 1.0), (0.7, 0.25))
    formants: tuple[Formant, ...] = ()
    pick_db: float = -24.0
    release_s: float = 0.12
    bloom_s: float = 0.0
    level_db: float = 0.0

    def tone(self, pitch: int, hardness: float, sample_rate: int) -> Tone:
        """The tone of a key plucked with `hardness` 0…1."""
        rng = np.random.default_rng((19, pitch))
        first_hz = equal_hz(pitch)
        b = self.stiffness * 2 ** ((pitch - 60) / 12)
        rank = np.arange(1, 57)
        at_hz = rank * first_hz * np.sqrt((1 + b * rank**2) / (1 + b))
        reach_hz = self.reach_hz * 2 ** ((pitch - 60) / 12 * 0.4) * (0.45 + 1.1 * hardness)
        level = (np.abs(np.sin(np.pi * rank * self.pluck)) + 0.03) / rank**0.9
        level = level * np.exp(-at_hz / reach_hz) * body(at_hz, self.formants)
        base = 6.9 / (self.ring_s * self.shorter ** ((pitch - 60) / 12))
        decay = base + self.damp * 0.55 * (at_hz / 1000.0) ** 1.3 * np.sqrt(base / 1.7)
        bloom = self.bloom_s * (1.0 - np.exp(-(rank - 1) / 4.0))
        parts = [
            Partials.of(
                at_hz * 2 ** (cents / 1200),
                level * share,
                # Polarisations and courses decay apart, which gives the two stages of a pluck.
                decay * (1.0 if share > 0.5 else 0.45),
                bloom,
                rng.normal(0.0, 0.06, len(rank)),
                rng.normal(0.0, 0.3, len(rank)),
                rng.normal(0.0, 0.35, len(rank)),
            )
            for cents, share in self.strings
        ]
        whole = parts[0]
        for part in parts[1:]:
            whole = whole.joined(part)
        pick = _click(pitch, sample_rate, 5000.0 * (0.5 + hardness), self.pick_db + self.level_db)
        return ringing(whole, sample_rate, self.release_s, self.level_db, pick)


@dataclass(frozen=True)
class Bar:
    """Something solid that is struck: bar, bell, tine, tube, plate or skin.

    Source: Fletcher and Rossing 1998, chapters 18 to 21, for the ratios of the modes.

    Attributes:
        ratios: frequency of each mode against the lowest.
        levels_db: level of each at medium strength.
        ring_s: time for the lowest mode to fall by 60 dB at middle C.
        shorter: part of that an octave up.
        falls: exponent by which higher modes ring shorter.
        harder_db: what a hard stroke adds to each octave above the lowest mode, a soft one takes.
        tremolo: of turning vanes or a panning stage.
        doubled_cents: distance of a second, softer set that beats with the first.
        click_db: noise of the mallet against the tone.
        click_hz: how high it reaches.
        release_s: from letting go to silence.
        level_db: against other instruments.
    """

    ratios: tuple[float, ...]
    levels_db: tuple[float, ...]
    ring_s: float = 2.0
    shorter: float = 0.7
    falls: float = 1.0
    harder_db: float = 4.0
    tremolo: Tremolo | None = None
    doubled_cents: float = 0.0
    click_db: float = -22.0
    click_hz: float = 2500.0
    release_s: float = 0.4
    level_db: float = 0.0

    def tone(self, pitch: int, hardness: float, sample_rate: int) -> Tone:
        """The tone of a key struck with `hardness` 0…1."""
        rng = np.random.default_rng((23, pitch))
        ratio = np.array(self.ratios)
        at_hz = equal_hz(pitch) * ratio
        harder_db = self.harder_db * np.log2(np.maximum(ratio, 1.0)) * (2 * hardness - 1)
        level = 10 ** ((np.array(self.levels_db) + harder_db) / 20) * body(at_hz, ())
        ring_s = self.ring_s * self.shorter ** ((pitch - 60) / 12)
        decay = 6.9 / ring_s * np.maximum(ratio, 1.0) ** self.falls
        width = rng.normal(0.0, 0.5, len(ratio))
        pan = rng.normal(0.0, 0.12, len(ratio))
        whole = Partials.of(at_hz, level, decay, 0.0, pan, 0.0, width)
        if self.doubled_cents:
            second = Partials.of(
                at_hz * 2 ** (self.doubled_cents / 1200), level * 0.4, decay, 0.0, -pan, 1.0, width
            )
            whole = whole.joined(second)
        click = _click(
            pitch, sample_rate, self.click_hz * (0.5 + hardness), self.click_db + self.level_db
        )
        tone = ringing(whole, sample_rate, self.release_s, self.level_db, click)
        return replace(tone, tremolo=self.tremolo)


def ringing(
    partials: Partials,
    sample_rate: int,
    release_s: float,
    level_db: float,
    burst: NDArray[np.float32],
) -> Tone:
    """A tone of these partials at the common loudness, `level_db` above it."""
    heard = partials.below(min(HIGHEST * sample_rate, 16000.0))
    scale = LOUDNESS * 10 ** (level_db / 20) / max(heard.loudness(), 1e-9)
    return Tone(sample_rate, heard.modes(scale), release_s, onset_s=0.0015, burst=burst)


def _click(pitch: int, sample_rate: int, high_hz: float, level_db: float) -> NDArray[np.float32]:
    count = int(0.06 * sample_rate)
    hiss = noise(count, 300.0, min(high_hz, 0.4 * sample_rate), sample_rate, (29, pitch))
    size = np.float32(LOUDNESS * 10 ** (level_db / 20))
    return hiss * (faded(count, sample_rate, 0.0003, 0.008) * size)
