"""What a person should know of a corpus before trusting it."""

from __future__ import annotations

from collections.abc import Sequence

from muso.corpus.corpus import Corpus
from muso.corpus.names import plain
from muso.corpus.split import unsplittable
from muso.errors import shown

NAMED = 3
"""How many examples a line gives."""


def find_doubts(corpus: Corpus) -> tuple[str, ...]:
    """Files that are gone, pieces without a label, labels that may be one or can't be split.

    Returns:
        a line each, with what to do about it; empty for a corpus above suspicion.

    >>> from pathlib import Path
    >>> from muso.corpus.corpus import Piece
    >>> pieces = [Piece(Path(f"/{n}.mid"), name, n) for n, name in zip("abc", "BBb")]
    >>> for line in find_doubts(Corpus("three", tuple(pieces))):
    ...     print(line)
    the labels 'B', 'b' differ in case alone; if they are one, `muso corpus clean` joins them
    1 label has a single work and can't be split ('b'): it is left out of training
    """
    lines = [*corpus.remarks]
    if corpus.missing:
        total = len(corpus.missing) + len(corpus.unlabelled) + len(corpus)
        lines.append(
            f"{len(corpus.missing):,} of {total:,} files are gone or may not be read "
            f"({_examples([str(path) for path in corpus.missing])}); put them back where "
            f"{shown(corpus.name)} says, or go on without"
        )
    if count := len(corpus.unlabelled):
        lines.append(
            f"{count:,} {'file has' if count == 1 else 'files have'} no label "
            f"({_examples([str(path) for path in corpus.unlabelled])}); put each into the folder "
            "of its label, or fill in its row or its tags"
        )
    lines.extend(_spelled_alike(corpus.labels))
    single = unsplittable(
        [piece.label for piece in corpus.pieces], [piece.work for piece in corpus.pieces]
    )
    if single:
        lines.append(told_single(single))
    return tuple(lines)


def told_single(labels: Sequence[str], found: str = "") -> str:
    """One line on labels of a single work; `found` says how it came out.

    >>> told_single(["Zani"])
    "1 label has a single work and can't be split ('Zani'): it is left out of training"
    """
    have, are = ("label has", "it is") if len(labels) == 1 else ("labels have", "they are")
    return (
        f"{len(labels):,} {have} a single work{found} and can't be split "
        f"({_examples([repr(label) for label in labels])}): {are} left out of training"
    )


def _spelled_alike(labels: Sequence[str]) -> list[str]:
    alike: dict[str, list[str]] = {}
    for label in labels:
        alike.setdefault(plain(label) or label, []).append(label)
    lines = []
    for names in alike.values():
        if len(names) > 1:
            case = len({name.casefold() for name in names}) == 1
            what = "case alone" if case else "case, accents or punctuation alone"
            lines.append(
                f"the labels {shown(', '.join(map(repr, names)))} differ in {what}; "
                "if they are one, `muso corpus clean` joins them"
            )
    return lines


def _examples(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return shown(", ".join(names[:NAMED]) + more)
