"""Files by content, memory that survives."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from muso.errors import EmptyFile, TooLong, UsageError
from muso.studio.database import Database
from muso.studio.files import Files, make_room, plain_name
from muso.studio.jobs import Job, Jobs
from muso.studio.sounds import Growing


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


def test_what_is_received_in_parts_is_what_is_added_at_once(tmp_path: Path) -> None:
    files = Files(tmp_path)
    received = asyncio.run(files.receive(chunks(b"MT", b"hd"), "a.mid", ".mid", 100))
    assert received == (files.add(b"MThd", ".mid"), 4)
    assert files.holds(received[0])


@pytest.mark.parametrize("parts, error", [((), EmptyFile), ((b"x" * 60, b"x" * 60), TooLong)])
def test_what_is_refused_leaves_nothing_behind(
    tmp_path: Path, parts: tuple[bytes, ...], error: type[Exception]
) -> None:
    with pytest.raises(error):
        asyncio.run(Files(tmp_path).receive(chunks(*parts), "a.mid", ".mid", 100))
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    "name", ["", "..", "a/b", "A" * 32 + ".mid", "0" * 32, "0" * 32 + ".mid\n"]
)
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    assert not Files(tmp_path).holds(name)
    with pytest.raises(UsageError):
        Files(tmp_path).path(name)


def test_names_are_shown_without_folders_or_control_characters() -> None:
    assert plain_name("C:\\Music\\a\x1b[31mb.mid") == "a[31mb.mid"


def test_memory_is_in_wal_mode_and_synced(tmp_path: Path) -> None:
    database = Database(tmp_path / "studio.sqlite")
    database.add_composition("0" * 32 + ".mid", {"seed": 1}, {"notes": 3}, None)
    other = sqlite3.connect(tmp_path / "studio.sqlite")
    assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert database._connection.execute("PRAGMA synchronous").fetchone()[0] == 2
    assert other.execute("SELECT count(*) FROM compositions").fetchone() == (1,)


def test_history_is_there_when_the_studio_opens_again(tmp_path: Path) -> None:
    first = Database(tmp_path / "studio.sqlite")
    number = first.add_composition("0" * 32 + ".mid", {"seed": 1}, {"notes": 3}, None)
    first.judge_composition(number, True, None)
    first.close()
    (row,) = Database(tmp_path / "studio.sqlite").compositions()
    assert (row["request"], row["kept"], row["stars"]) == ({"seed": 1}, True, None)


def test_a_change_that_fails_leaves_nothing_half_done(tmp_path: Path) -> None:
    database = Database(tmp_path / "studio.sqlite")
    item = {"piece": "p", "name": "n", "label": "sad", "code": "same"}
    with pytest.raises(sqlite3.IntegrityError):
        database.add_test("a" * 16, "token", "title", ["sad"], [item, item])
    assert database.tests() == []


def test_a_sound_that_is_whole_before_it_is_read_is_read_all_the_same(tmp_path: Path) -> None:
    async def listen() -> bytes:
        growing = Growing(tmp_path / ".sound.part")
        growing.path.write_bytes(b"RIFF and more")
        growing.take(("written", 13))
        parts = growing.read(4, None)
        growing.path.replace(tmp_path / "sound.wav")
        growing.path = tmp_path / "sound.wav"
        growing.end()
        return b"".join([part async for part in parts])

    assert asyncio.run(listen()) == b" and more"


def test_who_comes_back_gets_the_events_missed() -> None:
    async def follow() -> list[str]:
        jobs = Jobs()

        async def work(job: Job) -> str:
            for number in range(3):
                job.tell("step", number)
            return "end"

        job = jobs.start("test", work)
        await asyncio.sleep(0)
        return [event async for event in job.follow(after=1)]

    told = asyncio.run(follow())
    assert told[0].startswith("id: 2\nevent: step") and told[-1].endswith('data: "end"\n\n')


def progress(stage: str, done: int, **values: float) -> dict[str, Any]:
    return {"stage": stage, "done": done, "total": 9, "left_s": None, "values": values}


def test_of_progress_without_figures_the_last_of_a_stage_is_kept() -> None:
    async def follow() -> tuple[list[str], list[str]]:
        job = Job("test")
        for done in (1, 2, 3):
            job.tell("progress", progress("reading", done))
        live = job.follow()
        seen = [await anext(live)]
        for done in (4, 5):
            job.tell("progress", progress("reading", done))
        for done in (1, 2):
            job.tell("progress", progress("learning", done, loss=0.5))
        job.tell("done", None)
        job.finish()
        seen += [event async for event in live]
        return seen, [event async for event in job.follow()]

    seen, again = asyncio.run(follow())
    done = [json.loads(event.splitlines()[2][6:])["done"] for event in seen[:-1]]
    # Whoever was there before it was replaced has seen one more.
    assert done == [3, 5, 1, 2] and again == seen[1:]
    numbers = [int(event.splitlines()[0][4:]) for event in seen]
    assert numbers == sorted(set(numbers))


def test_room_is_made_by_what_was_asked_for_longest_ago(tmp_path: Path) -> None:
    for age, name in enumerate(("new", "older", "oldest")):
        (tmp_path / name).write_bytes(b"x" * 40)
        os.utime(tmp_path / name, (1e9 - age, 1e9 - age))
    gone = tmp_path / "gone"
    make_room([*tmp_path.iterdir(), gone], 100)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["new", "older"]
    make_room(tmp_path.iterdir(), 10)
    assert [file.name for file in tmp_path.iterdir()] == ["new"]


def test_a_file_that_is_wanted_anew_counts_as_new(tmp_path: Path) -> None:
    files = Files(tmp_path)
    path = files.path(files.add(b"MThd", ".mid"))
    os.utime(path, (1e9, 1e9))
    files.add(b"MThd", ".mid")
    assert path.stat().st_mtime > 1e9
