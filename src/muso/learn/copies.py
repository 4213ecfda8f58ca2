"""Transposed copies of pieces: there to be learnt from, and never asked about."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from muso.corpus.copies import ORIGIN
from muso.corpus.corpus import Piece
from muso.corpus.split import TRAIN, Split
from muso.learn.data import Data
from muso.learn.selection import Pairs, among, take


def spare(data: Data) -> NDArray[np.bool_]:
    """`(piece,)` whether it is a transposed copy of another that is there too."""
    there = {_origin(piece) for piece in data.pieces if not piece.is_copy}
    return np.array([piece.is_copy and _origin(piece) in there for piece in data.pieces], np.bool_)


def with_copies(data: Data, index: NDArray[np.int64]) -> NDArray[np.int64]:
    """The units at `index` and the copies of them, in their order."""
    chosen = {_origin(data.pieces[i]) for i in index}
    return np.flatnonzero([_origin(piece) in chosen for piece in data.pieces])


def _origin(piece: Piece) -> tuple[str, str, str]:
    """What a piece and its copies have in common."""
    name = piece.extra.get(ORIGIN, "") if piece.is_copy else piece.path.name
    return piece.work, piece.label, name.rpartition("/")[2]


def asked_once(data: Data, split: Split, pairs: Pairs | None) -> tuple[Data, Split, Pairs | None]:
    """All three without transposed copies that stand elsewhere than on the training side.

    Copies are there to be learnt from; chosen by and tested on is what was composed. A copy whose
    original is not there stands for it.
    """
    kept = np.flatnonzero((split.side == TRAIN) | ~spare(data))
    if len(kept) == len(data.pieces):
        return data, split, pairs
    works = tuple(split.works[i] for i in kept)
    split = replace(split, side=split.side[kept], works=works)
    return take(data, kept), split, None if pairs is None else among(pairs, kept)
