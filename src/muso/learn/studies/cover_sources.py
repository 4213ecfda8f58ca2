"""How far a model of covers leans on the catalogue that a cover came from, and not on its art."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from muso.corpus.split import TEST, folds
from muso.errors import CorpusError, LeakError
from muso.judge.intervals import Interval
from muso.judge.metrics import measure
from muso.learn.studies.study import HONEST, Context, Outcome

if TYPE_CHECKING:
    from muso.bundle.bundle import Bundle
    from muso.corpus.split import Split
    from muso.learn.data import Data

FOLDS = 5
BUNDLE = "cover.1"
LEAST = 50
"""Covers of a genre in a source, below which nothing is said of it."""


def measure_shipped(context: Context, table: str, genres: Sequence[str]) -> Outcome:
    """The shipped bundle on its own held-out side: whole, on four genres, and source by source.

    Raises:
        LeakError: the data is not what it was trained on, so that its test side is another.
    """
    from muso.bundle.store import find_bundle
    from muso.learn.binding import ask

    model = find_bundle(BUNDLE)
    data, split = _as_trained(model, context, table)
    test = np.flatnonzero(split.side == TEST)
    said, truth = ask(model, data, test), data.target[test]
    works = [split.works[i] for i in test]
    sources = np.array([data.pieces[i].extra.get("source", "") for i in test])
    metrics = _figures("", truth, said, data.labels, works)
    column = model.restricted(genres)
    asked = np.isin(truth, column)
    of_four = np.full(len(data.labels), -1)
    of_four[column] = np.arange(len(column))
    chances = said[:, column] / said[:, column].sum(axis=1, keepdims=True)
    for name in ("", *sorted(set(sources))):
        here = asked & ((sources == name) | (name == ""))
        if here.sum() >= LEAST:
            kept = [works[i] for i in np.flatnonzero(here)]
            told = f"_of_four{f'_in_{name}' if name else ''}"
            metrics |= _figures(told, of_four[truth[here]], chances[here], genres, kept)
    by_label = {HONEST: said.argmax(axis=1)}
    return Outcome(model.recipe, metrics, by_label, f"{len(test):,} held-out covers")


def guess_source(context: Context, table: str) -> Outcome:
    """How well the measures of a cover tell its source among covers of one genre.

    Within a genre, for the genre itself tells much of the source; balanced accuracy, where chance
    is one half. Fair as a bound: what a linear model can't tell from the measures, the genre is
    not told by either; what it can tell need not be used.
    """
    from muso.corpus.manifest import read_corpus
    from muso.learn.data import read_data
    from muso.represent.cover_descriptors import CoverDescriptors

    place = context.data / table if context.data.is_dir() else context.data
    corpus = read_corpus(place)
    data = read_data(corpus, [CoverDescriptors()], "cover", listener=context.listener)
    seen = np.stack(data.prepared[0])
    sources = np.array([piece.extra.get("source", "") for piece in data.pieces])
    metrics, said = {}, []
    for label, name in enumerate(data.labels):
        here = data.target == label
        names, counts = np.unique(sources[here], return_counts=True)
        here &= np.isin(sources, names[counts >= LEAST])
        if len(set(sources[here])) < 2:
            continue
        index = np.flatnonzero(here)
        found, guessed = _told_apart(
            seen[index], sources[index], [data.pieces[i].work for i in index], context.seed
        )
        metrics[f"{HONEST}.source_guessed_in_{name}"] = found
        said.append(guessed)
    if not metrics:
        raise CorpusError(f"{corpus.name}: no genre comes from two sources; there is no shortcut")
    mean = [
        np.mean([getattr(m, end) for m in metrics.values()]) for end in ("value", "low", "high")
    ]
    metrics[f"{HONEST}.source_guessed"] = Interval(*map(float, mean))
    return Outcome({}, metrics, {HONEST: np.concatenate(said)}, f"{len(metrics) - 1} genres")


def _told_apart(
    seen: NDArray[np.float32], source: NDArray[np.str_], works: Sequence[str], seed: int
) -> tuple[Interval, NDArray[np.int64]]:
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
    return found.balanced_accuracy, probability.argmax(axis=1)


def _as_trained(model: Bundle, context: Context, table: str) -> tuple[Data, Split]:
    """The data and the split that a bundle was trained on."""
    from muso.corpus.manifest import read_corpus
    from muso.judge.report import read_report
    from muso.learn.recipe import parse_recipe
    from muso.learn.selection import load_data
    from muso.learn.training import split_data

    recipe = parse_recipe(model.recipe)
    place = context.data / table if context.data.is_dir() else context.data
    views = [member.view for member in model.members]
    data, _ = load_data(recipe, views, read_corpus(place), "cover", context.listener)
    split = split_data(recipe, data)
    if split.digest != read_report(model.folder / "report.json").split.digest:
        raise LeakError(
            f"{place}: {model.name} was trained on other covers or another split; some of these "
            "may be known to it. Train it anew on them: muso train cover"
        )
    return data, split


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
