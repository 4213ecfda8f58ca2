"""A studio in a process of its own: it starts, is killed, is closed, and loses nothing."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner

from muso import service


def test_a_kill_loses_no_rating_that_was_acknowledged(
    serve: Callable[[], Any], tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve()
    size = 30
    begun = server.client.post(
        "/api/sessions", json={"name": "tune", "bars": 2, "size": size, "seed": 5}
    )
    assert begun.status_code == 201
    acknowledged: dict[int, int] = {}

    def rate() -> None:
        for number in range(size):
            rating = {"number": number, "stars": number % 6}
            try:
                answer = server.client.post("/api/sessions/tune/ratings", json=rating)
            except Exception:
                return
            if answer.status_code == 200:
                acknowledged[number] = rating["stars"]
            if len(acknowledged) == 12:
                threading.Thread(target=server.kill).start()

    rating = threading.Thread(target=rate)
    rating.start()
    rating.join()
    assert 12 <= len(acknowledged) < size
    again = serve()
    phrases = again.client.get("/api/sessions/tune").json()["phrases"]
    kept = {one["number"]: one["stars"] for one in phrases if one["stars"] is not None}
    assert kept.items() >= acknowledged.items()
    monkeypatch.setenv("MUSO_HOME", str(tmp_path / "home"))
    with service.resume_session("tune") as session:
        assert session.population.generation == 0


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
