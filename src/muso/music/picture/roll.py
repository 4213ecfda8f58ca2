"""The piano roll of a score as a picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from muso.errors import UsageError
from muso.music.picture.drawing import Drawing, fitting, text_width
from muso.music.picture.systems import (
    Systems,
    drum_name,
    pitch_range,
    time_label,
    time_step_s,
)
from muso.music.picture.theme import Colour, Theme, blend, find_theme
from muso.music.scale import note_name
from muso.music.score import Score, Track

WIDTH = 1600
LEFT, RIGHT = 72, 20
"""Margins: the left one holds the names of pitches and percussion."""
PLOT = WIDTH - LEFT - RIGHT
TOP, TITLE, LEGEND = 14, 34, 26
BAR_STRIP, TIME_STRIP, GAP, LANE_GAP = 18, 20, 12, 8

ROLL_HEIGHT, SMALL_ROLL_HEIGHT = 560, 240
"""About what the pitches of a picture with one system, or several, take."""
ROW_HEIGHTS = (3.0, 14.0)
DRUM_ROW = 11.0

SIZE, SMALL, LARGE = 12, 11, 18
CLOSEST_NUMBERS = 80
"""Pixels from one number on an axis to the next, at least."""
CLOSEST_BARS, CLOSEST_BEATS = 5, 7
CLOSEST_NAMES = 11
SHADES = 16
"""Steps from the softest to the loudest shade; more would make an SVG longer for nobody's eye."""
SHORTEST_NOTE, DRUM_HIT = 2.0, 4.0
SMALLEST_GAP_TIME = 3.0
"""A note wider than this ends a pixel early, so that it doesn't run into its repetition."""
BLACK_KEYS = (1, 3, 6, 8, 10)


def piano_roll_png(score: Score, *, title: str = "", theme: str = "light") -> bytes:
    """The piano roll of `score` as a PNG file, 1,600 pixels wide.

    Each track has a colour and each velocity a shade; lines mark bars and beats; percussion
    stands below with its names. Long scores go on system below system.

    Args:
        score: at least one note.
        title: stands above; nothing if empty.
        theme: `light` or `dark`.

    Raises:
        UsageError: no notes, or no such theme.

    >>> from muso.music.midi import read_score
    >>> piano_roll_png(read_score("examples/bach-bwv66-6.mid"))[1:4]
    b'PNG'
    """
    return _draw(score, title, find_theme(theme)).png()


def piano_roll_svg(score: Score, *, title: str = "", theme: str = "light") -> str:
    """The piano roll of `score` as an SVG document; see `piano_roll_png`.

    >>> from muso.music.midi import read_score
    >>> piano_roll_svg(read_score("examples/bach-bwv66-6.mid"))[:4]
    '<svg'
    """
    return _draw(score, title, find_theme(theme)).svg()


@dataclass(frozen=True, eq=False)
class _Rows:
    """Where pitches stand within a system, in pixels from its top.

    Attributes:
        low, high: pitches shown, or None where only percussion plays.
        row: height of a pitch.
        drums: percussion keys shown, lowest first.
        drum_top: top of the percussion.
        height: of all of it.
    """

    pitches: tuple[int, int] | None
    row: float
    drums: NDArray[np.int64]
    drum_top: float
    height: float

    @classmethod
    def of(cls, score: Score, systems: int) -> _Rows:
        pitches = pitch_range(score)
        drums = np.unique(score.pitch[~score.pitched]).astype(np.int64)
        row, roll = 0.0, 0.0
        if pitches is not None:
            count = pitches[1] - pitches[0] + 1
            wanted = ROLL_HEIGHT if systems == 1 else SMALL_ROLL_HEIGHT
            row = float(np.clip(np.floor(wanted / count), *ROW_HEIGHTS))
            roll = row * count
        drum_top = roll + (LANE_GAP if roll and len(drums) else 0)
        return cls(pitches, row, drums, drum_top, drum_top + DRUM_ROW * len(drums))

    def top_of(self, pitch: NDArray[np.int64], pitched: NDArray[np.bool_]) -> NDArray[np.float64]:
        """`(note,)` top of each note's row."""
        high = self.pitches[1] if self.pitches else 0
        drum = len(self.drums) - 1 - np.searchsorted(self.drums, pitch)
        return np.where(pitched, (high - pitch) * self.row, self.drum_top + drum * DRUM_ROW)


def _draw(score: Score, title: str, theme: Theme) -> Drawing:
    if len(score) == 0:
        raise UsageError("there are no notes to draw; give a score that has some")
    systems = Systems.of(score)
    rows = _Rows.of(score, len(systems.start_s))
    used = np.unique(score.track)
    named = len(used) > 1 or bool(score.tracks[used[0]].name)
    top = TOP + (TITLE if title else 0) + (LEGEND if named else 0)
    system_height = BAR_STRIP + rows.height + TIME_STRIP + GAP
    height = int(np.ceil(top + system_height * len(systems.start_s)))
    drawing = Drawing(WIDTH, height, theme.background)
    if title:
        drawing.write(LEFT, TOP + TITLE / 2 - 4, fitting(title, LARGE, PLOT), LARGE, theme.text)
    colours = {int(number): _track_colour(theme, i) for i, number in enumerate(used)}
    if named:
        _draw_legend(drawing, score.tracks, colours, top - LEGEND / 2 - 2, theme)
    note_colours = _shades(score, colours, theme)
    for system in range(len(systems.start_s)):
        y = top + system * system_height + BAR_STRIP
        start_s, end_s = systems.start_s[system], systems.end_s[system]
        right = LEFT + PLOT * (end_s - start_s) / systems.width_s
        _draw_rows(drawing, rows, y, right, theme)
        _draw_time(drawing, systems, system, y, rows.height, theme)
        _draw_notes(drawing, score, systems, system, rows, y, note_colours)
    return drawing


def _track_colour(theme: Theme, place: int) -> Colour:
    """The theme's colours in turn, nearer to the text's with each turn."""
    turn, place = divmod(place, len(theme.tracks))
    red, green, blue = blend(np.array([theme.tracks[place]]), theme.text, np.array([0.6**turn]))[0]
    return int(red), int(green), int(blue)


def _shades(score: Score, colours: dict[int, Colour], theme: Theme) -> NDArray[np.uint8]:
    """`(note, rgb)` colour of each note's track in the shade of its velocity."""
    table = np.zeros((max(colours) + 1, 3))
    for number, colour in colours.items():
        table[number] = colour
    loudness = np.floor(score.velocity / 128 * SHADES) / (SHADES - 1)
    share = theme.softest + (1 - theme.softest) * loudness
    return blend(table[score.track], theme.background, share)


def _draw_legend(
    drawing: Drawing,
    tracks: tuple[Track, ...],
    colours: dict[int, Colour],
    y: float,
    theme: Theme,
) -> None:
    x = float(LEFT)
    for shown, (number, colour) in enumerate(colours.items()):
        name = fitting(tracks[number].name or f"Track {number + 1}", SIZE, 200)
        width = 18 + text_width(name, SIZE) + 22
        if x + width > WIDTH - RIGHT - 80:
            drawing.write(x, y, f"and {len(colours) - shown} more", SIZE, theme.faint_text)
            return
        drawing.fill(x, y - 5, x + 11, y + 6, colour)
        drawing.write(x + 18, y, name, SIZE, theme.text)
        x += width


def _draw_rows(drawing: Drawing, rows: _Rows, y: float, right: float, theme: Theme) -> None:
    """The rows of the black keys, a line below each C, and the names at the left."""
    if rows.pitches is not None:
        low, high = rows.pitches
        pitch = np.arange(low, high + 1)
        tops = y + rows.top_of(pitch, np.ones(len(pitch), bool))
        black = np.isin(pitch % 12, BLACK_KEYS)
        drawing.fill(LEFT, tops[black], right, tops[black] + rows.row, theme.row)
        c = pitch % 12 == 0
        drawing.fill(LEFT, tops[c] + rows.row - 1, right, tops[c] + rows.row, theme.row_line)
        # One name an octave, or a name an octave and its fifth where there is room.
        shown = c | ((pitch % 12 == 7) & (rows.row * 5 >= 2 * CLOSEST_NAMES))
        for number, at in zip(pitch[shown], tops[shown], strict=True):
            colour = theme.text if number % 12 == 0 else theme.faint_text
            name = note_name(int(number))
            drawing.write(LEFT - 8, at + rows.row / 2, name, SMALL, colour, "right")
    drum_tops = y + rows.top_of(rows.drums, np.zeros(len(rows.drums), bool))
    odd = np.arange(len(rows.drums)) % 2 == 1
    drawing.fill(LEFT, drum_tops[odd], right, drum_tops[odd] + DRUM_ROW, theme.row)
    for number, at in zip(rows.drums, drum_tops, strict=True):
        name = drum_name(int(number))
        drawing.write(LEFT - 8, at + DRUM_ROW / 2, name, SMALL, theme.faint_text, "right")


def _draw_time(
    drawing: Drawing, systems: Systems, system: int, y: float, height: float, theme: Theme
) -> None:
    """Beats, bars with their numbers above, and seconds below."""
    start_s, end_s = systems.start_s[system], systems.end_s[system]
    per_s = PLOT / systems.width_s
    beats = _within(systems.beat_s, start_s, end_s)
    bars = _within(systems.bar_s, start_s, end_s)
    lines = len(systems.beat_s) + len(systems.bar_s)
    length_s = float(systems.end_s[-1])
    if lines * CLOSEST_BEATS <= length_s * per_s:
        x = LEFT + (systems.beat_s[beats] - start_s) * per_s
        drawing.fill(x, y, x + 1, y + height, theme.beat)
    bar_width = length_s * per_s / max(len(systems.bar_s), 1)
    every = 2 ** int(np.ceil(np.log2(max(CLOSEST_BARS / bar_width, 1))))
    drawn = bars[bars % every == 0]
    x = LEFT + (systems.bar_s[drawn] - start_s) * per_s
    drawing.fill(x, y, x + 1, y + height, theme.bar)
    numbered = 2 ** int(np.ceil(np.log2(max(CLOSEST_NUMBERS / bar_width, 1))))
    last = -np.inf
    for bar in bars[bars % numbered == 0]:
        at = LEFT + (systems.bar_s[bar] - start_s) * per_s
        # Short bars at a change of meter would run into each other.
        if at - last >= CLOSEST_NUMBERS / 2:
            drawing.write(at + 3, y - 8, str(bar + 1), SMALL, theme.faint_text)
            last = at
    step_s = time_step_s(systems.width_s, PLOT // CLOSEST_NUMBERS)
    for tick in range(int(np.ceil(start_s / step_s)), int(np.floor(end_s / step_s)) + 1):
        at = LEFT + (tick * step_s - start_s) * per_s
        drawing.fill(at, y + height, at + 1, y + height + 4, theme.bar)
        label = time_label(tick * step_s, step_s)
        drawing.write(at, y + height + 12, label, SMALL, theme.faint_text, "middle")


def _within(at_s: NDArray[np.float64], start_s: float, end_s: float) -> NDArray[np.intp]:
    """Indices of what lies within `[start_s, end_s)`."""
    return np.flatnonzero((at_s >= start_s - 1e-6) & (at_s < end_s - 1e-6))


def _draw_notes(
    drawing: Drawing,
    score: Score,
    systems: Systems,
    system: int,
    rows: _Rows,
    y: float,
    colours: NDArray[np.uint8],
) -> None:
    """The notes that sound in one system, cut at its ends."""
    start_s, end_s = systems.start_s[system], systems.end_s[system]
    per_s = PLOT / systems.width_s
    mine = (score.onset_s < end_s) & (np.maximum(score.offset_s, score.onset_s + 1e-9) > start_s)
    pitched = score.pitched[mine]
    left = LEFT + np.maximum(score.onset_s[mine] - start_s, 0) * per_s
    right = LEFT + np.minimum(score.offset_s[mine] - start_s, end_s - start_s) * per_s
    right = np.where(right - left > SMALLEST_GAP_TIME, right - 1, right)
    right = np.where(pitched, np.maximum(right, left + SHORTEST_NOTE), left + DRUM_HIT)
    top = y + rows.top_of(score.pitch[mine].astype(np.int64), pitched)
    bottom = top + np.where(pitched, rows.row, DRUM_ROW) - np.where(rows.row >= 5, 1, 0)
    drawing.fill(left, top, right, bottom, colours[mine])
