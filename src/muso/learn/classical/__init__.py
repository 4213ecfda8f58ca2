"""Classical models, fitted at once on the slices of a view. They become ONNX like the networks."""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from muso.errors import RecipeError
from muso.learn import axes as corners
from muso.learn.classical.kernel_machines import (
    AxesRidge,
    AxesSVM,
    GroupedKernels,
    Kernels,
)
from muso.learn.classical.linear_svm import LinearSVM
from muso.learn.classical.logistic import Logistic, SparseLogistic
from muso.learn.classical.model import Classical, Fit
from muso.learn.classical.svm import SVM
from muso.learn.loop import Examples
from muso.represent.view import View

STACKED = 256
"""Pieces whose slices are laid out at a time, so that memory stays bounded."""

CLASSICAL: dict[str, type[Any]] = {
    m.name: m
    for m in (
        LinearSVM, SVM, Logistic, SparseLogistic, Kernels, GroupedKernels, AxesSVM, AxesRidge,
    )
}  # fmt: skip
"""Every classical model by name. A new one is a `Classical` in a file beside this, its own or one
it shares with its kind, and an entry here."""


def build_classical(settings: Mapping[str, Any]) -> Classical:
    """The model that a recipe names, before fitting.

    Raises:
        RecipeError: no such model, a setting it does not have, or a value it can't take.
    """
    options = {key: value for key, value in settings.items() if key != "name"}
    name = settings.get("name", "")
    if name not in CLASSICAL:
        raise RecipeError(f"no classical model {name!r}; there are {', '.join(CLASSICAL)}")
    known = inspect.signature(CLASSICAL[name]).parameters
    for key, value in options.items():
        if key not in known:
            raise RecipeError(f"model {name} has no setting {key!r}; it has {', '.join(known)}")
        if key == "axes":
            options[key] = corners.parse_axes(value)
        elif key == "groups":
            options[key] = _sizes(value)
        else:
            _check_number(f"model {name}: {key}", value, type(known[key].default))
    model: Classical = CLASSICAL[name](**options)
    return model


def _check_number(told: str, value: Any, kind: type) -> None:
    """Raise unless `value` is above 0, finite, and whole where `kind` is int."""
    whole = kind is int
    # True and False are whole numbers to isinstance.
    if type(value) not in ((int,) if whole else (int, float)) or not 0 < value < math.inf:
        raise RecipeError(
            f"{told} must be a {'whole ' if whole else ''}number above 0, not {value!r}"
        )


def _sizes(value: Any) -> tuple[int, ...]:
    listed = value if isinstance(value, (list, tuple)) else ()
    if not listed or any(type(size) is not int or size < 1 for size in listed):
        raise RecipeError(f"groups must be a list of sizes of 1 and more, not {value!r}")
    return tuple(listed)


def fit_classical(settings: Mapping[str, Any], view: View, examples: Examples) -> Fit:
    """Fit the model that a recipe names; raises what `build_classical` raises."""
    model = build_classical(settings)
    rows, piece = rows_of(view, examples.prepared)
    return model.fit(rows, examples.target[piece], view.shape)


def pooled_scores(fit: Fit, view: View, prepared: Sequence[Any]) -> NDArray[np.float64]:
    """`(piece, label)` log probabilities, the mean over each piece's slices."""
    rows, piece = rows_of(view, prepared)
    scores = fit.scores(rows)
    log = scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)
    total = np.zeros((len(prepared), log.shape[1]))
    np.add.at(total, piece, log)
    return np.asarray(total / np.bincount(piece)[:, None])


def rows_of(view: View, prepared: Sequence[Any]) -> tuple[Any, NDArray[np.int64]]:
    """Every slice of every piece as a sparse row, and `(slice,)` the piece it is from."""
    from scipy import sparse

    blocks, counts = [], []
    for at in range(0, len(prepared), STACKED):
        values = [view.cut(piece).values for piece in prepared[at : at + STACKED]]
        counts += [len(v) for v in values]
        flat = [sparse.csr_matrix(v.reshape(len(v), -1)) for v in values]
        blocks.append(sparse.vstack(flat, format="csr"))
    return sparse.vstack(blocks, format="csr"), np.repeat(np.arange(len(prepared)), counts)
