"""Spectrogram pictures that stand where the clips of a corpus would be."""

from __future__ import annotations

import os

FOLDER, SUFFIX = "spectrograms", ".png"


def picture_of(folder: str, label: str, track: str) -> str:
    """The path of a track's picture beside its manifest: `spectrograms/<label>/<track>.png`.

    Empty where no such folder is there, so that a track that names a file keeps its own path.

    Args:
        folder: of the manifest.
        label: of the track; the folder of its pictures.
        track: as the manifest names it, without a suffix.

    >>> picture_of("examples", "blues", "blues.00000")
    ''
    """
    if not track or not label:
        return ""
    pictures = os.path.join(folder, FOLDER)  # noqa: PTH118
    if not os.path.isdir(pictures):  # noqa: PTH112
        return ""
    return os.path.normpath(os.path.join(pictures, label, track + SUFFIX))  # noqa: PTH118
