"""Strokes and noises: skins whose pitch falls, bands of hiss, clusters of metal, moving air."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from muso.music.sound.modes import Modes
from muso.music.sound.tone import LOOP, LOUDNESS, Tone, Tremolo, noise, weight

Skin = tuple[float, float, float, float, float]
"""(Hz, dB, ring s, bend, bend s): it starts at `Hz * (1 + bend)` and falls to `Hz`."""

Hiss = tuple[float, float, float, float]
"""(low Hz, high Hz, dB, ring s)."""

Metal = tuple[float, float, int, float, float]
"""(low Hz, high Hz, modes, dB, ring s): modes at random places between the two."""


PEAKED = 10.0
"""How many times larger the peak of a stroke may be than the common loudness."""


@dataclass(frozen=True)
class Beat:
    """One stroke on something without a lasting pitch.

    Attributes:
        skins, hisses, metals: what it is made of.
        at_s: when the hisses strike (hands clap more than once).
        rise_s: how long the hisses take to come up.
        pan: -1 (left) … 1 (right).
        follows: whether it is tuned by the key, with middle C as written here.
        level_db: against other instruments.
    """

    skins: tuple[Skin, ...] = ()
    hisses: tuple[Hiss, ...] = ()
    metals: tuple[Metal, ...] = ()
    at_s: tuple[float, ...] = (0.0,)
    rise_s: float = 0.0005
    pan: float = 0.0
    follows: bool = False
    level_db: float = 0.0

    def tone(self, pitch: int, hardness: float, sample_rate: int) -> Tone:
        """The sound of one stroke with `hardness` 0…1."""
        ratio = 2 ** ((pitch - 60) / 12) if self.follows else 1.0
        rings = [s[2] for s in self.skins] + [m[4] for m in self.metals]
        rings += [h[3] + max(self.at_s) + 3 * self.rise_s for h in self.hisses]
        # A length of many small factors, which an FFT likes.
        count = -(-int(max(rings) * 1.1 * sample_rate) // 512) * 512
        sound = np.zeros((2, count))
        for skin in self.skins:
            sound += _skin(skin, ratio, count, sample_rate)
        for number, hiss in enumerate(self.hisses):
            # A harder stroke is a brighter one.
            bright = ratio * (0.7 + 0.5 * hardness)
            seed = (43, number, int(hiss[0]))
            part = _hiss(hiss, bright, self.rise_s, count, sample_rate, seed)
            for at_s in self.at_s:
                start = int(at_s * sample_rate)
                sound[:, start:] += part[:, : count - start]
        for metal in self.metals:
            sound += _metal(metal, ratio, count, sample_rate)
        # What is left at the end is 60 dB down; the last tenth takes it to nothing.
        sound *= np.minimum((count - np.arange(count)) / (0.1 * count), 1.0)
        angle = (self.pan + 1.0) * (np.pi / 4)
        sound *= np.sqrt(2.0) * np.array([[np.cos(angle)], [np.sin(angle)]])
        sound *= LOUDNESS * 10 ** (self.level_db / 20) / max(_loudness(sound, sample_rate), 1e-9)
        empty = Modes(np.zeros(0), np.zeros(0), np.zeros((2, 0), np.complex128))
        return Tone(
            sample_rate, empty, count / sample_rate, onset_s=0.0004, burst=sound.astype(np.float32)
        )


@dataclass(frozen=True)
class Air:
    """A noise that goes on while its key is held: surf, rotor, crowd, breath."""

    low_hz: float
    high_hz: float
    swing: tuple[float, float] = (0.0, 0.0)
    rise_s: float = 0.1
    release_s: float = 0.4
    level_db: float = 0.0

    def tone(self, pitch: int, hardness: float, sample_rate: int) -> Tone:
        """The noise; a key an octave up moves it half an octave."""
        ratio = 2 ** ((pitch - 60) / 24) * (0.8 + 0.4 * hardness)
        low_hz, high_hz = (min(f * ratio, 0.4 * sample_rate) for f in (self.low_hz, self.high_hz))
        return Tone(
            sample_rate,
            Modes(np.zeros(0), np.zeros(0), np.zeros((2, 0), np.complex128)),
            self.release_s,
            attack_s=self.rise_s,
            loop=noise(LOOP, low_hz, high_hz, sample_rate, (47, pitch)),
            loop_level=LOUDNESS * 10 ** (self.level_db / 20),
            tremolo=Tremolo(*self.swing) if self.swing[1] else None,
        )


def _skin(skin: Skin, ratio: float, count: int, sample_rate: int) -> NDArray[np.float64]:
    hz, level_db, ring_s, bend, bend_s = skin
    time_s = np.arange(count) / sample_rate
    turns = hz * ratio * (time_s - bend * bend_s * np.expm1(-time_s / bend_s))
    size = 10 ** (level_db / 20) * np.exp(-6.9 * time_s / ring_s)
    return np.asarray(size * np.sin(2 * np.pi * turns), np.float64)


def _hiss(
    hiss: Hiss, ratio: float, rise_s: float, count: int, sample_rate: int, seed: tuple[int, ...]
) -> NDArray[np.float64]:
    low_hz, high_hz, level_db, ring_s = hiss
    top_hz = 0.45 * sample_rate
    part = noise(
        count, min(low_hz * ratio, top_hz), min(high_hz * ratio, top_hz), sample_rate, seed
    )
    time_s = np.arange(count) / sample_rate
    shape = np.exp(-6.9 * time_s / ring_s) * -np.expm1(-time_s / rise_s)
    return np.asarray(part * (shape * 10 ** (level_db / 20)), np.float64)


def _metal(metal: Metal, ratio: float, count: int, sample_rate: int) -> NDArray[np.float32]:
    low_hz, high_hz, number, level_db, ring_s = metal
    rng = np.random.default_rng((53, number, int(low_hz)))
    at_hz = ratio * np.exp(rng.uniform(np.log(low_hz), np.log(high_hz), number))
    at_hz = at_hz[at_hz < 0.45 * sample_rate]
    size = 10 ** (level_db / 20) / np.sqrt(number) * rng.uniform(0.3, 1.0, len(at_hz))
    turn = rng.uniform(0, 2 * np.pi, (2, len(at_hz)))
    decay = 6.9 / ring_s * (0.6 + 0.8 * at_hz / high_hz / ratio)
    return Modes(at_hz, decay, size * np.exp(1j * turn)).sound(0, count, sample_rate)


def _loudness(sound: NDArray[np.float64], sample_rate: int) -> float:
    """Weighted RMS of the loudest fifth of a second; of what is over sooner, its peak counts."""
    window = int(0.2 * sample_rate)
    count = sound.shape[1]
    spectrum = np.fft.rfft(sound) * weight(
        np.asarray(np.fft.rfftfreq(count, 1 / sample_rate), np.float64)
    )
    power = np.cumsum((np.fft.irfft(spectrum, count) ** 2).mean(axis=0))
    lag = np.concatenate([np.zeros(window), power])[:count]
    rms = float(np.sqrt((power - lag).max() / window))
    return max(rms, float(np.abs(sound).max()) / PEAKED)
