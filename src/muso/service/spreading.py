"""Many files over the cores of the machine."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

CHUNK = 16
"""Files a worker takes at a time."""
FEW = 3
"""For fewer chunks than this, starting workers takes longer than the work."""


def spread(work: Any, chunks: Sequence[Any], *arguments: Any) -> Iterator[Any]:
    """`work(chunk, *arguments)` for every chunk, in order, on all cores if there is enough."""
    if len(chunks) < FEW:
        return (work(chunk, *arguments) for chunk in chunks)
    from joblib import Parallel, delayed

    folder = Path.cwd()
    jobs = (delayed(_in_folder)(folder, work, chunk, *arguments) for chunk in chunks)
    return _closing_quietly(Parallel(n_jobs=-1, return_as="generator")(jobs))


def _closing_quietly(results: Any) -> Iterator[Any]:
    """`results`, whose rest may be left: joblib warns of what was begun in vain."""
    try:
        for result in results:  # noqa: UP028 - closed here, results would close within the for
            yield result
    finally:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            results.close()


def _in_folder(folder: Path, work: Any, *arguments: Any) -> Any:
    """`work(*arguments)` in `folder`: a worker kept from an earlier call may be in another."""
    os.chdir(folder)
    return work(*arguments)
