"""The earlier language model's rate beside a better one, and its cell beside the multiplicative.

The same network over the same words for the same minutes; one thing differs at a time. The course
of each training lies among the records, as CURVE in `curves`.
"""

from __future__ import annotations

import csv
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from muso.learn.studies.mood import LIKELIHOOD, library_of, likelihood_of
from muso.learn.studies.record import own_folder
from muso.learn.studies.study import HONEST, Context, Outcome
from muso.music.files import whole

EPOCH_BATCHES = 25
"""Batches between two looks at the held-out loss."""
HELD_OUT = 12
"""Pieces that it is looked up on."""


def pace(name: str, rate: float, cell: str, context: Context) -> Outcome:
    """Train the recipe `words` at a rate with a cell for the minutes given.

    Args:
        name: of the experiment, and so of its curve.
        rate: learning rate, kept to the end.
        cell: of `CELLS`.
        context: of the study.
    """
    import torch

    from muso.learn.language import LanguageNet
    from muso.learn.language_loop import LanguageFit, fit_language, losses_of_pieces
    from muso.learn.language_recipe import read_language_recipe

    encoding, sides = library_of(context)
    shape = replace(read_language_recipe("words").network, cell=cell)
    torch.manual_seed(context.seed)
    net = LanguageNet(encoding.sizes, encoding.derived, sides["train"].conditions().shape[1], shape)
    fit = LanguageFit(
        epochs=10_000, epoch_batches=EPOCH_BATCHES, batch=64, length=64, rate=rate, warm_up=50,
        decay=0.0,
    )  # fmt: skip
    fitted = fit_language(
        net, encoding, sides["train"], sides["validation"].take(range(HELD_OUT)), fit,
        seed=context.seed, folder=context.folder / "pace", stage=name,
        minutes=context.minutes, listener=context.listener,
    )  # fmt: skip
    _keep_curves(fitted.curves, own_folder("mood") / "curves" / f"{name}.csv")
    _, pitch, notes = losses_of_pieces(net, encoding, sides["test"])
    batches = EPOCH_BATCHES * len(fitted.curves["loss"])
    return Outcome(
        recipe={"network": asdict(shape), "fit": asdict(fit)},
        metrics={
            f"{HONEST}.{LIKELIHOOD}": likelihood_of(pitch, notes, sides["test"].works, context.seed)
        },
        predictions={HONEST: np.rint(pitch).astype(np.int64)},
        size=f"{batches} batches of {fit.batch} × {fit.length} words, {fitted.minutes:.1f} minutes",
    )


def _keep_curves(curves: dict[str, tuple[float, ...]], path: Path) -> None:
    """Write how a training went, a row a look: batches so far, minutes, losses in nats."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole(path) as unfinished, unfinished.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["batches", *curves])
        for number, row in enumerate(zip(*curves.values(), strict=True), 1):
            writer.writerow([number * EPOCH_BATCHES, *(f"{value:.4f}" for value in row)])
