"""What the shapes on a cover say: edges, texture, lettering and symmetry.

Each function takes a `Look` and gives float32 numbers of fixed count, each about -1…1.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from muso.represent.cover_look import (
    DIRECTIONS,
    SIDE,
    SMALL,
    Edges,
    Look,
    Vector,
    cells,
    even_out,
    shares,
    shares_by_cell,
)

STRENGTHS = np.array([0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7], np.float32)
"""Between these, edges count as equally strong; brightness runs from 0 to 1."""
BANDS = 16
GRAIN_CELLS = 4
KINDS, TURNED = 59, 10
"""Kinds of patterns of eight neighbours, and where turned ones are alike."""


def edges(look: Look) -> Vector:
    """At three scales: how strong edges are, and their directions over all: 51 numbers."""
    kinds = len(STRENGTHS) + 1
    found = []
    for here in look.edges:
        found.append(shares(np.searchsorted(STRENGTHS, here.strength.ravel()), kinds))
        whole = here.by_cell.reshape(-1, DIRECTIONS).sum(axis=0)
        found.append(whole / (whole.sum() + np.float32(SMALL)))
    return np.concatenate(found)


def outlines(look: Look) -> Vector:
    """Histograms of oriented gradients in 8 × 8 cells at two scales, and over quarters.

    1,224 numbers. Source: Dalal and Triggs, Histograms of Oriented Gradients, 2005.
    """
    found = []
    for here in look.edges[:2]:
        even = even_out(here.by_cell)
        found += [even.ravel(), np.sqrt(cells(even, 2)).ravel()]
    return np.concatenate(found)


def tints(look: Look) -> Vector:
    """Outlines of what is blue and what is red, in 4 × 4 cells: 288 numbers."""
    _, blue, red = look.opponent.transpose(2, 0, 1)
    found = (even_out(Edges.of(cells(plane, SIDE // 2)).by_cell) for plane in (blue, red))
    return np.concatenate([cells(even, GRAIN_CELLS).ravel() for even in found])


def texture(look: Look) -> Vector:
    """At three scales, which patterns of brighter neighbours there are: 177 shares.

    Source: Ojala, Pietikäinen and Mäenpää, Multiresolution Gray-Scale and Rotation Invariant
    Texture Classification with Local Binary Patterns, 2002.
    """
    kinds = _kinds()
    return np.concatenate([shares(kinds[here.patterns], KINDS) for here in look.edges])


def grain(look: Look) -> Vector:
    """At two scales, patterns of `texture` by quarter, and turned alike in 4 × 4 cells: 792."""
    kinds, turned = _kinds(), _turned()
    found = []
    for here in look.edges[:2]:
        found.append(shares_by_cell(turned[here.patterns], TURNED, GRAIN_CELLS))
        found.append(shares_by_cell(kinds[here.patterns], KINDS, 2))
    return np.concatenate(found)


@lru_cache
def _even() -> NDArray[np.bool_]:
    """`(256,)` whether a pattern changes at most twice around."""
    bits = (np.arange(256)[:, None] >> np.arange(8)) & 1
    return np.asarray((bits != np.roll(bits, 1, axis=1)).sum(axis=1) <= 2)


@lru_cache
def _kinds() -> NDArray[np.int64]:
    """`(256,)` which kind each pattern is; those that change more often are one."""
    even = _even()
    return np.where(even, np.cumsum(even) - 1, KINDS - 1)


@lru_cache
def _turned() -> NDArray[np.int64]:
    """`(256,)` the same where it makes no difference how a pattern is turned."""
    bright = ((np.arange(256)[:, None] >> np.arange(8)) & 1).sum(axis=1)
    return np.where(_even(), bright, TURNED - 1)


def lettering(look: Look) -> Vector:
    """Strokes along rows and columns at two scales, where lines of text stand out: 136 numbers.

    A line of text is a band of rows with many edges across it and few above and below.
    """
    found = []
    for here in look.edges[:2]:
        bands = len(here.plane) // BANDS
        across, down = np.abs(here.across), np.abs(here.down)
        sums = (across.sum(axis=1), down.sum(axis=0), down.sum(axis=1), across.sum(axis=0))
        means = np.stack(sums).reshape(4, BANDS, bands).sum(axis=2) / (bands * len(across))
        found += [
            np.stack([means[:2].max(axis=1), means[:2].std(axis=1)], axis=1).ravel(),
            means.ravel(),
        ]
    return np.concatenate(found)


def symmetry(look: Look) -> Vector:
    """How like its mirror images a cover is, in brightness, blue and red: 12 correlations."""
    small = cells(look.opponent, SIDE // 4)
    small = small - small.reshape(-1, 3).mean(axis=0)
    mirrored = (small[:, ::-1], small[::-1], small.transpose(1, 0, 2), small[::-1, ::-1], small)
    # Each in one piece of memory, so that the products of all of them are one operation.
    products = (np.stack(mirrored) * small).reshape(len(mirrored), -1, 3).mean(axis=1)
    return np.asarray((products[:-1] / (products[-1] + np.float32(SMALL))).ravel(), np.float32)
