"""The convolutional network of an earlier study of covers, and the one it wished for."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from muso.errors import RecipeError

SHRINK = 4
"""Two poolings, each by half."""


def _convolutions(shape: tuple[int, ...], width: int, name: str) -> nn.Sequential:
    """Two 3×3 convolutions, each with ReLU and maxima of 2×2."""
    if len(shape) != 3 or min(shape[1:]) < SHRINK:
        raise RecipeError(
            f"{name} takes pictures (channel, row, column) of {SHRINK} × {SHRINK} or more, not "
            f"slices of shape {shape}; take a view of pictures"
        )
    layers: list[nn.Module] = []
    for inputs, outputs in ((shape[0], width), (width, 2 * width)):
        layers += [nn.Conv2d(inputs, outputs, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*layers)


class SmallCNN(nn.Module):
    """Two convolutions with ReLU and pooling, dropout, one fully connected layer."""

    def __init__(
        self, shape: tuple[int, ...], labels: int, width: int = 32, drop: float = 0.2
    ) -> None:
        super().__init__()
        self.body = _convolutions(shape, width, "small_cnn")
        size = 2 * width * (shape[1] // SHRINK) * (shape[2] // SHRINK)
        self.head = nn.Sequential(nn.Flatten(), nn.Dropout(drop), nn.Linear(size, labels))

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.body(x))  # type: ignore[no-any-return]


class RecurrentCNN(nn.Module):
    """A recurrent layer over convolutional features: rows are read from the top to the bottom.

    What the study wished for. The state after the last row, and the mean of the states on the
    way there, name the label.
    """

    def __init__(
        self,
        shape: tuple[int, ...],
        labels: int,
        width: int = 32,
        hidden: int = 64,
        drop: float = 0.2,
    ) -> None:
        super().__init__()
        self.body = _convolutions(shape, width, "recurrent_cnn")
        self.reader: Any = nn.GRU(2 * width * (shape[2] // SHRINK), hidden, batch_first=True)
        self.drop = nn.Dropout(drop)
        self.head = nn.Linear(2 * hidden, labels)

    def forward(self, x: Tensor) -> Tensor:
        rows = self.body(x).permute(0, 2, 1, 3).flatten(2)
        states, _ = self.reader(rows)
        seen = torch.cat([states[:, -1], states.mean(dim=1)], dim=1)
        return self.head(self.drop(seen))  # type: ignore[no-any-return]
