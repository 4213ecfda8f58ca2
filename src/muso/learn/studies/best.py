"""The shipped composer bundle on works it was not trained on: whole pieces and excerpts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from muso.corpus.corpus import Corpus, Piece
from muso.errors import FileError
from muso.judge.intervals import Interval
from muso.judge.metrics import measure
from muso.learn.studies.study import Context, NotHere, Outcome
from muso.learn.studies.trials import figures, find_corpus
from muso.music.excerpt import random_excerpt
from muso.progress import counted

if TYPE_CHECKING:
    from muso.bundle.bundle import Bundle

BUNDLE = "composer.1"
TABLE = "composers.csv"
FOUR = ("Bach", "Beethoven", "Chopin", "Mozart")
OFTEN = 20
"""Pieces a composer has, to be among "the 78"."""
EXCERPTS_S = (2.0, 5.0, 10.0, 15.0, 30.0)


def held_out(context: Context) -> tuple[Bundle, Corpus, list[Piece]]:
    """The bundle, the corpus, and the pieces of it that the bundle was not trained on.

    Raises:
        NotHere: the corpus is not the one the bundle was trained on, so nobody knows which
            of its works were.
    """
    from muso.bundle.store import find_bundle
    from muso.corpus.split import TEST, draw_split
    from muso.corpus.works import find_works
    from muso.judge.report import read_report

    bundle = find_bundle(BUNDLE)
    corpus = find_works(find_corpus(context.data, TABLE))
    facts = read_report(bundle.folder / "report.json").split
    split = draw_split(
        [piece.label for piece in corpus.pieces],
        [piece.work for piece in corpus.pieces],
        held_out=bundle.recipe["split"]["held_out"],
        validation=bundle.recipe["split"]["validation"],
        seed=facts.seed,
    )
    if split.digest != facts.digest:
        raise NotHere(
            f"{corpus.name}: {BUNDLE} was trained on another collection, so what it knows of this "
            "one can't be told"
        )
    test = np.flatnonzero(split.side == TEST)
    return bundle, corpus, [corpus.pieces[i] for i in test]


def measure_best(context: Context) -> Outcome:
    """All composers, the 78 with twenty pieces or more, and the four."""
    bundle, corpus, pieces = held_out(context)
    said, kept = _asked(bundle, pieces, context)
    often = [label for label, count in corpus.counts.items() if count >= OFTEN]
    metrics: dict[str, Interval] = {}
    for name, labels in (("", bundle.labels), ("_of_the_78", often), ("_of_four", FOUR)):
        found = _restricted(bundle, kept, said, labels)
        metrics |= {f"{key}{name}": value for key, value in found.items()}
    predictions = {"work": said.argmax(axis=1)}
    return Outcome(dict(bundle.recipe), metrics, predictions, f"{len(kept):,} held-out pieces")


def measure_excerpts(context: Context) -> Outcome:
    """The same pieces from a random excerpt each, as long as a listener would give it."""
    bundle, _, pieces = held_out(context)
    if context.share < 1:
        rng = np.random.default_rng(context.seed)
        chosen = rng.permutation(len(pieces))[: max(50, int(len(pieces) * context.share))]
        pieces = [pieces[i] for i in np.sort(chosen)]
    metrics, predictions = {}, []
    for length_s in (*EXCERPTS_S, None):
        said, kept = _asked(bundle, pieces, context, length_s)
        named = "whole_pieces" if length_s is None else f"{length_s:g}_s"
        found = _restricted(bundle, kept, said, bundle.labels)
        metrics[f"work.accuracy_of_{named}"] = found["work.accuracy"]
        metrics[f"work.top5_of_{named}"] = found["work.top5"]
        predictions.append(said.argmax(axis=1))
    size = f"{len(pieces):,} held-out pieces, an excerpt of each length"
    return Outcome(dict(bundle.recipe), metrics, {"work": np.concatenate(predictions)}, size)


def _asked(
    bundle: Bundle, pieces: Sequence[Piece], context: Context, length_s: float | None = None
) -> tuple[NDArray[np.float64], list[Piece]]:
    """`(piece, label)` probabilities, and the pieces that could be read."""
    said, kept = [], []
    stage = "whole pieces" if length_s is None else f"excerpts of {length_s:g} s"
    for number, (piece, score) in enumerate(
        counted(_read(pieces), stage, len(pieces), context.listener)
    ):
        if score is None:
            continue
        if length_s is not None:
            score = random_excerpt(score, length_s, context.seed + number)
        ranking = dict(bundle.predict(score).ranking)
        said.append([ranking[label] for label in bundle.labels])
        kept.append(piece)
    return np.array(said), kept


def _read(pieces: Sequence[Piece]) -> Iterator[tuple[Piece, Any]]:
    from muso.music.midi import read_score

    for piece in pieces:
        try:
            yield piece, read_score(piece.path)
        except FileError:
            yield piece, None


def _restricted(
    bundle: Bundle, pieces: Sequence[Piece], said: NDArray[np.float64], labels: Sequence[str]
) -> dict[str, Interval]:
    """The metrics over the pieces of `labels`, the ranking restricted to them."""
    rows = [n for n, piece in enumerate(pieces) if piece.label in labels]
    share = said[rows][:, bundle.restricted(labels)] + np.finfo(float).tiny
    truth = [list(labels).index(pieces[n].label) for n in rows]
    works = [pieces[n].work for n in rows]
    return figures("work", measure(truth, share / share.sum(1, keepdims=True), labels, works))
