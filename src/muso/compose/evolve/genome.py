"""The genome of a phrase, four bits a note, and the music that it stands for.

Each note's code is 0…15. Where pauses are wanted, 8 or more is a rest; otherwise the low three
bits are a degree of the scale. Equal neighbours tie. Each further step adds the third above.
Genomes are kept as arrays of codes, `(phrase, note)`, so that whole broods are bred at once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from muso.errors import UsageError
from muso.music.scale import (
    FLAT_NAMES,
    SEMITONES,
    SHARP_NAMES,
    find_scale,
    key_signature,
    pitch_class,
    scale_pitches,
)
from muso.music.score import Meter, Score, Track

Genomes = NDArray[np.uint8]
"""`(phrase, note)` codes 0…15."""

BITS = 4
"""A note."""
DEGREES = 8
"""Degrees that a code can name: 0…7."""
REST = -1
"""The degree that stands for silence."""
BEATS_A_BAR = 4
VELOCITY = 90

MOST_WINDOWS = 64
"""Phrases taken from one score: more than any population holds."""

WOODBLOCK_HIGH, WOODBLOCK_LOW = 76, 77
"""General MIDI percussion keys, for the first beat of a bar and the others."""


@dataclass(frozen=True)
class Form:
    """What all phrases of a population have in common.

    Attributes:
        bars: of four beats, 1…64.
        notes_a_bar: slots that a bar is cut into, 1…16.
        steps: pitches a note, 1…5: each further one is the third above in the scale.
        pauses: whether codes of 8 and more are rests.
        key: name of the root, `C`, `C#`, `Db` … `B`.
        scale: a name in `muso.music.scale.SCALES`.
        octave: of the root, 0…8; 4 starts at middle C.
        bpm: quarter notes a minute, 20…400.
        metronome: whether a percussion track marks the beats.
        program: General MIDI instrument, 0…127.

    Raises:
        UsageError: a value out of its range, or no such key or scale.

    >>> Form(bars=2, key="Db", scale="dorian").slots
    8
    """

    bars: int = 8
    notes_a_bar: int = 4
    steps: int = 1
    pauses: bool = True
    key: str = "C"
    scale: str = "major"
    octave: int = 4
    bpm: float = 128.0
    metronome: bool = False
    program: int = 0

    def __post_init__(self) -> None:
        within("bars", self.bars, 1, 64)
        within("notes_a_bar", self.notes_a_bar, 1, 16)
        within("steps", self.steps, 1, 5)
        within("octave", self.octave, 0, 8)
        within("bpm", self.bpm, 20, 400, whole=False)
        within("program", self.program, 0, 127)
        pitch_class(self.key)
        top = int(scale_pitches(self.key, self.scale, self.octave, self.top_degree))
        if top > 127:
            raise UsageError(
                f"octave {self.octave} with {self.steps} steps reaches MIDI note {top}, "
                "past 127: choose a lower octave or fewer steps"
            )

    @property
    def slots(self) -> int:
        """Notes a genome holds."""
        return self.bars * self.notes_a_bar

    @property
    def top_degree(self) -> int:
        """The highest degree that a phrase can sound, with all its thirds."""
        return DEGREES - 1 + 2 * (self.steps - 1)

    @property
    def slot_beats(self) -> float:
        """Length of one slot in beats."""
        return BEATS_A_BAR / self.notes_a_bar


def within(name: str, value: float, low: float, high: float, whole: bool = True) -> None:
    """Refuse a `value` outside `low…high`, or with a fraction where `whole` numbers are wanted.

    Raises:
        UsageError: with the name and the range in its message.

    >>> within("bars", 8, 1, 64)
    """
    number = isinstance(value, int | float | np.integer | np.floating) and value == value
    fits = number and not isinstance(value, bool) and low <= value <= high
    if not fits or (whole and value != int(value)):
        kind = "a whole number" if whole else "a number"
        raise UsageError(f"{name} must be {kind} from {low} to {high}, not {value!r}")


def degrees_of(genomes: Genomes, form: Form) -> NDArray[np.int8]:
    """`(phrase, note)` degrees 0…7 that codes of the same shape stand for, `REST` for silence.

    >>> degrees_of(np.array([[0, 7, 8, 15]], np.uint8), Form()).tolist()
    [[0, 7, -1, -1]]
    """
    degrees = (genomes & (DEGREES - 1)).astype(np.int8)
    return np.where(genomes >= DEGREES, np.int8(REST), degrees) if form.pauses else degrees


def plain(genomes: Genomes, form: Form) -> Genomes:
    """Genomes that sound the same, written in one way only: every rest is 8, no unused bit.

    >>> plain(np.array([[3, 11, 15]], np.uint8), Form()).tolist()
    [[3, 8, 8]]
    """
    degrees = degrees_of(genomes, form)
    return np.where(degrees == REST, DEGREES, degrees).astype(np.uint8)


def decode(genome: Genomes, form: Form) -> Score:
    """The music of one genome, shaped `(note,)`, with its tempo, meter and key signature.

    >>> score = decode(np.array([0, 0, 8, 4], np.uint8), Form(bars=1))
    >>> score.pitch.tolist(), score.onset_beats.tolist(), score.duration_beats.tolist()
    ([60, 67], [0.0, 3.0], [2.0, 1.0])
    """
    degrees = degrees_of(genome[None], form)[0]
    starts = np.flatnonzero(np.diff(degrees, prepend=REST - 1) != 0)
    lengths = np.diff(starts, append=len(degrees))
    sounding = degrees[starts] != REST
    onset = starts[sounding] * form.slot_beats
    duration = lengths[sounding] * form.slot_beats
    thirds = 2 * np.arange(form.steps)
    pitch = scale_pitches(
        form.key, form.scale, form.octave, degrees[starts[sounding], None] + thirds
    )
    tracks = [Track("melody", form.program)]
    notes = (pitch.ravel(), np.repeat(onset, form.steps), np.repeat(duration, form.steps))
    part = np.zeros(pitch.size, np.int16)
    if form.metronome:
        beats = np.arange(form.bars * BEATS_A_BAR)
        clicks = np.where(beats % BEATS_A_BAR == 0, WOODBLOCK_HIGH, WOODBLOCK_LOW)
        notes = (
            np.append(notes[0], clicks),
            np.append(notes[1], beats),
            np.append(notes[2], np.full(len(beats), 0.25)),
        )
        part = np.append(part, np.ones(len(beats), np.int16))
        tracks.append(Track("metronome", 0, is_drum=True))
    signature = key_signature(form.key, form.scale)
    return Score.of(
        *notes,
        velocity=VELOCITY,
        track=part,
        tracks=tuple(tracks),
        tempo_bpm=form.bpm,
        meters=(Meter(0.0, BEATS_A_BAR, 4),),
        keys=(signature,) if signature else (),
    )


def from_score(score: Score, form: Form) -> Genomes:
    """Genomes `(window, note)` of a score's melody, cut into phrases of the form's length.

    The melody is the highest pitched note at each slot; onsets and ends are rounded to slots.
    A pitch becomes the nearest degree, moved by octaves where the genome does not reach it; a
    note struck again on the same degree ties, for the genome knows no other way. Windows follow
    each other from the first note's bar; silent ones and repeats are left out, and so is what
    comes after the first 64. Without pauses, silence holds the note before it.

    Raises:
        UsageError: no pitched notes in the score.

    >>> from muso.music.midi import read_score
    >>> from_score(read_score("examples/brahms-wiegenlied.mid"), Form(key="Eb")).shape[1]
    32
    """
    line = _melody(score, form)
    if not form.pauses:
        heard = np.maximum.accumulate(np.where(line >= 0, np.arange(len(line)), -1))
        line = line[np.maximum(heard, int(np.argmax(line >= 0)))]
    reachable = scale_pitches(form.key, form.scale, form.octave, np.arange(DEGREES))
    pitches = np.arange(128)
    low, high = int(reachable[0]), int(reachable[-1])
    down = np.ceil((pitches - high) / SEMITONES).clip(0)
    up = np.ceil((low - pitches) / SEMITONES).clip(0)
    folded = pitches + SEMITONES * (up - down)
    nearest = np.argmin(np.abs(folded[:, None] - reachable), axis=1)
    codes = np.where(line < 0, DEGREES, nearest[line]).astype(np.uint8)
    windows = codes.reshape(-1, form.slots)
    windows = windows[(windows < DEGREES).any(axis=1)]
    _, first = np.unique(windows, axis=0, return_index=True)
    return windows[np.sort(first)]


def _melody(score: Score, form: Form) -> NDArray[np.int64]:
    """`(slot,)` the highest MIDI note in each slot, -1 for none, in whole windows."""
    notes = score.select(score.pitched)
    if len(notes) == 0:
        raise UsageError("this score has no pitched notes to breed from: give another")
    bar = np.floor(notes.onset_beats[0] / BEATS_A_BAR) * BEATS_A_BAR
    most = MOST_WINDOWS * form.slots
    slots = np.stack([notes.onset_beats, notes.onset_beats + notes.duration_beats]) - bar
    start, end = np.rint(slots / form.slot_beats).astype(np.int64)
    kept = start < most
    start, pitch = start[kept], notes.pitch[kept]
    end = np.clip(end[kept], start + 1, most)
    length = -(-int(end.max()) // form.slots) * form.slots
    edges = np.zeros((128, length + 1), np.int32)
    np.add.at(edges, (pitch, start), 1)
    np.subtract.at(edges, (pitch, end), 1)
    sounding = np.cumsum(edges[:, :length], axis=1) > 0
    line: NDArray[np.int64] = np.where(sounding, np.arange(128)[:, None], -1).max(axis=0)
    return line


def form_for(score: Score, form: Form) -> Form:
    """`form` with the key, octave and tempo in which its scale fits `score` best.

    The key is the one whose scale holds most of the sounding time, the root and the fifth
    above counting a little more; the octave is the one nearest to the melody's median.

    >>> from muso.music.midi import read_score
    >>> fitted = form_for(read_score("examples/brahms-wiegenlied.mid"), Form())
    >>> fitted.key, fitted.octave
    ('Eb', 4)
    """
    melody = _melody(score, form)
    notes = score.select(score.pitched)
    sounding = np.bincount(notes.pitch % SEMITONES, notes.duration_beats, SEMITONES)
    weight = np.zeros(SEMITONES)
    weight[list(find_scale(form.scale))] = 1.0
    weight[[0, 7]] += 0.1
    key = _spelled(int(np.argmax([sounding @ np.roll(weight, k) for k in range(SEMITONES)])), form)
    middle = float(np.median(melody[melody >= 0]))
    lowest, highest, top = (
        scale_pitches(key, form.scale, 0, degree) + SEMITONES * np.arange(9)
        for degree in (0, DEGREES - 1, form.top_degree)
    )
    away = np.abs((lowest + highest) / 2 - middle)
    octave = int(np.argmin(np.where(top <= 127, away, np.inf)))
    bpm = float(np.clip(score.tempo_bpm[0], 20, 400))
    return replace(form, key=key, octave=octave, bpm=bpm)


def _spelled(root: int, form: Form) -> str:
    """The name of pitch class `root` that takes the fewer accidentals in the form's scale."""
    names = (SHARP_NAMES[root], FLAT_NAMES[root])
    signatures = {name: key_signature(name, form.scale) for name in names}
    return min(names, key=lambda n: abs(s.sharps) if (s := signatures[n]) else SEMITONES)


def write_genome(genome: Genomes) -> str:
    """One genome, shaped `(note,)`, as text: a hexadecimal digit a note.

    >>> write_genome(np.array([0, 9, 15], np.uint8))
    '09f'
    """
    return "".join(f"{code:x}" for code in genome.tolist())


def read_genome(text: str, form: Form) -> Genomes:
    """The genome `(note,)` that `write_genome` wrote.

    Raises:
        UsageError: other signs, or not as many as the form has slots.

    >>> read_genome("0089", Form(bars=1)).tolist()
    [0, 0, 8, 9]
    """
    if len(text) != form.slots or any(sign not in "0123456789abcdef" for sign in text):
        raise UsageError(
            f"a genome of {form.bars} bars has {form.slots} signs of 0…9 and a…f, not {text!r}"
        )
    return np.array([int(sign, 16) for sign in text], np.uint8)
