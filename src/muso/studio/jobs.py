"""Long work as streams of events that a page follows, leaves and comes back to."""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
from bisect import bisect_right
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from muso.errors import MusoError, UsageError
from muso.progress import Listener, Progress

KEPT = 50
"""Finished jobs whose events can still be read."""
MOST_RUNNING = 40
HEARTBEAT_S = 15.0

log = logging.getLogger("muso.studio")

Tell = Callable[[str, Any], None]


@dataclass(frozen=True)
class _Event:
    number: int
    text: str
    passing: str | None
    """The stage, where it tells of progress alone: the next event about it says all it said."""


class Job:
    """One piece of long work: its events so far, and whether more will come.

    Attributes:
        id: unguessable. kind: of work.
        stopping: set when somebody wants it to end early and keep what it has.
    """

    def __init__(self, kind: str) -> None:
        self.id = secrets.token_urlsafe(12)
        self.kind = kind
        self.stopping = asyncio.Event()
        self.finished = False
        self.task: asyncio.Task[None] | None = None
        self._events: list[_Event] = []
        self._told = 0
        self._news = asyncio.Event()

    def tell(self, name: str, data: Any) -> None:
        """Add an event; one of progress takes the place of the last, if it had no figures."""
        stage = data["stage"] if name == "progress" else None
        passing = None if stage is None or data["values"] else stage
        if stage is not None and self._events and self._events[-1].passing == stage:
            self._events.pop()
        text = f"id: {self._told}\nevent: {name}\ndata: {json.dumps(data)}\n\n"
        self._events.append(_Event(self._told, text, passing))
        self._told += 1
        self._wake()

    def finish(self) -> None:
        """No more events will come."""
        self.finished = True
        self._wake()

    async def follow(self, after: int = -1) -> AsyncIterator[str]:
        """Server-sent events from number `after` + 1 on, until the job is done."""
        while True:
            first = bisect_right(self._events, after, key=lambda event: event.number)
            if first < len(self._events):
                event = self._events[first]
                yield event.text
                after = event.number
                continue
            if self.finished:
                return
            news = self._news
            try:
                await asyncio.wait_for(news.wait(), HEARTBEAT_S)
            except TimeoutError:
                yield ": still here\n\n"

    def _wake(self) -> None:
        self._news.set()
        self._news = asyncio.Event()


class Jobs:
    """All long work under way, and what was done of late."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}

    def start(self, kind: str, work: Callable[[Job], Awaitable[Any]]) -> Job:
        """Begin `work`; what it returns becomes the event `done`, what it raises `failed`.

        Raises:
            UsageError: too much is under way.
        """
        running = [job for job in self._jobs.values() if not job.finished]
        if len(running) >= MOST_RUNNING:
            raise UsageError("too much is under way; wait for some of it to end")
        for old in [job.id for job in self._jobs.values() if job.finished][:-KEPT]:
            del self._jobs[old]
        job = Job(kind)
        self._jobs[job.id] = job
        job.task = asyncio.get_running_loop().create_task(self._run(job, work))
        return job

    def find(self, job: str) -> Job:
        """The job of that id.

        Raises:
            UsageError: there is none.
        """
        if job not in self._jobs:
            raise UsageError("there is no such work under way")
        return self._jobs[job]

    async def close(self) -> None:
        """End everything."""
        tasks = [job.task for job in self._jobs.values() if job.task and not job.finished]
        for job in self._jobs.values():
            job.stopping.set()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, job: Job, work: Callable[[Job], Awaitable[Any]]) -> None:
        try:
            job.tell("done", await work(job))
        except MusoError as error:
            job.tell("failed", {"kind": error.kind, "message": str(error)})
        except asyncio.CancelledError:
            job.tell("failed", {"kind": "stopped", "message": "stopped"})
        except Exception:
            log.exception("%s failed", job.kind)
            job.tell("failed", {"kind": "internal", "message": "muso failed here; see its log"})
        finally:
            job.finish()


class News:
    """Wakes those who follow a test when an answer comes."""

    def __init__(self) -> None:
        self._events: dict[str, asyncio.Event] = {}

    def tell(self, test: str) -> None:
        """Something happened to `test`."""
        self._events.pop(test, asyncio.Event()).set()

    def tell_all(self) -> None:
        """Wake everybody."""
        for test in list(self._events):
            self.tell(test)

    def coming(self, test: str) -> asyncio.Event:
        """Set once something happens to `test` from now on.

        Ask for it before looking at the test: then nothing that happens meanwhile is missed.
        """
        return self._events.setdefault(test, asyncio.Event())


def listener_of(job: Job) -> Listener:
    """Tells `job` of progress, from whatever thread."""
    loop = asyncio.get_running_loop()
    return lambda progress: _handed(loop, job, progress)


def _handed(loop: asyncio.AbstractEventLoop, job: Job, progress: Progress) -> None:
    loop.call_soon_threadsafe(job.tell, "progress", progress_data(progress))


def progress_data(progress: Progress) -> dict[str, Any]:
    """Progress as an event holds it."""
    return {
        "stage": progress.stage,
        "done": progress.done,
        "total": progress.total,
        "left_s": progress.left_s,
        "values": {name: float(value) for name, value in progress.values.items()},
    }
