"""Kernel ridge regression over groups of a long vector of features, each group made short first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from muso.errors import RecipeError
from muso.learn.distances import mean_and_deviation, standard_nodes, standardize
from muso.learn.export import quantize
from muso.learn.kernels import LIMIT, KernelFit, fit_kernels
from muso.learn.onnx_nodes import Nodes, node


@dataclass(frozen=True, eq=False)
class GroupedFit:
    """What was learnt.

    Attributes:
        centre, scale: `(feature,)` of the training slices.
        direction: for each group `(feature, component)` int8. step: for each `(1, component)`.
        model: kernels over `(group, component)`.
    """

    centre: NDArray[np.float32]
    scale: NDArray[np.float32]
    direction: tuple[NDArray[np.int8], ...]
    step: tuple[NDArray[np.float32], ...]
    model: KernelFit

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What was learnt, by name."""
        groups = {f"direction {n}": array for n, array in enumerate(self.direction, 1)}
        return {"centre": self.centre, "scale": self.scale, **groups, **self.model.arrays()}

    def scores(self, rows: NDArray[np.float32]) -> NDArray[np.float64]:
        """`(slice, label)` of rows `(slice, feature)`."""
        away = standardize(rows, self.centre, self.scale, LIMIT)
        return self.model.scores(_along(away, self.direction, self.step))

    def nodes(self) -> Nodes:
        """The ONNX nodes from `slices` to `scores`, and the arrays that they need."""
        from onnx import TensorProto

        count = len(self.direction)
        sizes = [len(direction) for direction in self.direction]
        standard, arrays = standard_nodes("features", self.centre, self.scale, LIMIT, "feature_")
        arrays |= {
            "all_features": np.array([-1, sum(sizes)], np.int64),
            "sizes": np.array(sizes, np.int64),
            **{f"direction{n}": self.direction[n] for n in range(count)},
            **{f"step{n}": self.step[n] for n in range(count)},
        }
        nodes = [
            node("Reshape", "slices all_features", "features"),
            *standard,
            node(
                "Split",
                "feature_clipped sizes",
                " ".join(f"group{n}" for n in range(count)),
                axis=1,
            ),
        ]
        for n in range(count):
            nodes += [
                node("Cast", f"direction{n}", f"float_direction{n}", to=TensorProto.FLOAT),
                node("Mul", f"float_direction{n} step{n}", f"whole_direction{n}"),
                node("MatMul", f"group{n} whole_direction{n}", f"short{n}"),
            ]
        nodes.append(node("Concat", " ".join(f"short{n}" for n in range(count)), "short", axis=1))
        kernels, kept = self.model.nodes("short")
        return [*nodes, *kernels], {**arrays, **kept}


@dataclass(frozen=True)
class Grouping:
    """How a vector is cut and made short.

    Attributes:
        groups: how many features each group has, in their order.
        components: of each group, at most: its directions of most variance.
    """

    groups: Sequence[int]
    components: int

    def check(self, features: int) -> None:
        """Raise RecipeError unless the groups add up to so many features."""
        if sum(self.groups) != features:
            raise RecipeError(
                f"grouped_kernels: the groups have {sum(self.groups):,} features together, and a "
                f"slice of this view has {features:,}; give their sizes in the view's order"
            )

    def fit(
        self, rows: NDArray[np.float32], target: NDArray[np.int64], width: float, ridge: float
    ) -> GroupedFit:
        """Fit on rows `(slice, feature)`; `target`, `width` and `ridge` as of `fit_kernels`.

        Source: principal components, Hotelling 1933.

        Raises:
            RecipeError: the groups don't add up to the features.

        >>> rng = np.random.default_rng(0)
        >>> target = np.arange(40) % 2
        >>> rows = (rng.normal(size=(40, 7)) + 2 * target[:, None]).astype(np.float32)
        >>> fit = Grouping((4, 3), 2).fit(rows, target, 1.0, 0.1)
        >>> bool((fit.scores(rows).argmax(axis=1) == target).mean() > 0.9)
        True
        """
        self.check(rows.shape[1])
        centre, scale = mean_and_deviation(rows)
        away = standardize(rows, centre, scale, LIMIT)
        kept = [quantize(_directions(part, self.components), 1) for part in _cut(away, self.groups)]
        direction, step = tuple(k[0] for k in kept), tuple(k[1] for k in kept)
        short = _along(away, direction, step)
        # Along the direction of most variance, so that the others keep their smaller share.
        spread = np.maximum(short.std(axis=0).max(axis=1, keepdims=True), 1e-6)
        model = fit_kernels(short, target, width, ridge, spread)
        return GroupedFit(centre, scale, direction, step, model)


def _cut(rows: NDArray[np.float32], groups: Sequence[int]) -> list[NDArray[np.float32]]:
    ends = np.cumsum([0, *groups])
    return [rows[:, a:b] for a, b in pairwise(ends)]


def _directions(part: NDArray[np.float32], components: int) -> NDArray[np.float32]:
    """`(feature, component)` the directions of most variance; zeros where there are fewer."""
    found = np.zeros((part.shape[1], components), np.float32)
    most = np.linalg.eigh(part.T @ part / len(part))[1][:, ::-1][:, :components]
    found[:, : most.shape[1]] = most
    return found


def _along(
    rows: NDArray[np.float32],
    direction: Sequence[NDArray[np.int8]],
    step: Sequence[NDArray[np.float32]],
) -> NDArray[np.float32]:
    """`(slice, group, component)` of rows `(slice, feature)`."""
    parts = _cut(rows, [len(d) for d in direction])
    short = [p @ (d * s) for p, d, s in zip(parts, direction, step, strict=True)]
    return np.stack(short, axis=1).astype(np.float32)
