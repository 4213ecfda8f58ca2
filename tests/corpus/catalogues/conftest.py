"""A small web server that speaks what a test tells it to, failures included."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from PIL import Image

from muso.corpus.catalogues.web import Web


@dataclass(frozen=True)
class Answer:
    """What the server sends: `cut` breaks the connection off in the middle of the body."""

    body: Any = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: str


def art(seed: int, side: int = 64) -> bytes:
    """A JPEG that looks like no other of another seed."""
    shapes = np.random.default_rng(seed).integers(0, 256, (8, 8, 3), np.uint8)
    out = io.BytesIO()
    Image.fromarray(shapes).resize((side, side), Image.Resampling.NEAREST).save(out, "JPEG")
    return out.getvalue()


class Server:
    """Answers by `route(request)`; `asked` is every request in its order."""

    answer = Answer
    art = staticmethod(art)

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self.route: Callable[[Request], Answer] = lambda request: Answer(status=404)
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def _serve(self) -> None:
                parts = urlsplit(self.path)
                query = {key: values[0] for key, values in parse_qs(parts.query).items()}
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length).decode()
                request = Request(self.command, parts.path, query, dict(self.headers), body)
                outer.asked.append(request)
                answer = outer.route(request)
                content = answer.body
                if not isinstance(content, bytes):
                    content = json.dumps(content).encode()
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content[: len(content) // 2] if answer.cut else content)
                if answer.cut:
                    self.close_connection = True

            do_GET = do_POST = _serve

            def log_message(self, *told: Any) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()

    def asked_for(self, part: str) -> list[Request]:
        return [request for request in self.asked if part in request.path]


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.http.shutdown()
    running.http.server_close()


class Clock:
    """A clock that sleeping moves, so that no test waits."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        if seconds:
            self.slept.append(seconds)
        self.now += seconds

    def web(self, interval_s: float = 0.0) -> Web:
        return Web("muso/test ( me@example.org )", interval_s, self.sleep, lambda: self.now)


@pytest.fixture
def clock() -> Clock:
    return Clock()
