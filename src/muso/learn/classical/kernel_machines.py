"""Machines of muso's own over Gaussian kernels, behind the one door."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from muso.learn import axes as corners
from muso.learn.axes_ridge import fit_axis_ridge
from muso.learn.classical.model import Classical, Fit, graph_of
from muso.learn.grouped_kernels import Grouping
from muso.learn.kernels import fit_kernels
from muso.learn.onnx_nodes import Nodes


class _Found(Protocol):
    """What a machine learnt: the fits of `axes`, `axes_ridge`, `kernels` and `grouped_kernels`."""

    def scores(self, rows: NDArray[np.float32]) -> NDArray[np.float64]: ...

    def arrays(self) -> dict[str, NDArray[Any]]: ...

    def nodes(self) -> Nodes: ...


@dataclass(frozen=True, eq=False)
class _Machine(Fit):
    """A fitted machine that names so many labels."""

    found: _Found
    labels: int

    @classmethod
    def of(cls, found: _Found, target: NDArray[np.int64]) -> _Machine:
        return cls(found, int(target.max()) + 1)

    def scores(self, rows: Any) -> NDArray[np.float64]:
        return self.found.scores(rows.toarray())

    def arrays(self) -> dict[str, NDArray[Any]]:
        return self.found.arrays()

    def to_onnx(self, shape: tuple[int, ...]) -> Any:
        return graph_of(*self.found.nodes(), shape, self.labels)


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
        return _Machine.of(found, target)


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
        found = fit_axis_ridge(rows.toarray(), target, self.axes, self.ridge, self.width)
        return _Machine.of(found, target)


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
        return _Machine.of(fit_kernels(slices, target, self.width, self.ridge), target)


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
        found = grouping.fit(rows.toarray(), target, self.width, self.ridge)
        return _Machine.of(found, target)

    def _grouping(self, shape: tuple[int, ...]) -> Grouping:
        return Grouping(self.groups or (math.prod(shape),), self.components)
