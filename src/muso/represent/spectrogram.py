"""The spectrogram of a clip as a picture, and pictures that stand in for clips.

A data set may come as pictures of clips instead of sound. Such a picture and one drawn from the
clip itself are the same here, so that a model learnt on pictures works on sound; how they are
drawn, and why so, stands in docs/decisions/020-spectrogram-pictures.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from muso.errors import UsageError, WrongFormat
from muso.music.cover import Cover
from muso.represent.spectrum import SAMPLE_RATE, Sound, mono_blocks, windows
from muso.represent.view import Slices, View

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

LEVELS = 256
WHITE = LEVELS - 1
"""Of columns that hold nothing else: the drawing left out what was digital silence."""

VALUES = ("level", "standard", "viridis")
"""What a pixel can be.

level: 0 (the quietest of the piece) … 1 (the loudest). standard: the piece brought to mean 0 and
deviation 1, which takes away how the level was scaled. viridis: red, green and blue, 0…1.
"""

VIRIDIS = bytes.fromhex(
    "44015446085c471063481769481d6f482475472a7a46307e453781433d844142873f48893d4e8a"
    "3a538b38598c355e8d33638d31688e2e6d8e2c718e2a768e297b8e27808e25848e23898e218e8d"
    "20928c1f978b1e9c891fa18821a58524aa8328ae802eb37c35b7793dbc7446c06f50c46a5ac864"
    "65cb5e70cf577cd25089d54895d840a2da37b0dd2fbddf26cae11fd8e219e5e419f1e51dfde725"
)
"""Red, green and blue of every fifth of the 256 colours of "viridis" (N. Smith and S. van der Walt
2015, CC0)."""


@dataclass(frozen=True, eq=False)
class Picture:
    """A spectrogram in levels of log power.

    Attributes:
        levels: uint8 `(row, column)`, the lowest frequency first; a column each `COLUMN_S`.
        mean, deviation: of all levels.
    """

    levels: NDArray[np.uint8]
    mean: float
    deviation: float

    @classmethod
    def of(cls, levels: NDArray[np.uint8]) -> Picture:
        """The picture with these levels; of one level alone the deviation is called 1."""
        return cls(levels, float(levels.mean()), float(levels.std()) or 1.0)


def read_picture(piece: Sound | Cover) -> Picture:
    """The spectrogram that a picture shows, or that of a sound.

    Raises:
        WrongFormat: a picture of something else.
    """
    return _shown(piece) if isinstance(piece, Cover) else draw_picture(piece)


def draw_picture(sound: Sound) -> Picture:
    """Draw the log power of a sound, from its quietest point to its loudest.

    Sound of any length is taken block by block; the picture grows by 31 MB an hour while it is
    drawn, and by 8 MB when it is done.

    >>> from muso.music.clip import Clip
    >>> tone = np.sin(2 * np.pi * 2756.25 * np.arange(66_150) / 22_050, dtype=np.float32)
    >>> levels = draw_picture(Clip(tone[None], 22_050)).levels
    >>> levels.shape, int(levels.mean(axis=1).argmax())
    ((129, 49), 32)
    """
    low, high, frames = np.inf, -np.inf, 0
    drawn: list[NDArray[np.float32]] = []
    span, blocks = _measured(_log_powers(sound))
    for block in blocks:
        heard = block[np.isfinite(block)]
        low, high = min(low, heard.min(initial=np.inf)), max(high, heard.max(initial=-np.inf))
        drawn.append(block[_drawn(frames, frames + len(block), span) - frames].astype(np.float32))
        frames += len(block)
    # Of a sound too short for one column, its last frame.
    columns = np.concatenate(drawn) if any(map(len, drawn)) else block[-1:]
    rows = (np.arange(ROWS) * BINS / ROWS + ROW_SHIFT).astype(np.int64)
    share = (columns[:, rows].T - low) / (high - low) if high > low else columns[:, rows].T * 0
    # Silence has no logarithm; it is drawn as the quietest.
    levels = np.nan_to_num(np.floor(share * LEVELS), nan=0, neginf=0)
    return Picture.of(np.clip(levels, 0, LEVELS - 1).astype(np.uint8))


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


def _log_powers(sound: Sound) -> Iterator[NDArray[np.float64]]:
    """Blocks `(frame, bin)` of log power spectral density of 16-bit samples, -inf in silence."""
    window = _tukey()
    density = 2 / (SAMPLE_RATE * (window**2).sum())
    for frames in windows(mono_blocks(sound), FRAME, HOP):
        whole = np.rint(frames.astype(np.float64) * FULL_SCALE)
        spectra = np.fft.rfft((whole - whole.mean(axis=1, keepdims=True)) * window)[:, :BINS]
        power = (spectra.real**2 + spectra.imag**2) * density
        power[:, 0] /= 2
        with np.errstate(divide="ignore"):
            yield np.log(power)


@lru_cache
def _tukey() -> NDArray[np.float64]:
    """`(sample,)` a periodic window that is flat but for its two ends (Tukey 1967)."""
    edge = TAPER * FRAME / 2
    place = np.arange(FRAME)
    inward = np.minimum(np.minimum(place, FRAME - place) / edge, 1.0)
    return np.asarray(0.5 - 0.5 * np.cos(np.pi * inward))


def _shown(cover: Cover) -> Picture:
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
    return Picture.of(levels)


@lru_cache
def viridis() -> NDArray[np.uint8]:
    """`(level, rgb)` 256 colours from dark violet to yellow.

    >>> viridis()[[0, 255]].tolist()
    [[68, 1, 84], [253, 231, 37]]
    """
    colours = np.frombuffer(VIRIDIS, np.uint8).reshape(-1, 3)
    place = np.linspace(0, len(colours) - 1, LEVELS)
    channels = [np.interp(place, np.arange(len(colours)), channel) for channel in colours.T]
    return np.rint(np.stack(channels, axis=1)).astype(np.uint8)


@dataclass(frozen=True)
class Spectrogram(View):
    """Windows of the spectrogram, spread over the piece.

    A piece shorter than a window is repeated to fill it. Highest frequencies are the last row.

    Attributes:
        columns: length of a window, 60 ms each; 496 are 30 s.
        most: the most windows a piece is cut into; they are spread evenly over longer pieces.
        values: one of `VALUES`.
        side: a window is squeezed into `side` × `side` pixels; 0 leaves it as it is.
        roll: training takes windows that go on at the start of the piece where it ends.
        shift_rows: training moves a window up or down by up to this many rows.
        mask_rows, mask_columns: training blanks two bands of up to so many rows and columns.

    Source: masking, Park et al., "SpecAugment", 2019.
    """

    name: ClassVar[str] = "spectrogram"
    media: ClassVar[str] = "clip"

    columns: int = CLIP_COLUMNS
    most: int = 8
    values: str = "standard"
    side: int = 0
    roll: bool = False
    shift_rows: int = 0
    mask_rows: int = 0
    mask_columns: int = 0

    def __post_init__(self) -> None:
        if self.values not in VALUES:
            raise UsageError(f"no values {self.values!r}; there are {', '.join(VALUES)}")

    @property
    def shape(self) -> tuple[int, ...]:
        channels = 3 if self.values == "viridis" else 1
        return channels, self.side or ROWS, self.side or self.columns

    def prepare(self, piece: Sound | Cover) -> Picture:
        return read_picture(piece)

    def cut(self, prepared: Picture) -> Slices:
        count = prepared.levels.shape[1]
        firsts = window_starts(count, self.columns, self.most)
        values = [self._seen(self._window(prepared, int(first)), prepared) for first in firsts]
        ends = np.minimum(firsts + self.columns, count)
        return Slices(np.stack(values), firsts * COLUMN_S, ends * COLUMN_S)

    def draw(self, prepared: Picture, rng: np.random.Generator) -> NDArray[np.float32]:
        count = prepared.levels.shape[1]
        last = count - 1 if self.roll else max(count - self.columns, 0)
        levels = self._window(prepared, int(rng.integers(last + 1)))
        shift = int(rng.integers(-self.shift_rows, self.shift_rows + 1))
        levels = levels[np.clip(np.arange(ROWS) - shift, 0, ROWS - 1)]
        for axis, most in enumerate((self.mask_rows, self.mask_columns)):
            for _ in range(2 if most else 0):
                width = int(rng.integers(min(most, levels.shape[axis]) + 1))
                first = int(rng.integers(levels.shape[axis] - width + 1))
                blank = (slice(None),) * axis + (slice(first, first + width),)
                levels[blank] = round(prepared.mean)
        return self._seen(levels, prepared)

    def weight(self, prepared: Picture) -> int:
        return len(window_starts(prepared.levels.shape[1], self.columns, self.most))

    def _window(self, picture: Picture, first: int) -> NDArray[np.uint8]:
        count = picture.levels.shape[1]
        return picture.levels[:, (first + np.arange(self.columns)) % count]

    def _seen(self, levels: NDArray[np.uint8], picture: Picture) -> NDArray[np.float32]:
        """Levels `(row, column)` as `shape` has them."""
        pixels = viridis()[levels] if self.values == "viridis" else levels
        if self.side:
            from PIL import Image

            size = (self.side, self.side)
            pixels = np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BILINEAR))
        seen = np.atleast_3d(pixels).transpose(2, 0, 1).astype(np.float32)
        if self.values == "standard":
            return np.asarray((seen - np.float32(picture.mean)) / np.float32(picture.deviation))
        return np.asarray(seen / np.float32(LEVELS - 1))


def window_starts(count: int, length: int, most: int) -> NDArray[np.int64]:
    """Where windows of `length` begin among `count` columns: as many as fit, evenly apart.

    One window alone stands in the middle; of a piece shorter than it, at the start.

    >>> window_starts(100, 49, 9).tolist(), window_starts(501, 496, 9).tolist()
    ([0, 51], [2])
    """
    windows_ = min(max(round(count / length), 1), most)
    room = max(count - length, 0)
    if windows_ == 1:
        return np.array([room // 2])
    return np.linspace(0, room, windows_).astype(np.int64)
