"""A trained language model as graphs that onnxruntime steps through, in integer arithmetic."""

from __future__ import annotations

import io
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from muso.bundle.language import STEP, LanguageBundle, head_file
from muso.learn.export import OPSET, quantize
from muso.learn.language import LanguageNet, Shape
from muso.learn.language_row import Row, in_four_bits

SCALE = ".scale"
"""What the name of a stored weight's scales ends in."""
LARGE = 4096
"""Weights of at least so many numbers are stored in int8."""
QUANTIZED = ("MatMul", "LSTM", "Gather")
CACHED_BYTES = 4 * 2**20
"""Of weights, that processors of these years keep in a core's own cache or near it."""


class _Step(nn.Module):
    """Reading as a graph: rows, condition and state in, what is said and the state out."""

    def __init__(self, net: LanguageNet) -> None:
        super().__init__()
        self.net = net

    def forward(
        self, rows: Tensor, condition: Tensor, hidden: Tensor, cell: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        said, (hidden, cell) = self.net(rows, condition, (hidden, cell))
        return said, hidden, cell


def reads_whole(shape: Shape) -> bool:
    """Whether the graph of such a network reads many rows in one call."""
    return shape.cell == "lstm" and not outgrows_cache(shape)


def outgrows_cache(shape: Shape) -> bool:
    """Whether the recurrent weights in eight bits are too many for a core to keep them near."""
    inputs = [shape.embedding] + [shape.units] * (shape.layers - 1)
    gates = sum(4 * shape.units * (n + shape.units) for n in inputs)
    across = sum(shape.units * (n + shape.units) for n in inputs)
    return gates + (across if shape.cell == "mlstm" else 0) > CACHED_BYTES


def to_graphs(net: LanguageNet) -> dict[str, bytes]:
    """Every graph of a language model's bundle by file name, in int8, or the large one in int4."""
    net = net.to("cpu").eval()
    time = {0: "step"} if reads_whole(net.shape) else {}
    rows = torch.ones(1, 1, len(net.sizes), dtype=torch.long)
    state = net.begin(1)
    condition = torch.zeros(1, net.condition.in_features)
    large = outgrows_cache(net.shape)
    graphs = {
        STEP: (in_four_bits if large else _quantized)(
            _graph(
                Row(net) if large else _Step(net),
                (rows, condition, *state),
                ("rows", "condition", "hidden", "cell"),
                ("said", "hidden_after", "cell_after"),
                {
                    "rows": time | {1: "piece"},
                    "condition": {0: "piece"},
                    "hidden": {1: "piece"},
                    "cell": {1: "piece"},
                    "said": time | {1: "piece"},
                    "hidden_after": {1: "piece"},
                    "cell_after": {1: "piece"},
                },
            )
        )
    }
    said = torch.zeros(1, net.shape.units)
    for field in (f for f in range(len(net.sizes)) if f not in net.derived):
        inputs = ("hidden", "so_far") if field else ("hidden",)
        graphs[head_file(field)] = _quantized(
            _graph(
                _Head(net, field),
                (said, rows[0, :, :field])[: len(inputs)],
                inputs,
                ("scores",),
                {name: {0: "piece"} for name in (*inputs, "scores")},
            )
        )
    return graphs


class _Head(nn.Module):
    """Scoring one field as a graph."""

    def __init__(self, net: LanguageNet, field: int) -> None:
        super().__init__()
        self.head = net.heads[str(field)]

    def forward(self, hidden: Tensor, so_far: Tensor | None = None) -> Tensor:
        none = torch.zeros(1, 0, dtype=torch.long)
        return self.head(hidden, none if so_far is None else so_far)  # type: ignore[no-any-return]


def _graph(
    module: nn.Module,
    example: tuple[Tensor, ...],
    inputs: Sequence[str],
    outputs: Sequence[str],
    axes: Mapping[str, Mapping[int, str]],
) -> bytes:
    """A module as an ONNX graph."""
    out = io.BytesIO()
    with warnings.catch_warnings():
        # The dynamo exporter, which the warning recommends, leaves a graph that stays float32.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module.eval(),
            example,
            out,  # type: ignore[arg-type]
            input_names=list(inputs),
            output_names=list(outputs),
            dynamic_axes={name: dict(axis) for name, axis in axes.items()},
            opset_version=OPSET,
            dynamo=False,
        )
    return out.getvalue()


def _quantized(graph: bytes) -> bytes:
    """The graph with weights in int8 and a scale an output channel, and sums in integers too.

    Stepping is bound by reading the weights from memory, a quarter of which is four times as fast.
    """
    import logging

    from onnxruntime.quantization import QuantType, quantize_dynamic

    with tempfile.TemporaryDirectory() as folder:
        plain, small = Path(folder, "plain.onnx"), Path(folder, "small.onnx")
        plain.write_bytes(graph)
        root = logging.getLogger()
        level = root.level
        try:
            # It recommends a pre-processing that these graphs don't need.
            root.setLevel(logging.ERROR)
            quantize_dynamic(
                plain,
                small,
                op_types_to_quantize=list(QUANTIZED),
                per_channel=True,
                weight_type=QuantType.QInt8,
            )
        finally:
            root.setLevel(level)
        return small.read_bytes()


def to_weights(net: LanguageNet) -> bytes:
    """The weights that training may go on from, large ones in int8, as a safetensors file."""
    from safetensors.numpy import save

    stored: dict[str, NDArray[Any]] = {}
    for name, value in net.state_dict().items():
        weight = value.detach().cpu().float().numpy()
        if weight.ndim == 2 and weight.size >= LARGE:
            stored[name], stored[name + SCALE] = quantize(weight, 0)
        else:
            stored[name] = np.ascontiguousarray(weight)
    return save(stored)


def from_weights(content: bytes) -> dict[str, Tensor]:
    """What `to_weights` stored, as float32 to load into a network."""
    from safetensors.numpy import load

    stored = load(content)
    return {
        name: torch.from_numpy(
            value.astype(np.float32) * stored[name + SCALE] if name + SCALE in stored else value
        )
        for name, value in stored.items()
        if not name.endswith(SCALE)
    }


def network_of(bundle: LanguageBundle) -> LanguageNet:
    """The network of a bundle, with its weights, ready to train on.

    Raises:
        BundleError: the bundle holds no weights to go on from.
    """
    from muso.learn.language import MOOD

    encoding = bundle.encoding
    condition = len(MOOD) + len(bundle.collections)
    net = LanguageNet(encoding.sizes, encoding.derived, condition, Shape(**bundle.settings))
    net.load_state_dict(from_weights(bundle.weights))
    return net
