"""Processes that do what could go wrong: each may take so much memory and time, and may die.

A job is a function at the top of a module; it is called with its arguments and, last, with
`tell`, through which it sends events while it works. What it returns, raises and tells must be
picklable. A worker is kept for the next job; one that died or had to be ended is replaced.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import signal
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Any

import anyio.to_thread

from muso.errors import MusoError

Tell = Callable[[Any], None]

FOREVER_S = 10.0**6
STOP = "stop"


class Enough(Exception):
    """Raised by `tell` within a job that somebody asked to end; jobs may keep what they have."""


class WorkerEnded(MusoError):
    """A worker died, or was ended for taking too long, over a job."""

    kind = "worker_ended"


class Stopped(MusoError):
    """Somebody asked for this job to end."""

    kind = "stopped"


@dataclass(eq=False)
class _Worker:
    process: SpawnProcess
    pipe: Connection

    def end(self) -> None:
        self.process.kill()
        self.process.join(5)
        self.pipe.close()


class Workers:
    """A fixed number of worker processes, started when first needed.

    Args:
        count: how many jobs may run at a time.
        memory_mib: what a worker may take; None for no bound.
        limit_s: how long a job may take; None for no bound.
    """

    def __init__(self, count: int, memory_mib: int | None, limit_s: float | None) -> None:
        self._memory_mib = memory_mib
        self._limit_s = limit_s or FOREVER_S
        self._free: list[_Worker] = []
        self._busy: set[_Worker] = set()
        self._places = asyncio.Semaphore(count)
        self._count = count
        self._threads = anyio.CapacityLimiter(count)
        self._closed = False

    async def run(
        self,
        job: Callable[..., Any],
        *arguments: Any,
        tell: Tell | None = None,
        stopping: asyncio.Event | None = None,
    ) -> Any:
        """What `job(*arguments, tell)` returns, once a worker had time for it.

        `tell` is called in this thread's loop with each event. Once `stopping` is set, the job's
        next `tell` raises Enough. Cancelling ends the worker.

        Raises:
            MusoError: what the job raised. WorkerEnded: it took too long, or its worker died.
            RuntimeError: the job failed in a way it should not; its text holds the traceback.
        """
        async with self._places:
            if self._closed:
                raise Stopped("the studio is closing")
            loop = asyncio.get_running_loop()
            worker = self._free.pop() if self._free else None
            if worker is None or not worker.process.is_alive():
                worker = await anyio.to_thread.run_sync(self._start, limiter=self._threads)
            self._busy.add(worker)

            def told(event: Any) -> None:
                if tell is not None:
                    loop.call_soon_threadsafe(tell, event)

            asking = None if stopping is None else loop.create_task(_ask(worker.pipe, stopping))
            kept = False
            try:
                answer = await anyio.to_thread.run_sync(
                    self._converse, worker, job, arguments, told,
                    abandon_on_cancel=True, limiter=self._threads,
                )  # fmt: skip
                kept = True
                return answer
            except (MusoError, RuntimeError) as error:
                kept = not isinstance(error, WorkerEnded)
                raise
            finally:
                if asking is not None:
                    asking.cancel()
                self._busy.discard(worker)
                if kept and not self._closed:
                    self._free.append(worker)
                else:
                    worker.process.kill()

    def close(self) -> None:
        """End all workers."""
        self._closed = True
        for worker in [*self._free, *self._busy]:
            worker.end()
        self._free.clear()

    def _start(self) -> _Worker:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_work, args=(theirs, self._memory_mib), daemon=True)
        process.start()
        theirs.close()
        return _Worker(process, ours)

    def _converse(
        self, worker: _Worker, job: Callable[..., Any], arguments: tuple[Any, ...], told: Tell
    ) -> Any:
        deadline = time.monotonic() + self._limit_s
        try:
            worker.pipe.send((job, arguments))
            while worker.pipe.poll(max(deadline - time.monotonic(), 0.0)):
                what, content = worker.pipe.recv()
                if what == "event":
                    told(content)
                elif what == "done":
                    return content
                elif what == "error":
                    raise content
                else:
                    raise RuntimeError(content)
        except (EOFError, OSError):
            worker.end()
            raise WorkerEnded(
                "the worker that looked at this ended: it may want more memory than the studio "
                "gives, or be made to do harm; the studio is well"
            ) from None
        worker.end()
        raise WorkerEnded(
            f"this took longer than {self._limit_s:.0f} s and was ended; try a shorter part of it"
        )


async def _ask(pipe: Connection, stopping: asyncio.Event) -> None:
    """Ask a worker to end its job, once `stopping` is set."""
    await stopping.wait()
    with contextlib.suppress(OSError):
        pipe.send(STOP)


def _work(pipe: Connection, memory_mib: int | None) -> None:
    """A worker's life: job after job, until the studio is gone."""
    # Ctrl-C in the terminal is for the studio, which ends its workers itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _bound(memory_mib)

    def tell(event: Any) -> None:
        pipe.send(("event", event))
        if pipe.poll() and pipe.recv() == STOP:
            raise Enough

    with contextlib.suppress(EOFError, OSError):
        while True:
            received = pipe.recv()
            if received == STOP:
                # Asked to end a job that had ended already.
                continue
            job, arguments = received
            answer: tuple[str, Any]
            try:
                answer = ("done", job(*arguments, tell))
            except Enough:
                answer = ("error", Stopped("stopped"))
            except MusoError as error:
                answer = ("error", error)
            except MemoryError:
                answer = ("error", WorkerEnded("this wants more memory than the studio gives"))
            except OSError as error:
                answer = ("failed", f"{type(error).__name__}: {error}")
            except Exception:
                answer = ("failed", traceback.format_exc())
            pipe.send(answer)


def _bound(memory_mib: int | None) -> None:
    """Keep this process below a bound of memory, where the system can (Linux)."""
    with contextlib.suppress(ImportError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if memory_mib is not None:
            hard = resource.getrlimit(resource.RLIMIT_AS)[1]
            wanted = memory_mib * 2**20
            wanted = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
            with contextlib.suppress(ValueError, OSError):
                resource.setrlimit(resource.RLIMIT_AS, (wanted, hard))
