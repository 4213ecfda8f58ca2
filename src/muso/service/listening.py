"""Naming what can be named about files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from muso.errors import FileError, MissingExtra, MusoError, UsageError
from muso.music.files import StrPath
from muso.progress import Listener, counted, silent
from muso.service.models import load
from muso.workers import chunked, spread

if TYPE_CHECKING:
    from muso.bundle.prediction import Prediction
    from muso.recognize.task import Task

EXCERPT_TRIES = 50


@dataclass(frozen=True)
class Request:
    """What is asked about every file.

    Attributes:
        tasks: names of tasks; empty for all that fit the medium.
        bundle: another model than the tasks' own, by name or folder.
        excerpt_s: identify from a random excerpt of so many seconds; None for the whole piece.
        seed: of the excerpt.
    """

    tasks: tuple[str, ...] = ()
    bundle: str | None = None
    excerpt_s: float | None = None
    seed: int = 0


@dataclass(frozen=True)
class Identification:
    """What muso said of one file: predictions by task, or the error that kept it from saying."""

    path: Path
    media: str = ""
    predictions: Mapping[str, Prediction] = field(default_factory=dict)
    error: MusoError | None = None

    def as_dict(self, top: int = 5, evidence: bool = False) -> dict[str, Any]:
        """The identification as JSON holds it."""
        if self.error is not None:
            message = {"kind": self.error.kind, "message": str(self.error)}
            return {"path": str(self.path), "error": message}
        said = {name: p.as_dict(top, evidence) for name, p in self.predictions.items()}
        return {"path": str(self.path), "media": self.media, "predictions": said}


def identify(path: StrPath, request: Request = Request()) -> Identification:
    """Name what can be named about one file.

    Raises:
        FileError: the file can't be used. UsageError, BundleError: the request can't be met.

    >>> found = identify("examples/bach-bwv66-6.mid")
    >>> found.predictions["composer"].ranking[0][0]
    'Bach'
    """
    _check(request)
    found = _identify(Path(path), request)
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
    return [_identify(path, request) for path in paths]


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


def _identify(path: Path, request: Request) -> Identification:
    from muso.music.media import media_of, read_piece

    media = media_of(path) or ""
    try:
        piece = read_piece(path)
    except (FileError, MissingExtra) as error:
        return Identification(path, error=error)
    if request.excerpt_s is not None:
        piece = excerpt(piece, request.excerpt_s, request.seed)
    said = {task: load(name).predict(piece) for task, name in _asked(request, media)}
    return Identification(path, media, said)


def excerpt(piece: Any, length_s: float, seed: int) -> Any:
    """A random excerpt of a score with a note in it, or the whole score if it is shorter."""
    import numpy as np

    from muso.music.score import Score

    if not isinstance(piece, Score) or piece.length_s <= length_s:
        return piece
    rng = np.random.default_rng(seed)
    for _ in range(EXCERPT_TRIES):
        start_s = float(rng.uniform(0, piece.length_s - length_s))
        part = piece.between(start_s, start_s + length_s)
        if len(part):
            return part
    # All but silence: begin where a note does.
    start_s = float(rng.choice(piece.onset_s))
    return piece.between(start_s, start_s + length_s)


def tasks() -> dict[str, Task]:
    """Everything muso can name, by name.

    >>> tasks()["composer"].media
    'score'
    """
    from muso.recognize import TASKS

    return dict(TASKS)
