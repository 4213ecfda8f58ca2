"""A studio in a process of its own: it starts, is killed, is closed, and loses nothing."""

from __future__ import annotations

import itertools
import signal
import socket
import threading
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from muso import service
from muso.studio.database import Database

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_a_kill_loses_no_rating_that_was_acknowledged(
    serve: Callable[[], Any], tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve()
    size = 30
    begun = server.client.post(
        "/api/sessions", json={"name": "tune", "bars": 2, "size": size, "seed": 5}
    )
    assert begun.status_code == 201
    stars = {number: number % 6 for number in range(size)}
    requests = [
        partial(
            server.client.post, "/api/sessions/tune/ratings", json={"number": n, "stars": given}
        )
        for n, given in stars.items()
    ]
    acknowledged = kept_asking(server, requests, 12)
    assert acknowledged >= 12
    again = serve()
    phrases = again.client.get("/api/sessions/tune").json()["phrases"]
    kept = {one["number"]: one["stars"] for one in phrases if one["stars"] is not None}
    assert kept.items() >= {n: stars[n] for n in range(acknowledged)}.items()
    monkeypatch.setenv("MUSO_HOME", str(tmp_path / "home"))
    with service.resume_session("tune") as session:
        assert session.population.generation == 0


def kept_asking(server: Any, requests: Sequence[Callable[[], Any]], until: int) -> int:
    """Make the requests one after another, killing the server once `until` were acknowledged.

    Once all were made they are made again, until the kill comes. How many of them were
    acknowledged in the end.
    """
    for acknowledged, request in enumerate(itertools.cycle(requests)):
        try:
            answer = request()
        except httpx.TransportError:
            return min(acknowledged, len(requests))
        assert answer.status_code in {200, 201}, answer.text
        if acknowledged + 1 == until:
            threading.Thread(target=server.kill).start()
    raise AssertionError("there was nothing to ask")


def test_a_kill_loses_no_answer_of_a_listener_that_was_acknowledged(
    serve: Callable[[], Any], tmp_path: Path
) -> None:
    codes = [f"code-{number:04}" for number in range(400)]
    items = [{"piece": "0" * 32 + ".mid", "name": code, "label": "sad", "code": code}
             for code in codes]  # fmt: skip
    token = "t" * 24
    database = Database(tmp_path / "home" / "studio" / "studio.sqlite")
    database.add_test("a" * 16, token, "Moods", ["sad", "happy"], items)
    database.close()
    server = serve()
    listener = "listener-number-1"
    said = [{"listener": listener, "item": code, "label": ["sad", "happy"][n % 2]}
            for n, code in enumerate(codes)]  # fmt: skip
    requests = [partial(server.client.post, f"/t/{token}/answers", json=one) for one in said]
    acknowledged = kept_asking(server, requests, 20)
    again = serve()
    found = again.client.get(f"/t/{token}/items", params={"listener": listener}).json()["answered"]
    assert found.items() >= {one["item"]: one["label"] for one in said[:acknowledged]}.items()
    assert again.client.get(f"/api/tests/{'a' * 16}").json()["answers"] >= acknowledged >= 20


def test_a_kill_loses_no_star_and_nothing_kept_that_was_acknowledged(
    serve: Callable[[], Any], tmp_path: Path
) -> None:
    database = Database(tmp_path / "home" / "studio" / "studio.sqlite")
    facts = {"bundle": "muse.1", "made_by": "muso 0.1", "seed": 1, "heard": {}, "notes": 1,
             "length_s": 1.0, "tempo_bpm": 120.0}  # fmt: skip
    numbers = [database.add_composition("0" * 32 + ".mid", {"seed": n}, facts, None)
               for n in range(400)]  # fmt: skip
    database.close()
    server = serve()
    judged = {number: {"kept": number % 2 == 0, "stars": number % 6} for number in numbers}
    requests = [partial(server.client.patch, f"/api/compositions/{number}", json=one)
                for number, one in judged.items()]  # fmt: skip
    acknowledged = kept_asking(server, requests, 20)
    made = {one["id"]: one for one in serve().client.get("/api/compositions").json()}
    assert len(made) == len(numbers)
    for number in numbers[:acknowledged]:
        assert made[number]["kept"] == judged[number]["kept"]
        assert made[number]["stars"] == judged[number]["stars"]


def test_ctrl_c_ends_open_streams_at_once_and_loses_nothing(
    serve: Callable[[], Any], tmp_path: Path
) -> None:
    database = Database(tmp_path / "home" / "studio" / "studio.sqlite")
    item = {"piece": "0" * 32 + ".mid", "name": "a", "label": "sad", "code": "code-0001"}
    database.add_test("a" * 16, "t" * 24, "Moods", ["sad", "happy"], [item])
    database.close()
    server = serve()
    client = server.client
    score = (EXAMPLES / "schubert-gute_nacht.mid").read_bytes()
    piece = client.post("/api/pieces", params={"name": "a.mid"}, content=score).json()["id"]
    # A sound takes a while: its job is under way still, or on a quick machine just done.
    job = client.post("/api/exports", json={"piece": piece, "format": "mp3"}).json()["job"]
    said = {"listener": "listener-number-1", "item": "code-0001", "label": "sad"}
    with (
        client.stream("GET", f"/api/tests/{'a' * 16}/events") as results,
        client.stream("GET", f"/api/jobs/{job}/events") as work,
    ):
        lines = results.iter_lines()
        assert next(lines) == "event: results"
        assert client.post(f"/t/{'t' * 24}/answers", json=said).status_code == 201
        server.process.send_signal(signal.SIGINT)
        # Both end as streams should, and are not cut off: a cut one raises here.
        assert {"event: failed", "event: done"} & set(work.iter_lines())
        deque(lines, maxlen=0)
    status, told = server.ended()
    assert status in {0, 130}
    assert "Traceback" not in told and "exceeded" not in told and "Cancel" not in told
    assert serve().client.get(f"/api/tests/{'a' * 16}").json()["answers"] == 1


def test_what_was_dropped_is_there_after_a_kill_and_ctrl_c_closes_cleanly(
    serve: Callable[[], Any],
) -> None:
    server = serve()
    score = b"MThd" + b"not really"
    server.client.post("/api/pieces", params={"name": "mine.mid"}, content=score)
    server.kill()
    again = serve()
    assert [one["name"] for one in again.client.get("/api/pieces").json()] == ["mine.mid"]
    page = again.client.get("/")
    assert page.status_code == 200 and "muso" in page.text
    status, said = again.interrupt()
    assert (status, "Traceback" in said) == (0, False) or status == 130


def test_a_port_that_is_taken_is_told_with_the_remedy() -> None:
    from muso.cli import cli
    from muso.errors import UsageError

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        outcome = CliRunner().invoke(cli, ["studio", "--no-browser", "--port", port])
    assert isinstance(outcome.exception, UsageError)
    assert "take another --port" in str(outcome.exception)


@pytest.mark.parametrize("host", ["999.1.1.1", "no such place"])
def test_an_address_that_is_not_here_is_told(host: str) -> None:
    from muso.cli import cli
    from muso.errors import UsageError

    outcome = CliRunner().invoke(cli, ["studio", "--no-browser", "--host", host, "--port", "0"])
    assert isinstance(outcome.exception, UsageError)
