"""The style study: an LSTM on notes and chords of a folder, and the settings it was tried with.

The data is any folder of MIDI files. Losses are the common measure of `muso.learn.style_measure`:
nats a note of the pitch class of the next note. The full size of each experiment is ten minutes of
one core; 100 epochs of the earlier network over a folder of an hour would take days.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from muso.judge.intervals import Interval
from muso.learn.studies.study import HONEST, Context, Experiment, Outcome, Study

if TYPE_CHECKING:
    from muso.learn.style_earlier import Earlier, Lesson
    from muso.learn.style_folder import Folder
    from muso.learn.style_measure import Asked
    from muso.music.score import Score

MINUTES = 10.0
WINDOWS = "windows"
"""The protocol of the claims: windows held out of pieces whose other windows were trained on."""
TRAINING_SHARE = 0.7
"""Of an experiment's minutes; measuring takes the rest."""
LEAST_EPOCHS = 10
EPOCHS = (100, 256, 512, 1000)
"""That the earlier system was trained for; scaled down to what fits, in these proportions."""
MADE, MADE_WORDS = 6, 200
"""Pieces made to measure copying, and words of each."""


def _earlier(changes: Sequence[str], name: str, context: Context) -> Outcome:
    """A setting of the earlier system under the minutes there are."""
    folder, lesson = _lesson(name, changes, context)
    validation = _scores(folder, 1)
    earlier = lesson.learn(validation, context.folder, choose=False, listener=context.listener)
    asked = [earlier.ask(piece) for piece in _openings(folder)]
    metrics = {f"{HONEST}.pitch_loss": _loss(asked), **_of_windows(earlier, lesson)}
    metrics |= _copying(earlier, folder)
    return Outcome(lesson.recipe.as_dict(), metrics, {HONEST: _told(asked)}, lesson.size)


def _epochs(context: Context) -> Outcome:
    """One training, measured on its way: 100, 256, 512 and 1,000 epochs in proportion."""
    folder, lesson = _lesson("style-lstm", ["fit.epochs=1000"], context)
    metrics: dict[str, Interval] = {}
    for wanted in EPOCHS:
        now = max(1, round(lesson.fit.epochs * wanted / EPOCHS[-1]))
        earlier = lesson.learn(
            _scores(folder, 1),
            context.folder,
            epochs=now,
            choose=False,
            listener=context.listener,
        )
        asked = [earlier.ask(piece) for piece in _openings(folder)]
        metrics[f"{HONEST}.pitch_loss_{wanted}"] = _loss(asked)
        metrics |= {f"{k}_{wanted}": v for k, v in _copying(earlier, folder).items()}
        metrics |= {f"{k}_{wanted}": v for k, v in _of_windows(earlier, lesson).items()}
    last = f"_{EPOCHS[-1]}"
    metrics |= {k.removesuffix(last): v for k, v in metrics.items() if k.endswith(last)}
    return Outcome(lesson.recipe.as_dict(), metrics, {HONEST: _told(asked)}, lesson.size)


def _muso(context: Context) -> Outcome:
    """muso's own recipe: the shipped model goes on learning."""
    from muso.bundle.language import find_language
    from muso.learn.style import adapt, build_on, library_of
    from muso.learn.style_measure import ask_model
    from muso.learn.style_memory import choose_memory
    from muso.learn.style_recipe import read_style_recipe

    folder = _read(context)
    recipe = read_style_recipe()
    base = find_language(recipe.base)
    net = build_on(base, recipe.network)
    before = ask_model(net, base.encoding, _openings(folder))
    fitted = adapt(
        net,
        base.encoding,
        folder,
        recipe.fit,
        minutes=context.minutes * TRAINING_SHARE,
        seed=context.seed,
        run=context.folder,
        listener=context.listener,
    )
    memory = choose_memory(net, base.encoding, library_of(folder, 1, base.encoding, {}))
    asked = ask_model(net, base.encoding, _openings(folder), memory)
    metrics = {
        f"{HONEST}.pitch_loss": _loss(asked),
        f"{HONEST}.pitch_loss_without_memory": _loss(
            ask_model(net, base.encoding, _openings(folder))
        ),
        f"{HONEST}.pitch_loss_of_the_base": _loss(before),
    }
    settings = {"name": recipe.name, "base": recipe.base, "fit": vars(recipe.fit)}
    size = f"{len(fitted.curves['loss'])} of {recipe.fit.epochs} epochs"
    return Outcome(settings, metrics, {HONEST: _told(asked)}, size)


def _read(context: Context) -> Folder:
    from muso.learn.style_folder import read_folder

    return read_folder(context.data, seed=context.seed, listener=context.listener)


def _lesson(name: str, changes: Sequence[str], context: Context) -> tuple[Folder, Lesson]:
    from muso.learn.style_earlier import Lesson, read_earlier

    folder = _read(context)
    recipe = read_earlier(name, [*changes, f"seed={context.seed}"])
    minutes = context.minutes * TRAINING_SHARE
    return folder, Lesson.of(recipe, _scores(folder, 0), minutes, LEAST_EPOCHS)


def _scores(folder: Folder, side: int) -> list[Score]:
    return [folder.scores[n] for n in folder.on(side)]


def _openings(folder: Folder) -> list[Score]:
    """The held-out pieces as they are measured."""
    from muso.learn.style_measure import opening

    return [opening(score) for score in _scores(folder, 2)]


def _loss(asked: Sequence[Asked]) -> Interval:
    from muso.learn.style_measure import pitch_loss

    return pitch_loss(asked)


def _of_windows(earlier: Earlier, lesson: Lesson) -> dict[str, Interval]:
    """The loss on windows of pieces it learnt from, as the earlier system would have held out."""
    each = earlier.ask_windows(*lesson.kept_back)
    return {f"{WINDOWS}.pitch_loss": _loss(each)} if each else {}


def _copying(earlier: Earlier, folder: Folder) -> Mapping[str, Interval]:
    """What pieces made by argmax share with the folder, as the earlier system read and wrote it."""
    from muso.judge.copying import measure_copying
    from muso.learn.style_tokens import read_tokens, write_tokens

    learnt = [read_tokens(score) for score in _scores(folder, 0)]
    starts = [tokens[:30] for tokens in learnt[:MADE]]
    made = [write_tokens(words) for words in earlier.generate(starts, MADE_WORDS)]
    read = [write_tokens([token.word for token in tokens]) for tokens in learnt]
    copying = measure_copying(made, read)
    longest = float(np.mean(copying.notes))
    spread = np.quantile(copying.notes, [0.025, 0.975])
    return {
        f"{HONEST}.copying": copying.share,
        f"{HONEST}.longest_run": Interval(longest, float(spread[0]), float(spread[1])),
    }


def _told(asked: Sequence[Asked]) -> Any:
    """Thousandths of a nat a piece, as whole numbers."""
    return np.array([round(1000 * one.nats) for one in asked], np.int64)


def _setting(name: str, says: str, claim: str, *changes: str) -> Experiment:
    run = partial(_earlier, changes, "style-lstm")
    return Experiment(name, says, claim, WINDOWS, MINUTES, run, "pitch_loss")


STYLE = Study(
    name="style",
    says="A network that goes on in the style of a folder: settings, and what they are worth.",
    experiments=(
        Experiment(
            "muso",
            "the shipped model goes on learning from the folder",
            "",
            HONEST,
            MINUTES,
            _muso,
            "pitch_loss",
        ),
        _setting("earlier", "3 × 512 LSTM, 30 words, batch 64, dropout 0.3", "nothing held out"),
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
    ),
)
