"""How long work took that may be interrupted and gone on with."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

from muso.errors import FileError
from muso.music.files import whole
from muso.progress import Listener, Progress, silent

EVERY_S = 10.0
"""How often, at most, the time is written down."""


class Stopwatch:
    """The minutes that work took, with those before an interruption.

    A listener: the time is written down when progress is told, and what a kill loses is what was
    since then. Where the work keeps nothing that it could go on from, it keeps no time either.

    Args:
        folder: where the work keeps what it goes on from, once there is something.
        listener: is told what the stopwatch is told.
    """

    def __init__(self, folder: Path, listener: Listener = silent) -> None:
        # No member of a recipe and no folder of a user's is called so.
        self._file, self._listener = folder / ".minutes", listener
        self._before = 0.0
        with contextlib.suppress(OSError, ValueError):  # work is worth more than its time
            self._before = float(self._file.read_text("utf-8"))
        self._started = self._noted = time.monotonic()

    @property
    def minutes(self) -> float:
        """So far."""
        return self._before + (time.monotonic() - self._started) / 60

    def __call__(self, progress: Progress) -> None:
        if time.monotonic() - self._noted >= EVERY_S and self._file.parent.exists():
            with contextlib.suppress(FileError), whole(self._file) as unfinished:
                unfinished.write_text(repr(self.minutes), "utf-8")
            self._noted = time.monotonic()
        self._listener(progress)
