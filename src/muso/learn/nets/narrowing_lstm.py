"""The recurrent network of an earlier study of composers."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from muso.errors import RecipeError
from muso.learn.nets.initialization import initialize

FENCE = 1.5
"""Interquartile ranges beyond the quartiles, past which values are outliers (Tukey 1977)."""


class Fences(nn.Module):
    """Clips each feature to Tukey's fences, tracked over training batches as their mean and
    variance are by batch normalization; in use they are constants.
    """

    def __init__(self, features: int, momentum: float = 0.05) -> None:
        super().__init__()
        self.momentum = momentum
        self.low: Tensor
        self.high: Tensor
        self.register_buffer("low", torch.full((features,), float("-inf")))
        self.register_buffer("high", torch.full((features,), float("inf")))

    def forward(self, x: Tensor) -> Tensor:
        if self.training:
            self._track(x.detach().float().reshape(-1, x.shape[-1]))
        return torch.minimum(torch.maximum(x, self.low), self.high)

    def _track(self, rows: Tensor) -> None:
        first, third = torch.quantile(rows, torch.tensor([0.25, 0.75], device=rows.device), dim=0)
        reach = FENCE * (third - first)
        for tracked, seen in ((self.low, first - reach), (self.high, third + reach)):
            known = torch.isfinite(tracked)
            moved = tracked.lerp(seen, self.momentum)
            tracked.copy_(torch.where(known, moved, seen))


class NarrowingLSTM(nn.Module):
    """LSTM layers of 128 and 64 units with dropout after each; the last state names the label.

    Features are standardized by what training saw, and clipped before where `clip` says so.
    """

    def __init__(
        self,
        shape: tuple[int, ...],
        labels: int,
        drop: float = 0.2,
        clip: bool = False,
        initialization: str = "glorot_uniform",
    ) -> None:
        super().__init__()
        if len(shape) != 2:
            raise RecipeError(
                f"narrowing_lstm takes sequences (step, feature), not slices of shape {shape}; "
                "take a view of sequences, such as descriptor_steps"
            )
        self.fences = Fences(shape[1]) if clip else nn.Identity()
        self.standard = nn.BatchNorm1d(shape[1], affine=False)
        self.first = nn.LSTM(shape[1], 128, batch_first=True)
        self.second = nn.LSTM(128, 64, batch_first=True)
        self.drop = nn.Dropout(drop)
        self.head = nn.Linear(64, labels)
        initialize(self, initialization)

    def forward(self, x: Tensor) -> Tensor:
        steps = self.standard(self.fences(x).transpose(1, 2)).transpose(1, 2)
        steps = self.drop(self.first(steps)[0])
        last = torch.select(self.second(steps)[0], 1, -1)
        return self.head(self.drop(last))  # type: ignore[no-any-return]
