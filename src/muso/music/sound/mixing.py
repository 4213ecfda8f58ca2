"""Strokes summed to sound, block by block, each track through its fader."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from muso.music.score import Score
from muso.music.sound.controls import Bend, bend_of, fader_of
from muso.music.sound.notes import Notes, Struck
from muso.music.sound.strokes import Strokes, strokes_of
from muso.music.sound.tone import LOUDNESS, interpolated

BLOCK = 65_536
"""Frames mixed at a time."""
LOUDEST = 0.126
"""RMS (-18 dB) to which the loudest moment of a score is brought down, never up."""
FADE_S = 0.1
"""Fade of what has rung out."""
FALL = 7.0
"""A release falls as `exp(-FALL * t)` (60 dB), then straight to nothing."""


@dataclass(frozen=True, eq=False)
class Sounding:
    """One stroke under way, in samples of the whole piece."""

    struck: Struck
    track: int
    gain: float
    start: int
    release: int
    end: int


def mixed(score: Score, sample_rate: int) -> Iterator[NDArray[np.float32]]:
    """The dry sound of `score` as blocks `(channel, sample)`, the last one shorter."""
    strokes = strokes_of(score)
    notes = Notes(sample_rate)
    faders = [fader_of(score, track) for track in range(len(score.tracks))]
    bends = [bend_of(score, track) for track in range(len(score.tracks))]
    master = min(1.0, LOUDEST / max(strokes.loudest() * LOUDNESS, 1e-9))
    first = np.rint(strokes.start_s * sample_rate).astype(np.int64)
    under_way: list[Sounding] = []
    begun, start = 0, 0
    while begun < len(strokes) or under_way:
        until = int(np.searchsorted(first, start + BLOCK, side="left"))
        for index in range(begun, until):
            under_way.append(_begin(strokes, index, notes, sample_rate))
        begun = until
        block = np.zeros((2, BLOCK), np.float32)
        for track in sorted({sound.track for sound in under_way}):
            mine = [sound for sound in under_way if sound.track == track]
            bus = _bus(mine, start, bends[track], notes, sample_rate)
            block += bus * (faders[track].over(start, BLOCK, sample_rate) * np.float32(master))
        last = max((sound.end for sound in under_way), default=start + BLOCK)
        under_way = [sound for sound in under_way if sound.end > start + BLOCK]
        more = bool(under_way) or begun < len(strokes)
        yield block if more else block[:, : min(max(last - start, 1), BLOCK)]
        start += BLOCK


def _begin(strokes: Strokes, index: int, notes: Notes, sample_rate: int) -> Sounding:
    struck = (int(strokes.voice[index]), int(strokes.pitch[index]), int(strokes.layer[index]))
    ring_s, damping_s = notes.lasts_s(struck)
    start_s = float(strokes.start_s[index])
    release_s = float(strokes.release_s[index])
    fade_s = min(damping_s, float(strokes.fade_s[index]))
    if start_s + ring_s < release_s:
        release_s, fade_s = start_s + ring_s, FADE_S
    start = round(start_s * sample_rate)
    release = max(round(release_s * sample_rate), start)
    end = release + max(round(fade_s * sample_rate), 1)
    return Sounding(
        struck, int(strokes.track[index]), float(strokes.gain[index]), start, release, end
    )


def _bus(
    sounds: list[Sounding], start: int, bend: Bend | None, notes: Notes, sample_rate: int
) -> NDArray[np.float32]:
    """The sum of one track's sounds over a block."""
    bus = np.zeros((2, BLOCK), np.float32)
    for sound in sounds:
        begin, end = max(sound.start, start), min(sound.end, start + BLOCK)
        if begin >= end:
            continue
        out = bus[:, begin - start : end - start]
        gain = _envelope(sound, begin, end)
        if bend is not None and bend.bends(sound.start / sample_rate, end / sample_rate):
            out += _bent(sound, begin, end, bend, notes, sample_rate) * gain
        else:
            notes.add(sound.struck, begin - sound.start, gain, out)
    return bus


def _envelope(sound: Sounding, begin: int, end: int) -> NDArray[np.float32]:
    """A stroke's gain from `begin` to `end`, `(1,)` as long as it is held."""
    if end <= sound.release:
        return np.full(1, sound.gain, np.float32)
    gain = np.full(end - begin, sound.gain, np.float32)
    let_go = max(sound.release, begin)
    since = np.arange(let_go - sound.release, end - sound.release, dtype=np.float32)
    falling = np.exp(since * np.float32(-FALL / (sound.end - sound.release)))
    floor = float(np.exp(-FALL))
    gain[let_go - begin :] = (falling - floor) * (sound.gain / (1.0 - floor))
    return gain


def _bent(
    sound: Sounding, begin: int, end: int, bend: Bend, notes: Notes, sample_rate: int
) -> NDArray[np.float32]:
    """A stroke's samples with its pitch bent: its recording read at another speed."""
    times_s = np.arange(begin, end) / sample_rate
    origin = bend.clock(np.array([sound.start / sample_rate]))
    position = (bend.clock(times_s) - origin) * sample_rate
    first = int(position[0]) - 1
    window = notes.window(sound.struck, first, int(position[-1]) - first + 4)
    return interpolated(window, position - first)
