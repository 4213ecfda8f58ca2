"""The spectrogram of a clip as a picture, and pictures that stand in for clips.

A data set may come as pictures of clips instead of sound. Such a picture and one drawn from the
clip itself are the same here, so that a model learnt on pictures works on sound; how they are
drawn, and why so, stands in docs/decisions/004-spectrogram-pictures.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from muso.errors import WrongFormat
from muso.music.clip import Clip
from muso.music.cover import Cover
from muso.music.recording import Recording
from muso.represent.spectrum import SAMPLE_RATE, Sound, mono_blocks, seconds, window_starts, windows

FRAME, HOP = 256, 224
"""Samples: the defaults of scipy.signal.spectrogram, by which the pictures were made."""
TAPER = 0.25
"""Share of a frame in which its Tukey window rises or falls."""
FULL_SCALE = 2**15
"""The pictures were made of 16-bit samples as whole numbers."""

BINS, ROWS = 128, 129
"""Bins that are drawn (of 129, the highest is not), and the rows of pixels they are drawn on."""
ROW_SHIFT = 0.83
"""By so much of a row the drawing lies too low; found by comparing pictures with clips."""
CLIP_FRAMES, CLIP_COLUMNS = 2953, 496
"""So many frames of a clip of 30 s are drawn on so many columns of pixels."""
ABOUT = 0.03
"""Clips of the data set differ by up to this share in length, and all have `CLIP_COLUMNS`."""
COLUMN_S = CLIP_FRAMES / CLIP_COLUMNS * HOP / SAMPLE_RATE

LEAST_COLUMNS = round(1.0 / COLUMN_S)
"""Where less than this sounds, a second, nothing can be said."""
QUIET = 1e-6
"""Of the power of a piece's loudest frame, 60 dB below it: fades end there, and dither and the hiss
of a converter lie lower."""
REST_S = 0.2
"""Silence of this length or longer is left out; what is shorter belongs to the music."""
REST_FRAMES, REST_COLUMNS = round(REST_S * SAMPLE_RATE / HOP), round(REST_S / COLUMN_S)

LEVELS = 256
SMALL = 1e-12
NARROW = 1e-3
"""Bands of mel frequency that take less than this of all rows together are narrower than a row."""
WHITE = LEVELS - 1
"""Of columns that hold nothing else: the drawing left out what was digital silence."""

Levels = NDArray[np.uint8]
"""A spectrogram in levels of log power `(row, column)`: the lowest frequency first, a column each
`COLUMN_S`."""


def read_picture(piece: Sound | Cover) -> Levels:
    """The spectrogram that a picture shows, or that of a sound.

    Raises:
        WrongFormat: a picture of something else.
    """
    return _shown(piece) if isinstance(piece, Cover) else draw_picture(piece)


def as_cover(levels: Levels) -> Cover:
    """Levels as the picture from which `read_picture` reads them.

    >>> read_picture(as_cover(np.eye(129, dtype=np.uint8))).diagonal().sum()
    np.uint64(129)
    """
    return Cover(np.ascontiguousarray(np.repeat(levels[::-1, :, None], 3, axis=2)))


def sounds(levels: Levels) -> bool:
    """Whether a second of them is more than digital silence; of fewer columns, whether all are.

    >>> sounds(np.zeros((129, 496), np.uint8)), sounds(np.eye(129, dtype=np.uint8))
    (False, True)
    """
    return bool(levels.any(axis=0).sum() >= min(LEAST_COLUMNS, levels.shape[1]))


def silences(levels: Levels) -> NDArray[np.int64]:
    """`(silence, 2)` the first column of each silence of `REST_S` or longer, and its end.

    >>> silences(np.eye(129, 140, dtype=np.uint8)).tolist()
    [[129, 140]]
    """
    return _runs(np.logical_not(levels.any(axis=0)), REST_COLUMNS)


def sounding_windows(levels: Levels, length: int, most: int) -> NDArray[np.int64]:
    """The columns of windows of `length` that spread over what sounds: `(window, column)`.

    A window goes on behind a silence. What is shorter than one is repeated to fill it. Where less
    than a second sounds, silence counts as well.

    >>> levels = np.ones((129, 60), np.uint8)
    >>> levels[:, 3:33] = 0
    >>> sounding_windows(levels, 5, 4).tolist()[0]
    [0, 1, 2, 33, 34]
    """
    sounding = np.flatnonzero(~_within(silences(levels), levels.shape[1]))
    if not sounds(levels):
        sounding = np.arange(levels.shape[1])
    firsts = window_starts(len(sounding), length, most)
    return np.asarray(sounding[(firsts[:, None] + np.arange(length)) % len(sounding)])


def window_seconds(
    windows: NDArray[np.int64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """`(window,)` where windows `(window, column)` begin in the piece, and where they end."""
    return seconds(windows.min(axis=1), COLUMN_S), seconds(windows.max(axis=1) + 1, COLUMN_S)


def draw_picture(sound: Sound) -> Levels:
    """Draw the log power of a sound, from its quietest point to its loudest.

    Silence of `REST_S` or longer has no say in what the quietest point is, and comes out as the
    lowest level: digital silence, and whatever is 60 dB below the loudest frame.

    Sound of any length is taken block by block. An hour takes 8 MB, and 60 on the way there.

    >>> tone = np.sin(2 * np.pi * 2756.25 * np.arange(66_150) / 22_050, dtype=np.float32)
    >>> levels = draw_picture(Clip(tone[None], 22_050))
    >>> levels.shape, int(levels.mean(axis=1).argmax())
    ((129, 49), 32)
    """
    frames = 0
    drawn: list[NDArray[np.float32]] = []
    places, loudness, lowest, highest = [], [], [], []
    span, blocks = _measured(_powers(sound))
    for power in blocks:
        with np.errstate(divide="ignore"):
            block = np.log(power)
        places.append(_drawn(frames, frames + len(block), span))
        drawn.append(block[places[-1] - frames].astype(np.float32))
        loudness.append(power.sum(axis=1))
        lowest.append(block.min(axis=1, where=power > 0, initial=np.inf))
        highest.append(block.max())
        frames += len(block)
    if not any(map(len, drawn)):  # too short for one column
        drawn, places = [block[-1:].astype(np.float32)], [np.array([frames - 1])]
    silent = _silent(np.concatenate(loudness))
    low, high = np.concatenate(lowest)[~silent].min(initial=np.inf), max(highest)
    rows = (np.arange(ROWS) * BINS / ROWS + ROW_SHIFT).astype(np.int64)
    # Digital silence has no logarithm; it comes out as the quietest level.
    steps = np.float32(LEVELS / max(high - low, SMALL))
    shown = (np.floor((part[:, rows] - np.float32(low)) * steps) for part in drawn)
    levels = np.concatenate([np.clip(part, 0, LEVELS - 1).astype(np.uint8) for part in shown])
    levels[silent[np.concatenate(places)]] = 0
    return np.ascontiguousarray(levels.T)


@lru_cache
def mel_bands(count: int) -> NDArray[np.float32]:
    """`(band, row)` weights that average the rows of a picture into bands of mel frequency.

    The lowest row holds the loudness of no tone and is left out. Where bands are narrower than
    rows, the nearest row stands for a band.

    Source: Stevens and Volkmann 1940, as O'Shaughnessy 1987 writes it.
    """
    hz = np.arange(ROWS) * SAMPLE_RATE / 2 / (ROWS - 1)
    mel = 2595 * np.log10(1 + hz / 700)
    edges = np.linspace(mel[1], mel[-1], count + 2)
    width = edges[1] - edges[0]
    rise, fall = mel - edges[:-2, None], edges[2:, None] - mel
    weights = np.maximum(0, np.minimum(rise, fall) / width)
    empty = np.flatnonzero(weights.sum(axis=1) < NARROW)
    weights[empty, np.abs(mel - edges[1:-1, None]).argmin(axis=1)[empty]] = 1
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), np.float32)


def _measured(
    blocks: Iterator[NDArray[np.float64]],
) -> tuple[int, Iterator[NDArray[np.float64]]]:
    """How many frames are drawn on `CLIP_COLUMNS` columns, and the blocks again."""
    head: list[NDArray[np.float64]] = []
    count = -1  # the last frame is not drawn
    for block in blocks:
        head.append(block)
        count += len(block)
        if count > (1 + ABOUT) * CLIP_FRAMES:
            break
    is_clip = abs(count - CLIP_FRAMES) <= ABOUT * CLIP_FRAMES
    return count if is_clip else CLIP_FRAMES, chain(head, blocks)


def _drawn(first: int, end: int, span: int) -> NDArray[np.int64]:
    """Which of the frames `[first, end)` are drawn: of each column the last that begins in it."""
    columns = np.arange(first * CLIP_COLUMNS // span, end * CLIP_COLUMNS // span + 1)
    frames = -(-(columns + 1) * span // CLIP_COLUMNS) - 1
    return frames[(frames >= first) & (frames < end)]


def _silent(loudness: NDArray[np.float64]) -> NDArray[np.bool_]:
    """`(frame,)` whether each is of a silence of `REST_S` or longer, from their power."""
    runs = _runs(loudness <= QUIET * loudness.max(), REST_FRAMES)
    runs += (-1, 1)  # frames overlap: its neighbours hear some of a silence
    return _within(runs, len(loudness))


def _runs(flags: NDArray[np.bool_], least: int) -> NDArray[np.int64]:
    """`(run, 2)` first index and end of each run of at least so many flags."""
    runs = np.flatnonzero(np.diff(flags, prepend=False, append=False)).reshape(-1, 2)
    return runs[runs[:, 1] - runs[:, 0] >= least]


def _within(runs: NDArray[np.int64], count: int) -> NDArray[np.bool_]:
    """`(count,)` whether each index is within one of the runs."""
    within = np.zeros(count, bool)
    for first, end in runs:
        within[max(first, 0) : end] = True
    return within


def _powers(sound: Sound) -> Iterator[NDArray[np.float64]]:
    """Blocks `(frame, bin)` of power spectral density of 16-bit samples."""
    window = _tukey()
    density = 2 / (SAMPLE_RATE * (window**2).sum())
    for frames in windows(mono_blocks(sound), FRAME, HOP):
        whole = np.rint(frames.astype(np.float64) * FULL_SCALE)
        spectra = np.fft.rfft((whole - whole.mean(axis=1, keepdims=True)) * window)[:, :BINS]
        power = (spectra.real**2 + spectra.imag**2) * density
        power[:, 0] /= 2
        yield power


@lru_cache
def _tukey() -> NDArray[np.float64]:
    """`(sample,)` a periodic window that is flat but for its two ends (Tukey 1967)."""
    edge = TAPER * FRAME / 2
    place = np.arange(FRAME)
    inward = np.minimum(np.minimum(place, FRAME - place) / edge, 1.0)
    return np.asarray(0.5 - 0.5 * np.cos(np.pi * inward))


def part_of(piece: Clip | Recording | Cover, start_s: float, end_s: float) -> Clip | Cover | None:
    """The part of a sound, or of its picture, within `[start_s, end_s)`; None if it is empty.

    >>> part_of(Clip(np.zeros((1, 22_050), np.float32), 22_050), 0.2, 0.7).length_s
    0.5
    """
    if isinstance(piece, Cover):
        first, end = (round(seconds_ / COLUMN_S) for seconds_ in (start_s, end_s))
        pixels = piece.pixels[:, first:end]
        return Cover(pixels) if pixels.size else None
    if isinstance(piece, Recording):
        return piece.between(start_s, end_s)
    first, end = (round(seconds_ * piece.sample_rate) for seconds_ in (start_s, end_s))
    samples = piece.samples[:, first:end]
    return Clip(samples, piece.sample_rate) if samples.size else None


def _shown(cover: Cover) -> Levels:
    pixels = cover.pixels
    grey = pixels[..., 0]
    if len(grey) != ROWS or (pixels != grey[..., None]).any():
        raise WrongFormat(
            "<picture>",
            f"this is no spectrogram: {pixels.shape[1]} × {len(grey)} pixels",
            f"give grey pictures of {ROWS} rows, or the clips themselves",
        )
    levels = grey[::-1].copy()
    levels[:, (levels == WHITE).all(axis=0)] = 0
    return levels
