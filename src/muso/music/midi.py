"""Standard MIDI files to `Score` and back. symusic reads the notes.

Source: Standard MIDI Files 1.0, MIDI Manufacturers Association, 1996.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from muso.errors import DamagedFile, EmptyFile, TooLong, WrongFormat
from muso.music.files import check_size, read_bytes, whole
from muso.music.score import BEND, DEFAULT_BPM, Changes, Key, Mark, Meter, Score, Track
from muso.music.smf import PROGRAM, format_score

__all__ = [
    "BEND",
    "MAX_BYTES",
    "MAX_LENGTH_S",
    "MAX_NOTES",
    "SUFFIXES",
    "Limits",
    "format_score",
    "parse_score",
    "read_score",
    "write_score",
]

SUFFIXES = (".mid", ".midi", ".kar", ".rmi")

MAX_BYTES = 8 * 2**20
"""A symphony takes under 1 MiB, and `MAX_NOTES` about 4."""
MAX_NOTES = 500_000
"""About ten times the longest opera."""
MAX_LENGTH_S = 6 * 3600.0
"""Some 30 bytes can claim days of music, and whatever lays it on a grid would ask for them all."""

SHORTEST_BEAT_S = 0.01
"""Shorter ones are read as this, so that a limit in seconds is one in beats too."""
MAX_PARTS = 2**15 - 1
"""What the 16 bits of `Score.track` can count; symusic takes some 5 KiB for each."""
FRAMES_PER_S = {24: 24.0, 25: 25.0, 29: 30 * 1000 / 1001, 30: 30.0}
"""SMPTE time code; 29 stands for the drop-frame count of colour television."""


@dataclass(frozen=True)
class Limits:
    """What a score may at most ask for before reading it is refused."""

    bytes: int = MAX_BYTES
    notes: int = MAX_NOTES
    length_s: float = MAX_LENGTH_S


def read_score(path: str | os.PathLike[str], limits: Limits = Limits()) -> Score:
    """Read a Standard MIDI File.

    Args:
        path: the file; type 0, 1 or 2, also within a RIFF (`.rmi`) wrapper.
        limits: what it may at most ask for.

    Raises:
        WrongFormat: not MIDI. DamagedFile: MIDI, but broken. EmptyFile: no notes.
        TooLong: past a limit. MissingFile, NoPermission, FileError: can't be opened.

    >>> score = read_score("examples/bach-bwv66-6.mid")
    >>> len(score), score.pitch.dtype
    (163, dtype('uint8'))
    """
    return parse_score(read_bytes(path, limits.bytes), path, limits)


def parse_score(
    content: bytes, path: str | os.PathLike[str] = "<memory>", limits: Limits = Limits()
) -> Score:
    """`read_score` for a file already in memory; `path` names it in errors."""
    import symusic

    check_size(content, path, limits.bytes)
    midi, division = _unwrap(content, path)
    _check_parts(midi, path)
    try:
        source = symusic.Score.from_midi(midi)
    except Exception as error:
        # symusic raises bare RuntimeErrors and more for broken content.
        cause = str(error).split(": iostream")[0].removeprefix("MiniMidi: ") or type(error).__name__
        raise DamagedFile(path, f"the MIDI is damaged ({cause})", "export it again") from None
    score = _converted(source, division, path, limits)
    if score.length_s > limits.length_s:
        raise TooLong(
            path,
            f"it claims {score.length_s:,.0f} s of music; the limit is {limits.length_s:,.0f}",
            "cut it, or mend its times",
        )
    return score


def write_score(score: Score, path: str | os.PathLike[str]) -> None:
    """Write a type 1 Standard MIDI File, whole or not at all.

    Onsets and durations are rounded to `score.ticks_per_beat`; a note lasts at least one tick.
    Percussion stands on channel 10, every other part on a channel of its own; from the sixteenth
    part on they count anew on a further port. Where one part starts a pitch again while it
    sounds, MIDI can't say which of the two ends first: readers take the one that began first.

    Raises:
        UsageError: the score has times that a MIDI file can't hold.
        MissingFile, NoPermission, FileError: the file can't be written.

    >>> import tempfile, pathlib
    >>> file = pathlib.Path(tempfile.mkdtemp(), "c.mid")
    >>> write_score(Score.of([60], [0.0], [1.0]), file)
    >>> read_score(file).pitch.tolist()
    [60]
    """
    content = format_score(score)
    with whole(path) as unfinished:
        unfinished.write_bytes(content)


@dataclass(frozen=True)
class _Division:
    """How a file counts time: ticks a beat, and the tempo where time code fixes it."""

    ticks_per_beat: int
    tempo_bpm: float | None


def _unwrap(content: bytes, path: str | os.PathLike[str]) -> tuple[bytes, _Division]:
    """The plain MIDI within `content` and its time division.

    A RIFF wrapper, further header fields and a division in time code are taken off: what is
    returned has the six-byte header and the ticks a beat that every reader knows.

    Raises:
        WrongFormat, DamagedFile: not MIDI, or a header that can't be.
    """
    if content[:4] == b"RIFF" and content[8:12] == b"RMID":
        content = _riff_data(content)
    if content[:4] != b"MThd":
        raise WrongFormat(path, "this is not a MIDI file", "give a file that starts with MThd")
    if len(content) < 14:
        raise DamagedFile(path, "the MIDI header is cut short", "copy or download it again")
    length = struct.unpack_from(">I", content, 4)[0]
    if not 6 <= length <= len(content) - 8:
        raise DamagedFile(path, f"its MIDI header claims {length} bytes", "export it again")
    division = _division(content[12:14], path)
    header = struct.pack(">4sI4sH", b"MThd", 6, content[8:12], division.ticks_per_beat)
    return header + content[8 + length :], division


def _riff_data(content: bytes) -> bytes:
    start = max(content.find(b"MThd"), 0)
    if content[start - 8 : start - 4] != b"data":
        return content[start:]
    return content[start : start + struct.unpack_from("<I", content, start - 4)[0]]


def _division(field: bytes, path: str | os.PathLike[str]) -> _Division:
    ticks = struct.unpack(">h", field)[0]
    if ticks > 0:
        return _Division(ticks, None)
    frames, resolution = FRAMES_PER_S.get(256 - field[0]), field[1]
    if ticks == 0 or frames is None or resolution == 0:
        raise DamagedFile(path, "its header gives no usable time division", "export it again")
    # A beat of about half a second that keeps every tick whole, and its exact tempo.
    ticks_per_beat = max(1, round(frames * resolution * 60 / DEFAULT_BPM))
    return _Division(ticks_per_beat, frames * resolution * 60 / ticks_per_beat)


def _check_parts(midi: bytes, path: str | os.PathLike[str]) -> None:
    """symusic makes a part of each channel of a track and of each program it changes to."""
    is_program_change = (np.frombuffer(midi, np.uint8) & 0xF0) == PROGRAM
    most = 16 * midi.count(b"MTrk") + int(np.count_nonzero(is_program_change))
    if most > MAX_PARTS:
        raise TooLong(path, f"it asks for {most:,} parts; the limit is {MAX_PARTS:,}", "cut it")


def _converted(
    source: Any, division: _Division, path: str | os.PathLike[str], limits: Limits
) -> Score:
    parts = [track for track in source.tracks if track.note_num()]
    count = source.note_num()
    if count == 0:
        raise EmptyFile(path, "the MIDI holds no notes", "export it with its notes")
    if count > limits.notes:
        raise TooLong(path, f"it holds {count:,} notes; the limit is {limits.notes:,}", "cut it")
    per_beat = float(division.ticks_per_beat)
    columns = [track.notes.numpy() for track in parts]

    def column(name: str) -> NDArray[Any]:
        return np.concatenate([notes[name] for notes in columns])

    pitch, onset, duration = column("pitch").astype(np.uint8), column("time"), column("duration")
    order = np.lexsort((pitch, onset))
    tempo_onset_beats, tempo_bpm = _tempos(source.tempos.numpy(), division)
    score = Score(
        pitch=pitch[order],
        onset_beats=onset[order] / per_beat,
        duration_beats=duration[order] / per_beat,
        velocity=column("velocity").astype(np.uint8)[order],
        track=np.repeat(np.arange(len(parts)), [len(notes["time"]) for notes in columns]).astype(
            np.int16
        )[order],
        tracks=tuple(Track(part.name, part.program, part.is_drum) for part in parts),
        tempo_onset_beats=tempo_onset_beats,
        tempo_bpm=tempo_bpm,
        meters=_meters(source.time_signatures.numpy(), per_beat),
        keys=_keys(source.key_signatures.numpy(), per_beat),
        changes=_changes(parts, per_beat),
        ticks_per_beat=division.ticks_per_beat,
    )
    if not _starts_at_0(score) or duration.min() < 0:
        # symusic counts ticks in 32 bits: these have run over.
        raise DamagedFile(path, "the MIDI holds impossible times", "export it again")
    return score


def _starts_at_0(score: Score) -> bool:
    """Whether nothing stands before 0; all that has an onset is ordered by it."""
    onsets = [score.onset_beats[0], score.tempo_onset_beats[0], *score.changes.onset_beats[:1]]
    onsets += [meter.onset_beats for meter in score.meters[:1]]
    onsets += [key.onset_beats for key in score.keys[:1]]
    return bool(min(onsets) >= 0)


def _tempos(
    columns: dict[str, NDArray[Any]], division: _Division
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The tempo map of all tracks together, in order, starting at 0, without repeats."""
    if division.tempo_bpm is not None:
        return np.zeros(1), np.array([division.tempo_bpm])
    possible = columns["mspq"] > 0
    at = columns["time"][possible] / float(division.ticks_per_beat)
    beat_s = np.maximum(columns["mspq"][possible] / 1e6, SHORTEST_BEAT_S)
    order = np.argsort(at, kind="stable")
    at, bpm = at[order], 60.0 / beat_s[order]
    last_of_its_time = np.append(np.diff(at) > 0, True)[: len(at)]
    at, bpm = at[last_of_its_time], bpm[last_of_its_time]
    if len(at) == 0 or at[0] > 0:
        at, bpm = np.append(0.0, at), np.append(DEFAULT_BPM, bpm)
    changed = np.append(True, np.diff(bpm) != 0)
    return at[changed], bpm[changed]


def _meters(columns: dict[str, NDArray[Any]], per_beat: float) -> tuple[Meter, ...]:
    rows = _rows(columns, "time", "numerator", "denominator")
    return _once([Meter(t / per_beat, n, d) for t, n, d in rows if n > 0 and d > 0])


def _keys(columns: dict[str, NDArray[Any]], per_beat: float) -> tuple[Key, ...]:
    rows = _rows(columns, "time", "key", "tonality")
    return _once([Key(t / per_beat, k, m == 1) for t, k, m in rows if -7 <= k <= 7])


def _rows(columns: dict[str, NDArray[Any]], *names: str) -> list[tuple[int, ...]]:
    """The events as tuples, in order of time, of those at one time the last alone."""
    table = np.column_stack([columns[name] for name in names])
    table = table[np.argsort(table[:, 0], kind="stable")]
    last_of_its_time = np.append(np.diff(table[:, 0]) > 0, True)[: len(table)]
    return [tuple(row) for row in table[last_of_its_time].tolist()]


def _once(marks: list[Mark]) -> tuple[Mark, ...]:
    """`marks` without those that only repeat the one before."""
    kept: list[Mark] = []
    for mark in marks:
        if not kept or replace(mark, onset_beats=kept[-1].onset_beats) != kept[-1]:
            kept.append(mark)
    return tuple(kept)


def _changes(parts: list[Any], per_beat: float) -> Changes:
    rows = []
    for number, part in enumerate(parts):
        controls, bends = part.controls.numpy(), part.pitch_bends.numpy()
        bends["number"] = np.full(len(bends["time"]), BEND)
        for columns in (controls, bends):
            if count := len(columns["time"]):
                track = np.full(count, number)
                rows.append((columns["time"], track, columns["number"], columns["value"]))
    if not rows:
        return Changes()
    ticks, *others = (np.concatenate(column) for column in zip(*rows, strict=True))
    order = np.argsort(ticks, kind="stable")
    track, code, value = (column[order].astype(np.int16) for column in others)
    return Changes(ticks[order] / per_beat, track, code, value)
