"""Where on a cover a bundle saw what it says: parts are covered up, and it is asked again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from muso.bundle.bundle import Bundle
from muso.bundle.prediction import Prediction
from muso.music.cover import Cover
from muso.progress import Listener, counted, silent
from muso.represent.view import Slices

SIDE = 128
"""Pixels a side of the cover while parts of it are covered up."""
CELLS, PATCH = 8, 2
"""Cells a side of the map, and of what is covered up at a time."""


@dataclass(frozen=True, eq=False)
class Occlusion:
    """What spoke for a label, and where.

    Attributes:
        prediction: of the whole cover.
        heat: `(row, column)` by how much the logarithm of the label's probability falls while the
            cell is covered up: above 0 it spoke for the label, below 0 against it.
    """

    prediction: Prediction
    heat: NDArray[np.float64]


def occlude(bundle: Bundle, cover: Cover, listener: Listener = silent) -> Occlusion:
    """Ask a bundle about a cover again and again, each time with a part of it covered up.

    A part is painted in the mean colour of what is there: it takes shapes away without adding
    any. Works with any model, and asks it 50 times.

    Args:
        bundle: that names something about covers.
        cover: of any size.
        listener: told how many rows of parts were covered up.

    Source: Zeiler and Fergus, Visualizing and Understanding Convolutional Networks, 2014.
    """
    prediction = bundle.predict(cover)
    label = bundle.labels.index(prediction.ranking[0][0])
    small = cover.resized(SIDE)
    places = range(CELLS - PATCH + 1)
    total, count = np.zeros((CELLS, CELLS)), np.zeros((CELLS, CELLS))
    uncovered = np.log(_probabilities(bundle, [small])[0, label])
    for row in counted(places, "rows covered up", len(places), listener):
        pieces = [_covered(small, row, column) for column in places]
        log = np.log(_probabilities(bundle, pieces)[:, label])
        for column, fall in zip(places, uncovered - log, strict=True):
            total[row : row + PATCH, column : column + PATCH] += fall
            count[row : row + PATCH, column : column + PATCH] += 1
    return Occlusion(prediction, total / count)


def _covered(cover: Cover, row: int, column: int) -> Cover:
    step = SIDE // CELLS
    pixels = cover.pixels.copy()
    part = pixels[row * step : (row + PATCH) * step, column * step : (column + PATCH) * step]
    part[:] = part.reshape(-1, 3).mean(axis=0).astype(np.uint8)
    return Cover(pixels)


def _probabilities(bundle: Bundle, covers: Sequence[Cover]) -> NDArray[np.float64]:
    """`(cover, label)`, never quite 0: covers together, for each has one slice a member."""
    seen = [bundle.slices(cover) for cover in covers]
    joined = []
    for member in range(len(bundle.members)):
        values = np.concatenate([slices[member].values for slices in seen])
        joined.append(Slices(values, np.zeros(len(values)), np.zeros(len(values))))
    probability = bundle.average(bundle.log_probabilities(joined))
    return np.asarray(probability.clip(min=np.finfo(np.float64).tiny))
