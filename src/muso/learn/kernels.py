"""Kernel ridge regression over families of features: a classical model for few, wide examples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from muso.learn.distances import (
    STEPS,
    distance_nodes,
    in_bytes,
    mean_and_deviation,
    squared_distances,
    standard_nodes,
    standardize,
)
from muso.learn.onnx_nodes import Nodes, node

LIMIT = 5.0
"""Deviations; what lies further away counts as so far."""
SHARPNESS = 8.0
"""By this the scores are multiplied, so that their softmax is about as sure as it may be."""
AT_ONCE = 1024
"""Slices that are asked about together, so that memory stays bounded."""


@dataclass(frozen=True, eq=False)
class KernelFit:
    """What was learnt.

    Attributes:
        mean, deviation: `(family, value)` of the training slices.
        kept: `(family, slice, value)` int8, the training slices in steps of `LIMIT / STEPS`.
        narrowness: `(family,)` of the Gaussian bumps around them.
        weight: `(slice, label)`. bias: `(label,)`.
    """

    mean: NDArray[np.float32]
    deviation: NDArray[np.float32]
    kept: NDArray[np.int8]
    narrowness: NDArray[np.float32]
    weight: NDArray[np.float32]
    bias: NDArray[np.float32]

    def nearness(self, slices: NDArray[np.float32]) -> NDArray[np.float64]:
        """`(slice, training slice)` the mean over families of Gaussian bumps."""
        return _nearness(
            self.standard(slices), self.kept * np.float64(LIMIT / STEPS), self.narrowness
        )

    def standard(self, slices: NDArray[np.float32]) -> NDArray[np.float64]:
        """`(family, slice, value)` in deviations, from `(slice, family, value)`."""
        away = standardize(slices, self.mean, self.deviation, LIMIT)
        return away.transpose(1, 0, 2).astype(np.float64)

    def scores(self, rows: NDArray[np.float32]) -> NDArray[np.float64]:
        """`(slice, label)`, about `SHARPNESS` for the right label and 0 for others.

        Args:
            rows: slices, `(slice, family, value)` or laid flat.
        """
        slices = rows.reshape(-1, *self.mean.shape)
        parts = np.split(slices, range(AT_ONCE, len(slices), AT_ONCE))
        return np.concatenate([self.nearness(part) @ self.weight + self.bias for part in parts])

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What was learnt, by name."""
        names = ("mean", "deviation", "kept", "narrowness", "weight", "bias")
        return {name: getattr(self, name) for name in names}

    def nodes(self, given: str = "slices") -> Nodes:
        """The ONNX nodes from the slices `given` to `scores`, and the arrays that they need."""
        standard, arrays = standard_nodes("values_of_families", self.mean, self.deviation, LIMIT)
        narrowness = self.narrowness[:, None, None]
        distant, examples = distance_nodes("families", self.kept, narrowness, LIMIT)
        arrays |= examples | {
            "families_of_values": np.array([-1, *self.mean.shape], np.int64),
            "weight": self.weight,
            "bias": self.bias,
        }
        nodes = [
            node("Reshape", f"{given} families_of_values", "values_of_families"),
            *standard,
            node("Transpose", "clipped", "families", perm=[1, 0, 2]),
            *distant,
            node("Exp", "exponents", "bumps"),
            node("ReduceMean", "bumps", "kernel", axes=[0], keepdims=0),
            # Behind another node, for export stores the weights of products in int8, too coarse
            # here.
            node("Identity", "weight", "exact_weight"),
            node("MatMul", "kernel exact_weight", "weighted"),
            node("Add", "weighted bias", "scores"),
        ]
        return nodes, arrays


def fit_kernels(
    slices: NDArray[np.float32],
    target: NDArray[np.int64],
    width: float,
    ridge: float,
    spread: NDArray[np.float32] | None = None,
) -> KernelFit:
    """Fit on slices `(slice, family, value)`.

    Each family has its own Gaussian kernel, as wide as the median distance of two slices in it;
    their mean is the kernel. Every label weighs as much as any other.

    Args:
        slices: of training.
        target: `(slice,)` index of the label, each at least once.
        width: of the kernels, above 0: 1 for bumps that fall to 1/e at the median distance squared.
        ridge: how much smoothness is worth, above 0.
        spread: `(family, 1)` what counts as one deviation of each family's values; each value's
            own unless given.

    Source: Saunders et al. 1998; the mean of kernels after Gehler and Nowozin 2009.

    >>> rng = np.random.default_rng(0)
    >>> target = np.arange(20) % 2
    >>> slices = rng.normal(size=(20, 3, 4)).astype(np.float32) + 2 * target[:, None, None]
    >>> fit = fit_kernels(slices.astype(np.float32), target, 1.0, 0.1)
    >>> bool((fit.scores(slices.astype(np.float32)).argmax(axis=1) == target).all())
    True
    """
    mean, deviation = mean_and_deviation(slices)
    if spread is not None:
        deviation = np.broadcast_to(spread, mean.shape)
    kept = in_bytes(standardize(slices, mean, deviation, LIMIT).transpose(1, 0, 2), LIMIT)
    stored = kept * np.float64(LIMIT / STEPS)
    median = np.array([np.median(squared_distances(family, family)) for family in stored])
    narrowness = (1 / (width * np.maximum(median, 1e-6))).astype(np.float32)
    kernel = _nearness(stored, stored, narrowness)
    counts = np.bincount(target)
    wanted = np.eye(len(counts))[target]
    bias = wanted.mean(axis=0)
    # A label of many slices is to be met less exactly in each of them.
    loose = ridge * len(counts) * counts[target] / len(target)
    weight = SHARPNESS * np.linalg.solve(kernel + np.diag(loose), wanted - bias)
    return KernelFit(
        mean,
        deviation,
        kept,
        narrowness,
        weight.astype(np.float32),
        (SHARPNESS * bias).astype(np.float32),
    )


def _nearness(
    a: NDArray[np.float64], b: NDArray[np.float64], narrowness: NDArray[np.float32]
) -> NDArray[np.float64]:
    """`(slice of a, slice of b)` the mean of bumps of `(family, slice, value)` arrays."""
    total = np.zeros((a.shape[1], b.shape[1]))
    # Family after family: thousands of slices in all families at once fill gigabytes.
    for ours, theirs, narrow in zip(a, b, narrowness, strict=True):
        total += np.exp(-narrow * squared_distances(ours, theirs))
    return total / len(a)
