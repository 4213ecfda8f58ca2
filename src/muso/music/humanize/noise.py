"""Noise that drifts and returns."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SLOWEST_EVENTS = 128
"""Longest period of the noise: what drifts comes back within so many events."""


def pink_noise(count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """`(event,)` 1/f noise of expected mean 0 and variance 1.

    Its power falls as 1/f down to one cycle in `SLOWEST_EVENTS` and is flat below, so that a long
    piece strays no further than a short one.

    Source: deviations of human rhythm have a spectrum of 1/f with exponents of 0.2…1.3: H. Hennig
    et al., The Nature and Perception of Fluctuations in Human Musical Rhythms, PLoS ONE 6(10),
    2011.

    >>> import numpy as np
    >>> noise = pink_noise(4096, np.random.default_rng(0))
    >>> bool(np.corrcoef(noise[1:], noise[:-1])[0, 1] > 0.5)
    True
    """
    # The Fourier series repeats: a spare stretch keeps the last event from following the first.
    length = count + SLOWEST_EVENTS
    length += length % 2
    frequency = np.fft.rfftfreq(length)
    size = np.maximum(frequency, 1 / SLOWEST_EVENTS) ** -0.5
    spectrum = size * (rng.standard_normal(len(size)) + 1j * rng.standard_normal(len(size)))
    # The first and last bin of a real signal have no imaginary part; the others count twice.
    variance = (4 * np.sum(size**2) - 3 * (size[0] ** 2 + size[-1] ** 2)) / length**2
    noise = np.fft.irfft(spectrum, length)[:count] / np.sqrt(variance)
    return np.asarray(noise, np.float64)
