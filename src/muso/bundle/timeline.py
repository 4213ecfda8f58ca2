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
"""Windows of a piece; longer pieces are cut in larger steps, and windows grow with them."""
GAP_STEPS = 0.2
"""Silence of so many steps has no window: 3 s of a recording. Windows go on over shorter ones."""
LEAST_STRETCH_S = 1.0
"""What is shorter between two silences has no window, and at an end no window of its own.
Neighbouring windows overlap by as much, so that what lies in none of them is silence."""


@dataclass(frozen=True, eq=False)
class Timeline:
    """How the answer to one question changes in a piece.

    Attributes:
        labels: `(label,)`.
        start_s, end_s: `(window,)` where each window lies, in the order of time.
        probability: `(window, label)` 0…1, each window named as if it were a piece.
        length_s: of the piece.
    """

    labels: tuple[str, ...]
    start_s: NDArray[np.float64]
    end_s: NDArray[np.float64]
    probability: NDArray[np.float64]
    length_s: float

    @property
    def silences(self) -> list[tuple[float, float]]:
        """Seconds at which each stretch in which nothing sounds begins and ends.

        Those are the stretches without a window: `follow` leaves out nothing else, unless it is
        shorter than a second.
        """
        starts, ends = [0.0, *self.end_s.tolist()], [*self.start_s.tolist(), self.length_s]
        return [(a, b) for a, b in zip(starts, ends, strict=True) if b > a]

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
        window_s: length of a window, above 0; more where a step is too large for windows to
            overlap. A shorter piece is one window.
        step_s: from the start of one to the start of the next, above 0; more in a piece of more
            than `MOST` windows.
        length_s: of a piece that has no `length_s` of its own.
        listener: told how many windows were named.

    Returns:
        The windows in which anything sounds, from the start to the end of each stretch between two
        silences; of a piece in which nothing sounds, the whole as one.

    >>> from muso.bundle.store import find_bundle
    >>> from muso.music.midi import read_score
    >>> found = follow(find_bundle("composer.1"), read_score("examples/bach-bwv66-6.mid"))
    >>> found.best[0], found.probability.shape
    ('Bach', (3, 119))
    """
    length_s = float(piece.length_s if length_s is None else length_s)
    step_s = max(step_s, (length_s - window_s) / (MOST - 1))
    view = bundle.members[0].view
    silences = view.silences(piece)
    while len(spans := _spans(length_s, window_s, step_s, silences)) > MOST:
        step_s *= 1.5
    whole = (0.0, length_s)
    named, said = [], []
    for span in counted(spans, "windows named", len(spans), listener):
        part = piece if span == whole else view.part(piece, *span)
        if part is not None and view.sounds(part):
            named.append(span)
            said.append(_probability(bundle, part))
    if not said:
        named, said = [whole], [_probability(bundle, piece)]
    start, end = np.array(named).T
    return Timeline(bundle.labels, start, end, np.array(said), length_s)


def _spans(
    length_s: float, window_s: float, step_s: float, silences: NDArray[np.float64]
) -> list[tuple[float, float]]:
    """Where windows begin and end: from the start to the end of each stretch between silences."""
    window_s = max(window_s, step_s + LEAST_STRETCH_S)
    gaps = silences[np.diff(silences, axis=1)[:, 0] >= GAP_STEPS * step_s]
    edges = [0.0, *gaps.ravel().tolist(), length_s]
    spans: list[tuple[float, float]] = []
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        if len(gaps) and last - first < LEAST_STRETCH_S:
            continue
        starts = np.arange(first, max(last - window_s, first) + 1e-6, step_s).tolist()
        # A last window ends with the stretch: one more, or where little is left, the last moved.
        if last - (starts[-1] + window_s) >= LEAST_STRETCH_S:
            starts.append(last - window_s)
        elif len(starts) > 1:
            starts[-1] = last - window_s
        ends = [*(start + window_s for start in starts[:-1]), last]
        spans += zip(starts, ends, strict=True)
    return spans


def _probability(bundle: Bundle, piece: Any) -> NDArray[np.float64]:
    logs = bundle.log_probabilities(bundle.slices(piece))
    return bundle.average([log.mean(axis=0) for log in logs])
