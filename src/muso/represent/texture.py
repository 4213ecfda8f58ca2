"""What a spectrogram is like over half a minute: levels, motion, rhythm and timbre as numbers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from muso.errors import UsageError
from muso.music.cover import Cover
from muso.represent.clip_view import ClipView
from muso.represent.picture import (
    CLIP_COLUMNS,
    Levels,
    mel_bands,
    read_picture,
    sounding_windows,
    window_seconds,
)
from muso.represent.picture_timbre import timbre_of
from muso.represent.spectrogram import standard
from muso.represent.spectrum import Sound
from muso.represent.timbre import CEPSTRUM, CONTRAST
from muso.represent.view import Slices, check_least

Values = NDArray[np.float32]

FINE, COARSE = 40, 24
"""Bands of mel frequency."""
LEVEL_SHARES, CHANGE_SHARES = (5, 25, 50, 75, 95), (10, 90, 97)
"""Percentiles."""
BEAT_SPAN, BEAT_STEP = 128, 46
BEATS = (1, 2, 3, 4, 6, 8, 11, 15, 20, 27, 36, 48, 65)
"""Of a span of 7.7 s: edges in steps of 0.13 Hz, up to 8.4."""
RIPPLE_SPAN, RIPPLE_STEP = 64, 24
RIPPLES = (0, 1, 2, 3, 4, 6, 8, 11, 15, 20, 26, 33)
RIPPLE_ROWS = slice(8, 33)
"""Of the spectrum over bands, the middle: ripples wider than three bands."""
SECOND = 17
"""Columns."""
GRAIN_BANDS, GRAIN = 64, (12, 8)
"""Bands, and the bands and columns of a patch of half a second."""
GRAIN_STEP, GRAIN_WAVES = (4, 3), (8, 6)
"""From patch to patch, and how many waves along bands and columns are looked for."""
GRAIN_REGIONS = 5
GRAIN_LEAST, GRAIN_QUIET = 0.3, 0.3
SMALL = 1e-3
VALUES = ("standard", "level")
USUAL = (110.0, 50.0)
"""Mean and deviation of the levels of a clip, about."""

FAMILIES = (
    "level", "change", "rhythm", "ripple", "motion", "timbre", "timbre_together", "timbre_course",
    *(f"grain_{region}" for region in range(GRAIN_REGIONS)),
)  # fmt: skip
WIDEST = COARSE * (len(BEATS) - 1)


@dataclass(frozen=True)
class Texture(ClipView):
    """Families of statistics of windows of 30 s spread over the piece, for a classical model.

    - level, change: percentiles of each band, and of how it changes from column to column.
    - rhythm: how strongly each band pulses, by rate of pulsing.
    - ripple: the two-dimensional spectrum of patches (Chi, Ru and Shamma 2005).
    - motion: which bands move together.
    - timbre: mean, deviation and change of the timbre of columns; what of it goes together; how
      it varies within seconds and from second to second.
    - grain: which small patterns patches hold, in five regions of frequency: waves along bands and
      columns, by their sign (in the manner of Coates, Lee and Ng 2011, with cosines for a
      dictionary).

    All but timbre are of windows brought to mean 0 and deviation 1, or of levels as they are
    drawn. A family is a row of the slice, filled up with zeros.

    Attributes:
        values: `standard` or `level`.
        most: the most windows a piece is cut into; they are spread evenly over what sounds.
    """

    name: ClassVar[str] = "texture"
    stand_ins: ClassVar[tuple[str, ...]] = ("cover",)

    values: str = "standard"
    most: int = 8

    def __post_init__(self) -> None:
        if self.values not in VALUES:
            raise UsageError(f"no values {self.values!r}; there are {', '.join(VALUES)}")
        check_least(self, {"most": 1})

    @property
    def shape(self) -> tuple[int, ...]:
        return len(FAMILIES), WIDEST

    def prepare(self, piece: Sound | Cover) -> Slices:
        levels = read_picture(piece)
        windows = sounding_windows(levels, CLIP_COLUMNS, self.most)
        values = [texture(levels[:, own], self.values) for own in windows]
        return Slices(np.stack(values), *window_seconds(windows))

    def cut(self, prepared: Slices) -> Slices:
        return prepared


def texture(levels: Levels, values: str = "standard") -> Values:
    """`(family, value)` of a window `(row, column)` of two spans of 7.7 s or more.

    >>> texture(np.zeros((129, 496), np.uint8)).shape
    (13, 288)
    """
    drawn = (levels - USUAL[0]) / USUAL[1]
    pixels = standard(levels) if values == "standard" else drawn.astype(np.float32)
    fine, coarse = mel_bands(FINE) @ pixels, mel_bands(COARSE) @ pixels
    frames = timbre_of(levels.T[None])[0]
    parts = (
        np.percentile(fine, LEVEL_SHARES, axis=1),
        np.percentile(np.diff(fine, axis=1), CHANGE_SHARES, axis=1),
        _rhythm(coarse),
        _ripple(fine),
        _together(np.diff(coarse, axis=1)),
        _summary(frames),
        np.cov(frames[:, : CEPSTRUM + CONTRAST].T)[np.triu_indices(CEPSTRUM + CONTRAST)],
        _course(frames),
        *_grain(mel_bands(GRAIN_BANDS) @ pixels),
    )
    out = np.zeros((len(FAMILIES), WIDEST), np.float32)
    for row, part in zip(out, parts, strict=True):
        row[: part.size] = part.ravel()
    return out


def _rhythm(bands: Values) -> Values:
    """`(rate, band)` logarithm of the strength of pulsing."""
    starts = range(0, bands.shape[1] - BEAT_SPAN + 1, BEAT_STEP)
    spans = np.stack([bands[:, at : at + BEAT_SPAN] for at in starts]) * np.hanning(BEAT_SPAN)
    spectrum = np.abs(np.fft.rfft(spans - spans.mean(axis=-1, keepdims=True))).mean(axis=0)
    rates = [spectrum[:, a:b].mean(axis=1) for a, b in pairwise(BEATS)]
    return np.asarray(np.log(np.stack(rates) + SMALL), np.float32)


def _ripple(bands: Values) -> Values:
    """`(spacing of bands, rate)` mean logarithm of the two-dimensional spectrum of patches."""
    starts = range(0, bands.shape[1] - RIPPLE_SPAN + 1, RIPPLE_STEP)
    patches = np.stack([bands[:, at : at + RIPPLE_SPAN] for at in starts])
    taper = np.outer(np.hanning(len(bands)), np.hanning(RIPPLE_SPAN))
    spectrum = np.fft.fft2((patches - patches.mean(axis=(1, 2), keepdims=True)) * taper)
    mean = np.fft.fftshift(np.log(np.abs(spectrum) + 0.1).mean(axis=0), axes=0)[RIPPLE_ROWS]
    rates = [mean[:, a:b].mean(axis=1) for a, b in pairwise(RIPPLES)]
    return np.asarray(np.stack(rates, axis=1), np.float32)


def _together(change: Values) -> Values:
    """`(pair,)` correlation of the changes of bands; 0 where one stands still."""
    away = change - change.mean(axis=1, keepdims=True)
    away /= np.sqrt((away**2).sum(axis=1, keepdims=True)) + SMALL
    return np.asarray((away @ away.T)[np.triu_indices(len(change), 1)])


def _summary(frames: Values) -> Values:
    change = np.abs(np.diff(frames, axis=0))
    return np.concatenate([frames.mean(axis=0), frames.std(axis=0), change.mean(axis=0)])


def _course(frames: Values) -> Values:
    """Deviation of the means of seconds, and mean and deviation of the deviations within them."""
    count = len(frames) // SECOND
    parts = frames[: count * SECOND].reshape(count, SECOND, -1)
    within = parts.std(axis=1)
    return np.concatenate([parts.mean(axis=1).std(axis=0), within.mean(axis=0), within.std(axis=0)])


def _grain(bands: Values) -> list[Values]:
    """For each region of frequency, how much of each pattern there is and how that varies."""
    patches = np.lib.stride_tricks.sliding_window_view(bands, GRAIN)
    patches = patches[:: GRAIN_STEP[0], :: GRAIN_STEP[1]]
    away = patches - patches.mean(axis=(2, 3), keepdims=True)
    away = away / (away.std(axis=(2, 3), keepdims=True) + GRAIN_QUIET)
    along_bands, along_columns = (
        _cosines(GRAIN[0], GRAIN_WAVES[0]),
        _cosines(GRAIN[1], GRAIN_WAVES[1]),
    )
    waves = (along_bands @ away @ along_columns.T).reshape(*away.shape[:2], -1)[..., 1:]
    signs = np.concatenate([waves - GRAIN_LEAST, -waves - GRAIN_LEAST], axis=-1)
    present = np.maximum(signs, 0)
    regions = np.array_split(present, GRAIN_REGIONS)
    return [
        np.concatenate([np.sqrt(own.mean(axis=(0, 1))), own.mean(axis=0).std(axis=0)])
        for own in regions
    ]


@lru_cache
def _cosines(length: int, count: int) -> Values:
    """`(wave, place)` the first rows of the orthonormal discrete cosine transform."""
    wave = np.arange(count)[:, None]
    scale = np.sqrt(np.where(wave > 0, 2, 1) / length)
    return np.asarray(np.cos(np.pi * wave * (np.arange(length) + 0.5) / length) * scale, np.float32)
