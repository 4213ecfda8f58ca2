"""Silence for libraries that write to the terminal by themselves."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_STDERR = 2


class _Silence:
    """How many want it, and where standard error leads otherwise."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.wanted = 0
        self.before = -1

    def begin(self) -> None:
        with self.lock:
            self.wanted += 1
            if self.wanted == 1:
                sys.stderr.flush()
                self.before = os.dup(_STDERR)
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, _STDERR)
                os.close(nowhere)

    def end(self) -> None:
        with self.lock:
            self.wanted -= 1
            if self.wanted == 0:
                sys.stderr.flush()
                os.dup2(self.before, _STDERR)
                os.close(self.before)


_silence = _Silence()


@contextmanager
def hushed() -> Iterator[None]:
    """Nothing reaches standard error within the block, not even from a library in C.

    libmpg123 prints notes about every oddity of an MP3 file, and libsndfile has no switch for it;
    what is wrong with a file is said once, in muso's own line.
    """
    _silence.begin()
    try:
        yield
    finally:
        _silence.end()
