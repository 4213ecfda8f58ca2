"""Pictures of timelines, and of what spoke for a cover's label, written as results come."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from muso.service import Identification, Request


def drawn(results: Iterator[Identification], request: Request, to: str) -> Iterator[Identification]:
    """`results`, each with its timelines drawn before it is passed on.

    Of a file without any, standard error is told why.

    Args:
        results: with timelines.
        request: that they answer.
        to: a PNG for one file and task, or a folder, made if it isn't there, in which each file
            gets `NAME.TASK.png`, numbered where names repeat.

    Raises:
        UsageError: a PNG was named and there is more than one timeline, or a folder that is a file.
        FileError: it can't be written.
    """
    from muso import service
    from muso.errors import UsageError, shown
    from muso.music.files import opening, whole

    single = to.lower().endswith(".png")
    if not single:
        if os.path.exists(to) and not os.path.isdir(to):  # noqa: PTH110, PTH112
            raise UsageError(f"{shown(to)} is a file; name a folder, or a FILE.png")
        with opening(to):
            Path(to).mkdir(parents=True, exist_ok=True)
    taken: set[str] = set()
    for one in results:
        for task in one.timelines:
            name = to if single else _free(one.path.stem, task, taken)
            if single and taken:
                raise UsageError(
                    f"there is more than one timeline to draw, and {shown(to)} holds one; name a "
                    "folder, or a single file and --task"
                )
            taken.add(name)
            path = Path(to) if single else Path(to) / name
            with whole(path) as unfinished:
                unfinished.write_bytes(service.draw_timeline(one, task))
        if not one.timelines and one.error is None:
            click.echo(f"muso: {shown(one.path)}: not drawn; {_why(one, request)}", err=True)
        yield one


def _why(one: Identification, request: Request) -> str:
    """Why a file that could be used has no timeline."""
    from muso import service

    if not one.predictions:
        return service.why_unnamed(one.media, request)
    reasons = [said.reason for said in one.predictions.values() if not said.ranking]
    return reasons[0] if reasons and one.media != "cover" else "a cover has no timeline"


def _free(stem: str, task: str, taken: set[str]) -> str:
    name, number = f"{stem}.{task}.png", 1
    while name in taken:
        number += 1
        name = f"{stem}-{number}.{task}.png"
    return name


def heated(results: Iterator[Identification], bundle: str | None) -> Iterator[Identification]:
    """`results`, for each cover with its heat map written into the folder one is in.

    So for one in the tags of a recording. It is called `NAME.evidence.png`, numbered where such a
    file is there already. A cover with nothing on it has none.

    Args:
        results: of any media.
        bundle: that was asked; the task's own unless given.

    Raises:
        FileError: it can't be written.
    """
    from dataclasses import replace

    from muso import service
    from muso.music.files import whole

    of_covers = {name for name, task in service.tasks().items() if task.media == "cover"}
    for one in results:
        maps = {}
        for task, said in one.predictions.items():
            if not said.ranking or (one.media != "cover" and task not in of_covers):
                continue
            path = _not_there(one.path.stem)
            with whole(path) as unfinished:
                unfinished.write_bytes(service.explain_cover(one.path, bundle).picture)
            maps[task] = path
        yield replace(one, heat_maps=maps)


def _not_there(stem: str) -> Path:
    path, number = Path(f"{stem}.evidence.png"), 1
    while path.exists():
        number += 1
        path = Path(f"{stem}.evidence-{number}.png")
    return path
