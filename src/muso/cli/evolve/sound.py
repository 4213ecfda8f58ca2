"""Phrases played while keys are awaited: a process beside this one plays, and can be stopped."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from muso.music.score import Score

STOPS_WITHIN_S = 5.0


class Sound:
    """Plays phrases, one call's after the other's; close it, or use it in a `with` block.

    Args:
        folder: where the sound is kept in files if nothing here can play it.
        beside: whether a call returns at once, and the next one ends what it plays; otherwise
            it returns when all has been heard.
    """

    def __init__(self, folder: Path, beside: bool) -> None:
        self._folder = folder
        self._beside = beside
        self._player: Player | None = None
        self._phrases: Sequence[Score] = ()
        self._why = _why_not(())
        self._told = False

    def play(self, phrases: Sequence[Score]) -> str:
        """Begin to play, and return what there is to say about it; nothing if all is well."""
        self.stop()
        self._phrases = phrases
        if self._why:
            return self._kept()
        if not self._beside:
            return self._heard(play_all(phrases))
        self._player = self._player or Player()
        self._player.play(phrases)
        return ""

    def news(self) -> str:
        """What there is to say of the phrases begun last, now that they can't be played."""
        if self._player is None or not self._player.playing:
            return ""
        return self._heard(self._player.failed())

    def stop(self) -> None:
        """Silence, at once."""
        if self._player is not None and self._player.playing:
            self._player = self._player.stop()

    def __enter__(self) -> Sound:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        if self._player is not None:
            self._player.close()

    def _heard(self, failed: tuple[str, ...]) -> str:
        if not failed:
            return ""
        self._why = _why_not(failed)
        return self._kept()

    def _kept(self) -> str:
        """Render the phrases into files, and say where they are and, once, why."""
        from muso import service
        from muso.errors import shown

        names = ("now.wav",) if len(self._phrases) == 1 else ("now-1.wav", "now-2.wav")
        paths = [self._folder / name for name in names]
        for phrase, path in zip(self._phrases, paths, strict=True):
            service.render(phrase, path)
        why = "" if self._told else f"{self._why}; "
        self._told = True
        return f"{why}the sound is in {' and '.join(map(shown, paths))}"


class Player:
    """The process that plays."""

    def __init__(self) -> None:
        # Spawned everywhere alike: a fork would share this terminal's state and locks.
        context = multiprocessing.get_context("spawn")
        self._pipe, other = context.Pipe()
        self._process = context.Process(target=_serve, args=(other,), daemon=True)
        # Ctrl-C is for this process; the other heeds it once it can end a sound for it.
        with _interrupts_later():
            self._process.start()
        other.close()
        self._turn = 0
        self._began = False
        self.playing = False

    def play(self, phrases: Sequence[Score]) -> None:
        """Begin to play; what it played before must have ended."""
        self._turn += 1
        self._began, self.playing = False, True
        self._pipe.send((self._turn, list(phrases)))

    def failed(self) -> tuple[str, ...]:
        """The players that were tried and failed, once it has ended; nothing if all was heard."""
        try:
            while self._pipe.poll():
                turn, failed = self._pipe.recv()
                if turn == self._turn:
                    self._began, self.playing = True, failed is None
                    if failed:
                        return tuple(failed)
        except (EOFError, OSError):
            self.playing = False
            return ("the process that plays",)
        return ()

    def stop(self) -> Player | None:
        """Silence. Returns the player to go on with, None if that takes a new one."""
        self.failed()
        if not self.playing:
            return self
        if sys.platform != "win32" and self._began and self._process.pid is not None:
            os.kill(self._process.pid, signal.SIGINT)
            # It answers once its sound has ended and its file is gone.
            if self._pipe.poll(STOPS_WITHIN_S):
                self.failed()
                return self
        self.close()
        return None

    def close(self) -> None:
        """Let the process go."""
        self._process.terminate()
        self._process.join()
        self._pipe.close()


@contextmanager
def _interrupts_later() -> Iterator[None]:
    """Ctrl-C waits for the end of the block, and in processes begun in it until they let it in."""
    pressed = []
    heeded = signal.signal(signal.SIGINT, lambda *_: pressed.append(True))
    if sys.platform != "win32":
        # Begun with the first process, it would let interrupts in again.
        resource_tracker.ensure_running()
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        if sys.platform != "win32":
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        signal.signal(signal.SIGINT, heeded)
        if pressed:
            signal.raise_signal(signal.SIGINT)


def play_all(phrases: Sequence[Score]) -> tuple[str, ...]:
    """Play one after the other; returns the players that failed, nothing if all was heard."""
    from muso import service

    for phrase in phrases:
        played = service.play(phrase)
        if played.path is not None:
            # Named once for each session, and not left behind for each phrase.
            played.path.unlink(missing_ok=True)
            return played.tried or ("the player",)
    return ()


def _serve(pipe: Connection[Any, Any]) -> None:
    """Play what `pipe` brings until it closes; an interrupt ends only what is playing."""
    turn = 0
    if sys.platform != "win32":
        # What was pressed while it was begun was not for it, and ignored it is forgotten.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    signal.signal(signal.SIGINT, signal.default_int_handler)
    while True:
        try:
            turn, phrases = pipe.recv()
            pipe.send((turn, None))
            pipe.send((turn, play_all(phrases)))
        except KeyboardInterrupt:
            pipe.send((turn, ()))
        except (EOFError, OSError):
            return


def _why_not(failed: tuple[str, ...]) -> str:
    """Why nothing is heard; nothing where there is a player that is not among the `failed`."""
    from muso.music.sound.player import PLAYERS

    if failed:
        return f"{', '.join(failed)} can't play here"
    if sys.platform == "win32" or any(map(shutil.which, PLAYERS)):
        return ""
    return f"there is no player (one of {', '.join(PLAYERS)})"
