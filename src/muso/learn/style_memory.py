"""Choosing how a style remembers the piece that it is in."""

from __future__ import annotations

from itertools import product

import numpy as np
import torch
from numpy.typing import NDArray

from muso.bundle.memory import Memory, liken, mixed_nats
from muso.learn.language import LanguageNet
from muso.learn.language_data import Library
from muso.progress import Listener, counted, silent
from muso.represent.encoding import Encoding

SHARES = (0.5, 0.8, 0.95)
SHARPNESSES = (30.0, 60.0, 120.0)
TRUSTS = (0.75, 0.85, 0.92, 0.96)
"""What is tried of a memory."""
LONGEST = 1500
"""Steps of a piece that a memory is chosen by."""


NONE = Memory(0.0, 1.0, 1.0)


def choose_memory(
    net: LanguageNet, encoding: Encoding, library: Library, listener: Listener = silent
) -> Memory:
    """The memory with which pieces that were not learnt from cost least.

    Args:
        net: the network.
        encoding: of its steps.
        library: the pieces.
        listener: told how many pieces were asked.
    """
    tried = [NONE, *(Memory(*values) for values in product(SHARES, SHARPNESSES, TRUSTS))]
    costs = np.zeros(len(tried))
    for steps in counted(library.steps, "remembering", len(library.steps), listener):
        likeness, fields = _costs(net, encoding, steps[:LONGEST])
        for number, memory in enumerate(tried):
            weight, shares = memory.weigh(likeness)
            costs[number] += sum(
                float(mixed_nats(scores, came, weight, shares).sum()) for scores, came in fields
            )
    return tried[int(costs.argmin())]


def _costs(
    net: LanguageNet, encoding: Encoding, steps: NDArray[np.int16]
) -> tuple[NDArray[np.float32], list[tuple[NDArray[np.float64], NDArray[np.int64]]]]:
    """How like the moments of a piece are, and each field's scores with the word that came."""
    net.eval()
    rows = torch.from_numpy(steps.astype(np.int64))[:, None]
    with torch.inference_mode():
        said, _ = net(rows[:-1], torch.zeros(1, net.condition.in_features))
        hidden, came = said[:, 0], rows[1:, 0]
        fields = [
            (net.logits(f, hidden, came[:, :f]).double().numpy(), came[:, f].numpy())
            for f in range(len(encoding.fields))
            if f not in encoding.derived
        ]
    return liken(hidden.numpy()), fields
