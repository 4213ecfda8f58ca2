"""One's own style: a shipped language model that goes on learning from a folder."""

from __future__ import annotations

import copy
import dataclasses
import json
import math
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from muso.bundle.arrays import pack_array
from muso.bundle.bundle import MAX_BYTES
from muso.bundle.language import LanguageBundle
from muso.bundle.starts import STARTS, pack_starts
from muso.bundle.store import home
from muso.corpus.digest import short_digest
from muso.corpus.split import TEST, TRAIN, VALIDATION
from muso.errors import BundleError, FileError, shown
from muso.judge.language import LanguageReport
from muso.judge.leaks import find_leaks
from muso.judge.report import Curves, SplitFacts
from muso.judge.style_ear import EAR
from muso.learn.language import MOOD, LanguageNet, Shape
from muso.learn.language_binding import bind_language, frequencies, surprise_of
from muso.learn.language_data import Library
from muso.learn.language_export import from_weights
from muso.learn.language_loop import LanguageFit, fit_language, measure_loss
from muso.learn.language_training import LanguageTraining
from muso.learn.loop import Fitted
from muso.learn.style_ear import fit_ear
from muso.learn.style_folder import Folder
from muso.learn.style_memory import choose_memory
from muso.learn.style_recipe import StyleRecipe
from muso.learn.style_starts import states_after
from muso.music.files import read_bytes
from muso.music.score import Score
from muso.progress import Listener, silent
from muso.represent.encoding import Encoding

SIDES = "sides.json"
"""The file of a bundle that says which files were learnt from and which were held out."""
LIMITS = (
    "It writes for one piano; parts, percussion and pedal are not said.",
    "It learnt a small folder: what it makes may come close to the pieces in it.",
)

Mood = tuple[float, float]
"""Valence and arousal, -1…1 each; NaN where unknown."""


@dataclass(frozen=True, eq=False)
class OwnLibrary(Library):
    """Pieces of a folder: of none of the collections that the base model knows.

    Attributes:
        width: numbers of a condition.
    """

    width: int = len(MOOD)

    def conditions(self) -> NDArray[np.float32]:
        """`(piece, condition)` the mood where it is known; no collection."""
        known = ~np.isnan(self.mood[:, :1])
        told = np.zeros((len(self), self.width), np.float32)
        told[:, : len(MOOD)] = np.concatenate([known, np.where(known, self.mood, 0)], axis=1)
        return told


def library_of(
    folder: Folder,
    side: int,
    encoding: Encoding,
    moods: Mapping[str, Mood],
) -> OwnLibrary:
    """The pieces on one side of a folder as steps.

    Args:
        folder: with at least one piece on that side.
        side: TRAIN, VALIDATION or TEST.
        encoding: of the base model.
        moods: by path, of the pieces whose mood is known.
    """
    chosen = folder.on(side)
    paths = tuple(folder.pieces[n].path for n in chosen)
    unknown = (float("nan"), float("nan"))
    return OwnLibrary(
        steps=tuple(encoding.encode(folder.scores[n]) for n in chosen),
        collection=np.zeros(len(chosen), np.int64),
        mood=np.array([moods.get(str(path), unknown) for path in paths], np.float32),
        collections=(folder.name,),
        works=tuple(folder.pieces[n].work for n in chosen),
        paths=paths,
    )


def adapt(
    net: LanguageNet,
    encoding: Encoding,
    folder: Folder,
    fit: LanguageFit,
    *,
    moods: Mapping[str, Mood] | None = None,
    known: bool,
    minutes: float,
    seed: int,
    run: Path,
    listener: Listener = silent,
) -> Fitted:
    """Go on training `net` on a folder's pieces, and keep the epoch best on those held out.

    Args:
        net: with the base model's weights; trained in place.
        encoding: the base model's.
        folder: what to learn.
        fit: how.
        moods: by path, of the pieces whose mood is known, so that the style can be composed in
            moods too.
        known: the folder was learnt before: where no epoch is better than that, it stays. A base
            that is new to it never stays, for it may have heard the very pieces held out, and
            what it plays is anybody's music.
        minutes: after which no further epoch is begun, above 0.
        seed: of order, variation and dropout.
        run: folder for the checkpoint; called again with it, training goes on.
        listener: told of loss and held-out loss, both in nats a note.
    """
    train, validation = (
        library_of(folder, side, encoding, moods or {}) for side in (TRAIN, VALIDATION)
    )
    unlearnt = copy.deepcopy(net.state_dict())
    before = measure_loss(net, encoding, validation)["validation_loss"] if known else math.inf
    fitted = fit_language(
        net,
        encoding,
        train,
        validation,
        fit,
        seed=seed,
        folder=run,
        stage="learning",
        minutes=minutes,
        listener=listener,
    )
    if min(fitted.curves["validation_loss"]) > before:
        net.load_state_dict(unlearnt)
    return fitted


def known_sides(bundle: LanguageBundle) -> dict[str, str]:
    """The side of each file, by digest, that a style was learnt from; empty for other bundles.

    Raises:
        BundleError: the list is damaged.
    """
    if SIDES not in bundle.digests:
        return {}
    try:
        table = json.loads(read_bytes(bundle.folder / SIDES, MAX_BYTES))
        return {str(digest): str(side) for digest, side in table.items()}
    except (FileError, ValueError, AttributeError) as error:
        raise BundleError(
            f"bundle {bundle.name}: its {SIDES} is damaged ({error}); train it under another name"
        ) from None


def build_on(base: LanguageBundle, changed: Mapping[str, Any]) -> LanguageNet:
    """The network of a bundle with its weights, to be trained with other noise and dropout.

    It is no longer told of collections: one's own is none of those that the base model knows.

    Raises:
        BundleError: it holds no weights to go on from.
    """
    shape = replace(Shape(**base.settings), **changed)
    net = LanguageNet(base.encoding.sizes, base.encoding.derived, len(MOOD), shape)
    weights = from_weights(base.weights)
    weights["condition.weight"] = weights["condition.weight"][:, : len(MOOD)]
    net.load_state_dict(weights)
    return net


def run_folder(recipe: StyleRecipe, folder: Folder, base: LanguageBundle, target: Path) -> Path:
    """Where a training keeps its checkpoint; more minutes go on in the same one."""
    told = {**dataclasses.asdict(recipe), "minutes": 0.0}
    parts = [repr(told), folder.digest, repr(sorted(base.digests.items())), target.name]
    return home() / "runs" / f"style-{target.name}-{short_digest(parts)}"


def train_style(
    recipe: StyleRecipe,
    folder: Folder,
    base: LanguageBundle,
    target: Path,
    *,
    moods: Mapping[str, Mood] | None = None,
    unasked: Sequence[Score] = (),
    listener: Listener = silent,
) -> LanguageTraining:
    """Learn the style of a folder and write it as a bundle.

    Args:
        recipe: how.
        folder: what.
        base: the bundle to start from: a shipped one, or the style itself to go on with it.
        target: folder of the new bundle; it appears whole, at the end, in place of what is there.
        moods: by path, valence and arousal of the pieces whose mood is known.
        unasked: what a model of no style plays when nothing is asked of it, so that an ear can be
            fitted that knows the folder's music from that; without it the style has none.
        listener: told of progress. Interrupted, the same call goes on.

    Raises:
        BundleError: the base holds no weights. FileError: the disk is full or may not be written.
    """
    net = build_on(base, recipe.network)
    run = run_folder(recipe, folder, base, target)
    fitted = adapt(
        net,
        base.encoding,
        folder,
        recipe.fit,
        moods=moods,
        known=bool(known_sides(base)),
        minutes=recipe.minutes,
        seed=recipe.seed,
        run=run,
        listener=listener,
    )
    train, validation, test = (
        library_of(folder, side, base.encoding, {}) for side in (TRAIN, VALIDATION, TEST)
    )
    memory = choose_memory(net, base.encoding, validation, listener)
    learnt = [folder.scores[n] for n in folder.on(TRAIN)]
    beside = {
        SIDES: json.dumps(folder.sides, indent=0).encode(),
        STARTS: pack_starts(states_after(net, base.encoding, learnt, recipe.seed)),
    }
    if unasked:
        sides = (train.steps, validation.steps)
        own = [base.encoding.decode(steps) for side in sides for steps in side]
        beside[EAR] = pack_array(fit_ear(own, unasked))

    def measure(draft: LanguageBundle) -> LanguageReport:
        surprise, notes = surprise_of(draft, test, listener)
        wide = replace(test, width=len(MOOD) + len(base.collections))
        before = replace(surprise_of(base, wide)[0], name=f"{base.name}, before it learnt this")
        columns = {name: values for name, values in fitted.curves.items() if name != "minutes"}
        return LanguageReport(
            encoding=base.encoding.name,
            split=SplitFacts.of(folder.split),
            surprise=surprise,
            notes=notes,
            baselines=(before, *frequencies(base.encoding, train, test)),
            leaks=find_leaks(folder.split, folder.split.works),
            data=_told(folder, base),
            licence=LICENCE,
            minutes=fitted.minutes,
            curves=Curves(columns, fitted.best_epoch) if fitted.best_epoch else None,
        )

    bundle, report = bind_language(
        target,
        net,
        base.encoding,
        (),
        {**dataclasses.asdict(recipe), "base": base.name, "memory": dataclasses.asdict(memory)},
        measure,
        about=f"Composes in the style of {shown(folder.name)}.",
        limits=LIMITS,
        beside=beside,
    )
    shutil.rmtree(run, ignore_errors=True)
    return LanguageTraining(bundle, report, folder.unreadable)


LICENCE = (
    "That of the files in the folder, and that of the base model's data (see its card): for "
    "research and private use."
)


def _told(folder: Folder, base: LanguageBundle) -> str:
    return (
        f"{shown(folder.name)}: {len(folder.pieces):,} pieces, {folder.notes:,} notes, "
        f"{folder.hours:.1f} hours, digest {folder.digest}; begun from {base.name}."
    )
