"""Parts of a clip as vectors: how loud each band of frequencies is, and how it moves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from muso.music.cover import Cover
from muso.represent.clip_view import ClipView
from muso.represent.picture import (
    CLIP_COLUMNS,
    ROWS,
    Levels,
    read_picture,
    sounding_windows,
    window_seconds,
)
from muso.represent.spectrogram import standard
from muso.represent.spectrum import Sound
from muso.represent.view import Slices, check_least

STATISTICS = 3
"""Mean, deviation, mean change from column to column."""


@dataclass(frozen=True)
class Bands(ClipView):
    """Three statistics of each row of the spectrogram, of windows of 30 s spread over the piece.

    What a network has to beat: a classical model learns from it within a second. Each window is
    brought to mean 0 and deviation 1 first; a piece shorter than one is repeated to fill it.

    Attributes:
        most: the most windows a piece is cut into; they are spread evenly over what sounds.
    """

    name: ClassVar[str] = "bands"
    stand_ins: ClassVar[tuple[str, ...]] = ("cover",)

    most: int = 8

    def __post_init__(self) -> None:
        check_least(self, {"most": 1})

    @property
    def shape(self) -> tuple[int, ...]:
        return (STATISTICS * ROWS,)

    def prepare(self, piece: Sound | Cover) -> Slices:
        levels = read_picture(piece)
        windows = sounding_windows(levels, CLIP_COLUMNS, self.most)
        values = [statistics(levels[:, own]) for own in windows]
        return Slices(np.stack(values), *window_seconds(windows))

    def cut(self, prepared: Slices) -> Slices:
        return prepared


def statistics(levels: Levels) -> NDArray[np.float32]:
    """`(statistic and row,)` of a window `(row, column)` of two columns or more."""
    rows = standard(levels)
    change = np.abs(np.diff(rows, axis=1))
    return np.concatenate([rows.mean(axis=1), rows.std(axis=1), change.mean(axis=1)])
