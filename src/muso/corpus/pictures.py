"""Spectrogram pictures that stand where the clips of a corpus would be."""

from __future__ import annotations

import os

FOLDER, SUFFIX = "spectrograms", ".png"


def picture_of(folder: str, label: str, track: str) -> str:
    """The path of a track's picture beside its manifest: `spectrograms/<label>/<track>.png`.

    Empty where there is none, so that a track that names a file keeps its own path.

    Args:
        folder: of the manifest.
        label: of the track; the folder of its pictures.
        track: as the manifest names it, without a suffix.

    >>> picture_of("examples", "blues", "blues.00000")
    ''
    """
    if not track or not label:
        return ""
    path = os.path.normpath(os.path.join(folder, FOLDER, label, track + SUFFIX))  # noqa: PTH118
    return path if os.path.isfile(path) else ""  # noqa: PTH113
