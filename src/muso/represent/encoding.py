"""What encodings have in common: a score becomes steps that a language model reads and writes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import asdict
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from muso.music.score import Score

PAD = 0
"""In the first field of a row: no step at all. Rows of padding are all zeros."""

Steps = NDArray[np.int16]
"""`(step, field)` the words of a piece: a begin row, what happens, an end row."""


class Encoding(ABC):
    """A way to write a score as steps, each of one word or of several fields.

    Encodings are frozen dataclasses: their fields are settings. `decode(encode(score))` is the
    score as the encoding can hold it; encoded once more it gives the same steps.

    A generator samples the fields of a step one after another, each among the words that
    `allowed` leaves, appends the row, and stops after a row that `ends`. How far the music has
    come it adds up from `elapse`.
    """

    name: ClassVar[str]
    fields: ClassVar[tuple[str, ...]]
    """Names of the fields of a step."""
    derived: ClassVar[tuple[int, ...]] = ()
    """Fields that follow from the row before: `allowed` leaves one word, nothing is predicted."""
    pitch_field: ClassVar[int]
    """The field that holds the pitch of a note."""

    @property
    @abstractmethod
    def words(self) -> tuple[tuple[str, ...], ...]:
        """For each field its vocabulary, by index, as text."""

    @property
    def sizes(self) -> tuple[int, ...]:
        """The number of words of each field."""
        return tuple(len(words) for words in self.words)

    @property
    @abstractmethod
    def begin(self) -> Steps:
        """`(field,)` the row that every piece begins with."""

    @abstractmethod
    def encode(self, score: Score) -> Steps:
        """`(step, field)` the score's pitched notes, between a begin row and an end row."""

    @abstractmethod
    def decode(self, steps: Steps) -> Score:
        """The score that steps `(step, field)` say; begin, end and padding may be missing."""

    @abstractmethod
    def vary(self, steps: Steps, rng: np.random.Generator) -> Steps:
        """A piece `(step, field)` in another key and at another tempo, for training."""

    @abstractmethod
    def allowed(self, before: Steps, so_far: Steps) -> NDArray[np.bool_]:
        """Which words the grammar lets the next field take.

        Args:
            before: `(piece, field)` the row before the one being made.
            so_far: `(piece, field made)` the first fields of the one being made; with none of
                them yet, `(piece, 0)`.

        Returns:
            `(piece, word)`, at least one true in each row.
        """

    @abstractmethod
    def elapse(
        self, rows: Steps, tempo_bpm: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """How far each row moves the music on.

        Args:
            rows: `(piece, field)` one new row a piece.
            tempo_bpm: `(piece,)` tempo in force before the row.

        Returns:
            beats `(piece,)` from where the row before stood to where this one stands, and
            `(piece,)` the tempo now in force, in quarter notes a minute. The seconds are the
            beats × 60 over the tempo in force.
        """

    @abstractmethod
    def ends(self, rows: Steps) -> NDArray[np.bool_]:
        """`(…,)` whether each row `(…, field)` is the end of its piece."""

    @abstractmethod
    def pitches(self, rows: Steps) -> NDArray[np.int16]:
        """`(…,)` the MIDI note that each row `(…, field)` begins, -1 where it begins none."""

    @property
    @abstractmethod
    def pitch_words(self) -> NDArray[np.int64]:
        """`(word,)` indices of the pitch field's words that are pitches, lowest first."""

    def settings(self) -> dict[str, Any]:
        """What `ENCODINGS[name](**settings)` needs to build this encoding again."""
        return asdict(self)  # type: ignore[call-overload,no-any-return]

    def spell(self, steps: Steps) -> list[str]:
        """Each step as text, the words of its fields joined by spaces; for people and tests."""
        words = self.words
        return [
            " ".join(word for f, index in enumerate(row) if (word := words[f][index]))
            for row in steps.tolist()
        ]
