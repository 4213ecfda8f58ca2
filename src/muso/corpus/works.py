"""Which pieces are the same music: exact copies, transposed ones, other encodings, arrangements."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from muso.corpus.candidates import find_candidates
from muso.corpus.corpus import Corpus
from muso.corpus.fingerprint import DIGEST_BYTES, Fingerprint, align, fingerprint
from muso.corpus.joined import Joined
from muso.corpus.likeness import ALIKE, BITS, Hash, picture_hash
from muso.errors import MusoError
from muso.music.cover import read_cover
from muso.music.files import opening
from muso.music.media import media_of
from muso.music.midi import read_score
from muso.workers import for_each

EVIDENCE = ((0.9, 1, 0.8), (0.25, 2, 0.0), (0.10, 4, 0.2), (0.05, 6, 0.4), (0.03, 9, 0.8))
"""What makes two scores one work: any row of least overlap, passages and span together.

The less two lines have in common, the longer and the wider it must run in order. Set on 6,614
classical files of two collections: of the 433 pairs known to be one work that share any passage,
424 are found; of 126 pairs found beyond those, some 20 are chance, by their names.
"""

COMPARED = 1024
"""Pictures compared with all others at a time: 20 MB for 5,000."""
WIDEST = 1.5
"""Pictures wider or higher than this are no album art."""


@dataclass(frozen=True)
class Match:
    """Two pieces that are the same music.

    Attributes:
        first, second: indices of the pieces, `first` the lower.
        kind: `copy` (the same notes, or bytes), `transposed`, `similar`, or `picture` (album art
            that looks the same).
        overlap: the share of the smaller one found in the other, rare passages counting more; 1
            for copies.
        semitones: how far the second lies above the first.
    """

    first: int
    second: int
    kind: str
    overlap: float
    semitones: int


@dataclass(frozen=True)
class Matches:
    """What was found in a corpus.

    Attributes:
        found: the matches, by `first`, then `second`.
        unreadable: files that could not be read, with the reason.
    """

    found: tuple[Match, ...]
    unreadable: tuple[tuple[Path, str], ...]

    def across_labels(self, corpus: Corpus) -> tuple[Match, ...]:
        """The matches between pieces of different labels: wrong labels, or arrangements."""
        label = [piece.label for piece in corpus.pieces]
        return tuple(match for match in self.found if label[match.first] != label[match.second])


def find_works(corpus: Corpus) -> Corpus:
    """The corpus with one work for pieces that are the same music.

    Works that the corpus names already are kept and joined where their pieces match.
    `find_matches` and `join_works` do it in two steps, for who wants to see what is joined,
    above all across labels.

    Args:
        corpus: what to search.

    >>> from muso.corpus.corpus import scan_folder
    >>> corpus = find_works(scan_folder("examples"))
    >>> len({piece.work for piece in corpus.pieces}) == len(corpus)
    True
    """
    return join_works(corpus, find_matches(corpus))


def find_matches(corpus: Corpus) -> Matches:
    """Find the pieces that are the same music, whatever their key, tempo and instruments.

    Scores are compared by their top lines (see `muso.corpus.fingerprint`), album art by its looks
    (see `muso.corpus.likeness`), clips only byte by byte. Takes 2 to 3 s for 1,000 scores on one
    core, and some 10 KB of memory a score.

    Args:
        corpus: what to search.

    Returns:
        the matches, and the files that can't be read; those match nothing.
    """
    read = for_each(_read, [piece.path for piece in corpus.pieces])
    prints = [one if isinstance(one, Fingerprint) else None for one in read]
    unreadable = tuple(
        (piece.path, one)
        for piece, one in zip(corpus.pieces, read, strict=True)
        if isinstance(one, str)
    )
    found = [*_copies(prints, "content", "copy"), *_copies(prints, "shape", "transposed")]
    alike = {match.second for match in found}
    # Of a set of copies only the first is compared further; it stands for all of them.
    once = [i for i, one in enumerate(prints) if one is not None and i not in alike]
    found.extend(_similar(once, [one.line for i in once if (one := prints[i]) is not None]))
    found.extend(_same_pictures(prints, once))
    return Matches(tuple(sorted(found, key=lambda m: (m.first, m.second))), unreadable)


def music_digests(paths: Sequence[Path]) -> list[bytes | None]:
    """A digest of each file: of scores the same in every key and on every instrument.

    Of clips and covers it is that of their bytes; None of files that can't be read.
    """
    read = for_each(_read, paths)
    return [one.shape if isinstance(one, Fingerprint) else None for one in read]


def join_works(corpus: Corpus, matches: Matches) -> Corpus:
    """The corpus with the works of matching pieces made one, under the first of their names.

    Matches across labels are joined too: a split that held them apart would leak. Look at
    `Matches.across_labels` to see them.
    """
    joined = Joined()
    for match in matches.found:
        joined.join(corpus.pieces[match.first].work, corpus.pieces[match.second].work)
    pieces = tuple(replace(piece, work=joined.first(piece.work)) for piece in corpus.pieces)
    return replace(corpus, pieces=pieces)


def _copies(prints: Sequence[Fingerprint | None], by: str, kind: str) -> Iterator[Match]:
    """Each piece with the first that has the same hash, unless a closer kind joins them."""
    first: dict[bytes, int] = {}
    for index, one in enumerate(prints):
        if one is None:
            continue
        start = first.setdefault(getattr(one, by), index)
        origin = prints[start]
        if start == index or origin is None:
            continue
        if kind == "copy" or one.content != origin.content:
            apart = int(one.line[0]) - int(origin.line[0]) if len(one.line) else 0
            yield Match(start, index, kind, 1.0, apart)


def _similar(indices: Sequence[int], lines: Sequence[NDArray[np.uint8]]) -> Iterator[Match]:
    pairs = find_candidates(lines)
    columns = (pairs.first.tolist(), pairs.second.tolist(), pairs.overlap.tolist())
    for first, second, overlap in zip(*columns, strict=True):
        found = align(lines[first], lines[second])
        if any(
            overlap >= least and found.passages >= passages and found.span >= span
            for least, passages, span in EVIDENCE
        ):
            yield Match(
                indices[first], indices[second], "similar", min(overlap, 1.0), found.semitones
            )


def _same_pictures(prints: Sequence[Fingerprint | None], once: Sequence[int]) -> Iterator[Match]:
    """Pairs among the pieces `once` whose pictures look the same."""
    indices, hashes = [], []
    for index in once:
        one = prints[index]
        if one is not None and one.picture is not None:
            indices.append(index)
            hashes.append(one.picture)
    if not indices:
        return
    signs = np.where(np.stack(hashes), np.float32(1), np.float32(-1))
    for at in range(0, len(signs), COMPARED):
        apart = (BITS - signs[at : at + COMPARED] @ signs[at:].T) / 2
        for row, column in np.argwhere(np.triu(apart <= ALIKE, 1)):
            share = 1 - float(apart[row, column]) / BITS
            yield Match(indices[at + row], indices[at + column], "picture", share, 0)


def _look(path: Path) -> Hash | None:
    """What is kept of a cover's looks; None of other pictures, and of those that can't be read."""
    if media_of(path) != "cover":
        return None
    try:
        cover = read_cover(path)
    except MusoError:
        return None
    rows, columns = cover.pixels.shape[:2]
    # Album art is about square. A spectrogram that stands in for a clip is not, and many look
    # alike.
    return picture_hash(cover) if max(rows, columns) < WIDEST * min(rows, columns) else None


def _read(path: Path) -> Fingerprint | str:
    """The fingerprint of a file, or why there is none."""
    try:
        if media_of(path) == "score":
            return fingerprint(read_score(path))
        with opening(path), path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").digest()[:DIGEST_BYTES]
        return Fingerprint(content, content, np.zeros(0, np.uint8), _look(path))
    except MusoError as error:
        return str(error)
