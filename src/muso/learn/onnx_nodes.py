"""ONNX nodes in short: what graphs that muso writes itself are made of."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Nodes = tuple[list[Any], dict[str, NDArray[Any]]]
"""Nodes in their order, and by name the arrays that they need."""

FLAT = np.array([0, -1], np.int64)
"""The shape, as ONNX's Reshape takes it, that lays each slice flat."""


def node(operator: str, inputs: str, outputs: str, **attributes: Any) -> Any:
    """An ONNX node; `inputs` and `outputs` are names with spaces between.

    >>> node("Split", "rows sizes", "first second", axis=1).op_type
    'Split'
    """
    from onnx import helper

    return helper.make_node(operator, inputs.split(), outputs.split(), **attributes)
