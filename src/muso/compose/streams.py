"""Streams: several continuations of one piece, grown side by side by a language model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from muso.compose.choosing import choose
from muso.compose.length import Goal
from muso.compose.loops import LONGEST_PERIOD, TIMES, looping
from muso.compose.telling import Floats, Hold, Taste, Told
from muso.music.score import Score
from muso.represent.encoding import Encoding

Rows = NDArray[np.int16]

BARLESS = ("free", "beats")
"""Words of a meter that leaves bars open; muso's own pieces have bars."""
ESCAPE_NOTES = 4
"""So many notes may not be those of a loop that was found."""
LOOP_CHECK_NOTES = 8
CROWD_S = 2.0
CROWDED = 32
"""Notes within about the last `CROWD_S`, past which two hands have no more fingers …"""
CROWD_REST_S = 0.1
"""… and the next note comes no sooner than this. Of EMOPIA's clips 99% have fewer."""
LONGEST_GAP_S = 2.5
"""No longer does a stream wait for its next note: in a minute of music that would be a hole."""


class Model(Protocol):
    """What is asked of a language model: `muso.bundle.language.LanguageBundle` is one."""

    @property
    def encoding(self) -> Encoding:
        """How it writes scores."""

    def begin(self, batch: int) -> Any:
        """The state before anything was read, of `batch` streams; its `take` picks some."""

    def advance(self, state: Any, rows: Rows, condition: Floats) -> tuple[Floats, Any]:
        """Read one row a stream: what it makes of it `(stream, unit)`, and the new state."""

    def logits(self, hidden: Floats, so_far: Rows) -> Floats:
        """`(stream, word)` scores of the next field, after the fields `so_far`."""


@dataclass(frozen=True)
class Clock:
    """Where each stream stands: arrays `(stream,)`. Without a meter four beats are a bar."""

    bars: NDArray[np.float64]
    bar_beats: NDArray[np.float64]
    seconds: NDArray[np.float64]
    tempo_bpm: NDArray[np.float64]
    notes: NDArray[np.int64]

    def pick(self, which: NDArray[np.intp]) -> Clock:
        """The clock of the streams `which`."""
        return Clock(*(values[which] for values in vars(self).values()))


class Streams:
    """Continuations of one piece that grow side by side.

    They change as they grow; what each has said so far is `rows`.

    Args:
        model: that speaks.
        told: what it is told, the same for all.
        count: how many.
        goal: where the piece is to end.
        taste: how words are drawn.
        rng: of all draws.
        start: `(step, field)` rows that all of them go on from; the begin row unless given.
        hold: neurons to be held, from the first row of the stream's own on.
    """

    def __init__(
        self,
        model: Model,
        told: Told,
        count: int,
        goal: Goal,
        taste: Taste,
        rng: np.random.Generator,
        start: Rows | None = None,
        hold: Hold | None = None,
    ) -> None:
        self.model, self.encoding = model, model.encoding
        self.taste, self._rng = taste, rng
        self._hidden: Floats = np.zeros((1, 0), np.float32)
        self._hold: Hold | None = None
        self._told, self._guidance = told.rows.astype(np.float32), told.guidance
        first = self.encoding.begin[None] if start is None else start
        self.rows: Rows = first[None]
        zero = np.zeros(1)
        self.clock = Clock(zero, zero + 4.0, zero, zero + 120.0, np.zeros(1, np.int64))
        self.ended = np.zeros(count, bool)
        self._crowd = np.zeros(1)
        self._escape = np.zeros((count, self.encoding.sizes[self.encoding.pitch_field]), bool)
        self._escaping = np.zeros(count, np.int64)
        self._ends, self._barless = _special(self.encoding)
        self._bar_beats = _bar_beats(self.encoding)
        self._gap_beats = _gap_beats(self.encoding)
        self._state = model.begin(len(self._told))
        for row in first:
            self._hear(row[None])
        # A piece that goes on is as much longer as was asked for.
        self.goal = goal.after(self.clock.seconds[0], self.clock.bars[0], self.clock.notes[0])
        chosen = np.zeros(count, np.intp)
        self._take(chosen)
        self.rows, self.clock = self.rows[chosen], self.clock.pick(chosen)
        self._crowd = self._crowd[chosen]
        self._hold = hold
        self._hold_neurons()

    def __len__(self) -> int:
        return len(self.rows)

    def grow(self, steps: int) -> None:
        """Let each stream say up to `steps` rows more; those that have ended stay as they are."""
        for _ in range(steps):
            if self.ended.all():
                return
            self._step()

    def keep(self, which: int) -> None:
        """Go on from stream `which` alone, in as many streams as before."""
        chosen = np.full(len(self), which)
        # Memory first: it is found by how many streams there were.
        self._take(chosen)
        self.rows = self.rows[chosen]
        self.clock = self.clock.pick(chosen)
        self.ended, self._crowd = self.ended[chosen], self._crowd[chosen]
        self._escape, self._escaping = self._escape[chosen], self._escaping[chosen]

    def score(self, which: int) -> Score:
        """The music of one stream so far."""
        return self.encoding.decode(self.rows[which])

    def push(self) -> NDArray[np.float64]:
        """`(stream,)` how hard each is pushed towards its end; see `Goal.push`."""
        return self.goal.push(self.clock.seconds, self.clock.bars, self.clock.notes)

    def reached(self) -> NDArray[np.float64]:
        """`(stream,)` the share of the length that each has reached."""
        clock = self.clock
        return self.goal.reached(clock.seconds, clock.bars, clock.notes)

    def looping(self, which: int) -> bool:
        """Whether one stream is caught in a loop now."""
        return looping(self._pitches(which)) > 0

    def _step(self) -> None:
        before, going = self.rows[:, -1], ~self.ended
        row = np.zeros((len(self), 0), np.int16)
        for field in range(len(self.encoding.sizes)):
            allowed = self.encoding.allowed(before, row)
            if field in self.encoding.derived:
                word = allowed.argmax(axis=1)
            else:
                scores = self._scores(row)
                scores, allowed = self._steered(field, scores, allowed)
                word = choose(scores, allowed, self.taste.temperature, self.taste.top_p, self._rng)
            row = np.concatenate([row, word[:, None].astype(np.int16)], axis=1)
        row[self.ended] = 0
        self.rows = np.concatenate([self.rows, row[:, None]], axis=1)
        self.ended |= going & self.encoding.ends(row)
        self._hear(row)
        self._watch(row)

    def _hear(self, row: Rows) -> None:
        # All streams with what is told, then, for guidance, all without.
        rows = np.tile(row, (len(self._told), 1))
        condition = np.repeat(self._told, len(row), axis=0)
        self._hidden, self._state = self.model.advance(self._state, rows, condition)
        self._hold_neurons()
        clock = self.clock
        beats, tempo_bpm = self.encoding.elapse(row, clock.tempo_bpm)
        is_note = self.encoding.pitches(row) >= 0
        self._crowd = self._crowd * np.exp(-beats * 60 / tempo_bpm / CROWD_S) + is_note
        said = self._bar_beats[row[:, 0]]
        bar_beats = np.where(said > 0, said, clock.bar_beats)
        self.clock = Clock(
            clock.bars + beats / bar_beats,
            bar_beats,
            clock.seconds + beats * 60 / tempo_bpm,
            tempo_bpm,
            clock.notes + is_note,
        )

    def _scores(self, so_far: Rows) -> Floats:
        """`(stream, word)` scores of the next field, led away from those without what is told."""
        scores = self.model.logits(self._hidden, np.tile(so_far, (len(self._told), 1)))
        if len(self._told) == 1:
            return scores
        told, without = scores[: len(so_far)], scores[len(so_far) :]
        return without + self._guidance * (told - without)

    def _take(self, chosen: NDArray[np.intp]) -> None:
        """Remember what the streams `chosen` do, one each."""
        both = np.concatenate([chosen + n * len(self.rows) for n in range(len(self._told))])
        self._state, self._hidden = self._state.take(both), self._hidden[both]

    def _hold_neurons(self) -> None:
        if self._hold is None:
            return
        said = self._hidden.copy()
        values = np.broadcast_to(self._hold.values, (len(self.rows), len(self._hold.neurons)))
        said[:, self._hold.neurons] = np.tile(values, (len(self._told), 1))
        hidden = self._state.hidden.copy()
        # Behind the network's own units some models say more.
        hidden[-1] = said[:, : hidden.shape[-1]]
        self._hidden, self._state = said, replace(self._state, hidden=hidden)

    def _steered(
        self, field: int, scores: Floats, allowed: NDArray[np.bool_]
    ) -> tuple[Floats, NDArray[np.bool_]]:
        """Scores and words as the goal, the taste and a loop to escape from leave them."""
        allowed = allowed.copy()
        if field == 0:
            ends = self._ends
            push = self.push()
            scores = scores + np.where(ends, push[:, None], 0).astype(np.float32)
            can_end = (allowed & ends).any(axis=1)
            others = (allowed & ~ends).any(axis=1)
            allowed[(push == -np.inf) & others] &= ~ends
            allowed[(push == np.inf) & can_end] &= ends
            scores = np.nan_to_num(scores, posinf=0.0, neginf=0.0)
            gap_s = self._gap_beats * 60 / self.clock.tempo_bpm[:, None]
            crowded = (self._crowd > CROWDED)[:, None] & (gap_s < CROWD_REST_S)
            playable = allowed & ~(crowded | (gap_s > LONGEST_GAP_S)) | (allowed & ends)
            notes = playable & ~ends
            allowed = np.where(notes.any(axis=1, keepdims=True), playable, allowed)
            if self.taste.barred:
                barred = allowed & ~self._barless
                allowed = np.where(barred.any(axis=1, keepdims=True), barred, allowed)
        if field == self.encoding.pitch_field:
            left = allowed & ~self._escape
            allowed = np.where(left.any(axis=1, keepdims=True), left, allowed)
        return scores, allowed

    def _watch(self, row: Rows) -> None:
        """Find streams that are caught in a loop, and forbid its notes for a while."""
        new = self.encoding.pitches(row) >= 0
        self._escaping = np.maximum(self._escaping - new, 0)
        self._escape[self._escaping == 0] = False
        due = new & (self.clock.notes % LOOP_CHECK_NOTES == 0) & (self._escaping == 0)
        for which in np.flatnonzero(due & ~self.ended).tolist():
            pitches = self._pitches(which)
            period = looping(pitches)
            if period:
                field = self.encoding.pitch_field
                said = self.rows[which, -4 * (period + 1) :]
                said = said[self.encoding.pitches(said) >= 0][-period:]
                self._escape[which, said[:, field]] = True
                self._escaping[which] = ESCAPE_NOTES

    def _pitches(self, which: int) -> NDArray[np.int16]:
        """The latest notes of one stream, as many as a loop is found in."""
        recent = self.rows[which, -4 * LONGEST_PERIOD * TIMES :]
        pitch = self.encoding.pitches(recent)
        return pitch[pitch >= 0][-LONGEST_PERIOD * TIMES :]


def _special(encoding: Encoding) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """`(word,)` which words of the first field end a piece, and which leave its bars open."""
    alone = np.zeros((encoding.sizes[0], len(encoding.sizes)), np.int16)
    alone[:, 0] = np.arange(len(alone))
    barless = np.array([word in BARLESS for word in encoding.words[0]])
    return np.asarray(encoding.ends(alone)), barless


def _bar_beats(encoding: Encoding) -> NDArray[np.float64]:
    """`(word,)` beats in a bar of the meter that a word of the first field names, else 0."""
    beats = np.zeros(encoding.sizes[0])
    for index, word in enumerate(encoding.words[0]):
        numerator, slash, denominator = word.partition("/")
        if slash and numerator.isdigit() and denominator.isdigit():
            beats[index] = 4 * int(numerator) / int(denominator)
    return beats


def _gap_beats(encoding: Encoding) -> NDArray[np.float64]:
    """`(word,)` how far each word of the first field moves the music on."""
    alone = np.zeros((encoding.sizes[0], len(encoding.sizes)), np.int16)
    alone[:, 0] = np.arange(len(alone))
    return encoding.elapse(alone, np.full(len(alone), 120.0))[0]
