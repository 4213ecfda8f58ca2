"""Styles of one's own: a model of a folder of MIDI files."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from muso.errors import BundleError, MusoError, UsageError
from muso.music.files import StrPath, whole
from muso.progress import Listener, counted, silent
from muso.service.composing import compose_unasked

if TYPE_CHECKING:
    from muso.bundle.language import LanguageBundle
    from muso.judge.copying import Copying
    from muso.learn.language_training import LanguageTraining
    from muso.learn.style_folder import Folder
    from muso.learn.style_rival import Rival

RECIPE = "style"
SAMPLES = 3
SAMPLE_NOTES = 300
MEASURED = 10
"""Pieces made to measure copying; the first of them are kept as samples."""
FIRST_SEED = 1
FINISHED = "copying.json"
"""The file of a style that is written last."""


@dataclass(frozen=True, eq=False)
class Styled:
    """What came of learning a style.

    Attributes:
        training: the bundle, its report, and what could not be read.
        samples: pieces made with it, within the bundle's folder.
        copying: what pieces made with it share with those it learnt from.
        real_copying: what held-out pieces of the folder share with the same.
    """

    training: LanguageTraining
    samples: tuple[Path, ...]
    copying: Copying
    real_copying: Copying


def read_style(folder: StrPath, name: str | None = None, listener: Listener = silent) -> Folder:
    """What a style would be learnt from: the folder's readable pieces and where they stand.

    Args:
        folder: of MIDI files.
        name: of a style that is to go on with it; its files keep their sides.
        listener: told of progress.

    Raises:
        CorpusError: nothing in it, or too little. MissingExtra: the training packages are not
            installed. UsageError: the name is taken by a bundle that is no style, or can't name
            one.

    >>> len(read_style("examples").pieces) >= 5
    True
    """
    from muso.bundle.store import bundle_folder
    from muso.service.models import workshop

    style = workshop("style")
    if name:
        bundle_folder(name)
    known = _style_of(name) if name else None
    folder_of = workshop("style_folder").read_folder
    read: Folder = folder_of(
        folder, known=style.known_sides(known) if known else None, listener=listener
    )
    return read


def train_style(
    folder: StrPath,
    name: str,
    *,
    recipe: StrPath = RECIPE,
    changes: Sequence[str] = (),
    listener: Listener = silent,
) -> Styled:
    """Learn the style of a folder of MIDI files, and compose three pieces in it.

    A style of that name that is there already goes on learning from what is now in the folder;
    files that it held out stay held out. Interrupted, the same call goes on where it was.

    Args:
        folder: an hour of music is good.
        name: of the style: a bundle of the user's own.
        recipe: the shipped one, or a TOML file.
        changes: `key=value` each, over the recipe's values.
        listener: told of progress: loss and held-out loss in nats a note.

    Raises:
        As `read_style`. FileError: the disk is full or may not be written.
    """
    return next(style_rounds(folder, name, [changes], recipe=recipe, listener=listener))


def style_rounds(
    folder: StrPath,
    name: str,
    rounds: Sequence[Sequence[str]],
    *,
    recipe: StrPath = RECIPE,
    listener: Listener = silent,
) -> Iterator[Styled]:
    """Learn a style as `train_style` does, several times in a row, with samples after each.

    The files are read and heard once. Left between two rounds, the style is as good as it got.
    Until the last, copying is measured on the samples alone: composing more takes as long as
    some of the learning.

    Args:
        folder, name, recipe, listener: as of `train_style`.
        rounds: the changes of each.

    Raises:
        As `train_style`.
    """
    from muso.bundle.language import find_language
    from muso.bundle.store import bundle_folder
    from muso.service.models import workshop

    target = bundle_folder(name)
    style, recipes = workshop("style"), workshop("style_recipe")
    resolved = [recipes.read_style_recipe(recipe, changes) for changes in rounds]
    _style_of(name)
    read = read_style(folder, name, listener)
    moods: dict[str, tuple[float, float]] | None = None
    for number, one in enumerate(resolved, start=1):
        own = _style_of(name)
        training = _unfinished(own, read) if own else None
        if training is None:
            moods = _moods(read, listener) if moods is None else moods
            base = own or find_language(one.base)
            training = style.train_style(
                one,
                read,
                base,
                target,
                moods=moods,
                # Of the model that knows no style, also where one goes on learning.
                unasked=compose_unasked(find_language(one.base)),
                listener=listener,
            )
        yield _heard(training, read, MEASURED if number == len(resolved) else SAMPLES, listener)


def _heard(training: LanguageTraining, read: Folder, count: int, listener: Listener) -> Styled:
    """What came of a training: samples, and what `count` pieces share with what it learnt from."""
    from muso.corpus.split import TEST, TRAIN, VALIDATION
    from muso.judge.copying import measure_copying

    target = training.bundle.folder
    seeds = range(FIRST_SEED, FIRST_SEED + count)
    made = [_compose(target.name, seed) for seed in counted(seeds, "composing", count, listener)]
    learnt = [read.scores[n] for n in read.on(TRAIN)]
    held_out = [read.scores[n] for side in (VALIDATION, TEST) for n in read.on(side)]
    copying, real = measure_copying(made, learnt), measure_copying(held_out, learnt)
    samples = _write_samples(target, made, copying, real)
    return Styled(training, samples, copying, real)


def earlier_recipes() -> tuple[str, ...]:
    """The recipes of the earlier system, which `train_rival` takes.

    Raises:
        MissingExtra: the training packages are not installed.

    >>> earlier_recipes()[0]
    'style-lstm'
    """
    from muso.service.models import workshop

    names: tuple[str, ...] = workshop("style_earlier").EARLIER
    return names


def train_rival(
    folder: StrPath,
    name: str,
    *,
    recipe: str,
    changes: Sequence[str] = (),
    listener: Listener = silent,
) -> Rival:
    """Train the earlier system on a folder, to hold a style against: a report and three samples.

    What comes of it is no bundle: it names notes and chords without rhythm and can't compose. It
    lies in `earlier/NAME` of the user's own folder.

    Args:
        folder: of MIDI files.
        name: of the report.
        recipe: one of `earlier_recipes`.
        changes: `key=value` each, over the recipe's values; `minutes=` for the time it may take.
        listener: told of progress. Interrupted, the same call goes on.

    Raises:
        As `read_style`. RecipeError: an unknown key. FileError: the disk is full.
    """
    from muso.bundle.language import find_language
    from muso.bundle.store import bundle_folder, home
    from muso.compose.request import DEFAULT_BUNDLE
    from muso.service.models import workshop

    target = home() / "earlier" / bundle_folder(name).name
    rival = workshop("style_rival")
    read = workshop("style_folder").read_folder(folder, listener=listener)
    made: Rival = rival.train_rival(
        recipe, changes, read, find_language(DEFAULT_BUNDLE), target, listener
    )
    return made


def _unfinished(own: LanguageBundle, read: Folder) -> LanguageTraining | None:
    """What a style has learnt already, if it was stopped while its samples were made."""
    from muso.judge.language import read_language_report
    from muso.learn.language_training import LanguageTraining
    from muso.service.models import workshop

    sides = workshop("style").known_sides(own)
    if (own.folder / FINISHED).exists() or sides != read.sides:
        return None
    return LanguageTraining(own, read_language_report(own.folder / "report.json"), read.unreadable)


def _style_of(name: str) -> LanguageBundle | None:
    """The style of that name, if there is one.

    Raises:
        UsageError: the name is taken by a bundle that is no style.
    """
    from muso.bundle.language import find_language
    from muso.bundle.store import list_bundles
    from muso.service.models import workshop

    if name not in list_bundles():
        return None
    taken = f"{name!r} is a bundle that is no style; choose another name"
    try:
        bundle = find_language(name)
    except BundleError:
        raise UsageError(taken) from None
    if workshop("style").SIDES not in bundle.digests:
        raise UsageError(taken)
    return bundle


def _moods(folder: Folder, listener: Listener) -> dict[str, tuple[float, float]]:
    """Valence and arousal of each piece as muso hears it; nothing where it has no ear for moods.

    Told them, the model keeps what the base model knows of moods.
    """
    from muso.service.ears import mood_ear

    try:
        ear = mood_ear()
    except UsageError:
        return {}
    heard = {}
    pieces = zip(folder.pieces, folder.scores, strict=True)
    for piece, score in counted(pieces, "hearing moods", len(folder.pieces), listener):
        try:
            said = ear(score)
        except MusoError:
            continue
        high = {mood: 2 * share for mood, share in said.items()}
        heard[str(piece.path)] = (
            min(max(high["happy"] + high["calm"] - 1, -1.0), 1.0),
            min(max(high["happy"] + high["angry"] - 1, -1.0), 1.0),
        )
    return heard


def _compose(name: str, seed: int) -> Any:
    from muso.compose.request import ComposeRequest
    from muso.service.composing import compose

    return compose(ComposeRequest(bundle=name, notes=SAMPLE_NOTES, seed=seed)).score


def _write_samples(
    target: Path, made: Sequence[Any], copying: Copying, real: Copying
) -> tuple[Path, ...]:
    from muso.music.midi import write_score

    paths = tuple(target / f"sample-{number}.mid" for number in range(1, SAMPLES + 1))
    for path, score in zip(paths, made, strict=False):
        write_score(score, path)
    with whole(target / FINISHED) as unfinished:
        told = {"made": copying.as_dict(), "held out": real.as_dict()}
        unfinished.write_text(json.dumps(told, indent=1) + "\n", "utf-8")
    return paths
