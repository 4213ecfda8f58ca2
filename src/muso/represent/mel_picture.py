"""Windows of the spectrogram of a clip in bands of mel frequency, varied in training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from muso.represent.clip_view import WindowView
from muso.represent.picture import (
    Levels,
    mel_bands,
)
from muso.represent.spectrogram import standard
from muso.represent.spectrum import blank_bands, window
from muso.represent.view import check_least

Values = NDArray[np.float32]

TILTS = 6
"""Points from the lowest band to the highest between which an equalizer is drawn."""


@dataclass(frozen=True)
class MelPicture(WindowView):
    """Windows of the spectrogram in bands of mel frequency, the lowest first, spread over a piece.

    Each is brought to mean 0 and deviation 1; a piece shorter than a window is repeated to fill
    it. In bands of mel frequency, higher music is much the same picture further up, as convolutions
    like it. In training no window comes twice: it is played faster or slower, higher or lower,
    through an equalizer, with less or more contrast, and with gaps.

    Attributes:
        bands: how many.
        columns: length of a window, 60 ms each.
        most: the most windows a piece is cut into; they are spread evenly over what sounds.
        stretch: training makes a window longer or shorter by up to this factor, as its logarithm.
        shift_bands: training moves it up or down by up to so many bands.
        equalize: deviation of the levels that an equalizer adds in training, where the window's
            is 1.
        contrast: training scales levels by up to this factor, as its logarithm.
        mask_bands, mask_columns: training blanks two gaps of up to so many bands, and columns.
    """

    name: ClassVar[str] = "mel_picture"

    bands: int = 64
    columns: int = 256
    most: int = 8
    stretch: float = 0.0
    shift_bands: float = 0.0
    equalize: float = 0.0
    contrast: float = 0.0
    mask_bands: int = 0
    mask_columns: int = 0

    def __post_init__(self) -> None:
        least = dict.fromkeys(("bands", "columns", "most"), 1)
        varied = ("stretch", "shift_bands", "equalize", "contrast", "mask_bands", "mask_columns")
        check_least(self, least | dict.fromkeys(varied, 0))

    @property
    def shape(self) -> tuple[int, ...]:
        return 1, self.bands, self.columns

    def draw(self, prepared: Levels, rng: np.random.Generator) -> Values:
        length = max(round(self.columns * np.exp(rng.uniform(-self.stretch, self.stretch))), 2)
        first = int(rng.integers(max(prepared.shape[1] - length, 0) + 1))
        (values,) = self.seen(window(prepared, first, length))
        values = _between(values.T, np.linspace(0, length - 1, self.columns)).T
        shift = rng.uniform(-self.shift_bands, self.shift_bands)
        values = _between(values, np.arange(self.bands) - shift)
        tilt = rng.normal(0, self.equalize, TILTS)
        values *= np.float32(np.exp(rng.uniform(-self.contrast, self.contrast)))
        values += _between(tilt[:, None], np.linspace(0, TILTS - 1, self.bands))
        return blank_bands(values, (self.mask_bands, self.mask_columns), 0.0, rng)[None]

    def seen(self, levels: Levels) -> Values:
        return standard(mel_bands(self.bands) @ levels.astype(np.float32))[None]


def _between(rows: NDArray[Any], places: NDArray[Any]) -> Values:
    """`(place, column)` of `rows` where they would stand between whole numbers; straight lines.

    >>> _between(np.array([[0.0], [10.0]]), np.array([-1, 0.25, 5])).ravel().tolist()
    [0.0, 2.5, 10.0]
    """
    inside = np.clip(places, 0, len(rows) - 1)
    below = np.minimum(inside.astype(np.int64), max(len(rows) - 2, 0))
    share = (inside - below)[:, None].astype(np.float32)
    above = np.minimum(below + 1, len(rows) - 1)
    return np.asarray(rows[below] * (1 - share) + rows[above] * share, np.float32)
