"""What a worker does to learn a style: reads the files, trains in rounds, composes after each.

A round ends with what samples need: export, memory, three pieces. On two cores that takes some
20 to 40 s, so there are few rounds.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from muso.progress import Progress
from muso.studio.files import Files
from muso.studio.jobs import progress_data

Tell = Callable[[Any], None]

FIRST, FIRST_MINUTES = 0.05, 1.0
"""So much of the time is the first round, and no more than that: it is soon heard."""
LEAST_MINUTES = 2.0
"""Of later rounds, so that what comes after them is a small share of the time."""
MOST_ROUNDS = 3
"""After the first: each begins anew with slow steps, so that many would learn less."""


def rounds_of(minutes: float) -> list[float]:
    """Minutes of each round of a lesson: a short one, then even ones.

    >>> rounds_of(5), rounds_of(2), rounds_of(61)
    ([0.25, 2.375, 2.375], [0.1, 1.9], [1.0, 20.0, 20.0, 20.0])
    """
    first = min(minutes * FIRST, FIRST_MINUTES)
    later = min(max(int((minutes - first) / LEAST_MINUTES), 1), MOST_ROUNDS)
    return [first, *[(minutes - first) / later] * later]


def gather(sources: Mapping[str, Path], folder: Path) -> None:
    """Make `folder` hold the files of `sources`, by their names here, and no others."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        if old.name not in sources:
            old.unlink()
    for name, source in sources.items():
        if not (folder / name).exists():
            try:
                os.link(source, folder / name)
            except OSError:
                shutil.copyfile(source, folder / name)


def read(sources: Mapping[str, Path], folder: Path, name: str, tell: Tell) -> dict[str, Any]:
    """What a style would be learnt from: `sources`, which are gathered into `folder`."""
    from muso import service

    gather(sources, folder)
    found = service.read_style(folder, name, _listener(tell))
    return {
        "pieces": len(found.pieces),
        "notes": found.notes,
        "hours": found.hours,
        "held_out": int((found.split.side > 0).sum()),
        "unreadable": list(found.unreadable.values()),
    }


def train(
    sources: Mapping[str, Path], folder: Path, name: str, minutes: float, files: Path, tell: Tell
) -> dict[str, Any]:
    """Learn a style in rounds; tells `progress`, and `sample` after each round.

    A sample says after how many minutes and epochs of this lesson it was made. The style is
    learnt from `sources`, which are gathered into `folder`.

    Asked to end, it keeps what it learnt; called again, it goes on.

    Returns:
        The style's name, and how often its pieces and held-out ones copy what it learnt from.
    """
    from muso import service

    gather(sources, folder)
    store = Files(files)
    copying: dict[str, Any] = {}
    learnt, epochs = 0.0, 0
    rounds = rounds_of(minutes)
    changes = [[f"minutes={max(one, 0.01):.3f}"] for one in rounds]
    lesson = service.style_rounds(folder, name, changes, listener=_listener(tell))
    for number in range(1, len(changes) + 1):
        begun, share = sum(rounds[: number - 1]) / minutes, rounds[number - 1] / minutes
        tell(("round", {"round": number, "rounds": len(rounds), "begun": begun, "share": share}))
        styled = next(lesson)
        report = styled.training.report
        learnt += report.minutes
        epochs += report.curves.epochs if report.curves else 0
        for place, path in enumerate(styled.samples, start=1):
            piece = store.add(path.read_bytes(), ".mid")
            sample = {"piece": piece, "round": number, "number": place}
            tell(("sample", {**sample, "minutes": round(learnt, 2), "epochs": epochs}))
        copying = {"made": styled.copying.share.value, "real": styled.real_copying.share.value}
    return {"name": name, "copying": copying}


def _listener(tell: Tell) -> Callable[[Progress], None]:
    return lambda progress: tell(("progress", progress_data(progress)))
