"""A small residual network over covers."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

from muso.errors import RecipeError
from muso.learn.nets.resnet import Residual


class CoverResNet(nn.Module):
    """A small residual network over square pictures (He et al. 2016).

    Means and maxima over the whole picture are joined: what fills a cover tells, and so does one
    small thing somewhere on it.
    """

    def __init__(
        self,
        shape: tuple[int, ...],
        labels: int,
        width: int = 16,
        blocks: int = 3,
        drop: float = 0.3,
    ) -> None:
        super().__init__()
        least = 2 ** (blocks + 2)
        if len(shape) != 3 or min(shape[1:]) < least:
            raise RecipeError(
                f"cover_resnet with {blocks} blocks takes pictures (channel, row, column) of "
                f"{least} × {least} or more, not slices of shape {shape}; take fewer blocks"
            )
        self.stem = nn.Sequential(
            nn.Conv2d(shape[0], width, 5, stride=2, padding=2, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
        )
        sizes = [width, *(width * 2**number for number in range(1, blocks + 1))]
        self.body = nn.Sequential(*(Residual(a, b, 2) for a, b in pairwise(sizes)))
        self.drop = nn.Dropout(drop)
        self.head = nn.Linear(2 * sizes[-1], labels)

    def forward(self, x: Tensor) -> Tensor:
        h = self.body(self.stem(x))
        pooled = torch.cat([h.mean(dim=(2, 3)), h.amax(dim=(2, 3))], dim=1)
        return self.head(self.drop(pooled))  # type: ignore[no-any-return]
