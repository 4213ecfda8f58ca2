"""Timbre as far as a spectrogram picture tells it: for corpora of pictures, and clips through one.

Coarse, for three reasons. The picture has 129 bins, 86 Hz apart, where the timbre of sound has
513: below middle C it does not tell pitches apart, so chroma knows the higher harmonies alone. It
shows one frame in six, 12 ms of every 60. And the level of each picture was scaled by its own
extremes; a usual range stands in for them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from muso.music.cover import Cover
from muso.represent.clip_view import ClipView
from muso.represent.picture import COLUMN_S, LEVELS, read_picture
from muso.represent.spectrum import Sound, seconds, spread, window
from muso.represent.timbre import FEATURES, centroid, cepstrum, chroma, contrast
from muso.represent.view import Slices, check_least

RANGE = 35.0
"""Logarithm of the loudest over the quietest power in a picture: the median of 96 clips, four in
five of which have 27 to 38."""
MELS = 32
"""Narrower bands would hold no bin."""


@dataclass(frozen=True)
class PictureTimbre(ClipView):
    """Segments of a spectrogram picture as sequences of timbre frames, spread over the piece.

    A frame is a column, 60 ms: cepstrum (13), contrast in dB (7), centroid in Hz, chroma (12), of
    power relative to the loudest point. A clip of 30 s has ten segments; a piece shorter than one
    is repeated to fill it.

    Attributes:
        columns: of a segment.
        most: the most segments a piece is cut into; they are spread evenly over longer pieces.
    """

    name: ClassVar[str] = "picture_timbre"
    stand_ins: ClassVar[tuple[str, ...]] = ("cover",)

    columns: int = 49
    most: int = 40

    def __post_init__(self) -> None:
        check_least(self, {"columns": 1, "most": 1})

    @property
    def shape(self) -> tuple[int, ...]:
        return self.columns, FEATURES

    def prepare(self, piece: Sound | Cover) -> NDArray[np.float32]:
        levels = read_picture(piece)
        segments = max(levels.shape[1] // self.columns, 1)
        whole = window(levels, 0, segments * self.columns)
        return timbre_of(whole.T.reshape(segments, self.columns, -1))

    def cut(self, prepared: NDArray[np.float32]) -> Slices:
        chosen = spread(len(prepared), self.most)
        start_s = seconds(chosen, self.columns * COLUMN_S)
        return Slices(prepared[chosen], start_s, start_s + self.columns * COLUMN_S)

    def weight(self, prepared: NDArray[np.float32]) -> int:
        return min(len(prepared), self.most)


def timbre_of(levels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The timbre of columns of a picture.

    Args:
        levels: `(segment, column, row)`.

    Returns:
        `(segment, column, feature)`.

    >>> timbre_of(np.zeros((2, 49, 129), np.uint8)).shape
    (2, 49, 33)
    """
    power = np.exp((levels / np.float32(LEVELS) - 1) * RANGE, dtype=np.float32)
    magnitude = np.sqrt(power)
    # At this width of bins a deviation from 440 Hz can't be told.
    parts: list[NDArray[Any]] = [
        cepstrum(power, MELS),
        contrast(magnitude),
        centroid(magnitude),
        chroma(power, 0.0),
    ]
    return np.concatenate(parts, axis=-1, dtype=np.float32)
