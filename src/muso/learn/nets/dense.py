"""Fully connected layers over a vector."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn


class Dense(nn.Module):
    """Fully connected layers over a vector, standardized by what training saw.

    `drop` is the share of each hidden layer, and `drop_input` that of the vector, which training
    leaves out at random.
    """

    def __init__(
        self,
        shape: tuple[int, ...],
        labels: int,
        hidden: tuple[int, ...] = (256,),
        drop: float = 0.5,
        drop_input: float = 0.0,
    ) -> None:
        super().__init__()
        sizes = [int(torch.tensor(shape).prod()), *hidden]
        layers: list[nn.Module] = [nn.Flatten(), nn.BatchNorm1d(sizes[0], affine=False)]
        layers += [nn.Dropout(drop_input)] if drop_input else []
        for a, b in pairwise(sizes):
            layers += [nn.Linear(a, b), nn.ReLU(), nn.Dropout(drop)]
        self.body = nn.Sequential(*layers)
        self.head = nn.Linear(sizes[-1], labels)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.body(x))  # type: ignore[no-any-return]
