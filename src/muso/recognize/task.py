"""What a task is: something to name about a piece."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Task:
    """Something that muso names about a piece.

    Attributes:
        name: the key under `predictions`.
        media: what it is about: score, clip or cover.
        says: one line for help and documentation.
        bundle: the bundle that answers unless told otherwise.
        recipe: the recipe that trains one unless told otherwise.
    """

    name: str
    media: str
    says: str
    bundle: str
    recipe: str
