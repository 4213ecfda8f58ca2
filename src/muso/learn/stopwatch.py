"""How long work took that may be interrupted and gone on with."""

from __future__ import annotations

import time
from pathlib import Path

from muso.music.files import whole
from muso.progress import Listener, Progress, silent

EVERY_S = 10.0
"""How often, at most, the time is written down."""


class Stopwatch:
    """The minutes that work took, with those before an interruption.

    A listener: the time is written down when progress is told, so that a kill loses little of it.

    Args:
        folder: where the work keeps what it goes on from.
        listener: is told what the stopwatch is told.
    """

    def __init__(self, folder: Path, listener: Listener = silent) -> None:
        self._file, self._listener = folder / "minutes", listener
        kept = self._file.read_text("utf-8") if self._file.exists() else "0"
        self._before = float(kept)
        self._started = self._noted = time.monotonic()

    @property
    def minutes(self) -> float:
        """So far."""
        return self._before + (time.monotonic() - self._started) / 60

    def __call__(self, progress: Progress) -> None:
        if time.monotonic() - self._noted >= EVERY_S:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with whole(self._file) as unfinished:
                unfinished.write_text(repr(self.minutes), "utf-8")
            self._noted = time.monotonic()
        self._listener(progress)
