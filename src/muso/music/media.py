"""Which files are pieces, of which medium, and the one door that reads them all."""

from __future__ import annotations

import bisect
import os
import stat
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from muso.errors import EmptyFile, FileError, WrongFormat
from muso.music import clip, cover, midi
from muso.music.clip import Clip, read_clip
from muso.music.cover import Cover, read_cover
from muso.music.files import opening
from muso.music.midi import read_score
from muso.music.score import Score

Media = Literal["score", "clip", "cover"]

SUFFIXES: dict[Media, tuple[str, ...]] = {
    "score": midi.SUFFIXES,
    "clip": clip.SUFFIXES,
    "cover": cover.SUFFIXES,
}
"""The suffixes of each medium's files, in small letters with their dots."""


@dataclass(frozen=True)
class Found:
    """What a search brought to light.

    Attributes:
        files: the pieces, in order.
        passed_over: how many files and folders were left out: hidden, or of unknown suffix.
        unreadable: the folders that could not be looked into, and why.
        places: for each of those, how many of `files` come before it.
    """

    files: tuple[Path, ...]
    passed_over: int
    unreadable: tuple[FileError, ...]
    places: tuple[int, ...] = ()


def media_of(path: str | os.PathLike[str]) -> Media | None:
    """The medium that the suffix of `path` names, in capitals or not; None if it names none.

    >>> media_of("Prelude.MID"), media_of("front.jpeg"), media_of("notes.txt")
    ('score', 'cover', None)
    """
    suffix = Path(path).suffix.lower()
    return next((media for media, suffixes in SUFFIXES.items() if suffix in suffixes), None)


def read_piece(path: str | os.PathLike[str]) -> Score | Clip | Cover:
    """Read a file as the medium that its suffix names, within the usual limits.

    Raises:
        WrongFormat: a suffix that muso does not know. Otherwise as `read_score`, `read_clip`
        and `read_cover`.

    >>> type(read_piece("examples/bach-bwv66-6.mid")).__name__
    'Score'
    """
    media = media_of(path)
    if media == "score":
        return read_score(path)
    if media == "clip":
        return read_clip(path)
    if media == "cover":
        return read_cover(path)
    with opening(path):
        is_folder = stat.S_ISDIR(Path(path).stat().st_mode)
    if is_folder:
        raise FileError(path, "this is a folder", "name a file in it")
    known = ", ".join(suffix for suffixes in SUFFIXES.values() for suffix in suffixes)
    raise WrongFormat(path, "its suffix names no kind of file that muso reads", f"give {known}")


def read_example(path: str | os.PathLike[str]) -> Score | Clip | Cover:
    """`read_piece` for learning and measuring: a recording that says nothing is refused as well.

    Raises:
        EmptyFile: a clip that is silent or too short, or as `read_piece`, with all its others.
    """
    piece = read_piece(path)
    if isinstance(piece, Clip) and (reason := piece.why_unheard):
        raise EmptyFile(path, reason, "leave it out of the corpus")
    return piece


def find_files(arguments: Iterable[str | os.PathLike[str]]) -> Found:
    """The files that `arguments` name: themselves, and the pieces within folders.

    They come in the order of the arguments and within a folder by their sorted paths. A file
    named by itself is kept whatever it is called, and even if it does not exist, so that reading
    it tells why. A folder that is reached twice, as symbolic links may lead in circles, is
    searched once.

    >>> import tempfile, pathlib
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> for name in ("b.mid", "a.flac", "notes.txt"):
    ...     (folder / name).touch()
    >>> found = find_files([folder, "notes.txt"])
    >>> [file.name for file in found.files], found.passed_over
    (['a.flac', 'b.mid', 'notes.txt'], 1)
    """
    files: list[Path] = []
    unreadable: list[FileError] = []
    places: list[int] = []
    passed_over = 0
    for argument in arguments:
        # Path.is_dir raises where a folder above may not be entered, and takes "" for ".".
        if not os.path.isdir(argument):  # noqa: PTH112
            files.append(Path(argument))
            continue
        pieces = []
        for path, is_piece in _walk(Path(argument), unreadable):
            if is_piece:
                pieces.append(path)
            else:
                passed_over += 1
        pieces.sort(key=os.fspath)
        places += [
            len(files) + bisect.bisect(pieces, os.fspath(error.path), key=os.fspath)
            for error in unreadable[len(places) :]
        ]
        files += pieces
    return Found(tuple(files), passed_over, tuple(unreadable), tuple(places))


def _walk(top: Path, unreadable: list[FileError]) -> Iterator[tuple[Path, bool]]:
    """Each file below `top`, and whether it is a piece; hidden folders are named, not entered.

    Errors of folders that can't be searched are added to `unreadable`.
    """
    entered: set[str] = set()
    waiting = deque([top])
    while waiting:
        folder = waiting.pop()
        real = os.path.realpath(folder)
        if real in entered:
            continue
        entered.add(real)
        try:
            with opening(folder), os.scandir(folder) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except FileError as error:
            unreadable.append(error)
            continue
        for entry in entries:
            path = folder / entry.name
            if entry.name.startswith("."):
                yield path, False
            elif not _is_folder(entry):
                yield path, media_of(path) is not None and _can_be_read(entry)
            elif entry.is_symlink():
                # After all others, so that a folder reached twice goes by its own name.
                waiting.appendleft(path)
            else:
                waiting.append(path)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _can_be_read(entry: os.DirEntry[str]) -> bool:
    """False for pipes, sockets and devices; a broken link is left to tell of itself when read."""
    try:
        return entry.is_file() or not Path(entry.path).exists()
    except OSError:
        return True
