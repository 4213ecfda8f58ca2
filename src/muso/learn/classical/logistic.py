"""Logistic regression on standardized features, on all of them or on few."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from muso.learn import axes as corners
from muso.learn.classical.model import Classical, Fit, graph_of
from muso.learn.onnx_nodes import FLAT, node


@dataclass(frozen=True)
class Logistic(Classical):
    """Standardized features and multinomial logistic regression.

    Attributes:
        c: inverse of the strength of regularization, above 0.
        axes: in place of one regression over all labels, one an axis (see `muso.learn.axes`).
    """

    name: ClassVar[str] = "logistic"

    c: float = 0.1
    axes: corners.Axes = ()

    def fit(self, rows: Any, target: NDArray[np.int64], shape: tuple[int, ...]) -> Fit:
        from sklearn.linear_model import LogisticRegression
        from sklearn.preprocessing import StandardScaler

        values = rows.toarray()
        scaler = StandardScaler().fit(values)
        standard = scaler.transform(values)
        if self.axes:
            side = corners.signs(self.axes, int(target.max()) + 1)
            fits = [
                LogisticRegression(C=self.c, max_iter=1000).fit(standard, high)
                for high in corners.targets(target, side)
            ]
            weight, bias = corners.spread_over_labels(
                np.concatenate([fit.coef_ for fit in fits]) / 2,
                np.concatenate([fit.intercept_ for fit in fits]) / 2,
                side,
            )
        else:
            model = LogisticRegression(C=self.c, max_iter=1000).fit(standard, target)
            weight, bias = model.coef_, model.intercept_
        return _affine(scaler, weight, bias)


@dataclass(frozen=True)
class SparseLogistic(Classical):
    """Standardized features and multinomial logistic regression that picks few of them (L1).

    Attributes:
        c: inverse of the strength of regularization, above 0; the smaller, the fewer features.

    Source: Tibshirani 1996; the solver, Defazio et al. 2014.
    """

    name: ClassVar[str] = "sparse_logistic"

    c: float = 1.0

    def fit(self, rows: Any, target: NDArray[np.int64], shape: tuple[int, ...]) -> Fit:
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.linear_model import LogisticRegression
        from sklearn.preprocessing import StandardScaler

        values = rows.toarray()
        scaler = StandardScaler().fit(values)
        model = LogisticRegression(
            l1_ratio=1.0, C=self.c, solver="saga", max_iter=300, tol=1e-3, random_state=0
        )
        with warnings.catch_warnings():
            # The last steps change no label, and cost as much as all before.
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(scaler.transform(values), target)
        return _affine(scaler, model.coef_, model.intercept_)


@dataclass(frozen=True, eq=False)
class _Affine(Fit):
    """Weighted sums of standardized features.

    The scale stands apart from the weights: divided by it, weights of features that hardly vary
    would be so much larger than others that int8 could not hold both.
    """

    mean: NDArray[np.float32]
    scale: NDArray[np.float32]
    weight: NDArray[np.float32]
    bias: NDArray[np.float32]

    def scores(self, rows: Any) -> NDArray[np.float64]:
        standard = (rows.toarray().astype(np.float64) - self.mean) / self.scale
        return np.asarray(standard @ self.weight.T + self.bias)

    def arrays(self) -> dict[str, NDArray[Any]]:
        return {"mean": self.mean, "scale": self.scale, "weight": self.weight, "bias": self.bias}

    def to_onnx(self, shape: tuple[int, ...]) -> Any:
        nodes = [
            node("Reshape", "slices flat", "features"),
            node("Sub", "features mean", "centred"),
            node("Div", "centred scale", "standard"),
            node("MatMul", "standard weight", "products"),
            node("Add", "products bias", "scores"),
        ]
        arrays = {**self.arrays(), "weight": self.weight.T.copy(), "flat": FLAT}
        return graph_of(nodes, arrays, shape, len(self.bias))


def _affine(scaler: Any, weight: NDArray[np.float64], bias: NDArray[np.float64]) -> _Affine:
    """What a scaler and a regression of scikit-learn learnt."""
    if len(weight) == 1:
        # For two labels scikit-learn gives the log odds alone.
        weight, bias = np.concatenate([-weight, weight]) / 2, np.concatenate([-bias, bias]) / 2
    return _Affine(
        scaler.mean_.astype(np.float32),
        scaler.scale_.astype(np.float32),
        weight.astype(np.float32),
        bias.astype(np.float32),
    )
