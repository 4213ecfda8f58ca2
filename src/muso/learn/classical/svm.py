"""A support vector machine with a Gaussian kernel."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from muso.learn.classical.model import OPSET, Classical, Fit, graph_of
from muso.learn.onnx_nodes import FLAT, node


@dataclass(frozen=True)
class SVM(Classical):
    """Standardized features and a support vector machine with a Gaussian kernel (RBF).

    Attributes:
        c: how much an error costs against a wide margin, above 0.
    """

    name: ClassVar[str] = "svm"

    c: float = 10.0

    def fit(self, rows: Any, target: NDArray[np.int64], shape: tuple[int, ...]) -> Fit:
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler
        from sklearn.svm import SVC

        model = make_pipeline(StandardScaler(), SVC(C=self.c, class_weight="balanced"))
        return _Kernel(model.fit(rows.toarray(), target))


@dataclass(frozen=True, eq=False)
class _Kernel(Fit):
    """A fitted pipeline of scaler and SVC."""

    model: Any

    def scores(self, rows: Any) -> NDArray[np.float64]:
        found = np.asarray(self.model.decision_function(rows.toarray().astype(np.float64)))
        return np.stack([-found, found], axis=1) if found.ndim == 1 else found

    def arrays(self) -> dict[str, NDArray[Any]]:
        learnt = ("support_vectors_", "dual_coef_", "intercept_")
        return {name.strip("_"): getattr(self.model[-1], name) for name in learnt}

    def to_onnx(self, shape: tuple[int, ...]) -> Any:
        from skl2onnx import to_onnx
        from skl2onnx.common.data_types import FloatTensorType

        with warnings.catch_warnings():
            # skl2onnx looks for attributes that scikit-learn warns it will drop; no use is made
            # of them.
            warnings.simplefilter("ignore", FutureWarning)
            # zipmap off: plain arrays out, not a list of dictionaries.
            converted = to_onnx(
                self.model,
                initial_types=[("features", FloatTensorType([None, math.prod(shape)]))],
                options={id(self.model): {"zipmap": False, "raw_scores": True}},
                target_opset={"": OPSET, "ai.onnx.ml": 3},
            )
        nodes = converted.graph.node
        # Of two labels skl2onnx gives the scores with their signs changed.
        last = "Neg" if len(self.model.classes_) == 2 else "Identity"
        raw = converted.graph.output[1].name
        nodes.insert(0, node("Reshape", "slices flat", "features"))
        nodes.append(node(last, raw, "scores"))
        graph = graph_of(list(nodes), {"flat": FLAT}, shape, len(self.model.classes_)).graph
        graph.initializer.extend(converted.graph.initializer)
        converted.graph.CopyFrom(graph)
        return converted
