"""A large language model as a graph that reads a row at a time, its weights in four bits.

Weights that outgrow a core's cache come from memory at every step, and a step takes as long as they
take to come: half as many bytes are twice as fast. Four bits with a scale for each 128 weights lose
nothing that can be measured (docs/experiments.md).

Source: weights in four bits by blocks, Dettmers et al. 2022 and ONNX Runtime's MatMulNBits.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from muso.learn.language import LanguageNet
from muso.learn.nets.recurrent import LSTM

BITS, BLOCK = 4, 128
SMALLER = (1.0, 0.95, 0.9, 0.85, 0.8, 0.75)
"""A block's scale is the best of so many shares of what its largest weight asks for."""
DOMAIN = "com.microsoft"
INTEGERS = 4
"""MatMulNBits' word for sums in integers."""
LARGE = 4096
"""Weights of at least so many numbers are stored so."""


class Row(nn.Module):
    """Reading one row: rows, condition and state in, what is said and the state out."""

    def __init__(self, net: LanguageNet) -> None:
        super().__init__()
        self.net = net
        self.layers = nn.ModuleList(
            _Joined(layer) if isinstance(layer, LSTM) else layer for layer in net.layers
        )

    def forward(
        self, rows: Tensor, condition: Tensor, hidden: Tensor, cell: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """As `LanguageNet.forward`, of `(1, batch, field)` rows."""
        x = self.net.condition(condition)[None]
        for field, embedding in enumerate(self.net.embeddings):
            x = x + embedding(rows[..., field])
        after = []
        for number, layer in enumerate(self.layers):
            x, pair = layer(x, (hidden[number], cell[number]))
            after.append(pair)
        return x, torch.stack([h for h, _ in after]), torch.stack([c for _, c in after])


class _Joined(nn.Module):
    """A layer of LSTM whose input and state are multiplied at once."""

    def __init__(self, layer: LSTM) -> None:
        super().__init__()
        weights = dict(layer.body.named_parameters())
        joined = torch.cat([weights["weight_ih_l0"], weights["weight_hh_l0"]], dim=1)
        self.weight = nn.Parameter(joined.detach().T.contiguous())
        self.bias = nn.Parameter((weights["bias_ih_l0"] + weights["bias_hh_l0"]).detach())

    def forward(
        self, x: Tensor, state: tuple[Tensor, Tensor]
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        gates = torch.cat([x[0], state[0]], dim=1) @ self.weight + self.bias
        i, f, g, o = gates.chunk(4, dim=1)
        c = torch.sigmoid(f) * state[1] + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
        return h[None], (h, c)


def in_four_bits(graph: bytes) -> bytes:
    """The graph with every large matrix that something is multiplied by in four bits."""
    import onnx
    from onnx import helper, numpy_helper

    model = onnx.load_from_string(graph)
    weights = {one.name: one for one in model.graph.initializer}
    nodes: list[Any] = []
    for node in model.graph.node:
        stored = weights.get(node.input[1]) if node.op_type == "MatMul" else None
        if stored is None or np.prod(stored.dims) < LARGE:
            nodes.append(node)
            continue
        matrix = numpy_helper.to_array(stored)
        model.graph.initializer.remove(stored)
        packed, scale = pack(matrix)
        names = [f"{stored.name}.four_bits", f"{stored.name}.scale"]
        model.graph.initializer.extend(
            [numpy_helper.from_array(packed, names[0]), numpy_helper.from_array(scale, names[1])]
        )
        nodes.append(
            helper.make_node(
                "MatMulNBits",
                [node.input[0], *names],
                list(node.output),
                domain=DOMAIN,
                K=matrix.shape[0],
                N=matrix.shape[1],
                bits=BITS,
                block_size=BLOCK,
                accuracy_level=INTEGERS,
            )
        )
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    model.opset_import.append(helper.make_opsetid(DOMAIN, 1))
    return bytes(model.SerializeToString())


def pack(matrix: NDArray[np.float32]) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """A matrix `(input, output)` as MatMulNBits takes it.

    Returns:
        `(output, block, byte)` two weights a byte, the earlier in the lower half, each 8 too
        high; `(output × block,)` the scale of each block.

    >>> packed, scale = pack(np.linspace(-1, 1, 256, dtype=np.float32).reshape(256, 1))
    >>> packed.shape, scale.shape
    ((1, 2, 64), (2,))
    """
    inputs, outputs = matrix.shape
    blocks = -(-inputs // BLOCK)
    rows = np.zeros((outputs, blocks * BLOCK), np.float32)
    rows[:, :inputs] = matrix.T
    block = rows.reshape(outputs, blocks, BLOCK)
    # The largest becomes -8, the end that reaches farther.
    at = np.abs(block).argmax(axis=2)[..., None]
    full = np.take_along_axis(block, at, axis=2) / -8
    full = np.where(np.abs(full) > 1e-12, full, 1.0)
    scale, found = full, np.full((outputs, blocks, 1), np.inf)
    for share in SMALLER:
        tried = full * share
        error = np.square(_rounded(block, tried) * tried - block).sum(axis=2, keepdims=True)
        scale, found = np.where(error < found, tried, scale), np.minimum(error, found)
    whole = (_rounded(block, scale) + 8).astype(np.uint8)
    packed = np.bitwise_or(whole[..., 0::2], whole[..., 1::2] * np.uint8(16))
    return packed, np.asarray(scale, np.float32).reshape(-1)


def _rounded(block: NDArray[np.float32], scale: NDArray[Any]) -> NDArray[Any]:
    return np.asarray(np.clip(np.rint(block / scale), -8, 7))
