"""A folder of somebody's music as it is learnt from: read, checked, parted by works."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from muso.corpus.corpus import Corpus, Piece
from muso.corpus.folders import list_folder
from muso.corpus.split import SIDES, TEST, TRAIN, VALIDATION, Split
from muso.corpus.works import find_works
from muso.errors import CorpusError, EmptyFile, MissingFile, MusoError, shown
from muso.music.files import StrPath, read_bytes
from muso.music.midi import MAX_BYTES, SUFFIXES, read_score
from muso.music.score import Score
from muso.progress import Listener, counted, silent

FEWEST_WORKS = 5
"""Fewer can't be parted into what is learnt, what chooses and what is reported."""
FEWEST_NOTES = 2000
"""With fewer a model knows them by heart before it has learnt a thing."""
HELD_OUT = 0.1
"""Share of the works that chooses the best epoch, and share that is reported."""


@dataclass(frozen=True, eq=False)
class Folder:
    """The readable scores of a folder.

    Attributes:
        name: of the folder.
        pieces: with the works that were found.
        scores: `(piece,)`.
        digests: `(piece,)` a hash of each file's bytes, by which it is known again.
        split: by works.
        unreadable: what was wrong, by path, with files that are left out.
    """

    name: str
    pieces: tuple[Piece, ...]
    scores: tuple[Score, ...]
    digests: tuple[str, ...]
    split: Split
    unreadable: dict[str, str]

    @property
    def hours(self) -> float:
        """Hours of music."""
        return sum(score.length_s for score in self.scores) / 3600.0

    @property
    def notes(self) -> int:
        """Notes of all pieces."""
        return sum(len(score) for score in self.scores)

    @property
    def digest(self) -> str:
        """Of all files, whatever their names and order."""
        return hashlib.sha256("".join(sorted(self.digests)).encode()).hexdigest()[:12]

    @property
    def sides(self) -> dict[str, str]:
        """The side of each file, by its digest."""
        sides = (SIDES[side] for side in self.split.side.tolist())
        return dict(zip(self.digests, sides, strict=True))

    def on(self, side: int) -> list[int]:
        """Indices of the pieces on a side."""
        return [int(n) for n in np.flatnonzero(self.split.side == side)]


def read_folder(
    folder: StrPath,
    *,
    known: Mapping[str, str] | None = None,
    seed: int = 0,
    listener: Listener = silent,
) -> Folder:
    """Read every score below a folder, and hold some works out.

    Files that can't be read, and those of percussion alone, are left out and told. Pieces that
    are the same music are one work, and stand on one side.

    Args:
        folder: of MIDI files.
        known: the side, by digest, of files that an earlier training had: they keep it.
        seed: draws the works held out.
        listener: told of progress.

    Raises:
        CorpusError: nothing in it, or too little. MissingFile, NoPermission, FileError: the
            folder itself can't be read.

    >>> len(read_folder("examples").pieces) >= 5
    True
    """
    root = Path(folder).absolute()
    if not root.exists():
        raise MissingFile(folder, "no such folder", "name a folder of MIDI files")
    listing = list_folder(root, SUFFIXES)
    if not listing.files:
        raise CorpusError(
            f"{shown(root)}: no MIDI files in this folder ({listing.passed_over:,} other files); "
            "name a folder that holds some"
        )
    pieces, scores, digests, unreadable = [], [], [], {}
    for name in counted(listing.files, "reading", len(listing.files), listener):
        path = root / name
        try:
            score = read_score(path)
            if not score.pitched.any():
                raise EmptyFile(path, "nothing but percussion", "give files with a tune in them")
            digests.append(hashlib.sha256(read_bytes(path, MAX_BYTES)).hexdigest()[:16])
        except MusoError as error:
            unreadable[str(path)] = str(error)
            continue
        pieces.append(Piece(path, root.name, name))
        scores.append(score)
    _check_amount(root, scores, unreadable, len(pieces))
    joined = find_works(Corpus(root.name, tuple(pieces))).pieces
    works = tuple(piece.work for piece in joined)
    _check_amount(root, scores, unreadable, len(set(works)))
    side = _sides(works, digests, known or {}, seed)
    split = Split(side, works, "work", seed)
    return Folder(root.name, joined, tuple(scores), tuple(digests), split, unreadable)


def _check_amount(root: Path, scores: list[Score], unreadable: dict[str, str], works: int) -> None:
    notes = sum(len(score) for score in scores)
    if works >= FEWEST_WORKS and notes >= FEWEST_NOTES:
        return
    pieces = "piece" if works == 1 else "different pieces"
    left_out = "".join(f"; {len(unreadable)} left out, {why}" for why in [*unreadable.values()][:1])
    raise CorpusError(
        f"{shown(root)}: {works} {pieces} with {notes:,} notes is too little to learn a style "
        f"from; give at least {FEWEST_WORKS} and {FEWEST_NOTES:,} notes, an hour of music is good"
        + left_out
    )


def _sides(
    works: tuple[str, ...], digests: list[str], known: Mapping[str, str], seed: int
) -> NDArray[np.int8]:
    """`(piece,)` where each stands: with its work, known ones where they stood."""
    side_of: dict[str, int] = {}
    for work, digest in zip(works, digests, strict=True):
        if digest in known:
            # What is found to be the same work as something learnt from can't judge any more.
            side_of[work] = min(SIDES.index(known[digest]), side_of.get(work, TEST))
    names = sorted(set(works))
    wanted = max(1, round(HELD_OUT * len(names)))
    free = [name for name in names if name not in side_of]
    order = [free[n] for n in np.random.default_rng(seed).permutation(len(free))]
    for side in (TEST, VALIDATION):
        missing = wanted - sum(one == side for one in side_of.values())
        for name in order[: max(missing, 0)]:
            side_of[name] = side
        order = order[max(missing, 0) :]
    return np.array([side_of.get(work, TRAIN) for work in works], np.int8)
