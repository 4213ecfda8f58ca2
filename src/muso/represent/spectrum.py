"""Sound as short-time spectra: what the views of clips share.

Everything here takes a clip, or a long file as one clip after another (`muso.music.clip.blocks`),
and never holds more than a block of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from muso.music.clip import Clip, mixed

Sound = Clip | Iterable[Clip]
"""A clip, or the blocks of one that follow each other."""

SAMPLE_RATE = 22_050
"""Hz at which every view listens, as the genre data sets are recorded."""

BLOCK = 2**18
"""Samples looked at in one go: 12 s, some MB with all that is computed of them."""

LEAST_POWER = 1e-10
RANGE_DB = 80.0

LINEAR_HZ = 200 / 3
"""Hz a mel below `LOG_FROM_HZ`; above, 27 mels are a factor of 6.4 (Slaney 1998)."""
LOG_FROM_HZ = 1000.0
LOG_STEP = np.log(6.4) / 27


def mono_blocks(sound: Sound, sample_rate: int = SAMPLE_RATE) -> Iterator[NDArray[np.float32]]:
    """All channels `mixed` at `sample_rate` in Hz, as blocks `(sample,)` that follow on.

    Resampled block by block the sound is the same as resampled whole.

    >>> clip = Clip(np.ones((2, 44_100), np.float32), 44_100)
    >>> sum(len(block) for block in mono_blocks([clip, clip]))
    44100
    """
    resampler = None
    for clip in [sound] if isinstance(sound, Clip) else sound:
        for at in range(0, clip.samples.shape[1], BLOCK):
            block = mixed(clip.samples[:, at : at + BLOCK])
            if clip.sample_rate != sample_rate:
                resampler = resampler or _resampler(clip.sample_rate, sample_rate)
                block = resampler.resample_chunk(block)
            if len(block):
                yield block
    if resampler is not None:
        rest = resampler.resample_chunk(np.zeros(0, np.float32), last=True)
        if len(rest):
            yield rest


def windows(
    blocks: Iterable[NDArray[np.float32]], length: int, hop: int
) -> Iterator[NDArray[np.float32]]:
    """Windows of `length` samples, `hop` apart, as read-only arrays `(window, sample)`.

    The first begins with the sound; what is too short for a window at the end is left out. A
    sound shorter than one window is repeated to fill it.

    >>> sound = [np.arange(4, dtype=np.float32), np.arange(4, 9, dtype=np.float32)]
    >>> [part.tolist() for part in windows(sound, 3, 2)]
    [[[0.0, 1.0, 2.0]], [[2.0, 3.0, 4.0], [4.0, 5.0, 6.0], [6.0, 7.0, 8.0]]]
    """
    held = np.zeros(0, np.float32)
    skip, some = 0, False  # a hop may be longer than a window
    for block in blocks:
        held = np.concatenate([held, block[skip:]])
        skip = max(skip - len(block), 0)
        count = max((len(held) - length) // hop + 1, 0)
        if count:
            some = True
            yield np.lib.stride_tricks.sliding_window_view(held, length)[::hop]
            skip += max(count * hop - len(held), 0)
            held = held[count * hop :]
    if not some:
        yield np.resize(held, (1, length))


@lru_cache
def hann(length: int) -> NDArray[np.float64]:
    """`(sample,)` a periodic Hann window."""
    return np.asarray(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length))


def magnitudes(parts: NDArray[np.float32]) -> NDArray[np.float32]:
    """`(…, bin)` magnitudes of the spectra of `parts` `(…, sample)` under a Hann window.

    The transform is of double precision: rounding in single precision would drown the quietest
    bins, which logarithms then show.
    """
    spectra = np.fft.rfft(parts * hann(parts.shape[-1]))
    return np.asarray(np.abs(spectra.astype(np.complex64)))


def bin_hz(bins: int, sample_rate: int = SAMPLE_RATE) -> NDArray[np.float64]:
    """`(bin,)` the frequency of each of `bins` bins, from 0 Hz to half the sample rate."""
    return np.linspace(0, sample_rate / 2, bins)


@lru_cache
def mel_filters(mels: int, bins: int, sample_rate: int = SAMPLE_RATE) -> NDArray[np.float32]:
    """`(mel, bin)` triangles evenly apart in mels, each of the same area.

    Source: M. Slaney, Auditory Toolbox, 1998.

    >>> mel_filters(40, 513).shape
    (40, 513)
    """
    top = LOG_FROM_HZ / LINEAR_HZ + np.log(sample_rate / 2 / LOG_FROM_HZ) / LOG_STEP
    mel = np.linspace(0, top, mels + 2)
    above = np.maximum(mel - LOG_FROM_HZ / LINEAR_HZ, 0)
    hz = np.where(above > 0, LOG_FROM_HZ * np.exp(LOG_STEP * above), LINEAR_HZ * mel)
    offset = hz[:, None] - bin_hz(bins, sample_rate)
    rise, fall = -offset[:-2] / np.diff(hz)[:-1, None], offset[2:] / np.diff(hz)[1:, None]
    triangles = np.maximum(0, np.minimum(rise, fall)).astype(np.float32)
    return np.asarray(triangles * (2 / (hz[2:] - hz[:-2]))[:, None], np.float32)


def decibels(
    power: NDArray[np.floating], range_db: float = RANGE_DB, axis: tuple[int, ...] | None = None
) -> NDArray[np.floating]:
    """Power in decibels, at most `range_db` below the loudest along `axis` (None: of all)."""
    level = 10 * np.log10(np.maximum(power, power.dtype.type(LEAST_POWER)))
    loudest = level.max(axis=axis, keepdims=True)
    return np.asarray(np.maximum(level, loudest - power.dtype.type(range_db)))


def spread(count: int, most: int) -> NDArray[np.int64]:
    """Indices of all of `count`, or of `most` of them evenly apart from first to last.

    >>> spread(3, 5).tolist(), spread(9, 3).tolist()
    ([0, 1, 2], [0, 4, 8])
    """
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(np.int64))


def blank_bands(
    values: NDArray[Any], most: tuple[int, int], blank: float, rng: np.random.Generator
) -> NDArray[Any]:
    """A copy of `values` `(row, column)` with two bands of rows and two of columns blanked.

    Args:
        values: of any kind.
        most: the widest band of rows, and of columns; 0 for none.
        blank: what stands there instead.
        rng: draws widths and places.

    Source: Park et al., "SpecAugment", 2019.
    """
    out = values.copy()
    for axis, widest in enumerate(most):
        for _ in range(2 if widest else 0):
            width = int(rng.integers(min(widest, out.shape[axis]) + 1))
            first = int(rng.integers(out.shape[axis] - width + 1))
            np.moveaxis(out, axis, 0)[first : first + width] = blank
    return out


def window_starts(count: int, length: int, most: int) -> NDArray[np.int64]:
    """Where windows of `length` begin among `count` columns: as many as fit, evenly apart.

    One window alone stands in the middle; of a piece shorter than it, at the start.

    >>> window_starts(100, 49, 9).tolist(), window_starts(501, 496, 9).tolist()
    ([0, 51], [2])
    """
    number = min(max(round(count / length), 1), most)
    room = max(count - length, 0)
    if number == 1:
        return np.array([room // 2])
    return np.linspace(0, room, number).astype(np.int64)


def window(values: NDArray[Any], first: int, length: int) -> NDArray[Any]:
    """The columns `[first, first + length)` of `values` `(row, column)`, repeated from the start
    where they end.

    >>> window(np.arange(3)[None], 1, 4).tolist()
    [[1, 2, 0, 1]]
    """
    return values[:, (first + np.arange(length)) % values.shape[1]]


def seconds(places: NDArray[np.int64], step_s: float) -> NDArray[np.float64]:
    """`(slice,)` seconds at `places` counted in steps of `step_s`."""
    return np.asarray(places * step_s, np.float64)


def _resampler(from_rate: int, to_rate: int) -> Any:
    import soxr

    return soxr.ResampleStream(from_rate, to_rate, 1)
