"""Sound that can be heard while it is made: files that grow, and answers that follow them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, BinaryIO

import anyio
from starlette.responses import FileResponse, Response, StreamingResponse

from muso.studio.files import make_room
from muso.studio.workers import Stopped

CHUNK = 256 * 1024
MEDIA_TYPE = "audio/wav"


class Growing:
    """A file being written by a worker.

    Attributes:
        path: where. total: how long it will be, None while or where nobody knows.
        written: bytes that can be read. error: what went wrong, if anything did.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.total: int | None = None
        self.written = 0
        self.done = False
        self.error: BaseException | None = None
        self._news = asyncio.Event()

    def take(self, event: tuple[str, int]) -> None:
        """An event of the worker: `length` or `written`, in bytes."""
        what, count = event
        if what == "length":
            self.total = count
        else:
            self.written = count
        self._wake()

    def end(self, error: BaseException | None = None) -> None:
        """Nothing more will be written."""
        self.done, self.error = True, error
        self._wake()

    async def begun(self) -> None:
        """Return once the first samples are there.

        Raises:
            MusoError: there will be none.
        """
        while not self.written and not self.done:
            await self._news.wait()
        if self.error is not None and not self.written:
            raise self.error

    async def ended(self) -> None:
        """Return once it is whole.

        Raises:
            MusoError, RuntimeError: what kept it from being made.
        """
        while not self.done:
            await self._news.wait()
        if self.error is not None:
            raise self.error

    def read(self, start: int, end: int | None) -> AsyncIterator[bytes]:
        """Bytes `start` to `end`, or to wherever it ends, as they come to be."""
        # Opened at once: the file is given another name the moment it is whole.
        return self._read(self.path.open("rb"), start, end)

    async def _read(self, opened: BinaryIO, start: int, end: int | None) -> AsyncIterator[bytes]:
        async with anyio.wrap_file(opened) as file:
            await file.seek(start)
            at = start
            while end is None or at < end:
                ready = min(self.written, at + CHUNK if end is None else min(end, at + CHUNK))
                if ready > at:
                    chunk = await file.read(ready - at)
                    at += len(chunk)
                    yield chunk
                elif self.done:
                    return
                else:
                    await self._news.wait()

    def _wake(self) -> None:
        self._news.set()
        self._news = asyncio.Event()


class Sounds:
    """Sounds of pieces, made once and kept as long as there is room.

    Args:
        folder: where they are kept. most_bytes: how much of them.
    """

    def __init__(self, folder: Path, most_bytes: int) -> None:
        self._folder = folder
        self._most_bytes = most_bytes
        self._growing: dict[str, Growing] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def path(self, key: str) -> Path:
        """Where the sound called `key` is once it is whole."""
        return self._folder / f"{key}.wav"

    def find(self, key: str) -> Growing | None:
        """The sound called `key` if it is being made."""
        return self._growing.get(key)

    def make(
        self, key: str, work: Callable[[Path, Callable[[Any], None]], Awaitable[Any]]
    ) -> Growing:
        """Have a sound made by `work(path, tell)`, unless it is being made already."""
        if key in self._growing:
            return self._growing[key]
        self._folder.mkdir(parents=True, exist_ok=True)
        growing = Growing(self._folder / f".{key}.part")
        self._growing[key] = growing
        task = asyncio.get_running_loop().create_task(self._make(key, growing, work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return growing

    async def _make(
        self,
        key: str,
        growing: Growing,
        work: Callable[[Path, Callable[[Any], None]], Awaitable[Any]],
    ) -> None:
        try:
            await work(growing.path, growing.take)
            growing.path.replace(self.path(key))
            growing.path = self.path(key)
            growing.end()
            files = self._folder.glob("*.wav")
            await anyio.to_thread.run_sync(make_room, files, self._most_bytes)
        except asyncio.CancelledError:
            growing.end(Stopped("the studio is closing"))
            growing.path.unlink(missing_ok=True)
            raise
        except Exception as error:
            growing.end(error)
            growing.path.unlink(missing_ok=True)
        finally:
            del self._growing[key]

    async def close(self) -> None:
        """End those that are being made; who listens to one has heard what there is of it."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def answer(growing: Growing, wanted: str | None) -> Response:
    """The sound as it comes, or the part of it that the `Range` header `wanted` asks for."""
    if growing.total is None:
        return StreamingResponse(growing.read(0, None), media_type=MEDIA_TYPE)
    found = re.fullmatch(r"bytes=(\d{1,15})-(\d{0,15})", wanted or "")
    start = int(found[1]) if found else 0
    end = min(int(found[2]) + 1 if found and found[2] else growing.total, growing.total)
    headers = {"accept-ranges": "bytes"}
    if found and start >= end:
        return Response(status_code=416, headers={"content-range": f"bytes */{growing.total}"})
    if found:
        headers["content-range"] = f"bytes {start}-{end - 1}/{growing.total}"
    headers["content-length"] = str(end - start)
    return StreamingResponse(
        growing.read(start, end), 206 if found else 200, headers, media_type=MEDIA_TYPE
    )


def answer_file(path: Path) -> Response:
    """A sound that is whole."""
    path.touch()
    return FileResponse(path, media_type=MEDIA_TYPE, content_disposition_type="inline")
