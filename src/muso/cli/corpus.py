"""`muso corpus`"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from muso.corpus.corpus import Corpus

TO = click.option("--to", metavar="FILE.csv", help="The manifest to write; named as the corpus.")
MOST_LABELS = 12


@click.group()
def corpus() -> None:
    """Scan, import and split collections.

    A corpus is a CSV of path, label, work and split that you can read and edit.
    """


@corpus.command()
@click.argument("folder")
@TO
def scan(folder: str, to: str | None) -> None:
    """Read a folder tree: the folder's name is the label, the same music is one work."""
    from muso import service

    _write(service.scan_corpus(folder), to)


@corpus.command(name="import")
@click.argument("name", metavar="DATA_SET")
@click.argument("folder")
@TO
def import_(name: str, folder: str, to: str | None) -> None:
    """Read a public data set in its original layout.

    DATA_SET is kaggle-classical, vgmidi, vgmidi-unlabelled, emopia, pop909 or nottingham.
    """
    from muso import service

    _write(service.import_corpus(name, folder), to)


@corpus.command()
@click.argument("manifest")
@click.option("--protocol", default="work", show_default=True, help="work, or a leaky one.")
@click.option("--held-out", default=0.15, show_default=True, help="Share to test on.")
@click.option("--validation", default=0.15, show_default=True, help="Share to choose by.")
@click.option("--seed", default=0, show_default=True, help="Another one draws another split.")
@click.option("--to", metavar="FILE.csv", help="Where to write it; over the manifest itself.")
def split(
    manifest: str, protocol: str, held_out: float, validation: float, seed: int, to: str | None
) -> None:
    """Draw a split, stratified by label and grouped by work, into the manifest's split column."""
    from muso import service
    from muso.corpus.split import SIDES

    marked, drawn = service.split_corpus(
        service.read_corpus(manifest),
        protocol=protocol,
        held_out=held_out,
        validation=validation,
        seed=seed,
    )
    target = to or (manifest if Path(manifest).is_file() else f"{marked.name}.csv")
    service.write_corpus(marked, target)
    counts = [f"{int((drawn.side == n).sum()):,} {name}" for n, name in enumerate(SIDES)]
    leaky = ", leaky" if drawn.leaky else ""
    click.echo(f"{target}: {', '.join(counts)} (protocol {protocol}{leaky}, digest {drawn.digest})")


def _write(found: Corpus, to: str | None) -> None:
    from muso import service
    from muso.errors import shown

    target = to or f"{found.name}.csv"
    service.write_corpus(found, target)
    works = len({piece.work for piece in found.pieces})
    click.echo(
        f"{target}: {len(found):,} pieces of {works:,} works, {len(found.labels):,} labels "
        f"(digest {found.digest})"
    )
    by_count = sorted(found.counts.items(), key=lambda item: -item[1])
    for label, count in by_count[:MOST_LABELS]:
        click.echo(f"  {count:>6,} {label}")
    if len(by_count) > MOST_LABELS:
        rest = sum(count for _, count in by_count[MOST_LABELS:])
        click.echo(f"  {rest:>6,} in {len(by_count) - MOST_LABELS:,} more labels")
    for path in found.missing:
        click.echo(f"muso: {shown(path)} is gone or may not be read", err=True)
    for path in found.unlabelled:
        click.echo(f"muso: {shown(path)} has no label; put it into a folder", err=True)
    if found.passed_over:
        click.echo(f"{found.passed_over:,} other files passed over.", err=True)
