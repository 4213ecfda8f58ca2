"""Stacked LSTM layers over frames, many to one (the Net5 of an earlier study of genres)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from muso.errors import RecipeError


class StackedLSTM(nn.Module):
    """LSTM layers one on another; the last frame's state names the label.

    Frames are standardized by what training saw: their features have unlike units.

    Source: Hochreiter and Schmidhuber 1997.
    """

    def __init__(
        self,
        shape: tuple[int, ...],
        labels: int,
        hidden: int = 128,
        layers: int = 2,
        drop: float = 0.3,
    ) -> None:
        super().__init__()
        if len(shape) != 2:
            raise RecipeError(
                f"stacked_lstm takes sequences (frame, feature), not slices of shape {shape}; take "
                "a view of frames, such as timbre or picture_timbre"
            )
        self.standard = nn.BatchNorm1d(shape[1], affine=False)
        self.cells = nn.ModuleList(
            nn.LSTM(shape[1] if number == 0 else hidden, hidden, batch_first=True)
            for number in range(layers)
        )
        self.drop = nn.Dropout(drop)
        self.head = nn.Linear(hidden, labels)

    def forward(self, x: Tensor) -> Tensor:
        frames = self.standard(x.transpose(1, 2)).transpose(1, 2)
        for cell in self.cells:
            frames = self.drop(cell(frames)[0])
        return self.head(torch.select(frames, 1, -1))  # type: ignore[no-any-return]
