"""What is trained on: pieces prepared once, slices drawn from them again and again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from muso.corpus.corpus import Corpus, Piece
from muso.errors import CorpusError, FileError, MusoError
from muso.music.media import media_of, read_example
from muso.progress import Listener, counted, silent
from muso.represent.view import View, check_media, through_each
from muso.workers import chunked, spread


@dataclass(frozen=True, eq=False)
class Data:
    """Readable pieces of a corpus under one or more views.

    Attributes:
        pieces: those that could be read, in the order of the corpus.
        prepared: for each view, `(piece,)` what its `prepare` gave.
        target: `(piece,)` index of each piece's label in `labels`.
        labels: every label, sorted.
        unreadable: what was wrong, by path, with those that could not be read.
        left_out: labels none of whose pieces are here, for they could not be split.
    """

    pieces: tuple[Piece, ...]
    prepared: tuple[tuple[Any, ...], ...]
    target: NDArray[np.int64]
    labels: tuple[str, ...]
    unreadable: dict[str, str]
    left_out: tuple[str, ...] = ()

    @property
    def works(self) -> tuple[str, ...]:
        """`(piece,)` the work of each piece."""
        return tuple(piece.work for piece in self.pieces)


def read_data(
    corpus: Corpus,
    views: Sequence[View],
    media: str,
    *,
    sliced: bool = False,
    listener: Listener = silent,
) -> Data:
    """Read and prepare every piece of `corpus`, on all cores; what can't be read is told.

    Args:
        corpus: what to read.
        views: what to prepare each piece for.
        media: of the pieces; files of another medium are told among the unreadable.
        sliced: cut every piece where the view of most slices cuts it, and take each part as a
            piece of its own: what protocols that shuffle slices train and test on.
        listener: told of progress.

    Raises:
        CorpusError: not one piece could be read, or they have fewer than two labels.
    """
    paths = [piece.path for piece in corpus.pieces]
    chunks = chunked(paths)
    work = spread(_prepare, chunks, views, media, sliced)
    results = [r for chunk in counted(work, "reading", len(chunks), listener) for r in chunk]
    kept: list[tuple[Piece, Any]] = []
    unreadable: dict[str, str] = {}
    for piece, result in zip(corpus.pieces, results, strict=True):
        if isinstance(result, str):
            unreadable[str(piece.path)] = result
        else:
            kept.extend((piece, part) for part in result)
    labels = tuple(sorted({piece.label for piece, _ in kept}))
    if len(labels) < 2:
        why = next(iter(unreadable.values()), "give a corpus of two labels or more")
        found = "one label alone" if labels else "no label"
        raise CorpusError(f"{corpus.name}: {found} in readable {media}s; {why}")
    return Data(
        pieces=tuple(piece for piece, _ in kept),
        prepared=tuple(tuple(result[n] for _, result in kept) for n in range(len(views))),
        target=np.array([labels.index(piece.label) for piece, _ in kept], np.int64),
        labels=labels,
        unreadable=unreadable,
    )


def _prepare(paths: Sequence[Path], views: Sequence[View], media: str, sliced: bool) -> list[Any]:
    """Each file, or each of its parts, under each view; or a line on what is wrong with it."""
    out: list[Any] = []
    for path in paths:
        try:
            check_media(path, media_of(path), media, views)
            piece = read_example(path)
            parts = _parts(piece, views) if sliced else [piece]
            out.append([_prepared(part, views) for part in parts])
        except FileError as error:
            out.append(str(error.at(path)))
        except MusoError as error:
            out.append(str(error))
    return out


def _prepared(part: Any, views: Sequence[View]) -> list[Any]:
    return through_each(views, lambda view: view.prepare(part))


def _parts(piece: Any, views: Sequence[View]) -> list[Any]:
    cuts = max((view.slices(piece) for view in views), key=lambda slices: len(slices.start_s))
    spans = zip(cuts.start_s.tolist(), cuts.end_s.tolist(), strict=True)
    parts = (views[0].part(piece, start_s, end_s) for start_s, end_s in spans)
    return [part for part in parts if part is not None]
