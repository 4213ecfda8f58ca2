"""Many files over the cores of the machine, where there are enough to be worth it."""

from __future__ import annotations

import os
import signal
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

Given = TypeVar("Given")
Made = TypeVar("Made")

CHUNK = 128
"""Items that `for_each` gives a worker at a time."""
AT_A_TIME = 16
"""Files that a worker reads and judges in one go, so that answers come soon."""
FEW = 3
"""For fewer chunks than this, starting workers takes longer than the work."""


def for_each(function: Callable[[Given], Made], items: Sequence[Given]) -> list[Made]:
    """`function` of each of `items`, in their order.

    Args:
        function: of a module's top level, so that it can be sent to other processes; it must not
            raise for an item that others should not suffer from.
        items: what it is called with.

    >>> for_each(abs, [-1, 2, -3])
    [1, 2, 3]
    """
    chunks = chunked(items, CHUNK)
    return [made for chunk in spread(_of_chunk, chunks, function) for made in chunk]


def _of_chunk(chunk: Sequence[Given], function: Callable[[Given], Made]) -> list[Made]:
    return [function(item) for item in chunk]


def chunked(items: Sequence[Given], size: int = AT_A_TIME) -> list[Sequence[Given]]:
    """`items` in order, `size` together.

    >>> chunked("abcde", 2)
    ['ab', 'cd', 'e']
    """
    return [items[start : start + size] for start in range(0, len(items), size)]


def spread(work: Callable[..., Made], chunks: Sequence[Any], *arguments: Any) -> Iterator[Made]:
    """`work(chunk, *arguments)` for every chunk, in order, on all cores if there is enough.

    >>> list(spread(sum, [[1, 2], [3]], 10))
    [13, 13]
    """
    if len(chunks) < FEW:
        return (work(chunk, *arguments) for chunk in chunks)
    from multiprocessing import current_process

    if current_process().daemon:  # a worker already, of the studio: it may start none of its own
        return (work(chunk, *arguments) for chunk in chunks)
    from joblib import Parallel, delayed

    here = Path.cwd(), _settings()
    jobs = (delayed(_as_here)(here, work, chunk, *arguments) for chunk in chunks)
    every_core = Parallel(n_jobs=-1, return_as="generator", initializer=_ignore_interrupts)
    return _closing_quietly(every_core(jobs))


def _ignore_interrupts() -> None:
    """Ctrl-C reaches workers too; who began them ends them, without a word of theirs."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _closing_quietly(results: Any) -> Iterator[Any]:
    """`results`, whose rest may be left: joblib warns of what was begun in vain."""
    try:
        for result in results:  # noqa: UP028 - closed here, results would close within the for
            yield result
    finally:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            results.close()


def _settings() -> dict[str, str]:
    """muso's own settings in the environment, such as `MUSO_HOME`."""
    return {name: value for name, value in os.environ.items() if name.startswith("MUSO_")}


def _as_here(here: tuple[Path, dict[str, str]], work: Any, *arguments: Any) -> Any:
    """`work(*arguments)` as it would run here: a worker is kept from an earlier call.

    Args:
        here: the folder, and muso's settings in the environment.
    """
    folder, settings = here
    os.chdir(folder)
    for name in _settings():
        del os.environ[name]
    os.environ.update(settings)
    return work(*arguments)
