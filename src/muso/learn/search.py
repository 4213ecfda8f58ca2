"""Searching a recipe's settings by cross-validation, on Optuna. The test side is never seen."""

from __future__ import annotations

import hashlib
import json
import math
import re
import shutil
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import tomli_w
from numpy.typing import NDArray

from muso.bundle.store import home
from muso.corpus.corpus import Corpus
from muso.corpus.doubts import NAMED
from muso.corpus.split import TEST, TRAIN, Split, folds
from muso.errors import CorpusError, RecipeError, shown
from muso.judge.intervals import Interval
from muso.judge.metrics import measure
from muso.learn.copies import spare, with_copies
from muso.learn.data import Data
from muso.learn.fitting import pool
from muso.learn.loop import Examples
from muso.learn.members import build_view, check_member, train_member
from muso.learn.recipe import Recipe, change_recipe
from muso.learn.selection import load_data, split_data, take
from muso.learn.space import SearchRecipe
from muso.learn.training import doubts_of
from muso.music.files import whole
from muso.progress import Listener, Progress, silent

LEAST = 2
"""Trials that are made however little time there is: of one, none is the best."""
HEARTBEAT_S = 30
"""How often a running trial says that it lives, where machines share a storage."""


@dataclass(frozen=True)
class Tried:
    """One trial: its settings, and how they did on pieces that were not trained on.

    Attributes:
        number: from 0 on.
        values: by key as `--set` takes it.
        state: `complete`, `pruned` (given up early) or `failed` (training came to nothing).
        figure: of a complete trial, over all folds.
    """

    number: int
    values: Mapping[str, Any]
    state: str
    figure: Interval | None


@dataclass(frozen=True)
class Search:
    """What a search came to.

    Attributes:
        best: the recipe with the best settings; nothing is left to be searched in it.
        trials: in the order they were tried.
        winner: the best of them.
        pieces: searched with. storage: where the trials are kept, without a password.
        unreadable: what was wrong, by path, with pieces that could not be read.
        doubts: what a person should know of the corpus, a line each.
    """

    best: Recipe
    trials: tuple[Tried, ...]
    winner: Tried
    pieces: int
    storage: str
    unreadable: dict[str, str]
    doubts: tuple[str, ...]


def search(
    recipe: Recipe,
    corpus: Corpus,
    media: str,
    listener: Listener = silent,
    minutes: float = math.inf,
) -> Search:
    """Try settings of a recipe's `[search]` space, each by cross-validation.

    The recipe's own split is drawn first and its test side put away; folds are drawn by works
    (under a leaky protocol as that draws) from all the rest. Trials are kept in `search.storage`
    and each fold's predictions in a folder: interrupted, the same call goes on, and machines that
    share a storage share the trials. More trials, or another sampler, go on with the same ones;
    another metric or space begins anew, but what was predicted before is not trained again. When
    trials, those of earlier calls too, have taken `minutes`, no further one is begun; two there
    are at least.

    Raises:
        RecipeError: nothing to search, or a setting that does not exist. CorpusError: nothing to
        train on.
    """
    if not recipe.search.space:
        raise RecipeError(f"recipe {recipe.name} has no [search.space]; say there what to try")
    for key, value in recipe.search.corners():
        changed = change_recipe(recipe, {key: value})
        for member in changed.member:
            check_member(member, build_view(member))
    judge = _Judge(recipe, corpus, media, listener)
    study, where = _open(recipe.search, judge.folder)
    _run(study, recipe.search, judge, listener, minutes)
    trials = tuple(_tried(trial) for trial in study.get_trials() if trial.state.is_finished())
    complete = [trial for trial in trials if trial.figure is not None]
    if not complete:
        raise RecipeError(f"recipe {recipe.name}: no trial came to a figure; narrow its space")
    winner = max(complete, key=lambda trial: trial.figure.value)  # type: ignore[union-attr]
    best = replace(
        change_recipe(recipe, winner.values), name=f"{recipe.name}-found", search=SearchRecipe()
    )
    read = judge.read(best)
    return Search(
        best, trials, winner, read["pieces"], where, read["unreadable"], tuple(read["doubts"])
    )


def write_winner(found: Search, path: Path) -> None:
    """Write the best recipe as TOML, with a line on how it was found."""
    figure = found.winner.figure
    said = (
        f"# Found by muso search: the best of {len(found.trials)} trials, {figure} in\n"
        f"# cross-validation on {found.pieces:,} pieces. The test side was not looked at.\n"
    )
    table = found.best.as_dict()
    del table["search"]
    with whole(path) as unfinished:
        unfinished.write_text(said + tomli_w.dumps(table), "utf-8")


class _Judge:
    """Gives settings their figure. Data is read again only when a setting changes a view."""

    def __init__(self, recipe: Recipe, corpus: Corpus, media: str, listener: Listener) -> None:
        self.recipe, self.corpus, self.media, self.listener = recipe, corpus, media, listener
        resting = replace(recipe, search=SearchRecipe()).as_dict()
        told = [resting, corpus.digest, recipe.search.folds, recipe.search.sample]
        self.folder = home() / "searches" / f"{recipe.name}-{_digest(told)}"
        self._views: list[Any] = []
        self._data: Data | None = None
        self._folds: list[Split] = []
        self._spare = np.zeros(0, np.bool_)

    def figure(self, values: Mapping[str, Any], trial: Any) -> Interval:
        """The metric over all folds; told to `trial` after each, which may end it."""
        import optuna

        recipe = change_recipe(self.recipe, values)
        data = self._load(recipe)
        folder = self.folder / _digest(values, 16)
        seen, said = [], []
        interval = Interval(0, 0, 0)
        for number, fold in enumerate(self._folds):
            stage = f"trial {trial.number + 1}, fold {number + 1}"
            test = np.flatnonzero((fold.side == TEST) & ~self._spare)
            train = np.flatnonzero(fold.side == TRAIN)
            said.append(self._fold(recipe, data, train, test, folder / str(number), stage))
            seen.append(test)
            at = np.concatenate(seen)
            metrics = measure(
                data.target[at], np.concatenate(said), data.labels, [data.works[i] for i in at]
            )
            interval = getattr(metrics, self.recipe.search.metric)
            trial.report(interval.value, number)
            if number + 1 < len(self._folds) and trial.should_prune():
                raise optuna.TrialPruned
        return interval

    def _fold(
        self,
        recipe: Recipe,
        data: Data,
        train: NDArray[np.int64],
        test: NDArray[np.int64],
        folder: Path,
        stage: str,
    ) -> NDArray[np.float64]:
        """`(piece, label)` probabilities of a fold's `test` side, as trained on `train`."""
        kept = folder / "said.npy"
        if kept.exists() and len(before := np.load(kept)) == len(test):
            return np.asarray(before)
        logs = []
        for number, member in enumerate(recipe.member):
            examples = Examples(data.prepared[number], data.target)
            trained = train_member(
                member,
                self._views[number],
                examples.take(train),
                None,
                len(data.labels),
                seed=recipe.seed + number,
                folder=folder / member.name,
                listener=lambda p: self.listener(replace(p, stage=stage)),
            )
            logs.append(trained.log_probability(examples.take(test).prepared))
        said = pool([1 / len(logs)] * len(logs), logs)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        with whole(kept) as unfinished:
            np.save(unfinished, said)
        return said

    def read(self, recipe: Recipe) -> dict[str, Any]:
        """How many pieces are searched with and what is left out, also of a search long over."""
        if not self._noted.exists():
            self._load(recipe)
        return dict(json.loads(self._noted.read_text("utf-8")))

    @property
    def _noted(self) -> Path:
        return self.folder / "read.json"

    def _load(self, recipe: Recipe) -> Data:
        """What there is beside the test side, under the recipe's views, and the folds of it."""
        views = [build_view(member) for member in recipe.member]
        if self._data is not None and views == self._views:
            return self._data
        data, _ = load_data(recipe, views, self.corpus, self.media, self.listener)
        kept = np.flatnonzero(split_data(recipe, data).side != TEST)
        asked = kept[~spare(data)[kept]]
        sample = recipe.search.sample
        if 0 < sample < len(asked):
            rng = np.random.default_rng(recipe.seed)
            drawn = np.sort(rng.choice(asked, sample, replace=False))
            kept = np.intersect1d(kept, with_copies(data, drawn))
        doubts = doubts_of(self.corpus, data)
        known = data.labels
        data, self._folds = _folded(take(data, kept), recipe)
        self._views, self._data, self._spare = views, data, spare(data)
        if few := [label for label in known if label not in data.labels]:
            doubts = (*doubts, _told_few(few, recipe.search.folds))
        noted = {"pieces": len(data.pieces), "unreadable": data.unreadable, "doubts": doubts}
        with whole(self._noted) as unfinished:
            unfinished.write_text(json.dumps(noted), "utf-8")
        return data


def _told_few(labels: list[str], folds: int) -> str:
    have, are = ("label has", "it is") if len(labels) == 1 else ("labels have", "they are")
    more = f" and {len(labels) - NAMED:,} more" if len(labels) > NAMED else ""
    return (
        f"{len(labels):,} {have} too few works for each of {folds} folds to train on "
        f"({shown(', '.join(map(repr, labels[:NAMED])))}{more}): {are} left out of the search"
    )


def _folded(data: Data, recipe: Recipe) -> tuple[Data, list[Split]]:
    """The folds, of labels that every fold has something of to train on."""
    while True:
        labels = [data.labels[t] for t in data.target]
        protocol, count = recipe.split.protocol, recipe.search.folds
        drawn = folds(labels, data.works, count, recipe.split.seed, protocol)
        trained = [data.target[fold.side == TRAIN] for fold in drawn]
        everywhere = [
            label for label in range(len(data.labels)) if all((t == label).any() for t in trained)
        ]
        if len(everywhere) == len(data.labels):
            return data, drawn
        if len(everywhere) < 2:
            raise CorpusError("too few works a label to search with; give labels of 2 or more")
        data = take(data, np.flatnonzero(np.isin(data.target, everywhere)))


def _open(recipe: SearchRecipe, folder: Path) -> tuple[Any, str]:
    """The Optuna study of a search, new or as it was left, and where it is kept.

    It is named by all that its figures and settings mean; how settings are drawn, and how many,
    may change from call to call.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{folder.name}-{_digest([recipe.metric, recipe.space])}"
    where = recipe.storage or str(folder / "trials.db")
    url = where if "://" in where else f"sqlite:///{where}"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            storage = optuna.storages.RDBStorage(url, heartbeat_interval=HEARTBEAT_S)
        study = optuna.create_study(
            storage=storage, study_name=name, direction="maximize", load_if_exists=True
        )
    except Exception as error:
        # Each data base's driver raises errors of its own.
        cause = str(error).strip().splitlines()[0]
        raise RecipeError(
            f"search.storage {_shown_url(where)}: can't be used ({cause}); name a file, or the URL "
            "of a data base whose driver is installed"
        ) from None
    return study, _shown_url(where)


def _shown_url(where: str) -> str:
    """A storage without its password.

    >>> _shown_url("postgresql://me:secret@host/trials"), _shown_url("trials.db")
    ('postgresql://me:***@host/trials', 'trials.db')
    """
    return re.sub(r"(://[^:@/]*:)[^@]*@", r"\1***@", where)


def _run(
    study: Any, recipe: SearchRecipe, judge: _Judge, listener: Listener, minutes: float
) -> None:
    """Try settings until there are as many trials as asked for, or the time is up."""
    import optuna

    done_already = len(study.get_trials())
    # Seeded by how many there are: gone on with, the draws of before do not come again.
    seed = judge.recipe.seed + done_already
    study.sampler = (optuna.samplers.TPESampler if recipe.sampler == "tpe" else
                     optuna.samplers.RandomSampler)(seed=seed)  # fmt: skip
    median = optuna.pruners.MedianPruner(n_startup_trials=3)
    study.pruner = median if recipe.pruning == "median" else optuna.pruners.NopPruner()
    _enqueue(study, recipe, judge.recipe.seed)

    def objective(trial: Any) -> float:
        values = recipe.suggest(trial)
        try:
            interval = judge.figure(values, trial)
        except RecipeError as error:
            # Such as a rate at which the loss is no number: a fact about these settings.
            trial.set_user_attr("error", str(error))
            raise optuna.TrialPruned from None
        trial.set_user_attr("figure", interval.as_dict())
        return interval.value

    most = min(recipe.trials, _size(recipe)) if recipe.sampler != "tpe" else recipe.trials
    while (done := _done(study)) < most and (
        _spent_minutes(study) < minutes or _done(study, pruned=False) < LEAST
    ):
        listener(Progress("searching", done, most, None, _best(study)))
        study.optimize(objective, n_trials=1)
    listener(Progress("searching", done, done, None, _best(study)))


def _spent_minutes(study: Any) -> float:
    """What trials took so far, those before an interruption too."""
    took = [trial.duration.total_seconds() for trial in study.get_trials() if trial.duration]
    return float(sum(took)) / 60


def _digest(told: Any, length: int = 12) -> str:
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:length]


def _size(recipe: SearchRecipe) -> int:
    return sum(1 for _ in recipe.settings()) if recipe.finite else recipe.trials


def _enqueue(study: Any, recipe: SearchRecipe, seed: int) -> None:
    """Line up what is known beforehand: a finite space's settings, and what was cut short.

    A random search of a finite space never tries a setting twice.
    """
    import optuna

    trials = study.get_trials(deepcopy=False)
    failed = optuna.trial.TrialState.FAIL
    standing = [_settings(trial) for trial in trials if trial.state != failed]
    wanted = [_settings(trial) for trial in trials if trial.state == failed]
    if recipe.finite and recipe.sampler != "tpe":
        listed = list(recipe.settings())
        order = np.arange(len(listed))
        if recipe.sampler == "random":
            order = np.random.default_rng(seed).permutation(order)
        wanted = [listed[i] for i in order[: recipe.trials]]
    for values in wanted:
        if values and values not in standing:
            study.enqueue_trial(values)
            standing.append(values)


def _settings(trial: Any) -> dict[str, Any]:
    return dict(trial.params or trial.system_attrs.get("fixed_params", {}))


def _done(study: Any, pruned: bool = True) -> int:
    import optuna

    ended = [optuna.trial.TrialState.COMPLETE]
    if pruned:
        ended.append(optuna.trial.TrialState.PRUNED)
    return len(study.get_trials(deepcopy=False, states=ended))


def _best(study: Any) -> dict[str, float]:
    try:
        return {"best": float(study.best_value)}
    except ValueError:
        return {}


def _tried(trial: Any) -> Tried:
    figure = trial.user_attrs.get("figure")
    state = "failed" if "error" in trial.user_attrs else trial.state.name.lower()
    state = {"fail": "failed"}.get(state, state)
    return Tried(trial.number, trial.params, state, Interval.of_dict(figure) if figure else None)
