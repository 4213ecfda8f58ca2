"""What the style study reads: one folder of MIDI files, or several; and how figures are put
together where there are several."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from muso.judge.intervals import Interval, figure_interval, resample, share_interval
from muso.learn.studies.study import HONEST, Context
from muso.music.files import read_bytes, whole

if TYPE_CHECKING:
    from muso.learn.style_folder import Folder
    from muso.learn.style_measure import Asked
    from muso.music.score import Score

HELD_OUT = "held-out"
"""A folder within a folder, whose pieces are measured and never learnt from."""
MINUTES_EACH = 10.0
"""Of one core for each folder, at most."""
TRAINING_SHARE = 0.9
"""Of a folder's minutes; measuring takes the rest."""
LARGEST = 16 * 2**20


@dataclass(frozen=True)
class Result:
    """What a model came to on one folder.

    Attributes:
        name: of the folder.
        works: `(piece,)` of the held-out pieces.
        losses: by metric, `(piece,)` what was thought of each held-out piece.
        windows: what was thought of single windows, in no order of works.
        shares: by metric, `(made piece,)` 0…1 each.
        means: by metric, `(made piece,)`.
        size: how much was run.
    """

    name: str
    works: tuple[str, ...]
    losses: Mapping[str, Sequence[Asked]]
    size: str
    windows: Mapping[str, Sequence[Asked]] = field(default_factory=dict)
    shares: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    means: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)


def places(data: Path) -> list[Path]:
    """The folders that a study learns: `data`, or those within it where it holds only folders.

    >>> [place.name for place in places(Path("examples"))]
    ['examples']
    """
    from muso.music.midi import SUFFIXES

    inside = sorted(data.iterdir()) if data.is_dir() else []
    folders = [path for path in inside if path.is_dir() and path.name != HELD_OUT]
    own = any(path.suffix.lower() in SUFFIXES for path in inside)
    return [data] if own or not folders else folders


def each(context: Context) -> list[Context]:
    """What an experiment is given for each of its folders."""
    found = places(context.data)
    minutes = min(MINUTES_EACH, context.minutes / len(found))
    contexts = [
        replace(context, data=place, minutes=minutes, folder=context.folder / place.name)
        for place in found
    ]
    for one in contexts:
        one.folder.mkdir(parents=True, exist_ok=True)
    return contexts


def read_place(context: Context) -> Folder:
    """The folder of a study: what is in its `held-out`, else a tenth of the works, is measured."""
    from muso.corpus.folders import list_folder
    from muso.learn.style_folder import read_folder
    from muso.music.midi import SUFFIXES

    aside = context.data / HELD_OUT
    files = list_folder(aside, SUFFIXES).files if aside.is_dir() else ()
    digests = (hashlib.sha256(read_bytes(aside / name, LARGEST)).hexdigest() for name in files)
    known = {digest[:16]: "test" for digest in digests}
    return read_folder(context.data, known=known, seed=context.seed, listener=context.listener)


def scores_on(folder: Folder, side: int) -> list[Score]:
    """The pieces on a side."""
    return [folder.scores[n] for n in folder.on(side)]


def works_on(folder: Folder, side: int) -> tuple[str, ...]:
    """Their works."""
    return tuple(folder.pieces[n].work for n in folder.on(side))


def openings(folder: Folder) -> list[Score]:
    """The held-out pieces as they are measured."""
    from muso.corpus.split import TEST
    from muso.learn.style_measure import opening

    return [opening(score) for score in scores_on(folder, TEST)]


def joined(results: Sequence[Result]) -> dict[str, Interval]:
    """Every metric: over all folders' pieces and, where there are several, of each folder."""
    from muso.learn.style_measure import pitch_loss

    def told(metric: str, some: Sequence[Result]) -> Interval:
        if metric in some[0].losses:
            works = [f"{one.name}/{work}" for one in some for work in one.works]
            return pitch_loss([asked for one in some for asked in one.losses[metric]], works)
        if metric in some[0].windows:
            return pitch_loss([asked for one in some for asked in one.windows[metric]])
        if metric in some[0].shares:
            return share_interval(np.concatenate([one.shares[metric] for one in some]))
        return _mean(np.concatenate([one.means[metric] for one in some]))

    first = results[0]
    names = [*first.losses, *first.windows, *first.shares, *first.means]
    metrics = {name: told(name, results) for name in names}
    if len(results) > 1:
        metrics |= {f"{name}_{one.name}": told(name, [one]) for name in names for one in results}
    return metrics


def _mean(values: NDArray[np.float64]) -> Interval:
    """The mean of `(made piece,)` figures of 0 and more, with its interval over pieces."""
    drawn = resample(
        lambda weight: np.array([weight @ values / weight.sum()]),
        np.arange(len(values)),
        np.random.default_rng(0),
    )
    return figure_interval(float(values.mean()), drawn[:, 0], len(values), least=0.0)


def sizes(results: Sequence[Result]) -> str:
    """How much was run, folder by folder."""
    return "; ".join(f"{one.name}: {one.size}" for one in results)


def thousandths(
    results: Sequence[Result], metric: str = f"{HONEST}.pitch_loss"
) -> NDArray[np.int64]:
    """`(piece,)` what each held-out piece cost, in whole thousandths of a nat."""
    asked = [one for result in results for one in result.losses[metric]]
    return np.array([round(1000 * one.nats) for one in asked], np.int64)


def note_asked(context: Context, name: str, asked: Sequence[Asked]) -> None:
    """Note what an experiment thought of a folder's pieces, for those that follow it."""
    path = _noted(context, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole(path) as unfinished:
        unfinished.write_text(json.dumps([[one.nats, one.notes] for one in asked]), "utf-8")


def asked_before(context: Context, name: str) -> list[Asked] | None:
    """What `note_asked` noted in the same run of the study; None without."""
    from muso.learn.style_measure import Asked

    path = _noted(context, name)
    if not path.exists():
        return None
    return [Asked(float(nats), int(notes)) for nats, notes in json.loads(path.read_text("utf-8"))]


def _noted(context: Context, name: str) -> Path:
    """Beside the experiment's own folder, which is deleted with its end."""
    return context.folder.parent.parent / "asked" / f"{name}-{context.data.name}.json"
