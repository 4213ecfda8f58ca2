"""Sound to a file as it is made, so that an hour takes no more memory than a minute."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from muso.errors import FileError, UsageError
from muso.music.audio import system_name
from muso.music.clip import ENCODINGS, SYSTEM, WRITE_FRAMES
from muso.music.files import whole
from muso.music.sound.ogg import settle_serial

ROOM_TO_SPARE = 4_096
"""Bytes asked of the disk after the encoder's last, unchecked writes: one of its blocks."""


def check_suffix(path: str | os.PathLike[str]) -> tuple[str, str]:
    """The format and encoding that the suffix of `path` names.

    Raises:
        UsageError: none that muso writes.

    >>> check_suffix("song.ogg")
    ('OGG', 'VORBIS')
    """
    suffix = Path(path).suffix.lower()
    if suffix not in ENCODINGS:
        known = ", ".join(ENCODINGS)
        raise UsageError(f"{path}: sound is written as {known}; take one of them")
    return ENCODINGS[suffix]


def write_blocks(
    blocks: Iterable[NDArray[np.float32]],
    path: str | os.PathLike[str],
    sample_rate: int,
    channels: int = 2,
) -> None:
    """Write blocks `(channel, sample)` as 16-bit WAV or FLAC, Ogg Vorbis or MP3.

    The file appears once it is whole; on any error nothing is left behind. The same blocks
    give the same bytes.

    Raises:
        UsageError: another suffix, or a rate or number of channels the format can't hold.
        MissingFile, NoPermission, FileError: the file can't be written.
    """
    import soundfile

    kind, subtype = check_suffix(path)
    with whole(path) as unfinished:
        name = system_name(unfinished)
        try:
            with soundfile.SoundFile(
                name, "w", sample_rate, channels, subtype, format=kind
            ) as file:
                for block in blocks:
                    for at in range(0, block.shape[1], WRITE_FRAMES):
                        file.write(block[:, at : at + WRITE_FRAMES].T)
        except soundfile.LibsndfileError as error:
            if error.code == SYSTEM:
                raise FileError(path, "the system can't write it", "is the disk full?") from None
            raise UsageError(
                f"{path}: {Path(path).suffix} can't hold {channels} channels at "
                f"{sample_rate:,} Hz; take .wav"
            ) from None
        _check_disk(unfinished)
        if kind == "OGG":
            settle_serial(unfinished)


def _check_disk(unfinished: Path) -> None:
    """Raise the system's error if the disk is full: closing an encoder doesn't say so."""
    size = unfinished.stat().st_size
    with unfinished.open("r+b") as file:
        file.seek(0, os.SEEK_END)
        file.write(bytes(ROOM_TO_SPARE))
        file.flush()
        file.truncate(size)
