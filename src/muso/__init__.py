"""muso listens and plays.

>>> import muso
>>> muso.identify("examples/bach-bwv66-6.mid").predictions["composer"].bundle
'composer.1'
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from muso.errors import MusoError as MusoError
    from muso.music.clip import Clip as Clip
    from muso.music.clip import read_clip as read_clip
    from muso.music.humanize import humanize as humanize
    from muso.music.midi import read_score as read_score
    from muso.music.midi import write_score as write_score
    from muso.music.score import Score as Score
    from muso.service import Identification as Identification
    from muso.service import Rendering as Rendering
    from muso.service import Request as Request
    from muso.service import bundles as bundles
    from muso.service import compare as compare
    from muso.service import evaluate as evaluate
    from muso.service import identify as identify
    from muso.service import identify_all as identify_all
    from muso.service import load as load
    from muso.service import play as play
    from muso.service import render as render
    from muso.service import train as train

_HOMES = {
    "MusoError": "muso.errors",
    "Clip": "muso.music.clip",
    "read_clip": "muso.music.clip",
    "humanize": "muso.music.humanize",
    "read_score": "muso.music.midi",
    "write_score": "muso.music.midi",
    "Score": "muso.music.score",
    **dict.fromkeys(
        (
            "Identification",
            "Rendering",
            "Request",
            "bundles",
            "compare",
            "evaluate",
            "identify",
            "identify_all",
            "load",
            "play",
            "render",
            "train",
        ),
        "muso.service",
    ),
}
__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    # Loaded when first asked for, so that `import muso` costs nothing.
    if name not in _HOMES:
        raise AttributeError(f"module 'muso' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
