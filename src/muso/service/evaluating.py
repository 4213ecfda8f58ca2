"""A model measured on somebody's own labelled corpus."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from muso.errors import FileError, MissingExtra
from muso.music.files import StrPath
from muso.progress import Listener, counted, silent
from muso.service.collections import read_corpus
from muso.service.models import gone, load
from muso.workers import chunked, spread

if TYPE_CHECKING:
    import numpy as np

    from muso.bundle.bundle import Bundle
    from muso.corpus.corpus import Piece
    from muso.judge.evaluation import Evaluation


@dataclass(frozen=True, eq=False)
class Row:
    """One piece of an evaluation: what it is and what the bundle said."""

    piece: Piece
    predicted: str
    probability: float


def evaluate(
    bundle: StrPath,
    corpus: StrPath,
    *,
    split: str | None = None,
    labels: Sequence[str] = (),
    label: str | None = None,
    columns: Mapping[str, str] | None = None,
    listener: Listener = silent,
) -> tuple[Evaluation, list[Row]]:
    """Measure a bundle on a labelled corpus.

    Args:
        bundle: a name or a folder.
        corpus: a CSV or a folder; pieces of labels the bundle doesn't know are left out.
        split: only pieces that the manifest puts on this side.
        labels: only these, the ranking restricted to them; empty for all.
        label, columns: which columns of the CSV to read, as in `read_corpus`.
        listener: told of progress.

    Returns:
        The evaluation, of the best-ranked labels, and one row a piece.

    Raises:
        CorpusError: nothing to measure. UsageError: a label the bundle doesn't know.

    >>> import pathlib, tempfile
    >>> mine = pathlib.Path(tempfile.mkdtemp(), "mine.csv")
    >>> score = pathlib.Path("examples/bach-bwv66-6.mid").resolve()
    >>> _ = mine.write_text(f"path,label\\n{score},Bach\\n")
    >>> evaluation, rows = evaluate("composer.1", mine)
    >>> evaluation.metrics.n, rows[0].predicted
    (1, 'Bach')
    """
    import numpy as np

    from muso.errors import CorpusError
    from muso.judge.evaluation import Evaluation
    from muso.judge.metrics import measure

    model, collection = load(bundle), read_corpus(corpus, label=label, columns=columns)
    kept = tuple(dict.fromkeys(labels)) or model.labels
    column = model.restricted(kept)
    chosen = [p for p in collection.pieces if split is None or p.split == split]
    if not chosen:
        sides = ", ".join(sorted({p.split for p in collection.pieces} - {""})) or "none"
        raise CorpusError(f"{collection.name}: no row is on the side {split!r}; it names {sides}")
    left_out: dict[str, int] = {}
    for piece in chosen:
        if piece.label not in kept:
            left_out[piece.label] = left_out.get(piece.label, 0) + 1
    pieces = [piece for piece in chosen if piece.label in kept]
    if not pieces:
        raise CorpusError(
            f"{collection.name}: no piece has a label that {model.name} knows; "
            "`muso bundles show` lists them"
        )
    chunks = chunked(pieces)
    results = spread(_probabilities, chunks, os.fspath(bundle))
    flat = counted((r for c in results for r in c), "evaluating", len(pieces), listener)
    read: list[tuple[Piece, np.ndarray[Any, Any]]] = []
    unreadable = gone(collection)
    for piece, result in zip(pieces, flat, strict=True):
        if isinstance(result, str):
            unreadable[str(piece.path)] = result
        else:
            read.append((piece, result))
    if not read:
        raise CorpusError(
            f"{collection.name}: no piece can be read; {next(iter(unreadable.values()))}"
        )
    # Never quite 0, so that labels none of which was thought possible still have shares.
    everything = np.stack([p for _, p in read]).clip(min=np.finfo(float).tiny)
    probability = everything[:, column]
    probability = probability / probability.sum(axis=1, keepdims=True)
    truth = np.array([kept.index(piece.label) for piece, _ in read])
    works = [piece.work for piece, _ in read]
    learnt = _learnt(model, [piece for piece, _ in read])
    new = np.flatnonzero(~learnt)
    both = 0 < len(new) < len(read)
    evaluation = Evaluation(
        bundle=model.name,
        labels=kept,
        corpus=collection.name,
        metrics=measure(truth, probability, kept, works),
        coverage=float((model.sureness(everything, among=kept) >= model.threshold).mean()),
        left_out=dict(sorted(left_out.items())),
        unreadable=unreadable,
        learnt=int(learnt.sum()),
        new=measure(truth[new], probability[new], kept, [works[n] for n in new]) if both else None,
    )
    rows = [
        Row(piece, kept[int(p.argmax())], float(p.max()))
        for (piece, _), p in zip(read, probability, strict=True)
    ]
    return evaluation, rows


def _learnt(model: Bundle, pieces: Sequence[Piece]) -> np.ndarray[Any, Any]:
    """`(piece,)` whether the model learnt from it."""
    import numpy as np

    from muso.corpus.works import music_digests

    if not model.learnt:
        return np.zeros(len(pieces), bool)
    return np.array([d in model.learnt for d in music_digests([piece.path for piece in pieces])])


def _probabilities(pieces: Sequence[Piece], bundle: str) -> list[Any]:
    """`(label,)` probabilities of each piece, or a line on what is wrong with it."""
    import numpy as np

    from muso.music.media import media_of, read_piece
    from muso.represent.view import check_media

    model = load(bundle)
    out: list[Any] = []
    for piece in pieces:
        try:
            views = [member.view for member in model.members]
            check_media(piece.path, media_of(piece.path), model.media, views)
            said = dict(model.predict(read_piece(piece.path)).ranking)
            out.append(np.array([said[label] for label in model.labels]))
        except FileError as error:
            out.append(str(error.at(piece.path)))
        except MissingExtra as error:
            out.append(str(error))
    return out
