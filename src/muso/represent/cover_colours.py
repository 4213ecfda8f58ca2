"""What the colours of a cover say: palette, thumbnail, tones, border and skin.

Each function takes a `Look` and gives float32 numbers of fixed count, each about 0…1.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from muso.represent.cover_look import SIDE, Look, Vector, cells, shares, shares_by_cell

HUES, VALUES, GREYS = 12, 3, 6
PLACED_HUES, PLACED_GREYS = 8, 4
SATURATION_STEPS = 6
RGB_STEPS = 5
GREY_BELOW = 0.12
"""Spread of a pixel's channels, 0…1, below which its hue says nothing."""
EDGE = 3
"""Pixels that count as the border."""
SKIN_HUE, SKIN_SATURATION, SKIN_VALUE = 0.11, (0.2, 0.65), 0.35
"""Hue, saturation and value, 0…1, of most skin (after Kovac et al. 2003)."""
QUANTILES = (0.02, 0.1, 0.25, 0.5, 0.75, 0.9, 0.98)


def _steps(values: NDArray[np.float32], count: int) -> NDArray[np.int64]:
    return np.minimum((values * count).astype(np.int64), count - 1)


def palette(look: Look) -> Vector:
    """Which colours there are, and how much of each: 203 shares."""
    hue, saturation, value, spread = look.hsv
    named = _steps(hue, HUES) * VALUES + _steps(value, VALUES)
    named = np.where(spread < GREY_BELOW, HUES * VALUES + _steps(value, GREYS), named)
    depth = _steps(saturation, SATURATION_STEPS)
    depth = depth * SATURATION_STEPS + _steps(value, SATURATION_STEPS)
    red, green, blue = _steps(look.channels, RGB_STEPS)
    mixed = (red * RGB_STEPS + green) * RGB_STEPS + blue
    return np.concatenate(
        [
            shares(named, HUES * VALUES + GREYS),
            shares(depth, SATURATION_STEPS**2),
            shares(mixed, RGB_STEPS**3),
        ]
    )


def places(look: Look) -> Vector:
    """Which colours there are in each of 4 × 4 cells: 320 shares."""
    hue, _, value, spread = look.hsv
    named = _steps(hue, PLACED_HUES) * 2 + (value > 0.5)
    greys = PLACED_HUES * 2 + _steps(value, PLACED_GREYS)
    return shares_by_cell(
        np.where(spread < GREY_BELOW, greys, named), PLACED_HUES * 2 + PLACED_GREYS, 4
    )


def thumbnail(look: Look) -> Vector:
    """Mean and deviation of brightness, blue and red in 8 × 8 cells: 384 numbers."""
    colours = look.opponent
    mean = cells(colours)
    variance = cells(np.square(colours)) - np.square(mean)
    return np.concatenate([mean.ravel(), np.sqrt(np.maximum(variance, 0)).ravel()])


def tone(look: Look) -> Vector:
    """Quantiles of brightness, contrast, how colourful, how black, how white: 13 numbers."""
    luma, (_, saturation, value, spread) = look.luma, look.hsv
    ordered = np.sort(luma, axis=None)
    at = (np.array(QUANTILES) * (luma.size - 1)).astype(np.int64)
    rest = [
        luma.std(),
        saturation.mean(),
        saturation.std(),
        spread.mean(),
        (value < 0.1).mean(),
        (luma > 0.93).mean(),
    ]
    return np.concatenate([ordered[at], np.array(rest, np.float32)])


def border(look: Look) -> Vector:
    """Colour of the border, how even it is, and how unlike the middle: 9 numbers."""
    channels = look.channels
    inner = slice(SIDE // 6, -(SIDE // 6))
    sides = (
        channels[:, :EDGE],
        channels[:, -EDGE:],
        channels[:, :, :EDGE],
        channels[:, :, -EDGE:],
    )
    # A channel a row: means over rows that lie in one piece take a third of the time.
    edge = np.concatenate([side.reshape(3, -1) for side in sides], axis=1)
    middle = channels[:, inner, inner].reshape(3, -1).mean(axis=1)
    mean = edge.mean(axis=1)
    return np.concatenate([mean, edge.std(axis=1), np.abs(middle - mean)])


def skin(look: Look) -> Vector:
    """How much of the cover, and of its 4 × 4 cells, has the colours of skin: 17 shares."""
    hue, saturation, value, _ = look.hsv
    low, high = SKIN_SATURATION
    found = (hue < SKIN_HUE) & (saturation > low) & (saturation < high) & (value > SKIN_VALUE)
    where = cells(found.astype(np.float32), 4).ravel()
    return np.concatenate([where.mean(keepdims=True), where])
