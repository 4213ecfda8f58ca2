"""What a task is: something to name about a piece."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Task:
    """Something that muso names about a piece.

    Attributes:
        name: the key under `predictions`.
        media: what it is about: score, clip or cover.
        says: one line for help and documentation.
        bundle: the bundle that answers unless told otherwise.
        recipe: the recipe that trains one unless told otherwise.
        coordinates: where each label lies in a space of meaning, -1…1 an axis; empty for none.
    """

    name: str
    media: str
    says: str
    bundle: str
    recipe: str
    coordinates: Mapping[str, Mapping[str, float]] = field(default_factory=dict, hash=False)

    def place(self, ranking: Iterable[tuple[str, float]]) -> dict[str, float]:
        """Where a piece lies by the probability of each label: the mean of their coordinates.

        Args:
            ranking: labels with their probabilities, 0…1. Those that lie nowhere are passed over.

        Returns:
            A number -1…1 an axis; empty for a task without coordinates.

        >>> from muso.recognize.mood import MOOD
        >>> MOOD.place([("happy", 0.5), ("calm", 0.25), ("sad", 0.25), ("angry", 0.0)])
        {'valence': 0.5, 'arousal': 0.0}
        """
        placed = [(self.coordinates[label], p) for label, p in ranking if label in self.coordinates]
        total = sum(p for _, p in placed)
        if not total:
            return {}
        axes = placed[0][0]
        return {axis: sum(at[axis] * p for at, p in placed) / total for axis in axes}
