"""Lengths: where a piece is to end, and how hard a stream is pushed towards its end."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

EARLY = 0.92
"""From this share of its seconds on, a piece may end where it likes, …"""
HARDEST = 6.0
"""… and is pushed more and more, up to this many nats, until it has to. Bars and notes are
counted: of them none may be missing."""
UNITS = ("seconds", "bars", "notes")


@dataclass(frozen=True)
class Goal:
    """The length of a piece: so many of `UNITS`, counted from `begun` on.

    >>> goal = Goal("bars", 8)
    >>> goal.reached(np.array([9.0]), np.array([4.0]), np.array([40])).tolist()
    [0.5]
    """

    unit: str
    amount: float
    begun: float = 0.0

    def after(self, seconds: float, bars: float, notes: int) -> Goal:
        """The length of a piece that goes on from there by so much."""
        at = dict(zip(UNITS, (seconds, bars, notes), strict=True))
        return replace(self, begun=float(at[self.unit]))

    def reached(self, seconds: Floats, bars: Floats, notes: NDArray[np.int64]) -> Floats:
        """`(stream,)` the share of the length that each stream has reached."""
        at = dict(zip(UNITS, (seconds, bars, notes.astype(np.float64)), strict=True))
        return np.asarray((at[self.unit] - self.begun) / self.amount)

    def push(self, seconds: Floats, bars: Floats, notes: NDArray[np.int64]) -> Floats:
        """`(stream,)` what to add to the score of the end: -inf forbids it, inf asks for it."""
        reached = self.reached(seconds, bars, notes)
        early = {"seconds": EARLY, "bars": 1 - 1 / self.amount, "notes": 1.0}[self.unit]
        push = HARDEST * (reached - early) / max(1 - early, 1e-9)
        return np.where(reached < early, -np.inf, np.where(reached >= 1, np.inf, push))
