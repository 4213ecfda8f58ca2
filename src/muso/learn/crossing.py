"""Training on everything, measured by cross-validation: for corpora too small to hold some out."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from muso.bundle.bundle import Bundle
from muso.corpus.corpus import Corpus
from muso.corpus.split import TEST, TRAIN, Split, folds
from muso.errors import CorpusError, RecipeError
from muso.judge.baselines import Baseline, majority
from muso.judge.leaks import Leak, find_leaks
from muso.judge.metrics import measure
from muso.judge.report import Report, SplitFacts, Unknown
from muso.learn.binding import ask, bind
from muso.learn.copies import spare
from muso.learn.data import Data
from muso.learn.export import check_parity
from muso.learn.fitting import BASELINES, pool
from muso.learn.loop import Examples
from muso.learn.members import Trained, build_view, check_member, train_member, weigh
from muso.learn.recipe import MemberRecipe, Recipe
from muso.learn.refusing import Bar, passed_apart
from muso.learn.selection import load_data, take
from muso.learn.stopwatch import Stopwatch
from muso.learn.training import Training, doubts_of, run_folder, told_data, told_licence
from muso.music.files import whole
from muso.progress import Listener, Progress, silent
from muso.represent.view import View


@dataclass(frozen=True, eq=False)
class Crossed:
    """What cross-validation found.

    Attributes:
        data: the pieces that were asked about: all that were read but transposed copies, which
            are there to be learnt from.
        parts: the splits of these pieces; each is on the test side of one.
        said: for each member `(piece, label)` log probabilities by models that never saw the
            piece's work.
        probability: `(piece, label)` of the members together; their weights too were found
            without the pieces they are used on.
    """

    data: Data
    parts: tuple[Split, ...]
    said: tuple[NDArray[np.float64], ...]
    probability: NDArray[np.float64]


def train_crossed(
    recipe: Recipe, corpus: Corpus, media: str, folder: Path, listener: Listener = silent
) -> Training:
    """Train a bundle on every piece, and report it by cross-validation.

    In each of `recipe.split.folds` turns the members are fitted on the other folds and asked
    about one. The weights and the threshold that are shipped come from all those answers; in the
    report each fold is pooled with weights, and refused by a threshold, of the other folds'
    answers. Networks go through all their epochs: there is no validation side to stop by.

    Args as of `muso.learn.training.train`.

    Raises:
        CorpusError: nothing to train on, or a label with fewer works than folds. RecipeError: it
        names what does not exist, or sets what folds would pass over. ExportError: the graph
        computes something else.
    """
    watch = Stopwatch(run_folder(recipe, corpus), listener)
    _refuse_unused(recipe)
    views, compared = _views(recipe, media)
    data, alike = load_data(recipe, [*views, *compared.values()], corpus, media, watch)
    _check(data, corpus, recipe.split.folds)
    crossed = cross(recipe, views, data, run_folder(recipe, corpus), watch)
    asked, target, parts = crossed.data, crossed.data.target, _parts(recipe, data)
    weights = weigh(crossed.said, target, recipe.even)
    together = pool(weights, crossed.said)
    bar = Bar.of(together, target, data.labels)
    everything = np.arange(len(data.pieces))
    members = [
        _fit(member, views[n], data, n, everything, recipe.seed, run_folder(recipe, corpus), watch)
        for n, member in enumerate(recipe.member)
    ]
    found = [_majority(crossed, recipe.seed)]
    found += [
        _baseline(name, view, data, len(views) + n, parts, recipe.seed)
        for n, (name, view) in enumerate(compared.items())
    ]

    def measure_draft(draft: Bundle) -> Report:
        trained = pool(
            weights, [m.log_probability(data.prepared[n]) for n, m in enumerate(members)]
        )
        check_parity(f"bundle {draft.name}", ask(draft, data, everything), trained)
        report = Report.of(
            target,
            crossed.probability,
            asked.works,
            task=recipe.task,
            labels=data.labels,
            split=crossed.parts[0],
            baselines=found,
            leaks=_leaks(data, parts, alike),
            data=told_data(recipe, corpus, data),
            licence=told_licence(recipe, corpus),
            minutes=watch.minutes,
            unknown=Unknown(
                bar.threshold,
                passed_apart(crossed.probability, target, data.labels, crossed.parts),
                of_usual=True,
                by_folds=True,
            ),
        )
        return replace(report, split=SplitFacts.of_folds(parts, crossed.parts))

    bundle, report = bind(
        folder,
        recipe,
        media,
        data.labels,
        members,
        weights,
        bar,
        measure_draft,
        learnt=data.pieces,
    )
    shutil.rmtree(run_folder(recipe, corpus), ignore_errors=True)
    return Training(bundle, report, data.unreadable, doubts_of(corpus, data))


def cross(
    recipe: Recipe, views: Sequence[View], data: Data, folder: Path, listener: Listener = silent
) -> Crossed:
    """Ask every piece's label of members that never saw its work.

    Args:
        recipe: its members, its split's folds and seed.
        views: one a member; `data` was prepared for them, in their order, first.
        data: every piece.
        folder: for checkpoints.
        listener: told of progress.
    """
    parts, original = _parts(recipe, data), ~spare(data)
    said = [np.zeros((len(data.target), len(data.labels))) for _ in views]
    for turn, part in enumerate(parts):
        listener(Progress("cross-validation", turn, len(parts)))
        train = np.flatnonzero(part.side == TRAIN)
        test = np.flatnonzero((part.side == TEST) & original)
        for n, view in enumerate(views):
            # A long fit is kept, so that an interrupted run goes on after the last whole one.
            own = folder / f"{recipe.member[n].name}-{turn}.npy"
            if not own.exists():
                place = folder / str(turn)
                member = _fit(recipe.member[n], view, data, n, train, recipe.seed, place, listener)
                log = member.log_probability([data.prepared[n][i] for i in test])
                folder.mkdir(parents=True, exist_ok=True)
                with whole(own) as unfinished:
                    np.save(unfinished, log)
            said[n][test] = np.load(own)
    listener(Progress("cross-validation", len(parts), len(parts)))
    asked = take(data, np.flatnonzero(original))
    parts = tuple(replace(p, side=p.side[original], works=asked.works) for p in parts)
    answers = tuple(log[original] for log in said)
    together = _pooled_apart(answers, asked.target, parts, recipe.even)
    return Crossed(asked, parts, answers, together)


def _parts(recipe: Recipe, data: Data) -> tuple[Split, ...]:
    labels = [data.labels[t] for t in data.target]
    wanted = recipe.split
    return tuple(folds(labels, data.works, wanted.folds, wanted.seed, wanted.protocol))


def _pooled_apart(
    said: Sequence[NDArray[np.float64]],
    target: NDArray[np.int64],
    parts: Sequence[Split],
    even: bool = False,
) -> NDArray[np.float64]:
    out = np.zeros_like(said[0])
    for part in parts:
        here = part.side == TEST
        weights = weigh([log[~here] for log in said], target[~here], even)
        out[here] = pool(weights, [log[here] for log in said])
    return out


def _fit(
    member: MemberRecipe,
    view: View,
    data: Data,
    number: int,
    index: NDArray[np.int64],
    seed: int,
    folder: Path,
    listener: Listener = silent,
) -> Trained:
    """Fit a member on the pieces at `index`, as they were prepared for the view `number`."""
    return train_member(
        member,
        view,
        Examples(data.prepared[number], data.target).take(index),
        None,
        len(data.labels),
        seed=seed + number,
        folder=folder / member.name,
        listener=listener,
    )


def _views(recipe: Recipe, media: str) -> tuple[list[View], dict[str, View]]:
    views = [build_view(member) for member in recipe.member]
    for member, view in zip(recipe.member, views, strict=True):
        check_member(member, view)
    compared = {media: build_view(BASELINES[media])} if media in BASELINES else {}
    return views, compared


def _refuse_unused(recipe: Recipe) -> None:
    """Refuse settings that would be passed over, and told of in the card all the same."""
    given = {key: getattr(recipe, key) for key in ("refit", "ship_all", "weights", "start")}
    for key, value in (given | {"split.test": recipe.split.test}).items():
        if value:
            raise RecipeError(
                f"recipe {recipe.name}: {key} has no meaning where split.folds is "
                f"{recipe.split.folds}; leave one of them out"
            )


def _check(data: Data, corpus: Corpus, count: int) -> None:
    for number, label in enumerate(data.labels):
        works = {data.works[i] for i in np.flatnonzero(data.target == number)}
        if len(works) < count:
            raise CorpusError(
                f"{corpus.name}: {label!r} has {len(works)} works, too few for {count} folds; give "
                "more, or fewer folds"
            )


def _majority(crossed: Crossed, seed: int) -> Baseline:
    data = crossed.data
    return majority(data.target, data.target, data.labels, data.works, seed=seed)


def _baseline(
    media: str, view: View, data: Data, prepared: int, parts: Sequence[Split], seed: int
) -> Baseline:
    member = BASELINES[media]
    said = np.zeros((len(data.target), len(data.labels)))
    for part in parts:
        train, test = np.flatnonzero(part.side == TRAIN), np.flatnonzero(part.side == TEST)
        fitted = _fit(member, view, data, prepared, train, seed, Path())
        said[test] = fitted.log_probability([data.prepared[prepared][i] for i in test])
    original = ~spare(data)
    probability = _pooled_apart([said], data.target, parts)[original]
    works = [work for work, whole in zip(data.works, original, strict=True) if whole]
    measured = measure(data.target[original], probability, data.labels, works, seed=seed)
    return Baseline(member.name, measured)


def _leaks(
    data: Data, parts: Sequence[Split], alike: Sequence[tuple[int, int]] | None
) -> tuple[Leak, ...]:
    """Of each kind what was found in the worst of the folds."""
    each = [find_leaks(part, data.works, None, alike) for part in parts]
    return tuple(max(found, key=lambda leak: leak.count) for found in zip(*each, strict=True))
