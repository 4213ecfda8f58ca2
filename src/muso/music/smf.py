"""Scores as the bytes of Standard MIDI Files.

Source: Standard MIDI Files 1.0, MIDI Manufacturers Association, 1996.
"""

from __future__ import annotations

import itertools
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from muso.errors import UsageError
from muso.music.score import BEND, Score

DRUM_CHANNEL = 9
"""Counted from 0: what people call channel 10."""
PITCHED_CHANNELS = tuple(channel for channel in range(16) if channel != DRUM_CHANNEL)
"""The channels of one port that hold pitched parts."""

HIGHEST_TICK = 2**28 - 1
"""The longest wait that four bytes of seven bits can say."""

BEND_CENTRE = 8192
"""What a file says for no bend."""
BEAT_US = (1, 2**24 - 1)
"""What three bytes can say of a beat's length in microseconds."""

META = 0xFF
TRACK_NAME, PORT, END_OF_TRACK, SET_TEMPO, TIME_SIGNATURE, KEY_SIGNATURE = (
    0x03, 0x21, 0x2F, 0x51, 0x58, 0x59,
)  # fmt: skip
END = bytes([0, META, END_OF_TRACK, 0])
"""Every track's last event."""
NOTE_OFF, NOTE_ON, CONTROL, PROGRAM, PITCH_BEND = 0x80, 0x90, 0xB0, 0xC0, 0xE0


def format_score(score: Score) -> bytes:
    """The bytes that `write_score` writes."""
    _check_times(score)
    seats = itertools.count()
    tracks = [_conductor(score)]
    for number, part in enumerate(score.tracks):
        port, place = (0, 0) if part.is_drum else divmod(next(seats), len(PITCHED_CHANNELS))
        channel = DRUM_CHANNEL if part.is_drum else PITCHED_CHANNELS[place]
        prelude = [(TRACK_NAME, _text(part.name))] if part.name else []
        prelude += [(PORT, bytes([port % 128]))] if port else []
        tracks.append(_part_track(prelude, *_messages(score, number, part.program, channel)))
    return _file_bytes(score.ticks_per_beat, tracks)


def _check_times(score: Score) -> None:
    if not 1 <= score.ticks_per_beat < 2**15:
        raise UsageError(f"{score.ticks_per_beat} ticks a beat don't fit a MIDI file; use 480")
    marks = [meter.onset_beats for meter in score.meters] + [key.onset_beats for key in score.keys]
    ends = score.onset_beats + score.duration_beats
    other = (score.tempo_onset_beats, score.changes.onset_beats, np.array(marks, np.float64))
    times = np.concatenate([score.onset_beats, score.duration_beats, ends, *other])
    last_beat = HIGHEST_TICK / score.ticks_per_beat - 1
    if not np.all((times >= 0) & (times <= last_beat)):
        raise UsageError(
            f"a MIDI file at {score.ticks_per_beat} ticks a beat holds times from 0 to "
            f"{last_beat:,.0f} beats, and this score has others; mend or cut it"
        )


def _ticks(score: Score, beats: Any) -> NDArray[np.int64]:
    return np.rint(np.asarray(beats, np.float64) * score.ticks_per_beat).astype(np.int64)


def _text(name: str) -> bytes:
    """At most 127 bytes of `name` in UTF-8, cut between letters."""
    return name.encode("utf-8", "replace")[:127].decode("utf-8", "ignore").encode()


def _conductor(score: Score) -> bytes:
    """The first track: tempo map, meters and keys."""
    events = []
    for beat, bpm in zip(score.tempo_onset_beats, score.tempo_bpm, strict=True):
        beat_us = int(np.clip(np.rint(60e6 / bpm), *BEAT_US))
        events.append((int(_ticks(score, beat)), SET_TEMPO, beat_us.to_bytes(3, "big")))
    for meter in score.meters:
        power = meter.denominator.bit_length() - 1
        # 24 MIDI clocks a click and 8 thirty-seconds a beat: the standard's usual values.
        data = bytes([meter.numerator, power, 24, 8])
        events.append((int(_ticks(score, meter.onset_beats)), TIME_SIGNATURE, data))
    for key in score.keys:
        data = bytes([key.sharps & 0xFF, key.minor])
        events.append((int(_ticks(score, key.onset_beats)), KEY_SIGNATURE, data))
    return _meta_track(events)


def _messages(
    score: Score, number: int, program: int, channel: int
) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Ticks and `(message, byte)` rows of one part, in the order they stand in its track."""
    mine = np.flatnonzero(score.track == number)
    end_beats = score.onset_beats[mine] + score.duration_beats[mine]
    # Of notes struck together on one pitch the shortest comes first, as readers end them so.
    mine = mine[np.lexsort((end_beats, score.onset_beats[mine]))]
    start = _ticks(score, score.onset_beats[mine])
    end = np.maximum(_ticks(score, score.onset_beats[mine] + score.duration_beats[mine]), start + 1)
    pitch, velocity = score.pitch[mine], np.clip(score.velocity[mine], 1, 127)
    changes = score.changes
    turned = np.flatnonzero(changes.track == number)
    bent = changes.number[turned] == BEND
    value = changes.value[turned] + np.where(bent, BEND_CENTRE, 0)
    # One row a group: ticks, status, first and second data byte. The groups' order is the order
    # within a tick: a pitch struck again must be ended first.
    groups: list[tuple[Any, Any, Any, Any]] = [
        ([0], PROGRAM, [program], 0),
        (end, NOTE_OFF, pitch, 0),
        (
            _ticks(score, changes.onset_beats[turned]),
            np.where(bent, PITCH_BEND, CONTROL),
            np.where(bent, value & 0x7F, changes.number[turned]),
            np.where(bent, value >> 7, value),
        ),
        (start, NOTE_ON, pitch, velocity),
    ]
    tick = np.concatenate([group[0] for group in groups])
    rows = [np.column_stack(np.broadcast_arrays(*group[1:])) for group in groups]
    messages = np.concatenate(rows)
    if messages[:, 1:].max() > 127 or messages.min() < 0:
        raise UsageError(f"track {number} has a pitch, program or change outside MIDI's 0…127")
    order = np.argsort(tick, kind="stable")
    messages = messages[order] | np.array([channel, 0, 0])
    return tick[order].astype(np.int64), messages.astype(np.uint8)


def _file_bytes(ticks_per_beat: int, tracks: list[bytes]) -> bytes:
    """A type 1 file of `tracks`, each the bytes of its events."""
    header = struct.pack(">4sIHHH", b"MThd", 6, 1, len(tracks), ticks_per_beat)
    chunks = (struct.pack(">4sI", b"MTrk", len(track)) + track for track in tracks)
    return header + b"".join(chunks)


def _meta_track(events: list[tuple[int, int, bytes]]) -> bytes:
    """The track of `events`, each a tick, a meta type and its data of at most 127 bytes."""
    written, now = b"", 0
    for tick, kind, data in sorted(events, key=lambda event: event[0]):
        wait = np.array([tick - now])
        written += _seven_bits(wait)[_said(wait)].tobytes()
        written += bytes([META, kind, len(data)]) + data
        now = tick
    return written + END


def _part_track(
    prelude: list[tuple[int, bytes]], tick: NDArray[np.int64], messages: NDArray[np.uint8]
) -> bytes:
    """The track of one part.

    Args:
        prelude: meta types and their data of at most 127 bytes, all at tick 0.
        tick: `(message,)` ascending, 0…`HIGHEST_TICK`.
        messages: `(message, byte)` status and two data bytes; a program change has but one.
    """
    head = b"".join(b"\0" + bytes([META, kind, len(data)]) + data for kind, data in prelude)
    wait = np.diff(tick, prepend=0)
    rows = np.hstack([_seven_bits(wait), messages])
    used = np.hstack([_said(wait), np.ones(messages.shape, bool)])
    used[:, -1] = messages[:, 0] & 0xF0 != PROGRAM
    return head + bytes(rows[used]) + END


def _seven_bits(wait: NDArray[np.int64]) -> NDArray[np.uint8]:
    """`(message, 4)` groups of seven bits, highest first, all but the last flagged."""
    groups = (wait[:, None] >> np.array([21, 14, 7, 0])) & 0x7F
    flagged: NDArray[np.uint8] = (groups | np.array([0x80, 0x80, 0x80, 0])).astype(np.uint8)
    return flagged


def _said(wait: NDArray[np.int64]) -> NDArray[np.bool_]:
    """`(message, 4)` which of the groups are written: leading zeros are left out."""
    said: NDArray[np.bool_] = wait[:, None] >= np.array([1 << 21, 1 << 14, 1 << 7, 0])
    return said
