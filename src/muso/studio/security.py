"""Who may speak to the studio: its own page, on this machine, and nobody else's page.

A page of another site that the same browser shows can send requests here, by a form, a script
or a picture; a name under that site's control may even resolve to this machine (DNS rebinding).
So requests must name this studio as their host, and those that another page makes, as their
`Origin` or `Sec-Fetch-Site` tells, are refused. No cookie or password is needed for that.
"""

from __future__ import annotations

import ipaddress
import json
import socket
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "media-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
"""Nothing from elsewhere, nothing inline."""

HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-frame-options": "DENY",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), interest-cohort=()",
}

MOST_BODY = 2**20
"""Bytes of a request that brings no file."""
MOST_UPLOAD = 600 * 2**20
"""Of one that brings a file; the route sets a lower bound for each medium."""
UPLOADS = ("/api/pieces",)


class Guard:
    """Lets through what may pass, and puts the security headers on every answer.

    Args:
        app: what is guarded.
        host: the address it is served at. On a loopback address only loopback names are
            answered; on others also any address and this machine's own names.
    """

    def __init__(self, app: App, host: str) -> None:
        self._app = app
        self._host = host
        self._names = {"localhost", host.lower()}
        if not is_loopback(host):
            own = socket.gethostname().lower()
            self._names |= {own, f"{own}.local"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        refused = self._refusal(scope)
        if refused:
            await _refuse(send, *refused)
            return
        await self._app(scope, _bounded(receive, _most(scope)), _dressed(scope, send))

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        """Status and reason if the request may not pass."""
        headers = _headers(scope)
        hosts = [value for name, value in headers if name == "host"]
        if len(hosts) != 1 or not self._knows(hosts[0]):
            return 421, "this studio is not reached by that name"
        given = dict(headers)
        origin = given.get("origin")
        if origin is not None and origin.lower() != f"{scope['scheme']}://{hosts[0]}".lower():
            return 403, "another site's page may not use this studio"
        site = given.get("sec-fetch-site", "none")
        if site not in {"none", "same-origin"} and not _opens_page(scope, given):
            return 403, "another site's page may not use this studio"
        length = given.get("content-length", "0")
        if not length.isdecimal() or int(length) > _most(scope):
            return 413, f"more than {_most(scope) // 2**20} MiB at once"
        return None

    def _knows(self, netloc: str) -> bool:
        name = _hostname(netloc)
        if name in self._names:
            return True
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return False
        # A name can be rebound to this machine, an address can't.
        return address.is_loopback or not is_loopback(self._host)


def is_loopback(host: str) -> bool:
    """Whether only programs of this machine can reach `host`.

    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _hostname(netloc: str) -> str:
    """The name in `name:port`, without the brackets of IPv6."""
    if netloc.startswith("["):
        return netloc[1:].partition("]")[0]
    return netloc.partition(":")[0].lower()


def _opens_page(scope: Scope, headers: dict[str, str]) -> bool:
    """Whether a person followed a link here: pages may be opened from anywhere."""
    navigates = headers.get("sec-fetch-mode") == "navigate"
    document = headers.get("sec-fetch-dest", "document") == "document"
    api = str(scope["path"]).startswith("/api")
    return scope["method"] in {"GET", "HEAD"} and navigates and document and not api


def _headers(scope: Scope) -> list[tuple[str, str]]:
    return [(name.decode("latin-1").lower(), value.decode("latin-1"))
            for name, value in scope["headers"]]  # fmt: skip


def _most(scope: Scope) -> int:
    return MOST_UPLOAD if scope["path"] in UPLOADS else MOST_BODY


def _bounded(receive: Receive, most: int) -> Receive:
    """`receive` that ends a body of more than `most` bytes, whatever its length claimed to be."""
    taken = 0

    async def bounded() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        return {"type": "http.disconnect"} if taken > most else message

    return bounded


def _dressed(scope: Scope, send: Send) -> Send:
    """`send` that adds the security headers, and keeps answers of the API out of caches."""

    async def dressed(message: Message) -> None:
        if message["type"] == "http.response.start":
            given = {name.lower() for name, _ in message.get("headers", [])}
            added = dict(HEADERS)
            api = str(scope["path"]).startswith("/api")
            added["cache-control"] = "no-store" if api else "no-cache"
            message["headers"] = [
                *message.get("headers", []),
                *((n.encode(), v.encode()) for n, v in added.items() if n.encode() not in given),
            ]
        await send(message)

    return dressed


async def _refuse(send: Send, status: int, reason: str) -> None:
    body = json.dumps({"error": {"kind": "refused", "message": reason}}).encode()
    headers = [(b"content-type", b"application/json"), *((n.encode(), v.encode())
               for n, v in HEADERS.items())]  # fmt: skip
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
