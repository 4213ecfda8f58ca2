"""`muso corpus describe`"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from muso.cli.columns import reads_corpus
from muso.cli.corpus.facts import MOST_LABELS, counted, say_doubts, say_left_out

if TYPE_CHECKING:
    from muso.service import Described


@click.command()
@click.argument("corpus")
@click.option("--to", required=True, metavar="FOLDER", help="For the page, pictures and table.")
@click.option(
    "--clip", is_flag=True, help="Draw all again with outliers clipped, not length alone."
)
@reads_corpus
def describe(corpus: str, to: str, clip: bool, label: str | None, columns: dict[str, str]) -> None:
    """Measure the scores of a corpus: one page, its pictures, and a table of features."""
    from muso import service
    from muso.errors import MissingExtra, shown

    collection = service.read_corpus(corpus, label=label, columns=columns)
    described = service.describe_corpus(collection, to, clip=clip)
    click.echo(
        f"{shown(collection.name)}: {counted(len(collection), 'piece')}, "
        f"{counted(len(described.labels), 'label')}, digest {described.digest}"
    )
    _list_labels(described)
    largest = described.labels[0]
    click.echo(
        f"Who always guesses {shown(largest.label)} is right {largest.share:.1%} of the time; the "
        f"labels are as hard to guess as {described.evenness:.1f} of equal size."
    )
    say_doubts(described.doubts)
    say_left_out(described.unreadable)
    if not described.drawn:
        click.echo(f"muso: {MissingExtra('train', 'drawing pictures')}", err=True)
    for path in described.paths:
        click.echo(f"Written to {shown(path)}.")


def _list_labels(described: Described) -> None:
    from rich.markup import escape
    from rich.table import Table

    from muso.cli.show import bar, print_table
    from muso.errors import shown
    from muso.judge.corpus_page import clock

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("label", overflow="fold")
    table.add_column("")
    for heading in ("pieces", "share", "works", "length", "notes", "at once", "meter"):
        table.add_column(heading, justify="right")
    largest = described.labels[0].share
    for facts in described.labels[:MOST_LABELS]:
        figures = ("–", "–", "–")
        if facts.length_s is not None and facts.notes is not None and facts.polyphony is not None:
            figures = (clock(facts.length_s), f"{facts.notes:,.0f}", f"{facts.polyphony:.1f}")
        table.add_row(
            escape(shown(facts.label)),
            bar(facts.share / largest),
            f"{facts.pieces:,}",
            f"{facts.share:.1%}",
            f"{facts.works:,}",
            *figures,
            facts.meter or "none",
        )
    print_table(table)
    if len(described.labels) > MOST_LABELS:
        rest = sum(facts.pieces for facts in described.labels[MOST_LABELS:])
        count = len(described.labels) - MOST_LABELS
        click.echo(
            f"and {counted(rest, 'piece')} of {counted(count, 'more label')}; length and notes "
            "are medians."
        )
