"""Training, whole: a recipe and a corpus in, a bundle with its report out."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from muso.bundle.bundle import Bundle
from muso.bundle.store import home
from muso.corpus.corpus import Corpus
from muso.corpus.doubts import told_copied, told_single
from muso.corpus.split import SIDES, TEST, TRAIN, VALIDATION, Split, unsplittable
from muso.errors import CorpusError, shown
from muso.judge.baselines import Baseline
from muso.judge.leaks import Leak, find_leaks
from muso.judge.report import Report, Unknown
from muso.learn.binding import ask, bind
from muso.learn.copies import asked_once
from muso.learn.data import Data
from muso.learn.export import check_parity
from muso.learn.fitting import BASELINES, Measured, fit_baselines, fit_members
from muso.learn.members import build_view, check_member
from muso.learn.recipe import Recipe
from muso.learn.refusing import Bar, found_by_folds
from muso.learn.selection import load_data, split_data
from muso.learn.stopwatch import Stopwatch
from muso.progress import Listener, silent


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


def train(
    recipe: Recipe, corpus: Corpus, media: str, folder: Path, listener: Listener = silent
) -> Training:
    """Train a bundle and report it.

    Before the split is drawn, pieces that are the same music are joined into one work, whatever
    the manifest says (see `muso.corpus.works`). Members are fitted on the training side. On the
    validation side the best epoch, the members' weights and the threshold for "unknown" are
    chosen; with `refit` classical models are then fitted again on both sides and networks trained
    on with both. The test side is looked at once, at the end; with `ship_all` what is shipped is
    fitted on it too after that, which the report says. The threshold of refitted members is found
    on the test side, for they are others than were asked on the validation side, and have seen
    it; the report then says by folds how many pieces reach it.

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
    watch = Stopwatch(run_folder(recipe, corpus), listener)
    measured, baselines, data, split, leaks = _run(recipe, corpus, media, watch)
    test = np.flatnonzero(split.side == TEST)
    validation = np.flatnonzero(split.side == VALIDATION)
    again = _bar_again(recipe, measured, data, split)
    bar = again[0] if again else Bar.of(measured.validation, data.target[validation], data.labels)

    def measure_draft(draft: Bundle) -> Report:
        said = ask(draft, data, test)
        check_parity(f"bundle {draft.name}", said, measured.shipped_test)
        if recipe.ship_all:
            said = measured.test
        share = again[1] if again else bar.passed(said, data.target[test], data.labels)
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
            minutes=watch.minutes,
            curves=measured.curves,
            unknown=Unknown(bar.threshold, share, of_usual=True, by_folds=again is not None),
        )

    members, weights = measured.members, measured.weights
    kept = measured.best if recipe.weights else ()
    bundle, report = bind(
        folder,
        recipe,
        media,
        data.labels,
        members,
        weights,
        bar,
        measure_draft,
        learnt=[
            p for p, s in zip(data.pieces, split.side, strict=True) if recipe.ship_all or s != TEST
        ],
        kept=kept,
    )
    shutil.rmtree(run_folder(recipe, corpus), ignore_errors=True)
    return Training(bundle, report, data.unreadable, doubts_of(corpus, data))


def _bar_again(
    recipe: Recipe, measured: Measured, data: Data, split: Split
) -> tuple[Bar, float] | None:
    """The bar of refitted members and the share that reaches it, where the test side allows."""
    if not recipe.refit:
        return None
    test = np.flatnonzero(split.side == TEST)
    works = [split.works[i] for i in test]
    return found_by_folds(measured.test, data.target[test], data.labels, works)


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
    unreadable: dict[str, str]
    doubts: tuple[str, ...]


def try_recipe(recipe: Recipe, corpus: Corpus, media: str, listener: Listener = silent) -> Trial:
    """Train a recipe for its figures alone; no bundle is made. Raises what `train` raises."""
    watch = Stopwatch(run_folder(recipe, corpus), listener)
    measured, baselines, data, split, leaks = _run(recipe, corpus, media, watch)
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
        minutes=watch.minutes,
        curves=measured.curves,
    )
    works = tuple(split.works[i] for i in test)
    doubts = doubts_of(corpus, data)
    return Trial(report, data.target[test], measured.test, works, data.unreadable, doubts)


def try_protocol(
    recipe: Recipe, corpus: Corpus, media: str, protocol: str, listener: Listener = silent
) -> Trial:
    """Train a recipe under a protocol for its figures alone; no bundle is made."""
    recipe = replace(recipe, split=replace(recipe.split, protocol=protocol))
    return try_recipe(recipe, corpus, media, listener)


def told_data(recipe: Recipe, corpus: Corpus, data: Data) -> str:
    """What a bundle was trained on: the recipe's words, if they were written of this corpus."""
    told = recipe.data if recipe.digest in ("", corpus.digest) else ""
    fitted = " The shipped models were fitted on the pieces of the test side too, once measured."
    return (told or _described(corpus, data)) + (fitted if recipe.ship_all else "")


def told_licence(recipe: Recipe, corpus: Corpus) -> str:
    told = recipe.licence if recipe.digest in ("", corpus.digest) else ""
    return told or "not stated; ask whoever made the corpus"


def doubts_of(corpus: Corpus, data: Data) -> tuple[str, ...]:
    """What reading and comparing the pieces brought to light, a line each."""
    known = unsplittable([p.label for p in corpus.pieces], [p.work for p in corpus.pieces])
    single = [label for label in data.left_out if label not in known]
    lines = [
        "" if told_copied(corpus.pieces) else told_copied(data.pieces),
        told_single(single, " once its pieces were read and compared") if single else "",
    ]
    return tuple(line for line in lines if line)


def run_folder(recipe: Recipe, corpus: Corpus) -> Path:
    """Where a training keeps its checkpoints: the same recipe and corpus find them again."""
    told = json.dumps([recipe.as_dict(), corpus.digest], sort_keys=True)
    return home() / "runs" / f"{recipe.name}-{hashlib.sha256(told.encode()).hexdigest()[:12]}"


def _described(corpus: Corpus, data: Data) -> str:
    return f"{shown(corpus.name)}: {len(data.pieces):,} pieces, digest {corpus.digest}."


def _run(
    recipe: Recipe, corpus: Corpus, media: str, listener: Listener
) -> tuple[Measured, list[Baseline], Data, Split, tuple[Leak, ...]]:
    members = list(recipe.member)
    compared = [BASELINES[media]] if media in BASELINES else []
    views = [build_view(member) for member in members + compared]
    for member, view in zip(members, views, strict=False):
        check_member(member, view)
    data, alike = load_data(recipe, views, corpus, media, listener)
    data, split, alike = asked_once(data, split_data(recipe, data), alike)
    _check_sides(corpus, data, split)
    place = run_folder(recipe, corpus)
    measured = fit_members(recipe, views[: len(members)], data, split, place, listener)
    baselines = fit_baselines(compared, views[len(members) :], data, split, recipe.seed)
    leaks = find_leaks(split, data.works, None, alike)
    return measured, baselines, data, split, leaks


def _check_sides(corpus: Corpus, data: Data, split: Split) -> None:
    """Raises CorpusError if a side is empty, or a label is not on the one that is learnt from."""
    empty = [name for number, name in enumerate(SIDES) if not (split.side == number).any()]
    if empty and all(piece.split for piece in data.pieces):
        raise CorpusError(
            f"{corpus.name}: no piece is on the side {empty[0]!r}; fill in {', '.join(SIDES)}, or "
            "leave the column out and a split is drawn"
        )
    if empty:
        raise CorpusError(
            f"{corpus.name}: too few works a label to hold any out; give labels of 3 works or more"
        )
    learnt = np.bincount(data.target[split.side == TRAIN], minlength=len(data.labels))
    if not learnt.all():
        raise CorpusError(
            f"{corpus.name}: no work of {data.labels[int(learnt.argmin())]!r} is on the training "
            "side, for they are on another by the manifest or are also works of another label; "
            "move some, part them, or leave the label out"
        )
