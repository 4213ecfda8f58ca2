"""Keys, one at a time: pressed in a terminal, or read as lines from a file or a pipe."""

from __future__ import annotations

import os
import sys
from collections import deque
from types import TracebackType
from typing import Any

LEAVE = ""
"""What is read when there will be no more keys: the end of the input, or of the terminal."""
END_OF_INPUT = "\x04"
ESCAPE = "\x1b"
LONGEST = 64
"""Bytes of keys read at a time."""


class Lines:
    """Keys as the lines of standard input."""

    def read(self, timeout_s: float | None = None) -> str | None:
        """The next line without its end; `LEAVE` after the last. It waits however long it takes."""
        line = sys.stdin.readline()
        return line.strip() or " " if line else LEAVE

    def __enter__(self) -> Lines:
        return self

    def __exit__(self, *_: object) -> None:
        return None


class Keys:
    """Keys of the terminal as they are pressed, unseen, until the `with` block ends.

    Ctrl-C interrupts as ever.
    """

    def __init__(self) -> None:
        self._pressed: deque[str] = deque()
        self._before: Any = None

    def __enter__(self) -> Keys:
        if sys.platform != "win32":
            import termios
            import tty

            self._before = termios.tcgetattr(sys.stdin)
            # At once: whatever was typed ahead still counts.
            tty.setcbreak(sys.stdin, termios.TCSANOW)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if sys.platform != "win32":
            import termios

            # A terminal that is gone has nothing to be set back.
            try:
                termios.tcsetattr(sys.stdin, termios.TCSADRAIN, self._before)
            except (termios.error, OSError):
                return

    def read(self, timeout_s: float | None = None) -> str | None:
        """The next key, `LEAVE` at the end of the input, None if none comes in `timeout_s`."""
        if not self._pressed:
            typed = _typed(timeout_s)
            if typed is None:
                return None
            # An arrow or function key is one key, whatever it sends.
            self._pressed.extend([typed] if typed.startswith(ESCAPE) else typed or [LEAVE])
        key = self._pressed.popleft()
        return LEAVE if key == END_OF_INPUT else key


def keyboard() -> Lines | Keys:
    """What there is to read keys from."""
    return Keys() if sys.stdin.isatty() else Lines()


def _typed(timeout_s: float | None) -> str | None:
    """What was typed, at least a key; nothing at the end, None if nothing in time."""
    if sys.platform == "win32":
        return _typed_in_windows(timeout_s)
    import select

    if not select.select([sys.stdin], [], [], timeout_s)[0]:
        return None
    try:
        return os.read(sys.stdin.fileno(), LONGEST).decode(errors="replace")
    except OSError:
        return ""


def _typed_in_windows(timeout_s: float | None) -> str | None:
    if sys.platform != "win32":
        return None
    import msvcrt
    from time import monotonic, sleep

    until = float("inf") if timeout_s is None else monotonic() + timeout_s
    while not msvcrt.kbhit():
        if monotonic() >= until:
            return None
        sleep(0.02)
    key = msvcrt.getwch()
    if key == "\x03":
        raise KeyboardInterrupt
    return ESCAPE + msvcrt.getwch() if key in "\0\xe0" else key
