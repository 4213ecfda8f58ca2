"""Sessions that are open: few at a time, and never closed under whoever waits for one."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from muso import service
from muso.studio.sittings import MOST_OPEN, Sittings


class Session:
    """A session that knows whether it is open."""

    def __init__(self, folder: Path) -> None:
        self.name = folder.name
        self.open = True

    def close(self) -> None:
        self.open = False


@pytest.fixture
def names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Of more sessions than stay open."""
    found = [f"s{number}" for number in range(MOST_OPEN + 1)]
    for name in found:
        (tmp_path / name).mkdir()
        (tmp_path / name / "session.jsonl").write_text("{}")
    monkeypatch.setattr(service, "sessions_folder", lambda: tmp_path)
    monkeypatch.setattr(service, "resume_session", Session)
    return found


def test_the_session_used_longest_ago_is_closed_and_comes_back(names: list[str]) -> None:
    async def visit() -> tuple[list[bool], bool]:
        sittings, seen = Sittings(), []
        for name in names:
            async with sittings.use(name) as session:
                seen.append(session)
        left = [session.open for session in seen]
        async with sittings.use(names[0]) as again:
            return left, again is not seen[0] and again.open

    left, again = asyncio.run(visit())
    assert left == [False] + [True] * MOST_OPEN and again


def test_a_session_that_is_waited_for_is_not_closed_under_the_waiter(names: list[str]) -> None:
    async def visit() -> bool:
        sittings = Sittings()

        async def wait() -> bool:
            async with sittings.use(names[0]) as session:
                return session.open

        async with sittings.use(names[0]):
            waiting = asyncio.create_task(wait())
            await asyncio.sleep(0)
            for name in names[1:]:
                async with sittings.use(name):
                    pass
        return await waiting

    assert asyncio.run(visit())
