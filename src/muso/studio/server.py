"""Running the studio: a port, a browser, and an end that loses nothing."""

from __future__ import annotations

import logging
import socket
import threading
import webbrowser
from collections.abc import Callable
from dataclasses import replace

import uvicorn

from muso.errors import UsageError
from muso.studio.app import build
from muso.studio.security import Guard, is_loopback
from muso.studio.settings import PORT, Settings
from muso.studio.state import Studio

GRACE_S = 3
"""How long streams may go on once the studio is asked to close."""


class _Server(uvicorn.Server):
    """A server that ends its streams before it waits for their readers to go."""

    def __init__(self, config: uvicorn.Config, studio: Callable[[], Studio | None]) -> None:
        super().__init__(config)
        self._studio = studio

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if studio := self._studio():
            await studio.end_streams()
        await super().shutdown(sockets)


def serve(settings: Settings, browser: bool, say: Callable[[str], None]) -> None:
    """Run the studio until it is interrupted.

    Args:
        settings: as it is to be run; where its port is taken, the usual one gives way to
            any that is free.
        browser: whether to open its page.
        say: told where the studio is.

    Raises:
        UsageError: the port that was asked for is taken, or there is no such address.
    """
    listening = _listen(settings)
    settings = replace(settings, port=listening.getsockname()[1])
    host = "127.0.0.1" if settings.host in {"0.0.0.0", "::"} else settings.host
    address = f"http://{f'[{host}]' if ':' in host else host}:{settings.port}/"
    logging.basicConfig(level=logging.WARNING, format="muso: %(message)s")
    say(f"muso's studio is at {address} (Ctrl-C closes it)")
    if not is_loopback(settings.host):
        say("Everybody who can reach this machine over the network can use it, without a password.")
    app = build(settings)
    config = uvicorn.Config(
        Guard(app, settings.host),
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
        timeout_keep_alive=30,
        limit_concurrency=500,
        proxy_headers=False,
    )
    if browser:
        opening = threading.Timer(0.3, webbrowser.open, [address])
        opening.daemon = True
        opening.start()
    _Server(config, lambda: getattr(app.state, "studio", None)).run([listening])


def _listen(settings: Settings) -> socket.socket:
    """A socket that listens where the settings say."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    for port in (settings.port, 0) if settings.port == PORT else (settings.port,):
        listening = socket.socket(family)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((settings.host, port))
            listening.listen(128)
        except OSError as error:
            listening.close()
            cause = error.strerror or str(error)
        except OverflowError:
            listening.close()
            raise UsageError(f"there is no port {port}; take 1 to 65535") from None
        else:
            return listening
    raise UsageError(
        f"the studio can't listen at {settings.host}, port {settings.port} ({cause}); "
        "take another --port or --host"
    )
