"""A labelled collection of pieces."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from muso.corpus.copies import TRANSPOSED, find_copies
from muso.corpus.digest import short_digest
from muso.corpus.folders import list_folder, relative_to, top_folder
from muso.errors import CorpusError, shown


@dataclass(frozen=True)
class Piece:
    """One file of a corpus.

    Attributes:
        path: where it is, absolute.
        label: what it is an example of: a composer, a mood, a genre.
        work: the composition behind it; pieces of one work never stand on two sides of a split.
        split: the side a published split puts it on, as it is named there; empty without one.
        extra: the manifest's other columns, as they are.
    """

    path: Path
    label: str
    work: str
    split: str = ""
    extra: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def is_copy(self) -> bool:
        """Whether it is a transposed copy of another piece, made to train on."""
        return bool(self.extra.get(TRANSPOSED))


@dataclass(frozen=True)
class Corpus:
    """A labelled collection of pieces, in the order of its manifest.

    Attributes:
        name: what it is called in reports.
        pieces: the pieces that are there and have a label.
        missing: files that the manifest names and that are gone, and folders that may not be read.
        unlabelled: files that are there and have no label.
        passed_over: how many files of a scanned folder were left out: hidden or of another kind.
        folder: the folder whose folders are the labels; None where a manifest tells them.
        remarks: what whoever gathered it left out knowingly, a line each.
        lost: labels in the manifest that no piece is left of, sorted.

    >>> from pathlib import Path
    >>> corpus = Corpus("two", (Piece(Path("/b"), "B", "b"), Piece(Path("/a"), "A", "a")))
    >>> len(corpus), corpus.labels, corpus.counts
    (2, ('A', 'B'), {'A': 1, 'B': 1})
    """

    name: str
    pieces: tuple[Piece, ...]
    missing: tuple[Path, ...] = ()
    unlabelled: tuple[Path, ...] = ()
    passed_over: int = 0
    folder: Path | None = None
    remarks: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.pieces)

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """Every label once, sorted."""
        return tuple(sorted({piece.label for piece in self.pieces}))

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many pieces each label has, in the order of `labels`."""
        found = dict.fromkeys(self.labels, 0)
        for piece in self.pieces:
            found[piece.label] += 1
        return found

    @cached_property
    def digest(self) -> str:
        """A short hash of the pieces' relative paths, labels and works, whatever their order.

        It stays the same when the whole collection is moved to another place.
        """
        names = relative_to(tuple(piece.path for piece in self.pieces))
        return short_digest(
            sorted(
                f"{name}\n{piece.label}\n{piece.work}"
                for name, piece in zip(names, self.pieces, strict=True)
            )
        )


def scan_folder(folder: str | os.PathLike[str]) -> Corpus:
    """Read a folder tree as a corpus: the folder is the label, never any other part of the path.

    With folders of music inside, the outermost folder of each file is its label and files beside
    those folders are `unlabelled`; without, all files take the name of `folder` itself. Every
    piece is its own work. Transposed copies that muso wrote are left out, with a remark: they
    would be a label of their own.

    Args:
        folder: its tree is searched; hidden files and unknown suffixes are passed over.

    Raises:
        CorpusError: no music in it, or copies alone. MissingFile, NoPermission, FileError: it
            can't be read.

    >>> scan_folder("examples").labels
    ('examples',)
    """
    root = Path(os.path.abspath(folder))  # noqa: PTH100 - resolve() would follow links
    listing = list_folder(root)
    if not listing.files:
        raise CorpusError(
            f"{shown(root)}: no scores, clips or covers in this folder "
            f"({listing.passed_over:,} other files); name a folder that holds some"
        )
    copies = find_copies(root, listing.files)
    of_manifest = {name: manifest for manifest, own in copies.items() for name in own}
    files = [name for name in listing.files if name not in of_manifest]
    if not files:
        raise CorpusError(
            f"{shown(root)}: nothing but transposed copies that muso wrote; to train on them and "
            f"on what they are of, read {shown(root / next(iter(copies)))}"
        )
    nested = any("/" in name for name in files)
    pieces = tuple(
        Piece(root / name, top_folder(name) or root.name, name)
        for name in files
        if "/" in name or not nested
    )
    loose = tuple(root / name for name in files if nested and "/" not in name)
    return Corpus(
        root.name,
        pieces,
        listing.closed,
        loose,
        listing.passed_over,
        root,
        tuple(_told_copies(root / name, len(own)) for name, own in copies.items()),
    )


def _told_copies(manifest: Path, count: int) -> str:
    copies = "transposed copy" if count == 1 else "transposed copies"
    return (
        f"left out {count:,} {copies} that muso wrote into {shown(manifest.parent)}; to train on "
        f"copies and on what they are of, read {shown(manifest)}"
    )


def outside(corpus: Corpus, folder: str | os.PathLike[str]) -> Path:
    """The absolute path of a folder for what is made of a corpus.

    Raises:
        CorpusError: it lies in the folder that `corpus` was scanned from, where it would be a
            label the next time.
    """
    target = Path(os.path.abspath(folder))  # noqa: PTH100 - resolve() would follow links
    home = corpus.folder
    if home is not None and home in (target, *target.parents):
        raise CorpusError(
            f"{shown(target)} lies in {shown(home)}, where it would be a label of its own; "
            "choose a folder outside of it"
        )
    return target
