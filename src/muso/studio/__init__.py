"""The studio: a local web page where people look and listen.

`create_app` makes the web application, `serve` runs it. Routes parse, call the service once,
and render; what decodes files does so in worker processes that a hostile file can end.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from muso.studio.app import create_app as create_app
    from muso.studio.server import serve as serve
    from muso.studio.settings import Settings as Settings

_HOMES = {
    "Settings": "muso.studio.settings",
    "create_app": "muso.studio.app",
    "serve": "muso.studio.server",
}
__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    # The web framework is loaded when the studio opens, not when something asks what there is.
    if name not in _HOMES:
        raise AttributeError(f"module 'muso.studio' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
