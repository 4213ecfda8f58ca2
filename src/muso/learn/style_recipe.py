"""Recipes of styles: how a shipped language model goes on learning from a folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

from muso.errors import RecipeError
from muso.learn.language_loop import LanguageFit
from muso.learn.tables import parse_table, read_table
from muso.music.files import StrPath

CHANGEABLE = ("noise", "input_drop", "recurrent_drop", "output_drop")
"""Of a network whose weights are kept only these can be changed."""


@dataclass(frozen=True)
class StyleRecipe:
    """How a style is learnt.

    Attributes:
        name: of the recipe.
        base: the bundle that it starts from.
        about: one line for people.
        seed: of order, variation, noise and dropout.
        minutes: after which no further epoch is begun.
        network: what is changed of the base's network while it learns: noise and dropout.
        fit: how it is trained.
    """

    name: str
    base: str
    about: str = ""
    seed: int = 0
    minutes: float = 10.0
    network: Mapping[str, Any] = field(default_factory=dict)
    fit: LanguageFit = field(default_factory=LanguageFit)

    def __post_init__(self) -> None:
        if not self.minutes > 0:
            raise RecipeError(f"minutes is {self.minutes:g}; it must be above 0")
        for name in self.network:
            if name not in CHANGEABLE:
                raise RecipeError(f"network has no {name!r}; it has {', '.join(CHANGEABLE)}")


def read_style_recipe(recipe: StrPath = "style", changes: Sequence[str] = ()) -> StyleRecipe:
    """Read the shipped recipe, or any TOML file.

    Args:
        recipe: `style`, or a path that ends in `.toml`.
        changes: `key=value` each, the key dotted (`fit.rate=3e-4`).

    Raises:
        RecipeError: no such recipe, an unknown key, a value of the wrong kind.

    >>> read_style_recipe(changes=["minutes=3"]).minutes
    3.0
    """
    folder = resources.files("muso") / "recipes" / "style"
    return parse_table(StyleRecipe, *read_table(str(recipe), changes, ("style",), folder))
