"""The style study's experiment of muso's own recipe: what it knows, and what it makes."""

from __future__ import annotations

import time
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from muso.judge.intervals import Interval
from muso.learn.studies.study import HONEST, Context, Outcome
from muso.learn.studies.style_apart import Style, told_apart, with_copying
from muso.learn.studies.style_data import (
    TRAINING_SHARE,
    Result,
    asked_before,
    each,
    joined,
    openings,
    read_place,
    sizes,
    thousandths,
    works_on,
)

if TYPE_CHECKING:
    from muso.bundle.language import LanguageBundle
    from muso.learn.style_folder import Folder

MADE, NOTES = 24, 500
"""Pieces made in each style, and notes of each."""
LEAST_MINUTES = 0.01
"""Of training a folder, where the budget is spent: one epoch."""
RIVAL = "earlier"
"""The experiment whose loss, measured in the same run of the study, ours is held against."""


def run_own(context: Context) -> Outcome:
    """muso's own recipe, as `muso style train` runs it, and what it makes."""
    from muso.learn.style_measure import saving
    from muso.learn.style_recipe import read_style_recipe

    styles = [_styled(here) for here in each(context)]
    results = [style.result for style in styles]
    metrics: dict[str, Interval] = {}
    if context.composer is not None:
        styles = [with_copying(style) for style in styles]
        results = [style.result for style in styles]
        if len(styles) > 1:
            results, metrics = told_apart(styles)
    for here, one in zip(each(context), results, strict=True):
        theirs = asked_before(here, RIVAL)
        if theirs is not None:
            ours = one.losses[f"{HONEST}.pitch_loss"]
            metrics[f"{HONEST}.below_earlier_{one.name}"] = saving(ours, theirs, one.works)
    recipe: dict[str, Any] = asdict(read_style_recipe())
    predictions = {HONEST: thousandths(results)}
    return Outcome(recipe, joined(results) | metrics, predictions, sizes(results))


def _styled(context: Context) -> Style:
    """A style learnt from one folder, measured, with pieces made in it."""
    from muso.bundle.bundle import MANIFEST
    from muso.bundle.language import find_language
    from muso.learn.style import train_style
    from muso.learn.style_recipe import read_style_recipe

    folder, target = read_place(context), context.folder / "style"
    minutes = max(context.minutes, LEAST_MINUTES) * TRAINING_SHARE
    recipe = replace(read_style_recipe(), minutes=minutes, seed=context.seed)
    base = find_language(recipe.base)
    if not (target / MANIFEST).is_file():
        unasked = context.unasked(base) if context.unasked else ()
        train_style(recipe, folder, base, target, unasked=unasked, listener=context.listener)
    result = _measured(context, folder, base, find_language(str(target)))
    made, seconds = [], []
    if context.composer is not None:
        for seed in range(1, MADE + 1):
            begun = time.process_time()
            made.append(context.composer(target, NOTES, seed))
            seconds.append(time.process_time() - begun)
        result = replace(result, means={f"{HONEST}.seconds": np.array(seconds)})
    return Style(result, folder, base.encoding, made)


def _measured(
    context: Context, folder: Folder, base: LanguageBundle, style: LanguageBundle
) -> Result:
    from muso.bundle.memory import memory_of
    from muso.corpus.split import TEST
    from muso.judge.language import read_language_report
    from muso.learn.style import build_on
    from muso.learn.style_measure import ask_model

    asked, encoding = openings(folder), style.encoding
    net, memory = build_on(style, {}), memory_of(style.recipe)
    unlearnt = build_on(base, {})
    report = read_language_report(style.folder / "report.json")
    epochs = report.curves.epochs if report.curves else 0
    losses = {
        "pitch_loss": ask_model(net, encoding, asked, memory),
        "pitch_loss_without_memory": ask_model(net, encoding, asked),
        "pitch_loss_of_the_base": ask_model(unlearnt, encoding, asked),
        "pitch_loss_of_the_base_with_memory": ask_model(unlearnt, encoding, asked, memory),
    }
    return Result(
        name=context.data.name,
        works=works_on(folder, TEST),
        losses={f"{HONEST}.{name}": one for name, one in losses.items()},
        size=f"{epochs} epochs in {report.minutes:.1f} minutes",
    )
