"""What a person should know of a corpus before trusting it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from muso.corpus.corpus import Corpus, Piece
from muso.corpus.names import compared
from muso.corpus.split import unsplittable
from muso.errors import shown
from muso.music.media import media_of

NAMED = 3
"""How many examples a line gives."""


def find_doubts(corpus: Corpus) -> tuple[str, ...]:
    """Files that are gone or without a label; labels that may be one, are copies or of one work.

    Returns:
        a line each, with what to do about it; empty for a corpus above suspicion.

    >>> from pathlib import Path
    >>> from muso.corpus.corpus import Piece
    >>> pieces = [Piece(Path(f"/{n}.mid"), name, n) for n, name in zip("abc", "BBb")]
    >>> for line in find_doubts(Corpus("three", tuple(pieces))):
    ...     print(line)
    the labels 'B', 'b' differ in case alone; if they are one, `muso corpus clean` joins them
    1 label has a single work and can't be split ('b'): recognizers are trained without it
    """
    lines = [*told_absent(corpus)]
    if count := len(corpus.unlabelled):
        lines.append(
            f"{count:,} {'file has' if count == 1 else 'files have'} no label "
            f"({_examples(map(str, corpus.unlabelled))}); put each into the folder "
            "of its label, or fill in its row or its tags"
        )
    lines.extend(_spelled_alike(corpus.labels))
    if copied := told_copied(corpus.pieces):
        lines.append(copied)
    single = unsplittable(
        [piece.label for piece in corpus.pieces], [piece.work for piece in corpus.pieces]
    )
    if single:
        lines.append(told_single(single))
    return tuple(lines)


def told_absent(corpus: Corpus) -> tuple[str, ...]:
    """What was left out of a corpus before it was read: knowingly, or since it is gone.

    >>> from pathlib import Path
    >>> told_absent(Corpus("mine", (), missing=(Path("/a.mid"),), lost=("Bach",)))[0].split("; ")[0]
    "left out 1 of 1 files: gone, or may not be read (/a.mid), and no piece is left of 'Bach'"
    """
    if not corpus.missing:
        return corpus.remarks
    total = len(corpus.missing) + len(corpus.unlabelled) + len(corpus)
    lost = f", and no piece is left of {_examples(map(repr, corpus.lost))}" if corpus.lost else ""
    missing = (
        f"left out {len(corpus.missing):,} of {total:,} files: gone, or may not be read "
        f"({_examples(map(str, corpus.missing))}){lost}; put "
        f"{'it' if len(corpus.missing) == 1 else 'them'} back where {shown(corpus.name)} says, or "
        "go on without"
    )
    return (*corpus.remarks, missing)


def told_copied(pieces: Iterable[Piece]) -> str:
    """One line on labels most of whose works are works of other labels too; empty without any.

    Of scores alone: nothing else is copied by transposing, and the works of a music library are
    its artists. One work alone may be shared by chance or by mistake, and songs that change their
    mood give up to 0.4 of a label's works to others (EMOPIA). Of two labels with the same works
    the one with more pieces is taken for the copy.

    >>> from pathlib import Path
    >>> works = {"/a.mid": ("Bach", "a"), "/b.mid": ("Bach", "b"), "/1.mid": ("more", "a"),
    ...          "/2.mid": ("more", "a"), "/3.mid": ("more", "b")}
    >>> told_copied(Piece(Path(path), *own) for path, own in works.items()).split("; ")[0]
    "1 label looks like copies of others ('more': 2 of its 2 works are theirs too)"
    """
    copied = _copied(piece for piece in pieces if media_of(piece.path) == "score")
    if not copied:
        return ""
    looks, it_is, it = (
        ("label looks", "it is", "it") if len(copied) == 1 else ("labels look", "they are", "them")
    )
    named = [
        f"{label!r}: {shared:,} of its {own:,} works are theirs too"
        for label, (shared, own) in copied.items()
    ]
    return (
        f"{len(copied):,} {looks} like copies of others ({_examples(named)}); if {it_is}, take "
        f"{it} out and train on the manifest.csv that `muso corpus augment` wrote"
    )


def told_single(labels: Sequence[str], found: str = "") -> str:
    """One line on labels of a single work; `found` says how it came out.

    >>> told_single(["Zani"])
    "1 label has a single work and can't be split ('Zani'): recognizers are trained without it"
    """
    have, it = ("label has", "it") if len(labels) == 1 else ("labels have", "them")
    return (
        f"{len(labels):,} {have} a single work{found} and can't be split "
        f"({_examples(map(repr, labels))}): recognizers are trained without {it}"
    )


def _copied(pieces: Iterable[Piece]) -> dict[str, tuple[int, int]]:
    """Labels most of whose works others have too: how many of them, and how many works in all."""
    count: Counter[str] = Counter()
    works: dict[str, set[str]] = {}
    for piece in pieces:
        count[piece.label] += 1
        works.setdefault(piece.label, set()).add(piece.work)
    held = Counter(work for own in works.values() for work in own)
    copied: dict[str, tuple[int, int]] = {}
    while True:
        shared = {label: sum(held[work] > 1 for work in own) for label, own in works.items()}
        most = [label for label, own in works.items() if shared[label] > max(1, len(own) / 2)]
        if not most:
            return copied
        # The one that shares most first: without it, what it was copied from shares nothing.
        label = max(
            most, key=lambda one: (shared[one], shared[one] / len(works[one]), count[one], one)
        )
        copied[label] = (shared[label], len(works[label]))
        held.subtract(works.pop(label))


def _spelled_alike(labels: Sequence[str]) -> list[str]:
    alike: dict[str, list[str]] = {}
    for label in labels:
        alike.setdefault(compared(label), []).append(label)
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


def _examples(given: Iterable[str]) -> str:
    names = list(given)
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return shown(", ".join(names[:NAMED]) + more)
