"""What listeners heard: shares right a listener and a piece, confusion, intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from muso.errors import UsageError
from muso.judge.confusion import confuse
from muso.judge.intervals import CONFIDENCE, RESAMPLES, Interval


@dataclass(frozen=True)
class Answer:
    """One listener's word on one piece."""

    listener: str
    piece: str
    label: str


@dataclass(frozen=True)
class Share:
    """How much of something was right: `right` of `count` answers, and the interval, 0…1."""

    name: str
    right: int
    count: int
    share: Interval


@dataclass(frozen=True, eq=False)
class Hearing:
    """What a listening test found.

    Attributes:
        labels: `(label,)` sorted.
        right: the share of answers that name the intended label.
        chance: what guessing gives, 1 / labels.
        listeners, pieces, intended: the same for each listener, piece and intended label.
        confusion: `(intended label, heard label)` answers.
    """

    labels: tuple[str, ...]
    right: Share
    chance: float
    listeners: tuple[Share, ...]
    pieces: tuple[Share, ...]
    intended: tuple[Share, ...]
    confusion: NDArray[np.int64]

    def as_dict(self) -> dict[str, Any]:
        """The result as JSON holds it."""
        return {
            "labels": list(self.labels),
            "right": _told(self.right),
            "chance": round(self.chance, 4),
            "listeners": [_told(share) for share in self.listeners],
            "pieces": [_told(share) for share in self.pieces],
            "intended": [_told(share) for share in self.intended],
            "confusion": self.confusion.tolist(),
        }


def _told(share: Share) -> dict[str, Any]:
    interval = {key: round(value, 4) for key, value in share.share.as_dict().items()}
    return {"name": share.name, "right": share.right, "count": share.count, **interval}


def hear(answers: Sequence[Answer], intended: Mapping[str, str], *, seed: int = 0) -> Hearing:
    """Measure a listening test.

    The overall interval is fair to both sources of chance: other listeners and other pieces might
    have been asked, so both are drawn with replacement and an answer counts as often as its
    listener and its piece were drawn together (the pigeonhole bootstrap, Owen 2007). The
    interval of one listener is over pieces, that of one piece over listeners (Wilson 1927).

    Args:
        answers: at most one a listener and piece.
        intended: the label of each piece. Labels are those that come up in it.
        seed: of the bootstrap.

    Raises:
        UsageError: no answers; a piece or a label that the key doesn't know; two answers of one
            listener on one piece.

    >>> key = {"1": "sad", "2": "happy"}
    >>> told = [Answer("ann", "1", "sad"), Answer("ann", "2", "sad"), Answer("bo", "2", "happy")]
    >>> found = hear(told, key)
    >>> found.right.right, found.right.count, found.confusion.tolist()
    (2, 3, [[1, 1], [0, 1]])
    """
    labels = tuple(sorted(set(intended.values())))
    _check(answers, intended, labels)
    wanted = [intended[answer.piece] for answer in answers]
    right = np.array([a.label == label for a, label in zip(answers, wanted, strict=True)], float)
    listeners = [answer.listener for answer in answers]
    pieces = [answer.piece for answer in answers]
    return Hearing(
        labels=labels,
        right=Share("all", int(right.sum()), len(right), _overall(right, listeners, pieces, seed)),
        chance=1 / len(labels),
        listeners=_shares(listeners, right),
        pieces=_shares(pieces, right),
        intended=_shares(wanted, right),
        confusion=confuse(
            [labels.index(label) for label in wanted],
            [labels.index(answer.label) for answer in answers],
            len(labels),
        ),
    )


def _check(answers: Sequence[Answer], intended: Mapping[str, str], labels: Sequence[str]) -> None:
    if not answers:
        raise UsageError("there are no answers; fill in the column answer of the sheet")
    seen = set()
    for answer in answers:
        if answer.piece not in intended:
            raise UsageError(
                f"{answer.listener} answered on a piece {answer.piece!r} that the key doesn't "
                "hold; take the key of this survey"
            )
        if answer.label not in labels:
            raise UsageError(
                f"{answer.listener} heard {answer.label!r} in piece {answer.piece}; choose from "
                f"{', '.join(labels)}"
            )
        if (answer.listener, answer.piece) in seen:
            raise UsageError(
                f"{answer.listener} answered twice on piece {answer.piece}; keep one answer"
            )
        seen.add((answer.listener, answer.piece))


def _shares(names: Sequence[str], right: NDArray[np.float64]) -> tuple[Share, ...]:
    of = np.array(names, object)
    found = []
    for name in sorted(set(names)):
        own = right[of == name]
        found.append(Share(name, int(own.sum()), len(own), wilson(int(own.sum()), len(own))))
    return tuple(found)


def wilson(right: int, count: int) -> Interval:
    """The share `right` of `count`, and Wilson's 95% interval (1927), fair to few trials.

    >>> print(wilson(3, 4))
    0.750 (0.301–0.954)
    """
    z = 1.959964
    share = right / count
    middle = (share + z**2 / (2 * count)) / (1 + z**2 / count)
    reach = z / (1 + z**2 / count) * np.sqrt(share * (1 - share) / count + z**2 / (4 * count**2))
    return Interval(share, float(min(middle - reach, share)), float(max(middle + reach, share)))


def _overall(
    right: NDArray[np.float64], listeners: Sequence[str], pieces: Sequence[str], seed: int
) -> Interval:
    rng = np.random.default_rng(seed)
    groups = [np.unique(np.array(names), return_inverse=True)[1] for names in (listeners, pieces)]
    shares: list[float] = []
    while len(shares) < RESAMPLES:
        weight = np.ones(len(right))
        for group in groups:
            size = int(group.max()) + 1
            weight *= np.bincount(rng.integers(size, size=size), minlength=size)[group]
        if weight.sum():
            shares.append(float(weight @ right / weight.sum()))
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(shares, [tail, 1 - tail])
    # Few listeners or pieces can't show how others differ: never narrower than single answers are.
    alone = wilson(int(right.sum()), len(right))
    return Interval(alone.value, min(float(low), alone.low), max(float(high), alone.high))
