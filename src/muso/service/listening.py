"""Naming what can be named about files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from muso.errors import FileError, MissingExtra, MusoError, UsageError, shown
from muso.music.files import StrPath
from muso.progress import Listener, counted, silent
from muso.service.models import load
from muso.service.recordings import COVER_GENRE, name_recording
from muso.workers import chunked, spread

if TYPE_CHECKING:
    from muso.bundle.prediction import Prediction
    from muso.bundle.timeline import Timeline
    from muso.recognize.task import Task

KINDS = {"score": "score", "clip": "recording", "cover": "cover"}
"""What people call a piece of each medium."""


@dataclass(frozen=True)
class Request:
    """What is asked about every file.

    Attributes:
        tasks: names of tasks; empty for all that fit the medium.
        bundle: another model than the tasks' own, by name or folder.
        excerpt_s: identify scores and recordings from a random excerpt of so many seconds; None
            for the whole piece.
        seed: of the excerpt.
        timeline: also name the windows of scores and clips one by one.
    """

    tasks: tuple[str, ...] = ()
    bundle: str | None = None
    excerpt_s: float | None = None
    seed: int = 0
    timeline: bool = False


@dataclass(frozen=True)
class Identification:
    """What muso said of one file: predictions by task, or the error that kept it from saying.

    Asked for, `timelines` holds by task what was said of its windows, and `heat_maps` where the
    picture of what spoke for a cover's label was written. `remark` is a line on a recording that
    was cut short.
    """

    path: Path
    media: str = ""
    predictions: Mapping[str, Prediction] = field(default_factory=dict)
    error: MusoError | None = None
    timelines: Mapping[str, Timeline] = field(default_factory=dict)
    heat_maps: Mapping[str, Path] = field(default_factory=dict)
    remark: str = ""

    def as_dict(self, top: int = 5, evidence: bool = False) -> dict[str, Any]:
        """The identification as JSON holds it."""
        if self.error is not None:
            message = {"kind": self.error.kind, "message": str(self.error)}
            return {"path": str(self.path), "error": message}
        said = {
            name: p.as_dict(top, evidence) | coordinates(name, p.ranking)
            for name, p in self.predictions.items()
        }
        for name, timeline in self.timelines.items():
            rows = zip(timeline.as_rows(top), timeline.rankings(), strict=True)
            said[name]["timeline"] = [row | coordinates(name, ranking) for row, ranking in rows]
            if timeline.silences:
                said[name]["silences"] = [[round(s, 2) for s in span] for span in timeline.silences]
        for name, picture in self.heat_maps.items():
            said[name]["evidence"] = {"heat_map": str(picture)}
        remark = {"remark": self.remark} if self.remark else {}
        return {"path": str(self.path), "media": self.media, "predictions": said, **remark}


def identify(
    path: StrPath, request: Request = Request(), listener: Listener = silent
) -> Identification:
    """Name what can be named about one file.

    Args:
        path: of the file.
        request: what is asked about it.
        listener: told how many seconds of a recording were heard, and windows of a timeline named.

    Raises:
        FileError: the file can't be used. UsageError, BundleError: the request can't be met.

    >>> found = identify("examples/bach-bwv66-6.mid")
    >>> found.predictions["composer"].ranking[0][0]
    'Bach'
    """
    _check(request)
    found = _identify(Path(path), request, listener)
    if found.error is not None:
        raise found.error
    return found


def identify_all(
    paths: Iterable[StrPath], request: Request = Request(), listener: Listener = silent
) -> Iterator[Identification]:
    """Name what can be named about files and folders, in their order, on all cores.

    Folders are searched through: sorted paths, hidden files and unknown suffixes passed over. A
    file that can't be used comes with its error, and the others go on.

    Raises:
        UsageError, BundleError: the request can't be met, whatever the files.

    >>> [found.media for found in identify_all(["examples/schubert-gute_nacht.mid"])]
    ['score']
    """
    return identify_found(search(paths), request, listener)


def search(paths: Iterable[StrPath]) -> Any:
    """The pieces among files and folders: `Found`, with what was passed over and why."""
    from muso.music.media import find_files

    return find_files(paths)


def identify_found(
    found: Any, request: Request = Request(), listener: Listener = silent
) -> Iterator[Identification]:
    """`identify_all` for what `search` found."""
    _check(request)
    chunks = chunked(found.files)
    results = spread(_identify_chunk, chunks, request)
    told = counted((one for c in results for one in c), "identifying", len(found.files), listener)
    closed = sorted(zip(found.places, found.unreadable, strict=True), key=lambda pair: pair[0])
    for number, one in enumerate(told):
        while closed and closed[0][0] <= number:
            error = closed.pop(0)[1]
            yield Identification(error.path, error=error)
        yield one
    yield from (Identification(error.path, error=error) for _, error in closed)


def _identify_chunk(paths: Sequence[Path], request: Request) -> list[Identification]:
    from muso.music.media import media_of

    covers = _identify_covers([path for path in paths if media_of(path) == "cover"], request)
    return [covers[path] if path in covers else _identify(path, request) for path in paths]


def _identify_covers(paths: Sequence[Path], request: Request) -> dict[Path, Identification]:
    """What `_identify` says of covers, all asked about together, which is far quicker."""
    from muso.bundle.prediction import unsaid
    from muso.music.cover import read_cover

    asked = [(task, load(name)) for task, name in _asked(request, "cover")] if paths else []
    found: dict[Path, Identification] = {}
    looked: dict[Path, list[Any]] = {}
    for path in paths:
        try:
            cover = read_cover(path)
        except FileError as error:
            found[path] = Identification(path, error=error)
            continue
        if reason := cover.why_unseen:
            nothing = {task: unsaid(model.name, reason) for task, model in asked}
            found[path] = Identification(path, "cover", nothing)
        else:
            looked[path] = [model.slices(cover) for _, model in asked]
    said: dict[Path, dict[str, Prediction]] = {path: {} for path in looked}
    for number, (task, model) in enumerate(asked):
        named = model.predict_each([slices[number] for slices in looked.values()])
        for path, prediction in zip(looked, named, strict=True):
            said[path][task] = prediction
    return found | {path: Identification(path, "cover", said[path]) for path in looked}


def _check(request: Request) -> None:
    """Refuse at once what no file could be asked."""
    from muso.recognize import TASKS

    for name in request.tasks:
        if name not in TASKS and request.bundle is None:
            raise UsageError(f"there is no task {name!r}; there are {', '.join(TASKS)}")
    if request.bundle is not None:
        task = load(request.bundle).task
        if request.tasks and task not in request.tasks:
            raise UsageError(f"bundle {request.bundle} names the {task}; ask for that task")
    if request.excerpt_s is not None and not request.excerpt_s > 0:
        raise UsageError(f"an excerpt of {request.excerpt_s:g} s; ask for more than 0 s")


def _asked(request: Request, media: str) -> list[tuple[str, str]]:
    """Task and bundle names to ask about a piece of `media`."""
    from muso.recognize import TASKS

    if request.bundle is not None:
        bundle = load(request.bundle)
        wanted = not request.tasks or bundle.task in request.tasks
        return [(bundle.task, request.bundle)] if bundle.media == media and wanted else []
    return [
        (task.name, task.bundle)
        for task in TASKS.values()
        if task.media == media and (not request.tasks or task.name in request.tasks)
    ]


def _identify(path: Path, request: Request, listener: Listener = silent) -> Identification:
    from muso.bundle.timeline import follow
    from muso.music.media import media_of, read_piece
    from muso.music.score import Score

    media = media_of(path) or ""
    if media == "cover":
        return _identify_covers([path], request)[path]
    if media == "clip":
        try:
            with_art = request.bundle is None and (
                not request.tasks or COVER_GENRE in request.tasks
            )
            named = name_recording(
                path,
                _asked(request, media),
                with_art,
                request.timeline,
                listener,
                excerpt_s=request.excerpt_s,
                seed=request.seed,
            )
            return Identification(
                path, media, named.said, timelines=named.timelines, remark=named.remark
            )
        except (FileError, MissingExtra) as error:
            return Identification(path, error=error)
    try:
        piece = read_piece(path)
    except (FileError, MissingExtra) as error:
        return Identification(path, error=error)
    if request.excerpt_s is not None:
        piece = excerpt(piece, request.excerpt_s, request.seed)
    asked = _asked(request, media)
    said = {task: load(name).predict(piece) for task, name in asked}
    if not request.timeline or not isinstance(piece, Score):
        return Identification(path, media, said)
    lines = {task: follow(load(name), piece, listener=listener) for task, name in asked}
    return Identification(path, media, said, timelines=lines)


def why_unnamed(media: str, request: Request) -> str:
    """Why a piece of `media` that could be read got no predictions: what was asked is not of it.

    >>> why_unnamed("cover", Request(tasks=("genre",)))
    'genre names recordings'
    """
    from muso.recognize import TASKS

    if request.bundle is not None:
        bundle = load(request.bundle)
        asked = {bundle.task: bundle.media}
    else:
        asked = {name: TASKS[name].media for name in request.tasks}
        if media == "clip" and COVER_GENRE in asked:
            return "no picture in its tags that can be read"
    return "; ".join(f"{task} names {KINDS[kind]}s" for task, kind in asked.items())


def coordinates(task: str, ranking: Iterable[tuple[str, float]]) -> dict[str, float]:
    """Where a piece lies by its ranking, for a task whose labels have coordinates.

    >>> coordinates("composer", [("Bach", 1.0)])
    {}
    """
    from muso.recognize import TASKS

    place = TASKS[task].place(ranking) if task in TASKS else {}
    return {axis: round(value, 4) for axis, value in place.items()}


def draw_timeline(found: Identification, task: str, theme: str = "light") -> bytes:
    """A picture of how one of a file's `timelines` goes, as a PNG.

    Args:
        found: of a request with `timeline`.
        task: a key of its timelines.
        theme: light or dark.

    Raises:
        UsageError: no such theme, or no timeline of that task.
    """
    import numpy as np

    from muso.music.picture.shares import shares_png

    if task not in found.timelines:
        raise UsageError(f"{shown(found.path)}: there is no timeline of the {task}; ask for one")
    line = found.timelines[task]
    places = [coordinates(task, ranking) for ranking in line.rankings()]
    curves = {axis: np.array([place[axis] for place in places]) for axis in places[0]}
    title = f"{task} of {shown(found.path.name)}"
    return shares_png(
        line.labels,
        line.start_s,
        line.end_s,
        line.probability,
        curves,
        length_s=line.length_s,
        title=title,
        theme=theme,
    )


def excerpt(piece: Any, length_s: float, seed: int) -> Any:
    """A random excerpt of a score or a clip, or all of it if it is shorter; a cover whole."""
    from muso.music.cover import Cover
    from muso.music.excerpt import random_excerpt

    return piece if isinstance(piece, Cover) else random_excerpt(piece, length_s, seed)


def tasks() -> dict[str, Task]:
    """Everything muso can name, by name.

    >>> tasks()["composer"].media
    'score'
    """
    from muso.recognize import TASKS

    return dict(TASKS)
