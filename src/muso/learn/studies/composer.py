"""The composer study: 3,929 scores of 175 composers, an LSTM on features and CNNs on rolls."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from math import sqrt
from typing import TYPE_CHECKING

from muso.learn.studies.best import measure_best, measure_excerpts
from muso.learn.studies.searching import SEARCHING, search_each
from muso.learn.studies.strangers import measure_strangers
from muso.learn.studies.study import HONEST, Context, Experiment, Outcome, Study
from muso.learn.studies.trials import find_corpus, try_under, within

if TYPE_CHECKING:
    from pathlib import Path

    from muso.learn.recipe import Recipe

TABLE = "composers.csv"
PIECES, PIECES_OF_FOUR = 6614, 1111
"""Of the collection that costs were measured on, and of its four composers."""
THRESHOLDS = {"all": 0.0, "all-0.1": 0.001, "all-1": 0.01, "all-10": 0.1}
"""Shares of all slices below which the study left composers out, by experiment."""
FULL = "full size"
FEWEST_TRIALS = 4
"""Of the search, however small it is made: the best of fewer is no search."""
FEWER_EPOCHS = (20, 15, 10, 8, 6, 4, 3, 2, 1)


def _scale(data: Path) -> float:
    return len(find_corpus(data, TABLE)) / PIECES


def _scale_of_four(data: Path) -> float:
    from muso.learn.recipe import read_recipe

    counts = find_corpus(data, TABLE).counts
    return sum(counts.get(name, 0) for name in read_recipe("composer-cnn").labels) / PIECES_OF_FOUR


def smaller_roll(recipe: Recipe, share: float) -> tuple[Recipe, str]:
    """A recipe on rolls at a share, 0…1, of its cost: fewer slices a piece, fewer epochs.

    Epochs are kept as long as two slices a piece are left: half-trained networks tell less than
    ones trained on less.

    >>> from muso.learn.recipe import read_recipe
    >>> smaller_roll(read_recipe("composer-cnn"), 0.05)[1]
    '10 of 20 epochs, 2 of 20 slices a piece'
    """
    from muso.learn.recipe import change_recipe

    (member,) = recipe.member
    epochs, most = member.fit.epochs, int(member.view["most"])
    if share >= 1:
        return recipe, FULL
    passes = share * epochs * most
    for fewer in (n for n in FEWER_EPOCHS if n <= epochs):
        slices = min(most, int(passes / fewer))
        if slices >= 2 or fewer == 1:
            break
    slices = max(1, slices)
    size = f"{fewer} of {epochs} epochs, {slices} of {most} slices a piece"
    return change_recipe(recipe, {"fit.epochs": fewer, "view.most": slices}), size


def _plain(name: str, protocol: str, context: Context) -> Outcome:
    """A shipped recipe with fewer epochs, under the study's protocol and under `work`."""
    from muso.learn.recipe import read_recipe

    recipe = read_recipe(name)
    return try_under(context, recipe, find_corpus(context.data, TABLE), protocol)


def _roll(name: str, protocol: str, context: Context, least_share: float = 0.0) -> Outcome:
    """A shipped recipe on rolls, scaled down by slices, under the study's protocol and `work`.

    Where so few composers reach `least_share` that there is nothing to tell apart, that is the
    outcome, in words.
    """
    from muso.learn.recipe import read_recipe
    from muso.learn.selection import TooFewLabels

    recipe, size = smaller_roll(read_recipe(name), context.share)
    recipe = replace(recipe, least_share=least_share)
    corpus = find_corpus(context.data, TABLE)
    try:
        outcome = try_under(replace(context, share=1.0), recipe, corpus, protocol)
    except TooFewLabels as error:
        return Outcome(recipe.as_dict(), {}, {}, str(error).partition(";")[0])
    clock = outcome.size.partition(";")[2]
    return replace(outcome, size=f"{size};{clock}" if clock else size)


def _search(context: Context) -> Outcome:
    """The study's random search, its folds drawn over slices and over works."""
    from muso.learn.recipe import read_recipe

    full = read_recipe("composer-cnn-search")
    wanted = replace(full, search=replace(full.search, space={}))
    trials = max(FEWEST_TRIALS, round(full.search.trials * sqrt(context.share)))
    recipe, size = smaller_roll(wanted, min(1.0, context.share * full.search.trials / trials))
    epochs = recipe.member[0].fit.epochs
    space = dict(full.search.space)
    if size != FULL:
        space["fit.epochs"] = sorted({max(1, epochs // 2), epochs})
    protocols = ("slice", HONEST)
    fits = len(protocols) * trials * full.search.folds
    minutes = context.minutes * SEARCHING / fits
    recipe = replace(within(recipe, minutes), search=replace(full.search, space=space))
    corpus = find_corpus(context.data, TABLE)
    outcome = search_each(context, recipe, corpus, protocols, trials)
    if size == FULL:
        return outcome
    rest = outcome.size.removeprefix(FULL)
    return replace(outcome, size=size + (rest if rest != outcome.size else f", {rest}"))


COMPOSER = Study(
    name="composer",
    says="who wrote a score: LSTM on features, CNN on piano rolls",
    experiments=(
        Experiment(
            "listing", "LSTM 128-64, lengths and note counts of ten neighbouring files, four "
            "composers", "0.90 to 0.93", "listing", 4,
            partial(_plain, "composer-listing", "listing"), scale=_scale_of_four,
        ),
        Experiment(
            "lstm", "the same LSTM on descriptors of a piece's own slices, four composers", "",
            "slice", 12, partial(_plain, "composer-lstm", "slice"), scale=_scale_of_four,
        ),
        Experiment(
            "cnn", "CNN 32-64-128 on 15 s of roll, notes on or off, four composers", "0.80",
            "slice", 90, partial(_roll, "composer-cnn", "slice"), scale=_scale_of_four,
        ),
        Experiment(
            "cnn-velocity", "the same on velocities", "", "slice", 90,
            partial(_roll, "composer-cnn-velocity", "slice"), scale=_scale_of_four,
        ),
        Experiment(
            "search", "the best of a random search of 10 by 3 folds, on others", "0.77",
            "slice", 1050, _search, scale=_scale_of_four,
        ),
        Experiment(
            "refit", "the network of cnn refitted on everything and measured on a part of it",
            "0.98", "refit", 90, partial(_roll, "composer-cnn", "refit"), scale=_scale_of_four,
        ),
        *(
            Experiment(
                name, f"CNN on all composers with {share:.3g} of all slices or more",
                "0.43 to 0.50", "slice", 190,
                partial(_roll, "composer-cnn-all", "slice", least_share=share), scale=_scale,
            )
            for name, share in THRESHOLDS.items()
        ),
        Experiment(
            "best", "composer.1 on its held-out works, all composers", "", "work", 3,
            measure_best,
        ),
        Experiment(
            "excerpts", "composer.1 on ten seconds of its held-out works", "", "work", 5,
            measure_excerpts, "accuracy_of_10_s",
        ),
        Experiment(
            "strangers", "twenty composers left out: share refused where 90% of known pass", "",
            "work", 12, measure_strangers, "refused_among_many", _scale,
        ),
    ),
    notes=(
        "listing, slice and refit are leaky: each lets what is tested be known beforehand.",
        "What the search finds is measured on pieces that it never saw. Its own best figure, the "
        "best of many, is in its record as accuracy_when_searched.",
        "Minutes are of two cores, of which a network keeps one busy. At full size it looks at up "
        "to twenty slices of 15 s a piece.",
    ),
)  # fmt: skip
