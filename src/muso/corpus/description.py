"""What a corpus holds: how many of each label, how long, how dense, and what can't be read."""

from __future__ import annotations

import csv
import io
import os
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from muso.corpus.corpus import Corpus
from muso.corpus.folders import relative_to
from muso.errors import MusoError
from muso.music.files import whole
from muso.music.midi import read_score
from muso.music.score import Score
from muso.workers import for_each

FENCE = 1.5
"""Interquartile ranges beyond the quartiles at which outliers begin (Tukey, Exploratory Data
Analysis, 1977)."""


@dataclass(frozen=True)
class Features:
    """What is measured of one score.

    Attributes:
        length_s: from the start to the end of the last note, by the tempo map of all tracks.
        notes: how many, percussion included.
        tempo_changes: how often the tempo changes.
        polyphony: how many notes sound at once, on average while any sounds.
        meter: the meter that lasts longest, as `3/4`; empty where the file states none.
    """

    length_s: float
    notes: int
    tempo_changes: int
    polyphony: float
    meter: str


@dataclass(frozen=True)
class Description:
    """A corpus, measured.

    Attributes:
        corpus: what was measured.
        features: one a piece, None for those that can't be read.
        unreadable: those, with the reason.
    """

    corpus: Corpus
    features: tuple[Features | None, ...]
    unreadable: tuple[tuple[Path, str], ...]

    @property
    def shares(self) -> dict[str, float]:
        """The share of each label, the largest first."""
        counts = sorted(self.corpus.counts.items(), key=lambda item: -item[1])
        return {label: count / len(self.corpus) for label, count in counts}

    def values(self, name: str) -> dict[str, NDArray[np.float64]]:
        """A feature by label: `(piece,)` its values, labels without a readable piece left out.

        Args:
            name: `length_s`, `notes`, `tempo_changes` or `polyphony`.
        """
        found: dict[str, list[float]] = {label: [] for label in self.corpus.labels}
        for piece, one in zip(self.corpus.pieces, self.features, strict=True):
            if one is not None:
                found[piece.label].append(float(getattr(one, name)))
        return {label: np.array(own) for label, own in found.items() if own}

    @property
    def meters(self) -> dict[str, dict[str, int]]:
        """By label, how many pieces are in each meter, the commonest first."""
        found: dict[str, dict[str, int]] = {label: {} for label in self.corpus.labels}
        for piece, one in zip(self.corpus.pieces, self.features, strict=True):
            if one is not None:
                own = found[piece.label]
                own[one.meter] = own.get(one.meter, 0) + 1
        return {
            label: dict(sorted(own.items(), key=lambda item: (-item[1], item[0])))
            for label, own in found.items()
        }


def describe(corpus: Corpus) -> Description:
    """Measure every score of a corpus.

    >>> from muso.corpus.corpus import scan_folder
    >>> description = describe(scan_folder("examples"))
    >>> description.features[0].meter, description.unreadable
    ('4/4', ())
    """
    measured = for_each(_measure, [piece.path for piece in corpus.pieces])
    features = tuple(one if isinstance(one, Features) else None for one in measured)
    unreadable = tuple(
        (piece.path, one)
        for piece, one in zip(corpus.pieces, measured, strict=True)
        if isinstance(one, str)
    )
    return Description(corpus, features, unreadable)


def write_features(description: Description, path: str | os.PathLike[str]) -> None:
    """Write the table of features as a CSV: path, label, work and the features of each piece.

    Pieces that can't be read have empty fields.
    """
    names = [field.name for field in fields(Features)]
    pieces = description.corpus.pieces
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["path", "label", "work", *names])
    shown = relative_to(tuple(piece.path for piece in pieces))
    for name, piece, one in zip(shown, pieces, description.features, strict=True):
        values = astuple(one) if one is not None else [""] * len(names)
        writer.writerow([name, piece.label, piece.work, *values])
    with whole(path) as unfinished:
        unfinished.write_bytes(text.getvalue().encode("utf-8", "surrogateescape"))


def clip_outliers(values: NDArray[np.float64], fence: float = FENCE) -> NDArray[np.float64]:
    """Bring outliers to the fence: `fence` interquartile ranges beyond the quartiles.

    Args:
        values: `(piece,)` at least one.
        fence: 1.5 for outliers, 3 for far ones, as Tukey has it.

    >>> clip_outliers(np.array([1.0, 2.0, 3.0, 4.0, 100.0])).tolist()
    [1.0, 2.0, 3.0, 4.0, 7.0]
    """
    low, high = np.quantile(values, [0.25, 0.75])
    reach = fence * (high - low)
    return np.clip(values, low - reach, high + reach)


def measure(score: Score) -> Features:
    """The features of one score."""
    return Features(
        length_s=round(score.length_s, 3),
        notes=len(score),
        tempo_changes=len(score.tempo_bpm) - 1,
        polyphony=round(_polyphony(score), 3),
        meter=_meter(score),
    )


def _measure(path: Path) -> Features | str:
    try:
        return measure(read_score(path))
    except MusoError as error:
        return str(error)


def _polyphony(score: Score) -> float:
    """Note seconds over the seconds in which any note sounds."""
    order = np.argsort(score.onset_s, kind="stable")
    onset, offset = score.onset_s[order], score.offset_s[order]
    if not len(onset):
        return 0.0
    # What has sounded until each onset; a later start than that is a silence.
    reached = np.maximum.accumulate(offset)
    silent = np.sum(np.maximum(onset[1:] - reached[:-1], 0.0))
    sounding = reached[-1] - onset[0] - silent
    return float(np.sum(offset - onset) / sounding) if sounding > 0 else 1.0


def _meter(score: Score) -> str:
    starts = [mark.onset_beats for mark in score.meters]
    lasting: dict[str, float] = {}
    for mark, end in zip(score.meters, [*starts[1:], score.length_beats], strict=False):
        name = f"{mark.numerator}/{mark.denominator}"
        lasting[name] = lasting.get(name, 0.0) + max(end - mark.onset_beats, 0.0)
    return max(lasting, key=lambda name: lasting[name], default="")
