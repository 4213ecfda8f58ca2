"""What the views of clips have in common."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from muso.music.clip import Clip
from muso.music.cover import Cover
from muso.music.recording import Recording
from muso.represent.picture import (
    COLUMN_S,
    Levels,
    part_of,
    read_picture,
    silences,
    sounding_windows,
    sounds,
    window_seconds,
)
from muso.represent.spectrum import Sound, seconds
from muso.represent.view import Slices, View


class ClipView(View):
    """A view of clips. Those that look at a spectrogram name `cover` among their `stand_ins`."""

    media: ClassVar[str] = "clip"

    def part(
        self, piece: Clip | Recording | Cover, start_s: float, end_s: float
    ) -> Clip | Cover | None:
        return part_of(piece, start_s, end_s)

    def sounds(self, piece: Clip | Cover) -> bool:
        return sounds(read_picture(piece))

    def silences(self, piece: Sound | Cover) -> NDArray[np.float64]:
        return seconds(silences(read_picture(piece)), COLUMN_S)


class WindowView(ClipView):
    """A view of windows of the spectrogram, spread over what sounds in a piece.

    A piece shorter than a window is repeated to fill it.

    Attributes:
        columns: length of a window, 60 ms each.
        most: the most windows a piece is cut into.
    """

    stand_ins: ClassVar[tuple[str, ...]] = ("cover",)

    columns: int
    most: int

    @abstractmethod
    def seen(self, levels: Levels) -> NDArray[np.float32]:
        """A window `(row, column)` as `shape` has it."""

    def prepare(self, piece: Sound | Cover) -> Levels:
        return read_picture(piece)

    def cut(self, prepared: Levels) -> Slices:
        windows = sounding_windows(prepared, self.columns, self.most)
        values = [self.seen(prepared[:, own]) for own in windows]
        return Slices(np.stack(values), *window_seconds(windows))

    def weight(self, prepared: Levels) -> int:
        return len(sounding_windows(prepared, self.columns, self.most))
