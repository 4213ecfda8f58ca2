"""Sums of decaying sinusoids: what every string, bar, pipe and membrane here is made of.

A decaying sinusoid is a power of one complex number, and `z**(128*row + column)` is the product
of a row's power and a column's. So a stretch of any number of modes is one matrix product,
hundreds of times faster than a sine a sample (modal synthesis: Adrien 1991, "The missing link").
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

COLUMNS = 128

SILENCE = 3e-5
"""A mode whose amplitude has fallen below this (-90 dB at full velocity) is left out."""


@dataclass(frozen=True, eq=False)
class Modes:
    """Sinusoids that start together and decay, each at its own rate.

    Attributes:
        frequency_hz: `(mode,)`.
        decay_per_s: `(mode,)` rate of the exponential decay, at least 0 (0 rings for ever).
        amplitude: `(channel, mode)` complex: size and phase at the start (real is a cosine).
    """

    frequency_hz: NDArray[np.float64]
    decay_per_s: NDArray[np.float64]
    amplitude: NDArray[np.complex128]

    def sound(self, start: int, count: int, sample_rate: int) -> NDArray[np.float32]:
        """The samples `start` … `start + count - 1`, shaped `(channel, sample)`.

        >>> one = Modes(np.array([100.0]), np.array([0.0]), np.array([[1.0 + 0j]]))
        >>> one.sound(0, 5, 400).round(3).tolist()
        [[1.0, 0.0, -1.0, -0.0, 1.0]]
        """
        channels = len(self.amplitude)
        step = (-self.decay_per_s + 2j * np.pi * self.frequency_hz) / sample_rate
        first = self.amplitude * np.exp(step * start)
        heard = np.abs(first).max(axis=0, initial=0.0) > SILENCE
        if not heard.any():
            return np.zeros((channels, count), np.float32)
        step, first = step[heard], first[:, heard]
        # Seen as pairs of floats, the dot product of one number and the other's conjugate is
        # the real part of their product.
        down = _powers(first, step * COLUMNS, -(-count // COLUMNS)).view(np.float32)
        across = _powers(np.ones_like(first[:1]), step.conj(), COLUMNS).view(np.float32)
        samples: NDArray[np.float32] = down.reshape(-1, 2 * len(step)) @ across[0].T
        return samples.reshape(channels, -1)[:, :count]


def _powers(
    first: NDArray[np.complex128], step: NDArray[np.complex128], count: int
) -> NDArray[np.complex64]:
    """`first * exp(step * k)` for k below `count`, shaped `(channel, k, mode)`, by doubling."""
    powers = np.empty((len(first), count, len(step)), np.complex64)
    powers[:, 0] = first
    done = 1
    while done < count:
        more = min(done, count - done)
        factor = np.exp(step * done).astype(np.complex64)
        np.multiply(powers[:, :more], factor, out=powers[:, done : done + more])
        done += more
    return powers
