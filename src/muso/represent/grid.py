"""Where the notes of a score stand on a grid of ticks: in bars, in beats, or free in seconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from muso.music.score import Meter, Score

TICKS = 24
"""Ticks a beat: thirty-seconds and sixteenth triplets both fall on them."""
FREE_BPM = 125.0
"""At this tempo a tick is 20 ms; `free` pieces are written at it."""
FREE_TICKS_PER_S = FREE_BPM / 60 * TICKS
REGULAR = 0.6
"""Mean resultant length (Mardia 1972) of onsets on a grid of sixteenths or of triplets, from which
on they keep a beat. Transcribed performances have 0.02 to 0.4, others 0.9."""
MAIN_METER = 0.9
"""Share of a piece that one meter must hold for its bars to count."""
SUSTAIN, PRESSED = 64, 64
LOWEST, HIGHEST = 21, 108
"""The keys of a piano, as MIDI notes."""


@dataclass(frozen=True, eq=False)
class Layout:
    """The pitched notes of a score in ticks. Arrays are `(note,)`, by onset, then pitch.

    Attributes:
        meter: `free` (ticks are 20 ms), `beats` (24 a beat, no bars) or a time signature.
        onset: from the bar line, beat or note that begins the piece.
        length: at least 1, the sustain pedal included.
        pitch, velocity: as in a score, the pitch moved by octaves onto the 88 keys.
        tempo_bpm: in force at each note's onset.
    """

    meter: str
    onset: NDArray[np.int64]
    length: NDArray[np.int64]
    pitch: NDArray[np.uint8]
    velocity: NDArray[np.uint8]
    tempo_bpm: NDArray[np.float64]


def lay_out(score: Score, meters: Sequence[str]) -> Layout:
    """Find the grid that a score keeps, and where its notes stand on it.

    Args:
        score: percussion is left out.
        meters: the time signatures whose bars count, such as `4/4`.

    >>> from muso.music.score import Score
    >>> layout = lay_out(Score.of([60, 62], [8.0, 9.5], [1, 1]), ("4/4",))
    >>> layout.meter, layout.onset.tolist()
    ('beats', [0, 36])
    """
    ends_beats = _sustained(score)[score.pitched]
    notes = score.select(score.pitched)
    pitch = on_keyboard(notes.pitch)
    last = np.searchsorted(notes.tempo_onset_beats, notes.onset_beats + 1e-9, side="right") - 1
    tempo_bpm = notes.tempo_bpm[np.maximum(last, 0)]
    if is_free(notes):
        onset_s, end_s = notes.onset_s, notes.seconds_at(ends_beats)
        onset = np.rint(onset_s * FREE_TICKS_PER_S)
        length = np.rint((end_s - onset_s) * FREE_TICKS_PER_S)
        meter, bar, origin = "free", 1.0, 0.0
    else:
        shift = _misplaced_beats(notes.onset_beats)
        meter, bar, origin = _bars(notes, meters, shift)
        onset = np.rint((notes.onset_beats - origin) * TICKS)
        length = np.rint((ends_beats - notes.onset_beats) * TICKS)
        bar *= TICKS
    start = np.floor(onset[0] / bar) * bar if len(onset) else 0.0
    onset = (onset - start).astype(np.int64)
    # Moving by octaves changes the order, and so does rounding to one tick.
    order = np.lexsort((pitch, onset))
    return Layout(
        meter,
        onset[order],
        np.maximum(length, 1).astype(np.int64)[order],
        pitch[order],
        notes.velocity[order],
        tempo_bpm[order],
    )


def is_free(score: Score) -> bool:
    """Whether the notes keep no beat, as in transcriptions of performances.

    A score without meters at exactly `FREE_BPM` says so itself.
    """
    if not len(score) or (not score.meters and score.tempo_bpm.tolist() == [FREE_BPM]):
        return True
    if _on_ticks(score.onset_beats):
        return False
    return max(abs(_resultant(score.onset_beats, parts)) for parts in (4, 6)) < REGULAR


def on_keyboard(pitch: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Pitches beyond the 88 keys moved onto them by octaves.

    >>> on_keyboard(np.array([10, 60, 127], np.uint8)).tolist()
    [22, 60, 103]
    """
    low = np.maximum(LOWEST - pitch.astype(np.int64), 0)
    high = np.maximum(pitch.astype(np.int64) - HIGHEST, 0)
    return np.asarray(pitch + 12 * (-(-low // 12)) - 12 * (-(-high // 12)), np.uint8)


def _on_ticks(onset_beats: NDArray[np.float64]) -> bool:
    ticks = onset_beats * TICKS
    return bool(np.abs(ticks - np.rint(ticks)).max(initial=0.0) < 1e-4)


def _resultant(onset_beats: NDArray[np.float64], parts: int) -> complex:
    """The mean direction of onsets on a circle of `1 / parts` beat."""
    return complex(np.exp(2j * np.pi * parts * onset_beats).mean())


def _misplaced_beats(onset_beats: NDArray[np.float64]) -> float:
    """How far the beat of the notes lies behind that of the file, which may begin anywhere."""
    if _on_ticks(onset_beats):
        return 0.0
    sixteenth = float(np.angle(_resultant(onset_beats, 4))) / (2 * np.pi) / 4
    if abs(sixteenth) < 1 / (2 * TICKS):
        return 0.0
    beat = float(np.angle(_resultant(onset_beats, 1))) / (2 * np.pi)
    return sixteenth + round((beat - sixteenth) * 4) / 4


def _bars(score: Score, meters: Sequence[str], shift: float) -> tuple[str, float, float]:
    """The meter, the beats of its bar, and the beat at which one begins."""
    end = max(score.length_beats, 1e-9)
    ends = [*(meter.onset_beats for meter in score.meters), end][1:]
    held: dict[str, float] = {}
    first: dict[str, Meter] = {}
    for meter, until in zip(score.meters, ends, strict=False):
        name = f"{meter.numerator}/{meter.denominator}"
        held[name] = held.get(name, 0.0) + max(until - meter.onset_beats, 0.0)
        first.setdefault(name, meter)
    main = max(held, key=lambda name: held[name], default="")
    if main not in meters or held[main] < MAIN_METER * end or shift:
        return "beats", 1.0, shift
    meter = first[main]
    return main, 4 * meter.numerator / meter.denominator, meter.onset_beats


def _sustained(score: Score) -> NDArray[np.float64]:
    """`(note,)` the beat at which each note ends, held on while its track's pedal is down."""
    end = score.onset_beats + score.duration_beats
    pedal = score.changes.number == SUSTAIN
    for track in np.unique(score.changes.track[pedal]):
        mine = pedal & (score.changes.track == track)
        at, down = score.changes.onset_beats[mine], score.changes.value[mine] >= PRESSED
        change = np.flatnonzero(np.append(True, np.diff(down.astype(np.int8)) != 0))
        at, down = at[change], down[change]
        notes = np.flatnonzero(score.track == track)
        last = np.searchsorted(at, end[notes], side="right") - 1
        held = (last >= 0) & down[np.maximum(last, 0)]
        # A pedal never let go holds nothing: it is a fault of the file.
        released = np.append(at, np.nan)[np.minimum(last + 1, len(at))]
        end[notes] = np.where(held & ~np.isnan(released), released, end[notes])
    return np.asarray(end)
