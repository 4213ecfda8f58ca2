"""What goes wrong ends a worker, and not the studio."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from muso.errors import UsageError
from muso.studio.workers import Enough, Stopped, WorkerEnded, Workers


def double(number: int, tell: Any) -> int:
    tell(("half way", number))
    return 2 * number


def refuse(tell: Any) -> None:
    raise UsageError("no")


def fail(tell: Any) -> None:
    raise ValueError("a fault of ours")


def die(tell: Any) -> None:
    os._exit(139)


def linger(tell: Any) -> None:
    time.sleep(60)


def devour(tell: Any) -> int:
    return len(bytearray(8 * 2**30))


def work_until_stopped(tell: Any) -> str:
    try:
        while True:
            tell("working")
            time.sleep(0.01)
    except Enough:
        return "what there was"


def go_on(tell: Any) -> None:
    while True:
        tell("working")
        time.sleep(0.01)


def run(work: Callable[[Workers], Awaitable[Any]], limit_s: float = 30.0) -> Any:
    async def whole() -> Any:
        workers = Workers(1, 2048, limit_s)
        try:
            return await work(workers)
        finally:
            workers.close()

    return asyncio.run(whole())


def test_a_job_gives_its_answer_and_tells_of_its_way() -> None:
    async def work(workers: Workers) -> tuple[Any, list[Any]]:
        told: list[Any] = []
        answer = await workers.run(double, 21, tell=told.append)
        await asyncio.sleep(0)
        return answer, told

    assert run(work) == (42, [("half way", 21)])


@pytest.mark.parametrize("job, error", [
    (refuse, UsageError), (fail, RuntimeError), (die, WorkerEnded), (devour, WorkerEnded),
])  # fmt: skip
def test_after_whatever_happened_the_next_job_is_served(job: Any, error: type[Exception]) -> None:
    async def work(workers: Workers) -> Any:
        with pytest.raises(error):
            await workers.run(job)
        return await workers.run(double, 2)

    assert run(work) == 4


def test_a_job_that_takes_too_long_is_ended() -> None:
    async def work(workers: Workers) -> Any:
        await workers.run(double, 1)
        with pytest.raises(WorkerEnded, match="longer than 3 s"):
            await workers.run(linger)

    run(work, limit_s=3.0)


@pytest.mark.parametrize("job, outcome", [(work_until_stopped, "what there was"), (go_on, None)])
def test_a_job_can_be_asked_to_end(job: Any, outcome: str | None) -> None:
    async def work(workers: Workers) -> tuple[Any, Any]:
        stopping = asyncio.Event()

        def told(event: Any) -> None:
            stopping.set()

        try:
            answer = await workers.run(job, tell=told, stopping=stopping)
        except Stopped:
            answer = None
        return answer, await workers.run(double, 2)

    assert run(work) == (outcome, 4)


def test_more_jobs_than_workers_wait_their_turn_and_none_is_lost() -> None:
    async def work(workers: Workers) -> list[int]:
        return list(await asyncio.gather(*(workers.run(double, n) for n in range(50))))

    assert run(work) == [2 * n for n in range(50)]


def test_a_job_nobody_waits_for_any_more_is_ended() -> None:
    async def work(workers: Workers) -> Any:
        await workers.run(double, 1)
        task = asyncio.create_task(workers.run(linger))
        await asyncio.sleep(0.2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return await workers.run(double, 3)

    assert run(work) == 6
