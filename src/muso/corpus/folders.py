"""What lies in a folder: every file of music below it, in one fixed order."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from muso.errors import FileError
from muso.music.files import opening
from muso.music.media import SUFFIXES

KNOWN = tuple(suffix for suffixes in SUFFIXES.values() for suffix in suffixes)


@dataclass(frozen=True)
class Listing:
    """The files below a folder.

    Attributes:
        files: paths relative to the folder, with `/`, sorted.
        passed_over: how many files were left out: hidden, or of another kind.
        closed: folders that may not be read.
        dangling: links to nothing, paths as in `files`; among those passed over.
    """

    files: tuple[str, ...]
    passed_over: int
    closed: tuple[Path, ...]
    dangling: tuple[str, ...] = ()


def list_folder(folder: str | os.PathLike[str], suffixes: tuple[str, ...] = KNOWN) -> Listing:
    """List the files below `folder`, whatever the order the system gives them in.

    Hidden files and folders are passed over. Linked folders are followed, each folder once,
    so that a link that leads back up ends.

    Args:
        folder: where to look.
        suffixes: in lower case; by default those of every medium.

    Raises:
        MissingFile, NoPermission, FileError: `folder` itself can't be listed.

    >>> list_folder("examples").files[0]
    'bach-bwv244-62.mid'
    """
    root = Path(folder)
    if root.exists() and not root.is_dir():
        raise FileError(root, "this is a file", "name the folder that holds it")
    files: list[str] = []
    closed: list[Path] = []
    dangling: list[str] = []
    seen: set[tuple[int, int]] = set()
    passed_over = 0
    waiting = deque([""])
    while waiting:
        below = waiting.pop()
        try:
            entries = _entries(root / below, seen)
        except FileError:
            if not below:
                raise
            closed.append(root / below)
            continue
        for entry in entries:
            kind = _kind(entry, suffixes)
            if kind == "folder" and entry.is_symlink():
                # After all others, so that a folder reached twice goes by its own name.
                waiting.appendleft(f"{below}{entry.name}/")
            elif kind == "folder":
                waiting.append(f"{below}{entry.name}/")
            elif kind == "wanted":
                files.append(below + entry.name)
            else:
                passed_over += 1
                if kind == "dangling":
                    dangling.append(below + entry.name)
    return Listing(
        tuple(sorted(files)), passed_over, tuple(sorted(closed)), tuple(sorted(dangling))
    )


def _kind(entry: os.DirEntry[str], suffixes: tuple[str, ...]) -> str:
    if entry.name.startswith("."):
        return "hidden"
    try:
        if entry.is_dir():
            return "folder"
        # A pipe or a device would keep its reader waiting for ever, whatever its name.
        regular = entry.is_file()
    except OSError:  # a link to itself
        return "dangling"
    if entry.is_symlink() and not os.path.exists(entry.path):  # noqa: PTH110
        return "dangling"
    return "wanted" if regular and entry.name.lower().endswith(suffixes) else "other"


def _entries(folder: Path, seen: set[tuple[int, int]]) -> list[os.DirEntry[str]]:
    with opening(folder):
        status = folder.stat()
        # Windows gives 0 for both where it can't tell; such folders are never taken as seen.
        identity = (status.st_dev, status.st_ino)
        if identity in seen and any(identity):
            return []
        seen.add(identity)
        with os.scandir(folder) as entries:
            return list(entries)


def make_folder(folder: str | os.PathLike[str]) -> None:
    """Make a folder, and those it lies in, where they aren't there.

    Raises:
        NoPermission, FileError: a file is in the way, or the disk refuses.
    """
    with opening(folder):
        try:
            Path(folder).mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError):
            raise FileError(
                folder, "a file is where this folder would be", "name another folder"
            ) from None


def top_folder(relative: str) -> str:
    """The first folder of a path relative to its collection; empty for a loose file.

    >>> top_folder("Bach/Chorales/a.mid"), top_folder("a.mid")
    ('Bach', '')
    """
    return relative.partition("/")[0] if "/" in relative else ""


def relative_to(paths: tuple[Path, ...]) -> Iterator[str]:
    """Each of `paths` with `/`, seen from the deepest folder that holds them all."""
    if not paths:
        return
    texts = [os.fspath(path) for path in paths]
    try:
        common = os.path.commonpath([os.path.dirname(text) for text in texts])  # noqa: PTH120
    except ValueError:  # absolute and relative paths mixed, or two drives
        common = ""
    for text in texts:
        inner = text[len(common) :] if common else text
        yield inner.replace(os.sep, "/").lstrip("/")
