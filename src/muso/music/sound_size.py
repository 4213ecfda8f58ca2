"""How many bytes of sound the header of an uncompressed audio file promises, and how many follow.

WAV, RF64, W64, AIFF, CAF and AU say it ahead of the sound. A file cut short says too much, and
what writes to a pipe can't know, and says 0 or the most that there is room for. libsndfile takes
some of that by its word, and finds nothing or refuses; so it is shown the true size instead.
"""

from __future__ import annotations

import io
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

NOT_TOLD = 2**31 - 2**16
"""So many bytes, and more, are claimed by what can't know how many come."""
MOST_CHUNKS = 1000
"""Looked at ahead of the sound; real files have a few."""
IN_DS64 = 2**32 - 1
"""Said by RF64 where the size stands in its first chunk, which is made for larger numbers."""


@dataclass(frozen=True)
class _Layout:
    """Of a container that is a row of chunks.

    Attributes:
        first: where the first chunk begins.
        head: of a chunk, as `struct` has it: its name and its size, in bytes.
        sound: the name of the chunk of sound.
        ahead: bytes of that chunk before its sound.
        own: bytes of its own head that the size of a chunk counts.
        step: chunks begin at multiples of it.
    """

    first: int
    head: str
    sound: bytes
    ahead: int = 0
    own: int = 0
    step: int = 2


_LAYOUTS = {
    b"RIFF": _Layout(12, "<4sI", b"data"),
    b"RIFX": _Layout(12, ">4sI", b"data"),
    b"RF64": _Layout(12, "<4sI", b"data"),
    b"FORM": _Layout(12, ">4sI", b"SSND", ahead=8),
    b"caff": _Layout(8, ">4sq", b"data", ahead=4, step=1),
    b"riff": _Layout(40, "<4s12xq", b"data", own=24, step=8),
}


@dataclass(frozen=True)
class SoundSize:
    """What a header says of the bytes of sound that follow it.

    Attributes:
        claimed: so many, by the header; None where it doesn't tell. Nothing is claimed in earnest
            where other chunks, as of tags, fill the rest of the file.
        held: so many are there.
        at, mended: where in the file the size stands, and what would stand there were it true;
            nothing where it is.
    """

    claimed: int | None
    held: int
    at: int
    mended: bytes


def read_sound_size(path: str | os.PathLike[str]) -> SoundSize | None:
    """What the header of the file at `path` says; None of other formats."""
    with Path(path).open("rb") as file:
        start = file.read(12)
        end = file.seek(0, io.SEEK_END)
        if start[:4] in (b".snd", b"dns."):
            form = ">I" if start[:1] == b"." else "<I"
            begin, size = (struct.unpack_from(form, start.ljust(12), at)[0] for at in (4, 8))
            return _sound_size(8, form, size, 0, end - begin, is_empty=False)
        layout = _LAYOUTS.get(start[:4])
        found = _find(file, layout, end) if layout else None
        if layout is None or found is None:
            return None
        at, size = found
        head = struct.calcsize(layout.head)
        held = end - at - head - layout.ahead
        counted = layout.ahead + layout.own
        is_empty = _chunks_fill(file, layout, at + head + layout.ahead, end)
        form = layout.head[0] + layout.head[-1]
        if start[:4] == b"RF64" and size == IN_DS64:
            # Its first chunk: a name, a size, the size of the file, and this.
            file.seek(28)
            size = int.from_bytes(file.read(8), "little")
            return _sound_size(28, "<q", size, 0, held, is_empty)
        return _sound_size(at + head - struct.calcsize(form), form, size, counted, held, is_empty)


def open_mended(path: str | os.PathLike[str], size: SoundSize) -> IO[bytes]:
    """The file at `path`, to be read, with the true size of its sound in its header."""
    return _Mended(path, size.at, size.mended)


def _sound_size(
    at: int, form: str, size: int, counted: int, held: int, is_empty: bool
) -> SoundSize:
    told = counted < size < NOT_TOLD or (size == counted and is_empty)
    claimed = size - counted if told else None
    true = claimed is not None and claimed <= held
    # Of a file too large for the field libsndfile has to make what it can.
    fits = 0 < held + counted < NOT_TOLD
    mended = struct.pack(form, held + counted) if fits and not true else b""
    return SoundSize(claimed, max(held, 0), at, mended)


def _find(file: IO[bytes], layout: _Layout, end: int) -> tuple[int, int] | None:
    """Where the chunk of sound begins and what it says of its size; None where there is none."""
    for at, name, size, _ in _chunks(file, layout, layout.first, end):
        if name == layout.sound:
            return at, size
    return None


def _chunks_fill(file: IO[bytes], layout: _Layout, at: int, end: int) -> bool:
    """Whether chunks with names in letters follow one another from `at` on, up to the end."""
    for _, name, _, after in _chunks(file, layout, at, end):
        if not (name.isascii() and name.decode("ascii").isprintable()):
            return False
        at = after
    return end <= at < end + layout.step


def _chunks(
    file: IO[bytes], layout: _Layout, at: int, end: int
) -> Iterator[tuple[int, bytes, int, int]]:
    """Of each chunk from `at` on: where it begins, its name, its size, where the next begins."""
    head = struct.calcsize(layout.head)
    for _ in range(MOST_CHUNKS):
        if at + head > end:
            return
        file.seek(at)
        name, size = struct.unpack(layout.head, file.read(head))
        after = at + head - layout.own + max(size, layout.own)
        after += -after % layout.step
        yield at, name, size, after
        if size < layout.own:
            return
        at = after


class _Mended(io.FileIO):
    """A file of which the bytes from `at` on read as `content`."""

    def __init__(self, path: str | os.PathLike[str], at: int, content: bytes) -> None:
        super().__init__(os.fspath(path))
        self._at, self._content = at, content

    def readinto(self, buffer: Any) -> int:
        start = self.tell()
        count = super().readinto(buffer) or 0
        first = max(start, self._at)
        end = min(start + count, self._at + len(self._content))
        if first < end:
            there = self._content[first - self._at : end - self._at]
            memoryview(buffer).cast("B")[first - start : end - start] = there
        return count
