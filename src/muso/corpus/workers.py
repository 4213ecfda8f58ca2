"""Many files at once: every core of the machine, when there are enough files to be worth it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

Given = TypeVar("Given")
Made = TypeVar("Made")

CHUNK = 128
"""Items a worker takes in one go."""

FEW = 4 * CHUNK
"""For fewer items than this, starting workers takes longer than the work."""


def for_each(
    function: Callable[[Given], Made], items: Sequence[Given], workers: int = -1
) -> list[Made]:
    """`function` of each of `items`, in their order.

    Args:
        function: of a module's top level, so that it can be sent to other processes; it must not
            raise for an item that others should not suffer from.
        items: what it is called with.
        workers: processes; -1 takes every core, and joblib's backend decides where they run.

    >>> for_each(abs, [-1, 2, -3])
    [1, 2, 3]
    """
    chunks = [items[start : start + CHUNK] for start in range(0, len(items), CHUNK)]
    if len(items) < FEW or workers == 1:
        return [function(item) for item in items]
    from joblib import Parallel, delayed

    done = Parallel(n_jobs=workers)(delayed(_of_chunk)(function, chunk) for chunk in chunks)
    return [made for chunk in done for made in chunk]


def _of_chunk(function: Callable[[Given], Made], chunk: Sequence[Given]) -> list[Made]:
    return [function(item) for item in chunk]
