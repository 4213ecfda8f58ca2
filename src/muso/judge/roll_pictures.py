"""What a network sees of a score, as pictures for choosing a view's settings."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from muso.judge.pictures import sheet
from muso.music.score import Score
from muso.represent.pianoroll import PianoRoll, frames_of, roll

RATES = (16, 8, 4)
"""Frames a second to choose from."""
SHOWN_S = 10.0
CHANNELS = ("sounding", "velocity", "instrument", "timing")
CHUNKS = 4
"""The most chunks a picture has room for; the first ones and the last."""
ROW_INCH = 1.9
INK = "Greys"


def draw_rates(
    score: Score,
    path: str | os.PathLike[str],
    rates: Sequence[int] = RATES,
    *,
    seconds: float = SHOWN_S,
    title: str = "",
) -> None:
    """Draw the beginning of a score's roll at several frame rates, one under the other.

    A rate is too low where notes that are told apart by ear run together.

    Args:
        score: with a note in it.
        path: of the PNG.
        rates: frames a second, each above 0.
        seconds: how much of the score, above 0.
        title: above the picture.
    """
    lowest, highest = _band(score)
    with sheet(path, (9.0, ROW_INCH * len(rates) + 0.6)) as figure:
        panels = figure.subplots(len(rates), 1, sharex=True, squeeze=False)[:, 0]
        for panel, rate in zip(panels, rates, strict=True):
            count = max(1, round(seconds * rate))
            frames = frames_of(score, rate)
            seen = roll(frames, 0, count, ("sounding", "onset"), lowest, highest - lowest + 1)
            # A note's first frame is black, the rest of it grey.
            extent = (0, count / rate, lowest - 0.5, highest + 0.5)
            _paint(panel, 0.45 * seen[0] + 0.55 * seen[1], extent)
            panel.set_ylabel("pitch (MIDI)")
            panel.set_title(f"{rate} frames a second", loc="left", fontsize=9)
        panels[-1].set_xlabel("time (s); a note's first frame is black")
        figure.suptitle(title.replace("$", r"\$"))


def draw_chunks(
    score: Score,
    path: str | os.PathLike[str],
    *,
    channels: Sequence[str] = CHANNELS,
    title: str = "",
) -> None:
    """Draw a score's chunks of 150 frames as a network gets them: a row a channel.

    Args:
        score: with a note in it.
        path: of the PNG.
        channels: some of `pianoroll.CHANNELS`.
        title: above the picture.
    """
    view = PianoRoll(channels=tuple(channels), most=10_000)
    slices = view.slices(score)
    total = len(slices.values)
    shown = [*range(min(total, CHUNKS) - 1), total - 1]
    lowest, highest = _band(score)
    with sheet(path, (2.4 * len(shown) + 1.2, ROW_INCH * len(channels) + 0.6)) as figure:
        panels = figure.subplots(len(channels), len(shown), sharey=True, squeeze=False)
        for column, chunk in enumerate(shown):
            start_s = float(slices.start_s[chunk])
            length_s = view.frames / view.frames_per_s
            for row, channel in enumerate(channels):
                panel = panels[row, column]
                values = slices.values[chunk, row, lowest : highest + 1]
                extent = (start_s, start_s + length_s, lowest - 0.5, highest + 0.5)
                _paint(panel, values, extent)
                if column == 0:
                    panel.set_ylabel(f"{channel}\npitch (MIDI)")
            panels[0, column].set_title(f"chunk {chunk + 1} of {total}", fontsize=9)
            panels[-1, column].set_xlabel("time (s)")
        filled = float(slices.end_s[-1] - slices.start_s[-1])
        said = f"the last chunk holds {filled:.1f} s and is padded with silence"
        figure.suptitle(f"{title.replace('$', chr(92) + '$')}\n{said}".strip(), fontsize=10)


def _band(score: Score) -> tuple[int, int]:
    """Lowest and highest MIDI pitch, with a little room around."""
    return max(0, int(score.pitch.min()) - 2), min(127, int(score.pitch.max()) + 2)


def _paint(panel: Any, values: NDArray[np.float32], extent: tuple[float, ...]) -> None:
    # The faintest value, a piano's program number, must still be seen against silence.
    shades = np.where(values > 0, 0.2 + 0.8 * values, 0)
    panel.imshow(
        shades, origin="lower", aspect="auto", cmap=INK, vmin=0, vmax=1,
        interpolation="nearest", extent=extent,
    )  # fmt: skip
