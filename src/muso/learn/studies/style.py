"""The style study: an LSTM on notes and chords of a folder, and the settings it was tried with.

The data is a folder of MIDI files, or a folder of such folders: then every experiment is of each,
and a judge says whether pieces made in the style of one are told from the others'. What lies in a
folder `held-out` within one is measured and never learnt from; without one a tenth of the works is.

Losses are the common measure of `muso.learn.style_measure`: nats a note of the pitch class of the
next note. The full size of each experiment is ten minutes of one core for each of three folders;
100 epochs of the earlier network over a folder of an hour would take days.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from muso.learn.studies.study import HONEST, Context, Experiment, Outcome, Study
from muso.learn.studies.style_data import (
    MINUTES_EACH,
    TRAINING_SHARE,
    Result,
    each,
    joined,
    note_asked,
    openings,
    read_place,
    scores_on,
    sizes,
    thousandths,
    works_on,
)
from muso.learn.studies.style_own import run_own

if TYPE_CHECKING:
    from muso.learn.style_earlier import Earlier, Lesson
    from muso.learn.style_folder import Folder
    from muso.music.score import Score

Floats = NDArray[np.float64]

MINUTES = 3 * MINUTES_EACH
WINDOWS = "windows"
"""The protocol of the claims: windows held out of pieces whose other windows were trained on."""
EPOCHS = (100, 256, 512, 1000)
"""That the earlier system was trained for; scaled down to what fits, in these proportions."""
CURVE_EPOCHS = 10
"""That must fit at least, for the four to differ."""
WRITTEN, WORDS = 6, 200
"""Pieces that the earlier system writes to measure copying, and words of each."""


def _earlier(changes: Sequence[str], name: str, context: Context) -> Outcome:
    """A setting of the earlier system under the minutes there are."""
    told = []
    results = []
    for here in each(context):
        folder, lesson = _lesson(name, changes, here)
        earlier = lesson.learn(_validation(folder), here.folder, listener=here.listener)
        results.append(_measured(earlier, lesson, folder))
        note_asked(here, context.folder.name, results[-1].losses[f"{HONEST}.pitch_loss"])
        told.append(lesson.recipe.as_dict())
    return Outcome(told[0], joined(results), {HONEST: thousandths(results)}, sizes(results))


def _epochs(context: Context) -> Outcome:
    """One training, measured on its way: 100, 256, 512 and 1,000 epochs in proportion."""
    results = []
    for here in each(context):
        folder, lesson = _lesson("style-lstm", ["fit.epochs=1000"], here, CURVE_EPOCHS)
        points = []
        for wanted in EPOCHS:
            now = max(1, round(lesson.fit.epochs * wanted / EPOCHS[-1]))
            earlier = lesson.learn(
                _validation(folder),
                here.folder,
                epochs=now,
                choose=False,
                listener=here.listener,
            )
            points.append(_measured(earlier, lesson, folder, f"_{wanted}"))
        results.append(_one(points))
    return Outcome(
        lesson.recipe.as_dict(), joined(results), {HONEST: thousandths(results)}, sizes(results)
    )


def _one(points: Sequence[Result]) -> Result:
    """All points of a curve as one result; the last also stands under the plain names."""
    suffix = f"_{EPOCHS[-1]}"

    def every(name: str) -> dict[str, Any]:
        found = {k: v for point in points for k, v in getattr(point, name).items()}
        return {**found, **{k.removesuffix(suffix): v for k, v in found.items() if suffix in k}}

    return replace(
        points[-1],
        losses=every("losses"),
        windows=every("windows"),
        shares=every("shares"),
        means=every("means"),
    )


def _lesson(
    name: str, changes: Sequence[str], context: Context, least_epochs: int = 1
) -> tuple[Folder, Lesson]:
    from muso.corpus.split import TRAIN
    from muso.learn.style_earlier import Lesson, read_earlier

    folder = read_place(context)
    recipe = read_earlier(name, [*changes, f"seed={context.seed}"])
    minutes, pace = context.minutes * TRAINING_SHARE, context.folder / "step_s.txt"
    return folder, Lesson.of(recipe, scores_on(folder, TRAIN), minutes, least_epochs, pace)


def _validation(folder: Folder) -> list[Score]:
    from muso.corpus.split import VALIDATION

    return scores_on(folder, VALIDATION)


def _measured(earlier: Earlier, lesson: Lesson, folder: Folder, suffix: str = "") -> Result:
    """What it knows of held-out pieces and of held-out windows, and how much it copies."""
    from muso.corpus.split import TEST

    copied, longest = _copying(earlier, folder)
    return Result(
        name=folder.name,
        works=works_on(folder, TEST),
        losses={f"{HONEST}.pitch_loss{suffix}": [earlier.ask(one) for one in openings(folder)]},
        windows={f"{WINDOWS}.pitch_loss{suffix}": earlier.ask_windows(*lesson.kept_back)},
        shares={f"{HONEST}.copying{suffix}": copied},
        means={f"{HONEST}.longest_run{suffix}": longest},
        size=f"{earlier.size} in {earlier.minutes:.1f} minutes",
    )


def _copying(earlier: Earlier, folder: Folder) -> tuple[Floats, Floats]:
    """What pieces made by argmax share with the folder, as the earlier system read and wrote it."""
    from muso.corpus.split import TRAIN
    from muso.judge.copying import BARS, measure_copying
    from muso.learn.style_measure import WINDOW
    from muso.learn.style_tokens import read_tokens, write_tokens

    learnt = [read_tokens(score) for score in scores_on(folder, TRAIN)]
    starts = [tokens[:WINDOW] for tokens in learnt[:WRITTEN]]
    made = [write_tokens(words) for words in earlier.generate(starts, WORDS)]
    read = [write_tokens([token.word for token in tokens]) for tokens in learnt]
    copying = measure_copying(made, read)
    return (copying.bars > BARS).astype(np.float64), copying.notes.astype(np.float64)


def _setting(name: str, says: str, claim: str, *changes: str) -> Experiment:
    run = partial(_earlier, changes, "style-lstm")
    return Experiment(name, says, claim, WINDOWS, MINUTES, run, "pitch_loss")


STYLE = Study(
    name="style",
    says="A network that goes on in the style of a folder: settings, and what they are worth.",
    experiments=(
        _setting("earlier", "3 × 512 LSTM, 30 words, batch 64, dropout 0.3", "nothing held out"),
        Experiment(
            "muso",
            "the shipped model goes on learning from the folder",
            "",
            HONEST,
            MINUTES,
            run_own,
            "pitch_loss",
        ),
        _setting("batch-32", "the same with batches of 32", "", "fit.batch=32"),
        _setting("batch-128", "the same with batches of 128", "", "fit.batch=128"),
        _setting("dropout-0.1", "the same with dropout 0.1", "", "network.drop=0.1"),
        _setting("dropout-0.5", "the same with dropout 0.5", "", "network.drop=0.5"),
        _setting("dropout-0.7", "the same with dropout 0.7", "", "network.drop=0.7"),
        Experiment(
            "bidirectional",
            "the same, reading its words from both ends",
            "",
            WINDOWS,
            MINUTES,
            partial(_earlier, (), "style-bidirectional"),
            "pitch_loss",
        ),
        Experiment(
            "attention",
            "the same, weighing all of its words",
            "",
            WINDOWS,
            MINUTES,
            partial(_earlier, (), "style-attention"),
            "pitch_loss",
        ),
        Experiment(
            "epochs",
            "the loss after 100, 256, 512 and 1,000 epochs in proportion",
            "3 to 4 minutes an epoch",
            WINDOWS,
            MINUTES,
            _epochs,
            "pitch_loss",
        ),
    ),
    notes=(
        "Figures are nats a note of the pitch class of the next note: lower is better.",
        "`windows` holds out windows of pieces that were learnt from; `work` holds out pieces.",
        "Where so many epochs don't fit, they are over fewer windows, drawn at random.",
        "`judge` is how often cross-validation of the judge is right: of the best of nine models, "
        "chosen by it, so it flatters; `told_apart_of_real` is of pieces it never saw.",
    ),
)
