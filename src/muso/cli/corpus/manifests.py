"""`muso corpus scan`, `import`, `works` and `split`: making manifests"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from muso.cli.columns import reads_corpus
from muso.cli.corpus.facts import counted, say_counts, say_doubts, say_left_out, works_of

if TYPE_CHECKING:
    from muso.corpus.corpus import Corpus
    from muso.corpus.works import Match

TO = click.option("--to", metavar="FILE.csv", help="The manifest to write; named as the corpus.")


@click.command()
@click.argument("folder")
@click.option("--label", type=click.Choice(["folder", "genre"]), default="folder",
              show_default=True,
              help="The folder's name, or the genre in the tags of recordings.")  # fmt: skip
@click.option(
    "--names", metavar="FILE.csv",
    help="What spellings of genres mean; if it is not there, written to be edited.",
)  # fmt: skip
@TO
def scan(folder: str, label: str, names: str | None, to: str | None) -> None:
    """Read a folder tree: the folder's name is the label, the same music is one work.

    With --label genre a tagged music library is read: every artist is one work.
    """
    from muso import service

    _write(service.scan_corpus(folder, label, names), to)


@click.command(name="import")
@click.argument("name", metavar="DATA_SET")
@click.argument("folder")
@TO
def import_(name: str, folder: str, to: str | None) -> None:
    """Read a public data set in its original layout.

    DATA_SET is kaggle-classical, vgmidi, vgmidi-unlabelled, emopia, pop909, nottingham or gtzan.
    """
    from muso import service

    _write(service.import_corpus(name, folder), to)


@click.command()
@click.argument("corpus")
@reads_corpus
@click.option("--all", "everything", is_flag=True, help="List matches within one label too.")
@click.option("--to", metavar="FILE.csv", help="Write the manifest with the works found.")
def works(
    corpus: str, label: str | None, columns: dict[str, str], everything: bool, to: str | None
) -> None:
    """List pieces that are the same music, above all across labels.

    A match across labels is a wrong label, an arrangement, or a coincidence; listen to it. A
    split keeps the pieces of one work on one side whatever their labels.
    """
    from muso import service

    collection = service.read_corpus(corpus, label=label, columns=columns)
    matches, joined = service.find_matches(collection)
    say_doubts(service.find_doubts(joined))
    say_left_out(reason for _, reason in matches.unreadable)
    across = matches.across_labels(collection)
    apart = set(across)
    within = [match for match in matches.found if match not in apart]
    listed = [*_by_overlap(across), *(_by_overlap(within) if everything else ())]
    if listed:
        _list_matches(collection, listed)
    click.echo(
        f"{counted(len(collection), 'piece')} in {counted(works_of(joined), 'work')}, "
        f"where the corpus names {works_of(collection):,}."
    )
    hint = "" if everything or not within else " (--all lists them)"
    click.echo(
        f"{counted(len(across), 'match', 'matches')} across labels, {len(within):,} within a "
        f"label{hint}."
    )
    if to:
        _refuse_loss(collection, corpus, to)
        service.write_corpus(joined, to)
        click.echo(f"Written to {to}.")


@click.command()
@click.argument("corpus")
@reads_corpus
@click.option("--protocol", default="work", show_default=True, help="work, or a leaky one.")
@click.option("--held-out", default=0.15, show_default=True, help="Share to test on.")
@click.option("--validation", default=0.15, show_default=True, help="Share to choose by.")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0),
              help="Another one draws another split.")  # fmt: skip
@click.option("--to", metavar="FILE.csv", help="Where to write it; over the manifest itself.")
def split(
    corpus: str,
    label: str | None,
    columns: dict[str, str],
    protocol: str,
    held_out: float,
    validation: float,
    seed: int,
    to: str | None,
) -> None:
    """Draw a split, stratified by label and grouped by work, into the manifest's split column.

    Labels of a single work can't be split. They are named and written as train; recognizers are
    trained without them.
    """
    from muso import service
    from muso.corpus.split import SIDES, TRAIN

    collection = service.read_corpus(corpus, label=label, columns=columns)
    target = to or (corpus if Path(corpus).is_file() else f"{collection.name}.csv")
    _refuse_loss(collection, corpus, target)
    marked, drawn = service.split_corpus(
        collection, protocol=protocol, held_out=held_out, validation=validation, seed=seed
    )
    service.write_corpus(marked, target)
    say_doubts(service.find_doubts(collection))
    counts = [f"{int((drawn.side == n).sum()):,} {name}" for n, name in enumerate(SIDES)]
    if alone := _of_single_works(marked):
        counts[TRAIN] += f" ({alone:,} of labels that can't be split)"
    leaky = ", leaky" if drawn.leaky else ""
    click.echo(f"{target}: {', '.join(counts)} (protocol {protocol}{leaky}, digest {drawn.digest})")


def _of_single_works(corpus: Corpus) -> int:
    """How many pieces have a label of a single work."""
    from muso.corpus.split import unsplittable

    works = [piece.work for piece in corpus.pieces]
    return sum(corpus.counts[one] for one in unsplittable([p.label for p in corpus.pieces], works))


def _by_overlap(matches: Sequence[Match]) -> list[Match]:
    """The most alike first: across labels those are wrong labels, the others arrangements."""
    return sorted(matches, key=lambda match: -match.overlap)


def _list_matches(corpus: Corpus, matches: Sequence[Match]) -> None:
    from rich.markup import escape
    from rich.table import Table

    from muso.cli.show import print_table
    from muso.corpus.folders import relative_to
    from muso.errors import shown

    names = [
        escape(shown(name)) for name in relative_to(tuple(piece.path for piece in corpus.pieces))
    ]
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("one", "other", "kind", "in common"):
        table.add_column(heading, overflow="fold")
    for match in matches:
        moved = f", {match.semitones:+d}" if match.semitones else ""
        table.add_row(
            names[match.first], names[match.second], match.kind + moved, f"{match.overlap:.0%}"
        )
    print_table(table)


def _refuse_loss(corpus: Corpus, source: str, target: str) -> None:
    """Refuse to write a corpus over its own manifest while some of its rows can't be read."""
    from muso.errors import CorpusError

    lost = len(corpus.missing) + len(corpus.unlabelled)
    if lost and Path(target).exists() and Path(target).samefile(source):
        raise CorpusError(
            f"{source}: {lost:,} of its rows name files that are gone, or have no label, and would "
            "be lost; write to another file with --to"
        )


def _write(found: Corpus, to: str | None) -> None:
    from muso import service
    from muso.cli.show import say_passed_over

    target = to or f"{found.name}.csv"
    service.write_corpus(found, target)
    click.echo(
        f"{target}: {counted(len(found), 'piece')} of {counted(works_of(found), 'work')}, "
        f"{counted(len(found.labels), 'label')} (digest {found.digest})"
    )
    say_counts(found.counts)
    say_doubts(service.find_doubts(found))
    say_passed_over(found.passed_over)
