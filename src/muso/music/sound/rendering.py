"""Scores to sound: with muso's own instruments, or FluidSynth's where a SoundFont is given."""

from __future__ import annotations

import os
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from muso.errors import UsageError
from muso.music.clip import Clip
from muso.music.score import Score
from muso.music.sound import fluidsynth
from muso.music.sound.limiter import limited
from muso.music.sound.mixing import mixed
from muso.music.sound.room import in_room
from muso.music.sound.writing import check_suffix, write_blocks

SAMPLE_RATE = 44_100
LOWEST_RATE, HIGHEST_RATE = 8_000, 192_000


def render(
    score: Score,
    *,
    sample_rate: int = SAMPLE_RATE,
    soundfont: str | os.PathLike[str] | None = None,
) -> Clip:
    """Play `score` on muso's own instruments.

    Program changes, volume, expression, pan, bends, pedals and tempo changes are obeyed. The
    same score gives the same samples, none of them beyond ±1.

    Args:
        score: what to play.
        sample_rate: Hz, 8,000…192,000.
        soundfont: a SoundFont for FluidSynth to play instead; `MUSO_SOUNDFONT` where None.

    Returns:
        A stereo clip, samples `(2, sample)`, a little longer than the score: it rings out.

    Raises:
        UsageError: the score holds no notes, or a rate outside its range.
        MusoError: FluidSynth or the SoundFont can't be used.

    >>> from muso.music.score import Score
    >>> clip = render(Score.of([60], [0.0], [1.0]), sample_rate=22_050)
    >>> clip.samples.shape[0], clip.length_s > 0.5, bool(abs(clip.samples).max() <= 1)
    (2, True, True)
    """
    blocks = list(render_blocks(score, sample_rate=sample_rate, soundfont=soundfont))
    return Clip(np.concatenate(blocks, axis=1), sample_rate)


def render_blocks(
    score: Score,
    *,
    sample_rate: int = SAMPLE_RATE,
    soundfont: str | os.PathLike[str] | None = None,
) -> Iterator[NDArray[np.float32]]:
    """`render` as blocks `(2, sample)` of up to some seconds, in bounded memory.

    >>> from muso.music.score import Score
    >>> next(render_blocks(Score.of([60], [0.0], [1.0]))).dtype
    dtype('float32')
    """
    if not len(score):
        raise UsageError(
            "the score holds no notes, so there is nothing to hear; give one with notes"
        )
    if not LOWEST_RATE <= sample_rate <= HIGHEST_RATE:
        raise UsageError(
            f"a sample rate of {sample_rate:,} Hz: take {LOWEST_RATE:,} to {HIGHEST_RATE:,}"
        )
    chosen = soundfont or os.environ.get(fluidsynth.VARIABLE)
    if chosen:
        return limited(fluidsynth.played(score, sample_rate, chosen), sample_rate)
    return limited(in_room(mixed(score, sample_rate), sample_rate), sample_rate)


def render_file(
    score: Score,
    path: str | os.PathLike[str],
    *,
    sample_rate: int = SAMPLE_RATE,
    soundfont: str | os.PathLike[str] | None = None,
) -> None:
    """Write `score` as sound: `.wav` or `.flac` (16 bits), `.ogg` (Vorbis) or `.mp3`.

    The file appears once it is whole; memory stays bounded however long the score.

    Raises:
        UsageError: no notes, an unknown suffix, or a rate that the format can't hold.
        MissingFile, NoPermission, FileError: the file can't be written.

    >>> import pathlib, tempfile
    >>> from muso.music.score import Score
    >>> file = pathlib.Path(tempfile.mkdtemp(), "c.flac")
    >>> render_file(Score.of([60], [0.0], [1.0]), file)
    >>> file.stat().st_size > 10_000
    True
    """
    check_suffix(path)
    blocks = render_blocks(score, sample_rate=sample_rate, soundfont=soundfont)
    write_blocks(blocks, path, sample_rate)
