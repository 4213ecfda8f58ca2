"""What a language model thinks while it reads a piece, as a view."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from muso.bundle.language import find_language
from muso.errors import UsageError
from muso.music.score import Score
from muso.represent.view import Slices, View, whole_piece

POOLS = {
    "mean": lambda said: said.mean(axis=0),
    "deviation": lambda said: said.std(axis=0),
    "change": lambda said: np.abs(np.diff(said, axis=0, prepend=said[:1])).mean(axis=0),
    "last": lambda said: said[-1],
}
"""How the states of all steps become one: the earlier mood system took the last."""
MOST_STEPS = 8_192
"""Of a longer piece the beginning is read."""


@dataclass(frozen=True)
class States(View):
    """The neurons of a language model's last layer, pooled over a piece that it reads.

    Attributes:
        language: the model's bundle, by name or folder.
        pools: some of `POOLS`, one after another.

    Source: sentiment in the states of a language model, Radford et al. 2017.
    """

    name: ClassVar[str] = "states"
    media: ClassVar[str] = "score"

    language: str = "words.1"
    pools: tuple[str, ...] = ("mean",)

    def __post_init__(self) -> None:
        object.__setattr__(self, "pools", tuple(self.pools))
        unknown = [pool for pool in self.pools if pool not in POOLS]
        if unknown or not self.pools:
            raise UsageError(f"states are pooled by {', '.join(POOLS)}, not {self.pools}")

    @property
    def shape(self) -> tuple[int, ...]:
        return (find_language(self.language).units * len(self.pools),)

    def prepare(self, piece: Score) -> tuple[NDArray[np.float32], float]:
        model = find_language(self.language)
        said, _ = model.read(model.encoding.encode(piece)[:MOST_STEPS])
        values = np.concatenate([POOLS[pool](said) for pool in self.pools])
        return values.astype(np.float32), piece.length_s

    def cut(self, prepared: tuple[NDArray[np.float32], float]) -> Slices:
        return whole_piece(*prepared)
