"""A cover as the pixels it is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from muso.errors import UsageError
from muso.represent.cover_view import CoverView

MEAN, DEVIATION = 0.43, 0.31
"""Of covers' channels, measured on a few thousand; networks learn best from numbers around 0."""
LEAST = 8


@dataclass(frozen=True)
class Pixels(CoverView):
    """The whole cover squeezed into a square of pixels, `(rgb, row, column)`, around 0.

    Attributes:
        side: pixels, 8 or more.

    >>> Pixels(side=32).shape
    (3, 32, 32)
    """

    name: ClassVar[str] = "pixels"

    side: int = 64

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.side < LEAST:
            raise UsageError(f"pixels: a side of {self.side}; give {LEAST} or more")

    @property
    def shape(self) -> tuple[int, ...]:
        return 3, self.side, self.side

    @property
    def pixels(self) -> int:
        return self.side

    def see(self, rgb: NDArray[np.float32]) -> NDArray[np.float32]:
        scaled = (rgb - np.float32(MEAN)) / np.float32(DEVIATION)
        return np.ascontiguousarray(scaled.transpose(2, 0, 1))
