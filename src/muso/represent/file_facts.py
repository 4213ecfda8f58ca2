"""Two facts about a file, its length and its number of notes, over neighbours in a listing.

An earlier study of composers fed nothing else to its network, in windows of ten files that stand
next to each other in a listing sorted by composer. The protocol `listing` fills the window with
such neighbours; by itself a piece has none, and fills it with its own two facts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from muso.music.score import Score
from muso.represent.view import Slices, View, check_least, whole_piece


@dataclass(frozen=True, eq=False)
class Facts:
    """The facts of neighbouring files.

    Attributes:
        values: float32 `(file, 2)`: length, seconds, and number of notes.
        length_s: of the piece itself.
    """

    values: NDArray[np.float32]
    length_s: float


@dataclass(frozen=True)
class FileFacts(View):
    """Length and number of notes, of `window` files in a row.

    Attributes:
        window: files; a piece by itself stands in for all of them.
    """

    name: ClassVar[str] = "file_facts"
    media: ClassVar[str] = "score"

    window: int = 10

    def __post_init__(self) -> None:
        check_least(self, {"window": 1})

    @property
    def shape(self) -> tuple[int, ...]:
        return self.window, 2

    def prepare(self, piece: Score) -> Facts:
        facts = np.array([[piece.length_s, len(piece)]], np.float32)
        return Facts(np.repeat(facts, self.window, axis=0), piece.length_s)

    def cut(self, prepared: Facts) -> Slices:
        return whole_piece(prepared.values, prepared.length_s)
