"""All that a bundle tells of itself, as plain data."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from muso.errors import BundleError, FileError, UsageError
from muso.music.files import read_bytes

MOST_BYTES = 64 * 2**20


@dataclass(frozen=True)
class Description:
    """What a bundle tells of itself.

    Attributes:
        name: as it is asked for. folder: where it lies.
        manifest: its `bundle.toml`. report: its `report.json`, empty if it has none.
        card: its `CARD.md`, empty if it has none.
    """

    name: str
    folder: Path
    manifest: dict[str, Any]
    report: dict[str, Any]
    card: str


def describe_bundle(name: str) -> Description:
    """What the bundle called `name` tells of itself; its graphs are not loaded.

    Raises:
        UsageError: there is none. BundleError: what it tells can't be read.

    >>> describe_bundle("composer.1").manifest["task"]
    'composer'
    """
    from muso.bundle.bundle import MANIFEST
    from muso.bundle.store import list_bundles

    folders = list_bundles()
    if name not in folders:
        raise UsageError(f"there is no bundle {name!r}; `muso bundles` lists them")
    folder = folders[name]
    try:
        manifest = tomllib.loads(read_bytes(folder / MANIFEST, MOST_BYTES).decode())
        report, card = _text(folder / "report.json"), _text(folder / "CARD.md")
        return Description(name, folder, manifest, json.loads(report or "{}"), card)
    except (FileError, ValueError) as error:
        raise BundleError(f"bundle {name} is damaged ({error}); install it again") from None


def _text(path: Path) -> str:
    return read_bytes(path, MOST_BYTES).decode("utf-8", "replace") if path.is_file() else ""
