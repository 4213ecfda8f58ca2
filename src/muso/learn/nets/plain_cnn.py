"""A plain convolutional network, as an earlier study of genres had it (its Net2 to Net4)."""

from __future__ import annotations

from torch import Tensor, nn

from muso.errors import RecipeError

WIDTHS = (32, 32, 64, 128)
"""Channels after each 3×3 convolution; after the second and the last, maxima of 2×2 are taken."""
POOLED_AFTER = (1, 3)


class PlainCNN(nn.Module):
    """Four 3×3 convolutions, two poolings, a dense layer.

    With `norm` each convolution is followed by batch normalization (Ioffe and Szegedy 2015).
    """

    def __init__(
        self, shape: tuple[int, ...], labels: int, hidden: int = 256, norm: bool = False
    ) -> None:
        super().__init__()
        if len(shape) != 3 or min(shape[1:]) < 4:
            raise RecipeError(
                f"plain_cnn takes pictures (channel, row, column) of 4 × 4 or more, not slices of "
                f"shape {shape}; take a view of pictures"
            )
        layers: list[nn.Module] = []
        inputs = shape[0]
        for number, width in enumerate(WIDTHS):
            layers.append(nn.Conv2d(inputs, width, 3, padding=1, bias=not norm))
            layers += [nn.BatchNorm2d(width)] if norm else []
            layers.append(nn.ReLU())
            layers += [nn.MaxPool2d(2)] if number in POOLED_AFTER else []
            inputs = width
        self.body = nn.Sequential(*layers, nn.Flatten())
        pixels = (shape[1] // 4) * (shape[2] // 4)
        self.dense = nn.Sequential(nn.Linear(WIDTHS[-1] * pixels, hidden), nn.ReLU())
        self.head = nn.Linear(hidden, labels)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.dense(self.body(x)))  # type: ignore[no-any-return]
