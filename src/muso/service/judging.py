"""Judging composed music: pieces are made in each mood and held against real ones."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from muso.compose.request import MOODS, ComposeRequest
from muso.errors import CorpusError, FileError, UsageError
from muso.music.files import StrPath, opening
from muso.progress import Listener, counted, silent
from muso.service.collections import read_corpus
from muso.service.composing import compose
from muso.service.ears import mood_ear
from muso.service.models import load
from muso.service.viewing import check_png

if TYPE_CHECKING:
    from muso.corpus.corpus import Corpus
    from muso.judge.intervals import Interval
    from muso.judge.music import Hearing, MusicEvaluation
    from muso.music.score import Score

JUDGE = "mood-judge.1"
"""Hears moods; trained on other pieces than what steers, and of another family of models."""
SECONDS = 30.0
MOST_REAL = 200
FEWEST_REAL = 8
UNSTEERED = "unsteered"
SHORTEST_NOTES = 8
"""Real excerpts of fewer notes tell nothing."""


def evaluate_music(
    bundle: StrPath,
    against: StrPath,
    *,
    pieces: int = 50,
    seconds: float = SECONDS,
    copied_from: StrPath | None = None,
    split: str | None = None,
    keep: StrPath | None = None,
    picture: StrPath | None = None,
    request: ComposeRequest = ComposeRequest(),
    judge: str = JUDGE,
    label: str | None = None,
    columns: Mapping[str, str] | None = None,
    listener: Listener = silent,
) -> MusicEvaluation:
    """Measure a composing bundle beside the real pieces of a corpus.

    Args:
        bundle: a name or a folder.
        against: a CSV or a folder of real pieces, best ones that nobody was trained on; where
            their labels are moods, the judge hears them too.
        pieces: made in each mood, and without any; 4 and more.
        seconds: length of the pieces made; real ones are cut to it.
        copied_from: the corpus whose notes may have been copied; `against` unless given.
        split: only real pieces that the manifest puts on this side.
        keep: a folder for the pieces; those that stand there already are not made again.
        picture: a PNG of made and real pieces side by side.
        request: how pieces are made, but for mood, length and seed.
        judge: the bundle that hears moods.
        label, columns: of `against`, as in `read_corpus`.
        listener: told of progress.

    Raises:
        UsageError: fewer than 4 pieces, no such bundle, or a picture that is no PNG.
        CorpusError: too few real pieces.
    """
    import numpy as np

    from muso.judge.copying import measure_copying
    from muso.judge.music import MusicEvaluation
    from muso.judge.overlap import compare_sets
    from muso.judge.qualities import measure_qualities

    if pieces < 4:
        raise UsageError(f"{pieces} pieces; take 4 or more")
    if picture is not None:
        check_png(picture)
    plain = replace(request, bundle=str(bundle), seconds=seconds)
    corpus = read_corpus(against, label=label, columns=columns)
    real, labels, works = _real(corpus, seconds, split, listener)
    made = _made(plain, pieces, keep, listener)
    everything = [score for scores in made.values() for score in scores]
    rng = np.random.default_rng(0)
    training = real
    if copied_from is not None:
        training = [s for s, _, _ in _scores(read_corpus(copied_from), None, listener)]
    measured = measure_qualities(everything), measure_qualities(real)
    if picture is not None:
        from muso.judge.set_pictures import draw_sets

        draw_sets({"made": everything, "real": real}, picture, title=Path(bundle).name)
    return MusicEvaluation(
        bundle=Path(bundle).name,
        corpus=corpus.name,
        pieces=pieces,
        real_pieces=len(real),
        seconds=seconds,
        nearness=compare_sets(*measured, works, rng),
        copying=measure_copying(everything, training),
        real_copying=None if copied_from is None else measure_copying(real, training),
        copied_from=corpus.name if copied_from is None else Path(copied_from).stem,
        hearing=_heard(made, real, labels, works, judge, listener),
        loss_nats=_loss(bundle),
    )


def _made(
    request: ComposeRequest, pieces: int, keep: StrPath | None, listener: Listener
) -> dict[str, list[Score]]:
    """Pieces of each mood, and without any, by their seeds."""
    from muso.music.midi import read_score, write_score

    folder = None if keep is None else Path(keep)
    if folder is not None:
        with opening(folder):
            folder.mkdir(parents=True, exist_ok=True)
    # Pieces of another model, or made otherwise, may be kept beside these.
    told = json.dumps([Path(str(request.bundle)).name, request.as_dict()], sort_keys=True)
    key = hashlib.sha256(told.encode()).hexdigest()[:8]
    kinds = (UNSTEERED, *MOODS)
    jobs = [(kind, seed) for seed in range(pieces) for kind in kinds]
    made: dict[str, list[Score]] = {kind: [] for kind in kinds}
    for kind, seed in counted(jobs, "composing", len(jobs), listener):
        # Pieces of another kind have other seeds, so that all are draws of their own.
        own = replace(
            request,
            mood=None if kind == UNSTEERED else kind,
            seed=request.seed + seed * len(kinds) + kinds.index(kind),
        )
        file = None if folder is None else folder / f"{kind}-{seed + 1:03}-{key}.mid"
        if file is None:
            made[kind].append(compose(own).score)
            continue
        if not file.exists():
            write_score(compose(own).score, file)
        made[kind].append(read_score(file))
    return made


def _real(
    corpus: Corpus, seconds: float, split: str | None, listener: Listener
) -> tuple[list[Score], list[str], list[str]]:
    """Real pieces from their beginning, their labels and works."""
    import numpy as np

    found = [
        (cut, label, work)
        for score, label, work in _scores(corpus, split, listener)
        if len(cut := score.between(0, seconds)) >= SHORTEST_NOTES
    ]
    if len(found) < FEWEST_REAL:
        raise CorpusError(
            f"{corpus.name}: {len(found)} pieces to hold music against; give {FEWEST_REAL} or more"
        )
    order = np.random.default_rng(0).permutation(len(found))[:MOST_REAL]
    scores, labels, works = zip(*(found[n] for n in sorted(order.tolist())), strict=True)
    return list(scores), list(labels), list(works)


def _scores(corpus: Corpus, split: str | None, listener: Listener) -> list[tuple[Score, str, str]]:
    from muso.music.media import read_piece
    from muso.music.score import Score

    chosen = [p for p in corpus.pieces if split is None or p.split == split]
    found = []
    for piece in counted(chosen, f"reading {corpus.name}", len(chosen), listener):
        try:
            score = read_piece(piece.path)
        except FileError:
            continue
        if isinstance(score, Score) and score.pitched.any():
            found.append((score.select(score.pitched), piece.label, piece.work))
    return found


def _heard(
    made: Mapping[str, Sequence[Score]],
    real: Sequence[Score],
    labels: Sequence[str],
    works: Sequence[str],
    judge: str,
    listener: Listener,
) -> Hearing:
    from muso.judge.intervals import share_interval
    from muso.judge.music import Hearing

    ear = mood_ear(judge)

    def label_of(score: Score) -> str:
        said = ear(score)
        return max(said, key=lambda mood: said[mood])

    def shares(heard: Mapping[str, Sequence[str]]) -> dict[str, Interval]:
        return {m: share_interval([h == m for h in heard[m]]) for m in MOODS if heard[m]}

    said = {
        kind: [label_of(s) for s in counted(scores, f"hearing {kind}", len(scores), listener)]
        for kind, scores in made.items()
    }
    unsteered = dict.fromkeys(MOODS, said[UNSTEERED])
    of_real = {m: [n for n, label in enumerate(labels) if label == m] for m in MOODS}
    heard_real = {
        mood: share_interval([label_of(real[n]) == mood for n in rows], [works[n] for n in rows])
        for mood, rows in of_real.items()
        if rows
    }
    return Hearing(
        judge=judge,
        learnt_from=str(load(judge).recipe.get("data", "")).strip(),
        intended=shares({mood: said[mood] for mood in MOODS}),
        unsteered=shares(unsteered),
        real=heard_real if len(heard_real) == len(MOODS) else {},
    )


def _loss(bundle: StrPath) -> float | None:
    """Held-out loss a note, as the bundle's own report tells it."""
    from muso.bundle.language import find_language
    from muso.judge.language import read_language_report

    try:
        report = read_language_report(find_language(str(bundle)).folder / "report.json")
    except FileError:
        return None
    return report.surprise.loss.value
