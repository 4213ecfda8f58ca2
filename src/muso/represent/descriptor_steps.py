"""A score as a row of short spans, each a vector of named features: what a recurrent net reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from muso.music.score import Score
from muso.represent.descriptors import Descriptors, describe_score
from muso.represent.view import Slices, View, check_least

GROUPS = (
    "rate", "pitch", "pitch_class", "interval", "duration", "onset_gap", "polyphony",
)  # fmt: skip
"""Of descriptors: those that look at pitches and times alone, and mean something of a span."""


@dataclass(frozen=True, eq=False)
class Steps:
    """Runs of described spans.

    Attributes:
        values: float32 `(slice, step, feature)`; zeros where a span is silent or past the end.
        start_s: `(slice,)`. length_s: of the piece.
    """

    values: NDArray[np.float32]
    start_s: NDArray[np.float64]
    length_s: float


@dataclass(frozen=True)
class DescriptorSteps(View):
    """Runs of consecutive spans, each described by the named features of its notes.

    Attributes:
        step_s: length of a span, seconds.
        steps: spans a run.
        most: the most runs a piece is cut into; they are spread evenly over longer pieces.
        groups: of `descriptors.GROUPS`.
    """

    name: ClassVar[str] = "descriptor_steps"
    media: ClassVar[str] = "score"

    step_s: float = 5.0
    steps: int = 10
    most: int = 6
    groups: tuple[str, ...] = GROUPS

    def __post_init__(self) -> None:
        object.__setattr__(self, "groups", Descriptors(groups=self.groups).groups)
        check_least(self, {"step_s": 0.01, "steps": 1, "most": 1})

    @property
    def shape(self) -> tuple[int, ...]:
        return self.steps, len(Descriptors(groups=self.groups).names)

    def prepare(self, piece: Score) -> Steps:
        spans = max(1, int(np.ceil(piece.length_s / self.step_s)))
        runs = -(-spans // self.steps)
        if runs <= self.most:
            firsts = np.arange(runs) * self.steps
        else:
            firsts = np.linspace(0, spans - self.steps, self.most).astype(int)
        values = np.zeros((len(firsts), *self.shape), np.float32)
        for run, first in enumerate(firsts.tolist()):
            for step in range(self.steps):
                at_s = (first + step) * self.step_s
                part = piece.between(at_s, at_s + self.step_s)
                if len(part):
                    values[run, step] = list(describe_score(part, self.groups).values())
        return Steps(values, firsts.astype(np.float64) * self.step_s, piece.length_s)

    def cut(self, prepared: Steps) -> Slices:
        ends = np.minimum(prepared.start_s + self.steps * self.step_s, prepared.length_s)
        return Slices(prepared.values, prepared.start_s, ends)

    def draw(self, prepared: Steps, rng: np.random.Generator) -> NDArray[np.float32]:
        return np.asarray(prepared.values[rng.integers(len(prepared.values))])

    def weight(self, prepared: Steps) -> int:
        return len(prepared.values)
