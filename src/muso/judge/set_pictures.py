"""Two sets of pieces side by side as a picture: where notes lie in time, pitches, velocities."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from muso.errors import CorpusError
from muso.judge.pictures import BLUE, ORANGE, plain, sheet
from muso.music.scale import note_name
from muso.music.score import HIGHEST_PITCH, Score

SPANS = 48
"""Columns in which a piece's time is shown, each an equal part of it."""
VELOCITY_STEP = 4


def draw_sets(
    sets: Mapping[str, Sequence[Score]], path: str | os.PathLike[str], *, title: str = ""
) -> None:
    """Draw sets of scores side by side, each a column of three pictures.

    From above: how the notes are spread over time and pitch, how often each pitch comes, how
    often each velocity. All are shares of the set's notes, each piece counting alike, so that
    sets of any size can be compared.

    Args:
        sets: two or more, by name; none of them empty.
        path: of the PNG.
        title: above the picture.

    Raises:
        CorpusError: a set without notes. MissingExtra: matplotlib is not installed.

    >>> import pathlib, tempfile
    >>> from muso.music.midi import read_score
    >>> bach = [read_score("examples/bach-bwv66-6.mid")]
    >>> picture = pathlib.Path(tempfile.mkdtemp(), "sets.png")
    >>> draw_sets({"one": bach, "other": [bach[0].transpose(5)]}, picture)
    >>> picture.exists()
    True
    """
    shares = {name: _shares(scores) for name, scores in sets.items()}
    for name, (over_time, _) in shares.items():
        if not over_time.any():
            raise CorpusError(f"{name}: there are no notes to draw")
    used = np.flatnonzero(sum(over_time.sum(axis=0) for over_time, _ in shares.values()))
    low, high = max(int(used[0]) - 2, 0), min(int(used[-1]) + 2, HIGHEST_PITCH)
    most = max(float(over_time.max()) for over_time, _ in shares.values())
    with sheet(path, (4.6 * len(sets), 8.4)) as figure:
        figure.suptitle(title)
        grid = figure.subplots(3, len(sets), height_ratios=(3, 2, 2), squeeze=False)
        for panel in grid.flat:
            plain(panel)
        for number, (name, (over_time, velocities)) in enumerate(shares.items()):
            color = (BLUE, ORANGE)[number % 2]
            _draw_time(grid[0, number], over_time, most, (low, high), f"{name} ({len(sets[name])})")
            pitch = np.arange(low, high + 1)
            _draw_bars(grid[1, number], pitch, over_time.sum(axis=0)[low : high + 1], color)
            _name_pitches(grid[1, number].xaxis, low, high)
            grid[1, number].set_xlabel("pitch")
            step = np.arange(len(velocities)) * VELOCITY_STEP + VELOCITY_STEP / 2
            _draw_bars(grid[2, number], step, velocities, color)
            grid[2, number].set_xlabel("velocity")
        for row in (1, 2):
            top = max(axes.get_ylim()[1] for axes in grid[row])
            for axes in grid[row]:
                axes.set_ylim(0, top)
            grid[row, 0].set_ylabel("share of notes")


def _shares(scores: Sequence[Score]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """`(span, pitch)` and `(velocity step,)` shares of the notes, each piece counting alike."""
    over_time = np.zeros((SPANS, HIGHEST_PITCH + 1))
    velocities = np.zeros(128 // VELOCITY_STEP)
    for score in scores:
        played = score.select(score.pitched)
        if len(played) == 0:
            continue
        span = np.minimum(played.onset_s / max(played.length_s, 1e-9) * SPANS, SPANS - 1)
        np.add.at(over_time, (span.astype(int), played.pitch), 1 / len(played) / len(scores))
        counts = np.bincount(played.velocity // VELOCITY_STEP, minlength=len(velocities))
        velocities += counts / len(played) / len(scores)
    return over_time, velocities


def _draw_time(
    axes: Any, shares: NDArray[np.float64], most: float, pitches: tuple[int, int], title: str
) -> None:
    low, high = pitches
    seen = shares[:, low : high + 1].T ** 0.5
    extent = (0.0, 100.0, low - 0.5, high + 0.5)
    axes.imshow(seen, origin="lower", aspect="auto", cmap="Blues", vmin=0, vmax=most**0.5,
                extent=extent)  # fmt: skip
    _name_pitches(axes.yaxis, low, high)
    axes.set_xlabel("time (% of the piece)")
    axes.set_title(title)


def _draw_bars(
    axes: Any, at: NDArray[np.number[Any]], shares: NDArray[np.float64], color: str
) -> None:
    axes.bar(at, shares, width=0.9 * float(at[1] - at[0]), color=color)
    axes.grid(axis="y", color="#E8E8E8")


def _name_pitches(axis: Any, low: int, high: int) -> None:
    """Ticks at every C."""
    octaves = [pitch for pitch in range(low, high + 1) if pitch % 12 == 0]
    axis.set_ticks(octaves, [note_name(pitch) for pitch in octaves])
