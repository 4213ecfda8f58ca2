"""Recipes of language models: one training, whole, as TOML."""

from __future__ import annotations

import dataclasses
import os
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

from muso.bundle.store import NAME
from muso.errors import RecipeError
from muso.learn.language import Shape
from muso.learn.language_loop import LanguageFit
from muso.learn.recipe import SplitRecipe
from muso.learn.tables import MAX_BYTES, parse_table, read_table
from muso.music.files import read_bytes
from muso.represent import ENCODINGS
from muso.represent.encoding import Encoding


@dataclass(frozen=True)
class LanguageRecipe:
    """One training of a language model.

    Attributes:
        name: what its bundle is called unless told otherwise.
        encoding: an entry of `ENCODINGS` under `name`; its other keys are its settings.
        about: one line for people.
        corpus: the CSV to train on, where the call names none. Labels are collections; the
            columns `valence` and `arousal`, -1…1, tell moods.
        data: what that corpus is, for the card of a bundle trained on it.
        licence: of that data.
        limits: what is known of the model beyond its figures, a sentence each.
        seed: of initial weights, order, variation, noise and dropout.
        minutes: after which no further epoch is begun; 0 for no limit.
        weights: whether the bundle holds weights that training may go on from.
        split: how the corpus is split, where the manifest doesn't.
        network: what the network is built of.
        fit: how it is trained.
    """

    name: str
    encoding: Mapping[str, Any]
    about: str = ""
    corpus: str = ""
    data: str = ""
    licence: str = ""
    limits: tuple[str, ...] = ()
    seed: int = 0
    minutes: float = 0.0
    weights: bool = True
    split: SplitRecipe = field(default_factory=SplitRecipe)
    network: Shape = field(default_factory=Shape)
    fit: LanguageFit = field(default_factory=LanguageFit)

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise RecipeError(
                f"{self.name!r} can't be a name; use letters, digits, '.', '_' and '-'"
            )
        if min(self.seed, self.split.seed) < 0:
            raise RecipeError(f"recipe {self.name}: a seed is below 0; take 0 or more")
        if self.minutes < 0:
            raise RecipeError(f"minutes is {self.minutes}; it must be at least 0")
        self.build_encoding()

    def build_encoding(self) -> Encoding:
        """The encoding that it names.

        Raises:
            RecipeError: there is none of that name, or it has no such setting.
        """
        options = {key: value for key, value in self.encoding.items() if key != "name"}
        name = self.encoding.get("name", "")
        if name not in ENCODINGS:
            raise RecipeError(f"no encoding {name!r}; there are {', '.join(ENCODINGS)}")
        try:
            return ENCODINGS[name](**options)
        except TypeError:
            known = ", ".join(f.name for f in dataclasses.fields(ENCODINGS[name]))  # type: ignore[arg-type]
            raise RecipeError(
                f"encoding {name} has not all of the settings {', '.join(options)}; it has {known}"
            ) from None

    def as_dict(self) -> dict[str, Any]:
        """The recipe as plain tables, as a bundle keeps it."""
        return dataclasses.asdict(self)


def language_recipe_names() -> tuple[str, ...]:
    """The shipped recipes of language models.

    >>> language_recipe_names()
    ('muse', 'words', 'words-earlier')
    """
    folder = resources.files("muso") / "recipes" / "language"
    return tuple(sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir()))


def is_language_recipe(recipe: str) -> bool:
    """Whether `recipe` is a shipped one of these, or a TOML file that names an encoding."""
    if not recipe.endswith(".toml"):
        return recipe in language_recipe_names()
    try:
        return "encoding" in tomllib.loads(read_bytes(recipe, MAX_BYTES).decode())
    except ValueError:
        # What is wrong with it is told by whoever reads it in earnest.
        return False


def read_language_recipe(
    recipe: str | os.PathLike[str], changes: Sequence[str] = ()
) -> LanguageRecipe:
    """Read a shipped recipe by name, or any TOML file.

    Args:
        recipe: a name of `language_recipe_names`, or a path that ends in `.toml`.
        changes: `key=value` each, the key dotted (`fit.rate=3e-4`), the value as TOML writes it.

    Raises:
        RecipeError: no such recipe, not TOML, an unknown key (names the nearest known), a value
            of the wrong kind.

    >>> read_language_recipe("words", ["fit.rate=1e-5"]).fit.rate
    1e-05
    """
    folder = resources.files("muso") / "recipes" / "language"
    known = language_recipe_names()
    return parse_table(LanguageRecipe, *read_table(os.fspath(recipe), changes, known, folder))
