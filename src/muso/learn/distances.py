"""How far rows lie from examples: what machines over kernels have in common.

Everything is here twice, as numpy computes it in training and as ONNX nodes compute it at work.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from muso.learn.onnx_nodes import Nodes, node

STEPS = 127
"""Examples are kept in int8, and learnt from as they are kept."""
LEAST_DEVIATION = 1e-6
"""A feature that varies less is left as it is."""


def mean_and_deviation(
    rows: NDArray[np.float32],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The mean and the standard deviation of `(row, …)`, 1 where there is none."""
    deviation = rows.std(axis=0)
    deviation = np.where(deviation > LEAST_DEVIATION, deviation, 1)
    return rows.mean(axis=0).astype(np.float32), deviation.astype(np.float32)


def standardize(
    rows: NDArray[np.float32],
    mean: NDArray[np.float32],
    deviation: NDArray[np.float32],
    limit: float,
) -> NDArray[np.float32]:
    """Rows `(row, …)` in deviations from the mean, at most `limit` of them.

    >>> standardize(np.array([[1.0], [9.0]]), np.array([3.0]), np.array([2.0]), 2.5).tolist()
    [[-1.0], [2.5]]
    """
    return np.asarray(np.clip((rows - mean) / deviation, -limit, limit))


def in_bytes(standard: NDArray[np.floating], limit: float) -> NDArray[np.int8]:
    """What `standardize` gave, in steps of `limit / STEPS`."""
    return np.asarray(np.rint(standard * (STEPS / limit)), np.int8)


def keep_examples(
    rows: NDArray[np.float32], limit: float
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.int8]]:
    """Mean and deviation of rows `(row, …)`, and the rows themselves as they are kept."""
    mean, deviation = mean_and_deviation(rows)
    standard = standardize(rows, mean, deviation, limit).astype(np.float64)
    return mean, deviation, in_bytes(standard, limit)


def squared_distances(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """`(row of a, row of b)` squared distances.

    >>> squared_distances(np.array([[0.0, 0.0]]), np.array([[3.0, 4.0], [0.0, 1.0]])).tolist()
    [[25.0, 1.0]]
    """
    squares = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1)
    return np.asarray(np.maximum(squares - 2 * a @ b.T, 0))


def standard_nodes(
    given: str,
    mean: NDArray[np.float32],
    deviation: NDArray[np.float32],
    limit: float,
    prefix: str = "",
) -> Nodes:
    """`standardize`: from `given` to `clipped`; all names but the first begin with `prefix`."""
    arrays = {
        "mean": mean,
        "deviation": deviation,
        "lowest": np.array(-limit, np.float32),
        "highest": np.array(limit, np.float32),
    }
    nodes = [
        node("Sub", f"{given} {prefix}mean", f"{prefix}centred"),
        node("Div", f"{prefix}centred {prefix}deviation", f"{prefix}scaled"),
        node("Clip", f"{prefix}scaled {prefix}lowest {prefix}highest", f"{prefix}clipped"),
    ]
    return nodes, {f"{prefix}{name}": array for name, array in arrays.items()}


def distance_nodes(
    given: str, kept: NDArray[np.int8], narrowness: NDArray[np.float32], limit: float
) -> Nodes:
    """`squared_distances` of `given` from the `examples` kept, to `exponents` of Gaussian bumps.

    Args:
        given: a name, of `(…, row, value)`.
        kept: `(…, example, value)` in steps of `limit / STEPS`.
        narrowness: of the bumps; one, or `(…, 1, 1)`. It is `narrow` in the graph, negative.
        limit: as of `standardize`.
    """
    from onnx import TensorProto

    step = np.float32(limit / STEPS)
    across = [*range(kept.ndim - 2), kept.ndim - 1, kept.ndim - 2]
    arrays = {
        "kept": np.ascontiguousarray(kept),
        "step": np.array(step),
        "squares": np.square(kept * step).sum(axis=-1)[..., None, :],
        "twice": np.array(-2, np.float32),
        "none": np.array(0, np.float32),
        "values": np.array([-1], np.int64),
        "narrow": np.asarray(-narrowness, np.float32),
    }
    nodes = [
        node("Cast", "kept", "float_kept", to=TensorProto.FLOAT),
        node("Mul", "float_kept step", "examples"),
        node("Transpose", "examples", "across", perm=across),
        node("MatMul", f"{given} across", "products"),
        node("Mul", "products twice", "cross"),
        node("Mul", f"{given} {given}", "own"),
        node("ReduceSum", "own values", "own_squares", keepdims=1),
        node("Add", "own_squares squares", "both"),
        node("Add", "both cross", "raw"),
        node("Max", "raw none", "distances"),
        node("Mul", "distances narrow", "exponents"),
    ]
    return nodes, arrays
