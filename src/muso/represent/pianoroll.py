"""The piano roll on a grid of seconds: which pitches sound in which frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from muso.errors import UsageError
from muso.music.score import Score
from muso.represent.view import Slices, View, check_least

CHANNELS = ("sounding", "velocity", "instrument", "timing", "onset")
"""What a cell can tell.

sounding: 1 while a note sounds. velocity: of the latest note there, 0…1.
instrument: (General MIDI program + 1) / 128 of the latest note. timing: where in its first
frame a note begins, 0 (at its start)…1, kept while it sounds; what a performer adds to the
grid. onset: 1 in the frame where a note begins.
"""
PITCHES = 128


@dataclass(frozen=True, eq=False)
class Frames:
    """A score's pitched notes on a frame grid, arrays `(note,)`, ordered by onset."""

    start: NDArray[np.int32]
    end: NDArray[np.int32]
    pitch: NDArray[np.int32]
    velocity: NDArray[np.float32]
    instrument: NDArray[np.float32]
    timing: NDArray[np.float32]
    count: int


def frames_of(score: Score, frames_per_s: float) -> Frames:
    """Lay the pitched notes of `score` on a grid of `frames_per_s`; a note lasts a frame or more.

    >>> frames_of(Score.of([60], [1.0], [1.0], tempo_bpm=60), 10).start.tolist()
    [10]
    """
    keep = score.pitched
    if not keep.any():
        keep = np.ones(len(score), bool)
    start_s, end_s = score.onset_s[keep] * frames_per_s, score.offset_s[keep] * frames_per_s
    # A note that ends within a thousandth of a frame past an edge belongs before it.
    start = np.floor(start_s + 1e-3).astype(np.int32)
    end = np.maximum(np.ceil(end_s - 1e-3).astype(np.int32), start + 1)
    programs = np.array([track.program for track in score.tracks], np.float32)
    return Frames(
        start=start,
        end=end,
        pitch=score.pitch[keep].astype(np.int32),
        velocity=(score.velocity[keep] / 127).astype(np.float32),
        instrument=((programs[score.track[keep]] + 1) / 128).astype(np.float32),
        timing=np.clip(start_s - start, 0, 1).astype(np.float32),
        count=int(end.max()),
    )


def roll(
    frames: Frames,
    first: int,
    count: int,
    channels: tuple[str, ...] = ("sounding",),
    lowest: int = 0,
    pitches: int = PITCHES,
) -> NDArray[np.float32]:
    """The frames `[first, first + count)` as an array `(channel, pitch, frame)`, values 0…1.

    Frames before the start or past the end are silent.
    """
    inside = (frames.end > first) & (frames.start < first + count)
    inside &= (frames.pitch >= lowest) & (frames.pitch < lowest + pitches)
    pitch = frames.pitch[inside] - lowest
    start = frames.start[inside] - first
    end = np.minimum(frames.end[inside] - first, count)
    from_ = np.maximum(start, 0)
    out = np.zeros((len(channels), pitches, count), np.float32)
    begun = start >= 0
    for number, channel in enumerate(channels):
        if channel == "sounding":
            _fill_sounding(out[number], pitch, from_, end)
        elif channel == "onset":
            out[number, pitch[begun], start[begun]] = 1
        else:
            told = getattr(frames, channel)[inside].tolist()
            # One by one: where notes of one pitch overlap, the earlier goes on after the later.
            notes = zip(pitch.tolist(), from_.tolist(), end.tolist(), told, strict=True)
            for row, begin, stop, value in notes:
                out[number, row, begin:stop] = value
    return out


def _fill_sounding(
    out: NDArray[np.float32],
    pitch: NDArray[np.int32],
    start: NDArray[np.int32],
    end: NDArray[np.int32],
) -> None:
    """Set `out` `(pitch, frame)` to 1 while a note sounds.

    A difference array summed along time, for the pitches that come up: most of a score is
    silence.
    """
    rows, row = np.unique(pitch, return_inverse=True)
    width = out.shape[1] + 1
    edges = np.zeros((len(rows), width), np.int32)
    np.add.at(edges.reshape(-1), row * width + start, 1)
    np.add.at(edges.reshape(-1), row * width + end, -1)
    np.cumsum(edges, axis=1, dtype=np.int32, out=edges)
    out[rows] = edges[:, :-1] > 0


@dataclass(frozen=True)
class PianoRoll(View):
    """Windows of a piano roll, spread over the piece; the last one is padded with silence.

    Attributes:
        frames_per_s: grid, frames a second.
        frames: length of a window, frames.
        channels: some of `CHANNELS`.
        lowest, pitches: the band of MIDI pitches kept.
        most: the most windows a piece is cut into; they are spread evenly over longer pieces.
        transpose: training moves a window by up to this many semitones either way.
        stretch: training plays a window up to this share faster or slower.
    """

    name: ClassVar[str] = "pianoroll"
    media: ClassVar[str] = "score"

    frames_per_s: int = 10
    frames: int = 150
    channels: tuple[str, ...] = ("sounding",)
    lowest: int = 0
    pitches: int = PITCHES
    most: int = 8
    transpose: int = 0
    stretch: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "channels", tuple(self.channels))
        unknown = set(self.channels) - set(CHANNELS)
        if unknown:
            raise UsageError(f"no piano roll channel {unknown}; there are {', '.join(CHANNELS)}")
        least = dict.fromkeys(("frames_per_s", "frames", "pitches", "most"), 1)
        check_least(self, least | dict.fromkeys(("lowest", "transpose", "stretch"), 0))

    @property
    def shape(self) -> tuple[int, ...]:
        return len(self.channels), self.pitches, self.frames

    def prepare(self, piece: Score) -> Frames:
        return frames_of(piece, self.frames_per_s)

    def cut(self, prepared: Frames) -> Slices:
        windows = max(1, -(-prepared.count // self.frames))
        if windows <= self.most:
            firsts = np.arange(windows) * self.frames
        else:
            firsts = np.linspace(0, prepared.count - self.frames, self.most).astype(int)
        values = np.stack([self._window(prepared, int(first)) for first in firsts])
        ends = np.minimum(firsts + self.frames, prepared.count)
        return Slices(values, firsts / self.frames_per_s, ends / self.frames_per_s)

    def draw(self, prepared: Frames, rng: np.random.Generator) -> NDArray[np.float32]:
        shift = int(rng.integers(-self.transpose, self.transpose + 1))
        factor = float(np.exp(rng.uniform(-self.stretch, self.stretch)))
        start = (prepared.start * factor).astype(np.int32)
        varied = Frames(
            start=start,
            end=np.maximum((prepared.end * factor).astype(np.int32), start + 1),
            pitch=prepared.pitch + shift,
            velocity=prepared.velocity,
            instrument=prepared.instrument,
            timing=prepared.timing,
            count=max(1, int(prepared.count * factor)),
        )
        first = int(rng.integers(0, max(1, varied.count - self.frames + 1)))
        return self._window(varied, first)

    def weight(self, prepared: Frames) -> int:
        return int(np.clip(-(-prepared.count // self.frames), 1, self.most))

    def _window(self, frames: Frames, first: int) -> NDArray[np.float32]:
        return roll(frames, first, self.frames, self.channels, self.lowest, self.pitches)
