"""Where bundles live: shipped ones in the package, the user's own in the user data folder."""

from __future__ import annotations

import os
import re
from difflib import get_close_matches
from functools import lru_cache
from importlib import resources
from pathlib import Path

from muso.bundle.bundle import MANIFEST, Bundle, read_bundle
from muso.errors import UsageError

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def home() -> Path:
    """muso's folder in the user's data: `MUSO_HOME`, or the platform's place for it."""
    if chosen := os.environ.get("MUSO_HOME"):
        return Path(chosen)
    import platformdirs

    return Path(platformdirs.user_data_dir("muso", appauthor=False))


def bundle_folder(name: str) -> Path:
    """Where the user's own bundle of that name is kept.

    Raises:
        UsageError: not a name that every system can take as a folder, or a shipped bundle's, whose
            answers would be another's from then on.
    """
    if not NAME.fullmatch(name):
        raise UsageError(f"{name!r} can't name a bundle; use letters, digits, '.', '_' and '-'")
    if (shipped_folder() / name / MANIFEST).is_file():
        raise UsageError(f"{name!r} is the name of a bundle that came with muso; choose another")
    return home() / "bundles" / name


def shipped_folder() -> Path:
    """The bundles that came with muso."""
    return Path(str(resources.files("muso") / "bundles"))


def list_bundles() -> dict[str, Path]:
    """Every bundle's folder by name, sorted; the user's own stand before shipped ones."""
    found: dict[str, Path] = {}
    for place in (shipped_folder(), home() / "bundles"):
        if place.is_dir():
            # Hidden folders are what a killed training left behind: drafts, or what they replaced.
            shown = (p for p in place.iterdir() if not p.name.startswith("."))
            found |= {p.name: p for p in shown if (p / MANIFEST).is_file()}
    return dict(sorted(found.items()))


@lru_cache(maxsize=8)
def _loaded(folder: Path, changed_ns: int) -> Bundle:
    return read_bundle(folder)


def find_bundle(name: str) -> Bundle:
    """The bundle of that name, or in that folder; asked again, the same one.

    Raises:
        UsageError: there is none. BundleError: it can't be read.
    """
    folder = find_folder(name)
    return _loaded(folder, (folder / MANIFEST).stat().st_mtime_ns)


def find_folder(name: str) -> Path:
    """The folder of the bundle of that name, or `name` itself where that is one.

    Raises:
        UsageError: there is none.
    """
    folders = list_bundles()
    folder = folders.get(name, Path(name))
    if not (folder / MANIFEST).is_file():
        near = get_close_matches(name, folders, 1)
        hint = f"did you mean {near[0]!r}?" if near else "`muso bundles` lists them"
        raise UsageError(f"there is no bundle {name!r}; {hint}")
    return folder
