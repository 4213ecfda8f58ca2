"""Pictures of what networks see."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from muso.errors import UsageError, shown
from muso.music.files import StrPath


def draw_roll(
    path: StrPath, target: StrPath, *, rates: Sequence[int] = (16, 8, 4), chunks: bool = False
) -> None:
    """Draw a score's piano roll as networks see it.

    Args:
        path: the score.
        target: the PNG to write.
        rates: frames a second, 1 to 100 each, one under the other.
        chunks: draw its chunks of 150 frames at 10 a second by channel instead.

    Raises:
        UsageError: no rate, one that makes no sense, or a name that is no PNG's.
        FileError: a file can't be used.
        MissingExtra: matplotlib is not installed.

    >>> draw_roll("examples/bach-bwv66-6.mid", "roll.png", rates=[0])
    Traceback (most recent call last):
    ...
    muso.errors.UsageError: rates must be 1 to 100 frames a second; such as 16, 8 and 4
    """
    if not rates or not all(1 <= rate <= 100 for rate in rates):
        raise UsageError("rates must be 1 to 100 frames a second; such as 16, 8 and 4")
    check_png(target)
    from muso.judge.roll_pictures import draw_chunks, draw_rates
    from muso.music.midi import read_score

    score, title = read_score(path), shown(Path(path).name)
    if chunks:
        draw_chunks(score, target, title=title)
    else:
        draw_rates(score, target, rates, title=title)


def check_png(target: StrPath) -> None:
    """Raises UsageError for a name that is no PNG's, of a picture that is always one.

    >>> check_png("roll.jpg")
    Traceback (most recent call last):
    ...
    muso.errors.UsageError: roll.jpg: the picture is a .png; end the name in that
    """
    if Path(target).suffix.lower() != ".png":
        raise UsageError(f"{shown(target)}: the picture is a .png; end the name in that")
