"""More of the same: transposed copies written beside a corpus, and kept in their works."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from muso.corpus.copies import MANIFEST, ORIGIN, TRANSPOSED
from muso.corpus.corpus import Corpus, Piece, outside
from muso.corpus.folders import make_folder, relative_to
from muso.corpus.manifest import write_manifest
from muso.errors import MusoError
from muso.music.midi import read_score, write_score
from muso.workers import for_each

SEMITONES = (-2, 2)


@dataclass(frozen=True)
class Augmented:
    """A corpus and its copies.

    Attributes:
        corpus: the pieces, then their copies, each with its piece's label, work and split.
        unreadable: pieces of which no copy could be made, with the reason.
    """

    corpus: Corpus
    unreadable: tuple[tuple[Path, str], ...]


def augment(
    corpus: Corpus,
    folder: str | os.PathLike[str],
    semitones: Sequence[int] = SEMITONES,
) -> Augmented:
    """Write transposed copies of every score of a corpus, and a manifest of all of it.

    A copy is never a work or a label of its own. Notes that would leave MIDI's range stay in it
    by an octave; percussion is not moved. Copies are not copied again, so that running twice
    changes nothing.

    Args:
        corpus: what to copy.
        folder: where the copies and `MANIFEST` go; made if need be. Not in the folder that
            `corpus` was scanned from, where it would be a label.
        semitones: how far each copy is moved, by default two down and two up.

    Raises:
        CorpusError: `folder` lies in the corpus. NoPermission, FileError: it can't be written to.

    >>> import tempfile
    >>> from muso.corpus.corpus import scan_folder
    >>> made = augment(scan_folder("examples"), tempfile.mkdtemp()).corpus
    >>> originals = len(scan_folder("examples"))
    >>> len(made) == 3 * originals, len({piece.work for piece in made.pieces}) == originals
    (True, True)
    """
    target = outside(corpus, folder)
    make_folder(target)
    originals = [piece for piece in corpus.pieces if not piece.is_copy]
    names = list(relative_to(tuple(piece.path for piece in originals)))
    wanted = [
        _Copy(piece.path, target / _copy_name(name, step), step)
        for piece, name in zip(originals, names, strict=True)
        for step in semitones
    ]
    reasons = for_each(_write, wanted)
    origin = {piece.path: (piece, name) for piece, name in zip(originals, names, strict=True)}
    made = [
        _marked(*origin[copy.source], copy)
        for copy, reason in zip(wanted, reasons, strict=True)
        if not reason
    ]
    failed = {copy.source: reason for copy, reason in zip(wanted, reasons, strict=True) if reason}
    whole = replace(corpus, pieces=(*originals, *made))
    write_manifest(whole, target / MANIFEST)
    return Augmented(whole, tuple(failed.items()))


@dataclass(frozen=True)
class _Copy:
    source: Path
    target: Path
    semitones: int


def _copy_name(name: str, semitones: int) -> str:
    stem, _, suffix = name.rpartition(".")
    stem = stem if suffix.lower() == "mid" else name
    return f"{stem}_{'up' if semitones > 0 else 'down'}{abs(semitones)}.mid"


def _write(copy: _Copy) -> str:
    """Write one copy; why not, if it can't be made."""
    try:
        score = read_score(copy.source)
    except MusoError as error:
        return str(error)
    make_folder(copy.target.parent)
    write_score(score.transpose(copy.semitones), copy.target)
    return ""


def _marked(piece: Piece, name: str, copy: _Copy) -> Piece:
    extra = {**piece.extra, ORIGIN: name, TRANSPOSED: f"{copy.semitones:+d}"}
    return replace(piece, path=copy.target, extra=extra)
