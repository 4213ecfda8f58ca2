"""What a search tries: the `[search]` table of a recipe."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from muso.errors import RecipeError
from muso.judge.metrics import METRICS

SAMPLERS = ("random", "grid", "tpe")
PRUNERS = ("none", "median")
CHOOSING = tuple(name for name in METRICS if name != "calibration_error")
"""Metrics to choose by: those where more is better."""


@dataclass(frozen=True)
class SearchRecipe:
    """How settings are searched for.

    Attributes:
        sampler: `random`, `grid` (all of a finite space, in order) or `tpe` (Bergstra et al. 2011).
        trials: how many settings to try; of a grid the first so many.
        folds: of the cross-validation that judges each trial, 2 or more.
        pruning: `median` gives a trial up after a fold that is worse than most earlier trials
            were there; `none` never does.
        metric: one of `CHOOSING`, averaged over the folds.
        sample: how many pieces to search with, the same ones for all trials; 0 for all.
        storage: where trials are kept: a URL of a data base, which many machines may share, or
            a file for SQLite; empty for a file of muso's own.
        space: by key as `--set` takes it, what to try: a list, or a table of `low` and `high`
            with `log = true` or a `step` if wanted (whole numbers where both ends are).
    """

    sampler: str = "random"
    trials: int = 10
    folds: int = 3
    pruning: str = "none"
    metric: str = "accuracy"
    sample: int = 0
    storage: str = ""
    space: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, known in (("sampler", SAMPLERS), ("pruning", PRUNERS), ("metric", CHOOSING)):
            if (chosen := getattr(self, name)) not in known:
                raise RecipeError(f"search.{name}: no {chosen!r}; there are {', '.join(known)}")
        for name, least in (("trials", 1), ("folds", 2), ("sample", 0)):
            if (number := getattr(self, name)) < least:
                raise RecipeError(f"search.{name} is {number}; it must be at least {least}")
        for key, choices in self.space.items():
            _check(key, choices)
        if self.sampler == "grid" and not self.finite:
            raise RecipeError("search.space: a grid needs lists, or ranges with a step")

    @property
    def finite(self) -> bool:
        """Whether every setting of the space can be listed."""
        return all(isinstance(c, (list, tuple)) or _steps(c) for c in self.space.values())

    def settings(self) -> Iterator[dict[str, Any]]:
        """Every setting of a finite space, in order.

        >>> list(SearchRecipe(space={"a": [1, 2], "b": {"low": 3, "high": 4}}).settings())[1]
        {'a': 1, 'b': 4}
        """
        axes = [_values(choices) for choices in self.space.values()]
        for values in itertools.product(*axes):
            yield dict(zip(self.space, values, strict=True))

    def corners(self) -> Iterator[tuple[str, Any]]:
        """Each key with each value worth checking before hours are spent."""
        for key, choices in self.space.items():
            ends = isinstance(choices, Mapping)
            for value in (choices["low"], choices["high"]) if ends else choices:
                yield key, value

    def suggest(self, trial: Any) -> dict[str, Any]:
        """What an Optuna trial draws from the space."""
        return {key: _suggested(trial, key, choices) for key, choices in self.space.items()}


def _check(key: str, choices: Any) -> None:
    where = f"search.space.{key}"
    if isinstance(choices, (list, tuple)):
        if not choices:
            raise RecipeError(f"{where}: an empty list; give values to try")
        if not all(isinstance(value, (str, bool, int, float)) for value in choices):
            raise RecipeError(f"{where}: values must be texts, numbers or true and false")
        return
    if not isinstance(choices, Mapping):
        raise RecipeError(f"{where}: expected a list or a table of low and high, not {choices!r}")
    for name in choices:
        if name not in ("low", "high", "log", "step"):
            raise RecipeError(f"{where}: unknown key {name!r}; there are low, high, log, step")
    low, high = choices.get("low"), choices.get("high")
    if not all(isinstance(n, (int, float)) for n in (low, high)) or not low < high:  # type: ignore[operator]
        raise RecipeError(f"{where}: give numbers low and high, low below high")
    if choices.get("log") and ("step" in choices or not low > 0):  # type: ignore[operator]
        raise RecipeError(f"{where}: a log range starts above 0 and has no step")
    if not choices.get("step", 1) > 0:
        raise RecipeError(f"{where}: its step must be above 0")


def _whole(choices: Mapping[str, Any]) -> bool:
    return all(isinstance(choices.get(n, 1), int) for n in ("low", "high", "step"))


def _steps(choices: Mapping[str, Any]) -> bool:
    return "step" in choices or (_whole(choices) and not choices.get("log"))


def _values(choices: Any) -> list[Any]:
    if isinstance(choices, (list, tuple)):
        return list(choices)
    low, high, step = choices["low"], choices["high"], choices.get("step", 1)
    count = int((high - low) / step + 1e-9) + 1
    return [low + number * step for number in range(count)]


def _suggested(trial: Any, key: str, choices: Any) -> Any:
    if isinstance(choices, (list, tuple)):
        return trial.suggest_categorical(key, list(choices))
    low, high, log = choices["low"], choices["high"], bool(choices.get("log"))
    if _whole(choices):
        return trial.suggest_int(key, low, high, step=choices.get("step", 1), log=log)
    return trial.suggest_float(key, low, high, step=choices.get("step"), log=log)
