"""What a studio is opened with."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

LOOPBACK = "127.0.0.1"
PORT = 8420
MIB = 2**20
MOST_SCORES = 5000
"""That a style is learnt from."""


@dataclass(frozen=True)
class Settings:
    """How a studio is run.

    Attributes:
        host: the address it listens at; anything but a loopback address lets others in.
        port: 0 takes any free one.
        folder: where files, history and answers are kept.
        workers: processes that decode files, 1 and more.
        memory_mib: what each of them may take, where the system can tell it so.
        limit_s: how long each may take over a file.
        score_bytes, clip_bytes, cover_bytes: how large an upload of each medium may be.
        pieces: how many uploads the list holds.
        sounds_bytes: how much sound that was made of scores is kept.
        exports_bytes: how much is kept of the files that were made to be downloaded.
    """

    host: str = LOOPBACK
    port: int = PORT
    folder: Path = field(default_factory=lambda: default_folder())
    workers: int = field(default_factory=lambda: max(2, min(4, (os.cpu_count() or 2) - 1)))
    memory_mib: int = 4096
    limit_s: float = 120.0
    score_bytes: int = 16 * MIB
    clip_bytes: int = 512 * MIB
    cover_bytes: int = 32 * MIB
    pieces: int = 1000
    sounds_bytes: int = 1024 * MIB
    exports_bytes: int = 1024 * MIB

    def most_bytes(self, media: str) -> int:
        """How large an upload of a medium may be.

        >>> Settings(folder=Path("here")).most_bytes("score") // MIB
        16
        """
        limits = {"score": self.score_bytes, "clip": self.clip_bytes, "cover": self.cover_bytes}
        return limits[media]


def default_folder() -> Path:
    """The studio's folder in muso's own."""
    from muso.bundle.store import home

    return home() / "studio"
