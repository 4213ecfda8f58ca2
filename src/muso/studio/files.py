"""Files that came in or were made, by what they hold: never by a name somebody gave."""

from __future__ import annotations

import contextlib
import hashlib
import re
import secrets
from collections.abc import AsyncIterable, Iterable
from pathlib import Path

import anyio

from muso.errors import EmptyFile, TooLong, UsageError, WrongFormat
from muso.music.files import whole
from muso.music.media import SUFFIXES, media_of

ID = r"^[0-9a-f]{32}\.[a-z0-9]{2,4}$"
"""128 bits of the content's SHA-256, and the suffix that says how it is to be read."""
MOST_NAME = 200


class Files:
    """A folder of files, each under the hash of its content.

    >>> import tempfile
    >>> files = Files(Path(tempfile.mkdtemp()))
    >>> one = files.add(b"MThd", ".mid")
    >>> one, files.path(one).read_bytes()
    ('70fad3c7454a1f31935f5a14f71a9590.mid', b'MThd')
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, piece: str) -> Path:
        """Where the file called `piece` lies or would lie.

        Raises:
            UsageError: no such name can be.
        """
        if not re.fullmatch(ID, piece):
            raise UsageError("no file is called that")
        return self._folder / piece[:2] / piece

    def holds(self, piece: str) -> bool:
        """Whether there is a file called `piece`."""
        return re.fullmatch(ID, piece) is not None and self.path(piece).is_file()

    def add(self, content: bytes, suffix: str) -> str:
        """Keep `content`; its name."""
        piece = hashlib.sha256(content).hexdigest()[:32] + suffix
        target = self.path(piece)
        if target.is_file():
            # Wanted anew: it counts as new where the old are deleted.
            target.touch()
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            with whole(target) as unfinished:
                unfinished.write_bytes(content)
        return piece

    async def receive(
        self,
        chunks: AsyncIterable[bytes],
        name: str,
        suffix: str,
        most_bytes: int,
        promised: int = 0,
    ) -> tuple[str, int]:
        """Keep what comes in as `chunks`, never holding all of it in memory.

        Args:
            promised: how many bytes are said to come; too many are refused before the first.

        Returns:
            Its name here, and its size in bytes.

        Raises:
            TooLong: more than `most_bytes`. EmptyFile: nothing came.
        """
        too_long = TooLong(name, f"larger than {most_bytes // 2**20} MiB", "cut it")
        if promised > most_bytes:
            raise too_long
        digest, size = hashlib.sha256(), 0
        arriving = self._folder / "arriving" / secrets.token_hex(16)
        arriving.parent.mkdir(parents=True, exist_ok=True)
        try:
            async with await anyio.open_file(arriving, "wb") as file:
                async for chunk in chunks:
                    size += len(chunk)
                    if size > most_bytes:
                        raise too_long
                    digest.update(chunk)
                    await file.write(chunk)
            if not size:
                raise EmptyFile(name, "the file is empty (0 bytes)", "copy or download it again")
            piece = digest.hexdigest()[:32] + suffix
            target = self.path(piece)
            target.parent.mkdir(parents=True, exist_ok=True)
            arriving.replace(target)
        finally:
            arriving.unlink(missing_ok=True)
        return piece, size


def make_room(files: Iterable[Path], most_bytes: int) -> None:
    """Delete those of `files` that were asked for longest ago, beyond `most_bytes` of them.

    The one that was asked for last stays, however large.
    """
    found = []
    for file in files:
        # Another thread may be making room too.
        with contextlib.suppress(FileNotFoundError):
            found.append((file.stat(), file))
    found.sort(key=lambda one: -max(one[0].st_atime, one[0].st_mtime))
    kept = 0
    for place, (status, file) in enumerate(found):
        kept += status.st_size
        if kept > most_bytes and place:
            with contextlib.suppress(OSError):
                file.unlink()


def suffix_of(name: str) -> tuple[str, str]:
    """Medium and suffix of an upload by the name it came with.

    Raises:
        WrongFormat: muso reads no such files.

    >>> suffix_of("Prelude.MID")
    ('score', '.mid')
    """
    media = media_of(name)
    if media is None:
        known = ", ".join(suffix for suffixes in SUFFIXES.values() for suffix in suffixes)
        raise WrongFormat(name or "upload", "muso reads no such files", f"give {known}")
    return media, Path(name).suffix.lower()


def plain_name(name: str) -> str:
    """The last part of a name, as it may be shown: no folders, no control characters.

    >>> plain_name("../secret\\\\song\\n.mid")
    'song.mid'
    """
    last = re.split(r"[/\\]", name)[-1]
    shown = "".join(letter for letter in last if letter.isprintable()).strip()
    return shown[-MOST_NAME:]
