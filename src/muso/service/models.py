"""Models: listing, training and comparing them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from muso.errors import MissingExtra, MusoError, UsageError
from muso.music.files import StrPath
from muso.progress import Listener, silent
from muso.service.collections import find_doubts, read_corpus

if TYPE_CHECKING:
    from muso.bundle.bundle import Bundle
    from muso.judge.report import Report
    from muso.learn.training import Training


def load(bundle: StrPath) -> Bundle:
    """A trained model, by name or folder.

    Raises:
        UsageError: there is none of that name. BundleError: it can't be read.

    >>> len(load("composer.1").labels)
    119
    """
    from muso.bundle.store import find_bundle

    return find_bundle(os.fspath(bundle))


@dataclass(frozen=True)
class BundleInfo:
    """A model in a list: `metrics` as its report measured them, without intervals."""

    name: str
    task: str
    default: bool
    media: str
    labels: tuple[str, ...]
    size_mb: float
    metrics: Mapping[str, float]

    def as_dict(self) -> dict[str, Any]:
        """The model as JSON holds it."""
        return dict(vars(self))


def bundles() -> list[BundleInfo]:
    """Every model that can be read, by task, a task's default first.

    `broken_bundles` tells of the others.

    >>> [info.name for info in bundles() if info.task == "composer" and info.default]
    ['composer.1']
    """
    found = [info for info in _inspected() if isinstance(info, BundleInfo)]
    return sorted(found, key=lambda info: (info.task, not info.default, info.name))


def broken_bundles() -> list[MusoError]:
    """What is wrong with each model that can't be read.

    >>> all(isinstance(error, MusoError) for error in broken_bundles())
    True
    """
    return [error for error in _inspected() if isinstance(error, MusoError)]


def _inspected() -> Iterator[BundleInfo | MusoError]:
    from muso.bundle.store import list_bundles

    for name, folder in list_bundles().items():
        try:
            yield _inspect(name, folder)
        except MusoError as error:
            yield error


def _inspect(name: str, folder: Path) -> BundleInfo:
    from muso.bundle.bundle import read_bundle
    from muso.bundle.language import is_language
    from muso.judge.report import read_report
    from muso.recognize import TASKS

    if is_language(folder):
        return _inspect_language(name, folder)
    bundle = read_bundle(folder)
    metrics = read_report(folder / "report.json").metrics.as_dict()
    values = {k: round(v["value"], 4) for k, v in metrics.items() if isinstance(v, Mapping)}
    size = sum(f.stat().st_size for f in folder.iterdir()) / 1e6
    return BundleInfo(
        name=name,
        task=bundle.task,
        default=name in {task.bundle for task in TASKS.values()},
        media=bundle.media,
        labels=bundle.labels,
        size_mb=round(size, 2),
        metrics=values,
    )


def _inspect_language(name: str, folder: Path) -> BundleInfo:
    """A language model: its metrics are nats a note, of all that is said and of the pitch."""
    from muso.bundle.language import read_language
    from muso.compose.request import DEFAULT_BUNDLE
    from muso.judge.language import read_language_report

    bundle = read_language(folder)
    surprise = read_language_report(folder / "report.json").surprise
    figures = {"loss": surprise.loss.value, "pitch_loss": surprise.pitch.value}
    return BundleInfo(
        name=name,
        task=bundle.task,
        default=name == DEFAULT_BUNDLE,
        media=bundle.media,
        labels=bundle.labels,
        size_mb=round(sum(f.stat().st_size for f in folder.iterdir()) / 1e6, 2),
        metrics={key: round(value, 4) for key, value in figures.items()},
    )


def train(
    recipe: StrPath,
    corpus: StrPath | None = None,
    *,
    name: str | None = None,
    task: str | None = None,
    changes: Sequence[str] = (),
    start: StrPath | None = None,
    label: str | None = None,
    columns: Mapping[str, str] | None = None,
    listener: Listener = silent,
) -> Training:
    """Train a bundle on a labelled corpus, and report it.

    Args:
        recipe: a shipped recipe's name, or a TOML file.
        corpus: a CSV or a folder; the recipe's own unless given.
        name: of the bundle; the recipe's unless given.
        task: what the labels are (performer, genre, era), where it is not the recipe's task.
        changes: `key=value` each, over the recipe's values.
        start: a bundle whose weights are gone on from, and whose split is kept.
        label, columns: which columns of the CSV to read, as in `read_corpus`.
        listener: told of progress.

    Raises:
        MissingExtra: the training packages are not installed. UsageError: no bundle to go on
        from. RecipeError, CorpusError and others of `muso.learn.training.train`.

    >>> train("no such recipe", "examples")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    muso.errors.RecipeError: no recipe 'no such recipe'; ...
    """
    from dataclasses import replace

    from muso.bundle.store import bundle_folder

    resolved, media = experiment(recipe, task, changes)
    if start is not None:
        load(start)
        resolved = replace(resolved, start=os.fspath(start))
    collection = read_corpus(corpus_of(resolved, corpus), label=label, columns=columns)
    training = workshop("training").train
    trained: Training = training(
        resolved, collection, media, bundle_folder(name or resolved.name), listener
    )
    return replace(trained, doubts=(*find_doubts(collection), *trained.doubts))


class Comparison(dict[str, "Report"]):
    """Reports by protocol.

    Attributes:
        doubts: what a person should know of the corpus, a line each.
        unreadable: what was wrong by path, of files that could not be read.
    """

    doubts: tuple[str, ...]
    unreadable: dict[str, str]


def compare(
    recipe: StrPath,
    corpus: StrPath | None,
    protocols: Sequence[str],
    *,
    task: str | None = None,
    changes: Sequence[str] = (),
    label: str | None = None,
    columns: Mapping[str, str] | None = None,
    listener: Listener = silent,
) -> Comparison:
    """Train one recipe under several protocols; no bundle is kept, only what each measured.

    Raises:
        UsageError: no such protocol. As `train` otherwise.

    >>> compare("composer", "examples", ["work", "hope"])  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    muso.errors.UsageError: there is no protocol 'hope'; choose from work, piece, ...
    """
    from muso.corpus.split import PROTOCOLS

    for protocol in protocols:
        if protocol not in PROTOCOLS:
            known = ", ".join(PROTOCOLS)
            raise UsageError(f"there is no protocol {protocol!r}; choose from {known}")
    resolved, media = experiment(recipe, task, changes)
    collection = read_corpus(corpus_of(resolved, corpus), label=label, columns=columns)
    training = workshop("training").try_protocol
    trials = {p: training(resolved, collection, media, p, listener) for p in protocols}
    reports = Comparison((protocol, trial.report) for protocol, trial in trials.items())
    doubts = dict.fromkeys(doubt for trial in trials.values() for doubt in trial.doubts)
    reports.doubts = (*find_doubts(collection), *doubts)
    reports.unreadable = {p: why for t in trials.values() for p, why in t.unreadable.items()}
    return reports


def experiment(recipe: StrPath, task: str | None, changes: Sequence[str]) -> tuple[Any, str]:
    """A recipe as it is to be run, and the medium it is for."""
    from dataclasses import replace

    resolved = workshop("recipe").read_recipe(recipe, changes)
    if task:
        resolved = replace(resolved, task=task, about="", data="", licence="")
    return resolved, workshop("members").build_view(resolved.member[0]).media


def corpus_of(recipe: Any, corpus: StrPath | None) -> StrPath:
    """The corpus asked for, or the recipe's.

    Raises:
        UsageError: neither names one.
    """
    chosen: StrPath = corpus or recipe.corpus
    if not chosen:
        raise UsageError(
            f"recipe {recipe.name} names no corpus; give one: --corpus with a CSV or a folder"
        )
    return chosen


def workshop(module: str) -> Any:
    """A module of learn, the only room that needs the training packages."""
    import importlib

    try:
        return importlib.import_module(f"muso.learn.{module}")
    except ModuleNotFoundError as error:
        if error.name and error.name.startswith("muso"):
            raise
        raise MissingExtra("train", "training") from None
