"""A studio within the test's process, and one of its own that can be killed."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from muso.studio import Settings, create_app

BASE = "http://127.0.0.1:8420"
EXAMPLES = Path(__file__).parents[2] / "examples"
STARTED_S = 60.0


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the studio of these tests keeps its things."""
    return tmp_path_factory.mktemp("studio")


@pytest.fixture(scope="session")
def studio(home: Path, folder: Path) -> Iterator[TestClient]:
    """A browser's way to a running studio; it is shared, so leave no pieces listed behind."""
    settings = Settings(folder=folder, workers=2, limit_s=30, score_bytes=300_000)
    with TestClient(create_app(settings), base_url=BASE) as client:
        yield client


@pytest.fixture
def inside(studio: TestClient) -> Any:
    """The running studio's own state."""
    return studio.app._app.state.studio  # type: ignore[attr-defined]


@pytest.fixture
def put(studio: TestClient) -> Callable[..., str]:
    """Uploads one of the examples, or another file; what the studio calls it."""

    def upload(file: Path | str, name: str | None = None) -> str:
        path = EXAMPLES / file
        answer = studio.post(
            "/api/pieces", params={"name": name or path.name}, content=path.read_bytes()
        )
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    return upload


def events_of(client: TestClient | httpx.Client, job: str) -> list[tuple[str, Any]]:
    """What a job told until it ended: name and content of each event."""
    lines = client.get(f"/api/jobs/{job}/events").text.splitlines()
    names = [line[7:] for line in lines if line.startswith("event: ")]
    data = [json.loads(line[6:]) for line in lines if line.startswith("data: ")]
    return list(zip(names, data, strict=True))


@pytest.fixture
def finished(studio: TestClient) -> Callable[[Any], list[tuple[str, Any]]]:
    """The events of the work that an answer says has begun, once it has ended."""

    def follow(begun: Any) -> list[tuple[str, Any]]:
        assert begun.status_code == 202, begun.text
        return events_of(studio, begun.json()["job"])

    return follow


class Server:
    """A studio in a process of its own."""

    def __init__(self, home: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", "from muso.cli import main; main()", "studio", "--port", "0",
             "--no-browser"],
            env={**os.environ, "MUSO_HOME": str(home)},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self.process.stdout is not None
        said = self.process.stdout.readline()
        found = re.search(r"http://\S+?(?=/)", said)
        assert found, said + (self.process.stderr.read() if self.process.stderr else "")
        self.address = found[0]
        self.client = httpx.Client(base_url=self.address, timeout=STARTED_S)

    def kill(self) -> None:
        """As a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def interrupt(self) -> tuple[int, str]:
        """Ctrl-C; its exit status and what it said on standard error."""
        self.process.send_signal(signal.SIGINT)
        return self.ended()

    def ended(self) -> tuple[int, str]:
        """Once it has ended: its exit status and what it said on standard error."""
        _, said = self.process.communicate(timeout=STARTED_S)
        return self.process.returncode, said

    def close(self) -> None:
        """End it, however."""
        self.client.close()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[[], Server]]:
    """Starts studios that share one home, one after another."""
    started: list[Server] = []

    def start() -> Server:
        started.append(Server(tmp_path / "home"))
        return started[-1]

    yield start
    for server in started:
        server.close()
