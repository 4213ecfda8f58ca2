"""Language models of music: training them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from muso.music.files import StrPath
from muso.progress import Listener, silent
from muso.service.collections import read_corpus
from muso.service.models import corpus_of, workshop

if TYPE_CHECKING:
    from muso.learn.language_training import LanguageTraining


def is_language_recipe(recipe: StrPath) -> bool:
    """Whether a recipe's name, or a TOML file, is of a language model.

    Raises:
        MissingExtra: the training packages are not installed.

    >>> is_language_recipe("muse"), is_language_recipe("composer")
    (True, False)
    """
    told: bool = workshop("language_recipe").is_language_recipe(os.fspath(recipe))
    return told


def train_language(
    recipe: StrPath,
    corpus: StrPath | None = None,
    *,
    name: str | None = None,
    changes: Sequence[str] = (),
    label: str | None = None,
    columns: Mapping[str, str] | None = None,
    listener: Listener = silent,
) -> LanguageTraining:
    """Train a language model on scores, and report it.

    Args:
        recipe: a shipped recipe's name, or a TOML file.
        corpus: a CSV or a folder; the recipe's own unless given. Labels are collections; columns
            `valence` and `arousal`, -1…1, tell moods.
        name: of the bundle; the recipe's unless given.
        changes: `key=value` each, over the recipe's values.
        label, columns: which columns of the CSV to read, as in `read_corpus`.
        listener: told of progress.

    Raises:
        MissingExtra: the training packages are not installed. RecipeError, CorpusError and
        others of `muso.learn.language_training.train_language`.

    >>> train_language("muse")
    Traceback (most recent call last):
    ...
    muso.errors.UsageError: recipe muse names no corpus; give one: --corpus with a CSV or a folder
    """
    from muso.bundle.store import bundle_folder

    resolved = workshop("language_recipe").read_language_recipe(recipe, changes)
    collection = read_corpus(corpus_of(resolved, corpus), label=label, columns=columns)
    training = workshop("language_training").train_language
    folder = bundle_folder(name or resolved.name)
    trained: LanguageTraining = training(resolved, collection, folder, listener)
    return trained
