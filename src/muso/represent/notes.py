"""The richer encoding: one step a note, with its place in the bar, its length and its loudness."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from muso.music.score import Meter, Score, Track
from muso.represent.encoding import PAD, Encoding, Steps
from muso.represent.grid import FREE_BPM, HIGHEST, LOWEST, TICKS, Layout, lay_out

BEGIN, END = 1, 2
METERS = ("free", "beats", "2/4", "3/4", "4/4", "6/8")
BAR_TICKS = (1, TICKS, 2 * TICKS, 3 * TICKS, 4 * TICKS, 3 * TICKS)
FIRST_METER = END + 1
FIRST_TEMPO = FIRST_METER + len(METERS)
TEMPOS_BPM = 30.0 * 2.0 ** (np.arange(37) / 12)
"""Tempo words: 30 to 240 quarter notes a minute, 6% apart."""
FIRST_GAP = FIRST_TEMPO + len(TEMPOS_BPM)
LENGTHS = np.concatenate(
    [np.arange(25), np.arange(26, 49, 2), np.arange(54, 97, 6), np.arange(108, 193, 12),
     np.arange(240, 385, 48)]
)  # fmt: skip
"""Ticks that a gap or a duration may take: each up to a beat, then coarser, up to 16 beats."""
TEMPO_CHANGE = 2
"""Tempo words that the tempo must move before that is written: rubato within 9% is not."""
VELOCITY_STEP = 4
FIRST_PLACE = 1 + np.concatenate([[0], np.cumsum(BAR_TICKS)[:-1]])
"""For each meter the first word of its places in the bar."""
METER_OF_PLACE = np.concatenate([[0], np.repeat(np.arange(len(METERS)), BAR_TICKS)])


@dataclass(frozen=True)
class Notes(Encoding):
    """One step a note: gap since the last onset, place in the bar, pitch, duration, velocity.

    The second row says the meter, the third the tempo; both are words of the first field, and
    a tempo may change later. The place in the bar follows from what was before: it is read, never
    predicted. Chords are written upwards, so that each is written one way.

    Time stands on a grid of 24 ticks a beat. Performances whose notes keep no beat are `free`:
    a tick is 20 ms then, and there are no tempo rows. The sustain pedal is folded into durations.

    What it loses: parts and instruments (all becomes one piano), percussion, pitch bends; timing
    within 1/48 beat, or 10 ms in performances; durations above a beat and gaps within 12%; rests
    beyond 16 beats; tempo within 9%; velocity within 2; meters other than 2/4, 3/4, 4/4 and 6/8,
    or a change of meter: such pieces are read in beats without bars. Notes beyond the 88 keys
    move by octaves. A score without meters at exactly 125 bpm is what `free` pieces are decoded
    to, and is read as one.

    Attributes:
        semitones: `vary` transposes by at most so many, either way.
        stretch: `vary` changes the tempo by at most so many tempo words, either way.

    >>> from muso.music.score import Meter, Score
    >>> score = Score.of([60, 64], [0, 1], [1, 2], 80, tempo_bpm=120, meters=(Meter(0, 4, 4),))
    >>> Notes().spell(Notes().encode(score))[1:4]
    ['4/4 4/4:0', 't_120 4/4:0', 'g_0 4/4:0 n_60 d_24 v_80']
    """

    semitones: int = 5
    stretch: int = 2

    name: ClassVar[str] = "notes"
    fields: ClassVar[tuple[str, ...]] = ("gap", "place", "pitch", "duration", "velocity")
    derived: ClassVar[tuple[int, ...]] = (1,)
    pitch_field: ClassVar[int] = 2

    @cached_property
    def words(self) -> tuple[tuple[str, ...], ...]:
        """For each field its vocabulary."""
        places = [
            f"{meter}:{at}"
            for meter, length in zip(METERS, BAR_TICKS, strict=True)
            for at in range(length)
        ]
        return (
            (
                "", "begin", "end", *METERS,
                *(f"t_{bpm:.0f}" for bpm in TEMPOS_BPM), *(f"g_{ticks}" for ticks in LENGTHS),
            ),
            ("", *places),
            ("", *(f"n_{pitch}" for pitch in range(LOWEST, HIGHEST + 1))),
            ("", *(f"d_{ticks}" for ticks in LENGTHS[1:])),
            ("", *(f"v_{VELOCITY_STEP * n}" for n in range(1, 33))),
        )  # fmt: skip

    @property
    def begin(self) -> Steps:
        """The row that every piece begins with."""
        return np.array([BEGIN, 0, 0, 0, 0], np.int16)

    @property
    def pitch_words(self) -> NDArray[np.int64]:
        """The words of the 88 keys."""
        return np.arange(1, HIGHEST - LOWEST + 2)

    def encode(self, score: Score) -> Steps:
        """The score's pitched notes as rows, between a begin row and an end row.

        >>> from muso.music.midi import read_score
        >>> Notes().encode(read_score("examples/bach-bwv66-6.mid")).shape[1]
        5
        """
        layout = lay_out(score, METERS)
        meter = METERS.index(layout.meter)
        onset = _sayable(layout.onset)
        kept, duration = _durations(onset, layout)
        onset, gap = onset[kept], np.diff(onset[kept], prepend=0)
        rows = np.zeros((len(kept), 5), np.int64)
        rows[:, 0] = FIRST_GAP + np.searchsorted(LENGTHS, gap)
        rows[:, 1] = _place(np.full(len(onset), meter), onset)
        rows[:, 2] = layout.pitch[kept] - LOWEST + 1
        rows[:, 3] = duration
        rows[:, 4] = np.clip((layout.velocity[kept].astype(int) + 2) // VELOCITY_STEP, 1, 32)
        bar_line = int(FIRST_PLACE[meter])
        head = [[BEGIN, 0, 0, 0, 0], [FIRST_METER + meter, bar_line, 0, 0, 0]]
        if layout.meter != "free":
            rows = _with_tempo(rows, layout.tempo_bpm[kept], bar_line)
        return np.concatenate([head, rows, [[END, 0, 0, 0, 0]]]).astype(np.int16)

    def decode(self, steps: Steps) -> Score:
        """The piece as one part on the beat grid, with its tempo map and meter."""
        rows = steps.astype(np.int64)
        rows = rows[rows[:, 0] >= FIRST_METER]
        is_note = rows[:, 0] >= FIRST_GAP
        ticks = np.where(is_note, LENGTHS[np.maximum(rows[:, 0] - FIRST_GAP, 0)], 0)
        is_meter = rows[:, 0] < FIRST_TEMPO
        meter = int(rows[is_meter, 0][0]) - FIRST_METER if is_meter.any() else 1
        onset = np.cumsum(ticks)
        notes = rows[is_note]
        struck = onset[is_note]
        length = LENGTHS[np.clip(notes[:, 3], 1, len(LENGTHS) - 1)]
        length = np.minimum(length, np.maximum(_until_struck_again(struck, notes[:, 2]), 1))
        score = Score.of(
            np.clip(notes[:, 2], 1, HIGHEST - LOWEST + 1) + LOWEST - 1,
            struck / TICKS,
            length / TICKS,
            np.clip(notes[:, 4] * VELOCITY_STEP, 1, 127),
            tracks=(Track("Piano"),),
            tempo_bpm=FREE_BPM,
            meters=_meters(METERS[meter]),
        )
        if METERS[meter] == "free":
            return score
        return _with_tempo_map(score, rows, onset)

    def vary(self, steps: Steps, rng: np.random.Generator) -> Steps:
        """Another key within the keyboard, another tempo."""
        out = steps.astype(np.int64)
        note = out[:, 2] > 0
        if note.any():
            most_down = min(self.semitones, int(out[note, 2].min()) - 1)
            most_up = min(self.semitones, HIGHEST - LOWEST + 1 - int(out[note, 2].max()))
            out[note, 2] += rng.integers(-most_down, most_up + 1)
        shift = int(rng.integers(-self.stretch, self.stretch + 1))
        tempo = (out[:, 0] >= FIRST_TEMPO) & (out[:, 0] < FIRST_GAP)
        if tempo.any():
            out[tempo, 0] = np.clip(out[tempo, 0] + shift, FIRST_TEMPO, FIRST_GAP - 1)
            return out.astype(np.int16)
        return _stretched(out, 2.0 ** (-shift / 12)).astype(np.int16)

    def allowed(self, before: Steps, so_far: Steps) -> NDArray[np.bool_]:
        """Which words the next field may take; see `Encoding.allowed`."""
        last, made = before.astype(np.int64), so_far.astype(np.int64)
        which = made.shape[1]
        mask = np.zeros((len(last), self.sizes[which]), bool)
        if which == 0:
            self._allow_first(mask, last)
            return mask
        is_note = made[:, 0] >= FIRST_GAP
        if which == 1:
            mask[np.arange(len(last)), self._next_place(last, made[:, 0])] = True
            return mask
        mask[:, 1:] = is_note[:, None]
        mask[:, 0] = ~is_note
        if which == 2:
            # A chord is written upwards.
            chord = (made[:, 0] == FIRST_GAP) & (last[:, 2] > 0)
            below = np.arange(mask.shape[1]) <= last[:, 2:3]
            mask &= ~(chord[:, None] & below)
        return mask

    def _allow_first(self, mask: NDArray[np.bool_], before: NDArray[np.int64]) -> None:
        last, free = before[:, 0], METER_OF_PLACE[before[:, 1]] == 0
        begun = last == BEGIN
        was_meter = (last >= FIRST_METER) & (last < FIRST_TEMPO)
        was_tempo = (last >= FIRST_TEMPO) & (last < FIRST_GAP)
        was_note = last >= FIRST_GAP
        mask[:, FIRST_METER:FIRST_TEMPO] = begun[:, None]
        mask[:, FIRST_TEMPO:FIRST_GAP] = (~free & (was_meter | was_note))[:, None]
        mask[:, FIRST_GAP:] = ((free & was_meter) | was_tempo | was_note)[:, None]
        # Nothing is higher than the highest key: the chord is over.
        mask[:, FIRST_GAP] &= before[:, 2] < HIGHEST - LOWEST + 1
        mask[:, END] = was_note
        mask[(last == END) | (last == PAD), PAD] = True

    def _next_place(self, before: NDArray[np.int64], first: NDArray[np.int64]) -> NDArray[np.int64]:
        """The place that follows from the row before and the first word of the new one."""
        meter = METER_OF_PLACE[before[:, 1]]
        gap = LENGTHS[np.maximum(first - FIRST_GAP, 0)] * (first >= FIRST_GAP)
        place = _place(meter, before[:, 1] - FIRST_PLACE[meter] + gap)
        new = (first >= FIRST_METER) & (first < FIRST_TEMPO)
        place = np.where(new, FIRST_PLACE[np.clip(first - FIRST_METER, 0, len(METERS) - 1)], place)
        return np.where((first < FIRST_METER) | ((before[:, 1] == 0) & ~new), 0, place)

    def elapse(
        self, rows: Steps, tempo_bpm: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Beats that each row moves on, and the tempo in force; see `Encoding.elapse`."""
        first = rows[:, 0].astype(np.int64)
        gap = LENGTHS[np.maximum(first - FIRST_GAP, 0)] * (first >= FIRST_GAP) / TICKS
        index = np.clip(first - FIRST_TEMPO, 0, len(TEMPOS_BPM) - 1)
        tempo = (first >= FIRST_TEMPO) & (first < FIRST_GAP)
        now = np.where(tempo, TEMPOS_BPM[index], tempo_bpm)
        return gap, np.where(first == FIRST_METER, FREE_BPM, now)

    def ends(self, rows: Steps) -> NDArray[np.bool_]:
        """Whether each row is an end."""
        return np.asarray(rows[..., 0] == END)

    def pitches(self, rows: Steps) -> NDArray[np.int16]:
        """The MIDI note that each row begins, or -1."""
        return np.where(rows[..., 2] > 0, rows[..., 2] + LOWEST - 1, -1).astype(np.int16)


def _place(meter: NDArray[np.int64], ticks: NDArray[np.int64]) -> NDArray[np.int64]:
    """The word of a place in the bar, `ticks` after any bar line."""
    return np.asarray(FIRST_PLACE[meter] + ticks % np.array(BAR_TICKS)[meter])


def _sayable(onset: NDArray[np.int64]) -> NDArray[np.int64]:
    """Onsets `(note,)`, ascending, as gaps can say them.

    What a coarse gap leaves out is made up by the next one, so that nothing drifts; only a rest
    too long for any word moves all that follows.
    """
    distinct, which = np.unique(onset, return_inverse=True)
    said = np.empty(len(distinct), np.int64)
    now = cut = 0
    for n, tick in enumerate(distinct.tolist()):
        wanted = tick - cut - now
        if wanted > LENGTHS[-1]:
            cut += wanted - int(LENGTHS[-1])
            wanted = int(LENGTHS[-1])
        # Rounded down: two onsets must not fall together.
        now += int(LENGTHS[np.searchsorted(LENGTHS, wanted, side="right") - 1])
        said[n] = now
    return said[which]


def _durations(
    onset: NDArray[np.int64], layout: Layout
) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """Which notes are written, in order, and the duration word of each."""
    order = np.lexsort((-layout.length, layout.pitch, onset))
    once = np.ones(len(order), bool)
    same = (np.diff(onset[order]) == 0) & (np.diff(layout.pitch[order].astype(int)) == 0)
    once[1:] = ~same
    kept = order[once]
    until = _until_struck_again(onset[kept], layout.pitch[kept].astype(np.int64))
    choice = LENGTHS[1:]
    middle = (choice[1:] + choice[:-1]) / 2
    nearest = np.searchsorted(middle, layout.length[kept], side="left")
    fitting = np.searchsorted(choice, np.maximum(until, 1), side="right") - 1
    return kept, 1 + np.minimum(nearest, fitting)


def _until_struck_again(onset: NDArray[np.int64], pitch: NDArray[np.int64]) -> NDArray[np.int64]:
    """`(note,)` ticks until the next onset of the same pitch; very many where none comes."""
    order = np.lexsort((onset, pitch))
    gap = np.full(len(onset), np.iinfo(np.int64).max // 2)
    later = np.diff(onset[order])
    same = np.diff(pitch[order]) == 0
    gap[order[:-1]] = np.where(same, later, gap[order[:-1]])
    return gap


def _with_tempo(
    rows: NDArray[np.int64], tempo_bpm: NDArray[np.float64], bar_line: int
) -> NDArray[np.int64]:
    """The rows with a tempo row before the first and wherever the tempo has moved far."""
    nearest = np.rint(12 * np.log2(np.clip(tempo_bpm, 1, 1e4) / TEMPOS_BPM[0])).astype(int)
    word = np.clip(nearest, 0, len(TEMPOS_BPM) - 1)
    fresh = rows[:, 0] > FIRST_GAP
    at, said = [0], [int(word[0])]
    for n in np.flatnonzero(fresh).tolist():
        if abs(int(word[n]) - said[-1]) >= TEMPO_CHANGE:
            at.append(n)
            said.append(int(word[n]))
    new = np.zeros((len(at), 5), np.int64)
    new[:, 0] = FIRST_TEMPO + np.array(said)
    new[:, 1] = rows[np.maximum(np.array(at) - 1, 0), 1]
    new[0, 1] = bar_line
    return np.insert(rows, at, new, axis=0)


def _with_tempo_map(score: Score, rows: NDArray[np.int64], onset: NDArray[np.int64]) -> Score:
    tempo = np.flatnonzero((rows[:, 0] >= FIRST_TEMPO) & (rows[:, 0] < FIRST_GAP))
    bpm = TEMPOS_BPM[rows[tempo, 0] - FIRST_TEMPO]
    # A tempo holds from the note after it on.
    at = onset[np.minimum(tempo + 1, len(onset) - 1)] / TICKS
    if not len(tempo):
        return replace(score, tempo_bpm=np.array([120.0]))
    at[0] = 0.0
    last = np.append(np.diff(at) > 0, True)
    return replace(score, tempo_onset_beats=at[last], tempo_bpm=bpm[last])


def _meters(meter: str) -> tuple[Meter, ...]:
    if "/" not in meter:
        return ()
    numerator, denominator = meter.split("/")
    return (Meter(0.0, int(numerator), int(denominator)),)


def _stretched(rows: NDArray[np.int64], factor: float) -> NDArray[np.int64]:
    """A `free` piece with all times longer by `factor`."""
    note = np.flatnonzero(rows[:, 0] >= FIRST_GAP)
    if not len(note):
        return rows
    onset = np.cumsum(LENGTHS[rows[note, 0] - FIRST_GAP])
    onset = _sayable(np.rint(onset * factor).astype(np.int64))
    order = np.lexsort((-rows[note, 3], rows[note, 2], onset))
    made = rows[note[order]]
    made[:, 0] = FIRST_GAP + np.searchsorted(LENGTHS, np.diff(onset, prepend=0))
    middle = (LENGTHS[2:] + LENGTHS[1:-1]) / 2
    made[:, 3] = 1 + np.searchsorted(middle, LENGTHS[made[:, 3]] * factor)
    # Two notes of one pitch may have come together.
    twice = (np.diff(onset, prepend=-1) == 0) & (np.diff(made[:, 2], prepend=-1) == 0)
    return np.concatenate([rows[: note[0]], made[~twice], rows[note[-1] + 1 :]])
