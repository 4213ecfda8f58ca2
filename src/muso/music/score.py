"""Symbolic music: notes on a beat grid, with the tempo map that turns beats into seconds."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

DEFAULT_BPM = 120.0
"""Tempo of a file that sets none (Standard MIDI File 1.0)."""

BEND = -1
"""`Changes.number` of a pitch bend."""

HIGHEST_PITCH = 127
"""Highest MIDI note number; the lowest is 0."""

TICKS_PER_BEAT = 480
"""Grid on which scores made by muso are written."""


@dataclass(frozen=True)
class Track:
    """One part: its name, General MIDI program 0…127, and whether it is percussion (channel 10)."""

    name: str = ""
    program: int = 0
    is_drum: bool = False


@dataclass(frozen=True)
class Meter:
    """A time signature from `onset_beats` on."""

    onset_beats: float
    numerator: int
    denominator: int


@dataclass(frozen=True)
class Key:
    """A key signature from `onset_beats` on: `sharps` -7 (flats)…7, major or minor."""

    onset_beats: float
    sharps: int
    minor: bool


Mark = TypeVar("Mark", Meter, Key)


@dataclass(frozen=True, eq=False)
class Changes:
    """Continuous control: controllers (`number` 0…127, `value` 0…127) or pitch bends.

    Arrays share one shape `(change,)` and are ordered by onset. A bend has the number `BEND` and a
    value of -8192…8191.
    """

    onset_beats: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    track: NDArray[np.int16] = field(default_factory=lambda: np.zeros(0, np.int16))
    number: NDArray[np.int16] = field(default_factory=lambda: np.zeros(0, np.int16))
    value: NDArray[np.int16] = field(default_factory=lambda: np.zeros(0, np.int16))

    def between(self, start_beats: float, end_beats: float) -> Changes:
        """The changes within `[start_beats, end_beats)` and, at 0, those in force at the start."""
        before = int(np.searchsorted(self.onset_beats, start_beats, side="right"))
        end = max(int(np.searchsorted(self.onset_beats, end_beats, side="left")), before)
        earlier = np.column_stack([self.track[:before], self.number[:before]])[::-1]
        _, newest = np.unique(earlier, axis=0, return_index=True)
        kept = np.append(np.sort(before - 1 - newest), np.arange(before, end)).astype(np.intp)
        return Changes(
            np.maximum(self.onset_beats[kept] - start_beats, 0.0),
            self.track[kept],
            self.number[kept],
            self.value[kept],
        )


@dataclass(frozen=True, eq=False)
class Score:
    """A piece of symbolic music. Note arrays share one shape `(note,)`.

    Notes are ordered by onset, then pitch. Time is kept in beats (quarter notes), as written;
    seconds follow from the tempo map, whichever track of the file it stood in.

    Attributes:
        pitch: MIDI note number, 0…127 (60 is middle C).
        onset_beats: start, at least 0.
        duration_beats: length, at least 0.
        velocity: loudness, 1…127.
        track: index into `tracks`.
        tempo_onset_beats: `(tempo,)`, ascending, the first at 0.
        tempo_bpm: `(tempo,)`, quarter notes a minute, above 0.

    >>> import numpy as np
    >>> score = Score.of(pitch=[60, 64], onset_beats=[0, 1], duration_beats=[1, 1], tempo_bpm=60)
    >>> score.onset_s.tolist(), score.length_s
    ([0.0, 1.0], 2.0)
    """

    pitch: NDArray[np.uint8]
    onset_beats: NDArray[np.float64]
    duration_beats: NDArray[np.float64]
    velocity: NDArray[np.uint8]
    track: NDArray[np.int16]
    tracks: tuple[Track, ...]
    tempo_onset_beats: NDArray[np.float64]
    tempo_bpm: NDArray[np.float64]
    meters: tuple[Meter, ...] = ()
    keys: tuple[Key, ...] = ()
    changes: Changes = field(default_factory=Changes)
    ticks_per_beat: int = TICKS_PER_BEAT

    @classmethod
    def of(
        cls,
        pitch: object,
        onset_beats: object,
        duration_beats: object,
        velocity: object = 80,
        track: object = 0,
        *,
        tracks: tuple[Track, ...] = (Track(),),
        tempo_bpm: float = DEFAULT_BPM,
        meters: tuple[Meter, ...] = (),
        keys: tuple[Key, ...] = (),
    ) -> Score:
        """Build a score at one tempo from anything numpy can read, putting notes in order."""
        onsets = np.asarray(onset_beats, np.float64).reshape(-1)
        pitches = np.broadcast_to(np.asarray(pitch, np.uint8), onsets.shape)
        order = np.lexsort((pitches, onsets))

        def ordered(values: object, kind: type) -> NDArray[np.generic]:
            return np.broadcast_to(np.asarray(values, kind), onsets.shape)[order]

        return cls(
            pitch=ordered(pitch, np.uint8),  # type: ignore[arg-type]
            onset_beats=onsets[order],
            duration_beats=ordered(duration_beats, np.float64),  # type: ignore[arg-type]
            velocity=ordered(velocity, np.uint8),  # type: ignore[arg-type]
            track=ordered(track, np.int16),  # type: ignore[arg-type]
            tracks=tracks,
            tempo_onset_beats=np.zeros(1),
            tempo_bpm=np.array([float(tempo_bpm)]),
            meters=meters,
            keys=keys,
        )

    def __len__(self) -> int:
        return len(self.pitch)

    @cached_property
    def _tempo_onset_s(self) -> NDArray[np.float64]:
        gaps = np.diff(self.tempo_onset_beats) * 60.0 / self.tempo_bpm[:-1]
        return np.concatenate([[0.0], np.cumsum(gaps)])

    def seconds_at(self, beats: NDArray[np.float64]) -> NDArray[np.float64]:
        """Seconds from the start at each of `beats`, following the tempo map."""
        last = np.searchsorted(self.tempo_onset_beats, beats, side="right") - 1
        last = np.maximum(last, 0)
        since = (beats - self.tempo_onset_beats[last]) * 60.0 / self.tempo_bpm[last]
        return self._tempo_onset_s[last] + since

    def beats_at(self, seconds: NDArray[np.float64]) -> NDArray[np.float64]:
        """Beats from the start at each of `seconds`: the inverse of `seconds_at`."""
        last = np.maximum(np.searchsorted(self._tempo_onset_s, seconds, side="right") - 1, 0)
        since = (seconds - self._tempo_onset_s[last]) * self.tempo_bpm[last] / 60.0
        return self.tempo_onset_beats[last] + since

    @cached_property
    def onset_s(self) -> NDArray[np.float64]:
        """`(note,)` start of each note in seconds."""
        return self.seconds_at(self.onset_beats)

    @cached_property
    def offset_s(self) -> NDArray[np.float64]:
        """`(note,)` end of each note in seconds."""
        return self.seconds_at(self.onset_beats + self.duration_beats)

    @property
    def length_beats(self) -> float:
        """Beats from the start of the file to the end of its last note."""
        return float(np.max(self.onset_beats + self.duration_beats, initial=0.0))

    @property
    def length_s(self) -> float:
        """Seconds from the start of the file to the end of its last note."""
        return float(np.max(self.offset_s, initial=0.0))

    @property
    def pitched(self) -> NDArray[np.bool_]:
        """`(note,)` true where a note has a pitch, false for percussion."""
        drums = np.array([part.is_drum for part in self.tracks], bool)
        return ~drums[self.track] if len(drums) else np.ones(len(self), bool)

    def select(self, keep: NDArray[np.bool_]) -> Score:
        """The same score with only the notes where `keep`, shaped `(note,)`, is true."""
        return replace(
            self,
            pitch=self.pitch[keep],
            onset_beats=self.onset_beats[keep],
            duration_beats=self.duration_beats[keep],
            velocity=self.velocity[keep],
            track=self.track[keep],
        )

    def transpose(self, semitones: int) -> Score:
        """Move every pitched note by `semitones`; a note that would leave 0…127 moves by octaves.

        A note too low lands in the lowest octave, one too high in the highest. Transposing there
        and back is the identity as long as no note had to be folded like that.
        """
        moved = self.pitch.astype(np.int64) + np.where(self.pitched, semitones, 0)
        lowest_octave, highest_octave = moved % 12, HIGHEST_PITCH - (HIGHEST_PITCH - moved) % 12
        moved = np.where(moved < 0, lowest_octave, moved)
        moved = np.where(moved > HIGHEST_PITCH, highest_octave, moved)
        return replace(self, pitch=moved.astype(np.uint8))

    def between(self, start_s: float, end_s: float) -> Score:
        """The notes that start within `[start_s, end_s)`, moved so that `start_s` becomes 0.

        The tempo map, meters, keys and controllers are cut and moved with them, those in force
        at `start_s` standing at 0; notes that sound on past `end_s` are ended there.

        Args:
            start_s: seconds from the start of the score, at least 0.
            end_s: seconds from the start of the score.
        """
        start, end = (float(self.beats_at(np.array([t]))[0]) for t in (start_s, end_s))
        # Compared in seconds: the way there and back through beats can lose the note at the edge.
        kept = self.select((self.onset_s >= start_s) & (self.onset_s < end_s))
        onsets = np.maximum(kept.onset_beats - start, 0.0)
        in_force = max(int(np.searchsorted(self.tempo_onset_beats, start, side="right")) - 1, 0)
        tempos = self.tempo_onset_beats < end
        tempos[:in_force] = False
        tempos[in_force] = True
        return replace(
            kept,
            onset_beats=onsets,
            duration_beats=np.clip(end - start - onsets, 0.0, kept.duration_beats),
            tempo_onset_beats=np.maximum(self.tempo_onset_beats[tempos] - start, 0.0),
            tempo_bpm=self.tempo_bpm[tempos],
            meters=_from(self.meters, start, end),
            keys=_from(self.keys, start, end),
            changes=self.changes.between(start, end),
        )


def _from(marks: tuple[Mark, ...], start: float, end: float) -> tuple[Mark, ...]:
    """The marks in force within `[start, end)`, the one in force at `start` moved to 0."""
    current = [mark for mark in marks if mark.onset_beats <= start][-1:]
    later = [mark for mark in marks if start < mark.onset_beats < end]
    return tuple(replace(m, onset_beats=max(m.onset_beats - start, 0.0)) for m in current + later)
