"""`muso style`"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from muso.learn.style_folder import Folder
    from muso.service import Styled


@click.group()
def style() -> None:
    """Learn the style of a folder of your own music."""


@style.command()
@click.argument("folder")
@click.option("--name", required=True, metavar="NAME", help="What the style is called.")
@click.option(
    "--recipe",
    default="style",
    metavar="NAME",
    help="The shipped one, a TOML file, or style-lstm, style-bidirectional, style-attention: the "
    "earlier system, for a report to compare with.",
)
@click.option("--set", "changes", multiple=True, metavar="KEY=VALUE", help="Override the recipe.")
def train(folder: str, name: str, recipe: str, changes: tuple[str, ...]) -> None:
    """Learn the style of a folder of MIDI files, and compose three pieces in it.

    Ctrl-C stops; the same command goes on where it was. A style that is there already goes on
    with what is now in the folder.
    """
    from muso import service
    from muso.bundle.bundle import MAX_BYTES
    from muso.cli.show import progress_bar
    from muso.music.files import read_bytes

    try:
        if recipe in service.earlier_recipes():
            _train_rival(folder, name, recipe, changes)
            return
        with progress_bar() as listener:
            _say_read(service.read_style(folder, name, listener))
            styled = service.train_style(
                folder, name, recipe=recipe, changes=changes, listener=listener
            )
    except KeyboardInterrupt:
        click.echo(
            "muso: stopped; what was learnt up to the last whole epoch is kept, and the same "
            "command goes on from there",
            err=True,
        )
        raise
    card = read_bytes(styled.training.bundle.folder / "CARD.md", MAX_BYTES)
    click.echo(card.decode("utf-8", "replace").rstrip())
    _say_made(styled, name)


def _train_rival(folder: str, name: str, recipe: str, changes: tuple[str, ...]) -> None:
    from muso import service
    from muso.cli.show import progress_bar

    with progress_bar() as listener:
        rival = service.train_rival(folder, name, recipe=recipe, changes=changes, listener=listener)
    click.echo(rival.report.rstrip())
    click.echo(f"\nReport and samples: {rival.folder}")


def _say_read(folder: Folder) -> None:
    for message in folder.unreadable.values():
        click.echo(f"muso: left out {message}", err=True)
    split = folder.split
    held_out = int((split.side > 0).sum())
    click.echo(
        f"{len(folder.pieces):,} pieces, {folder.notes:,} notes, {folder.hours:.1f} hours of "
        f"music; {held_out} are held out to tell how well it goes.",
        err=True,
    )


def _say_made(styled: Styled, name: str) -> None:
    made, real = styled.copying, styled.real_copying
    click.echo(
        f"\nOf {len(made.notes)} pieces made with it {made.share.value:.0%} copy more than two "
        f"bars of what it learnt from (of held-out pieces {real.share.value:.0%} do); the longest "
        f"run is {int(made.notes.max())} notes."
    )
    click.echo("\nSamples:")
    for path in styled.samples:
        click.echo(f"  {path}")
    click.echo(f"\nSaved as {name}: muso compose --style {name} --notes 500")
