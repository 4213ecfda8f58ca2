"""`muso render`"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from muso.service import Rendered


@click.command()
@click.argument("pieces", nargs=-1, required=True, type=click.Path(path_type=str))
@click.option("-o", "--output", "target", required=True, metavar="FILE_OR_FOLDER",
              help="A .wav, .flac, .ogg, .mp3, .png, .svg or .mid; or a folder.")  # fmt: skip
@click.option(
    "--as", "suffix", metavar="SUFFIX", help="What to make in a folder; wav if not given."
)
@click.option("--from", "start_s", default=0.0, metavar="SECONDS", help="Where to begin.")
@click.option(
    "--seconds", "length_s", type=float, metavar="N", help="How much; to the end if not given."
)
@click.option("--soundfont", metavar="FILE", help="Let FluidSynth play, with this SoundFont.")
@click.option("--theme", type=click.Choice(("light", "dark")), help="Of a picture.")
@click.option("--humanize", type=float, metavar="AMOUNT",
              help="Play a score as a person might, 0 (as written) to 1.")  # fmt: skip
@click.option("--seed", default=0, show_default=True, help="Of that playing.")
def render(
    pieces: tuple[str, ...],
    target: str,
    suffix: str | None,
    start_s: float,
    length_s: float | None,
    soundfont: str | None,
    theme: str | None,
    humanize: float | None,
    seed: int,
) -> None:
    """Make sounds and pictures of scores and clips.

    The suffix of the file says what is made: sound, the piano roll of a score (.png, .svg), the
    spectrogram of a clip (.png), or a score again (.mid). PIECES are files and folders; folders
    are searched for scores. Several pieces go into a folder. The exit status is 1 if any of them
    could not be used.
    """
    from muso import service
    from muso.cli.show import progress_bar, say_passed_over

    rendering = service.Rendering(start_s, length_s, humanize, seed, soundfont, theme)
    batch = service.plan_renders(pieces, target, suffix)
    failed = False
    with progress_bar(least=20 if len(batch.jobs) == 1 else 2) as listener:
        for one in service.render_all(batch, rendering, listener):
            if one.error is not None and not batch.to_folder:
                raise one.error
            failed |= one.error is not None
            click.echo(_line(one), err=one.error is not None)
    say_passed_over(batch.passed_over)
    sys.exit(int(failed))


def _line(one: Rendered) -> str:
    from muso.errors import shown
    from muso.music.picture.systems import time_label

    if one.error is not None or one.target is None:
        return f"muso: {one.error}"
    line = f"{shown(one.target)}: {time_label(one.length_s, 1)}"
    line += f", {one.notes:,} notes" if one.notes is not None else ""
    return f"{line}\n  humanized {one.moved}" if one.moved else line
