"""An ear for a style: does a score sound like a folder's music, or like what a model makes unasked?

It steers composing. The judge of styles (`muso.learn.style_judge`) looks at the same makeup of a
piece, but is another model: it was trained to tell folders apart, of which the ear knows one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from muso.judge.style import Makeup
from muso.music.score import Score

EAR = "ear.npy"
"""The file of a bundle that holds one."""
NOTES = 200
"""It hears the latest so many: a long piece keeps its style to the end."""
LEAST_NOTES = 10
"""Of fewer nothing can be said …"""
UNDECIDED = -float(np.log(2))
"""… and the folder's music is as probable as other."""


@dataclass(frozen=True, eq=False)
class StyleEar:
    """A regression on the makeup of a piece.

    Attributes:
        weight: `(feature,)` of `Makeup.features`. bias: added to their sum.
    """

    weight: NDArray[np.float64]
    bias: float

    def __call__(self, score: Score) -> float:
        """Nats, 0 at best: the logarithm of how probably the score is the folder's music.

        >>> ear = StyleEar(np.zeros(len(Makeup.of(Score.of([60], [0], [1])).features)), 0.0)
        >>> round(ear(Score.of([60] * 20, range(20), [1] * 20)), 3)
        -0.693
        """
        if len(score) < LEAST_NOTES:
            return UNDECIDED
        latest = score.select(np.arange(len(score)) >= len(score) - NOTES)
        return -float(np.logaddexp(0.0, -(Makeup.of(latest).features @ self.weight + self.bias)))
