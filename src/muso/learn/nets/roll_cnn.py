"""The convolutional network of an earlier study of composers."""

from __future__ import annotations

from torch import Tensor, nn

from muso.errors import RecipeError
from muso.learn.nets.initialization import initialize


class RollCNN(nn.Module):
    """Two 3×3 convolutions of 32 and 64 channels, each pooled, and a dense layer of 128.

    Dropout follows each of the three; edges are not padded.
    """

    def __init__(
        self,
        shape: tuple[int, ...],
        labels: int,
        drop: float = 0.25,
        initialization: str = "glorot_uniform",
    ) -> None:
        super().__init__()
        if len(shape) != 3 or min(shape[1:]) < 10:
            raise RecipeError(
                f"roll_cnn takes pictures (channel, row, column) of 10 × 10 or more, not slices of "
                f"shape {shape}; take a view of pictures, such as pianoroll"
            )
        rows, columns = ((((size - 2) // 2) - 2) // 2 for size in shape[1:])
        # Pooled before the ReLU: the same values and gradients, a quarter of its work.
        self.body = nn.Sequential(
            nn.Conv2d(shape[0], 32, 3), nn.MaxPool2d(2), nn.ReLU(), nn.Dropout(drop),
            nn.Conv2d(32, 64, 3), nn.MaxPool2d(2), nn.ReLU(), nn.Dropout(drop),
            nn.Flatten(),
            nn.Linear(64 * rows * columns, 128), nn.ReLU(), nn.Dropout(drop),
        )  # fmt: skip
        self.head = nn.Linear(128, labels)
        initialize(self, initialization)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.body(x))  # type: ignore[no-any-return]
