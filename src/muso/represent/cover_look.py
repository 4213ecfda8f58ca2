"""A cover as its descriptors see it: small, with its colours and edges worked out once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from muso.music.cover import Cover

SIDE = 64
"""Pixels a side that descriptors look at: lettering can still be told, noise no longer."""
SCALES = (1, 2, 4)
"""Pixels of the look that are one pixel of each scale."""
CELLS = 8
"""Of the thumbnail and of outlines, a side."""
DIRECTIONS = 9
AROUND = np.arange(DIRECTIONS + 2) % DIRECTIONS
"""Directions go round: after the last comes the first."""
MOST = 0.5
"""A direction's share of the edges around is cut off here (Dalal and Triggs 2005 take 0.2)."""
SMALL = 1e-6
FLAT = 0.02
"""A neighbour brighter by less counts as equal."""
NEIGHBOURS = ((0, 0), (0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0))
LUMA = (np.float32(0.299), np.float32(0.587), np.float32(0.114))
"""ITU-R BT.601."""

Vector = NDArray[np.float32]
Plane = NDArray[np.float32]


def shares(index: NDArray[np.int64], bins: int) -> Vector:
    """Square roots of the shares of `bins` among the indices: the metric of histograms."""
    counts = np.bincount(index.ravel(), minlength=bins) / index.size
    return np.sqrt(counts).astype(np.float32)


def shares_by_cell(index: NDArray[np.int64], bins: int, count: int) -> Vector:
    """`shares` of indices `(row, column)` in each of `count` × `count` cells."""
    side = len(index)
    cell = np.arange(side) * count // side
    of_cell = (cell[:, None] * count + cell) * bins
    counts = np.bincount((of_cell + index).ravel(), minlength=count * count * bins)
    return np.asarray(np.sqrt(counts * (count**2 / index.size)), np.float32)


def even_out(by_cell: NDArray[np.float32]) -> NDArray[np.float32]:
    """Directions `(row, column, direction)` as shares of the edges in the cells around."""
    near = _neighbours(len(by_cell))
    around = near @ np.square(by_cell).sum(axis=-1) @ near.T
    shared = by_cell / np.sqrt(around + np.float32(SMALL))[..., None]
    return np.asarray(np.minimum(shared, np.float32(MOST)), np.float32)


@lru_cache
def _neighbours(count: int) -> NDArray[np.float32]:
    """`(cell, cell)` that averages each cell with those beside it; beyond an edge is the edge."""
    beside = np.clip(np.arange(count)[:, None] + np.arange(-1, 2), 0, count - 1)
    return np.asarray((beside[..., None] == np.arange(count)).sum(axis=1) / 3, np.float32)


def cells(values: NDArray[np.float32], count: int = CELLS) -> NDArray[np.float32]:
    """Means of `values` `(row, column, …)` over `count` × `count` cells."""
    side = len(values)
    mean = _means(side, count)
    # As products of small matrices, which take a third of the time of means over axes.
    rows = (mean @ values.reshape(side, -1)).reshape(count, side, -1)
    return np.asarray((mean @ rows).reshape(count, count, *values.shape[2:]))


@lru_cache
def _means(side: int, count: int) -> NDArray[np.float32]:
    """`(cell, place)` by which places are averaged into cells."""
    of_cell = np.arange(side) * count // side
    return np.asarray((of_cell == np.arange(count)[:, None]) * count / side, np.float32)


@dataclass(frozen=True, eq=False)
class Edges:
    """The edges of one plane.

    Attributes:
        plane: `(row, column)` brightness, 0…1.
        across, down: its slopes. strength: of both together.
        by_cell: `(row, column, direction)` mean strength in `CELLS` × `CELLS` cells, by direction.
    """

    plane: Plane
    across: Plane
    down: Plane
    strength: Plane
    by_cell: NDArray[np.float32]

    @classmethod
    def of(cls, plane: Plane) -> Edges:
        """The edges of a square plane."""
        across, down = np.zeros_like(plane), np.zeros_like(plane)
        across[:, 1:-1] = plane[:, 2:] - plane[:, :-2]
        down[1:-1] = plane[2:] - plane[:-2]
        strength = np.sqrt(np.square(across) + np.square(down))
        return cls(plane, across, down, strength, _by_cell(across, down, strength))

    @cached_property
    def patterns(self) -> NDArray[np.uint8]:
        """`(row, column)` of inner pixels: which of the eight neighbours are brighter, as bits."""
        inner = len(self.plane) - 2
        least = self.plane[1:-1, 1:-1] + np.float32(FLAT)
        code = np.zeros(least.shape, np.uint8)
        for bit, (row, column) in enumerate(NEIGHBOURS):
            brighter = self.plane[row : row + inner, column : column + inner] > least
            code |= brighter.view(np.uint8) << np.uint8(bit)
        return code


def _by_cell(across: Plane, down: Plane, strength: Plane) -> NDArray[np.float32]:
    turn = np.arctan2(down, across) * np.float32(DIRECTIONS / np.pi)
    turn += np.float32(DIRECTIONS) * (turn < 0)
    lower = turn.astype(np.int64)
    upper = strength * (turn - lower)
    first = _first_bins(len(strength))
    size = CELLS * CELLS * DIRECTIONS
    total = np.bincount((first + AROUND[lower]).ravel(), (strength - upper).ravel(), size)
    total += np.bincount((first + AROUND[lower + 1]).ravel(), upper.ravel(), size)
    mean = total.reshape(CELLS, CELLS, DIRECTIONS) * (CELLS**2 / strength.size)
    return mean.astype(np.float32)


@lru_cache
def _first_bins(side: int) -> NDArray[np.int64]:
    """`(row, column)` the first bin of each pixel's cell."""
    cell = np.arange(side) * CELLS // side
    return (cell[:, None] * CELLS + cell) * DIRECTIONS


@dataclass(frozen=True, eq=False)
class Look:
    """A cover as the descriptors see it.

    Attributes:
        rgb: float32 `(row, column, rgb)`, 0…1, `SIDE` × `SIDE`.
    """

    rgb: NDArray[np.float32]

    @classmethod
    def at(cls, cover: Cover) -> Look:
        """The look of a cover of any size."""
        return cls(cover.resized(SIDE).pixels.astype(np.float32) / np.float32(255))

    @cached_property
    def channels(self) -> NDArray[np.float32]:
        """`(rgb, row, column)`, each channel in one piece of memory."""
        return np.ascontiguousarray(self.rgb.transpose(2, 0, 1))

    @cached_property
    def luma(self) -> NDArray[np.float32]:
        """`(row, column)` brightness as the eye weighs it."""
        r, g, b = self.channels
        luma: Plane = r * LUMA[0] + g * LUMA[1] + b * LUMA[2]
        return luma

    @cached_property
    def opponent(self) -> NDArray[np.float32]:
        """`(row, column, 3)` brightness, and how far blue and red lie above it."""
        (red, _, blue), luma = self.channels, self.luma
        return np.stack([luma, blue - luma, red - luma], axis=-1)

    @cached_property
    def hsv(self) -> tuple[NDArray[Any], ...]:
        """Hue, saturation, value and the spread of the channels, `(row, column)` each, 0…1."""
        r, g, b = self.channels
        value = np.maximum(np.maximum(r, g), b)
        spread = value - np.minimum(np.minimum(r, g), b)
        safe = np.where(spread == 0, np.float32(1), spread)
        hue = np.where(
            value == r, (g - b) / safe, np.where(value == g, (b - r) / safe + 2, (r - g) / safe + 4)
        )
        saturation = spread / np.where(value == 0, np.float32(1), value)
        turned = hue / 6
        # As % 1 does for what is above -1, in a fifth of the time.
        return turned + (turned < 0), saturation, value, spread

    @cached_property
    def edges(self) -> tuple[Edges, ...]:
        """Of the brightness at each of `SCALES`."""
        planes = (self.luma if scale == 1 else cells(self.luma, SIDE // scale) for scale in SCALES)
        return tuple(Edges.of(plane) for plane in planes)
