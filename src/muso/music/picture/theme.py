"""Colours of pictures, light and dark."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from muso.errors import UsageError

Colour = tuple[int, int, int]
"""Red, green, blue, each 0…255."""


@dataclass(frozen=True)
class Theme:
    """Colours of a picture.

    Attributes:
        background, row, row_line: paper, the rows of black keys, the line below each C.
        bar, beat: vertical lines.
        text, faint_text: names and numbers.
        tracks: one a track, in turn.
        softest: how much of a track's colour its softest note keeps, 0…1.
        rising: whether louder means brighter, on dark paper, in a spectrogram.
    """

    background: Colour
    row: Colour
    row_line: Colour
    bar: Colour
    beat: Colour
    text: Colour
    faint_text: Colour
    tracks: tuple[Colour, ...]
    softest: float
    rising: bool


THEMES = {
    "light": Theme(
        background=(255, 255, 255),
        row=(245, 246, 248),
        row_line=(214, 218, 224),
        bar=(172, 178, 188),
        beat=(230, 233, 237),
        text=(28, 32, 38),
        faint_text=(104, 112, 122),
        tracks=(
            (0, 114, 178), (213, 94, 0), (0, 158, 115), (204, 121, 167),
            (86, 180, 233), (230, 159, 0), (94, 60, 153), (96, 96, 96),
        ),
        softest=0.3,
        rising=False,
    ),
    "dark": Theme(
        background=(20, 22, 27),
        row=(27, 30, 36),
        row_line=(56, 61, 71),
        bar=(92, 99, 112),
        beat=(41, 45, 53),
        text=(232, 235, 240),
        faint_text=(150, 158, 170),
        tracks=(
            (86, 180, 233), (240, 140, 70), (60, 200, 155), (224, 150, 192),
            (240, 228, 66), (110, 140, 255), (190, 160, 255), (190, 190, 190),
        ),
        softest=0.35,
        rising=True,
    ),
}  # fmt: skip
"""Name to theme. The tracks' colours are those of M. Okabe and K. Ito's palette for all kinds of
colour vision (2008), without black and on each paper without the one that it swallows; the last
two, and on dark paper lighter shades, are ours."""


def find_theme(name: str) -> Theme:
    """The theme called `name`.

    Raises:
        UsageError: no such theme.

    >>> find_theme("dark").rising
    True
    """
    if name not in THEMES:
        near = difflib.get_close_matches(name, THEMES, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise UsageError(f"no theme is called {name!r}; there are {', '.join(THEMES)}{hint}")
    return THEMES[name]


def blend(
    colours: NDArray[np.float64], background: Colour, share: NDArray[np.float64]
) -> NDArray[np.uint8]:
    """`(note, rgb)` mix of `colours`, `(note, rgb)`, and paper: `share`, `(note,)`, of colour."""
    paper = np.array(background, np.float64)
    return np.rint(paper + share[:, None] * (colours - paper)).astype(np.uint8)
