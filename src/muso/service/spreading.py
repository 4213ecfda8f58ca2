"""Many files over the cores of the machine."""

from __future__ import annotations

import os
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
    results: Iterator[Any] = Parallel(n_jobs=-1, return_as="generator")(jobs)
    return results


def _in_folder(folder: Path, work: Any, *arguments: Any) -> Any:
    """`work(*arguments)` in `folder`: a worker kept from an earlier call may be in another."""
    os.chdir(folder)
    return work(*arguments)
