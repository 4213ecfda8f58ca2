"""What a bundle says of a piece as it goes on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from muso.bundle.bundle import Bundle
from muso.progress import Listener, counted, silent

WINDOW_S = 15.0
"""Long enough to hear a phrase or two; the mood recognizer learns from windows of this length."""
STEP_S = 5.0
MOST = 120
"""Windows of a piece; longer pieces are cut in larger steps."""


@dataclass(frozen=True, eq=False)
class Timeline:
    """How the answer to one question changes in a piece.

    Attributes:
        labels: `(label,)`.
        start_s, end_s: `(window,)` where each window lies, in the order of time.
        probability: `(window, label)` 0…1, each window named as if it were a piece.
    """

    labels: tuple[str, ...]
    start_s: NDArray[np.float64]
    end_s: NDArray[np.float64]
    probability: NDArray[np.float64]

    @property
    def best(self) -> tuple[str, ...]:
        """`(window,)` the most probable label."""
        return tuple(self.labels[i] for i in self.probability.argmax(axis=1))

    def rankings(self) -> list[list[tuple[str, float]]]:
        """For each window every label with its probability, best first."""
        orders = np.argsort(-self.probability, axis=1, kind="stable")
        return [
            [(self.labels[i], float(row[i])) for i in order]
            for row, order in zip(self.probability, orders, strict=True)
        ]

    def as_rows(self, top: int) -> list[dict[str, Any]]:
        """The timeline as JSON holds it: a window each, the `top` best of its ranking."""
        return [
            {
                "start_s": round(float(start_s), 2),
                "end_s": round(float(end_s), 2),
                "label": ranking[0][0],
                "probability": round(ranking[0][1], 4),
                "ranking": [[label, round(p, 4)] for label, p in ranking[:top]],
            }
            for start_s, end_s, ranking in zip(
                self.start_s, self.end_s, self.rankings(), strict=True
            )
        ]


def follow(
    bundle: Bundle,
    piece: Any,
    window_s: float = WINDOW_S,
    step_s: float = STEP_S,
    length_s: float | None = None,
    listener: Listener = silent,
) -> Timeline:
    """Name the label of every window of a Score, a Clip or the picture of one.

    Args:
        bundle: of the piece's medium.
        piece: of the bundle's medium, or a stand-in.
        window_s: length of a window, above 0. A shorter piece is one window.
        step_s: from the start of one to the start of the next, above 0; more in a piece of more
            than `MOST` windows.
        length_s: of a piece that has no `length_s` of its own.
        listener: told how many windows were named.

    Returns:
        The windows in which anything sounds; of a piece in which nothing does, the whole as one.

    >>> from muso.bundle.store import find_bundle
    >>> from muso.music.midi import read_score
    >>> found = follow(find_bundle("composer.1"), read_score("examples/bach-bwv66-6.mid"))
    >>> found.best[0], found.probability.shape
    ('Bach', (2, 119))
    """
    length_s = float(piece.length_s if length_s is None else length_s)
    step_s = max(step_s, (length_s - window_s) / (MOST - 1))
    starts = np.arange(0.0, max(length_s - window_s, 0.0) + 1e-6, step_s)
    if len(starts) > 1 and length_s - (starts[-1] + window_s) > step_s / 2:
        starts = np.append(starts, length_s - window_s)
    view = bundle.members[0].view
    spans, said = [], []
    for start_s in counted(starts, "windows named", len(starts), listener):
        end_s = min(float(start_s) + window_s, length_s)
        part = view.part(piece, float(start_s), end_s) if len(starts) > 1 else piece
        if part is not None and view.sounds(part):
            spans.append((float(start_s), end_s))
            said.append(_probability(bundle, part))
    if not said:
        spans, said = [(0.0, length_s)], [_probability(bundle, piece)]
    start, end = np.array(spans).T
    return Timeline(bundle.labels, start, end, np.array(said))


def _probability(bundle: Bundle, piece: Any) -> NDArray[np.float64]:
    logs = bundle.log_probabilities(bundle.slices(piece))
    return bundle.average([log.mean(axis=0) for log in logs])
