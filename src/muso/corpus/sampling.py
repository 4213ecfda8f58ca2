"""Short excerpts of the scores of a corpus as sound, to listen through it by label."""

from __future__ import annotations

import os
import re
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from muso.corpus.corpus import Corpus, Piece
from muso.errors import MusoError
from muso.music.clip import Clip, write_clip
from muso.music.midi import read_score
from muso.music.score import Score

FADE_S = 0.5
"""What sounds on at the end of an excerpt fades over so long."""

LONGEST_NAME = 60
"""Letters of a label in a file name, each up to four bytes of the 255 that most disks allow."""

FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f]')


@dataclass(frozen=True)
class Draw:
    """The pieces of one label in the order in which they are tried, and where samples go.

    Attributes:
        pieces: shuffled.
        stem: of the samples' paths, to which `-1.wav` and so on are added.
        wanted: how many samples.
        seed: of the excerpts.
    """

    pieces: tuple[Piece, ...]
    stem: str
    wanted: int
    seed: tuple[int, ...]


@dataclass(frozen=True)
class Sample:
    """An excerpt that was written.

    Attributes:
        path: of the WAV.
        piece: what it is of.
        start_s: where in the piece it begins.
    """

    path: Path
    piece: Piece
    start_s: float


def draw_samples(
    corpus: Corpus, folder: str | os.PathLike[str], per_label: int = 1, seed: int = 0
) -> list[Draw]:
    """Draw which pieces of each label are heard.

    What is drawn of a label hangs on the seed and its own pieces alone.

    >>> from muso.corpus.corpus import scan_folder
    >>> draws = draw_samples(scan_folder("examples"), "heard", per_label=2)
    >>> len(draws), draws[0].wanted, len(draws[0].pieces)
    (1, 2, 9)
    """
    of_label: dict[str, list[Piece]] = {label: [] for label in corpus.labels}
    for piece in corpus.pieces:
        of_label[piece.label].append(piece)
    draws, taken = [], set()
    for label, pieces in of_label.items():
        own = (seed, zlib.crc32(label.encode("utf-8", "surrogateescape")))
        order = np.random.default_rng(own).permutation(len(pieces))
        name = FORBIDDEN.sub("_", label)[:LONGEST_NAME].strip(" .") or "_"
        while name.casefold() in taken:
            name += "_"
        taken.add(name.casefold())
        shuffled = tuple(pieces[at] for at in order)
        draws.append(Draw(shuffled, os.fspath(Path(folder, name)), per_label, (*own, 1)))
    return draws


def write_samples(draw: Draw, length_s: float) -> tuple[list[Sample], list[str]]:
    """Play excerpts of one label's pieces into WAV files.

    An excerpt begins with a note. A piece that can't be read gives way to the next.

    Args:
        draw: from `draw_samples`; its folder must be there.
        length_s: of an excerpt, above 0; shorter pieces are played whole.

    Returns:
        what was written, and what is wrong with the pieces that can't be read.

    Raises:
        MusoError: the sound can't be made or written.
    """
    from muso.music.sound import render

    rng = np.random.default_rng(draw.seed)
    samples: list[Sample] = []
    unreadable: list[str] = []
    for piece in draw.pieces:
        if len(samples) == draw.wanted:
            break
        try:
            score = read_score(piece.path)
        except MusoError as error:
            unreadable.append(str(error))
            continue
        start_s, part = draw_excerpt(score, length_s, rng)
        path = Path(f"{draw.stem}-{len(samples) + 1}.wav")
        write_clip(_ended(render(part), length_s), path)
        samples.append(Sample(path, piece, start_s))
    return samples, unreadable


def draw_excerpt(score: Score, length_s: float, rng: np.random.Generator) -> tuple[float, Score]:
    """A random excerpt that begins with a note, and where in the score it begins, in seconds.

    >>> score = Score.of([60, 62, 64], [1, 2, 3], [1, 1, 1], tempo_bpm=60)
    >>> start_s, part = draw_excerpt(score, 1.5, np.random.default_rng(0))
    >>> start_s in (1.0, 2.0), float(part.onset_s[0])
    (True, 0.0)
    """
    # Late enough starts would leave less than was asked for.
    starts = score.onset_s[score.onset_s <= score.length_s - length_s]
    start_s = float(rng.choice(starts)) if len(starts) else float(score.onset_s.min())
    return start_s, score.between(start_s, start_s + length_s)


def _ended(clip: Clip, length_s: float) -> Clip:
    """`clip` no longer than `length_s`, faded out where it is cut."""
    length = round(length_s * clip.sample_rate)
    if clip.samples.shape[1] <= length:
        return clip
    samples = clip.samples[:, :length].copy()
    fade = min(round(FADE_S * clip.sample_rate), length)
    samples[:, length - fade :] *= np.linspace(1.0, 0.0, fade, dtype=np.float32)
    return Clip(samples, clip.sample_rate)
