"""The earlier system's encoding: tempo, velocity, duration, note and time step, a word each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from muso.music.score import Score, Track
from muso.represent.encoding import PAD, Encoding, Steps
from muso.represent.grid import HIGHEST, LOWEST, on_keyboard

STEPS_PER_BEAT = 4
TEMPOS_BPM = np.arange(24, 161, 4)
VELOCITY_STEP = 4
VELOCITIES = np.arange(VELOCITY_STEP, 129, VELOCITY_STEP)
NAMES = {"16th": 1, "eighth": 2, "quarter": 4, "half": 8, "whole": 16, "breve": 32}
MAX_DOTS = 3
DURATIONS = {
    f"{name}_{dots}": steps * (2 ** (dots + 1) - 1) // 2**dots
    for name, steps in NAMES.items()
    for dots in range(MAX_DOTS + 1)
    if steps * (2 ** (dots + 1) - 1) % 2**dots == 0
}
"""Time steps of each duration, the dotted ones only where they fall on the grid."""
DURATION_STEPS = np.array(sorted(DURATIONS.values()))
WAITS = np.arange(2, 65)
PITCHES = np.arange(LOWEST, HIGHEST + 1)
BEGIN, END, STEP = 1, 2, 3
FIRST_TEMPO = STEP + 1
FIRST_VELOCITY = FIRST_TEMPO + len(TEMPOS_BPM)
FIRST_DURATION = FIRST_VELOCITY + len(VELOCITIES)
FIRST_NOTE = FIRST_DURATION + len(DURATIONS)
FIRST_WAIT = FIRST_NOTE + len(PITCHES)
SIZE = FIRST_WAIT + len(WAITS)
VELOCITY, DURATION = 80, 4
"""What holds until a word says otherwise."""


@dataclass(frozen=True)
class Words(Encoding):
    """One word a step: `t_120 v_80 d_quarter_0 n_60 n_64 w_4 …`, on a grid of sixteenths.

    Tempo, velocity and duration are written where they change and hold on. `.` ends a time step;
    `w_4` ends this one and three more. The notes of a time step stand upwards. The vocabulary is
    fixed.

    What it loses, beside parts, instruments, percussion and pedal: every time within a
    sixteenth, so that triplets, ornaments and a player's timing are gone; durations that are no
    dotted note value; meter and bars; tempo within 2 bpm and beyond 24 to 160; velocity within 2.

    Attributes:
        semitones: `vary` transposes by at most so many, either way.
        stretch: `vary` changes the tempo by at most so many tempo words, either way.

    Source: Ferreira and Whitehead 2019, "Learning to generate music with sentiment".

    >>> from muso.music.score import Score
    >>> score = Score.of([60, 64, 67], [0, 0, 1], [1, 1, 0.5], 80, tempo_bpm=120)
    >>> " ".join(Words().spell(Words().encode(score)))
    'begin t_120 v_80 d_quarter_0 n_60 n_64 w_4 d_eighth_0 n_67 . end'
    """

    semitones: int = 5
    stretch: int = 4

    name: ClassVar[str] = "words"
    fields: ClassVar[tuple[str, ...]] = ("word",)
    pitch_field: ClassVar[int] = 0

    @cached_property
    def words(self) -> tuple[tuple[str, ...], ...]:
        """The one vocabulary."""
        durations = sorted(DURATIONS, key=lambda name: DURATIONS[name])
        return (
            (
                "", "begin", "end", ".",
                *(f"t_{bpm}" for bpm in TEMPOS_BPM), *(f"v_{v}" for v in VELOCITIES),
                *(f"d_{name}" for name in durations), *(f"n_{pitch}" for pitch in PITCHES),
                *(f"w_{steps}" for steps in WAITS),
            ),
        )  # fmt: skip

    @property
    def begin(self) -> Steps:
        """The row that every piece begins with."""
        return np.array([BEGIN], np.int16)

    @property
    def pitch_words(self) -> NDArray[np.int64]:
        """The words of the 88 keys."""
        return np.arange(FIRST_NOTE, FIRST_WAIT)

    def encode(self, score: Score) -> Steps:
        """The score's pitched notes as words, between begin and end.

        >>> from muso.music.midi import read_score
        >>> Words().encode(read_score("examples/bach-bwv66-6.mid")).shape[1]
        1
        """
        last = np.searchsorted(score.tempo_onset_beats, score.onset_beats + 1e-9, "right") - 1
        tempo_bpm = score.tempo_bpm[np.maximum(last, 0)][score.pitched]
        notes = score.select(score.pitched)
        at = np.rint(notes.onset_beats * STEPS_PER_BEAT).astype(np.int64)
        pitch = on_keyboard(notes.pitch)
        length = np.rint(notes.duration_beats * STEPS_PER_BEAT)
        order = np.lexsort((-length, pitch, at))
        once = np.append(True, (np.diff(at[order]) > 0) | (np.diff(pitch[order].astype(int)) != 0))
        order = order[once[: len(order)]]
        middle = (DURATION_STEPS[1:] + DURATION_STEPS[:-1]) / 2
        words = np.stack(
            [
                FIRST_TEMPO + np.rint((np.clip(tempo_bpm, 24, 160) - 24) / 4).astype(np.int64),
                FIRST_VELOCITY + np.clip((notes.velocity.astype(np.int64) + 2) // 4, 1, 32) - 1,
                FIRST_DURATION + np.searchsorted(middle, length),
                FIRST_NOTE + pitch.astype(np.int64) - LOWEST,
            ],
            axis=1,
        )[order]
        return _in_order(words, at[order])

    def decode(self, steps: Steps) -> Score:
        """The piece as one part on the beat grid, with its tempo map."""
        word = steps[:, 0].astype(np.int64)
        passed = np.where(word == STEP, 1, 0) + np.where(
            word >= FIRST_WAIT, WAITS[np.clip(word - FIRST_WAIT, 0, len(WAITS) - 1)], 0
        )
        beats = np.cumsum(passed) / STEPS_PER_BEAT
        note = (word >= FIRST_NOTE) & (word < FIRST_WAIT)
        velocity = _holding(word, FIRST_VELOCITY, VELOCITIES, VELOCITY)[note]
        duration = _holding(word, FIRST_DURATION, DURATION_STEPS, DURATION)[note]
        score = Score.of(
            word[note] - FIRST_NOTE + LOWEST,
            beats[note],
            duration / STEPS_PER_BEAT,
            np.minimum(velocity, 127),
            tracks=(Track("Piano"),),
        )
        tempo = np.flatnonzero((word >= FIRST_TEMPO) & (word < FIRST_VELOCITY))
        if not len(tempo):
            return score
        at, bpm = beats[tempo].copy(), TEMPOS_BPM[word[tempo] - FIRST_TEMPO].astype(np.float64)
        at[0] = 0.0
        last = np.append(np.diff(at) > 0, True)
        return replace(score, tempo_onset_beats=at[last], tempo_bpm=bpm[last])

    def vary(self, steps: Steps, rng: np.random.Generator) -> Steps:
        """Another key within the keyboard, another tempo."""
        word = steps.astype(np.int64)
        note = (word >= FIRST_NOTE) & (word < FIRST_WAIT)
        if note.any():
            most_down = min(self.semitones, int(word[note].min()) - FIRST_NOTE)
            most_up = min(self.semitones, FIRST_WAIT - 1 - int(word[note].max()))
            word[note] += rng.integers(-most_down, most_up + 1)
        tempo = (word >= FIRST_TEMPO) & (word < FIRST_VELOCITY)
        shift = rng.integers(-self.stretch, self.stretch + 1)
        word[tempo] = np.clip(word[tempo] + shift, FIRST_TEMPO, FIRST_VELOCITY - 1)
        return word.astype(np.int16)

    def allowed(self, before: Steps, so_far: Steps) -> NDArray[np.bool_]:
        """Which words may follow; see `Encoding.allowed`."""
        last = before[:, 0].astype(np.int64)[:, None]
        word = np.arange(SIZE)[None]
        mask = np.zeros((len(before), SIZE), bool)
        sounded = (last >= FIRST_NOTE) & (last < FIRST_WAIT)
        passed = (last == STEP) | (last >= FIRST_WAIT)
        tempo = (last >= FIRST_TEMPO) & (last < FIRST_VELOCITY)
        loud = (last >= FIRST_VELOCITY) & (last < FIRST_DURATION)
        long = (last >= FIRST_DURATION) & (last < FIRST_NOTE)
        in_step = sounded | loud | long | tempo | passed | (last == BEGIN)
        is_note = (word >= FIRST_NOTE) & (word < FIRST_WAIT)
        mask |= in_step & is_note & (~sounded | (word > last))
        mask |= (in_step & ~long) & (word >= FIRST_DURATION) & (word < FIRST_NOTE)
        mask |= (in_step & ~long & ~loud) & (word >= FIRST_VELOCITY) & (word < FIRST_DURATION)
        mask |= (passed | (last == BEGIN)) & (word >= FIRST_TEMPO) & (word < FIRST_VELOCITY)
        mask |= (sounded | passed | (last == BEGIN)) & (word >= FIRST_WAIT)
        mask |= (sounded | passed | (last == BEGIN)) & (word == STEP)
        mask |= (sounded | passed) & (word == END)
        mask |= ((last == END) | (last == PAD)) & (word == PAD)
        return mask

    def elapse(
        self, rows: Steps, tempo_bpm: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Beats that each word moves on, and the tempo in force; see `Encoding.elapse`."""
        word = rows[:, 0].astype(np.int64)
        passed = np.where(word >= FIRST_WAIT, WAITS[np.clip(word - FIRST_WAIT, 0, None)], 0)
        tempo = (word >= FIRST_TEMPO) & (word < FIRST_VELOCITY)
        said = TEMPOS_BPM[np.clip(word - FIRST_TEMPO, 0, len(TEMPOS_BPM) - 1)]
        beats = (passed + (word == STEP)) / STEPS_PER_BEAT
        return beats, np.where(tempo, said, tempo_bpm)

    def ends(self, rows: Steps) -> NDArray[np.bool_]:
        """Whether each word is the end."""
        return np.asarray(rows[..., 0] == END)

    def pitches(self, rows: Steps) -> NDArray[np.int16]:
        """The MIDI note that each word begins, or -1."""
        word = rows[..., 0]
        is_note = (word >= FIRST_NOTE) & (word < FIRST_WAIT)
        return np.where(is_note, word - FIRST_NOTE + LOWEST, -1).astype(np.int16)


def _in_order(words: NDArray[np.int64], at: NDArray[np.int64]) -> Steps:
    """Words `(note, kind)` as one sequence, each kind only where it changes, with time between."""
    out: list[int] = [BEGIN]
    now, last = int(at[0]) // (4 * STEPS_PER_BEAT) * 4 * STEPS_PER_BEAT if len(at) else 0, [-1] * 3
    for step, row in zip(at.tolist(), words.tolist(), strict=True):
        out += _waiting(step - now)
        # Within a time step the tempo can't change any more.
        if row[0] != last[0] and (step > now or last[0] < 0):
            out.append(row[0])
            last[0] = row[0]
        for kind in (1, 2):
            if row[kind] != last[kind]:
                out.append(row[kind])
                last[kind] = row[kind]
        out.append(row[3])
        now = step
    if len(at):
        out.append(STEP)
    return np.array([*out, END], np.int16)[:, None]


def _waiting(steps: int) -> list[int]:
    longest = int(WAITS[-1])
    whole, rest = divmod(steps, longest)
    out = [FIRST_WAIT + len(WAITS) - 1] * whole
    if rest == 1:
        out.append(STEP)
    elif rest:
        out.append(FIRST_WAIT + rest - int(WAITS[0]))
    return out


def _holding(
    word: NDArray[np.int64], first: int, values: NDArray[np.int64], begin: int
) -> NDArray[np.int64]:
    """`(word,)` the value that the last word of a kind gave."""
    mine = (word >= first) & (word < first + len(values))
    said = np.append(values[word[mine] - first], begin)
    # Before the first word of its kind, the index -1 finds `begin`.
    return np.asarray(said[np.cumsum(mine) - 1])
