"""The door to the disk: reading whole files within limits, writing them whole or not at all."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from muso.errors import EmptyFile, FileError, MissingFile, NoPermission, TooLong

StrPath = str | os.PathLike[str]
"""A path as callers give it."""


def read_bytes(path: str | os.PathLike[str], limit_bytes: int) -> bytes:
    """The content of `path`, at most `limit_bytes` long.

    Raises:
        MissingFile, NoPermission, EmptyFile, TooLong, FileError: by what is wrong with it.
    """
    with opening(path), Path(path).open("rb") as file:
        # Asking for the whole limit would reserve it for every small file; pipes give no size.
        size = os.fstat(file.fileno()).st_size or limit_bytes
        content = file.read(min(size, limit_bytes) + 1)
    check_size(content, path, limit_bytes)
    return content


def check_size(content: bytes, path: str | os.PathLike[str], limit_bytes: int) -> None:
    """Raises EmptyFile or TooLong, naming `path`, unless `content` has 1…`limit_bytes` bytes."""
    if not content:
        raise EmptyFile(path, "the file is empty (0 bytes)", "copy or download it again")
    if len(content) > limit_bytes:
        raise TooLong(path, f"the file is larger than {limit_bytes / 2**20:,.0f} MiB", "cut it")


@contextmanager
def opening(path: str | os.PathLike[str]) -> Iterator[None]:
    """Turns the system's errors about `path` into muso's own."""
    if "\0" in os.fspath(path):
        raise MissingFile(path, "no file name may hold a zero byte", "check the spelling")
    try:
        yield
    except FileNotFoundError:
        raise MissingFile(path, "no such file", "check the spelling") from None
    except PermissionError:
        raise NoPermission(path, "no permission", "change its permissions") from None
    except IsADirectoryError:
        raise FileError(path, "this is a folder", "name a file in it") from None
    except OSError as error:
        remedy = "make room on the disk" if error.errno == errno.ENOSPC else ""
        raise FileError(path, f"the system says: {error.strerror or error}", remedy) from None


@contextmanager
def writing_in(folder: str | os.PathLike[str]) -> Iterator[None]:
    """Turns the system's errors about a new file in `folder` into muso's own."""
    with opening(folder):
        try:
            yield
        except FileNotFoundError:
            if not Path(folder).exists():
                raise MissingFile(folder, "no such folder", "make it first") from None
            # A folder of the system's own, such as /proc.
            cause = "no file can be made in this folder"
            raise NoPermission(folder, cause, "name another one") from None


@contextmanager
def whole(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A temporary path beside `path` that takes its place once the block ends without error.

    A reader sees the old file or the new one, never a half; on an error nothing is left behind.

    >>> import pathlib, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> with whole(folder / "a.txt") as unfinished:
    ...     _ = unfinished.write_text("done")
    >>> (folder / "a.txt").read_text()
    'done'
    """
    target = Path(path)
    unfinished = target.parent / f".{secrets.token_hex(8)}{target.suffix}"
    with writing_in(target.parent):
        unfinished.touch(exist_ok=False)
    try:
        with opening(target):
            yield unfinished
            unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
