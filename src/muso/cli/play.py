"""`muso play`"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from muso.music.clip import Clip
    from muso.music.score import Score
    from muso.music.sound import Played

ROLL_COLUMNS, ROLL_ROWS = 120, 20
"""The largest piano roll that is drawn, however large the terminal."""
LINES_AROUND = 4
"""Kept free of it: the title, what is said below, the prompt."""


@click.command()
@click.argument("piece", type=click.Path(path_type=str))
@click.option("--from", "start_s", default=0.0, metavar="SECONDS", help="Where to begin.")
@click.option(
    "--seconds", "length_s", type=float, metavar="N", help="How much; to the end if not given."
)
@click.option("--soundfont", metavar="FILE", help="Let FluidSynth play, with this SoundFont.")
@click.option("--humanize", type=float, metavar="AMOUNT",
              help="Play a score as a person might, 0 (as written) to 1.")  # fmt: skip
@click.option("--seed", default=0, show_default=True, help="Of that playing.")
def play(
    piece: str,
    start_s: float,
    length_s: float | None,
    soundfont: str | None,
    humanize: float | None,
    seed: int,
) -> None:
    """Play a score or a clip, and show its piano roll meanwhile.

    The system's own player plays it; where there is none, muso says where the sound is.
    """
    from muso import service
    from muso.cli.show import progress_bar

    part, moved = service.prepare(piece, service.Rendering(start_s, length_s, humanize, seed))
    _show(piece, part, start_s)
    if moved:
        click.echo(f"humanized {moved}")
    click.echo("Ctrl-C stops.", err=True)
    with progress_bar() as listener:
        played = service.play(part, service.Rendering(soundfont=soundfont), listener)
    if played.path is not None:
        click.echo(_where(played))


def _show(name: str, part: Score | Clip, start_s: float) -> None:
    """The part's name and times and, of a score, its piano roll."""
    from pathlib import Path

    from muso.errors import shown
    from muso.music.picture import piano_roll_text
    from muso.music.picture.systems import time_label
    from muso.music.picture.terminal import FEWEST_COLUMNS, FEWEST_ROWS
    from muso.music.score import Score

    after = f" from {time_label(start_s, 1)} on" if start_s else ""
    click.echo(f"{shown(Path(name).name)}, {time_label(part.length_s, 1)}{after}")
    if isinstance(part, Score):
        terminal = shutil.get_terminal_size()
        columns = max(min(terminal.columns, ROLL_COLUMNS), FEWEST_COLUMNS)
        rows = max(min(terminal.lines - LINES_AROUND, ROLL_ROWS), FEWEST_ROWS)
        click.echo(piano_roll_text(part, columns, rows))


def _where(played: Played) -> str:
    from muso.music.sound.player import PLAYERS

    why = f"{', '.join(played.tried)} can't play here" if played.tried else "there is no player"
    missing = "" if played.tried else f" (one of {', '.join(PLAYERS)})"
    return f"{why}{missing}; the sound is in {played.path}"
