"""Training, whole: a recipe and a corpus in, a bundle with its report out."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from muso.bundle.bundle import Bundle
from muso.bundle.prediction import UNKNOWN
from muso.bundle.store import find_bundle, home
from muso.bundle.sureness import sureness, usual_sureness
from muso.corpus.corpus import Corpus
from muso.corpus.split import PROTOCOLS, SIDES, TEST, TRAIN, VALIDATION, Split, draw_split
from muso.errors import CorpusError, RecipeError, shown
from muso.judge.baselines import Baseline, majority
from muso.judge.leaks import Leak, find_leaks
from muso.judge.metrics import measure
from muso.judge.report import Curves, Report, Unknown
from muso.judge.unknown import coverage, threshold_at
from muso.learn.binding import ask, bind
from muso.learn.continuing import first_weights
from muso.learn.data import Data
from muso.learn.export import check_parity
from muso.learn.loop import Examples
from muso.learn.members import Trained, build_view, check_member, refit_recipe, train_member, weigh
from muso.learn.recipe import MemberRecipe, Recipe, SplitRecipe
from muso.learn.selection import load_data
from muso.progress import Listener, silent
from muso.represent.view import View

PASS_SHARE = 0.95
"""Share of validation pieces that keep their name; the rest are called unknown."""

BASELINES: dict[str, MemberRecipe] = {
    "score": MemberRecipe(
        name="descriptors with an SVM",
        view={"name": "descriptors"},
        classical={"name": "svm"},
    ),
    "clip": MemberRecipe(
        name="band statistics with an SVM", view={"name": "bands"}, classical={"name": "svm"}
    ),
    "cover": MemberRecipe(
        name="colour, edges and a thumbnail with an SVM",
        view={"name": "cover_descriptors", "groups": ("palette", "edges", "thumbnail")},
        classical={"name": "svm"},
    ),
}
"""By medium, what a network must beat on the very same split to be worth its size."""


@dataclass(frozen=True, eq=False)
class Training:
    """What came of a training.

    Attributes:
        bundle: written and checked.
        report: on the test side.
        unreadable: what was wrong, by path, with pieces that could not be read.
        doubts: what a person should know of the corpus, a line each.
    """

    bundle: Bundle
    report: Report
    unreadable: dict[str, str]
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class _Measured:
    """Members after fitting, with all they say of validation and test.

    `best` are the members before they were fitted on more than the training side.
    `shipped_test` is what `members` say of the test side; it differs from `test`, which is
    measured, where they were fitted on that side too.
    """

    members: tuple[Trained, ...]
    best: tuple[Trained, ...]
    weights: tuple[float, ...]
    validation: NDArray[np.float64]
    test: NDArray[np.float64]
    shipped_test: NDArray[np.float64]
    curves: Curves | None


def train(
    recipe: Recipe, corpus: Corpus, media: str, folder: Path, listener: Listener = silent
) -> Training:
    """Train a bundle and report it.

    Before the split is drawn, pieces that are the same music are joined into one work, whatever
    the manifest says (see `muso.corpus.works`). Members are fitted on the training side. On the
    validation side the best epoch, the members' weights and the threshold for "unknown" are
    chosen; with `refit` classical models are then fitted again on both sides and networks trained
    on with both. The test side is looked at once, at the end; with `ship_all` what is shipped is
    fitted on it too after that, which the report says.

    Args:
        recipe: one experiment, whole.
        corpus: labelled pieces.
        media: of the pieces.
        folder: of the bundle; it appears whole, at the end. Interrupted, the same call goes on.
        listener: told of progress.

    Raises:
        CorpusError: nothing to train or test on. RecipeError: it names what does not exist.
        LeakError: a work on two sides. ExportError: the graph computes something else.
    """
    if recipe.split.folds:
        # Here, for it is built on this module.
        from muso.learn.crossing import train_crossed

        return train_crossed(recipe, corpus, media, folder, listener)
    started = time.monotonic()
    measured, baselines, data, split, leaks = _run(recipe, corpus, media, listener)
    test = np.flatnonzero(split.side == TEST)
    validation = np.flatnonzero(split.side == VALIDATION)
    usual = usual_sureness(measured.validation, data.target[validation])
    known = sureness_of_named(measured.validation, data.target[validation], data.labels, usual)
    threshold = threshold_at(known, PASS_SHARE)

    def measure_draft(draft: Bundle) -> Report:
        said = ask(draft, data, test)
        check_parity(f"bundle {draft.name}", said, measured.shipped_test)
        if recipe.ship_all:
            said = measured.test
        passing = sureness_of_named(said, data.target[test], data.labels, usual)
        return Report.of(
            data.target[test],
            said,
            [split.works[i] for i in test],
            task=recipe.task,
            labels=data.labels,
            split=split,
            baselines=baselines,
            leaks=leaks,
            data=told_data(recipe, corpus, data),
            licence=told_licence(recipe, corpus),
            minutes=(time.monotonic() - started) / 60,
            curves=measured.curves,
            unknown=Unknown(threshold, coverage(passing, threshold), of_usual=True),
        )

    members, weights = measured.members, measured.weights
    kept = measured.best if recipe.weights else ()
    bundle, report = bind(
        folder, recipe, media, data.labels, members, weights, threshold, usual, measure_draft, kept
    )
    shutil.rmtree(run_folder(recipe, corpus), ignore_errors=True)
    return Training(bundle, report, data.unreadable)


def sureness_of_named(
    said: NDArray[np.float64],
    target: NDArray[np.int64],
    labels: Sequence[str],
    usual: NDArray[np.float64],
) -> NDArray[np.float64]:
    """How sure a model is of the pieces whose label is a name, not `unknown`: `(piece,)`."""
    named = [n for n, label in enumerate(labels) if label != UNKNOWN]
    return sureness(said[np.isin(target, named)], labels, usual)


@dataclass(frozen=True, eq=False)
class Trial:
    """A recipe tried for its figures alone.

    Attributes:
        report: on the test side.
        truth: `(unit,)` index of the label of each unit of the test side.
        probability: `(unit, label)` what was said of them.
        works: `(unit,)` the work of each.
    """

    report: Report
    truth: NDArray[np.int64]
    probability: NDArray[np.float64]
    works: tuple[str, ...]


def try_recipe(recipe: Recipe, corpus: Corpus, media: str, listener: Listener = silent) -> Trial:
    """Train a recipe for its figures alone; no bundle is made. Raises what `train` raises."""
    started = time.monotonic()
    measured, baselines, data, split, leaks = _run(recipe, corpus, media, listener)
    test = np.flatnonzero(split.side == TEST)
    shutil.rmtree(run_folder(recipe, corpus), ignore_errors=True)
    report = Report.of(
        data.target[test],
        measured.test,
        [split.works[i] for i in test],
        task=recipe.task,
        labels=data.labels,
        split=split,
        baselines=baselines,
        leaks=leaks,
        data=_described(corpus, data),
        licence=told_licence(recipe, corpus),
        minutes=(time.monotonic() - started) / 60,
        curves=measured.curves,
    )
    works = tuple(split.works[i] for i in test)
    return Trial(report, data.target[test], measured.test, works)


def try_protocol(
    recipe: Recipe, corpus: Corpus, media: str, protocol: str, listener: Listener = silent
) -> Report:
    """Train a recipe under a protocol for its report alone; no bundle is made."""
    recipe = replace(recipe, split=replace(recipe.split, protocol=protocol))
    return try_recipe(recipe, corpus, media, listener).report


def told_data(recipe: Recipe, corpus: Corpus, data: Data) -> str:
    """What a bundle was trained on: the recipe's words, if they were written of this corpus."""
    told = recipe.data if recipe.digest in ("", corpus.digest) else ""
    fitted = " The shipped models were fitted on the pieces of the test side too, once measured."
    return (told or _described(corpus, data)) + (fitted if recipe.ship_all else "")


def told_licence(recipe: Recipe, corpus: Corpus) -> str:
    told = recipe.licence if recipe.digest in ("", corpus.digest) else ""
    return told or "not stated; ask whoever made the corpus"


def run_folder(recipe: Recipe, corpus: Corpus) -> Path:
    """Where a training keeps its checkpoints: the same recipe and corpus find them again."""
    told = json.dumps([recipe.as_dict(), corpus.digest], sort_keys=True)
    return home() / "runs" / f"{recipe.name}-{hashlib.sha256(told.encode()).hexdigest()[:12]}"


def _described(corpus: Corpus, data: Data) -> str:
    return f"{shown(corpus.name)}: {len(data.pieces):,} pieces, digest {corpus.digest}."


def _run(
    recipe: Recipe, corpus: Corpus, media: str, listener: Listener
) -> tuple[_Measured, list[Baseline], Data, Split, tuple[Leak, ...]]:
    if recipe.split.protocol not in PROTOCOLS:
        raise RecipeError(
            f"there is no protocol {recipe.split.protocol!r}; choose from {', '.join(PROTOCOLS)}"
        )
    for label in corpus.labels:
        if shown(label) != label:
            raise CorpusError(
                f"{shown(corpus.name)}: the label {shown(label)!r} is not UTF-8, which a bundle "
                "can't hold; rename it"
            )
    members = list(recipe.member)
    compared = [BASELINES[media]] if media in BASELINES else []
    views = [build_view(member) for member in members + compared]
    for member, view in zip(members, views, strict=False):
        check_member(member, view)
    data, alike = load_data(recipe, views, corpus, media, listener)
    split = split_data(recipe, data)
    if not (split.side == TEST).any() or not (split.side == VALIDATION).any():
        raise CorpusError(
            f"{corpus.name}: too few works a label to hold any out; give labels of 3 works or more"
        )
    trained_on = np.bincount(data.target[split.side == TRAIN], minlength=len(data.labels))
    if not trained_on.all():
        raise CorpusError(
            f"{corpus.name}: every work of {data.labels[int(trained_on.argmin())]!r} is also one "
            "of another label and was held out; part these works or leave the label out"
        )
    measured = _fit(recipe, views[: len(members)], data, split, corpus, listener)
    baselines = _baselines(compared, views[len(members) :], data, split, recipe.seed)
    leaks = find_leaks(split, data.works, None, alike)
    return measured, baselines, data, split, leaks


def split_data(recipe: Recipe, data: Data) -> Split:
    """The manifest's own split where it gives every piece a side, else one drawn by the recipe.

    Raises:
        LeakError: the manifest puts the same music on two sides.
    """
    wanted = recipe.split
    sides = [piece.split for piece in data.pieces]
    if wanted.test:
        return _split_off(wanted, data)
    if wanted.protocol == "work" and set(sides) <= set(SIDES):
        side = np.array([SIDES.index(name) for name in sides], np.int8)
        return Split(side, data.works, wanted.protocol, wanted.seed)
    return draw_split(
        [data.labels[t] for t in data.target],
        data.works,
        protocol=wanted.protocol,
        held_out=wanted.held_out,
        validation=wanted.validation,
        seed=wanted.seed,
    )


def _split_off(wanted: SplitRecipe, data: Data) -> Split:
    """A split that tests on one side of the manifest, and draws whom to choose by from the rest.

    Raises:
        CorpusError: the manifest has no such side, or nothing else.
    """
    tested = np.array([piece.split == wanted.test for piece in data.pieces])
    if tested.all() or not tested.any():
        there = ", ".join(sorted({piece.split for piece in data.pieces} - {""})) or "none"
        raise CorpusError(
            f"split.test is {wanted.test!r}, and the manifest names the sides {there}; name one "
            "of several, or leave it out"
        )
    rest = np.flatnonzero(~tested)
    drawn = draw_split(
        [data.labels[data.target[i]] for i in rest],
        [data.works[i] for i in rest],
        protocol=wanted.protocol,
        held_out=0.0,
        validation=wanted.validation,
        seed=wanted.seed,
    )
    side = np.full(len(tested), TEST, np.int8)
    side[rest] = drawn.side
    return Split(side, data.works, wanted.protocol, wanted.seed)


def _fit(
    recipe: Recipe,
    views: Sequence[View],
    data: Data,
    split: Split,
    corpus: Corpus,
    listener: Listener,
) -> _Measured:
    folder = run_folder(recipe, corpus)
    side = _sides(split)
    first = (
        first_weights(recipe, find_bundle(recipe.start), data.labels, split) if recipe.start else {}
    )
    members = list(recipe.member)

    def fit(
        member: MemberRecipe, number: int, before: Trained | None = None, whole: bool = False
    ) -> Trained:
        examples = Examples(data.prepared[number], data.target)
        again = np.arange(len(data.target)) if whole else np.flatnonzero(split.side != TEST)
        sides = again if before else side[TRAIN]
        return train_member(
            member,
            views[number],
            examples.take(sides),
            None if before else examples.take(side[VALIDATION]),
            len(data.labels),
            seed=recipe.seed + number,
            folder=folder / f"{member.name}{'-all' if whole else '-again' if before else ''}",
            listener=listener,
            start=before,
            weights=first.get(member.name),
        )

    trained = best = [fit(member, n) for n, member in enumerate(members)]
    logs = [_logs(t, data, n, side[VALIDATION]) for n, t in enumerate(trained)]
    weights = weigh(logs, data.target[side[VALIDATION]], recipe.even)
    curves = next((Curves(t.fitted.curves, t.fitted.best_epoch) for t in trained if t.fitted), None)
    if recipe.refit:
        trained = [fit(refit_recipe(t), n, t) for n, t in enumerate(trained)]
    test = pool(weights, [_logs(t, data, n, side[TEST]) for n, t in enumerate(trained)])
    shipped_test = test
    if recipe.ship_all:
        trained = [fit(refit_recipe(t), n, t, whole=True) for n, t in enumerate(trained)]
        logs_of_all = [_logs(t, data, n, side[TEST]) for n, t in enumerate(trained)]
        shipped_test = pool(weights, logs_of_all)
    return _Measured(
        members=tuple(trained),
        best=tuple(best),
        weights=weights,
        validation=pool(weights, logs),
        test=test,
        shipped_test=shipped_test,
        curves=curves,
    )


def pool(weights: Sequence[float], logs: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """`(piece, label)` probabilities from the members' log probabilities and weights."""
    total = np.asarray(sum(w * log for w, log in zip(weights, logs, strict=True)))
    return np.asarray(np.exp(total - np.logaddexp.reduce(total, axis=1, keepdims=True)))


def _sides(split: Split) -> dict[int, NDArray[np.int64]]:
    """The units of each side; under the protocol `refit` everything is trained on."""
    side = {which: np.flatnonzero(split.side == which) for which in (TRAIN, VALIDATION, TEST)}
    return side | {TRAIN: np.arange(len(split.side))} if split.protocol == "refit" else side


def _logs(
    trained: Trained, data: Data, number: int, index: NDArray[np.int64]
) -> NDArray[np.float64]:
    return trained.log_probability([data.prepared[number][i] for i in index])


def _baselines(
    recipes: Sequence[MemberRecipe], views: Sequence[View], data: Data, split: Split, seed: int
) -> list[Baseline]:
    """The majority, and the medium's descriptors with a classical model, on the same split."""
    side = _sides(split)
    works = [split.works[i] for i in side[TEST]]
    truth = data.target[side[TEST]]
    found = [majority(data.target[side[TRAIN]], truth, data.labels, works, seed=seed)]
    first = len(data.prepared) - len(recipes)
    for number, (recipe, view) in enumerate(zip(recipes, views, strict=True), first):
        examples = Examples(data.prepared[number], data.target)
        model = train_member(
            recipe,
            view,
            examples.take(side[TRAIN]),
            None,
            len(data.labels),
            seed=seed,
            folder=home(),
            listener=silent,
        )
        weights = weigh(
            [_logs(model, data, number, side[VALIDATION])], data.target[side[VALIDATION]]
        )
        probability = pool(weights, [_logs(model, data, number, side[TEST])])
        found.append(
            Baseline(recipe.name, measure(truth, probability, data.labels, works, seed=seed))
        )
    return found
