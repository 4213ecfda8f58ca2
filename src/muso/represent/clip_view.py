"""What the views of clips have in common."""

from __future__ import annotations

from typing import ClassVar

from muso.music.clip import Clip
from muso.music.cover import Cover
from muso.represent.picture import part_of, read_picture, sounds
from muso.represent.view import View


class ClipView(View):
    """A view of clips. Those that look at a spectrogram name `cover` among their `stand_ins`."""

    media: ClassVar[str] = "clip"

    def part(self, piece: Clip | Cover, start_s: float, end_s: float) -> Clip | Cover | None:
        return part_of(piece, start_s, end_s)

    def sounds(self, piece: Clip | Cover) -> bool:
        return sounds(read_picture(piece))
