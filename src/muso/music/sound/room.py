"""A small room: early echoes and a short tail, by FFT convolution block by block.

Source: Moorer 1979, "About this reverberation business": the tail of a good room is noise that
decays, the highs sooner.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

WET = 0.2
"""Amplitude of the room against what is played in it."""
LENGTH_S = 1.3
BANDS_HZ = (125.0, 500.0, 2000.0, 5000.0, 12000.0)
DECAY_S = (1.1, 1.15, 0.9, 0.6, 0.3)
"""Time to fall by 60 dB at each of these."""
ECHOES = (
    (0.0081, 0.50, 0.32), (0.0113, 0.30, 0.46), (0.0157, 0.40, 0.22), (0.0191, 0.20, 0.38),
    (0.0233, 0.30, 0.26), (0.0287, 0.24, 0.30), (0.0341, 0.26, 0.16), (0.0413, 0.14, 0.24),
)  # fmt: skip
"""(s, left, right) of each early echo."""


def response(sample_rate: int) -> NDArray[np.float32]:
    """The room's answer to a click, `(channel, sample)`."""
    count = int(LENGTH_S * sample_rate)
    rng = np.random.default_rng(59)
    time_s = np.arange(count) / sample_rate
    frequency = np.fft.rfftfreq(count, 1 / sample_rate)
    tail = np.zeros((2, count))
    spectrum = np.fft.rfft(rng.standard_normal((2, count)))
    # Nothing of a room this size is left below its lowest mode.
    spectrum *= frequency**2 / (frequency**2 + 80.0**2)
    # Bands that pass into one another, as straight lines over octaves.
    octave, centres = np.log2(np.maximum(frequency, 1.0)), np.log2(BANDS_HZ)
    for band, decay_s in enumerate(DECAY_S):
        share = np.interp(octave, centres, np.eye(len(DECAY_S))[band])
        tail += np.fft.irfft(spectrum * share, count) * np.exp(-6.9 * time_s / decay_s)
    tail *= -np.expm1(-np.maximum(time_s - 0.006, 0.0) / 0.012)
    tail *= np.minimum((LENGTH_S - time_s) / (0.3 * LENGTH_S), 1.0)
    tail *= 0.9 / np.sqrt((tail**2).sum(axis=1, keepdims=True))
    for at_s, left, right in ECHOES:
        tail[:, int(at_s * sample_rate)] += (0.6 * left, 0.6 * right)
    return np.asarray(WET * tail, np.float32)


def in_room(
    blocks: Iterator[NDArray[np.float32]], sample_rate: int
) -> Iterator[NDArray[np.float32]]:
    """`blocks`, `(channel, sample)`, with the room around them; its tail follows as one more."""
    answer = response(sample_rate)
    ring = np.zeros((2, 0), np.float32)
    size = 0
    for block in blocks:
        count = block.shape[1]
        needed = 1 << (count + answer.shape[1] - 1).bit_length()
        if needed > size:
            size = needed
            spectrum = np.fft.rfft(answer, size)
        # Each ear hears the far side too, a little.
        source = 0.85 * block + 0.15 * block[::-1]
        heard = np.fft.irfft(np.fft.rfft(source, size) * spectrum, size)
        wet = heard[:, : count + answer.shape[1] - 1].astype(np.float32)
        wet[:, : ring.shape[1]] += ring[:, : wet.shape[1]]
        ring = wet[:, count:]
        yield block + wet[:, :count]
    if ring.shape[1]:
        yield ring
