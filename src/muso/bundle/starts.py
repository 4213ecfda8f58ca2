"""Where a style begins: states of a language model that has just read a piece of somebody's folder.

Begun from nothing, a model plays what all that it ever learnt has in common, however it went on
learning. Begun as if it had just heard one of the folder's pieces it goes on in that manner. Only
the states are kept, no music: nothing is quoted but what the model itself remembers, and a memory
of the piece (`muso.bundle.memory`) begins empty.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from muso.bundle.arrays import pack_array, read_array
from muso.bundle.language import LanguageBundle, State
from muso.represent.encoding import Encoding, Steps

STARTS = "starts.npy"
"""The file of a bundle that holds them."""


@dataclass(frozen=True, eq=False)
class Begun:
    """A language model that begins where it has just heard a piece.

    Attributes:
        bundle: the model.
        state: before the first row, of one piece.
    """

    bundle: LanguageBundle
    state: State

    @property
    def encoding(self) -> Encoding:
        """How it writes scores."""
        return self.bundle.encoding

    def begin(self, batch: int = 1) -> State:
        """The state before a piece, of `batch` pieces."""
        return self.state.take(np.zeros(batch, np.intp))

    def advance(
        self, state: State, rows: Steps, condition: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], State]:
        """Read one row a piece; see `LanguageBundle.advance`."""
        return self.bundle.advance(state, rows, condition)

    def logits(self, hidden: NDArray[np.float32], so_far: Steps) -> NDArray[np.float32]:
        """Scores of the next field's words; see `LanguageBundle.logits`."""
        return self.bundle.logits(hidden, so_far)


def pack_starts(starts: NDArray[np.floating[Any]]) -> bytes:
    """States as a bundle's file holds them.

    Args:
        starts: `(start, 2, layer, unit)` hidden and cell.
    """
    return pack_array(starts.astype(np.float16))


def begin_anywhere(bundle: LanguageBundle, rng: np.random.Generator) -> LanguageBundle | Begun:
    """The model, begun after one of the pieces its bundle knows; as it is where it knows none.

    Args:
        bundle: the model.
        rng: draws the piece.

    Raises:
        BundleError: the bundle's states are missing, altered or not those of this model.

    >>> from muso.bundle.language import find_language
    >>> plain = find_language("muse.1")
    >>> begin_anywhere(plain, np.random.default_rng(0)) is plain
    True
    """
    if STARTS not in bundle.digests:
        return bundle
    starts = read_array(bundle, STARTS, (None, 2, bundle.layers, bundle.units))
    hidden, cell = starts[rng.integers(len(starts))].astype(np.float32)
    return Begun(bundle, replace(bundle.begin(), hidden=hidden[:, None], cell=cell[:, None]))
