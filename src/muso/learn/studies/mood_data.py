"""What the mood study's language models learn from, and what they are measured by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from muso.judge.intervals import Interval, figure_interval, number_works, resample
from muso.learn.studies.study import Context

if TYPE_CHECKING:
    from muso.learn.language_data import Library
    from muso.represent.encoding import Encoding

SURPRISE = "nats_a_pitch"
"""What each next pitch costs in nats, given all before it; lower is better."""


def library_of(context: Context) -> tuple[Encoding, dict[str, Library]]:
    """The unlabelled pieces as words, split by works into sides."""
    from muso.corpus.importers import import_corpus
    from muso.corpus.split import SIDES, draw_split
    from muso.corpus.works import find_matches, join_works
    from muso.learn.language_data import read_library
    from muso.represent.words import Words

    corpus = import_corpus("vgmidi-unlabelled", context.data)
    corpus = join_works(corpus, find_matches(corpus))
    encoding = Words()
    library = read_library(corpus, encoding)
    labels = ["game"] * len(library)
    side = draw_split(labels, library.works, held_out=0.1, validation=0.1, seed=context.seed).side
    return encoding, {
        name: library.take(np.flatnonzero(side == number)) for number, name in enumerate(SIDES)
    }


def surprise_of(
    nats: NDArray[np.float64], notes: NDArray[np.int64], works: tuple[str, ...], seed: int
) -> Interval:
    """Nats a pitch, from nats and notes `(piece,)`."""
    numbers = number_works(works)
    drawn = resample(
        lambda weight: np.array([weight @ nats / max(float(weight @ notes), 1.0)]),
        numbers,
        np.random.default_rng(seed),
    )
    value = float(nats.sum() / notes.sum())
    return figure_interval(value, drawn[:, 0], int(numbers.max()) + 1, 0.0)
