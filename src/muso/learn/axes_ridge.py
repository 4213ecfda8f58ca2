"""Kernel ridge regression an axis: a machine for some thousand examples of some hundred features.

Sources: kernel ridge regression, Saunders et al. 1998; the circumplex of affect, Russell 1980.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from muso.learn.axes import LIMIT, Axes, signs
from muso.learn.distances import (
    STEPS,
    distance_nodes,
    keep_examples,
    squared_distances,
    standard_nodes,
    standardize,
)
from muso.learn.onnx_nodes import FLAT, Nodes, node

AT_ONCE = 512
"""Slices that are asked about together, so that memory stays bounded."""


@dataclass(frozen=True, eq=False)
class AxisRidge:
    """One kernel machine an axis.

    Attributes:
        mean, deviation: `(feature,)` of the training slices.
        kept: `(example, feature)` int8, the training slices in steps of `LIMIT / STEPS`.
        narrowness: of the bumps around them.
        weight: `(example, axis)`.
        side: `(axis, label)` of `signs`.
    """

    mean: NDArray[np.float32]
    deviation: NDArray[np.float32]
    kept: NDArray[np.int8]
    narrowness: float
    weight: NDArray[np.float32]
    side: NDArray[np.float32]

    def scores(self, rows: NDArray[np.float32]) -> NDArray[np.float64]:
        """`(slice, label)` the sum over axes of how far a slice lies on the label's side."""
        examples = self.kept * np.float64(LIMIT / STEPS)
        standard = standardize(rows, self.mean, self.deviation, LIMIT).astype(np.float64)
        parts = np.split(standard, range(AT_ONCE, len(rows), AT_ONCE))
        near = (_nearness(part, examples, self.narrowness) @ self.weight for part in parts)
        return np.asarray(np.concatenate(list(near)) @ self.side)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What was learnt, by name."""
        names = ("mean", "deviation", "kept", "weight", "side")
        return {name: getattr(self, name) for name in names}

    def nodes(self) -> Nodes:
        """The ONNX nodes from `slices` to `scores`, and the arrays that they need."""
        standard, arrays = standard_nodes("features", self.mean, self.deviation, LIMIT)
        distant, examples = distance_nodes("clipped", self.kept, np.array(self.narrowness), LIMIT)
        arrays |= examples | {
            "flat": FLAT,
            "weight": np.ascontiguousarray(self.weight.T / 2),
            "side": self.side,
        }
        city = _city_distances(*self.kept.shape)
        nodes = [
            node("Reshape", "slices flat", "features"),
            *standard,
            *distant,
            node("Exp", "exponents", "round_bumps"),
            # Slice after slice: all differences of many slices at once fill gigabytes.
            node("Scan", "clipped", "city_distances", num_scan_inputs=1, body=city),
            node("Mul", "city_distances narrow", "city_exponents"),
            node("Exp", "city_exponents", "pointed_bumps"),
            node("Add", "round_bumps pointed_bumps", "bumps"),
            # As the first factor the weights stay float32; second ones are stored in int8.
            node("Transpose", "bumps", "by_example", perm=[1, 0]),
            node("MatMul", "weight by_example", "by_axis"),
            node("Transpose", "by_axis", "along", perm=[1, 0]),
            node("MatMul", "along side", "scores"),
        ]
        return nodes, arrays


def fit_axis_ridge(
    rows: NDArray[np.float32], target: NDArray[np.int64], axes: Axes, ridge: float, width: float
) -> AxisRidge:
    """Fit on `rows` `(slice, feature)`.

    Nearness is the mean of a Gaussian and a Laplacian bump. An axis has no bias: a slice far from
    all that was trained on lies in the middle.

    Args:
        rows: of training.
        target: `(slice,)` index of the label.
        axes: as in `signs`.
        ridge: how much smoothness is worth, above 0.
        width: of the bumps, above 0: 1 for bumps that fall to 1/e at a distance of one deviation
            in every feature.

    >>> target = np.arange(40) % 4
    >>> side = signs(((1, 2), (0, 2)), 4)
    >>> rows = (side[:, target].T + np.random.default_rng(0).normal(0, 0.3, (40, 2)))
    >>> fit = fit_axis_ridge(rows.astype(np.float32), target, ((1, 2), (0, 2)), 0.1, 1.0)
    >>> bool((fit.scores(rows).argmax(axis=1) == target).mean() > 0.9)
    True
    """
    from scipy.linalg import cho_factor, cho_solve

    side = signs(axes, int(target.max()) + 1)
    mean, deviation, kept = keep_examples(rows, LIMIT)
    examples = kept * np.float64(LIMIT / STEPS)
    narrowness = 1 / (width * rows.shape[1])
    kernel = _nearness(examples, examples, narrowness)
    wanted = side.T[target]
    kernel[np.diag_indices(len(kernel))] += ridge
    factor = cho_factor(kernel, lower=True, overwrite_a=True, check_finite=False)
    weight = cho_solve(factor, wanted - wanted.mean(axis=0), check_finite=False)
    return AxisRidge(
        mean,
        deviation,
        kept,
        narrowness,
        weight.astype(np.float32),
        side.astype(np.float32),
    )


def _nearness(
    a: NDArray[np.float64], b: NDArray[np.float64], narrowness: float
) -> NDArray[np.float64]:
    """`(row of a, row of b)` the mean of a Gaussian and a Laplacian bump."""
    from scipy.spatial.distance import cdist

    near = np.exp(-narrowness * squared_distances(a, b))
    near += np.exp(-narrowness * cdist(a, b, "cityblock"))
    near /= 2
    return near


def _city_distances(examples: int, features: int) -> Any:
    """The ONNX graph from one slice to its distances from all `examples` along the axes."""
    from onnx import TensorProto, helper

    return helper.make_graph(
        [
            node("Sub", "examples slice", "difference"),
            node("ReduceL1", "difference", "city", axes=[1], keepdims=0),
        ],
        "city",
        [helper.make_tensor_value_info("slice", TensorProto.FLOAT, [features])],
        [helper.make_tensor_value_info("city", TensorProto.FLOAT, [examples])],
    )
