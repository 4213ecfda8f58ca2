"""A judge that tells folders apart, to say whose style a made piece is in.

It is fitted on real pieces alone and sees what they are made of (`muso.judge.style`), never the
model that is judged. Real and made pieces go through the same encoding and are cut to the same
number of notes, so that neither gives itself away by anything but its music.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from muso.judge.intervals import Interval, number_works, percentile_interval, resample
from muso.judge.style import Makeup
from muso.music.score import Score
from muso.represent.encoding import Encoding

EXCERPT_NOTES = 500
STRENGTHS = (0.003, 0.01, 0.03, 0.1, 0.3)
"""Inverse regularization of a logistic regression; tried by cross-validation over pieces."""
COSTS = (0.3, 1.0, 3.0, 10.0)
"""The same of a support vector machine, the other model that is tried."""
FOLDS = 5


@dataclass(frozen=True, eq=False)
class StyleJudge:
    """A fitted judge.

    Attributes:
        names: of the folders.
        model: from features to probabilities of `names`.
        right: share of real excerpts that cross-validation over pieces told right, folders
            counting alike, with its interval over pieces. It is of the best of nine models, chosen
            by this very figure, so it flatters the judge; what pieces that it never saw say of it
            does not.
    """

    names: tuple[str, ...]
    model: Any
    right: Interval

    def hear(self, makeups: Sequence[Makeup]) -> NDArray[np.int64]:
        """`(piece,)` index of the folder that each piece sounds like."""
        features = np.stack([one.features for one in makeups])
        return np.asarray(self.model.predict(features), np.int64)


def makeups_of(scores: Sequence[Score], encoding: Encoding) -> list[list[Makeup]]:
    """For each score what its excerpts are made of, as the encoding can say it."""
    return [
        [Makeup.of(part) for part in excerpts(encoding.decode(encoding.encode(score)))]
        for score in scores
    ]


def excerpts(score: Score, notes: int = EXCERPT_NOTES) -> list[Score]:
    """The score in parts of so many notes; a short rest is left out.

    >>> from muso.music.midi import read_score
    >>> [len(part) for part in excerpts(read_score("examples/bach-bwv66-6.mid"))]
    [163]
    """
    number = np.arange(len(score)) // notes
    parts = [score.select(number == n) for n in range(int(number[-1]) + 1)] if len(score) else []
    return [part for n, part in enumerate(parts) if n == 0 or len(part) > notes // 2]


def fit_judge(folders: Mapping[str, Sequence[Sequence[Makeup]]], seed: int = 0) -> StyleJudge:
    """Learn to tell folders apart from their pieces' excerpts.

    Args:
        folders: by name, `(piece,)` of excerpts; at least `FOLDS` pieces each.
        seed: of the folds.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    features, target, piece = [], [], []
    for label, pieces in enumerate(folders.values()):
        for number, parts in enumerate(pieces):
            features += [part.features for part in parts]
            target += [label] * len(parts)
            piece += [label * 100_000 + number] * len(parts)
    x, y, groups = np.stack(features), np.array(target), np.array(piece)
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    models = [
        *(LogisticRegression(C=c, class_weight="balanced", max_iter=2000) for c in STRENGTHS),
        *(SVC(C=c, class_weight="balanced") for c in COSTS),
    ]
    tried = []
    for number, model in enumerate(models):
        whole = make_pipeline(StandardScaler(), model)
        said = cross_val_predict(whole, x, y, groups=groups, cv=folds)
        right = _balanced(said == y, y, groups, seed)
        tried.append((right.value, -number, right, whole))
    _, _, right, best = max(tried, key=lambda one: one[:2])
    return StyleJudge(tuple(folders), best.fit(x, y), right)


def _balanced(
    right: NDArray[np.bool_], label: NDArray[np.int64], piece: NDArray[np.int64], seed: int
) -> Interval:
    """The share that is right, folders counting alike, with its interval over pieces."""
    labels = np.unique(label)

    def share(weight: NDArray[np.float64]) -> NDArray[np.float64]:
        total = [max(weight[label == one].sum(), 1.0) for one in labels]
        hits = [weight[(label == one) & right].sum() for one in labels]
        return np.array([np.mean(np.divide(hits, total))])

    numbers = number_works(piece)
    drawn = resample(share, numbers, np.random.default_rng(seed), 200)
    count = int(numbers.max()) + 1
    return percentile_interval(float(share(np.ones(len(right)))[0]), drawn[:, 0], count)
