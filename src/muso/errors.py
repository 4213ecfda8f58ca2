"""Every error muso raises on purpose. Each message names the thing, the cause and the remedy."""

from __future__ import annotations

import os
from pathlib import Path


class MusoError(Exception):
    """Root of the tree: catch this to catch everything muso raises on purpose.

    `kind` is a short, stable word for programs; the message is for people.
    """

    kind = "error"


class UsageError(MusoError):
    """Something asked for does not exist or does not fit: a name, an option, a value."""

    kind = "usage"


class MissingExtra(MusoError):
    """A command needs packages that the base install leaves out."""

    kind = "missing_extra"

    def __init__(self, extra: str, purpose: str) -> None:
        super().__init__(f"{purpose} needs the [{extra}] extra: pip install 'muso[{extra}]'")
        self.extra = extra
        self.purpose = purpose

    def __reduce__(self) -> tuple[type[MissingExtra], tuple[str, str]]:
        return type(self), (self.extra, self.purpose)


class CorpusError(MusoError):
    """A corpus, its manifest or its split can't be used as asked."""

    kind = "corpus"


class LeakError(CorpusError):
    """A split would put one work on two sides without its protocol saying so aloud."""

    kind = "leak"


class CatalogueError(MusoError):
    """A web catalogue gives no answer, or refuses."""

    kind = "catalogue"


class RecipeError(MusoError):
    """A recipe has an unknown key, a missing one or a value of the wrong kind."""

    kind = "recipe"


class BundleError(MusoError):
    """A bundle is missing, incomplete, altered or made for something else."""

    kind = "bundle"


class ExportError(MusoError):
    """A trained network does not compute the same in onnxruntime as it did in training."""

    kind = "export"


class FileError(MusoError):
    """A file can't be used. `path` says which, `cause` why, `remedy` what to do about it."""

    kind = "file"

    def __init__(self, path: str | os.PathLike[str], cause: str, remedy: str = "") -> None:
        self.path = Path(path)
        self.cause = cause
        self.remedy = remedy
        super().__init__(f"{shown(self.path)}: {cause}" + (f"; {remedy}" if remedy else ""))

    def at(self, path: str | os.PathLike[str]) -> FileError:
        """The same of `path`, where what raised it did not know the file."""
        return type(self)(path, self.cause, self.remedy)

    def __reduce__(self) -> tuple[type[FileError], tuple[Path, str, str]]:
        return type(self), (self.path, self.cause, self.remedy)


class MissingFile(FileError):
    """There is nothing at this path."""

    kind = "missing"


class NoPermission(FileError):
    """The file is there and may not be read or written."""

    kind = "permission"


class WrongFormat(FileError):
    """The content is not what the name or the caller promised."""

    kind = "wrong_format"


class DamagedFile(FileError):
    """The right kind of file, but its content is broken."""

    kind = "damaged"


class EmptyFile(FileError):
    """Nothing to work with: no bytes, no notes, no samples."""

    kind = "empty"


class TooLong(FileError):
    """Past a limit that protects memory: bytes, notes, seconds or pixels."""

    kind = "too_long"


def shown(path: str | os.PathLike[str]) -> str:
    """`path` as text that any terminal and log can take: undecodable bytes become `?`.

    >>> shown("a\\udcffb.mid")
    'a?b.mid'
    """
    return os.fspath(path).encode("utf-8", "replace").decode("utf-8")
