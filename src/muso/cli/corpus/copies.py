"""`muso corpus augment` and `sample`: what is made of a corpus"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from muso.cli.columns import reads_corpus
from muso.cli.corpus.facts import counted, say_doubts, say_left_out

if TYPE_CHECKING:
    from muso.corpus.corpus import Corpus


def _parse_semitones(
    context: click.Context, parameter: click.Parameter, given: str
) -> tuple[int, ...]:
    try:
        return tuple(int(step) for step in given.split(","))
    except ValueError:
        raise click.BadParameter(f"{given!r} is not whole numbers, as -2,2 is") from None


@click.command()
@click.argument("corpus")
@click.option("--to", required=True, metavar="FOLDER", help="For the copies and manifest.csv.")
@click.option("--semitones", default="-2,2", show_default=True, metavar="A,B,…",
              callback=_parse_semitones, help="How far each copy is moved.")  # fmt: skip
@reads_corpus
def augment(
    corpus: str,
    to: str,
    semitones: tuple[int, ...],
    label: str | None,
    columns: dict[str, str],
) -> None:
    """Write transposed copies of every score, and a manifest of originals and copies.

    A copy has the label, the work and the side of its original. Read the manifest, not the
    folder: it alone tells them, and a folder is scanned without the copies that lie in it.
    """
    from muso import service
    from muso.corpus.copies import MANIFEST

    collection = service.read_corpus(corpus, label=label, columns=columns)
    made = service.augment_corpus(collection, to, semitones)
    say_doubts(service.find_doubts(collection))
    say_left_out(reason for _, reason in made.unreadable)
    copies = sum(piece.is_copy for piece in made.corpus.pieces)
    click.echo(
        f"{counted(copies, 'copy', 'copies')} of {counted(len(made.corpus) - copies, 'piece')}; "
        f"read them as {Path(to, MANIFEST)}"
    )


@click.command()
@click.argument("corpus")
@click.option("--to", required=True, metavar="FOLDER", help="For the WAV files and samples.csv.")
@click.option("--seconds", "length_s", default=10.0, show_default=True, help="Of each sample.")
@click.option("--per-label", default=1, show_default=True, type=click.IntRange(1),
              help="Pieces of each label.")  # fmt: skip
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0),
              help="Another one draws other pieces.")  # fmt: skip
@reads_corpus
def sample(
    corpus: str,
    to: str,
    length_s: float,
    per_label: int,
    seed: int,
    label: str | None,
    columns: dict[str, str],
) -> None:
    """Play a short excerpt of every label into a WAV file, to listen through a corpus."""
    from muso import service
    from muso.cli.show import progress_bar

    collection = service.read_corpus(corpus, label=label, columns=columns)
    with progress_bar() as listener:
        made, unreadable = service.sample_corpus(
            collection, to, length_s=length_s, per_label=per_label, seed=seed, listener=listener
        )
    say_doubts(service.find_doubts(collection))
    say_left_out(unreadable)
    _list_samples(made)
    click.echo(f"{counted(len(made), 'sample')} of {counted(len(made.labels), 'label')} in {to}")


def _list_samples(made: Corpus) -> None:
    from rich.markup import escape
    from rich.table import Table

    from muso.cli.show import print_table
    from muso.errors import shown

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("sample", overflow="fold")
    table.add_column("from", justify="right")
    table.add_column("of", overflow="fold")
    for piece in made.pieces:
        name, heard = escape(shown(piece.path.name)), escape(shown(Path(piece.extra["piece"]).name))
        table.add_row(name, f"{float(piece.extra['start_s']):.1f} s", heard)
    print_table(table)
