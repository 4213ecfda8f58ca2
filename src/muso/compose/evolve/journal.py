"""A file of records that is only ever added to, each on the disk before it counts.

One JSON object a line, with a checksum. A last line without its end was being written when
the program was killed, and was never acknowledged: it is dropped. Any other broken line is
damage.
"""

from __future__ import annotations

import json
import os
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from muso.errors import DamagedFile, FileError
from muso.music.files import opening, read_bytes, whole

Record = dict[str, Any]

MOST_BYTES = 256 * 2**20
"""Some hundred thousand generations."""


@dataclass(frozen=True)
class Contents:
    """What a journal holds.

    Attributes:
        records: the readable ones, in order, with the number of their line, from 1.
        broken: numbers of lines that can't be read.
        length: bytes up to the end of the last whole line.
    """

    records: tuple[tuple[int, Record], ...]
    broken: tuple[int, ...]
    length: int


def encode_record(record: Record) -> bytes:
    """One line, with its checksum.

    >>> encode_record({"what": "undo"})
    b'{"what": "undo", "crc": 1037855914}\\n'
    """
    content = json.dumps(record, allow_nan=False)
    return json.dumps({**record, "crc": zlib.crc32(content.encode())}).encode() + b"\n"


def decode_record(line: bytes) -> Record | None:
    """The record in a line, or None if it is broken.

    >>> decode_record(encode_record({"what": "undo"})), decode_record(b'{"what": "undo"}')
    ({'what': 'undo'}, None)
    """
    try:
        record = json.loads(line)
        crc = record.pop("crc")
        return record if crc == zlib.crc32(json.dumps(record).encode()) else None
    except (ValueError, AttributeError, KeyError, TypeError, RecursionError):
        return None


def read_journal(path: str | os.PathLike[str]) -> Contents:
    """All that can be read of the journal at `path`.

    Raises:
        MissingFile, NoPermission, EmptyFile, TooLong, FileError: it can't be opened.
    """
    content = read_bytes(path, MOST_BYTES)
    lines = content.split(b"\n")[:-1]
    decoded = [(number, decode_record(line)) for number, line in enumerate(lines, start=1)]
    return Contents(
        records=tuple((number, record) for number, record in decoded if record is not None),
        broken=tuple(number for number, record in decoded if record is None),
        length=sum(len(line) + 1 for line in lines),
    )


class Journal:
    """A journal open for adding to. `length` is how much of the file is known to be whole."""

    def __init__(self, path: Path, length: int) -> None:
        self.path = path
        self._length = length
        with opening(path):
            self._file: BinaryIO = path.open("r+b", buffering=0)

    def _drop_half_a_line(self) -> None:
        """Cut what a killed program left unfinished, and nothing that another one wrote whole.

        Only before adding, so that who merely reads a session never touches its file.
        """
        size = self._file.seek(0, os.SEEK_END)
        self._file.seek(min(self._length, size))
        if size < self._length or b"\n" in self._file.read():
            raise FileError(
                self.path, "another program changed this session", "close it and resume here"
            )
        self._file.truncate(self._length)
        self._file.seek(self._length)

    def add(self, record: Record) -> None:
        """Write `record`; when this returns, no crash can lose it.

        Raises:
            FileError: another program wrote to the journal meanwhile, or the disk is full;
                nothing was added.
        """
        with opening(self.path):
            self._drop_half_a_line()
            line = encode_record(record)
            try:
                if self._file.write(line) != len(line):
                    raise FileError(self.path, "the disk is full", "make room and try again")
                os.fsync(self._file.fileno())
            except (OSError, FileError):
                self._file.truncate(self._length)
                raise
            self._length += len(line)

    def close(self) -> None:
        """Let the file go; it is whole at any moment, so this saves nothing."""
        self._file.close()


def write_journal(path: Path, records: list[Record]) -> Journal:
    """A new journal with `records`, written whole or not at all, and open for more."""
    content = b"".join(encode_record(record) for record in records)
    with whole(path) as unfinished, unfinished.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return Journal(path, len(content))


def damaged(path: str | os.PathLike[str], line: int, cause: str) -> DamagedFile:
    """The error for a journal that can't be read past `line`."""
    return DamagedFile(
        path, f"line {line} is damaged ({cause})", "mend it: what can be read will be kept"
    )
