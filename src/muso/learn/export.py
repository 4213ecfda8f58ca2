"""Trained models to ONNX: small, and checked to compute what training computed."""

from __future__ import annotations

import io
import math
import warnings
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from muso.errors import ExportError

OPSET = 17
LARGE = 4096
"""Weights of at least so many numbers are stored in int8; smaller ones weigh nothing."""
TOLERANCE = 0.02
"""How far a probability may move by storing weights in int8."""


def network_to_onnx(net: nn.Module, shape: tuple[int, ...]) -> Any:
    """`net` as an ONNX graph: `slices` `(slice, *shape)` to `scores` `(slice, label)`."""
    import onnx

    out = io.BytesIO()
    net = net.eval().to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]
    with warnings.catch_warnings():
        # The dynamo exporter, which the warning recommends, leaves a graph that can't be shrunk.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            net,
            (torch.zeros(1, *shape),),
            out,  # type: ignore[arg-type]
            input_names=["slices"],
            output_names=["scores"],
            dynamic_axes={"slices": {0: "slice"}, "scores": {0: "slice"}},
            opset_version=OPSET,
            dynamo=False,
        )
    return onnx.load_from_string(out.getvalue())


def quantize(
    weight: NDArray[np.float32], axis: int
) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Weights as int8 and a scale for each index along `axis`; their product is the weight."""
    others = tuple(a for a in range(weight.ndim) if a != axis)
    scale = np.maximum(np.abs(weight).max(axis=others, keepdims=True), 1e-12) / 127
    return np.rint(weight / scale).astype(np.int8), scale.astype(np.float32)


def shrink(model: Any) -> bytes:
    """The graph with large weights stored as int8 and a scale an output channel.

    They become float32 again when onnxruntime loads the graph, so that running it costs the
    same on every processor; only the file is smaller, to about a quarter.
    """
    from onnx import TensorProto, helper, numpy_helper

    graph = model.graph
    output_axis = _output_axes(graph)
    nodes = []
    for weight in list(graph.initializer):
        if weight.data_type != TensorProto.FLOAT or math.prod(weight.dims) < LARGE:
            continue
        if weight.name not in output_axis:
            continue
        values = numpy_helper.to_array(weight)
        whole, scale = quantize(values, output_axis[weight.name])
        name = weight.name
        graph.initializer.remove(weight)
        graph.initializer.extend(
            [
                numpy_helper.from_array(whole, f"{name}.int8"),
                numpy_helper.from_array(scale, f"{name}.scale"),
            ]
        )
        nodes += [
            helper.make_node("Cast", [f"{name}.int8"], [f"{name}.float"], to=TensorProto.FLOAT),
            helper.make_node("Mul", [f"{name}.float", f"{name}.scale"], [name]),
        ]
    old = list(graph.node)
    del graph.node[:]
    graph.node.extend([*nodes, *old])
    return bytes(model.SerializeToString())


def _output_axes(graph: Any) -> dict[str, int]:
    """Which axis of a weight is its output, by name, for the operators that hold large ones."""
    axes = {}
    for node in graph.node:
        if node.op_type == "Conv":
            axes[node.input[1]] = 0
        elif node.op_type == "MatMul":
            axes[node.input[1]] = 1
        elif node.op_type == "Gemm":
            flipped = any(a.name == "transB" and a.i for a in node.attribute)
            axes[node.input[1]] = 0 if flipped else 1
        elif node.op_type in ("LSTM", "GRU"):
            # Weights of input and state, (direction, gate and unit, input).
            axes |= {node.input[1]: 1, node.input[2]: 1}
    return axes


def check_parity(name: str, exported: NDArray[np.float64], trained: NDArray[np.float64]) -> float:
    """The largest difference of two `(piece, label)` arrays of probabilities.

    Raises:
        ExportError: it is larger than `TOLERANCE`, or not a number.
    """
    difference = float(np.abs(exported - trained).max(initial=0.0))
    if not difference <= TOLERANCE:
        raise ExportError(
            f"{name}: onnxruntime's probabilities differ from training's by {difference:.4f} "
            f"(at most {TOLERANCE} is allowed); the bundle was not written"
        )
    return difference
