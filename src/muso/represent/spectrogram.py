"""Windows of the spectrogram of a clip, in grey or in colours."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from muso.errors import UsageError
from muso.represent.clip_view import WindowView
from muso.represent.picture import (
    CLIP_COLUMNS,
    LEVELS,
    ROWS,
    Levels,
)
from muso.represent.spectrum import blank_bands, window
from muso.represent.view import check_least

VALUES = ("level", "standard", "viridis")
"""What a pixel can be.

level: 0 (the quietest of the piece) … 1 (the loudest). standard: the window brought to mean 0 and
deviation 1, which takes away how levels were scaled. viridis: red, green and blue, 0…1.
"""

VIRIDIS = bytes.fromhex(
    "44015446085c471063481769481d6f482475472a7a46307e453781433d844142873f48893d4e8a"
    "3a538b38598c355e8d33638d31688e2e6d8e2c718e2a768e297b8e27808e25848e23898e218e8d"
    "20928c1f978b1e9c891fa18821a58524aa8328ae802eb37c35b7793dbc7446c06f50c46a5ac864"
    "65cb5e70cf577cd25089d54895d840a2da37b0dd2fbddf26cae11fd8e219e5e419f1e51dfde725"
)
"""Red, green and blue of every fifth of the 256 colours of "viridis" (N. Smith and S. van der Walt
2015, CC0)."""


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
class Spectrogram(WindowView):
    """Windows of the spectrogram, spread over the piece.

    A piece shorter than a window is repeated to fill it. Highest frequencies are the last row.

    Attributes:
        columns: length of a window, 60 ms each; 496 are 30 s.
        most: the most windows a piece is cut into; they are spread evenly over what sounds.
        values: one of `VALUES`.
        side: a window is squeezed into `side` × `side` pixels; 0 leaves it as it is.
        roll: training takes windows that go on at the start of the piece where it ends.
        shift_rows: training moves a window up or down by up to this many rows.
        mask_rows, mask_columns: training blanks two bands of up to so many rows, and columns.
    """

    name: ClassVar[str] = "spectrogram"

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
        varied = ("side", "shift_rows", "mask_rows", "mask_columns")
        check_least(self, {"columns": 1, "most": 1, **dict.fromkeys(varied, 0)})

    @property
    def shape(self) -> tuple[int, ...]:
        channels = 3 if self.values == "viridis" else 1
        return channels, self.side or ROWS, self.side or self.columns

    def draw(self, prepared: Levels, rng: np.random.Generator) -> NDArray[np.float32]:
        count = prepared.shape[1]
        last = count - 1 if self.roll else max(count - self.columns, 0)
        levels = window(prepared, int(rng.integers(last + 1)), self.columns)
        shift = int(rng.integers(-self.shift_rows, self.shift_rows + 1))
        levels = levels[np.clip(np.arange(ROWS) - shift, 0, ROWS - 1)]
        bands = (self.mask_rows, self.mask_columns)
        return self.seen(blank_bands(levels, bands, round(float(levels.mean())), rng))

    def seen(self, levels: Levels) -> NDArray[np.float32]:
        pixels = viridis()[levels] if self.values == "viridis" else levels
        if self.side:
            from PIL import Image

            size = (self.side, self.side)
            pixels = np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BILINEAR))
        if self.values == "standard":
            return standard(pixels)[None]
        channels = np.atleast_3d(pixels).transpose(2, 0, 1)
        return channels.astype(np.float32) / np.float32(LEVELS - 1)


def standard(levels: NDArray[Any]) -> NDArray[np.float32]:
    """`levels` brought to mean 0 and deviation 1; zeros where they are all alike."""
    values = levels.astype(np.float32)
    return np.asarray((values - values.mean()) / (values.std() or np.float32(1)))
