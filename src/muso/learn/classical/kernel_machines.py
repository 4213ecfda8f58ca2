"""Machines of muso's own over Gaussian kernels, behind the one door."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from muso.learn import axes as corners
from muso.learn.axes_ridge import AxisRidge, fit_axis_ridge
from muso.learn.axes_ridge import nodes_of as nodes_of_ridge
from muso.learn.classical.model import Classical, Fit, graph_of
from muso.learn.grouped_kernels import GroupedFit, Grouping, nodes_of_groups
from muso.learn.kernels import KernelFit, fit_kernels, nodes_of


@dataclass(frozen=True)
class AxesSVM(Classical):
    """Standardized features and a kernel machine an axis of the labels (`muso.learn.axes`).

    Attributes:
        axes: for each axis the numbers of the labels that are high on it, in alphabetical order;
            an axis a label unless given.
        c: how much an error costs against a wide margin, above 0.
        width: of the Gaussian bumps, above 0.
    """

    name: ClassVar[str] = "axes_svm"

    axes: corners.Axes = ()
    c: float = 1.0
    width: float = 1.0

    def fit(self, rows: Any, target: NDArray[np.int64], shape: tuple[int, ...]) -> Fit:
        found = corners.fit_axis_kernels(rows.toarray(), target, self.axes, self.c, self.width)
        return _Axes(found)


@dataclass(frozen=True, eq=False)
class _Axes(Fit):
    """Kernel machines an axis."""

    model: corners.AxisKernels

    def scores(self, rows: Any) -> NDArray[np.float64]:
        return self.model.scores(rows.toarray())

    def arrays(self) -> dict[str, NDArray[Any]]:
        return {name: getattr(self.model, name) for name in self.model.ARRAYS}

    def to_onnx(self, shape: tuple[int, ...]) -> Any:
        nodes, arrays = corners.nodes_of(self.model)
        return graph_of(nodes, arrays, shape, self.model.side.shape[1])


@dataclass(frozen=True)
class AxesRidge(Classical):
    """Kernel ridge regression an axis of the labels (`muso.learn.axes_ridge`).

    Attributes:
        axes: as of `AxesSVM`.
        ridge: how much smoothness is worth, above 0.
        width: of the bumps, above 0.
    """

    name: ClassVar[str] = "axes_ridge"

    axes: corners.Axes = ()
    ridge: float = 2.0
    width: float = 1.4

    def fit(self, rows: Any, target: NDArray[np.int64], shape: tuple[int, ...]) -> Fit:
        return _Ridge(fit_axis_ridge(rows.toarray(), target, self.axes, self.ridge, self.width))


@dataclass(frozen=True, eq=False)
class _Ridge(Fit):
    """Kernel ridge machines an axis."""

    model: AxisRidge

    def scores(self, rows: Any) -> NDArray[np.float64]:
        return self.model.scores(rows.toarray())

    def arrays(self) -> dict[str, NDArray[Any]]:
        return {name: getattr(self.model, name) for name in self.model.ARRAYS}

    def to_onnx(self, shape: tuple[int, ...]) -> Any:
        nodes, arrays = nodes_of_ridge(self.model)
        return graph_of(nodes, arrays, shape, self.model.side.shape[1])


@dataclass(frozen=True)
class Kernels(Classical):
    """Kernel ridge regression with one Gaussian kernel a family of features (`muso.learn.kernels`).

    Slices of `(family, value)` are families; others are one.

    Attributes:
        width: of the kernels, above 0, as a share of the median squared distance.
        ridge: how much smoothness is worth, above 0.
    """

    name: ClassVar[str] = "kernels"

    width: float = 2.0
    ridge: float = 0.1

    def fit(self, rows: Any, target: NDArray[np.int64], shape: tuple[int, ...]) -> Fit:
        families = shape if len(shape) == 2 else (1, math.prod(shape))
        slices = rows.toarray().reshape(-1, *families)
        return _Families(fit_kernels(slices, target, self.width, self.ridge))


@dataclass(frozen=True, eq=False)
class _Families(Fit):
    """Nearness to training slices, family by family."""

    model: KernelFit

    def scores(self, rows: Any) -> NDArray[np.float64]:
        return self.model.scores(rows.toarray().reshape(-1, *self.model.mean.shape))

    def arrays(self) -> dict[str, NDArray[Any]]:
        return {name: getattr(self.model, name) for name in self.model.ARRAYS}

    def to_onnx(self, shape: tuple[int, ...]) -> Any:
        nodes, arrays = nodes_of(self.model)
        return graph_of(nodes, arrays, shape, len(self.model.bias))


@dataclass(frozen=True)
class GroupedKernels(Classical):
    """`Kernels` over groups of a long vector, each made short (`muso.learn.grouped_kernels`).

    Attributes:
        groups: how many features each group has, in their order.
        components: of each group, that are kept.
        width, ridge: as of `Kernels`.
    """

    name: ClassVar[str] = "grouped_kernels"

    groups: tuple[int, ...] = ()
    components: int = 40
    width: float = 1.0
    ridge: float = 1.0

    def check(self, shape: tuple[int, ...]) -> None:
        self._grouping(shape).check(math.prod(shape))

    def fit(self, rows: Any, target: NDArray[np.int64], shape: tuple[int, ...]) -> Fit:
        grouping = self._grouping(shape)
        return _Grouped(grouping.fit(rows.toarray(), target, self.width, self.ridge))

    def _grouping(self, shape: tuple[int, ...]) -> Grouping:
        return Grouping(self.groups or (math.prod(shape),), self.components)


@dataclass(frozen=True, eq=False)
class _Grouped(Fit):
    """Nearness to training slices, group by group."""

    model: GroupedFit

    def scores(self, rows: Any) -> NDArray[np.float64]:
        return self.model.scores(rows.toarray())

    def arrays(self) -> dict[str, NDArray[Any]]:
        return self.model.arrays()

    def to_onnx(self, shape: tuple[int, ...]) -> Any:
        nodes, arrays = nodes_of_groups(self.model)
        return graph_of(nodes, arrays, shape, len(self.model.model.bias))
