"""Notes made once and kept: a piece strikes few keys, and those many times."""

from __future__ import annotations

from collections import OrderedDict

import numpy as np
from numpy.typing import NDArray

from muso.music.sound.strokes import LAYERS
from muso.music.sound.tone import Tone
from muso.music.sound.voices import VOICES

STRETCH = 16384
"""Samples made at a time: a note played short is never made long."""
MOST_STRETCHES = 1536
"""128 KiB each: 192 MiB in all."""
MOST_TONES = 192

Struck = tuple[int, int, int]
"""(voice, pitch, layer)."""


class Notes:
    """The sound of every note, made when first asked for; the least recently used are forgotten."""

    def __init__(self, sample_rate: int) -> None:
        self._sample_rate = sample_rate
        self._lasts: dict[Struck, tuple[float, float]] = {}
        self._tones: OrderedDict[Struck, Tone] = OrderedDict()
        self._stretches: OrderedDict[tuple[Struck, int], NDArray[np.float32]] = OrderedDict()

    def lasts_s(self, struck: Struck) -> tuple[float, float]:
        """How long a note rings by itself, and how long once it is let go."""
        if struck not in self._lasts:
            tone = self._tone(struck)
            self._lasts[struck] = (tone.ring_s, tone.release_s)
        return self._lasts[struck]

    def _tone(self, struck: Struck) -> Tone:
        tone = self._tones.get(struck)
        if tone is None:
            voice, pitch, layer = struck
            tone = VOICES[voice].tone(pitch, (layer + 0.5) / LAYERS, self._sample_rate)
            self._tones[struck] = tone
            if len(self._tones) > MOST_TONES:
                self._tones.popitem(last=False)
        else:
            self._tones.move_to_end(struck)
        return tone

    def stretch(self, struck: Struck, number: int) -> NDArray[np.float32]:
        """Samples `number * STRETCH` … of a note, `(channel, STRETCH)`; not to be written to."""
        key = (struck, number)
        samples = self._stretches.get(key)
        if samples is None:
            samples = self._tone(struck).sound(number * STRETCH, STRETCH)
            self._stretches[key] = samples
            if len(self._stretches) > MOST_STRETCHES:
                self._stretches.popitem(last=False)
        else:
            self._stretches.move_to_end(key)
        return samples

    def add(
        self, struck: Struck, start: int, gain: NDArray[np.float32], out: NDArray[np.float32]
    ) -> None:
        """Add to `out`, `(channel, sample)`, the note from its sample `start` on, times `gain`.

        `gain` is `(sample,)`, or `(1,)` for the same throughout.
        """
        done, count = 0, out.shape[1]
        while done < count:
            number, within = divmod(start + done, STRETCH)
            part = min(STRETCH - within, count - done)
            samples = self.stretch(struck, number)[:, within : within + part]
            level = gain if len(gain) == 1 else gain[done : done + part]
            out[:, done : done + part] += samples * level
            done += part

    def window(self, struck: Struck, start: int, count: int) -> NDArray[np.float32]:
        """The note's samples `start` … , silence before its beginning, `(channel, count)`."""
        out = np.zeros((2, count), np.float32)
        skipped = min(max(-start, 0), count)
        if skipped < count:
            self.add(struck, start + skipped, np.ones(1, np.float32), out[:, skipped:])
        return out
