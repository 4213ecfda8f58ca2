"""The earlier language model's rate beside a better one, and its cell beside the multiplicative.

The same network over the same words for the same minutes of the processor, so that a machine busy
with other things favours none of them; one thing differs at a time. The course of each training
lies among the records, in the folder `curves`, with a picture of them all.
"""

from __future__ import annotations

import csv
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from muso.judge.pictures import MARKERS, PALETTE, plain, sheet
from muso.learn.studies.mood_data import SURPRISE, library_of, surprise_of
from muso.learn.studies.record import own_folder
from muso.learn.studies.study import HONEST, Context, Outcome
from muso.music.files import whole

if TYPE_CHECKING:
    from muso.learn.language import Shape

EPOCH_BATCHES = 25
"""Batches between two looks at the held-out loss."""
HELD_OUT = 12
"""Pieces that it is looked up on."""


MINUTES = 6.0
"""Of the processor, at full size."""


def pace(name: str, rate: float, cell: str, context: Context) -> Outcome:
    """Train the recipe `words` at a rate with a cell for a share of `MINUTES`.

    Args:
        name: of the experiment, and so of its curve.
        rate: learning rate, kept to the end.
        cell: of `CELLS`.
        context: of the study.
    """
    import torch

    from muso.learn.language import LanguageNet
    from muso.learn.language_loop import LanguageFit, fit_language, losses_of_pieces

    encoding, sides = library_of(context)
    shape = _shape(cell)
    torch.manual_seed(context.seed)
    net = LanguageNet(encoding.sizes, encoding.derived, sides["train"].conditions().shape[1], shape)
    fit = LanguageFit(
        epochs=10_000, epoch_batches=EPOCH_BATCHES, batch=64, length=64, rate=rate, warm_up=50,
        decay=0.0,
    )  # fmt: skip
    held_out = sides["validation"].take(range(min(HELD_OUT, len(sides["validation"]))))
    fitted = fit_language(
        net, encoding, sides["train"], held_out, fit,
        seed=context.seed, folder=context.folder / "pace", stage=name,
        minutes=MINUTES * context.share, clock=time.process_time, listener=context.listener,
    )  # fmt: skip
    courses = own_folder("mood") / "curves"
    _keep_course(fitted.curves, courses / f"{name}.csv")
    draw_courses(courses, courses / "courses.png")
    _, pitch, notes = losses_of_pieces(net, encoding, sides["test"])
    batches = EPOCH_BATCHES * len(fitted.curves["loss"])
    return Outcome(
        recipe={"network": asdict(shape), "fit": asdict(fit)},
        metrics={
            f"{HONEST}.{SURPRISE}": surprise_of(pitch, notes, sides["test"].works, context.seed)
        },
        predictions={HONEST: np.rint(pitch).astype(np.int64)},
        size=(
            f"{batches} batches of {fit.batch} × {fit.length} words, {fitted.minutes:.1f} minutes "
            "of the processor"
        ),
    )


def _shape(cell: str) -> Shape:
    """The network of the recipe `words` with another cell."""
    from muso.learn.language_recipe import read_language_recipe

    return replace(read_language_recipe("words").network, cell=cell)


def _keep_course(curves: Mapping[str, Sequence[float]], path: Path) -> None:
    """Write how a training went, a row a look: batches so far, minutes, losses in nats."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole(path) as unfinished, unfinished.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["batches", *curves])
        for number, row in enumerate(zip(*curves.values(), strict=True), 1):
            writer.writerow([number * EPOCH_BATCHES, *(f"{value:.4f}" for value in row)])


def draw_courses(folder: Path, path: Path) -> None:
    """Draw the courses in a folder of CSVs side by side: the held-out loss by batches and minutes.

    Raises:
        MissingExtra: matplotlib is not installed. FileError: `path` can't be written.
    """
    with sheet(path, (9.0, 3.6)) as figure:
        panels = figure.subplots(1, 2, sharey=True)
        for number, file in enumerate(sorted(folder.glob("*.csv"))):
            with file.open(newline="", encoding="utf-8") as lines:
                rows = list(csv.DictReader(lines))
            for panel, by in zip(panels, ("batches", "minutes"), strict=True):
                panel.plot(
                    [float(row[by]) for row in rows],
                    [float(row["validation_loss"]) for row in rows],
                    color=PALETTE[number % len(PALETTE)],
                    marker=MARKERS[number % len(MARKERS)],
                    label=file.stem,
                )
        for panel, by in zip(panels, ("batches", "minutes of the processor"), strict=True):
            plain(panel)
            panel.set_xlabel(by)
            panel.set_xlim(left=0)
        panels[0].set_ylabel("held-out loss, nats a note")
        panels[1].legend(frameon=False)
