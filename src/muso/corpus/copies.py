"""Transposed copies that muso wrote, told from the pieces they were made of."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from muso.errors import MusoError
from muso.music.files import opening

MANIFEST = "manifest.csv"
"""Written into the folder of the copies. Read this, not the folder: it tells the copies' labels
and works, and whoever scans the folder leaves the copies out."""

ORIGIN = "origin"
"""The column of the manifest that tells what a copy was made of."""

TRANSPOSED = "semitones"
"""The column that tells a transposed copy: how far it was moved."""


def find_copies(root: Path, files: Sequence[str]) -> dict[str, list[str]]:
    """The copies among the files of a folder, by the manifest beside them that names them.

    Args:
        root: the folder.
        files: what lies in it, with `/`, seen from there.

    Returns:
        of each such manifest, seen from `root` too, the files that it names.
    """
    folders = {""}
    for name in files:
        above = name.rpartition("/")[0]
        while above and f"{above}/" not in folders:
            folders.add(f"{above}/")
            above = above.rpartition("/")[0]
    left, found = set(files), {}
    for folder in sorted(folders):
        own = left & {folder + name for name in _named_by(root / folder / MANIFEST)}
        if own:
            found[folder + MANIFEST] = sorted(own)
            left -= own
    return found


def _named_by(manifest: Path) -> list[str]:
    """The copies that a manifest names; none if it is not one that muso wrote."""
    if not manifest.is_file():
        return []
    try:
        with (
            opening(manifest),
            manifest.open(newline="", encoding="utf-8-sig", errors="surrogateescape") as file,
        ):
            reader = csv.DictReader(file, restval="")
            if not {"path", ORIGIN, TRANSPOSED} <= set(reader.fieldnames or ()):
                return []
            return [row["path"] for row in reader if row[TRANSPOSED]]
    except (MusoError, csv.Error):
        return []
