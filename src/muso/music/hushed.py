"""Silence for libraries that write to the terminal by themselves."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_STDERR = 2


class _Silence:
    """How many want it, and where standard error leads otherwise; -1 if it is left alone."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.wanted = 0
        self.before = -1

    def begin(self) -> None:
        with self.lock:
            if self.wanted == 0:
                self.before = _lead_away()
            # Last: what can fail above must not leave a wish behind that nobody ends.
            self.wanted += 1

    def end(self) -> None:
        with self.lock:
            self.wanted -= 1
            if self.wanted == 0 and self.before >= 0:
                _flush()
                os.dup2(self.before, _STDERR)
                os.close(self.before)
                self.before = -1


def _lead_away() -> int:
    """Lead standard error to nowhere; a descriptor of where it led, -1 if it was left alone."""
    if sys.stderr is None:
        # It was closed when Python started: the descriptor may be any file opened since.
        return -1
    _flush()
    try:
        before = os.dup(_STDERR)
    except OSError:
        return -1
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
    except OSError:
        os.close(before)
        return -1
    os.dup2(nowhere, _STDERR)
    os.close(nowhere)
    return before


def _flush() -> None:
    """Write what Python holds back; a terminal that has gone is no reason to read no file."""
    if sys.stderr is not None:
        with suppress(OSError, ValueError):
            sys.stderr.flush()


_silence = _Silence()


@contextmanager
def hushed() -> Iterator[None]:
    """Nothing reaches standard error within the block, not even from a library in C.

    libmpg123 prints notes about every oddity of an MP3 file, and libsndfile has no switch for it;
    what is wrong with a file is said once, in muso's own line. A program without standard error
    stays as it is.
    """
    _silence.begin()
    try:
        yield
    finally:
        _silence.end()
