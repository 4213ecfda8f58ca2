"""Labels that are corners of a space: one machine an axis, in place of one a label.

Moods are such: sad, calm, angry and happy are the corners of valence and arousal. A machine an
axis learns from every example, where one against the rest mixes opposite corners.

Source: the circumplex of affect, Russell 1980; kernel machines, Cortes and Vapnik 1995.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from muso.errors import RecipeError
from muso.learn.distances import (
    STEPS,
    distance_nodes,
    keep_examples,
    squared_distances,
    standard_nodes,
    standardize,
)
from muso.learn.onnx_nodes import FLAT, Nodes, node

LIMIT = 4.0
"""Deviations; what lies further away counts as so far."""

Axes = tuple[tuple[int, ...], ...]


def signs(axes: Axes, labels: int) -> NDArray[np.float64]:
    """`(axis, label)` 1 for labels on the high side of an axis, -1 for the others.

    Without axes each label is one of its own, on which the others are 0.

    Args:
        axes: for each axis the numbers, in alphabetical order from 0 on, of the labels that are
            high on it; empty for none.
        labels: how many there are.

    Raises:
        RecipeError: a label that isn't there, or an axis that is the same for all.

    >>> signs(((1, 2), (0, 2)), 4).tolist()
    [[-1.0, 1.0, 1.0, -1.0], [1.0, -1.0, 1.0, -1.0]]
    """
    if not axes:
        return np.eye(labels)
    high = np.zeros((len(axes), labels), bool)
    for row, members in zip(high, axes, strict=True):
        if not all(0 <= member < labels for member in members) or not 0 < len(members) < labels:
            raise RecipeError(
                f"axes {[list(axis) for axis in axes]}: each names some of the {labels} labels, "
                "by their number in alphabetical order from 0 on, and not all of them"
            )
        row[list(members)] = True
    return np.where(high, 1.0, -1.0)


def parse_axes(value: Any) -> Axes:
    """A recipe's `axes` as tuples.

    Raises:
        RecipeError: not a list of lists of whole numbers.
    """
    lists = isinstance(value, (list, tuple)) and all(isinstance(a, (list, tuple)) for a in value)
    if not lists or not all(type(member) is int for axis in value for member in axis):
        raise RecipeError(
            f"axes must be lists of label numbers, such as [[1, 2], [0, 2]], not {value!r}"
        )
    return tuple(tuple(axis) for axis in value)


@dataclass(frozen=True, eq=False)
class AxisKernels:
    """One Gaussian kernel machine an axis.

    Attributes:
        mean, deviation: `(feature,)` of the training slices.
        kept: `(example, feature)` int8, the support vectors in steps of `LIMIT / STEPS`.
        narrowness: of the Gaussian bumps around them.
        weight: `(example, axis)`. bias: `(axis,)`.
        side: `(axis, label)` of `signs`.
    """

    mean: NDArray[np.float32]
    deviation: NDArray[np.float32]
    kept: NDArray[np.int8]
    narrowness: float
    weight: NDArray[np.float32]
    bias: NDArray[np.float32]
    side: NDArray[np.float32]

    def scores(self, rows: NDArray[np.float32]) -> NDArray[np.float64]:
        """`(slice, label)` the sum over axes of how far a slice lies on the label's side."""
        standard = standardize(rows, self.mean, self.deviation, LIMIT).astype(np.float64)
        distances = squared_distances(standard, self.kept * np.float64(LIMIT / STEPS))
        bumps = np.exp(-self.narrowness * distances)
        return np.asarray((bumps @ self.weight + self.bias) @ self.side)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What was learnt, by name."""
        names = ("mean", "deviation", "kept", "weight", "bias", "side")
        return {name: getattr(self, name) for name in names}

    def nodes(self) -> Nodes:
        """The ONNX nodes from `slices` to `scores`, and the arrays that they need."""
        standard, arrays = standard_nodes("features", self.mean, self.deviation, LIMIT)
        distant, examples = distance_nodes("clipped", self.kept, np.array(self.narrowness), LIMIT)
        arrays |= examples | {
            "flat": FLAT,
            "weight": np.ascontiguousarray(self.weight.T),
            "bias": self.bias,
            "side": self.side,
        }
        nodes = [
            node("Reshape", "slices flat", "features"),
            *standard,
            *distant,
            node("Exp", "exponents", "bumps"),
            # As the first factor the weights stay float32; second ones are stored in int8.
            node("Transpose", "bumps", "by_example", perm=[1, 0]),
            node("MatMul", "weight by_example", "by_axis"),
            node("Transpose", "by_axis", "weighted", perm=[1, 0]),
            node("Add", "weighted bias", "along"),
            node("MatMul", "along side", "scores"),
        ]
        return nodes, arrays


def fit_axis_kernels(
    rows: NDArray[np.float32], target: NDArray[np.int64], axes: Axes, c: float, width: float
) -> AxisKernels:
    """Fit a support vector machine an axis on `rows` `(slice, feature)`.

    Args:
        rows: of training.
        target: `(slice,)` index of the label.
        axes: as in `signs`.
        c: how much an error costs against a wide margin, above 0.
        width: of the bumps, above 0: 1 for bumps that fall to 1/e at a squared distance of one
            deviation in every feature.
    """
    from sklearn.svm import SVC

    side = signs(axes, int(target.max()) + 1)
    mean, deviation, kept = keep_examples(rows, LIMIT)
    examples = kept * np.float64(LIMIT / STEPS)
    narrowness = 1 / (width * rows.shape[1])
    weight, bias = np.zeros((len(rows), len(side))), np.zeros(len(side))
    for number, high in enumerate(side):
        machine = SVC(C=c, gamma=narrowness).fit(examples, high[target] > 0)
        weight[machine.support_, number] = machine.dual_coef_[0]
        bias[number] = machine.intercept_[0]
    used = weight.any(axis=1)
    return AxisKernels(
        mean,
        deviation,
        kept[used],
        narrowness,
        weight[used].astype(np.float32),
        bias.astype(np.float32),
        side.astype(np.float32),
    )


def spread_over_labels(
    weight: NDArray[Any], bias: NDArray[Any], side: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Linear machines an axis, `(axis, feature)` and `(axis,)`, as linear scores a label."""
    return side.T @ weight, side.T @ bias


def targets(target: NDArray[np.int64], side: NDArray[np.float64]) -> Sequence[NDArray[np.bool_]]:
    """For each axis `(slice,)` whether a slice lies on its high side."""
    return [high[target] > 0 for high in side]
