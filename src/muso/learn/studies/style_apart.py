"""Whether made pieces sound like the folder whose style they are in: experiments of the study.

Two answers. A judge that was trained on the folders' real pieces alone says which one each made
piece is from; and distances say which folder its pitch classes, durations and intervals are
nearest to. Both are asked about the real pieces held out too: what they score is what can be asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from muso.judge.intervals import Interval
from muso.judge.style import DISTRIBUTIONS, nearer
from muso.learn.studies.study import HONEST

if TYPE_CHECKING:
    from muso.judge.style import Makeup
    from muso.learn.studies.style_data import Result
    from muso.learn.style_folder import Folder
    from muso.music.score import Score
    from muso.represent.encoding import Encoding


NEAREST = {"nearest": DISTRIBUTIONS, **{f"nearest_in_{name}": (name,) for name in DISTRIBUTIONS}}
"""By metric, the distributions whose distances say which folder a piece is nearest to."""


@dataclass(frozen=True, eq=False)
class Style:
    """A style that was learnt.

    Attributes:
        result: of its measurement.
        folder: that it was learnt from.
        encoding: in which it writes.
        made: pieces.
    """

    result: Result
    folder: Folder
    encoding: Encoding
    made: Sequence[Score]


def told_apart(styles: Sequence[Style]) -> tuple[list[Result], dict[str, Interval]]:
    """The results with what the judge and the distances say, and how good the judge is.

    Args:
        styles: of at least two folders.
    """
    from muso.corpus.split import TEST, TRAIN, VALIDATION
    from muso.learn.studies.style_data import scores_on
    from muso.learn.style_judge import fit_judge, makeups_of

    known, real, made = {}, {}, {}
    for style in styles:
        name, encoding = style.result.name, style.encoding
        learnt = [score for side in (TRAIN, VALIDATION) for score in scores_on(style.folder, side)]
        known[name] = makeups_of(learnt, encoding)
        real[name] = _first(makeups_of(scores_on(style.folder, TEST), encoding))
        made[name] = _first(makeups_of(style.made, encoding))
    judge = fit_judge(known)
    whole = {name: [part for parts in pieces for part in parts] for name, pieces in known.items()}
    results = []
    for label, style in enumerate(styles):
        name = style.result.name
        shares = {}
        for kind, pieces in (("", made[name]), ("_of_real", real[name])):
            right = judge.hear(pieces) == label
            shares[f"{HONEST}.told_apart{kind}"] = right.astype(np.float64)
            for measure, names in NEAREST.items():
                shares[f"{HONEST}.{measure}{kind}"] = _nearest(pieces, name, whole, names)
        results.append(replace(style.result, shares={**style.result.shares, **shares}))
    return results, {f"{HONEST}.judge": judge.right}


def with_copying(style: Style) -> Style:
    """The same with what its pieces, and the real ones held out, share with those learnt from."""
    from muso.corpus.split import TEST, TRAIN
    from muso.judge.copying import BARS, measure_copying
    from muso.learn.studies.style_data import scores_on

    learnt = scores_on(style.folder, TRAIN)
    copying = measure_copying(style.made, learnt)
    real = measure_copying(scores_on(style.folder, TEST), learnt)
    shares = {
        f"{HONEST}.copying": (copying.bars > BARS).astype(np.float64),
        f"{HONEST}.copying_of_real": (real.bars > BARS).astype(np.float64),
    }
    longest = {f"{HONEST}.longest_run": copying.notes.astype(np.float64)}
    result = style.result
    return replace(
        style,
        result=replace(
            result, shares={**result.shares, **shares}, means={**result.means, **longest}
        ),
    )


def _first(makeups: Sequence[Sequence[Makeup]]) -> list[Makeup]:
    """Of each piece its first excerpt, as long as what is made."""
    return [parts[0] for parts in makeups if parts]


def _nearest(
    pieces: Sequence[Makeup],
    name: str,
    folders: Mapping[str, Sequence[Makeup]],
    distributions: Sequence[str],
) -> NDArray[np.float64]:
    others = [folder for other, folder in folders.items() if other != name]
    return nearer(pieces, folders[name], others, distributions).astype(np.float64)
