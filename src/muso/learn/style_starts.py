"""The states that pieces of a style begin from; see `muso.bundle.starts`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from muso.learn.language import LanguageNet
from muso.music.score import Score
from muso.represent.encoding import Encoding

MOST_STARTS = 64
"""Pieces of a folder that are read; a tenth of a megabyte for sixty."""
READ_STEPS = 400
"""Steps of each: after 400 the judge of three folders' styles told more of them than after 100."""


def states_after(
    net: LanguageNet, encoding: Encoding, scores: Sequence[Score], seed: int
) -> NDArray[np.float32]:
    """`(start, 2, layer, unit)` hidden and cell after the first steps of pieces.

    Args:
        net: told nothing of mood or collection.
        encoding: of its steps.
        scores: pieces that it learnt from; of many some are drawn.
        seed: of the draw.
    """
    drawn = np.random.default_rng(seed).permutation(len(scores))[:MOST_STARTS]
    net.eval()
    nothing = torch.zeros(1, net.condition.in_features)
    states = []
    for number in sorted(drawn.tolist()):
        # The last step ends a piece.
        rows = encoding.encode(scores[number])[:-1][:READ_STEPS].astype(np.int64)
        with torch.inference_mode():
            _, (hidden, cell) = net(torch.from_numpy(rows)[:, None], nothing)
        states.append(torch.stack([hidden[:, 0], cell[:, 0]]).float().numpy())
    return np.stack(states)
