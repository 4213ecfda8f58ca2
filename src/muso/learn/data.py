"""What is trained on: pieces prepared once, slices drawn from them again and again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray

from muso.corpus.corpus import Corpus, Piece
from muso.errors import CorpusError, MusoError
from muso.music.media import read_piece
from muso.progress import Listener, counted, silent
from muso.represent.view import Slices, View, whole_piece

CHUNK = 32


@dataclass(frozen=True, eq=False)
class Data:
    """Readable pieces of a corpus under one or more views.

    Attributes:
        pieces: those that could be read, in the order of the corpus.
        prepared: for each view, `(piece,)` what its `prepare` gave.
        target: `(piece,)` index of each piece's label in `labels`.
        labels: every label, sorted.
        unreadable: what was wrong, by path, with those that could not be read.
    """

    pieces: tuple[Piece, ...]
    prepared: tuple[tuple[Any, ...], ...]
    target: NDArray[np.int64]
    labels: tuple[str, ...]
    unreadable: dict[str, str]

    @property
    def works(self) -> tuple[str, ...]:
        """`(piece,)` the work of each piece."""
        return tuple(piece.work for piece in self.pieces)


def read_data(
    corpus: Corpus, views: Sequence[View], media: str, listener: Listener = silent
) -> Data:
    """Read and prepare every piece of `corpus`, on all cores; what can't be read is told.

    Raises:
        CorpusError: not one piece could be read, or they have fewer than two labels.
    """
    chunks = [corpus.pieces[at : at + CHUNK] for at in range(0, len(corpus.pieces), CHUNK)]
    work = Parallel(n_jobs=-1, return_as="generator")(
        delayed(_prepare)([piece.path for piece in chunk], views) for chunk in chunks
    )
    results = [r for chunk in counted(work, "reading", len(chunks), listener) for r in chunk]
    kept = [
        (piece, result)
        for piece, result in zip(corpus.pieces, results, strict=True)
        if not isinstance(result, str)
    ]
    unreadable = {
        str(piece.path): result
        for piece, result in zip(corpus.pieces, results, strict=True)
        if isinstance(result, str)
    }
    labels = tuple(sorted({piece.label for piece, _ in kept}))
    if len(labels) < 2:
        why = next(iter(unreadable.values()), "give a corpus of two labels or more")
        raise CorpusError(f"{corpus.name}: {len(labels)} label(s) in readable {media}s; {why}")
    return Data(
        pieces=tuple(piece for piece, _ in kept),
        prepared=tuple(tuple(result[n] for _, result in kept) for n in range(len(views))),
        target=np.array([labels.index(piece.label) for piece, _ in kept], np.int64),
        labels=labels,
        unreadable=unreadable,
    )


def _prepare(paths: Sequence[Any], views: Sequence[View]) -> list[Any]:
    """Each file under each view, or a line on what is wrong with it."""
    out: list[Any] = []
    for path in paths:
        try:
            piece = read_piece(path)
            out.append([view.prepare(piece) for view in views])
        except MusoError as error:
            out.append(str(error))
    return out


@dataclass(frozen=True)
class Cut(View):
    """Slices already cut: what the leaky protocol `slice` shuffles. Its prepared is a slice."""

    name: ClassVar[str] = "cut"
    media: ClassVar[str] = ""

    of: View

    @property
    def shape(self) -> tuple[int, ...]:
        return self.of.shape

    def prepare(self, piece: Any) -> NDArray[np.float32]:
        return np.asarray(self.of.slices(piece).values[0])

    def cut(self, prepared: NDArray[np.float32]) -> Slices:
        return whole_piece(prepared, 0.0)


def slice_units(data: Data, views: Sequence[View]) -> tuple[Data, list[View]]:
    """The same data with every slice of the first view as a unit of its own.

    Other views, which may cut a piece otherwise, give the piece's first slice to each unit.
    """
    cuts = [view.cut(prepared).values for view, prepared in _each(data, views[:1])]
    counts = [len(values) for values in cuts]
    piece = np.repeat(np.arange(len(counts)), counts)
    others = [
        [view.cut(data.prepared[n][p]).values[0] for p in piece]
        for n, view in enumerate(views[1:], 1)
    ]
    first = [slice_ for values in cuts for slice_ in values]
    units = Data(
        pieces=tuple(data.pieces[p] for p in piece),
        prepared=(tuple(first), *(tuple(column) for column in others)),
        target=data.target[piece],
        labels=data.labels,
        unreadable=data.unreadable,
    )
    return units, [Cut(view) for view in views]


def _each(data: Data, views: Sequence[View]) -> Iterator[tuple[View, Any]]:
    for number, view in enumerate(views):
        for prepared in data.prepared[number]:
            yield view, prepared
