"""Zip archives, looked into without trusting them."""

from __future__ import annotations

import io
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO

from muso.errors import DamagedFile, TooLong, WrongFormat
from muso.music.files import opening

SUFFIX = ".zip"

OTHER_SUFFIXES = (".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz")
"""Archives that are not opened here."""


@dataclass(frozen=True)
class Limits:
    """What an archive may at most unpack to.

    Attributes:
        members: how many files.
        total_bytes: all of them together.
        member_bytes: one of them.
        ratio: unpacked to packed size, of one and of all; text packs 20 times, MIDI 10, a bomb
            1,000.
        depth: archives within archives within archives.
    """

    members: int = 200_000
    total_bytes: int = 16 * 2**30
    member_bytes: int = 2**30
    ratio: float = 200.0
    depth: int = 3


LIMITS = Limits()

ENCRYPTED = 1
"""The flag of an archive's file that asks for a password."""

SMALL_BYTES = 2**20
"""Below this no file is a bomb, however well it packs."""

SMALL_ARCHIVE_BYTES = 16 * 2**20
"""The same for an archive of many files that are each too small to tell."""


@dataclass(frozen=True)
class Member:
    """A file in an archive.

    Attributes:
        name: its path with `/`, without `.` and such.
        index: its place in the archive, which may hold two files of one name.
        size: bytes, unpacked.
        crc: checksum of its content, as the archive says.
    """

    name: str
    index: int
    size: int
    crc: int


def list_members(
    archive: zipfile.ZipFile, path: Path, limits: Limits = LIMITS
) -> tuple[Member, ...]:
    """The files of an archive, if all of it is safe to unpack.

    Args:
        archive: open.
        path: what to call it in errors.
        limits: what it may at most unpack to.

    Raises:
        WrongFormat: a member would land outside the folder it is unpacked in, or is a link.
        TooLong: past a limit.
    """
    places = [(at, info) for at, info in enumerate(archive.infolist()) if not info.is_dir()]
    infos = [info for _, info in places]
    if len(infos) > limits.members:
        raise TooLong(path, f"it holds {len(infos):,} files; the limit is {limits.members:,}")
    total = sum(info.file_size for info in infos)
    largest = max((info.file_size for info in infos), default=0)
    if total > limits.total_bytes or largest > limits.member_bytes:
        raise TooLong(path, f"it would unpack to {total / 2**20:,.0f} MiB", "don't trust it")
    for info in infos:
        what = f"its file {info.filename!r}"
        _check_ratio(what, info.file_size, info.compress_size, SMALL_BYTES, path, limits)
    packed = sum(info.compress_size for info in infos)
    _check_ratio("all of it", total, packed, SMALL_ARCHIVE_BYTES, path, limits)
    return tuple(Member(_safe(info, path), at, info.file_size, info.CRC) for at, info in places)


def _check_ratio(what: str, size: int, packed: int, small: int, path: Path, limits: Limits) -> None:
    times = size / max(packed, 1)
    if size > small and times > limits.ratio:
        raise TooLong(
            path,
            f"{what} would unpack to {times:,.0f} times its size, as a bomb does",
            "don't trust it",
        )


def _safe(info: zipfile.ZipInfo, path: Path) -> str:
    name = info.filename
    # Seen as Windows sees it, backslashes part folders too and drives are told.
    parts = PureWindowsPath(name)
    if parts.drive or parts.root or ".." in parts.parts:
        raise WrongFormat(
            path, f"its file {name!r} would land outside the folder", "don't trust it"
        )
    if stat.S_ISLNK(info.external_attr >> 16):
        raise WrongFormat(path, f"its file {name!r} is a link", "unpack it by hand")
    return "/".join(PurePosixPath(parts.as_posix()).parts)


@contextmanager
def open_archive(path: Path, inner: tuple[int, ...] = ()) -> Iterator[zipfile.ZipFile]:
    """Open an archive, or one within it.

    Args:
        path: the outermost archive.
        inner: the places of those on the way to the wanted one; each is read into memory.

    Raises:
        DamagedFile: no zip archive, or a broken one. FileError: it can't be read.
    """
    with opening(path), path.open("rb") as file, _zip(file, path) as outer:
        archive = outer
        for index in inner:
            archive = _zip(io.BytesIO(read_member(archive, index, path)), path)
        yield archive


def read_member(archive: zipfile.ZipFile, index: int, path: Path) -> bytes:
    """The content of one file of an archive, its checksum verified.

    Raises:
        DamagedFile: broken, or packed in a way that can't be read. TooLong: past the limit.
    """
    info = archive.infolist()[index]
    stored = info.filename
    try:
        with archive.open(info) as member:
            content = member.read(LIMITS.member_bytes + 1)
    except (RuntimeError, NotImplementedError) as error:  # a password, an unknown method
        why = "it asks for a password" if info.flag_bits & ENCRYPTED else str(error)
        raise DamagedFile(
            path, f"its file {stored!r} can't be unpacked ({why})", "unpack it by hand"
        ) from None
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError) as error:
        raise DamagedFile(
            path, f"its file {stored!r} is broken ({error})", "download it again"
        ) from None
    if len(content) > LIMITS.member_bytes:
        raise TooLong(path, f"its file {stored!r} is larger than it says", "don't trust it")
    return content


def _zip(file: IO[bytes], path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(file)
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise DamagedFile(
            path, f"this is no whole zip archive ({error})", "download it again"
        ) from None
