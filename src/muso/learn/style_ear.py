"""Fitting an ear for a style: a folder's music against what a model makes unasked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from muso.judge.style import Makeup
from muso.judge.style_ear import NOTES
from muso.learn.style_judge import excerpts
from muso.music.score import Score

STRENGTH = 0.01
"""Inverse regularization; ten times that steered no better."""


def fit_ear(folder: Sequence[Score], unasked: Sequence[Score]) -> NDArray[np.float64]:
    """`(feature + 1,)` weights and bias of a `StyleEar`, as a bundle's file holds them.

    Args:
        folder: pieces, as the model's encoding can say them; at least one with notes.
        unasked: pieces that a model made.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    rows = [
        [Makeup.of(part).features for piece in pieces for part in excerpts(piece, NOTES)]
        for pieces in (unasked, folder)
    ]
    values = np.array(rows[0] + rows[1])
    target = np.repeat([0, 1], [len(rows[0]), len(rows[1])])
    scaler = StandardScaler().fit(values)
    model = LogisticRegression(C=STRENGTH, class_weight="balanced", max_iter=2000)
    model.fit(scaler.transform(values), target)
    weight = model.coef_[0] / scaler.scale_
    return np.append(weight, model.intercept_[0] - scaler.mean_ @ weight)
