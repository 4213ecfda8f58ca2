"""A cover as one vector of measures of its colours and shapes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from muso.errors import UsageError
from muso.music.cover import Cover
from muso.represent import cover_colours, cover_shapes
from muso.represent.cover_look import SIDE, Look, Vector
from muso.represent.view import Slices, View, whole_piece

GROUPS: dict[str, Callable[[Look], Vector]] = {
    "palette": cover_colours.palette,
    "places": cover_colours.places,
    "thumbnail": cover_colours.thumbnail,
    "tone": cover_colours.tone,
    "border": cover_colours.border,
    "skin": cover_colours.skin,
    "edges": cover_shapes.edges,
    "outlines": cover_shapes.outlines,
    "tints": cover_shapes.tints,
    "texture": cover_shapes.texture,
    "grain": cover_shapes.grain,
    "lettering": cover_shapes.lettering,
    "symmetry": cover_shapes.symmetry,
}


def describe_cover(cover: Cover, groups: tuple[str, ...] = tuple(GROUPS)) -> Vector:
    """Measures of a whole cover.

    Args:
        cover: of any size; it is looked at as 64 × 64 pixels.
        groups: which of `GROUPS` to compute, in this order.

    Returns:
        `(measure,)` float32, all finite, always as many for the same groups.

    >>> black = Cover(np.zeros((9, 9, 3), np.uint8))
    >>> describe_cover(black, ("tone",))[-2:].tolist()
    [1.0, 0.0]
    """
    return _measures(Look.at(cover), groups)


def _measures(look: Look, groups: tuple[str, ...]) -> Vector:
    return np.concatenate([GROUPS[group](look) for group in groups]).astype(np.float32)


@dataclass(frozen=True)
class CoverDescriptors(View):
    """Measures of a whole cover as one vector, group after group.

    Attributes:
        groups: which of `GROUPS`.

    >>> CoverDescriptors(groups=("palette", "symmetry")).shape
    (215,)
    """

    name: ClassVar[str] = "cover_descriptors"
    media: ClassVar[str] = "cover"

    groups: tuple[str, ...] = tuple(GROUPS)

    def __post_init__(self) -> None:
        object.__setattr__(self, "groups", tuple(self.groups))
        unknown = sorted(set(self.groups) - set(GROUPS))
        if unknown or not self.groups:
            named = unknown[0] if unknown else ""
            raise UsageError(f"no descriptor group {named!r}; there are {', '.join(GROUPS)}")

    @property
    def shape(self) -> tuple[int, ...]:
        return (_length(self.groups),)

    def prepare(self, piece: Cover) -> NDArray[np.float32]:
        return describe_cover(piece, self.groups)

    def cut(self, prepared: NDArray[np.float32]) -> Slices:
        return whole_piece(prepared, 0.0)

    def part(self, piece: Cover, start_s: float, end_s: float) -> Cover:
        return piece


@lru_cache
def _length(groups: tuple[str, ...]) -> int:
    return len(_measures(Look(np.full((SIDE, SIDE, 3), 0.5, np.float32)), groups))
