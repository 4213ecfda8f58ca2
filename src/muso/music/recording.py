"""A recording as a file that is listened to block by block, however long it is."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from muso.errors import EmptyFile
from muso.music.clip import (
    Clip,
    blocks,
    check_decoded,
    clip_length,
    lacking,
    read_clip_part,
    why_unheard,
)
from muso.music.excerpt import excerpt_start
from muso.progress import Listener, Progress, silent

NEARLY = 0.9
"""Of its promised length, what counts as whole: some headers of MP3 only estimate it."""


@dataclass(eq=False)
class Recording:
    """An audio file; iterated, it is read anew, as clips that follow one another.

    Views of clips take it as they take a clip. It remembers how long and how loud it was when it
    was listened to, so that silence is told without reading it again.

    Attributes:
        path: of the file.
        promised_s: its length by its header, or that of the part.
        start_s, part_s: the part that is listened to; all of it where `part_s` is None.
        listener: told how many seconds of it were heard, whenever it is listened to.
        heard_s: its length when it was last listened to.
        peak: the loudest sample heard then of any channel; 1 at full scale.
    """

    path: Path
    promised_s: float
    listener: Listener = silent
    start_s: float = 0.0
    part_s: float | None = None
    heard_s: float = field(default=0.0, init=False)
    peak: float = field(default=0.0, init=False)

    def __iter__(self) -> Iterator[Clip]:
        """The clips, one after another.

        Raises:
            DamagedFile: too little of it can be decoded. Others of `read_clip`.
        """
        self.heard_s, self.peak = 0.0, 0.0
        started = time.monotonic()
        for clip in self._clips():
            self.heard_s += clip.length_s
            self.peak = max(self.peak, float(np.abs(clip.samples).max(initial=0.0)))
            yield clip
            self._tell(time.monotonic() - started)
        check_decoded(self.path, self.heard_s, self.promised_s)

    def _clips(self) -> Iterator[Clip]:
        if self.part_s is None:
            return blocks(self.path)
        return iter([read_clip_part(self.path, self.start_s, self.part_s)])

    def between(self, start_s: float, end_s: float) -> Clip | None:
        """The sound within `[start_s, end_s)`; None where there is none.

        Raises as `read_clip`.
        """
        try:
            return read_clip_part(self.path, self.start_s + start_s, end_s - start_s)
        except EmptyFile:
            return None

    def excerpt(self, length_s: float, seed: int) -> Recording:
        """A random part of it, or all of it if it is shorter; another seed takes another part.

        Of a file that was cut short, a part of what is there: then all of it is listened to first.

        Raises:
            DamagedFile: too little of it can be decoded. Others of `read_clip`.
        """
        if self.promised_s <= length_s:
            return self
        part = self._drawn(self.promised_s, length_s, seed)
        try:
            there_s = read_clip_part(self.path, part.start_s, length_s).length_s
        except EmptyFile:
            there_s = 0.0
        if there_s >= NEARLY * length_s:
            return part
        for _ in self:  # it is to be found out how much is there
            pass
        there = replace(self, promised_s=self.heard_s)
        return there if self.heard_s <= length_s else self._drawn(self.heard_s, length_s, seed)

    def _drawn(self, whole_s: float, length_s: float, seed: int) -> Recording:
        start_s = excerpt_start(whole_s, length_s, seed)
        return replace(self, promised_s=length_s, start_s=start_s, part_s=length_s)

    def _tell(self, taken_s: float) -> None:
        left_s = max(self.promised_s - self.heard_s, 0.0) * taken_s / max(self.heard_s, 1e-9)
        done, total = round(self.heard_s), round(max(self.promised_s, self.heard_s))
        self.listener(Progress("seconds listened to", done, total, left_s))

    @property
    def lacking(self) -> str:
        """What to know of a file that was cut short, once it was heard; empty where it is whole."""
        if self.heard_s > NEARLY * self.promised_s:
            return ""
        return lacking(self.heard_s, self.promised_s)

    @property
    def why_unheard(self) -> str:
        """Why nothing can be said of what was heard; empty where something can."""
        return why_unheard(self.peak, self.heard_s)


def open_recording(path: str | os.PathLike[str]) -> Recording:
    """A recording of any length; nothing is decoded yet where the header tells how long it is.

    Where it doesn't, all is decoded once, block by block, as by `clip_length`.

    Raises:
        WrongFormat, EmptyFile, TooLong, DamagedFile, MissingExtra and others of `read_clip`, as
        far as the header shows; the rest while it is listened to.

    >>> import pathlib, tempfile
    >>> from muso.music.clip import write_clip
    >>> file = pathlib.Path(tempfile.mkdtemp(), "quiet.wav")
    >>> write_clip(Clip(np.zeros((1, 8_000), np.float32), 8_000), file)
    >>> recording = open_recording(file)
    >>> sum(clip.length_s for clip in recording), recording.why_unheard
    (1.0, 'silence: nothing in it is louder than -60 dB')
    """
    return Recording(Path(path), clip_length(path))
