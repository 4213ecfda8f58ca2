"""Rendering many pieces at once: which files become of which, and making them on all cores."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from muso.errors import FileError, MusoError, UsageError, shown
from muso.music.files import StrPath
from muso.progress import Listener, Progress, counted, silent
from muso.service.playing import Rendered, Rendering, render, writer_of, writers
from muso.workers import spread


@dataclass(frozen=True)
class Batch:
    """Which files are to be made of which pieces.

    Attributes:
        jobs: piece and target each; no target twice.
        to_folder: whether the targets' folders are to be made where they are missing.
        passed_over: files in the folders searched that are no scores.
        unreadable: folders that could not be looked into, and why.
    """

    jobs: tuple[tuple[Path, Path], ...]
    to_folder: bool = False
    passed_over: int = 0
    unreadable: tuple[FileError, ...] = ()


def plan_renders(paths: Sequence[StrPath], target: StrPath, suffix: str | None = None) -> Batch:
    """What is to be made of `paths`: one file of one piece, or a folder of several.

    Folders are searched for scores, whose places below them are kept.

    Args:
        paths: pieces and folders.
        target: the file to make. A folder if there are several pieces or a folder is searched,
            if `suffix` is given, or where there is one of this name.
        suffix: what to make in the folder, with its dot or not; `wav` if None.

    Raises:
        UsageError: an unknown suffix, several pieces to one file, two that would get one name,
            or no pieces.

    >>> plan_renders(["a.mid", "b.mid"], "sounds", "ogg").jobs[1][1].as_posix()
    'sounds/b.ogg'
    """
    from muso.music.media import find_files, media_of

    folders = {path for path in paths if os.path.isdir(path)}  # noqa: PTH112
    target_is_folder = os.path.isdir(target)  # noqa: PTH112
    if len(paths) == 1 and not (folders or target_is_folder or suffix):
        writer_of(target)
        return Batch(((Path(paths[0]), Path(target)),))
    ending = "." + (suffix or "wav").lower().removeprefix(".")
    if not target_is_folder and Path(target).suffix.lower() in writers():
        raise UsageError(f"{shown(target)}: several pieces don't fit one file; name a folder")
    writer_of("all" + ending)
    pieces: dict[Path, Path] = {}
    passed_over = 0
    unreadable: list[FileError] = []
    for path in paths:
        found = find_files([path])
        scores = [f for f in found.files if path not in folders or media_of(f) == "score"]
        passed_over += found.passed_over + len(found.files) - len(scores)
        unreadable += found.unreadable
        top = Path(path) if path in folders else Path(path).parent
        for piece in scores:
            made = (Path(target) / piece.relative_to(top)).with_suffix(ending)
            if pieces.setdefault(made, piece) != piece:
                both = f"{shown(pieces[made])} and {shown(piece)}"
                raise UsageError(f"{both} would both become {shown(made)}; render them apart")
    if not (pieces or unreadable):
        raise UsageError(f"{', '.join(map(shown, paths))}: no scores in there; name a piece itself")
    jobs = tuple((piece, made) for made, piece in pieces.items())
    return Batch(jobs, True, passed_over, tuple(unreadable))


def render_all(
    batch: Batch, rendering: Rendering = Rendering(), listener: Listener = silent
) -> Iterator[Rendered]:
    """Render every job of `batch`, in order, on all cores.

    A piece that can't be rendered comes with its error, and the others go on.
    """
    from muso.music.files import opening

    yield from (Rendered(error.path, error=error) for error in batch.unreadable)
    if batch.to_folder:
        for folder in dict.fromkeys(target.parent for _, target in batch.jobs):
            with opening(folder):
                folder.mkdir(parents=True, exist_ok=True)
    if len(batch.jobs) == 1:
        yield _try_to_render(batch.jobs[0], rendering, listener)
        return
    listener(Progress("rendering", 0, len(batch.jobs)))
    results = spread(_try_to_render, batch.jobs, rendering)
    yield from counted(results, "rendering", len(batch.jobs), listener)


def _try_to_render(
    job: tuple[Path, Path], rendering: Rendering, listener: Listener = silent
) -> Rendered:
    try:
        return render(*job, rendering, listener)
    except MusoError as error:
        return Rendered(job[0], error=error)
