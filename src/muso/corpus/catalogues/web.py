"""Asking a web service politely: one request after another, patient, and named."""

from __future__ import annotations

import email.utils
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from muso.errors import CatalogueError

if TYPE_CHECKING:
    import httpx

TRIES = 5
TIMEOUT_S = 30.0
LONGEST_WAIT_S = 600.0
"""Asked to wait longer than this, a collection stops; it goes on when it is called again."""
MAX_BYTES = 64 * 2**20
SAID, SAID_BYTES = 200, 1024
"""Characters of a refusal that are told, and bytes of it that are read."""
UNAUTHORIZED, NOT_FOUND, TOO_MANY, SERVER_ERROR = 401, 404, 429, 500


class Unauthorized(CatalogueError):
    """The service does not accept who is asking."""


def user_agent(contact: str = "") -> str:
    """How muso calls itself; MusicBrainz wants to know whom to write to.

    >>> user_agent("me@example.org").endswith("( me@example.org )")
    True
    """
    return f"muso/{version('muso')}" + (f" ( {contact} )" if contact else "")


@dataclass
class Web:
    """A connection to one service.

    Attributes:
        agent: how to call itself.
        interval_s: least time between two requests, seconds.
        sleep, clock: how to wait, and by which clock.
    """

    agent: str
    interval_s: float = 0.0
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    _client: httpx.Client | None = field(default=None, repr=False)
    _last: float = field(default=float("-inf"), repr=False)

    def ask_json(self, url: str, method: str = "GET", **options: Any) -> Any:
        """What the service answers, as JSON; None where there is no such thing (404).

        Raises:
            Unauthorized: by 401. CatalogueError: by any other refusal, or no whole answer.
        """
        return self._asked(url, method, options, _json)

    def ask_bytes(self, url: str, **options: Any) -> bytes | None:
        """What lies at `url`; None where there is nothing (404). Raises as `ask_json`."""
        content: bytes | None = self._asked(url, "GET", options, _content)
        return content

    def _asked(
        self,
        url: str,
        method: str,
        options: Mapping[str, Any],
        read: Callable[[httpx.Response], Any],
    ) -> Any:
        import httpx

        cause, wait_s = "", 0.0
        for attempt in range(TRIES):
            self.sleep(max(wait_s, self._last + self.interval_s - self.clock(), 0.0))
            self._last = self.clock()
            wait_s = 2.0**attempt
            try:
                with self._connection().stream(method, url, **options) as response:
                    status = response.status_code
                    if status == NOT_FOUND:
                        return None
                    if response.is_success:
                        return read(response)
                    said = _beginning(response)
            except (httpx.RequestError, httpx.InvalidURL, ValueError) as error:
                # A connection that breaks off, or half an answer: either may do better next time.
                cause = f"no whole answer ({type(error).__name__}: {error})"
                continue
            if status == UNAUTHORIZED:
                raise Unauthorized(f"{_host(url)}: it refuses who is asking (401)")
            if status != TOO_MANY and status < SERVER_ERROR:
                raise CatalogueError(f"{_host(url)}: it refuses the request ({status}: {said})")
            cause = f"it answers {status}"
            wait_s = max(wait_s, _retry_after(response.headers.get("Retry-After", "")))
            if wait_s > LONGEST_WAIT_S:
                raise CatalogueError(
                    f"{_host(url)}: it asks to wait {wait_s / 60:,.0f} minutes; call again then, "
                    "what was collected is kept"
                )
        raise CatalogueError(
            f"{_host(url)}: {cause}, {TRIES} times; try again later, what was collected is kept"
        )

    def _connection(self) -> httpx.Client:
        import httpx

        if self._client is None:
            self._client = httpx.Client(
                headers={"User-Agent": self.agent}, timeout=TIMEOUT_S, follow_redirects=True
            )
        return self._client


def _host(url: str) -> str:
    return urlsplit(url).netloc


def _json(response: httpx.Response) -> Any:
    return json.loads(_content(response))


def _content(response: httpx.Response) -> bytes:
    parts, size = [], 0
    for part in response.iter_bytes():
        parts.append(part)
        size += len(part)
        if size > MAX_BYTES:
            raise CatalogueError(f"{_host(str(response.url))}: more than {MAX_BYTES:,} bytes")
    return b"".join(parts)


def _beginning(response: httpx.Response) -> str:
    """The first words of a refusal, as far as one line shows them; the rest is not asked for."""
    content = b""
    for part in response.iter_bytes(SAID_BYTES):
        content += part
        if len(content) >= SAID_BYTES:
            break
    return content[:SAID_BYTES].decode("utf-8", "replace").strip()[:SAID]


def _retry_after(told: str) -> float:
    """Seconds that the header asks to wait: it gives seconds, or a date (RFC 9110, 10.2.3).

    >>> _retry_after("7"), _retry_after("soon")
    (7.0, 0.0)
    """
    if told.strip().isdecimal():
        return float(told)
    try:
        return max(email.utils.parsedate_to_datetime(told).timestamp() - time.time(), 0.0)
    except ValueError:
        return 0.0
