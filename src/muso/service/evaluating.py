"""A model measured on somebody's own labelled corpus."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from muso.errors import CorpusError, FileError, MissingExtra, UsageError, WrongFormat, shown
from muso.music.files import StrPath
from muso.progress import Listener, counted, silent
from muso.service.collections import read_corpus
from muso.service.models import load
from muso.service.viewing import check_png
from muso.workers import chunked, spread

if TYPE_CHECKING:
    import numpy as np

    from muso.bundle.bundle import Bundle
    from muso.corpus.corpus import Piece
    from muso.judge.evaluation import Evaluation
    from muso.judge.metrics import Metrics


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
    excerpts: Sequence[float] = (),
    seed: int = 0,
    picture: StrPath | None = None,
    listener: Listener = silent,
) -> tuple[Evaluation, list[Row]]:
    """Measure a bundle on a labelled corpus.

    Args:
        bundle: a name or a folder.
        corpus: a CSV or a folder; pieces of labels the bundle doesn't know are left out.
        split: only pieces that the manifest puts on this side.
        labels: only these, the ranking restricted to them; empty for all.
        label, columns: which columns of the CSV to read, as in `read_corpus`.
        excerpts: also measure a random excerpt of so many seconds of every score or recording
            that the model did not learn from (of all, if it learnt from all), for each length.
        seed: of the excerpts.
        picture: a PNG of accuracy by length of excerpt.
        listener: told of progress.

    Returns:
        The evaluation, of the best-ranked labels, and one row a piece.

    Raises:
        CorpusError: nothing to measure. UsageError: a label the bundle doesn't know, an excerpt
        of nothing or of a cover, or a picture of no excerpts. MissingExtra: the picture can't be
        drawn here.

    >>> import pathlib, tempfile
    >>> mine = pathlib.Path(tempfile.mkdtemp(), "mine.csv")
    >>> score = pathlib.Path("examples/bach-bwv66-6.mid").resolve()
    >>> _ = mine.write_text(f"path,label\\n{score},Bach\\n")
    >>> evaluation, rows = evaluate("composer.1", mine)
    >>> evaluation.metrics.n, rows[0].predicted
    (1, 'Bach')
    """
    import numpy as np

    from muso.corpus.doubts import told_absent
    from muso.judge.evaluation import Evaluation
    from muso.judge.metrics import measure

    model, collection = load(bundle), read_corpus(corpus, label=label, columns=columns)
    kept = tuple(dict.fromkeys(labels)) or model.labels
    column = model.restricted(kept)
    lengths = tuple(sorted(set(excerpts)))
    _check_excerpts(model, lengths, picture)
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
    said = _said(bundle, [*enumerate(pieces, seed)], (None,), "evaluating", listener)
    learnt = _learnt(model, pieces)
    readable = [n for n, one in enumerate(said) if not isinstance(one, str)]
    # Excerpts of what it learnt from say nothing, where there is more.
    asked = [n for n in readable if not learnt[n]] or readable
    if lengths:
        cut = [(seed + n, pieces[n]) for n in asked]
        for n, one in zip(asked, _said(bundle, cut, lengths, "excerpts", listener), strict=True):
            said[n] = one if isinstance(one, str) else np.concatenate([one, said[n]])
    wrong = {str(pieces[n].path): one for n, one in enumerate(said) if isinstance(one, str)}
    read, asked = ([n for n in of if not isinstance(said[n], str)] for of in (readable, asked))
    if not asked:
        raise CorpusError(
            f"{collection.name}: no piece can be {'cut' if read else 'read'}; "
            f"{next(iter(wrong.values()))}"
        )

    def everything(of: Sequence[int], length: int = -1) -> np.ndarray[Any, Any]:
        # Never quite 0, so that labels none of which was thought possible still have shares.
        return np.stack([said[n][length] for n in of]).clip(min=np.finfo(float).tiny)

    def measured(of: Sequence[int], length: int = -1) -> Metrics:
        truth = np.array([kept.index(pieces[n].label) for n in of])
        works = [pieces[n].work for n in of]
        return measure(truth, _shares(everything(of, length)[:, column]), kept, works)

    sure = model.sureness(everything(read), among=kept) >= model.threshold
    known = int(learnt[read].sum())
    evaluation = Evaluation(
        bundle=model.name,
        labels=kept,
        corpus=collection.name,
        metrics=measured(read),
        coverage=float(sure.mean()),
        left_out=dict(sorted(left_out.items())),
        unreadable=wrong,
        doubts=told_absent(collection),
        learnt=known,
        new=measured(asked) if 0 < known < len(read) else None,
        excerpts=tuple(
            (float(seconds), measured(asked, number))
            for number, seconds in enumerate((*lengths, np.inf) if lengths else ())
        ),
    )
    if picture is not None:
        _draw(evaluation, picture)
    rows = [
        Row(pieces[n], kept[int(share.argmax())], float(share.max()))
        for n, share in zip(read, _shares(everything(read)[:, column]), strict=True)
    ]
    return evaluation, rows


def _shares(parts: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return parts / parts.sum(axis=-1, keepdims=True)  # type: ignore[no-any-return]


def _check_excerpts(model: Bundle, lengths: Sequence[float], picture: StrPath | None) -> None:
    from muso.music.clip import LEAST_S

    for length_s in lengths:
        least_s = LEAST_S if model.media == "clip" else 0.0
        if not least_s <= length_s < math.inf or length_s == 0:
            more = f"at least {LEAST_S:g} s" if least_s else "more than 0 s"
            raise UsageError(f"an excerpt of {length_s:g} s; ask for {more}, and the whole is told")
    if lengths and model.media == "cover":
        raise UsageError(f"{model.name} looks at covers, which have no length; leave excerpts out")
    if picture is not None and not lengths:
        raise UsageError(
            "a picture is of accuracy by length; give lengths of excerpts, such as 2,5,10,15,30"
        )
    if picture is not None:
        # Told before all is measured, not after.
        check_png(picture)
        if not Path(picture).absolute().parent.is_dir():
            raise UsageError(f"{shown(picture)}: there is no such folder; make it first")
        if find_spec("matplotlib") is None:
            raise MissingExtra("train", "drawing accuracy by length")


def _draw(evaluation: Evaluation, picture: StrPath) -> None:
    from muso.judge.metrics import TOP
    from muso.judge.pictures import draw_sweep

    curves = {
        name: [(seconds, getattr(found, metric)) for seconds, found in evaluation.excerpts]
        for name, metric in (("first named", "accuracy"), ("among the first five", "top5"))
        if metric != "top5" or len(evaluation.labels) > TOP
    }
    draw_sweep(
        curves,
        picture,
        against="length of the excerpt (s)",
        measured="share right",
        title=f"{evaluation.bundle} on {evaluation.corpus}",
    )


def _learnt(model: Bundle, pieces: Sequence[Piece]) -> np.ndarray[Any, Any]:
    """`(piece,)` whether the model learnt from it."""
    import numpy as np

    from muso.corpus.works import music_digests

    if not model.learnt:
        return np.zeros(len(pieces), bool)
    return np.array([d in model.learnt for d in music_digests([piece.path for piece in pieces])])


def _said(
    bundle: StrPath,
    pieces: Sequence[tuple[int, Piece]],
    lengths: Sequence[float | None],
    stage: str,
    listener: Listener,
) -> list[Any]:
    """What `_probabilities` gives of each piece, on all cores."""
    results = spread(_probabilities, chunked(pieces), os.fspath(bundle), lengths)
    flat = (one for chunk in results for one in chunk)
    return list(counted(flat, stage, len(pieces), listener))


def _probabilities(
    pieces: Sequence[tuple[int, Piece]], bundle: str, lengths: Sequence[float | None]
) -> list[Any]:
    """`(length, label)` probabilities of each piece, or a line on what is wrong with it.

    Args:
        pieces: each with the seed of its excerpts.
        bundle: a name or a folder.
        lengths: of the excerpts, seconds; None for the whole piece.
    """
    import numpy as np

    from muso.music.media import media_of
    from muso.represent.view import check_media

    model = load(bundle)
    views = [member.view for member in model.members]
    out: list[Any] = []
    for seed, piece in pieces:
        try:
            check_media(piece.path, media_of(piece.path), model.media, views)
            parts = _parts(piece.path, lengths, seed)
            said = [dict(model.predict(part).ranking) for part in parts]
            out.append(np.array([[one[label] for label in model.labels] for one in said]))
        except FileError as error:
            out.append(str(error.at(piece.path)))
        except MissingExtra as error:
            out.append(str(error))
    return out


def _parts(path: Path, lengths: Sequence[float | None], seed: int) -> Iterator[Any]:
    """A random part of a file for each length; all of it for None."""
    from muso.music.cover import Cover
    from muso.music.excerpt import random_excerpt
    from muso.music.media import read_example

    whole = read_example(path)
    for length_s in lengths:
        if length_s is None:
            yield whole
        elif isinstance(whole, Cover):
            raise WrongFormat(path, "a picture has no excerpts", "give the recording itself")
        else:
            yield random_excerpt(whole, length_s, seed)
