"""Progress of long work, as events: rooms report them, the command line and studio show them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

Item = TypeVar("Item")


@dataclass(frozen=True)
class Progress:
    """One step of long work.

    Attributes:
        stage: what is being done, such as `reading` or `training roll`.
        done, total: steps of that stage.
        left_s: seconds the stage will probably still take; None while nobody can know.
        values: figures worth showing, such as a loss.
    """

    stage: str
    done: int
    total: int
    left_s: float | None = None
    values: Mapping[str, float] = field(default_factory=dict)


Listener = Callable[[Progress], None]


def silent(progress: Progress) -> None:
    """The listener of those who don't listen."""


def counted(items: Iterable[Item], stage: str, total: int, listener: Listener) -> Iterator[Item]:
    """`items` one by one, telling `listener` after each how many are done and how long is left.

    >>> told = []
    >>> list(counted("ab", "reading", 2, told.append)), [p.done for p in told]
    (['a', 'b'], [1, 2])
    """
    started = time.monotonic()
    for done, item in enumerate(items, 1):
        yield item
        each_s = (time.monotonic() - started) / done
        listener(Progress(stage, done, total, (total - done) * each_s))
