"""What the corpus commands say of a corpus, each in the same words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from muso.corpus.corpus import Corpus

MOST_LABELS = 12


def counted(count: int, one: str, several: str = "") -> str:
    """So many of a thing; `several` where an s does not make it.

    >>> counted(1, "match", "matches"), counted(2000, "label")
    ('1 match', '2,000 labels')
    """
    return f"{count:,} {one if count == 1 else several or one + 's'}"


def say_counts(counts: dict[str, int]) -> None:
    """How many pieces each label has, the largest first, the small ones together."""
    from muso.errors import shown

    by_count = sorted(counts.items(), key=lambda item: -item[1])
    for label, count in by_count[:MOST_LABELS]:
        click.echo(f"  {count:>6,} {shown(label)}")
    if len(by_count) > MOST_LABELS:
        rest = sum(count for _, count in by_count[MOST_LABELS:])
        click.echo(f"  {rest:>6,} in {counted(len(by_count) - MOST_LABELS, 'more label')}")


def say_doubts(doubts: Iterable[str]) -> None:
    """What a person should know of a corpus before trusting it, a line each."""
    for line in doubts:
        click.echo(f"muso: {line}", err=True)


def say_left_out(reasons: Iterable[str], most: int = 10) -> None:
    """The first files that were left out, each with what is wrong, and how many more."""
    listed = list(reasons)
    for reason in listed[:most]:
        click.echo(f"muso: left out {reason}", err=True)
    if len(listed) > most:
        click.echo(f"muso: left out {counted(len(listed) - most, 'more file')}", err=True)


def works_of(corpus: Corpus) -> int:
    """How many works a corpus has."""
    return len({piece.work for piece in corpus.pieces})
