"""Training a language model from a recipe and a corpus to a bundle."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path

import numpy as np
import torch

from muso.bundle.language import MOOD, LanguageBundle
from muso.bundle.store import home
from muso.corpus.corpus import Corpus
from muso.corpus.digest import short_digest
from muso.corpus.doubts import told_absent
from muso.corpus.split import SIDES, TEST, TRAIN, VALIDATION, Split, draw_split
from muso.corpus.works import find_matches, join_works
from muso.errors import CorpusError, shown
from muso.judge.language import LanguageReport
from muso.judge.leaks import Leak, find_leaks
from muso.judge.report import Curves, SplitFacts
from muso.learn.language import LanguageNet
from muso.learn.language_binding import bind_language, frequencies, surprise_of
from muso.learn.language_data import Library, read_library
from muso.learn.language_loop import fit_language
from muso.learn.language_recipe import LanguageRecipe
from muso.learn.loop import Fitted
from muso.progress import Listener, silent


@dataclass(frozen=True)
class LanguageTraining:
    """A bundle, its report, what could not be read by path, and what the corpus lacks."""

    bundle: LanguageBundle
    report: LanguageReport
    unreadable: dict[str, str]
    doubts: tuple[str, ...] = ()


def train_language(
    recipe: LanguageRecipe, corpus: Corpus, folder: Path, listener: Listener = silent
) -> LanguageTraining:
    """Train a language model and report it.

    Pieces that are the same music are joined into one work before the split is drawn. The best
    epoch is chosen on the validation side; the test side is looked at once, at the end, with
    the exported graphs.

    Args:
        recipe: one training, whole.
        corpus: scores; their labels are collections, the columns `valence` and `arousal` moods.
        folder: of the bundle; it appears whole, at the end. Interrupted, the same call goes on.
        listener: told of progress.

    Raises:
        CorpusError: too little to train on, or to hold out. LeakError: the manifest puts a work
        on two sides. RecipeError: the training came to no figures.
    """
    found = find_matches(corpus)
    corpus = join_works(corpus, found)
    encoding = recipe.build_encoding()
    library = read_library(corpus, encoding)
    split, leaks = _split(recipe, corpus, library)
    sides = {name: library.take(np.flatnonzero(split.side == n)) for n, name in enumerate(SIDES)}
    torch.manual_seed(recipe.seed)
    condition = MOOD + len(library.collections)
    net = LanguageNet(encoding.sizes, encoding.derived, condition, recipe.network)
    run = run_folder(recipe, corpus)
    fitted = fit_language(
        net,
        encoding,
        sides[SIDES[TRAIN]],
        sides[SIDES[VALIDATION]],
        recipe.fit,
        seed=recipe.seed,
        folder=run,
        minutes=recipe.minutes or inf,
        listener=listener,
    )

    def measure(draft: LanguageBundle) -> LanguageReport:
        return report_of(draft, recipe, corpus, sides[SIDES[TRAIN]], sides[SIDES[TEST]],
                         split, leaks, fitted)  # fmt: skip

    bundle, report = bind_language(
        folder,
        net,
        encoding,
        library.collections,
        recipe.as_dict(),
        measure,
        about=recipe.about or "Composes piano music.",
        limits=recipe.limits,
        weights=recipe.weights,
    )
    shutil.rmtree(run, ignore_errors=True)
    return LanguageTraining(bundle, report, library.unreadable, told_absent(corpus))


def report_of(
    bundle: LanguageBundle,
    recipe: LanguageRecipe,
    corpus: Corpus,
    train: Library,
    test: Library,
    split: Split,
    leaks: Sequence[Leak],
    fitted: Fitted,
) -> LanguageReport:
    """Measure a bundle on the test side, beside baselines counted on the training side."""
    surprise, notes = surprise_of(bundle, test)
    curves = {name: values for name, values in fitted.curves.items() if name != "minutes"}
    data = recipe.data or f"{shown(corpus.name)}: {len(corpus):,} pieces, digest {corpus.digest}."
    return LanguageReport(
        encoding=bundle.encoding.name,
        split=SplitFacts.of(split),
        surprise=surprise,
        notes=notes,
        baselines=frequencies(bundle.encoding, train, test),
        leaks=tuple(leaks),
        data=data.strip(),
        licence=recipe.licence.strip() or "not stated; keep the model to yourself.",
        minutes=fitted.minutes,
        curves=Curves(curves, fitted.best_epoch) if fitted.best_epoch else None,
    )


def run_folder(recipe: LanguageRecipe, corpus: Corpus) -> Path:
    """Where a training keeps its checkpoint: one folder a recipe and corpus."""
    known = {**recipe.as_dict(), "minutes": 0.0}
    return home() / "runs" / f"{recipe.name}-{short_digest([repr(known), corpus.digest])}"


def _split(
    recipe: LanguageRecipe, corpus: Corpus, library: Library
) -> tuple[Split, tuple[Leak, ...]]:
    """The manifest's own split where it gives every piece a side, else one drawn."""
    of_path = {piece.path: piece for piece in corpus.pieces}
    pieces = [of_path[path] for path in library.paths]
    wanted = recipe.split
    if {piece.split for piece in pieces} <= set(SIDES):
        side = np.array([SIDES.index(piece.split) for piece in pieces], np.int8)
        split = Split(side, library.works, wanted.protocol, wanted.seed)
    else:
        split = draw_split(
            [piece.label for piece in pieces],
            library.works,
            protocol=wanted.protocol,
            held_out=wanted.held_out,
            validation=wanted.validation,
            seed=wanted.seed,
        )
    for side_, name in ((TRAIN, "train on"), (VALIDATION, "choose by"), (TEST, "test on")):
        if not (split.side == side_).any():
            raise CorpusError(
                f"{shown(corpus.name)}: {len(pieces)} scores leave none to {name}; give more"
            )
    return split, find_leaks(split, library.works)
