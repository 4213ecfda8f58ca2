"""A plain network of fully connected layers, as an earlier study of genres had it (its Net1)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn


class Perceptron(nn.Module):
    """A slice laid flat, and fully connected layers with ReLU between them; nothing else.

    `dense` is the one to take for features of unlike scales: it standardizes them first.
    """

    def __init__(
        self, shape: tuple[int, ...], labels: int, hidden: Sequence[int] = (512, 512)
    ) -> None:
        super().__init__()
        sizes = [math.prod(shape), *hidden]
        layers: list[nn.Module] = [nn.Flatten()]
        for a, b in pairwise(sizes):
            layers += [nn.Linear(a, b), nn.ReLU()]
        self.body = nn.Sequential(*layers)
        self.head = nn.Linear(sizes[-1], labels)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.body(x))  # type: ignore[no-any-return]
