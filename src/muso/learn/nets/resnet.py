"""A small residual network over pictures."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

from muso.errors import RecipeError


class Residual(nn.Module):
    """Two 3×3 convolutions around a shortcut (He et al. 2016)."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(),
            nn.Conv2d(outputs, outputs, 3, padding=1, bias=False),
            nn.BatchNorm2d(outputs),
        )
        self.shortcut = nn.Sequential(
            nn.AvgPool2d(stride, ceil_mode=True),
            nn.Conv2d(inputs, outputs, 1, bias=False),
            nn.BatchNorm2d(outputs),
        )

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.body(x) + self.shortcut(x))


class ResNet(nn.Module):
    """A small residual network over pictures whose rows are pitches or frequencies.

    A tall stem with strides `stem` sees an octave at once and makes the rest an order of
    magnitude cheaper; means and maxima over the whole window are joined, so that both what is
    usual and what is striking count.
    """

    def __init__(
        self,
        shape: tuple[int, ...],
        labels: int,
        width: int = 32,
        blocks: int = 3,
        drop: float = 0.3,
        stem: tuple[int, int] = (2, 4),
    ) -> None:
        super().__init__()
        least = stem[1] * 2**blocks + 1
        if len(shape) != 3 or shape[2] < least:
            # On maps of a single column PyTorch 2.13 computes in bfloat16 with memory that it
            # never filled (oneDNN, AMX).
            raise RecipeError(
                f"resnet with {blocks} blocks takes pictures (channel, row, column) of {least} "
                f"columns or more, not slices of shape {shape}; lengthen them or take fewer blocks"
            )
        self.stem = nn.Sequential(
            nn.Conv2d(
                shape[0], width, (13, 9), stride=(stem[0], stem[1]), padding=(6, 4), bias=False
            ),
            nn.BatchNorm2d(width),
            nn.ReLU(),
        )
        sizes = [width * 2**number for number in range(blocks + 1)]
        self.body = nn.Sequential(*(Residual(a, b, 2) for a, b in pairwise(sizes)))
        self.drop = nn.Dropout(drop)
        self.head = nn.Linear(2 * sizes[-1], labels)

    def forward(self, x: Tensor) -> Tensor:
        h = self.body(self.stem(x))
        pooled = torch.cat([h.mean(dim=(2, 3)), h.amax(dim=(2, 3))], dim=1)
        return self.head(self.drop(pooled))  # type: ignore[no-any-return]
