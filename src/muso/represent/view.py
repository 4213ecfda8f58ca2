"""What every view has in common: a piece goes in, slices come out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Slices:
    """The slices of one piece under one view.

    Attributes:
        values: float32 `(slice, …)`, at least one slice; the rest is the view's `shape`.
        start_s: `(slice,)` where each begins in the piece, seconds (0 for a whole-piece view).
        end_s: `(slice,)` where each ends, seconds.
    """

    values: NDArray[np.float32]
    start_s: NDArray[np.float64]
    end_s: NDArray[np.float64]


class View(ABC):
    """A way to turn a piece into arrays. Views are frozen dataclasses: their fields are settings.

    A view works in two steps, so that training can keep every piece in memory in a compact
    form and cut it anew each time: `prepare` once a piece, then `cut` (all slices, as for a
    prediction) or `draw` (one slice at random, varied as training wants it).
    """

    name: ClassVar[str]
    media: ClassVar[str]

    @property
    @abstractmethod
    def shape(self) -> tuple[int, ...]:
        """The shape of one slice."""

    @abstractmethod
    def prepare(self, piece: Any) -> Any:
        """The compact, picklable form of a Score, Clip or Cover from which slices are cut."""

    @abstractmethod
    def cut(self, prepared: Any) -> Slices:
        """Every slice of a prepared piece; no randomness."""

    def draw(self, prepared: Any, rng: np.random.Generator) -> NDArray[np.float32]:
        """One slice for training, shaped `shape`: any of `cut`'s unless a view varies it."""
        values = self.cut(prepared).values
        return np.asarray(values[rng.integers(len(values))])

    def weight(self, prepared: Any) -> int:
        """How many times a piece comes up in one epoch: more for a longer piece."""
        return 1

    def slices(self, piece: Any) -> Slices:
        """Every slice of a piece."""
        return self.cut(self.prepare(piece))

    def settings(self) -> dict[str, Any]:
        """What `VIEWS[name](**settings)` needs to build this view again."""
        return asdict(self)  # type: ignore[call-overload,no-any-return]


def whole_piece(values: NDArray[np.float32], length_s: float) -> Slices:
    """One slice that spans the piece."""
    return Slices(values[None].astype(np.float32), np.zeros(1), np.array([length_s]))
