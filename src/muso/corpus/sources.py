"""Every file of music in a folder or an archive, archives within them opened."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from muso.corpus.archives import LIMITS, OTHER_SUFFIXES, SUFFIX, Member, list_members, open_archive
from muso.corpus.folders import list_folder
from muso.errors import FileError, TooLong
from muso.music.files import opening
from muso.music.media import media_of

LITTER = ("__MACOSX",)
"""Folders that a system leaves in archives beside the files."""


@dataclass(frozen=True)
class Found:
    """A file of music where it was found.

    Attributes:
        source: the file itself, or the outermost archive.
        archives: places of the archives within that archive on the way to it.
        index: its place in the innermost archive; None for a plain file.
        name: its path as if every archive had been unpacked where it lies, with `/`.
        origin: where it is, for people.
        size: bytes.
        archive: the archive it lies in, for people; empty for a plain file.
        stated: checksum as the archive says; None for a plain file.
    """

    source: Path
    archives: tuple[int, ...]
    index: int | None
    name: str
    origin: str
    size: int
    archive: str = ""
    stated: int | None = None

    @cached_property
    def crc(self) -> int:
        """The checksum of its content; a plain file is read for it, once."""
        if self.stated is not None:
            return self.stated
        with opening(self.source):
            return zlib.crc32(self.source.read_bytes())

    def same_as(self, other: Found) -> bool:
        """Whether two files have the same content, as far as 32 bits of checksum tell."""
        return self.size == other.size and self.crc == other.crc


def find_files(source: Path) -> tuple[list[Found], list[tuple[str, str]]]:
    """Find every file of music in a folder or a zip archive.

    Returns:
        the files, and what is left out with the reason. Archives in the folder that can't be
        opened or aren't safe are left out; for `source` itself that is an error.

    Raises:
        FileError: `source` can't be read, or is an archive that is not safe to unpack.

    >>> files, left_out = find_files(Path("examples"))
    >>> files[0].name, left_out[0]
    ('bach-bwv244-62.mid', ('README.md', 'not music'))
    """
    search = _Search()
    if not source.is_dir():
        search.look_into(source, (), "", shown_as=source.name)
        return search.found, search.left_out
    listing = list_folder(source, suffixes=("",))  # every file ends with nothing
    for name in listing.files:
        path = source / name
        if name.lower().endswith(SUFFIX):
            try:
                search.look_into(path, (), name, shown_as=name)
            except FileError as error:
                search.left_out.append((name, str(error)))
        elif media_of(name):
            with opening(path):
                size = path.stat().st_size
            search.found.append(Found(path, (), None, name, name, size))
        else:
            search.left_out.append((name, _of_no_use(name)))
    search.left_out.extend((str(path), "this folder may not be read") for path in listing.closed)
    search.left_out.extend((name, "a link that leads nowhere") for name in listing.dangling)
    return search.found, search.left_out


class _Search:
    """What has been found so far, counted against the limits of all archives together."""

    def __init__(self) -> None:
        self.found: list[Found] = []
        self.left_out: list[tuple[str, str]] = []
        self._members = 0
        self._bytes = 0

    def look_into(self, source: Path, archives: tuple[int, ...], name: str, shown_as: str) -> None:
        """Add the files of one archive.

        Args:
            source: the outermost archive. archives: the way to this one within it.
            name: where this one lies, as if all were unpacked; empty for the very first.
            shown_as: what to call it.
        """
        with open_archive(source, archives) as archive:
            members = list_members(archive, source)
        self._count(members, source)
        folder = _unpacked_into(name, members)
        for member in members:
            origin = f"{shown_as}!{member.name}"
            target = folder + member.name
            parts = member.name.split("/")
            if any(part in LITTER or part.startswith(".") for part in parts):
                continue
            if member.name.lower().endswith(SUFFIX):
                self._look_deeper(source, (*archives, member.index), target, origin)
            elif media_of(member.name):
                content = (member.size, shown_as, member.crc)
                self.found.append(Found(source, archives, member.index, target, origin, *content))
            else:
                self.left_out.append((origin, _of_no_use(member.name)))

    def _look_deeper(
        self, source: Path, archives: tuple[int, ...], name: str, shown_as: str
    ) -> None:
        if len(archives) >= LIMITS.depth:
            self.left_out.append((shown_as, "archives within archives within archives"))
            return
        try:
            self.look_into(source, archives, name, shown_as)
        except FileError as error:
            self.left_out.append((shown_as, error.cause))

    def _count(self, members: tuple[Member, ...], source: Path) -> None:
        self._members += len(members)
        self._bytes += sum(member.size for member in members)
        if self._members > LIMITS.members or self._bytes > LIMITS.total_bytes:
            raise TooLong(
                source,
                f"its archives together hold {self._members:,} files of "
                f"{self._bytes / 2**20:,.0f} MiB",
                "don't trust it",
            )


def _unpacked_into(name: str, members: tuple[Member, ...]) -> str:
    """The folder an archive's files go to: its own name for loose ones, else where it lies."""
    if not name:
        return ""
    loose = any("/" not in member.name and media_of(member.name) for member in members)
    if loose:
        return name[: -len(SUFFIX)] + "/"
    return name.rpartition("/")[0] + "/" if "/" in name else ""


def _of_no_use(name: str) -> str:
    if name.lower().endswith(OTHER_SUFFIXES):
        return "an archive of a kind that muso can't open; unpack it first"
    return "not music"
