"""Composing a piece: continuations compete, the best is kept, and the piece comes to an end.

A piece grows by turns. In each, several streams go on from what there is; where ears steer, the
stream that they hear nearest to what is meant is kept and the others are dropped. In the last
turn the stream that ends most like music wins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from muso.compose.ending import finish, resolves
from muso.compose.length import EARLY, Goal
from muso.compose.request import CORNERS
from muso.compose.streams import Model, Rows, Streams
from muso.compose.telling import Hold, Taste, Told
from muso.music.score import Score

FIRST_STEPS = 20
"""Rows of the first turn: about a bar, so that music begins at once."""
STEPS = 64
"""Rows of each later turn: two or three bars."""
HEARD_S = 30.0
"""The ear hears so much of a candidate, its latest: a long piece keeps its mood to the end."""
MOST_STEPS = 60_000
"""A stream that has not ended by then has lost itself."""
LOOP_COST = 3.0
END_WEIGHT = 2.0
"""What an ending that rests is worth beside the mood, in nats."""


class Ear(Protocol):
    """Any opinion of a score as the probability of each mood."""

    def __call__(self, score: Score, /) -> Mapping[str, float]: ...


@dataclass(frozen=True)
class Aim:
    """What is meant, and who hears whether it is met.

    Attributes:
        valence, arousal: each -1…1 or None.
        ear: hears moods.
        style: hears how far a score is from a style, in nats, 0 at best; None for no style.
    """

    valence: float | None = None
    arousal: float | None = None
    ear: Ear | None = None
    style: Callable[[Score], float] | None = None

    def fit(self, score: Score) -> float:
        """How well a score meets the aim, in nats; 0 where nothing is aimed at."""
        return self._mood(score) + (self.style(score) if self.style is not None else 0.0)

    def _mood(self, score: Score) -> float:
        wanted = [(0, self.valence), (1, self.arousal)]
        if self.ear is None or len(score) == 0 or all(aim is None for _, aim in wanted):
            return 0.0
        recent = score.between(max(score.onset_s[-1] - HEARD_S, 0.0), score.length_s)
        return fit(self.ear(recent), self.valence, self.arousal)


def fit(heard: Mapping[str, float], valence: float | None, arousal: float | None) -> float:
    """Nats that what was heard is from what is meant: 0 at best.

    At the corners that is the logarithm of the mood's probability; between them, each coordinate
    is one chance in two, and the heard chance is held against the one that is meant.

    >>> fit({"happy": 1.0, "sad": 0.0, "calm": 0.0, "angry": 0.0}, 1.0, 1.0)
    0.0
    """
    total = 0.0
    if valence is not None and arousal is not None and abs(valence) == abs(arousal) == 1:
        mood = next(name for name, corner in CORNERS.items() if corner == (valence, arousal))
        return float(np.log(max(heard[mood], 1e-6)))
    for axis, aim in enumerate((valence, arousal)):
        if aim is None:
            continue
        chance = sum(share for mood, share in heard.items() if CORNERS[mood][axis] > 0)
        chance, meant = min(max(chance, 1e-6), 1 - 1e-6), (aim + 1) / 2
        surprise = -meant * np.log(chance) - (1 - meant) * np.log(1 - chance)
        doubt = sum(-p * np.log(p) for p in (meant, 1 - meant) if p > 0)
        total -= float(surprise - doubt)
    return total


@dataclass(frozen=True)
class Turn:
    """Where a piece stands after a turn: its music so far, and the share of its length."""

    score: Score
    reached: float
    done: bool


def sample(
    model: Model,
    told: Told,
    aim: Aim,
    goal: Goal,
    taste: Taste,
    candidates: int,
    rng: np.random.Generator,
    start: Rows | None = None,
    hold: Hold | None = None,
) -> Iterator[Turn]:
    """Make a piece, turn by turn.

    Args:
        model: that composes.
        told: what it is told.
        aim: what is meant.
        goal: how long the piece is to be.
        taste: how words are drawn.
        candidates: streams that compete.
        rng: of all draws.
        start: `(step, field)` rows to go on from.
        hold: neurons to be held at values.

    Yields:
        The piece so far after each turn; what a turn holds, later ones only add to, but that a
        note ends where its pitch is struck again. The last is `done`, and ends like music.
    """
    streams = Streams(model, told, candidates, goal, taste, rng, start, hold)
    settled_beats = float(streams.clock.bars[0] * streams.clock.bar_beats[0])
    steps, said = FIRST_STEPS, 0
    while said < MOST_STEPS:
        streams.grow(steps)
        said, steps = said + steps, STEPS
        reached = streams.reached()
        if reached.max() >= EARLY:
            break
        streams.keep(_best(streams, aim))
        score = streams.score(0)
        settled_beats = float(score.onset_beats.max(initial=settled_beats))
        yield Turn(score, float(streams.reached()[0]), False)
    while not streams.ended.all() and said < MOST_STEPS:
        streams.grow(STEPS)
        said += STEPS
    last = _best(streams, aim, ending=True)
    yield Turn(finish(streams.score(last), streams.goal, settled_beats), 1.0, True)


def _best(streams: Streams, aim: Aim, ending: bool = False) -> int:
    """The stream to go on from."""
    if len(streams) == 1:
        return 0
    worth = np.zeros(len(streams))
    for which in range(len(streams)):
        score = streams.score(which)
        worth[which] = aim.fit(score) - LOOP_COST * streams.looping(which)
        if ending and len(score):
            worth[which] += END_WEIGHT * resolves(score)
    return int(worth.argmax())
