"""`muso survey`"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from muso.judge.answers import Hearing, Share


@click.group()
def survey() -> None:
    """Ask people what they hear: make a blind listening test, score its answers."""


@survey.command()
@click.argument("pieces", nargs=-1, required=True, type=click.Path(path_type=str))
@click.option("--to", required=True, metavar="FOLDER", help="What listeners get.")
@click.option("--key", metavar="FILE.csv", help="Where the key goes; beside the folder otherwise.")
@click.option("--seconds", "length_s", default=30.0, show_default=True, type=float,
              help="Length of every piece.")  # fmt: skip
@click.option("--format", "format_", default="ogg", show_default=True,
              type=click.Choice(["ogg", "mp3"]))  # fmt: skip
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0), help="Of the order.")
def make(
    pieces: tuple[str, ...], to: str, key: str | None, length_s: float, format_: str, seed: int
) -> None:
    """Render pieces under names that betray nothing, and a sheet for the answers.

    PIECES are folders named by what they hold (happy/ sad/ …), CSVs, or files in such folders.
    """
    from muso import service
    from muso.cli.show import progress_bar
    from muso.errors import shown

    with progress_bar() as listener:
        made = service.make_survey(
            pieces, to, key=key, length_s=length_s, format=format_, seed=seed, listener=listener
        )
    click.echo(
        f"{len(made.pieces)} pieces of {made.length_s:.0f} s in {shown(made.folder)}; listeners "
        f"fill in answers.csv with {', '.join(made.labels[:-1])} or {made.labels[-1]}."
    )
    click.echo(f"The key is {shown(made.key)}: keep it to yourself.")


@survey.command()
@click.argument("answers", nargs=-1, required=True, type=click.Path(path_type=str))
@click.option("--key", required=True, metavar="FILE.csv", help="That `muso survey make` wrote.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def score(answers: tuple[str, ...], key: str, as_json: bool) -> None:
    """Measure what was heard: ANSWERS are filled-in sheets."""
    from muso import service

    found = service.score_survey(answers, key)
    if as_json:
        click.echo(json.dumps(found.as_dict()))
    else:
        _print(found)


def _print(found: Hearing) -> None:
    from rich.markup import escape
    from rich.table import Table

    from muso.cli.show import bar, print_table

    def row(kind: str, share: Share) -> tuple[str, ...]:
        told = f"{bar(share.share.value)} {share.share.value:4.0%}"
        span = f"{share.share.low:.0%} to {share.share.high:.0%}"
        return kind, escape(share.name), told, span, f"{share.right} of {share.count}"

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("", "", "heard as intended", "95% interval", "answers"):
        table.add_column(heading)
    table.add_row(*row("all", found.right))
    table.add_row("chance", "", f"{bar(found.chance)} {found.chance:4.0%}", "", "")
    groups = {"intended": found.intended, "listener": found.listeners, "piece": found.pieces}
    for kind, shares in groups.items():
        for number, share in enumerate(shares):
            table.add_row(*row("" if number else kind, share))
    print_table(table)
    heard = Table(box=None, pad_edge=False, header_style="bold")
    heard.add_column("intended \\ heard")
    for label in found.labels:
        heard.add_column(escape(label), justify="right")
    for label, counts in zip(found.labels, found.confusion.tolist(), strict=True):
        heard.add_row(escape(label), *(str(count) for count in counts))
    click.echo()
    print_table(heard)
