"""A view of nothing but numbers: what learning is tested on without any music."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytest
from numpy.typing import NDArray

from muso.learn.loop import Examples
from muso.represent.view import Slices, View


@dataclass(frozen=True)
class Vectors(View):
    """A piece is an array `(slice, feature)`; drawing adds noise, so that randomness matters."""

    name: ClassVar[str] = "vectors"
    media: ClassVar[str] = "score"

    size: int = 4
    noise: float = 0.1

    @property
    def shape(self) -> tuple[int, ...]:
        return (self.size,)

    def prepare(self, piece: Any) -> NDArray[np.float32]:
        return np.asarray(piece, np.float32)

    def cut(self, prepared: NDArray[np.float32]) -> Slices:
        at = np.arange(len(prepared), dtype=np.float64)
        return Slices(prepared, at, at + 1)

    def draw(self, prepared: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
        noise = rng.normal(0, self.noise, self.size)
        return np.asarray(prepared[rng.integers(len(prepared))] + noise, np.float32)

    def weight(self, prepared: NDArray[np.float32]) -> int:
        return len(prepared)


def make_examples(counts: list[int], apart: float = 3.0, seed: int = 0) -> Examples:
    """Pieces of one or two slices, `counts` of each label, around a corner a label."""
    rng = np.random.default_rng(seed)
    target = np.repeat(np.arange(len(counts)), counts)
    prepared = [
        (rng.normal(0, 1, (1 + i % 2, 4)) + apart * np.eye(4)[label]).astype(np.float32)
        for i, label in enumerate(target)
    ]
    return Examples(prepared, target)


@pytest.fixture
def view() -> Vectors:
    return Vectors()


@pytest.fixture
def examples() -> Callable[..., Examples]:
    return make_examples
