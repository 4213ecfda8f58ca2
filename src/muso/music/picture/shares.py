"""How shares change in time, as a picture: bands one above the other, and lines below them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from muso.errors import UsageError
from muso.music.picture.drawing import Drawing, fitting, text_width
from muso.music.picture.systems import time_label, time_step_s
from muso.music.picture.theme import Theme, find_theme

WIDTH = 1000
LEFT, RIGHT, TOP, BOTTOM = 70, 150, 16, 40
TITLE = 34
BANDS, LINE, GAP = 260, 110, 26
"""Heights in pixels: of the bands, of the panel of each line, between them."""
SIZE, LARGE = 15, 20
MOST = 6
"""Bands with names of their own; what is left is one more."""
STROKE = 3


def shares_png(
    labels: Sequence[str],
    start_s: NDArray[np.float64],
    end_s: NDArray[np.float64],
    shares: NDArray[np.float64],
    lines: Mapping[str, NDArray[np.float64]] | None = None,
    *,
    title: str = "",
    theme: str = "light",
) -> bytes:
    """Draw how the shares of labels change, as a PNG.

    Args:
        labels: `(label,)` names; the `MOST` with the largest shares get a colour.
        start_s, end_s: `(window,)` seconds, ascending. Windows may overlap: each is drawn around
            its middle.
        shares: `(window, label)` 0…1, each row summing to 1.
        lines: curves `(window,)` of -1…1 by name, drawn below.
        title: above it.
        theme: a name in `THEMES`.

    Raises:
        UsageError: no windows, or no such theme.

    >>> at = np.arange(3.0)
    >>> shares_png(["calm", "sad"], at, at + 1, np.full((3, 2), 0.5))[1:4]
    b'PNG'
    """
    found = find_theme(theme)
    if len(shares) == 0:
        raise UsageError("there is nothing to draw; give at least one window")
    curves = dict(lines or {})
    top = TOP + (TITLE if title else 0)
    height = top + BANDS + len(curves) * (GAP + LINE) + BOTTOM
    drawing = Drawing(WIDTH, height, found.background)
    plot = WIDTH - LEFT - RIGHT
    if title:
        drawing.write(LEFT, TOP + TITLE / 2 - 4, fitting(title, LARGE, plot), LARGE, found.text)
    length_s = float(end_s[-1])
    middle = (start_s + end_s) / 2
    edges = np.concatenate([[start_s[0]], (middle[1:] + middle[:-1]) / 2, [length_s]])
    x = LEFT + plot * edges / max(length_s, 1e-9)
    _bands(drawing, labels, shares, x, top, found)
    for number, (name, values) in enumerate(curves.items()):
        _line(drawing, name, values, x, top + BANDS + GAP + number * (GAP + LINE), found)
    _times(drawing, length_s, height - BOTTOM, found)
    return drawing.png()


def _bands(
    drawing: Drawing,
    labels: Sequence[str],
    shares: NDArray[np.float64],
    x: NDArray[np.float64],
    top: int,
    theme: Theme,
) -> None:
    ranked = np.argsort(-shares.mean(axis=0), kind="stable")
    # Where there are few, their own order: the same label has the same colour in every picture.
    shown = np.arange(len(labels)) if len(labels) <= MOST else ranked[:MOST]
    rows = [(labels[i], shares[:, i], theme.tracks[n]) for n, i in enumerate(shown)]
    if len(shown) < len(labels):
        rest = np.delete(shares, shown, axis=1).sum(axis=1)
        rows.append((f"{len(labels) - len(shown)} others", rest, theme.row_line))
    base = np.full(len(shares), float(top + BANDS))
    room: list[tuple[float, str]] = []
    for name, share, colour in rows:
        upper = base - BANDS * share
        drawing.fill(x[:-1], upper, x[1:], base, colour)
        room.append((float((upper[-1] + base[-1]) / 2), name))
        base = upper
    for percent in (0, 50, 100):
        y = top + BANDS * (1 - percent / 100)
        drawing.fill(LEFT - 5, y, LEFT, y + 1, theme.bar)
        drawing.write(LEFT - 10, y, f"{percent}%", SIZE, theme.faint_text, "right")
    _names(drawing, room, [row[2] for row in rows], top, theme)


def _names(
    drawing: Drawing,
    room: list[tuple[float, str]],
    colours: Sequence[tuple[int, int, int]],
    top: int,
    theme: Theme,
) -> None:
    """The labels to the right, each at its band's last height or the next free place above."""
    lowest = float(top + BANDS)
    right = WIDTH - RIGHT
    for (y, name), colour in zip(room, colours, strict=True):
        lowest = min(y, lowest)
        drawing.fill(right + 12, lowest - 6, right + 24, lowest + 6, colour)
        text = fitting(name, SIZE, RIGHT - 40)
        drawing.write(right + 30, lowest, text, SIZE, theme.text)
        lowest -= SIZE + 6


def _line(
    drawing: Drawing,
    name: str,
    values: NDArray[np.float64],
    x: NDArray[np.float64],
    top: int,
    theme: Theme,
) -> None:
    """One curve of -1…1 as steps, its area towards 0 lightly filled."""
    zero = top + LINE / 2
    y = zero - np.clip(values, -1, 1) * LINE / 2
    drawing.fill(LEFT, top, WIDTH - RIGHT, top + LINE, theme.row)
    drawing.fill(x[:-1], np.minimum(y, zero), x[1:], np.maximum(y, zero), theme.row_line)
    drawing.fill(LEFT, zero, WIDTH - RIGHT, zero + 1, theme.bar)
    drawing.fill(x[:-1], y - STROKE / 2, x[1:], y + STROKE / 2, theme.text)
    steps = x[1:-1]
    drawing.fill(
        steps - STROKE / 2,
        np.minimum(y[1:], y[:-1]) - STROKE / 2,
        steps + STROKE / 2,
        np.maximum(y[1:], y[:-1]) + STROKE / 2,
        theme.text,
    )
    drawing.write(WIDTH - RIGHT + 12, zero, name, SIZE, theme.text)
    for value in (-1, 0, 1):
        at = zero - value * LINE / 2
        drawing.write(
            LEFT - 10, at, f"{value:+d}" if value else "0", SIZE, theme.faint_text, "right"
        )


def _times(drawing: Drawing, length_s: float, bottom: int, theme: Theme) -> None:
    plot = WIDTH - LEFT - RIGHT
    step_s = time_step_s(length_s, plot // round(text_width("00:00", SIZE) * 1.8))
    for tick in range(int(length_s / step_s + 1e-6) + 1):
        x = LEFT + plot * tick * step_s / max(length_s, 1e-9)
        drawing.fill(x, bottom + 4, x + 1, bottom + 9, theme.bar)
        text = time_label(tick * step_s, step_s)
        drawing.write(x, bottom + 20, text, SIZE, theme.faint_text, "middle")
