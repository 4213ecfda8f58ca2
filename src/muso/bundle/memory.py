"""A language model that remembers the piece it is in: what followed the last time it was like now.

Music repeats itself: whole parts come again. A recurrent network forgets within some hundred notes,
so its words are mixed with those that followed earlier moments of the same piece, each as far as
its state was like the present one. Nothing is trained for it but three numbers.

Source: E. Grave, A. Joulin and N. Usunier, Improving neural language models with a continuous
cache, ICLR 2017; that the share follows from the likeness of the best moment is ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from muso.bundle.language import LanguageBundle, State
from muso.represent.encoding import Steps

Floats = NDArray[np.float32]

RECENT = 4
"""The last moments are not asked: they are like now because nothing has happened yet."""
LONGEST = 1024
"""Moments that are remembered."""
ROOM = 64
"""Moments for which there is room at the least when memory is made larger."""
SLOPE = 20.0
"""How fast trust rises with likeness."""
MADE_SHARE = 0.75
"""Of what is made, memory says no more than this: with more a piece never leaves a repeat."""
NEVER = -1e9


@dataclass(frozen=True)
class Memory:
    """How a model remembers.

    Attributes:
        share: of memory in what is said, where a moment is quite like the present, 0…1.
        sharpness: how much more a likelier moment counts, above 0.
        trust: likeness of the best moment, -1…1, at which memory has half its share.
    """

    share: float
    sharpness: float
    trust: float

    def weigh(self, likeness: NDArray[np.floating[Any]]) -> tuple[Floats, Floats]:
        """What each moment counts, and memory's share.

        Args:
            likeness: `(…, moment)` cosines of states; `NEVER` for those that may not be asked.

        Returns:
            `(…, moment)` weights that sum to 1, and `(…,)` shares; 0 where none may be asked.
        """
        best = likeness.max(axis=-1, initial=NEVER)
        weight = np.exp(self.sharpness * (likeness - best[..., None]))
        weight /= np.maximum(weight.sum(axis=-1, keepdims=True), 1e-12)
        closeness = np.clip(SLOPE * (best - self.trust), -60.0, 60.0)
        share = np.where(best > NEVER / 2, self.share / (1.0 + np.exp(-closeness)), 0.0)
        return weight.astype(np.float32), share.astype(np.float32)


@dataclass(eq=False)
class Past:
    """Moments and the rows that followed them, one after another.

    States of one piece share it, each looking at its first ones alone, so that a further moment
    costs no copy of those before it.

    Attributes:
        moments: `(piece, room, unit)` what was said before each row, of length 1.
        rows: `(piece, room, field)` the rows that followed.
        count: how many there are; the rest is room.
    """

    moments: Floats
    rows: Steps
    count: int

    @classmethod
    def empty(cls, pieces: int, units: int, fields: int) -> Past:
        """No moment, of so many pieces."""
        moments = np.zeros((pieces, 0, units), np.float32)
        return cls(moments, np.zeros((pieces, 0, fields), np.int16), 0)

    def after(self, seen: int, moment: Floats, row: Steps) -> Past:
        """The past with one moment more, behind the first `seen`: this one where it has room.

        Args:
            moment: `(piece, unit)`. row: `(piece, field)`.
        """
        past = self
        if seen < self.count or seen == self.moments.shape[1]:
            # Another went on from there, or the room is used up.
            past = self._moved(seen)
        past.moments[:, past.count] = moment
        past.rows[:, past.count] = row
        past.count += 1
        return past

    def _moved(self, seen: int) -> Past:
        """The latest of the first `seen` moments, with as much room again."""
        kept = slice(max(seen - LONGEST, 0), seen)
        count = kept.stop - kept.start

        def roomier(values: NDArray[Any]) -> NDArray[Any]:
            shape = (len(values), 2 * count + ROOM, values.shape[2])
            grown = np.empty(shape, values.dtype)
            grown[:, :count] = values[:, kept]
            return grown

        return Past(roomier(self.moments), roomier(self.rows), count)


@dataclass(frozen=True, eq=False)
class Remembered(State):
    """A state with what led to it.

    Attributes:
        past: what was said and came before.
        seen: how many moments of it are this state's.
        said: `(piece, unit)` what was said last.
    """

    past: Past
    seen: int
    said: Floats

    def take(self, pieces: NDArray[Any]) -> Remembered:
        """The states of some pieces, in that order; the same one may come up again."""
        seen = slice(self.seen)
        past = Past(self.past.moments[pieces, seen], self.past.rows[pieces, seen], self.seen)
        hidden, cell = self.hidden[:, pieces], self.cell[:, pieces]
        return Remembered(hidden, cell, past, self.seen, self.said[pieces])


@dataclass(frozen=True, eq=False)
class RememberingBundle(LanguageBundle):
    """A language model with a memory of the piece.

    What `advance` says holds behind the network's own units memory's share and its distribution
    of every field's words; `logits` reads them from there.
    """

    memory: Memory = field(default_factory=lambda: Memory(0.0, 1.0, 1.0))

    @classmethod
    def of(cls, bundle: LanguageBundle, memory: Memory) -> RememberingBundle:
        """`bundle` with a memory."""
        own = {f.name: getattr(bundle, f.name) for f in fields(LanguageBundle)}
        return cls(**own, memory=memory)

    def begin(self, batch: int = 1) -> Remembered:
        """The state before anything was read, of `batch` pieces."""
        plain = super().begin(batch)
        past = Past.empty(batch, self.units, len(self.encoding.fields))
        return Remembered(plain.hidden, plain.cell, past, 0, np.zeros_like(plain.hidden[-1]))

    def advance(
        self, state: State, rows: Steps, condition: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], State]:
        """Read one row a piece; see `LanguageBundle.advance`."""
        assert isinstance(state, Remembered)
        said, plain = super().advance(state, rows, condition)
        past = state.past.after(state.seen, _unit(state.said), rows)
        after = Remembered(plain.hidden, plain.cell, past, past.count, said)
        return np.concatenate([said, self._recall(said, past)], axis=1), after

    def _recall(self, said: Floats, past: Past) -> Floats:
        """`(piece, 1 + words)` memory's share and its distribution of each field's words."""
        latest = slice(max(past.count - LONGEST, 0), past.count)
        likeness = (past.moments[:, latest] @ _unit(said)[..., None])[..., 0]
        likeness[:, max(likeness.shape[1] - RECENT, 0) :] = NEVER
        followed = past.rows[:, latest].astype(np.int64)
        weight, share = self.memory.weigh(likeness)
        out = [np.minimum(share, MADE_SHARE)[:, None]]
        for number, size in enumerate(self.encoding.sizes):
            shares = np.zeros((len(said), size), np.float32)
            for piece in range(len(said)):
                words = followed[piece, :, number]
                shares[piece] = np.bincount(words, weight[piece], minlength=size)
            out.append(shares)
        return np.concatenate(out, axis=1)

    def logits(self, hidden: NDArray[np.float32], so_far: Steps) -> NDArray[np.float32]:
        """Scores of the next field's words; see `LanguageBundle.logits`."""
        plain = super().logits(hidden[:, : self.units], so_far)
        if hidden.shape[1] == self.units:
            return plain
        which, sizes = so_far.shape[1], self.encoding.sizes
        first = self.units + 1 + sum(sizes[:which])
        share = hidden[:, self.units, None]
        recalled = hidden[:, first : first + sizes[which]]
        own = np.exp(plain - np.logaddexp.reduce(plain, axis=1, keepdims=True))
        mixed = (1 - share) * own + share * recalled
        return np.log(np.maximum(mixed, 1e-12)).astype(np.float32)

    def surprise(
        self, steps: Steps, condition: NDArray[np.float32] | None = None
    ) -> tuple[float, float, int]:
        """What a piece costs the model, in nats; see `LanguageBundle.surprise`."""
        hidden, _ = self.read(steps, condition)
        weight, share = recall(self.memory, hidden[:-1])
        total = pitch = 0.0
        words, own = self.encoding.pitch_words, self.encoding.pitch_field
        notes = np.flatnonzero(self.encoding.pitches(steps[1:]) >= 0)
        for number in range(len(self.encoding.fields)):
            if number in self.encoding.derived:
                continue
            came = steps[1:, number].astype(np.int64)
            scores = super().logits(hidden[:-1], steps[1:, :number]).astype(np.float64)
            total += float(mixed_nats(scores, came, weight, share).sum())
            if number == own:
                among = scores[:, words]
                lost = mixed_nats(among, came - int(words[0]), weight, share, notes)
                pitch = float(lost.sum())
        return total, pitch, len(notes)


def recall(memory: Memory, hidden: NDArray[Any]) -> tuple[Floats, Floats]:
    """What each step of a piece would have asked of the steps before it.

    Args:
        hidden: `(step, unit)` what was said before each row.

    Returns:
        `(step, step)` weights of what followed each, and `(step,)` shares.
    """
    return memory.weigh(liken(hidden))


def liken(hidden: NDArray[Any]) -> Floats:
    """`(step, step)` how like each step of a piece is to those before it; `NEVER` for the others.

    Args:
        hidden: `(step, unit)` what was said before each row.
    """
    moments = _unit(np.asarray(hidden, np.float32))
    likeness = np.asarray(moments @ moments.T)
    steps = np.arange(len(moments))
    likeness[steps[:, None] < steps[None] + 1 + RECENT] = NEVER
    return likeness


def mixed_nats(
    scores: NDArray[np.float64],
    came: NDArray[np.int64],
    weight: Floats,
    share: Floats,
    only: NDArray[np.int64] | None = None,
) -> NDArray[np.float64]:
    """`(step,)` nats of what came under the mixture.

    Args:
        scores: `(step, word)` the network's own.
        came: `(step,)` index of the word that came.
        weight, share: from `recall`.
        only: steps that count, and that may be remembered; all unless given.
    """
    log = scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)
    if only is not None:
        kept = weight[np.ix_(only, only)]
        total = kept.sum(axis=1, keepdims=True)
        share = share[only] * (total[:, 0] > 0.5)
        log, came, weight = log[only], came[only], kept / np.maximum(total, 1e-12)
    own = np.exp(log[np.arange(len(came)), came])
    recalled = (weight * (came[None] == came[:, None])).sum(axis=1)
    return np.asarray(-np.log(np.maximum((1 - share) * own + share * recalled, 1e-12)))


def memory_of(recipe: Mapping[str, Any]) -> Memory | None:
    """The memory that a bundle's recipe tells of, if any."""
    table = recipe.get("memory")
    return None if table is None else Memory(**{k: float(v) for k, v in table.items()})


def _unit(values: Floats) -> Floats:
    size = np.linalg.norm(values, axis=-1, keepdims=True)
    return np.asarray(values / np.maximum(size, 1e-9), np.float32)
