"""How shares change in time, as a picture: bands one above the other, and lines below them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from muso.errors import UsageError
from muso.music.picture.drawing import Drawing, fitting, text_width
from muso.music.picture.systems import time_label, time_step_s
from muso.music.picture.theme import Colour, Theme, blend, find_theme

WIDTH = 1000
LEFT, RIGHT, TOP, BOTTOM = 70, 150, 16, 40
TITLE = 34
BANDS, LINE, GAP = 260, 110, 26
"""Heights in pixels: of the bands, of the panel of each line, between them. The bands of many
names are higher."""
SIZE, LARGE = 15, 20
NAME = SIZE + 6
"""From one name of a band to the next."""
MOST = 6
"""Bands with names of their own, and one for each other label that is ever the largest; what is
left is one more."""
TURNS = 2
"""Of the theme's colours, that are told apart at a glance."""
STROKE = 3
SILENCE = "silence"
"""Is written where no window lies, if there is room."""


def shares_png(
    labels: Sequence[str],
    start_s: NDArray[np.float64],
    end_s: NDArray[np.float64],
    shares: NDArray[np.float64],
    lines: Mapping[str, NDArray[np.float64]] | None = None,
    *,
    length_s: float | None = None,
    title: str = "",
    theme: str = "light",
) -> bytes:
    """Draw how the shares of labels change, as a PNG.

    Args:
        labels: `(label,)` names; the `MOST` with the largest shares get a colour, and those that
            have the largest in any window. Up to 14 have the same colour in every picture.
        start_s, end_s: `(window,)` seconds, ascending. Windows may overlap: each is drawn around
            its middle. Where none lies, there is silence.
        shares: `(window, label)` 0…1, each row summing to 1.
        lines: curves `(window,)` of -1…1 by name, drawn below.
        length_s: of the whole, to the end of the last window unless given.
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
    rows = _rows(labels, shares, found)
    bands = max(BANDS, len(rows) * NAME)
    height = top + bands + len(curves) * (GAP + LINE) + BOTTOM
    drawing = Drawing(WIDTH, height, found.background)
    plot = WIDTH - LEFT - RIGHT
    if title:
        drawing.write(LEFT, TOP + TITLE / 2 - 4, fitting(title, LARGE, plot), LARGE, found.text)
    length_s = float(end_s[-1] if length_s is None else length_s)
    left, right = (
        LEFT + plot * edge / max(length_s, 1e-9) for edge in _drawn_spans(start_s, end_s)
    )
    _bands(drawing, rows, left, right, top, bands, found)
    for number, (name, values) in enumerate(curves.items()):
        _line(drawing, name, values, left, right, top + bands + GAP + number * (GAP + LINE), found)
    for first, last in zip([LEFT, *right], [*left, LEFT + plot], strict=True):
        if last - first > text_width(SILENCE, SIZE) + SIZE:
            x = (first + last) / 2
            drawing.write(x, top + bands / 2, SILENCE, SIZE, found.faint_text, "middle")
    _times(drawing, length_s, height - BOTTOM, found)
    return drawing.png()


def _drawn_spans(
    start_s: NDArray[np.float64], end_s: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """`(window,)` from where to where each is drawn: windows that touch meet between their middles.

    >>> _drawn_spans(np.array([0.0, 2.0, 9.0]), np.array([4.0, 6.0, 9.5]))[1].tolist()
    [3.0, 6.0, 9.5]
    """
    first, last = start_s.copy(), end_s.copy()
    middle = (start_s + end_s) / 2
    touch = start_s[1:] <= end_s[:-1]
    first[1:][touch] = last[:-1][touch] = ((middle[1:] + middle[:-1]) / 2)[touch]
    return first, last


def _rows(
    labels: Sequence[str], shares: NDArray[np.float64], theme: Theme
) -> list[tuple[str, NDArray[np.float64], Colour]]:
    """Name, shares `(window,)` and colour of each band, the lowest first."""
    ranked = np.argsort(-shares.mean(axis=0), kind="stable")
    wanted = {*ranked[:MOST].tolist(), *shares.argmax(axis=1).tolist()}
    few = len(labels) <= MOST
    shown = list(range(len(labels))) if few else [i for i in ranked.tolist() if i in wanted]
    # A label has the same colour in every picture, unless there are too many to tell apart.
    own = len(labels) <= TURNS * (len(theme.tracks) - 1)
    rows = [(labels[i], shares[:, i], _colour(i if own else n, theme)) for n, i in enumerate(shown)]
    others = len(labels) - len(shown)
    if others:
        rest = np.delete(shares, shown, axis=1).sum(axis=1)
        rows.append((f"{others} other{'s' * (others > 1)}", rest, theme.row_line))
    return rows


def _colour(number: int, theme: Theme) -> Colour:
    """The colours of tracks, each turn closer to ink; not their last, grey as the others are."""
    turn, place = divmod(number, len(theme.tracks) - 1)
    colour = np.array([theme.tracks[place]], np.float64)
    red, green, blue = blend(colour, theme.text, np.array([0.6**turn]))[0].tolist()
    return red, green, blue


def _bands(
    drawing: Drawing,
    rows: Sequence[tuple[str, NDArray[np.float64], Colour]],
    left: NDArray[np.float64],
    right: NDArray[np.float64],
    top: int,
    height: int,
    theme: Theme,
) -> None:
    bottom = float(top + height)
    base = np.full(len(left), bottom)
    free = bottom
    for number, (name, share, colour) in enumerate(rows):
        upper = base - height * share
        drawing.fill(left, upper, right, base, colour)
        # Each name stands at its band's last height or the next free place above, but leaves
        # room for those that are still to come.
        room = NAME * (len(rows) - number) - NAME / 2
        y = max(min(float(upper[-1] + base[-1]) / 2, free), top + room)
        _name(drawing, name, y, colour, theme)
        base, free = upper, y - NAME
    for percent in (0, 50, 100):
        y = top + height * (1 - percent / 100)
        drawing.fill(LEFT - 5, y, LEFT, y + 1, theme.bar)
        drawing.write(LEFT - 10, y, f"{percent}%", SIZE, theme.faint_text, "right")


def _name(drawing: Drawing, name: str, y: float, colour: Colour, theme: Theme) -> None:
    right = WIDTH - RIGHT
    drawing.fill(right + 12, y - 6, right + 24, y + 6, colour)
    drawing.write(right + 30, y, fitting(name, SIZE, RIGHT - 40), SIZE, theme.text)


def _line(
    drawing: Drawing,
    name: str,
    values: NDArray[np.float64],
    left: NDArray[np.float64],
    right: NDArray[np.float64],
    top: int,
    theme: Theme,
) -> None:
    """One curve of -1…1 as steps, its area towards 0 lightly filled."""
    zero = top + LINE / 2
    y = zero - np.clip(values, -1, 1) * LINE / 2
    drawing.fill(LEFT, top, WIDTH - RIGHT, top + LINE, theme.row)
    drawing.fill(left, np.minimum(y, zero), right, np.maximum(y, zero), theme.row_line)
    drawing.fill(LEFT, zero, WIDTH - RIGHT, zero + 1, theme.bar)
    drawing.fill(left, y - STROKE / 2, right, y + STROKE / 2, theme.text)
    meets = left[1:] == right[:-1]
    steps, before, after = left[1:][meets], y[:-1][meets], y[1:][meets]
    drawing.fill(
        steps - STROKE / 2,
        np.minimum(before, after) - STROKE / 2,
        steps + STROKE / 2,
        np.maximum(before, after) + STROKE / 2,
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
