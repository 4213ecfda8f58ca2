"""Heat over a cover: what spoke for a label, and what against it."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from muso.music.cover import Cover
from muso.music.picture.theme import Colour

SIDE = 512
"""Pixels a side of the picture."""
FOR, AGAINST = (255, 122, 0), (0, 132, 255)
"""Orange and blue: told apart by everyone, and rare side by side on covers."""
GREY = 0.9
"""Share of its colours that the cover gives up, so that heat can be told from paint."""
STRONGEST = 0.75
"""Of the picture that heat may hide."""
LEAST = 0.05
"""Heat weaker than this everywhere, in natural logarithms of probability, is drawn as weak."""


def heat_png(cover: Cover, heat: NDArray[np.float64]) -> bytes:
    """A cover, greyed, with orange where something spoke for a label and blue where against it.

    Args:
        cover: of any size.
        heat: `(row, column)` above 0 where it spoke for, below 0 where against; the strongest is
            drawn as strong as can be.

    >>> black = Cover(np.zeros((8, 8, 3), np.uint8))
    >>> heat_png(black, np.eye(8))[:4]
    b'\\x89PNG'
    """
    pixels = cover.resized(SIDE).pixels.astype(np.float32)
    paper = GREY * pixels.mean(axis=-1, keepdims=True) + (1 - GREY) * pixels
    smooth = Image.fromarray(heat.astype(np.float32)).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    strongest = np.float32(max(float(np.abs(heat).max()), LEAST))
    strength: NDArray[np.float32] = np.asarray(smooth, np.float32)[..., None] / strongest
    painted = _over(paper, strength, FOR)
    painted = _over(painted, -strength, AGAINST)
    out = io.BytesIO()
    Image.fromarray(painted.clip(0, 255).astype(np.uint8)).save(out, "PNG")
    return out.getvalue()


def _over(
    paper: NDArray[np.float32], strength: NDArray[np.float32], colour: Colour
) -> NDArray[np.float32]:
    share = strength.clip(0, 1) * np.float32(STRONGEST)
    return paper * (1 - share) + np.array(colour, np.float32) * share
