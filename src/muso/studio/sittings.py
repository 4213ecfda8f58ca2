"""Breeding sessions that the page has open, each for one call at a time."""

from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import anyio.to_thread

from muso import service
from muso.errors import FileError
from muso.studio.missing import NotFound

if TYPE_CHECKING:
    from muso.compose.evolve.session import Session

MOST_OPEN = 8


@dataclass(eq=False)
class _Sitting:
    session: Session | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    users: int = 0
    """Those it is open for, and those who wait for it."""


class Sittings:
    """The open sessions, by name; those used longest ago are closed until they are asked for."""

    def __init__(self) -> None:
        self._open: OrderedDict[str, _Sitting] = OrderedDict()

    def require(self, name: str) -> None:
        """Raises NotFound unless there is a session called `name`."""
        if not (service.sessions_folder() / name / "session.jsonl").is_file():
            raise NotFound(f"there is no session {name!r}")

    @asynccontextmanager
    async def use(self, name: str) -> AsyncIterator[Session]:
        """The session called `name`, for this call alone.

        Raises:
            NotFound: there is none of that name. DamagedFile, WrongFormat: it can't be read.
        """
        self.require(name)
        async with self._alone(name) as sitting:
            if sitting.session is None:
                folder = service.sessions_folder() / name
                sitting.session = await anyio.to_thread.run_sync(service.resume_session, folder)
            try:
                yield sitting.session
            except FileError:
                # Another program went on with it: read anew what it is now.
                sitting.session.close()
                sitting.session = None
                raise

    async def create(self, name: str, make: Callable[[], Session]) -> None:
        """Begin a session called `name` by `make()`."""
        async with self._alone(name) as sitting:
            sitting.session = await anyio.to_thread.run_sync(make)

    def close(self) -> None:
        """Close all of them; everything is on the disk already."""
        for sitting in self._open.values():
            if sitting.session is not None:
                sitting.session.close()
        self._open.clear()

    @asynccontextmanager
    async def _alone(self, name: str) -> AsyncIterator[_Sitting]:
        sitting = self._open.setdefault(name, _Sitting())
        self._open.move_to_end(name)
        sitting.users += 1
        try:
            async with sitting.lock:
                yield sitting
        finally:
            sitting.users -= 1
            self._close_old()

    def _close_old(self) -> None:
        for name, sitting in list(self._open.items())[:-MOST_OPEN]:
            if not sitting.users:
                with contextlib.suppress(OSError):
                    if sitting.session is not None:
                        sitting.session.close()
                del self._open[name]


async def in_thread(work: Callable[..., Any], *arguments: Any) -> Any:
    """`work(*arguments)` beside the event loop."""
    return await anyio.to_thread.run_sync(lambda: work(*arguments))
