"""A convolutional network that is asked what occurs in a picture, and not when."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

from muso.errors import RecipeError


class PooledCNN(nn.Module):
    """3×3 convolutions with maxima of 2×2; means and maxima of what is left are joined.

    Each convolution has twice the channels of the one before it, after a first one of 5×5 that
    halves columns.
    """

    def __init__(
        self,
        shape: tuple[int, ...],
        labels: int,
        width: int = 32,
        blocks: int = 3,
        drop: float = 0.4,
    ) -> None:
        super().__init__()
        least = 2 ** (blocks + 1)
        if len(shape) != 3 or shape[1] < least or shape[2] < 2 * least:
            raise RecipeError(
                f"pooled_cnn with {blocks} blocks takes pictures (channel, row, column) of {least} "
                f"× {2 * least} or more, not slices of shape {shape}; take fewer blocks or another "
                "view"
            )
        sizes = [width * 2**number for number in range(blocks + 1)]
        layers: list[nn.Module] = [
            nn.Conv2d(shape[0], width, 5, stride=(1, 2), padding=2, bias=False),
            nn.BatchNorm2d(width), nn.ReLU(),
        ]  # fmt: skip
        for inputs, outputs in pairwise(sizes):
            # Pooled before normalization and ReLU: a quarter of their work.
            layers += [
                nn.Conv2d(inputs, outputs, 3, padding=1, bias=False),
                nn.MaxPool2d(2), nn.BatchNorm2d(outputs), nn.ReLU(),
            ]  # fmt: skip
        self.body = nn.Sequential(*layers)
        self.drop = nn.Dropout(drop)
        self.head = nn.Linear(2 * sizes[-1], labels)

    def forward(self, x: Tensor) -> Tensor:
        h = self.body(x)
        pooled = torch.cat([h.mean(dim=(2, 3)), h.amax(dim=(2, 3))], dim=1)
        return self.head(self.drop(pooled))  # type: ignore[no-any-return]
