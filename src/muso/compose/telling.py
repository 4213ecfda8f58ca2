"""What a model is told while it composes: the mood, how words are drawn, neurons to be held."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Told:
    """What a model is told of the music, and how strongly it is to follow that.

    Attributes:
        condition: `(number,)` as the model takes it.
        without: the same without what is to be followed; None where nothing is.
        guidance: 1 follows as the model learnt to, above 1 more: scores are led so many times
            as far away from those without (classifier-free guidance, Ho and Salimans 2022).
    """

    condition: Floats
    without: Floats | None = None
    guidance: float = 1.0

    @property
    def rows(self) -> Floats:
        """`(told, number)` what the streams are told: one row, or with and without."""
        if self.without is None or self.guidance == 1:
            return self.condition[None]
        return np.stack([self.condition, self.without])


@dataclass(frozen=True, eq=False)
class Hold:
    """Neurons of the last layer that are held at values while a model composes.

    Attributes:
        neurons: `(neuron,)` indices.
        values: `(stream, neuron)`, or `(1, neuron)` for all streams alike.
    """

    neurons: NDArray[np.intp]
    values: NDArray[np.float64]


@dataclass(frozen=True)
class Taste:
    """How words are drawn: see `choose`; and whether pieces without bars are left out."""

    temperature: float = 1.0
    top_p: float = 0.95
    barred: bool = True
