"""Searching the settings of a recipe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from muso.music.files import StrPath
from muso.progress import Listener, silent
from muso.service.collections import find_doubts, read_corpus
from muso.service.models import corpus_of, experiment, workshop

if TYPE_CHECKING:
    from muso.learn.search import Search


def search_recipe(
    recipe: StrPath,
    corpus: StrPath | None = None,
    *,
    to: StrPath | None = None,
    changes: Sequence[str] = (),
    label: str | None = None,
    columns: Mapping[str, str] | None = None,
    listener: Listener = silent,
) -> tuple[Search, Path]:
    """Try the settings of a recipe's `[search]` table by cross-validation; the test side rests.

    Args:
        recipe: a shipped recipe's name, or a TOML file.
        corpus: a CSV or a folder; the recipe's own unless given.
        to: the file the best recipe is written to; NAME-found.toml here unless given.
        changes: `key=value` each, over the recipe's values (`search.trials=20`).
        label, columns: which columns of the CSV to read, as in `read_corpus`.
        listener: told of progress.

    Raises:
        MissingExtra: the training packages are not installed. RecipeError: nothing to search, or
        a setting that does not exist. CorpusError and others of `train`.

    >>> search_recipe("composer", "examples")
    Traceback (most recent call last):
    ...
    muso.errors.RecipeError: recipe composer has no [search.space]; say there what to try
    """
    resolved, media = experiment(recipe, None, changes)
    collection = read_corpus(corpus_of(resolved, corpus), label=label, columns=columns)
    workroom = workshop("search")
    found: Search = workroom.search(resolved, collection, media, listener)
    path = Path(to or f"{found.best.name}.toml")
    workroom.write_winner(found, path)
    return replace(found, doubts=(*find_doubts(collection), *found.doubts)), path
