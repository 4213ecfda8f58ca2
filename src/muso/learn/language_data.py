"""What a language model is trained on: pieces as steps, drawn into streams of batches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from muso.corpus.corpus import Corpus, Piece
from muso.errors import CorpusError, MusoError
from muso.music.midi import read_score
from muso.represent.encoding import PAD, Encoding, Steps
from muso.workers import for_each

MOOD_KNOWN, COLLECTION_KNOWN = 0.8, 0.7
"""How often training tells the model a piece's mood and collection; else it does without."""


@dataclass(frozen=True, eq=False)
class Library:
    """Pieces as steps.

    Attributes:
        steps: `(piece,)` of `(step, field)`.
        collection: `(piece,)` index of each piece's label in `collections`.
        mood: `(piece, 2)` valence and arousal in -1…1; NaN where unknown.
        collections: the labels, sorted.
        works: `(piece,)`.
        paths: `(piece,)`.
        unreadable: what was wrong, by path, with those that could not be read.
    """

    steps: tuple[Steps, ...]
    collection: NDArray[np.int64]
    mood: NDArray[np.float32]
    collections: tuple[str, ...]
    works: tuple[str, ...]
    paths: tuple[Path, ...]
    unreadable: dict[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.steps)

    def take(self, index: Sequence[int] | NDArray[Any]) -> Library:
        """The pieces at `index`, under the same collections."""
        at = [int(i) for i in index]
        return Library(
            tuple(self.steps[i] for i in at),
            self.collection[at],
            self.mood[at],
            self.collections,
            tuple(self.works[i] for i in at),
            tuple(self.paths[i] for i in at),
        )

    def conditions(self) -> NDArray[np.float32]:
        """`(piece, condition)` all that is known: mood known, valence, arousal, collection."""
        known = ~np.isnan(self.mood[:, :1])
        mood = np.where(known, self.mood, 0)
        one_hot = np.eye(len(self.collections), dtype=np.float32)[self.collection]
        return np.concatenate([known, mood, one_hot], axis=1).astype(np.float32)


def read_library(corpus: Corpus, encoding: Encoding) -> Library:
    """Read and encode every score of a corpus; what can't be read is told.

    A piece's label is its collection. The manifest may hold the columns `valence` and `arousal`,
    -1…1.

    Raises:
        CorpusError: not one piece could be read, or a mood that is no number in -1…1.
    """
    moods = [_mood(piece) for piece in corpus.pieces]
    read = for_each(_Reader(encoding), [piece.path for piece in corpus.pieces])
    kept = [n for n, steps in enumerate(read) if not isinstance(steps, str)]
    unreadable = {
        str(piece.path): steps
        for piece, steps in zip(corpus.pieces, read, strict=True)
        if isinstance(steps, str)
    }
    if not kept:
        why = next(iter(unreadable.values()), "give a corpus of scores")
        raise CorpusError(f"{corpus.name}: no score could be read; {why}")
    pieces = [corpus.pieces[n] for n in kept]
    collections = tuple(sorted({piece.label for piece in pieces}))
    return Library(
        steps=tuple(np.asarray(read[n]) for n in kept),
        collection=np.array([collections.index(piece.label) for piece in pieces]),
        mood=np.array([moods[n] for n in kept], np.float32).reshape(len(kept), 2),
        collections=collections,
        works=tuple(piece.work for piece in pieces),
        paths=tuple(piece.path for piece in pieces),
        unreadable=unreadable,
    )


@dataclass(frozen=True)
class _Reader:
    encoding: Encoding

    def __call__(self, path: Path) -> Steps | str:
        try:
            return self.encoding.encode(read_score(path))
        except MusoError as error:
            return str(error)


def _mood(piece: Piece) -> tuple[float, float]:
    said = [piece.extra.get(name, "").strip() for name in ("valence", "arousal")]
    if not all(said):
        return (np.nan, np.nan)
    try:
        valence, arousal = (float(text) for text in said)
    except ValueError:
        valence = arousal = np.inf
    if not max(abs(valence), abs(arousal)) <= 1:
        raise CorpusError(
            f"{piece.path}: valence {said[0]!r} and arousal {said[1]!r}; give numbers in -1…1"
        )
    return valence, arousal


@dataclass(frozen=True, eq=False)
class Chunk:
    """Some steps of each stream.

    Attributes:
        rows: `(step + 1, stream, field)`; each row is to be told from those before it.
        condition: `(stream, condition)`.
        fresh: `(stream,)` whether the chunk begins a piece, so that the state must be cleared.
    """

    rows: NDArray[np.int64]
    condition: NDArray[np.float32]
    fresh: NDArray[np.bool_]


class Streams:
    """Pieces laid end to end in as many streams as a batch holds, without end.

    A piece begins at a chunk's first step, its last chunk is filled with padding. Every pass
    draws another order, another key and tempo of every piece. Where it stands is a few numbers
    (`position`), so that a training goes on exactly where it was.

    Args:
        library: what to draw.
        encoding: varies the pieces.
        shares: by collection, how often its pieces come up in one pass; 1 for those not named.
        batch: streams.
        length: steps a chunk.
        seed: of order and variation.
    """

    def __init__(
        self,
        library: Library,
        encoding: Encoding,
        shares: dict[str, float],
        batch: int,
        length: int,
        seed: int,
    ) -> None:
        self.library, self.encoding, self.length, self.seed = library, encoding, length, seed
        share = [shares.get(name, 1.0) for name in library.collections]
        self.share = np.array(share)[library.collection]
        self.known = library.conditions()
        self._passes: dict[int, NDArray[np.int64]] = {}
        self.drawn = [self._draw(n) for n in range(batch)]
        self.number = list(range(batch))
        self.at = [0] * batch
        self.next = batch

    @property
    def pass_chunks(self) -> int:
        """Chunks of the whole batch that one pass takes, about."""
        rows = np.array([-(-len(steps) // self.length) for steps in self.library.steps])
        return max(1, round(float((rows * self.share).sum()) / len(self.at)))

    @property
    def position(self) -> list[list[int]]:
        """Where the streams stand."""
        return [self.number, self.at, [self.next]]

    def go_to(self, position: Sequence[Sequence[int]]) -> None:
        """Stand where `position` was taken."""
        self.number, self.at = list(position[0]), list(position[1])
        self.next = position[2][0]
        self.drawn = [self._draw(n) for n in self.number]

    def chunk(self) -> Chunk:
        """The next chunk."""
        fields = len(self.encoding.fields)
        rows = np.full((self.length + 1, len(self.at), fields), PAD, np.int64)
        fresh = np.array([at == 0 for at in self.at])
        condition = np.stack([known for _, known in self.drawn])
        for stream, (steps, _) in enumerate(self.drawn):
            part = steps[self.at[stream] : self.at[stream] + self.length + 1]
            rows[: len(part), stream] = part
            self.at[stream] += self.length
            if self.at[stream] >= len(steps) - 1:
                self.number[stream], self.at[stream] = self.next, 0
                self.drawn[stream] = self._draw(self.next)
                self.next += 1
        return Chunk(rows, condition, fresh)

    def _draw(self, number: int) -> tuple[Steps, NDArray[np.float32]]:
        """The piece that comes up as the `number`th, varied, and what is told of it."""
        turn, left = 0, number
        while left >= len(order := self._order(turn)):
            turn, left = turn + 1, left - len(order)
        rng = np.random.default_rng([self.seed, 1, number])
        piece = int(order[left])
        known = self.known[piece].copy()
        if rng.random() > MOOD_KNOWN:
            known[:3] = 0
        if rng.random() > COLLECTION_KNOWN:
            known[3:] = 0
        return self.encoding.vary(self.library.steps[piece], rng), known

    def _order(self, turn: int) -> NDArray[np.int64]:
        if turn not in self._passes:
            rng = np.random.default_rng([self.seed, 0, turn])
            times = np.floor(self.share + rng.random(len(self.share))).astype(np.int64)
            pool = np.repeat(np.arange(len(times)), times)
            self._passes[turn] = rng.permutation(pool if len(pool) else np.arange(len(times)))
        return self._passes[turn]
