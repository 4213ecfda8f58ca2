"""One linear machine a label over sparse counts of patterns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from muso.errors import RecipeError
from muso.learn import axes as corners
from muso.learn.classical.model import Classical, Fit, graph_of
from muso.learn.export import quantize
from muso.learn.onnx_nodes import FLAT, node

SMALL = 1e-6


@dataclass(frozen=True)
class LinearSVM(Classical):
    """One linear support vector machine a label, over counts in families.

    A slice is `(family, bucket)`. Buckets are weighted by how rare they are, then each family
    is scaled to length 1, so that all count alike however many patterns they hold.

    Attributes:
        c: how much an error costs against a wide margin, above 0.
        least: buckets seen in fewer training slices than this are left out.
        columns: at most so many buckets are kept, those with the largest weights of a first fit.
        axes: in place of one machine a label, one an axis (see `muso.learn.axes`).

    Sources: LIBLINEAR, Fan et al. 2008; inverse document frequency, Sparck Jones 1972.
    """

    name: ClassVar[str] = "linear_svm"

    c: float = 0.1
    least: int = 3
    columns: int = 65_536
    axes: corners.Axes = ()

    def check(self, shape: tuple[int, ...]) -> None:
        if len(shape) != 2:
            raise RecipeError(
                f"linear_svm takes counts in families, such as the view ngrams gives, not slices "
                f"of shape {shape}; take the model svm or logistic"
            )

    def fit(self, rows: Any, target: NDArray[np.int64], shape: tuple[int, ...]) -> Fit:
        self.check(shape)
        seen = np.asarray((rows > 0).sum(axis=0)).ravel()
        rarity = np.log((rows.shape[0] + 1) / (seen + 1)) + 0.3
        rarity[seen < self.least] = 0
        scaled = _scaled(rows, rarity, shape)
        kept = np.flatnonzero(seen >= self.least)
        if len(kept) == 0:
            raise RecipeError(
                f"linear_svm: no pattern comes up in {self.least} of {rows.shape[0]} training "
                "slices; train on more pieces, or set a lower least"
            )
        weight, bias = self._solve(scaled[:, kept], target)
        if len(kept) > self.columns:
            largest = np.argsort(-np.square(weight).sum(axis=0), kind="stable")[: self.columns]
            kept = kept[np.sort(largest)]
            weight, bias = self._solve(scaled[:, kept], target)
        return _Linear(
            rarity.astype(np.float32),
            kept,
            weight.astype(np.float32),
            bias.astype(np.float32),
            shape,
        )

    def _solve(
        self, scaled: Any, target: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        from sklearn.svm import LinearSVC

        if self.axes:
            side = corners.signs(self.axes, int(target.max()) + 1)
            fits = [
                LinearSVC(C=self.c, random_state=0, tol=1e-3).fit(scaled, high)
                for high in corners.targets(target, side)
            ]
            found = [np.concatenate([getattr(fit, name) for fit in fits])
                     for name in ("coef_", "intercept_")]  # fmt: skip
            return corners.spread_over_labels(found[0], found[1], side)
        model = LinearSVC(C=self.c, random_state=0, tol=1e-3).fit(scaled, target)
        weight, bias = model.coef_, model.intercept_
        if len(weight) == 1:
            # For two labels scikit-learn gives one machine; the other is its mirror image.
            weight, bias = np.concatenate([-weight, weight]), np.concatenate([-bias, bias])
        return weight, bias


def _scaled(rows: Any, rarity: NDArray[Any], shape: tuple[int, ...]) -> Any:
    """Sparse `rows` weighted by `rarity`, each family of each row scaled to length 1."""
    from scipy import sparse

    weighted = (rows @ sparse.diags(rarity)).tocsr()
    row = np.repeat(np.arange(rows.shape[0]), np.diff(weighted.indptr))
    family = row * shape[0] + weighted.indices // shape[1]
    square = np.bincount(family, weighted.data**2, minlength=rows.shape[0] * shape[0])
    weighted.data /= np.maximum(np.sqrt(square), SMALL)[family]
    return weighted


@dataclass(frozen=True, eq=False)
class _Linear(Fit):
    rarity: NDArray[np.float32]
    kept: NDArray[np.int64]
    weight: NDArray[np.float32]
    bias: NDArray[np.float32]
    shape: tuple[int, ...]

    def scores(self, rows: Any) -> NDArray[np.float64]:
        scaled = _scaled(rows, self.rarity, self.shape)[:, self.kept]
        return np.asarray(scaled @ self.weight.T + self.bias, np.float64)

    def arrays(self) -> dict[str, NDArray[Any]]:
        return {"rarity": self.rarity, "weight": self.weight, "bias": self.bias}

    def to_onnx(self, shape: tuple[int, ...]) -> Any:
        """Stored in int8, and only the rows of buckets that came up are made float32.

        A piece has a few thousand of 65,536 buckets; making all of them float32 when the graph
        is loaded took six times as long as everything else `muso identify` does.
        """
        from onnx import TensorProto

        weight, scale = quantize(self.weight.T, axis=1)
        arrays: dict[str, NDArray[Any]] = {
            "rarity": self.rarity.reshape(shape),
            "small": np.array([SMALL], np.float32),
            "flat": FLAT,
            "kept": self.kept,
            "weight": weight,
            "scale": scale,
            "bias": self.bias,
            "first": np.array([0], np.int64),
        }
        nodes = [
            node("Mul", "slices rarity", "weighted"),
            node("ReduceL2", "weighted", "length", axes=[2], keepdims=1),
            node("Max", "length small", "positive"),
            node("Div", "weighted positive", "scaled"),
            node("Reshape", "scaled flat", "all"),
            node("Gather", "all kept", "columns", axis=1),
            node("ReduceMax", "columns", "largest", axes=[0], keepdims=0),
            node("NonZero", "largest", "where"),
            node("Squeeze", "where first", "present"),
            node("Gather", "columns present", "present_columns", axis=1),
            node("Gather", "weight present", "present_weight", axis=0),
            node("Cast", "present_weight", "float_weight", to=TensorProto.FLOAT),
            node("Mul", "float_weight scale", "scaled_weight"),
            node("MatMul", "present_columns scaled_weight", "products"),
            node("Add", "products bias", "scores"),
        ]
        return graph_of(nodes, arrays, shape, len(self.bias))
