"""Whatever sounds for as long as it is held: bowed, blown, sung, pressed and synthesised."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from muso.music.sound.struck import Formant, body
from muso.music.sound.tone import (
    HIGHEST,
    LOOP,
    LOUDNESS,
    NOTHING,
    Partials,
    Tone,
    Tremolo,
    Vibrato,
    equal_hz,
    faded,
    noise,
)

MOST_PARTIALS = 40


@dataclass(frozen=True)
class Sustained:
    """A harmonic tone with a source, a body, players and breath.

    A source's spectrum falls by `tilt_db` an octave and, past `reach_hz`, more and more; the
    body's formants stand still as the pitch moves; `players` sound slightly apart.

    Attributes:
        tilt_db: fall of the harmonics an octave.
        reach_hz: where the steeper fall begins at middle C and medium strength.
        keeps: exponent by which `reach_hz` follows pitch, 0 for not at all.
        even_db: level of the even harmonics against the odd ones (a closed pipe's are weak).
        ranks: (ratio, level) of each set of pipes or oscillators.
        formants: the body's resonances.
        players: (cents, pan) of each player.
        attack_s: time constant of the rise.
        bloom: how many times slower the highs come than the lows, 0 for together.
        vibrato: how pitch swings.
        tremolo: how loudness swings.
        breath_db: noise against the tone, None for none.
        breath_hz: its band, where it stands at middle C; it follows pitch half way.
        decay_s: time to fall by 60 dB while held, 0 for never.
        softer_db: what the softest touch takes from each octave above the first harmonic.
        chiff_db: noise of the first moment, None for none.
        release_s: from letting go to silence.
        level_db: against other instruments.
    """

    tilt_db: float = 6.0
    reach_hz: float = 2500.0
    keeps: float = 0.3
    even_db: float = 0.0
    ranks: tuple[tuple[float, float], ...] = ((1.0, 1.0),)
    formants: tuple[Formant, ...] = ()
    players: tuple[tuple[float, float], ...] = ((0.0, 0.0),)
    attack_s: float = 0.02
    bloom: float = 0.0
    vibrato: Vibrato | None = None
    tremolo: Tremolo | None = None
    breath_db: float | None = None
    breath_hz: tuple[float, float] = (800.0, 5000.0)
    decay_s: float = 0.0
    softer_db: float = 3.0
    chiff_db: float | None = None
    release_s: float = 0.15
    level_db: float = 0.0

    def tone(self, pitch: int, hardness: float, sample_rate: int) -> Tone:
        """The tone of a key, blown or bowed with `hardness` 0…1."""
        heard = self._partials(pitch, hardness).below(min(HIGHEST * sample_rate, 14000.0))
        level = LOUDNESS * 10 ** (self.level_db / 20)
        swing = self.vibrato
        if swing is not None:
            # Each key swings at a rate of its own, or a chord would wobble as one.
            rate_hz = swing.rate_hz * (1 + 0.06 * np.sin(pitch * 2.4))
            swing = Vibrato(swing.cents, rate_hz, swing.delay_s)
        return Tone(
            sample_rate=sample_rate,
            modes=heard.modes(level / max(heard.loudness(), 1e-9)),
            release_s=self.release_s,
            attack_s=0.0 if self.bloom else self.attack_s,
            onset_s=0.003,
            burst=self._chiff(pitch, level, sample_rate),
            loop=self._breath(pitch, sample_rate),
            loop_level=level * 10 ** ((self.breath_db or 0.0) / 20),
            vibrato=swing,
            tremolo=self.tremolo,
        )

    def _partials(self, pitch: int, hardness: float) -> Partials:
        rng = np.random.default_rng((31, pitch))
        harmonics = np.arange(1, MOST_PARTIALS + 1, dtype=np.float64)
        octaves = np.log2(harmonics)
        reach_hz = self.reach_hz * 2 ** ((pitch - 60) / 12 * self.keeps) * (0.5 + hardness)
        source_db = -(self.tilt_db + self.softer_db * (0.5 - hardness)) * octaves
        source_db = source_db + np.where(harmonics % 2 == 0, self.even_db, 0.0)
        parts: list[Partials] = []
        for cents, pan in self.players:
            for ratio, share in self.ranks:
                at_hz = equal_hz(pitch) * ratio * harmonics * 2 ** (cents / 1200)
                fall_db = source_db - 9.0 * np.log2(1 + (at_hz / reach_hz) ** 2)
                level = share * 10 ** (fall_db / 20) * body(at_hz, self.formants)
                bloom = self.attack_s * (1 + self.bloom * octaves / 3) if self.bloom else 0.0
                phase = rng.uniform(-np.pi, np.pi, len(harmonics))
                width = rng.normal(0.0, 0.25, len(harmonics)) * np.minimum(at_hz / 800.0, 1.0)
                decay = 6.9 / self.decay_s if self.decay_s else 0.0
                parts.append(Partials.of(at_hz, level, decay, bloom, pan, phase, width))
        whole = parts[0]
        for part in parts[1:]:
            whole = whole.joined(part)
        return whole

    def _breath(self, pitch: int, sample_rate: int) -> NDArray[np.float32]:
        if self.breath_db is None:
            return NOTHING
        follow = 2 ** ((pitch - 60) / 24)
        low_hz, high_hz = (min(hz * follow, 0.4 * sample_rate) for hz in self.breath_hz)
        return noise(LOOP, low_hz, high_hz, sample_rate, (37, pitch))

    def _chiff(self, pitch: int, level: float, sample_rate: int) -> NDArray[np.float32]:
        if self.chiff_db is None:
            return NOTHING
        count = int(0.09 * sample_rate)
        low_hz = min(equal_hz(pitch) * 3, 0.2 * sample_rate)
        hiss = noise(count, low_hz, 2 * low_hz, sample_rate, (41, pitch))
        size = np.float32(level * 10 ** (self.chiff_db / 20))
        return hiss * (faded(count, sample_rate, 0.003, 0.018) * size)
