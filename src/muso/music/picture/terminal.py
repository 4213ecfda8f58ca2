"""The piano roll of a score as lines of text."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from muso.errors import UsageError
from muso.music.picture.systems import SHORTEST_S, pitch_range, time_label, time_step_s
from muso.music.scale import note_name
from muso.music.score import Score

NAME_COLUMNS = 5
"""Left of the roll: the name of a pitch and a line."""
FEWEST_COLUMNS, FEWEST_ROWS = 24, 4
CLOSEST_LABELS = 10
"""Columns from one time to the next, at least."""

BRAILLE = 0x2800
"""The empty cell; each dot adds a bit (Unicode, Braille Patterns)."""
DOTS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])
"""`(dot row, dot column)` bits of a cell."""
CELL_ROWS, CELL_COLUMNS = DOTS.shape


def piano_roll_text(score: Score, columns: int = 80, rows: int = 20) -> str:
    """The piano roll of `score` in braille dots, for a terminal.

    Names of pitches stand at the left, seconds below; percussion, where there is any, has a line
    of its own above them.

    Args:
        score: at least one note.
        columns: width in characters, 24 or more.
        rows: lines, 4 or more; fewer are used where the pitches played take fewer.

    Raises:
        UsageError: no notes, or too few columns or rows.

    >>> from muso.music.score import Score
    >>> score = Score.of([55, 60, 64, 67], [0, 1, 2, 3], [1, 1, 1, 1])
    >>> print(piano_roll_text(score, columns=28, rows=5))
     C5 │⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⣀⣀⣀⣀⣀⡀
     C4 │⠀⠀⠀⠀⠀⠠⠤⠤⠤⠤⠤⠈⠉⠉⠉⠉⠁⠀⠀⠀⠀⠀⠀
        │⠒⠒⠒⠒⠒⠂⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀
        │⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀
         0:00       0:01
    """
    if len(score) == 0:
        raise UsageError("there are no notes to draw; give a score that has some")
    if columns < FEWEST_COLUMNS or rows < FEWEST_ROWS:
        raise UsageError(
            f"a piano roll of {columns} columns and {rows} rows can't be read; give at least "
            f"{FEWEST_COLUMNS} and {FEWEST_ROWS}"
        )
    length_s = max(score.length_s, SHORTEST_S)
    width = columns - NAME_COLUMNS
    drums = score.select(~score.pitched)
    lines = _pitched_lines(score, length_s, width, rows - 1 - bool(len(drums)))
    if len(drums):
        keys = np.unique(drums.pitch)
        place = np.searchsorted(keys, drums.pitch) * CELL_ROWS // len(keys)
        hits = np.maximum(drums.onset_s, 0)
        dots = _dots(CELL_ROWS - 1 - place, hits, hits, length_s, width, 1)
        lines.append("drum│" + _cells(dots)[0])
    return "\n".join([*lines, _time_line(length_s, width)])


def _pitched_lines(score: Score, length_s: float, width: int, most: int) -> list[str]:
    """Lines of the pitched notes, highest first."""
    found = pitch_range(score)
    if found is None:
        return []
    low, high = found
    semitones = int(np.ceil((high - low + 1) / (most * CELL_ROWS)))
    count = int(np.ceil((high - low + 1) / (semitones * CELL_ROWS)))
    notes = score.select(score.pitched)
    row = (high - notes.pitch.astype(int)) // semitones
    lines = _cells(_dots(row, notes.onset_s, notes.offset_s, length_s, width, count))
    names = [""] * count
    for pitch in range(low, high + 1):
        if pitch % 12 == 0:
            names[(high - pitch) // semitones // CELL_ROWS] = note_name(pitch)
    return [f"{name:>3} │{line}" for name, line in zip(names, lines, strict=True)]


def _dots(
    row: NDArray[np.int64],
    onset_s: NDArray[np.float64],
    offset_s: NDArray[np.float64],
    length_s: float,
    width: int,
    lines: int,
) -> NDArray[np.bool_]:
    """`(dot row, dot column)` true where a note sounds; every note has a dot."""
    dots = width * CELL_COLUMNS
    first = np.minimum((onset_s / length_s * dots).astype(int), dots - 1)
    # A note that ends where the next begins leaves a dot between them, if it has one to spare.
    end = np.minimum(np.rint(offset_s / length_s * dots).astype(int), dots)
    end = np.where(end - first > 2, end - 1, np.maximum(end, first + 1))
    turned = np.zeros((lines * CELL_ROWS, dots + 1), np.int32)
    np.add.at(turned, (row, first), 1)
    np.add.at(turned, (row, end), -1)
    return np.asarray(np.cumsum(turned, axis=1)[:, :-1] > 0)


def _cells(dots: NDArray[np.bool_]) -> list[str]:
    """Lines of braille from `(dot row, dot column)`."""
    lines, width = dots.shape[0] // CELL_ROWS, dots.shape[1] // CELL_COLUMNS
    cells = dots.reshape(lines, CELL_ROWS, width, CELL_COLUMNS)
    codes = BRAILLE + np.einsum("arbc,rc->ab", cells.astype(int), DOTS)
    return ["".join(map(chr, line)) for line in codes.tolist()]


def _time_line(length_s: float, width: int) -> str:
    step_s = time_step_s(length_s, width // CLOSEST_LABELS)
    line = [" "] * (width + NAME_COLUMNS)
    for tick in range(int(length_s / step_s) + 1):
        label = time_label(tick * step_s, step_s)
        at = NAME_COLUMNS + int(tick * step_s / length_s * width)
        if at + len(label) <= len(line):
            line[at : at + len(label)] = label
    return "".join(line).rstrip()
