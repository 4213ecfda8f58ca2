"""Kernel ridge regression an axis: a machine for some thousand examples of some hundred features.

Sources: kernel ridge regression, Saunders et al. 1998; the circumplex of affect, Russell 1980.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from muso.learn.axes import LIMIT, STEPS, Axes, signs, squared_distances, standardize

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

    ARRAYS: ClassVar[tuple[str, ...]] = ("mean", "deviation", "kept", "weight", "side")

    def scores(self, rows: NDArray[np.float32]) -> NDArray[np.float64]:
        """`(slice, label)` the sum over axes of how far a slice lies on the label's side."""
        examples = self.kept * np.float64(LIMIT / STEPS)
        parts = np.split(
            standardize(rows, self.mean, self.deviation), range(AT_ONCE, len(rows), AT_ONCE)
        )
        near = (_nearness(part, examples, self.narrowness) @ self.weight for part in parts)
        return np.asarray(np.concatenate(list(near)) @ self.side)


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
    mean, deviation = rows.mean(axis=0), rows.std(axis=0)
    deviation = np.where(deviation > 1e-6, deviation, 1).astype(np.float32)
    kept = np.rint(standardize(rows, mean, deviation) * (STEPS / LIMIT)).astype(np.int8)
    examples = kept * np.float64(LIMIT / STEPS)
    narrowness = 1 / (width * rows.shape[1])
    kernel = _nearness(examples, examples, narrowness)
    wanted = side.T[target]
    kernel[np.diag_indices(len(kernel))] += ridge
    factor = cho_factor(kernel, lower=True, overwrite_a=True, check_finite=False)
    weight = cho_solve(factor, wanted - wanted.mean(axis=0), check_finite=False)
    return AxisRidge(
        mean.astype(np.float32),
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


def nodes_of(fit: AxisRidge) -> tuple[list[Any], dict[str, NDArray[Any]]]:
    """The ONNX nodes from `slices` to `scores`, and the arrays that they need."""
    from onnx import TensorProto, helper

    def node(operator: str, inputs: str, output: str, **attributes: Any) -> Any:
        return helper.make_node(operator, inputs.split(), [output], **attributes)

    step = np.float32(LIMIT / STEPS)
    arrays: dict[str, NDArray[Any]] = {
        "flat": np.array([0, -1], np.int64),
        "mean": fit.mean,
        "deviation": fit.deviation,
        "lowest": np.array(-LIMIT, np.float32),
        "highest": np.array(LIMIT, np.float32),
        "kept": fit.kept,
        "step": np.array(step),
        "squares": np.square(fit.kept * step).sum(axis=1),
        "twice": np.array(-2, np.float32),
        "none": np.array(0, np.float32),
        "values": np.array([1], np.int64),
        "narrow": np.array(-fit.narrowness, np.float32),
        "weight": np.ascontiguousarray(fit.weight.T / 2),
        "side": fit.side,
    }
    city = helper.make_graph(
        [
            node("Sub", "examples slice", "difference"),
            node("ReduceL1", "difference", "city", axes=[1], keepdims=0),
        ],
        "city",
        [helper.make_tensor_value_info("slice", TensorProto.FLOAT, [len(fit.mean)])],
        [helper.make_tensor_value_info("city", TensorProto.FLOAT, [len(fit.kept)])],
    )
    nodes = [
        node("Reshape", "slices flat", "features"),
        node("Sub", "features mean", "centred"),
        node("Div", "centred deviation", "scaled"),
        node("Clip", "scaled lowest highest", "clipped"),
        node("Cast", "kept", "float_kept", to=TensorProto.FLOAT),
        node("Mul", "float_kept step", "examples"),
        node("Transpose", "examples", "across", perm=[1, 0]),
        node("MatMul", "clipped across", "products"),
        node("Mul", "products twice", "cross"),
        node("Mul", "clipped clipped", "own"),
        node("ReduceSum", "own values", "own_squares", keepdims=1),
        node("Add", "own_squares squares", "both"),
        node("Add", "both cross", "raw"),
        node("Max", "raw none", "distances"),
        node("Mul", "distances narrow", "exponents"),
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
