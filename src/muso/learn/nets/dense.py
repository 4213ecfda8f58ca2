"""Fully connected layers over a vector."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn


class Dense(nn.Module):
    """Fully connected layers over a vector, standardized by what training saw."""

    def __init__(
        self,
        shape: tuple[int, ...],
        labels: int,
        hidden: tuple[int, ...] = (256,),
        drop: float = 0.5,
    ) -> None:
        super().__init__()
        sizes = [int(torch.tensor(shape).prod()), *hidden]
        layers: list[nn.Module] = [nn.Flatten(), nn.BatchNorm1d(sizes[0], affine=False)]
        for a, b in pairwise(sizes):
            layers += [nn.Linear(a, b), nn.ReLU(), nn.Dropout(drop)]
        self.body = nn.Sequential(*layers)
        self.head = nn.Linear(sizes[-1], labels)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.body(x))  # type: ignore[no-any-return]
