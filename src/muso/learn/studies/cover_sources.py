"""How far a model of covers leans on the catalogue that a cover came from, and not on its art."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from muso.corpus.split import TEST, folds
from muso.errors import CorpusError, LeakError
from muso.judge.intervals import (
    Interval,
    number_works,
    percentile_interval,
    resample,
    share_interval,
)
from muso.judge.metrics import measure
from muso.judge.report import SplitFacts
from muso.learn.studies.study import HONEST, Context, Outcome

if TYPE_CHECKING:
    from muso.bundle.bundle import Bundle
    from muso.learn.data import Data
    from muso.learn.recipe import Recipe

FOLDS = 5
BUNDLE = "cover.1"
LEAST = 50
"""Covers of a genre in a source, below which nothing is said of it."""


def measure_shipped(context: Context, table: str, genres: Sequence[str]) -> Outcome:
    """The shipped bundle's recipe, each cover named by members that never saw its artist.

    Whole, on four genres, and source by source. The bundle itself has seen every cover.

    Raises:
        LeakError: the data is not what it was trained on, so that the figures would not be its.
    """
    from muso.bundle.store import find_bundle
    from muso.learn.crossing import cross

    model = find_bundle(BUNDLE)
    recipe, data = _as_trained(model, context, table)
    views = [member.view for member in model.members]
    crossed = cross(recipe, views, data, context.folder, context.listener)
    said, truth, works = crossed.probability, data.target, data.works
    sources = np.array([piece.extra.get("source", "") for piece in data.pieces])
    metrics = _figures("", truth, said, data.labels, works)
    column = model.restricted(genres)
    asked = np.isin(truth, column)
    of_four = np.full(len(data.labels), -1)
    of_four[column] = np.arange(len(column))
    chances = said[:, column] / said[:, column].sum(axis=1, keepdims=True)
    for name in ("", *sorted(set(sources))):
        inside = (sources == name) | (name == "")
        here = np.flatnonzero(asked & inside)
        if len(here) < LEAST:
            continue
        told = f"_in_{name}" if name else ""
        own = [works[i] for i in here.tolist()]
        metrics |= _figures(f"_of_four{told}", of_four[truth[here]], chances[here], genres, own)
        if name:
            every = np.flatnonzero(inside)
            own = [works[i] for i in every]
            metrics |= _figures(told, truth[every], said[every], data.labels, own)
    given = np.asarray(column)[chances.argmax(axis=1)]
    metrics |= _taken_for(given, truth, sources, data.labels, genres, works)
    return Outcome(
        model.recipe, metrics, {HONEST: said.argmax(axis=1)}, f"{len(truth):,} covers, each once"
    )


def _taken_for(
    given: NDArray[np.int64],
    truth: NDArray[np.int64],
    sources: NDArray[np.str_],
    labels: Sequence[str],
    genres: Sequence[str],
    works: Sequence[str],
) -> dict[str, Interval]:
    """How often covers of genres that several sources have are called another one, by source.

    The further apart these shares lie, the more may the source be taken for the genre; not all
    of it need be that, for two catalogues of one genre needn't choose alike.
    """
    many = [
        label
        for label in (labels.index(genre) for genre in genres)
        if len({str(s) for s in np.unique(sources[truth == label])}) > 1
    ]
    found = {}
    for genre in genres:
        label = labels.index(genre)
        others = np.isin(truth, [other for other in many if other != label])
        for source in np.unique(sources[others]):
            here = np.flatnonzero(others & (sources == source))
            if len(here) >= LEAST:
                own = [works[i] for i in here.tolist()]
                told = f"{HONEST}.others_called_{genre}_in_{source}"
                found[told] = share_interval(given[here] == label, own)
    return found


def guess_source(context: Context, table: str) -> Outcome:
    """How well the measures of a cover tell its source among covers of one genre.

    Within a genre, for the genre itself tells much of the source; balanced accuracy, where chance
    is one half. Fair as a bound: what a linear model can't tell from the measures, the genre is
    not told by either; what it can tell need not be used.
    """
    from muso.corpus.manifest import read_corpus
    from muso.learn.data import read_data
    from muso.represent.cover_descriptors import CoverDescriptors

    corpus = read_corpus(_place(context, table))
    data = read_data(corpus, [CoverDescriptors()], "cover", listener=context.listener)
    seen = np.stack(data.prepared[0])
    sources = np.array([piece.extra.get("source", "") for piece in data.pieces])
    metrics: dict[str, Interval] = {}
    told: list[_Told] = []
    for label, name in enumerate(data.labels):
        here = data.target == label
        names, counts = np.unique(sources[here], return_counts=True)
        here &= np.isin(sources, names[counts >= LEAST])
        if len(set(sources[here])) < 2:
            continue
        index = np.flatnonzero(here)
        found, one = _told_apart(
            seen[index], sources[index], [data.pieces[i].work for i in index], context.seed
        )
        metrics[f"{HONEST}.source_guessed_in_{name}"] = found
        told.append(one)
    if not metrics:
        raise CorpusError(f"{corpus.name}: no genre comes from two sources; there is no shortcut")
    metrics[f"{HONEST}.source_guessed"] = _over_genres(told, context.seed)
    said = np.concatenate([one.guessed for one in told])
    return Outcome({}, metrics, {HONEST: said}, f"{len(told)} genres")


@dataclass(frozen=True, eq=False)
class _Told:
    """What was guessed in one genre: `(cover,)` sources as numbers, guessed and true, and works."""

    guessed: NDArray[np.int64]
    truth: NDArray[np.int64]
    works: Sequence[str]


def _over_genres(told: Sequence[_Told], seed: int) -> Interval:
    """The mean of the genres' balanced accuracies, with its interval over the works of all.

    An artist with covers in several genres is drawn in all of them or in none.
    """
    right = np.concatenate([one.guessed == one.truth for one in told])
    genre = np.repeat(np.arange(len(told)), [len(one.truth) for one in told])
    source = np.concatenate([one.truth for one in told])
    group = genre * (int(source.max()) + 1) + source
    of_genre = genre[np.unique(group, return_index=True)[1]]
    group = np.unique(group, return_inverse=True)[1]
    works = number_works([work for one in told for work in one.works])

    def mean(weight: NDArray[np.float64]) -> NDArray[np.float64]:
        drawn = np.bincount(group, weight)
        recall = np.bincount(group, weight * right) / np.maximum(drawn, 1.0)
        # By chance a source may not be drawn at all.
        sources = np.bincount(of_genre, drawn > 0)
        shares = np.bincount(of_genre, recall)[sources > 0] / sources[sources > 0]
        return np.array([shares.mean()])

    drawn = resample(mean, works, np.random.default_rng(seed))
    value = float(mean(np.ones(len(right)))[0])
    return percentile_interval(value, drawn[:, 0], int(works.max()) + 1)


def _told_apart(
    seen: NDArray[np.float32], source: NDArray[np.str_], works: Sequence[str], seed: int
) -> tuple[Interval, _Told]:
    """Balanced accuracy of sources guessed from measures, by works held out in turn."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    names, truth = np.unique(source, return_inverse=True)
    probability = np.zeros((len(truth), len(names)))
    for fold in folds(source.tolist(), works, FOLDS, seed):
        held, rest = fold.side == TEST, fold.side != TEST
        model = make_pipeline(
            StandardScaler(), LogisticRegression(C=1e-3, max_iter=300, class_weight="balanced")
        )
        probability[held] = model.fit(seen[rest], truth[rest]).predict_proba(seen[held])
    found = measure(truth, probability, names.tolist(), works)
    return found.balanced_accuracy, _Told(probability.argmax(axis=1), truth, works)


def _as_trained(model: Bundle, context: Context, table: str) -> tuple[Recipe, Data]:
    """The recipe and the data that a bundle was trained with.

    Raises:
        LeakError: the data has other labels, or falls into other folds.
    """
    from muso.corpus.manifest import read_corpus
    from muso.judge.report import read_report
    from muso.learn.recipe import parse_recipe
    from muso.learn.selection import load_data

    recipe, place = parse_recipe(model.recipe), _place(context, table)
    views = [member.view for member in model.members]
    data, _ = load_data(recipe, views, read_corpus(place), "cover", context.listener)
    trained = read_report(model.folder / "report.json").split
    if tuple(data.labels) == model.labels:
        labels, wanted = [data.labels[t] for t in data.target], recipe.split
        parts = folds(labels, data.works, wanted.folds, wanted.seed, wanted.protocol)
        if SplitFacts.of_folds(parts).digest == trained.digest:
            return recipe, data
    raise LeakError(
        f"{place}: {model.name} was trained on other covers or another split; these figures would "
        "not be its own. Train it anew on them: muso train cover"
    )


def _place(context: Context, table: str) -> Path:
    return context.data / table if context.data.is_dir() else context.data


def _figures(
    told: str,
    truth: NDArray[np.int64],
    said: NDArray[np.float64],
    labels: Sequence[str],
    works: Sequence[str],
) -> dict[str, Interval]:
    found = measure(truth, said, labels, works)
    names = ("accuracy", "balanced_accuracy", "calibration_error")
    return {f"{HONEST}.{name}{told}": getattr(found, name) for name in names}
