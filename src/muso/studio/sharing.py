"""The local network's way in: a server of its own, that is only there while it is wanted."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import uvicorn

from muso.studio.security import App, Guard

EVERYWHERE = "0.0.0.0"


class _Quiet(uvicorn.Server):
    """A server within another's process: signals are for the other."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class Door:
    """The door to the local network: shut until somebody opens it.

    Attributes:
        address: where machines of the local network reach what is open, None while it is shut.
    """

    def __init__(self) -> None:
        self._server: _Quiet | None = None
        self._task: asyncio.Task[None] | None = None
        self.address: str | None = None

    async def open(self, app: App, host: str = EVERYWHERE) -> None:
        """Let machines of the local network reach `app`, and nothing else."""
        if self.address is not None:
            return
        listening = socket.socket()
        listening.bind((host, 0))
        listening.listen(64)
        config = uvicorn.Config(
            Guard(app, host), log_level="warning", access_log=False,
            lifespan="off", server_header=False, proxy_headers=False, limit_concurrency=200,
            timeout_graceful_shutdown=1,
        )  # fmt: skip
        self._server = _Quiet(config)
        self._task = asyncio.get_running_loop().create_task(self._server.serve([listening]))
        self.address = f"http://{own_address(host)}:{listening.getsockname()[1]}"

    async def close(self) -> None:
        """Shut it."""
        if self._server is not None and self._task is not None:
            self._server.should_exit = True
            with contextlib.suppress(Exception):
                await asyncio.wait_for(self._task, 3)
        self._server = self._task = self.address = None


def own_address(host: str) -> str:
    """This machine's address in its local network; loopback where it is in none."""
    if host != EVERYWHERE:
        return host
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # Nothing is sent: the system only says which of its addresses it would send from.
            probe.connect(("10.255.255.255", 9))
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"
