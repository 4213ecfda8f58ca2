"""What every classical model is: fitted at once, and an ONNX graph like the networks."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

OPSET = 17
IR_VERSION = 8
"""Of ONNX 1.12, which every supported onnxruntime reads."""


class Classical(ABC):
    """A model that is fitted at once, scikit-learn's or muso's own, behind one door.

    Settings are the fields of a frozen dataclass, each with a value where a recipe gives none.
    """

    name: ClassVar[str]

    def check(self, shape: tuple[int, ...]) -> None:
        """Raise RecipeError where slices of `shape` are nothing to fit on; most models take any."""
        del shape

    @abstractmethod
    def fit(self, rows: Any, target: NDArray[np.int64], shape: tuple[int, ...]) -> Fit:
        """Fit on sparse `rows` `(slice, feature)`, slices of `shape` laid flat.

        Every label must be in `target` `(slice,)`.
        """


class Fit(ABC):
    """A fitted classical model."""

    @abstractmethod
    def scores(self, rows: Any) -> NDArray[np.float64]:
        """`(slice, label)` scores whose softmax is taken as probability."""

    @abstractmethod
    def arrays(self) -> dict[str, NDArray[Any]]:
        """What was learnt, by name."""

    @abstractmethod
    def to_onnx(self, shape: tuple[int, ...]) -> Any:
        """The model as an ONNX graph: `slices` `(slice, *shape)` to `scores` `(slice, label)`."""


def graph_of(
    nodes: Sequence[Any], arrays: Mapping[str, NDArray[Any]], shape: tuple[int, ...], labels: int
) -> Any:
    """Nodes and the arrays they need as an ONNX model from `slices` to `scores`."""
    from onnx import TensorProto, helper, numpy_helper

    graph = helper.make_graph(
        nodes,
        "classical",
        [helper.make_tensor_value_info("slices", TensorProto.FLOAT, ["slice", *shape])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["slice", labels])],
        [numpy_helper.from_array(array, name) for name, array in arrays.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])
    model.ir_version = IR_VERSION
    return model
