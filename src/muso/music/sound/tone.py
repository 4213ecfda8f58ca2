"""One note as an instrument gives it, from the moment it is struck or blown and without end."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from muso.music.sound.modes import Modes

LOUDNESS = 0.056
"""Weighted RMS of a note at full velocity (-25 dB): eight at once still leave room to the limit."""
LOUDNESS_WINDOW_S = 0.2
"""About how long the ear takes to judge how loud a short sound is."""
PEAKED = 4.0
"""How many times larger a note may start than its RMS over that time."""
HIGHEST = 0.45
"""Highest frequency made, as a part of the sample rate."""
FAINTEST = 10 ** (-70 / 20)
"""Level of the faintest partial that is made, against the strongest."""
INAUDIBLE = 10 ** (-70 / 20)
"""Part of a note's largest amplitude at which it is taken to have died away."""


LOOP = 2**16
"""Samples of a noise that goes on before it comes round (1.5 s)."""


@dataclass(frozen=True)
class Vibrato:
    """A pitch that swings by `cents` either way, `rate_hz` times a second, from `delay_s` on."""

    cents: float
    rate_hz: float
    delay_s: float


@dataclass(frozen=True)
class Tremolo:
    """A loudness that swings `rate_hz` times a second down by `depth` (0…1), and side to side."""

    rate_hz: float
    depth: float


@dataclass(frozen=True, eq=False)
class Partials:
    """The plan of a tone: arrays shaped `(mode,)`.

    Attributes:
        frequency_hz: where it sounds.
        level: amplitude, linear; only ratios matter, since tones are made equally loud.
        decay_per_s: rate of decay.
        bloom_s: time it takes to come up to level, 0 for at once.
        pan: -1 (left) … 1 (right).
        phase: radians from a sine.
        width: radians by which left and right differ in phase.
    """

    frequency_hz: NDArray[np.float64]
    level: NDArray[np.float64]
    decay_per_s: NDArray[np.float64]
    bloom_s: NDArray[np.float64]
    pan: NDArray[np.float64]
    phase: NDArray[np.float64]
    width: NDArray[np.float64]

    @classmethod
    def of(
        cls,
        frequency_hz: NDArray[np.float64],
        level: NDArray[np.float64],
        decay_per_s: object = 0.0,
        bloom_s: object = 0.0,
        pan: object = 0.0,
        phase: object = 0.0,
        width: object = 0.0,
    ) -> Partials:
        """Partials from arrays or single values."""
        rest = (decay_per_s, bloom_s, pan, phase, width)
        columns = [np.broadcast_to(np.asarray(v, float), frequency_hz.shape) for v in rest]
        return cls(frequency_hz, level, *columns)

    def joined(self, other: Partials) -> Partials:
        """Both at once."""
        mine, theirs = vars(self), vars(other)
        return Partials(**{name: np.concatenate([mine[name], theirs[name]]) for name in mine})

    def below(self, highest_hz: float) -> Partials:
        """Without what lies outside 16 Hz … `highest_hz`, or is too soft to be heard beside it."""
        keep = (self.frequency_hz < highest_hz) & (self.frequency_hz > 16.0)
        keep &= self.level > FAINTEST * np.max(self.level, where=keep, initial=0.0)
        return Partials(**{name: column[keep] for name, column in vars(self).items()})

    def loudness(self) -> float:
        """Weighted RMS of the first fifth of a second.

        Of what comes up slowly, the loudest fifth within two seconds. What is over sooner counts
        as if it weren't, beyond `PEAKED`, or it would be made to start with a bang.
        """
        if not len(self.level):
            return 0.0
        windows = 10 if self.bloom_s.max() > 0.02 else 1
        time_s = (np.arange(windows * 8) + 0.5)[:, None] * (LOUDNESS_WINDOW_S / 8)
        rise = 1.0 - np.exp(-time_s / np.maximum(self.bloom_s, 1e-4))
        shape = self.level * weight(self.frequency_hz) * np.exp(-self.decay_per_s * time_s) * rise
        power = (shape**2).sum(axis=1).reshape(windows, 8).mean(axis=1) / 2
        at_once = float(np.sqrt((self.level**2).sum() / 2)) if windows == 1 else 0.0
        return max(float(np.sqrt(power.max())), at_once / PEAKED)

    def modes(self, scale: float) -> Modes:
        """The modes that sound like this, `scale` times as large, in two channels.

        What comes up slowly is the difference of two modes of one frequency.
        """
        angle = (np.clip(self.pan, -1.0, 1.0) + 1.0) * (np.pi / 4)
        turn = self.phase - np.pi / 2
        left = np.cos(angle) * np.exp(1j * (turn - self.width / 2))
        right = np.sin(angle) * np.exp(1j * (turn + self.width / 2))
        size = np.stack([left, right]) * (np.sqrt(2.0) * scale * self.level)
        slow = self.bloom_s > 0
        quicker = self.decay_per_s[slow] + 1.0 / self.bloom_s[slow]
        return Modes(
            np.concatenate([self.frequency_hz, self.frequency_hz[slow]]),
            np.concatenate([self.decay_per_s, quicker]),
            np.concatenate([size, -size[:, slow]], axis=1),
        )


def weight(frequency_hz: NDArray[np.float64]) -> NDArray[np.float64]:
    """How strongly the ear takes each frequency of music that is played loud.

    The B curve of IEC 60651, flattened: in full it would make the lowest notes too strong.

    >>> weight(np.array([50.0, 1000.0])).round(2).tolist()
    [0.45, 1.0]
    """
    f2 = np.square(frequency_hz)
    curve = 12194.0**2 * f2 * frequency_hz
    curve = curve / ((f2 + 20.6**2) * np.sqrt(f2 + 158.5**2) * (f2 + 12194.0**2))
    return np.asarray((curve * 1.0197) ** 0.6, np.float64)


NOTHING = np.zeros((2, 0), np.float32)


@dataclass(frozen=True, eq=False)
class Tone:
    """One note, endless, shaped by nothing but its own nature.

    Attributes:
        sample_rate: samples a second.
        modes: its sinusoids.
        release_s: from letting go to silence.
        attack_s: time constant with which the whole comes up, 0 for at once.
        onset_s: the first moment, faded in so that nothing clicks.
        burst: `(channel, sample)` noise of its start.
        loop: `(channel, sample)` noise that goes on, joined end to start.
        loop_level: RMS of that noise.
        vibrato: how its pitch swings.
        tremolo: how its loudness swings.
    """

    sample_rate: int
    modes: Modes
    release_s: float
    attack_s: float = 0.0
    onset_s: float = 0.002
    burst: NDArray[np.float32] = field(default_factory=lambda: NOTHING)
    loop: NDArray[np.float32] = field(default_factory=lambda: NOTHING)
    loop_level: float = 0.0
    vibrato: Vibrato | None = None
    tremolo: Tremolo | None = None

    @cached_property
    def ring_s(self) -> float:
        """When the tone has died away on its own; infinite if it never does."""
        burst_s = self.burst.shape[1] / self.sample_rate
        if self.loop.shape[1]:
            return float("inf")
        size = np.abs(self.modes.amplitude).max(axis=0, initial=0.0)
        heard = size > size.max(initial=0.0) * INAUDIBLE
        size, decay_per_s = size[heard], self.modes.decay_per_s[heard]
        if not decay_per_s.all():
            return float("inf")
        lasts_s = np.log(size / (size.max(initial=0.0) * INAUDIBLE)) / decay_per_s
        return float(max(lasts_s.max(initial=0.0), burst_s))

    def sound(self, start: int, count: int) -> NDArray[np.float32]:
        """The samples `start` … `start + count - 1` from its beginning, `(channel, sample)`."""
        samples = self._modes_sound(start, count)
        if self.loop.shape[1]:
            at = np.arange(start, start + count) % self.loop.shape[1]
            samples = samples + np.float32(self.loop_level) * self.loop[:, at]
        if self.tremolo is not None:
            time_s = np.arange(start, start + count) / self.sample_rate
            turn = 2 * np.pi * self.tremolo.rate_hz * time_s + np.array([[0.0], [1.0]])
            swing = 1.0 - self.tremolo.depth * (0.5 - 0.5 * np.cos(turn))
            samples = samples * swing.astype(np.float32)
        risen = self._until(12 * self.attack_s, start, count)
        if len(risen):
            samples[:, : len(risen)] *= -np.expm1(-risen / self.attack_s)
        part = self.burst[:, start : start + count]
        samples[:, : part.shape[1]] += part
        faded_in = self._until(self.onset_s, start, count)
        samples[:, : len(faded_in)] *= 0.5 - 0.5 * np.cos(np.pi * faded_in / self.onset_s)
        return samples

    def _until(self, end_s: float, start: int, count: int) -> NDArray[np.float32]:
        """The times in s of those samples that come before `end_s`."""
        last = min(max(int(end_s * self.sample_rate), start), start + count)
        return (np.arange(start, last) / self.sample_rate).astype(np.float32)

    def _modes_sound(self, start: int, count: int) -> NDArray[np.float32]:
        if self.vibrato is None:
            return self.modes.sound(start, count, self.sample_rate)
        time_s = np.arange(start, start + count) / self.sample_rate
        swing = self.vibrato
        turn = 2 * np.pi * swing.rate_hz
        depth_s = swing.cents / 1200 * np.log(2.0) / turn
        grown = np.clip((time_s - swing.delay_s) / 0.4, 0.0, 1.0)
        shift = depth_s * grown * (1.0 - np.cos(turn * (time_s - swing.delay_s)))
        reach = int(2 * depth_s * self.sample_rate) + 4
        source = self.modes.sound(start - 2, count + reach + 4, self.sample_rate)
        return interpolated(source, np.arange(count) + shift * self.sample_rate + 2)


def interpolated(
    samples: NDArray[np.float32], position: NDArray[np.float64]
) -> NDArray[np.float32]:
    """`samples`, `(channel, sample)`, read at fractional positions from 1 to two before the end.

    Source: Catmull and Rom 1974, a cubic through four neighbours.

    >>> interpolated(np.arange(8, dtype=np.float32)[None], np.array([2.0, 3.25])).tolist()
    [[2.0, 3.25]]
    """
    whole = position.astype(np.int64)
    x = (position - whole).astype(np.float32)
    a, b, c, d = (samples[:, whole + k] for k in (-1, 0, 1, 2))
    return np.asarray(
        b + 0.5 * x * (c - a + x * (2 * a - 5 * b + 4 * c - d + x * (3 * (b - c) + d - a))),
        np.float32,
    )


class Voice(Protocol):
    """An instrument: gives the tone of any key."""

    def tone(self, pitch: int, hardness: float, sample_rate: int) -> Tone:
        """The tone of `pitch` (MIDI, 0…127) struck or blown with `hardness` 0…1."""
        ...


def equal_hz(pitch: float) -> float:
    """The frequency of a key in equal temperament, A4 (69) at 440 Hz.

    >>> equal_hz(57)
    220.0
    """
    return float(440.0 * 2.0 ** ((pitch - 69) / 12))


@lru_cache(maxsize=96)
def noise(
    count: int, low_hz: float, high_hz: float, sample_rate: int, seed: tuple[int, ...]
) -> NDArray[np.float32]:
    """`(2, count)` noise of RMS 1 between two frequencies, whose end joins its start.

    Its edges fall by 12 dB an octave. Drawn as a spectrum of random phases, so it loops.
    """
    rng = np.random.default_rng(seed)
    frequency = np.fft.rfftfreq(count, 1 / sample_rate)
    frequency[0] = frequency[min(1, len(frequency) - 1)]
    size = 1.0 / (1.0 + (low_hz / frequency) ** 2) / (1.0 + (frequency / high_hz) ** 2)
    size[0] = 0.0
    phase = rng.uniform(0.0, 2 * np.pi, (2, len(size)))
    samples = np.fft.irfft(size * np.exp(1j * phase), count)
    noise = np.asarray(samples / np.sqrt(np.mean(samples**2) + 1e-30), np.float32)
    noise.flags.writeable = False
    return noise


@lru_cache(maxsize=256)
def faded(count: int, sample_rate: int, rise_s: float, fall_s: float) -> NDArray[np.float32]:
    """`(count,)` an envelope that rises, falls exponentially and reaches 0 at its end."""
    time_s = np.arange(count) / sample_rate
    shape = np.exp(-time_s / fall_s) * np.minimum((count - np.arange(count)) / (0.3 * count), 1.0)
    envelope = np.asarray(shape * -np.expm1(-time_s / rise_s), np.float32)
    envelope.flags.writeable = False
    return envelope
