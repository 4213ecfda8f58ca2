"""Fitting the members of a recipe on one side, choosing on another, asking them of a third."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from muso.bundle.store import find_bundle, home
from muso.corpus.split import TEST, TRAIN, VALIDATION, Split
from muso.judge.baselines import Baseline, majority
from muso.judge.metrics import measure
from muso.judge.report import Curves
from muso.learn.continuing import first_weights
from muso.learn.data import Data
from muso.learn.loop import Examples
from muso.learn.members import Trained, refit_recipe, train_member, weigh
from muso.learn.recipe import MemberRecipe, Recipe
from muso.progress import Listener, silent
from muso.represent.view import View

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
class Measured:
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


def fit_members(
    recipe: Recipe,
    views: Sequence[View],
    data: Data,
    split: Split,
    folder: Path,
    listener: Listener,
) -> Measured:
    """Fit, weigh and ask the members; their checkpoints lie in `folder`."""
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
    return Measured(
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


def fit_baselines(
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
