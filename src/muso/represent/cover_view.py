"""What the views of covers have in common: how a cover is kept, and varied in training."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from muso.errors import UsageError
from muso.music.cover import Cover
from muso.represent.view import Slices, View, whole_piece

SQUEEZE = 0.12
"""A crop may be wider or higher by so much (natural logarithm of the ratio)."""
TINT = 0.1
"""Deviation of each colour channel when colours vary by all of `jitter`."""
LEAST_DETAIL = 0.4
"""A cover that loses detail is shrunk to no less than this share of its side."""

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class CoverView(View):
    """A view of covers. Its fields say how far `draw` varies a cover, so that training sees more.

    Attributes:
        zoom: crops may leave out up to this share of each side, 0…1.
        mirror: half of all covers are turned left to right.
        jitter: brightness, contrast and saturation vary by up to this share, 0…1.
        blur: share of covers that lose detail, 0…1: so that what a catalogue's scans and
            encoders left in them is not what is learnt.
        cutout: share of covers of which a square is painted grey, 0…1 (DeVries and Taylor 2017).
    """

    media: ClassVar[str] = "cover"

    zoom: float = 0.0
    mirror: bool = False
    jitter: float = 0.0
    blur: float = 0.0
    cutout: float = 0.0

    def __post_init__(self) -> None:
        for name in ("zoom", "jitter", "blur", "cutout"):
            if not 0 <= getattr(self, name) < 1 + (name in ("blur", "cutout")):
                raise UsageError(f"{name} is {getattr(self, name)}; give a share from 0 to 1")

    @property
    @abstractmethod
    def pixels(self) -> int:
        """Pixels a side that are looked at."""

    @abstractmethod
    def see(self, rgb: NDArray[np.float32]) -> NDArray[np.float32]:
        """The slice of a picture `(row, column, rgb)`, 0…1, `pixels` a side."""

    def prepare(self, piece: Cover) -> Pixels:
        # Half as much again as is looked at, so that crops are as sharp as the whole.
        return piece.resized(3 * self.pixels // 2).pixels

    def cut(self, prepared: Pixels) -> Slices:
        return whole_piece(self.see(_crop(prepared, self.pixels, None)), 0.0)

    def draw(self, prepared: Pixels, rng: np.random.Generator) -> NDArray[np.float32]:
        side = len(prepared)
        scale, stretch = 1 - rng.uniform(0, self.zoom), np.exp(rng.uniform(-SQUEEZE, SQUEEZE))
        if not self.zoom:
            stretch = 1.0
        width, height = min(scale * stretch, 1) * side, min(scale / stretch, 1) * side
        left, top = rng.uniform(0, side - width), rng.uniform(0, side - height)
        if rng.random() < self.blur:
            prepared = _blurred(prepared, rng.uniform(LEAST_DETAIL, 1))
        rgb = _crop(prepared, self.pixels, (left, top, left + width, top + height))
        if self.mirror and rng.random() < 0.5:
            rgb = rgb[:, ::-1]
        rgb = _recoloured(rgb, self.jitter, rng) if self.jitter else rgb
        if rng.random() < self.cutout:
            rgb = _cut_out(rgb, rng)
        return self.see(np.ascontiguousarray(rgb))

    def part(self, piece: Cover, start_s: float, end_s: float) -> Cover:
        return piece


def _crop(
    pixels: Pixels, side: int, box: tuple[float, float, float, float] | None
) -> NDArray[np.float32]:
    """`box` (left, top, right, bottom) of `pixels`, or all, as `side` × `side`, 0…1."""
    from PIL import Image

    picture = Image.fromarray(pixels).resize((side, side), Image.Resampling.BILINEAR, box)
    return np.asarray(picture).astype(np.float32) / np.float32(255)


def _blurred(pixels: Pixels, share: float) -> Pixels:
    from PIL import Image

    side = len(pixels)
    few = max(1, round(side * share))
    small = Image.fromarray(pixels).resize((few, few), Image.Resampling.BILINEAR)
    return np.asarray(small.resize((side, side), Image.Resampling.BILINEAR))


def _recoloured(
    rgb: NDArray[np.float32], jitter: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    brightness, contrast, saturation = 1 + rng.uniform(-jitter, jitter, 3)
    mean = rgb.mean()
    out = (rgb - mean) * contrast + mean * brightness
    grey = out.mean(axis=-1, keepdims=True)
    out = (out - grey) * saturation + grey + rng.normal(0, TINT * jitter, 3)
    return np.asarray(np.clip(out, 0, 1), np.float32)


def _cut_out(rgb: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    side = len(rgb)
    row, column = rng.integers(0, side - side // 4, 2)
    out = rgb.copy()
    out[row : row + side // 4, column : column + side // 4] = 0.5
    return out
