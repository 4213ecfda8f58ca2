"""What the routes share: files, memory, workers and work under way."""

from __future__ import annotations

import asyncio
import functools
import logging
import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import anyio.to_thread
from fastapi import Depends, Request
from fastapi import Path as InPath

from muso.errors import FileError, MusoError, UsageError
from muso.studio.database import Database
from muso.studio.files import ID, Files
from muso.studio.jobs import Job, Jobs, News
from muso.studio.missing import NotFound
from muso.studio.settings import Settings
from muso.studio.sharing import Door
from muso.studio.sittings import Sittings
from muso.studio.sounds import Sounds
from muso.studio.workers import Tell, WorkerEnded, Workers

log = logging.getLogger("muso.studio")

MOST_TRAININGS = 1
"""At a time: each takes all the cores there are."""


class Studio:
    """A running studio.

    Attributes:
        closing: set once it is asked to close.
        lesson: the style learnt last, or being learnt, and its job.
    """

    def __init__(self, settings: Settings) -> None:
        folder = settings.folder
        folder.mkdir(parents=True, exist_ok=True)
        self.settings = settings
        self.files = Files(folder / "files")
        self.database = Database(folder / "studio.sqlite")
        self.workers = Workers(settings.workers, settings.memory_mib, settings.limit_s)
        self.workshop = Workers(MOST_TRAININGS, None, None)
        self.composers = Workers(1, settings.memory_mib, None)
        self.sounds = Sounds(folder / "sounds", settings.sounds_bytes)
        self.jobs = Jobs()
        self.sittings = Sittings()
        self.news = News()
        self.door = Door()
        self.closing = asyncio.Event()
        self.lesson: tuple[Job, str] | None = None

    async def end_streams(self) -> None:
        """End all work under way and every stream that follows it, so that all may go home."""
        self.closing.set()
        self.news.tell_all()
        await self.jobs.close()
        await self.sounds.close()

    async def close(self) -> None:
        """End all work; whatever was acknowledged is on the disk."""
        await self.end_streams()
        await self.door.close()
        for workers in (self.workers, self.workshop, self.composers):
            await anyio.to_thread.run_sync(workers.close)
        self.sittings.close()
        self.database.close()

    def piece_path(self, piece: str) -> Path:
        """Where a piece lies.

        Raises:
            NotFound: it is not here.
        """
        if not self.files.holds(piece):
            raise NotFound("this piece is not here (any more)")
        return self.files.path(piece)

    def piece_name(self, piece: str) -> str:
        """What a piece was called when it came, or what it is called here."""
        row = self.database.piece(piece)
        return str(row["name"]) if row else piece

    async def work(
        self,
        piece: str,
        task: Callable[..., Any],
        *arguments: Any,
        tell: Tell | None = None,
        job: Job | None = None,
    ) -> Any:
        """`task(path of the piece, *arguments)` in a worker; errors name the piece as people do.

        What it tells goes to `tell`, or is told by `job`, which can also be asked to stop.
        """
        path = self.piece_path(piece)
        stopping = None if job is None else job.stopping
        if job is not None:
            tell = functools.partial(_tell, job)
        try:
            return await self.workers.run(task, path, *arguments, tell=tell, stopping=stopping)
        except FileError as error:
            raise named(error, self.piece_name(piece)) from None
        except UsageError as error:
            raise self.renamed(error, [piece]) from None
        except RuntimeError as error:
            # Whatever is in a file, it is the file that fails, and not the studio.
            log.error("%s failed over %s: %s", task.__name__, path, error)
            raise WorkerEnded("muso failed over this file; its log says how") from None

    def renamed(self, error: MusoError, pieces: Sequence[str]) -> MusoError:
        """`error` with the pieces called by their names, and no folder of the studio told."""
        said = str(error)
        for piece in pieces:
            if piece in said:
                # Whatever path led to it. A function, as a name may hold what looks like a group.
                name = self.piece_name(piece)
                said = re.sub(rf"\S*{re.escape(piece)}", functools.partial(_same, name), said)
        styles = str(self.settings.folder / "styles") + os.sep
        said = said.replace(styles, "").replace(str(self.settings.folder), "…")
        return error if said == str(error) else UsageError(said)


def _tell(job: Job, event: tuple[str, Any]) -> None:
    job.tell(*event)


def _same(name: str, found: re.Match[str]) -> str:
    return name


def named(error: FileError, name: str) -> FileError:
    """`error` about the file called `name`."""
    return type(error)(name, error.cause, error.remedy)


def _studio(request: Request) -> Studio:
    studio: Studio = request.app.state.studio
    return studio


Here = Annotated[Studio, Depends(_studio)]
PieceId = Annotated[str, InPath(pattern=ID, description="A piece, by what it holds.")]


def attachment(name: str, suffix: str) -> dict[str, str]:
    """Headers that make a browser save what it gets, under a name that every system can take."""
    stem = re.sub(r"[^A-Za-z0-9 ._-]+", "_", Path(name).stem).strip(" ._") or "muso"
    return {"content-disposition": f'attachment; filename="{stem[:80]}{suffix}"'}
