"""Recipes: one experiment, whole, as TOML. Values stand there; behaviour stands in code."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

from muso.bundle.store import NAME
from muso.errors import RecipeError
from muso.learn.space import SearchRecipe
from muso.learn.tables import parse_table, put, read_table


@dataclass(frozen=True)
class SplitRecipe:
    """How the corpus is split: shares of pieces 0…1, and the seed that draws it.

    With `test`, the pieces that the manifest puts on the side of that name are held out, and the
    share to choose by is drawn from the others; where it names no sides, `test` says nothing. With
    `folds` of 2 or more nothing is held out: the
    bundle is trained on everything, and reported by cross-validation.
    """

    protocol: str = "work"
    held_out: float = 0.15
    validation: float = 0.15
    seed: int = 0
    test: str = ""
    folds: int = 0

    def __post_init__(self) -> None:
        if self.folds < 0 or self.folds == 1:
            raise RecipeError(f"folds is {self.folds}; it must be 0, or 2 and more")


CHOICES = {
    "optimizer": ("adam", "adamw", "adamax", "nadam", "rmsprop", "sgd"),
    "schedule": ("cosine", "constant"),
    "loss": ("cross_entropy", "mse"),
    "class_weight": ("none", "balanced", "adjusted"),
    "sampling": ("natural", "balanced"),
}
"""What a fit may name. Here, for a recipe is read where torch is not installed."""


@dataclass(frozen=True)
class FitRecipe:
    """How a network is trained.

    Attributes:
        epochs: passes over the training side, at most.
        batch: slices a step.
        optimizer: a name in `CHOICES`.
        rate: learning rate, at its highest.
        schedule: `cosine` (down to 0 after a short rise) or `constant`.
        weight_decay: of weights, 0 for none.
        loss: a name in `CHOICES`.
        label_smoothing: share of the target given to all labels alike, 0…1.
        mixup: parameter of the beta distribution that two slices are mixed by; 0 mixes none
            (Zhang et al. 2018).
        class_weight: `none`; `balanced` to weigh each label by the inverse of its count; or
            `adjusted` to learn how much likelier each label is than its count alone makes it
            (logit adjustment, Menon et al. 2021), so that rare ones are named as readily.
        sampling: `natural`, or `balanced` to draw every label equally often.
        patience: epochs without a better validation loss until it stops; 0 never stops early.
        minutes: no epoch is begun that would end later than this, but the first; 0 for no limit.
    """

    epochs: int = 20
    batch: int = 64
    optimizer: str = "adamw"
    rate: float = 2e-3
    schedule: str = "cosine"
    weight_decay: float = 0.05
    loss: str = "cross_entropy"
    label_smoothing: float = 0.0
    mixup: float = 0.0
    class_weight: str = "none"
    sampling: str = "natural"
    patience: int = 0
    minutes: float = 0.0

    def __post_init__(self) -> None:
        for name, known in CHOICES.items():
            if (named := getattr(self, name)) not in known:
                raise RecipeError(f"no {name} {named!r}; there are {', '.join(known)}")
        least = {"epochs": 1, "batch": 2}
        least |= dict.fromkeys(("weight_decay", "mixup", "patience", "minutes"), 0)
        for name, lowest in least.items():
            if not getattr(self, name) >= lowest:
                found = getattr(self, name)
                raise RecipeError(f"{name} is {found}; it must be at least {lowest}")
        if not self.rate > 0:
            raise RecipeError(f"rate is {self.rate}; it must be above 0")
        if not 0 <= self.label_smoothing < 1:
            raise RecipeError(
                f"label_smoothing is {self.label_smoothing}; it must be a share below 1"
            )


@dataclass(frozen=True)
class GanRecipe:
    """Further training examples that a conditional GAN makes after the real ones.

    Attributes:
        share: of made examples to real ones; 0 makes none, and no GAN is trained.
        epochs: of the GAN, passes over the real examples.
        batch: examples a step.
        rate: learning rate of both its networks.
    """

    share: float = 0.0
    epochs: int = 100
    batch: int = 64
    rate: float = 2e-4

    def __post_init__(self) -> None:
        if self.share < 0 or self.epochs < 1 or self.batch < 2 or not self.rate > 0:
            raise RecipeError("gan: share must be at least 0, epochs 1, batch 2, and rate above 0")


@dataclass(frozen=True)
class MemberRecipe:
    """One model of a bundle: what it looks at, what it is, how it is trained.

    `view` and `network` name an entry of their tables under `name`; their other keys are its
    settings. Exactly one of `network` (trained by the loop) and `classical` (fitted at once). A
    `gan` adds examples to what a network learns from.
    """

    name: str
    view: Mapping[str, Any]
    network: Mapping[str, Any] = field(default_factory=dict)
    classical: Mapping[str, Any] = field(default_factory=dict)
    fit: FitRecipe = field(default_factory=FitRecipe)
    gan: GanRecipe = field(default_factory=GanRecipe)


@dataclass(frozen=True)
class Recipe:
    """One experiment, whole.

    Attributes:
        name: what its bundle is called unless told otherwise.
        task: a name in `TASKS`, or a new one of the user's own.
        about: one line for people.
        corpus: the CSV or folder to train on, where the call names none.
        digest: of the corpus that `data` and `licence` describe; empty for any.
        data: what that corpus is, for the card of a bundle trained on it.
        licence: of that data.
        seed: of initial weights, batches and everything random but the split.
        refit: after everything is chosen, go on with training and validation pieces together; the
            bar for "unknown" is then found on the test side.
        ship_all: when all is measured, fit what is shipped on every piece, those of the test
            side too; the report is of the members before.
        weights: keep the networks' best weights in the bundle, so that a later run can go on
            from them.
        even: weigh members as if all labels were equally common: for members that are trained
            so, whose probabilities suppose it.
        start: the bundle whose weights networks begin with, and whose split is kept.
        labels: only pieces of these; all unless given.
        leave_out: sides of the manifest whose pieces are left out, such as `faulty`.
        background: how many pieces of other labels to train on as `unknown`, where `labels` leaves
            some out: a model that heard other music refuses it better.
        least_share: labels that hold less than this share of all slices are left out, 0…1.
        split: how the corpus is split.
        search: what `muso search` tries; its space is empty where nothing is to be searched.
        member: the models; several are averaged, weighted on the validation side.
    """

    name: str
    task: str
    member: tuple[MemberRecipe, ...]
    about: str = ""
    corpus: str = ""
    digest: str = ""
    data: str = ""
    licence: str = ""
    seed: int = 0
    refit: bool = False
    weights: bool = False
    even: bool = False
    start: str = ""
    ship_all: bool = False
    labels: tuple[str, ...] = ()
    leave_out: tuple[str, ...] = ()
    background: int = 0
    least_share: float = 0.0
    split: SplitRecipe = field(default_factory=SplitRecipe)
    search: SearchRecipe = field(default_factory=SearchRecipe)

    def __post_init__(self) -> None:
        for key, text in (("name", self.name), ("task", self.task)):
            if not text.strip():
                raise RecipeError(f"recipe {self.name}: {key} is empty; give it a word")
        if min(self.seed, self.split.seed) < 0:
            raise RecipeError(f"recipe {self.name}: a seed is below 0; take 0 or more")
        if self.background < 0 or (self.background and not self.labels):
            raise RecipeError(
                f"background is {self.background}; give 0 or more pieces, and the labels they are "
                "not of"
            )
        if not 0 <= self.least_share < 1:
            raise RecipeError(f"least_share is {self.least_share}; it must be a share below 1")
        if not self.member:
            raise RecipeError("no [[member]]; a recipe needs at least one")
        names = [member.name for member in self.member]
        for name in (self.name, *names):
            # Bundles, files and folders are called so.
            if not NAME.fullmatch(name):
                raise RecipeError(
                    f"{name!r} can't be a name; use letters, digits, '.', '_' and '-'"
                )
        if len(set(names)) < len(names):
            raise RecipeError("two members have one name; rename one")
        for member in self.member:
            if bool(member.network) == bool(member.classical):
                raise RecipeError(
                    f"member {member.name} must have either a network or a classical model"
                )

    def as_dict(self) -> dict[str, Any]:
        """The recipe as plain tables, as a bundle keeps it."""
        return dataclasses.asdict(self)


def recipe_names() -> tuple[str, ...]:
    """The shipped recipes.

    >>> "composer" in recipe_names()
    True
    """
    folder = resources.files("muso") / "recipes"
    found = (entry.name for entry in folder.iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in found if name.endswith(".toml")))


def read_recipe(recipe: str | os.PathLike[str], changes: Sequence[str] = ()) -> Recipe:
    """Read a shipped recipe by name, or any TOML file.

    Args:
        recipe: a name of `recipe_names`, or a path that ends in `.toml`.
        changes: `key=value` each, the key dotted (`seed=2`, `member.roll.fit.rate=3e-4`;
            `fit.rate=3e-4` reaches every member, `network.drop=0.1` every one that has a
            network); the value as TOML writes it.

    Raises:
        RecipeError: no such recipe, not TOML, an unknown key (names the nearest known), a value
            of the wrong kind, a fit where no member is a network.

    >>> read_recipe("composer", ["split.seed=3"]).split.seed
    3
    """
    folder = resources.files("muso") / "recipes"
    table, where = read_table(os.fspath(recipe), changes, recipe_names(), folder)
    read = parse_recipe(table, where)
    # A fit for all members, such as `--set fit.batch=8` gives, is for the networks among them.
    if not any(m.network for m in read.member) and any(m.fit != FitRecipe() for m in read.member):
        raise RecipeError(f"{where}: a classical model has no fit; leave fit out or add a network")
    return read


def parse_recipe(table: Mapping[str, Any], where: str = "recipe") -> Recipe:
    """Build a recipe from plain tables; `where` names it in errors."""
    return parse_table(Recipe, table, where)


def change_recipe(recipe: Recipe, values: Mapping[str, Any]) -> Recipe:
    """The recipe with other values, by key as `--set` takes it.

    Raises:
        RecipeError: an unknown key, or a value of the wrong kind.

    >>> change_recipe(read_recipe("composer"), {"fit.batch": 32}).member[1].fit.batch
    32
    """
    table = recipe.as_dict()
    for key, value in values.items():
        put(table, key, value, recipe.name)
    return parse_recipe(table, recipe.name)
