"""Sound to the ears: through whatever the system plays sound with."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from muso.errors import UsageError
from muso.music import midi
from muso.music.clip import Clip, read_clip_part
from muso.music.score import Score
from muso.music.sound.rendering import SAMPLE_RATE, render_blocks
from muso.music.sound.writing import write_blocks
from muso.progress import Listener, Progress, silent

PLAYERS: dict[str, tuple[str, ...]] = {
    "pw-play": (),
    "paplay": (),
    "aplay": ("-q",),
    "afplay": (),
    "ffplay": ("-nodisp", "-autoexit", "-loglevel", "error"),
    "play": ("-q",),
}
"""Programs that play a WAV file, in the order they are tried, and what they are told first."""
WINDOWS = "winsound"
REST_S = 6 * 3600.0
LOOK_S = 0.25
"""Between two looks whether the player is still at it."""


@dataclass(frozen=True)
class Played:
    """What became of a sound.

    Attributes:
        player: what played it to the end, None if nothing could.
        path: where the sound is kept in that case, for the user to open.
        tried: the players that are there and failed.
    """

    player: str | None
    path: Path | None
    tried: tuple[str, ...] = ()


def play(
    source: Score | Clip | str | os.PathLike[str],
    *,
    seconds: float | None = None,
    start_s: float = 0.0,
    soundfont: str | os.PathLike[str] | None = None,
    listener: Listener = silent,
) -> Played:
    """Play a score, a clip or a file of either, and return when it has ended.

    Args:
        source: what to play.
        seconds: how much of it, above 0; all if None.
        start_s: from where on, at least 0.
        soundfont: as in `render`.
        listener: told how many seconds have been made, then how many have been played.

    Returns:
        Which player played it or, where the system has none that works, where the file is.

    Raises:
        UsageError: nothing to play from `start_s` on. FileError: the file can't be read.
    """
    if start_s < 0 or (seconds is not None and seconds <= 0):
        raise UsageError(f"{seconds} s from {start_s} s on: take times above 0")
    blocks, sample_rate, part_s = _sound(source, start_s, seconds, soundfont)
    handle, name = tempfile.mkstemp(prefix="muso-", suffix=".wav")
    os.close(handle)
    path = Path(name)
    kept = False
    try:
        length_s = _written(blocks, path, sample_rate, part_s, listener)
        tried: list[str] = []
        for player in _players():
            if _plays(player, path, length_s, listener):
                return Played(player, None, tuple(tried))
            tried.append(player)
        kept = True
        return Played(None, path, tuple(tried))
    finally:
        if not kept:
            path.unlink(missing_ok=True)


def _sound(
    source: Score | Clip | str | os.PathLike[str],
    start_s: float,
    seconds: float | None,
    soundfont: str | os.PathLike[str] | None,
) -> tuple[Iterator[NDArray[np.float32]], int, float]:
    """The blocks to play, their rate, and about how many seconds they are."""
    end_s = start_s + (REST_S if seconds is None else seconds)
    if not isinstance(source, Score | Clip):
        if Path(source).suffix.lower() in midi.SUFFIXES:
            source = midi.read_score(source)
        else:
            source, start_s, end_s = read_clip_part(source, start_s, end_s - start_s), 0.0, REST_S
    if isinstance(source, Clip):
        first, last = (round(at * source.sample_rate) for at in (start_s, end_s))
        samples = source.samples[:, first:last]
        if not samples.shape[1]:
            raise UsageError(f"the clip ends at {source.length_s:,.1f} s; take an earlier start")
        left_right = samples[:2] if len(samples) > 1 else np.repeat(samples, 2, axis=0)
        return iter([left_right]), source.sample_rate, samples.shape[1] / source.sample_rate
    if len(source) and start_s >= source.length_s:
        raise UsageError(f"the score ends at {source.length_s:,.1f} s; take an earlier start")
    part = source.between(start_s, end_s) if start_s > 0 or seconds is not None else source
    return render_blocks(part, soundfont=soundfont), SAMPLE_RATE, part.length_s


def _players() -> list[str]:
    """What this system has."""
    if sys.platform == "win32":
        return [WINDOWS]
    return [name for name in PLAYERS if shutil.which(name)]


def _written(
    blocks: Iterator[NDArray[np.float32]],
    path: Path,
    sample_rate: int,
    part_s: float,
    listener: Listener,
) -> float:
    """Write `blocks`, about `part_s` seconds; how many they were."""
    frames = 0

    def told() -> Iterator[NDArray[np.float32]]:
        nonlocal frames
        for block in blocks:
            yield block
            frames += block.shape[1]
            made_s = min(frames / sample_rate, part_s)
            listener(Progress("making sound", round(made_s), round(part_s)))

    write_blocks(told(), path, sample_rate)
    return frames / sample_rate


def _plays(player: str, path: Path, length_s: float, listener: Listener) -> bool:
    """Whether `player` played the file to its end."""
    if sys.platform == "win32":
        import winsound

        try:
            winsound.PlaySound(str(path), winsound.SND_FILENAME)
        except RuntimeError:
            return False
        return True
    started = time.monotonic()
    with subprocess.Popen(
        [player, *PLAYERS[player], str(path)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as playing:
        try:
            while True:
                played_s = min(time.monotonic() - started, length_s)
                listener(Progress("playing", round(played_s), round(length_s), length_s - played_s))
                try:
                    return playing.wait(LOOK_S) == 0
                except subprocess.TimeoutExpired:
                    continue
        except BaseException:
            playing.kill()
            raise
