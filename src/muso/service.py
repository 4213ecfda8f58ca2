"""The one facade: everything muso does, as plain functions, typed in and typed out.

The command line and the studio parse, call one of these once, and show what it gives. Nothing
here prints or speaks HTTP. Heavy rooms are imported when they are first needed.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from muso.errors import FileError, MissingExtra, MusoError, UsageError
from muso.progress import Listener, counted, silent

if TYPE_CHECKING:
    import numpy as np

    from muso.bundle.bundle import Bundle
    from muso.bundle.prediction import Prediction
    from muso.corpus.corpus import Corpus, Piece
    from muso.corpus.split import Split
    from muso.judge.evaluation import Evaluation
    from muso.judge.report import Report
    from muso.learn.training import Training
    from muso.recognize.task import Task

StrPath = str | os.PathLike[str]

CHUNK = 16
"""Files a worker takes at a time."""
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


def load(bundle: StrPath) -> Bundle:
    """A trained model, by name or folder.

    Raises:
        UsageError: there is none of that name. BundleError: it can't be read.

    >>> len(load("composer.1").labels)
    119
    """
    from muso.bundle.store import find_bundle

    return find_bundle(os.fspath(bundle))


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
    yield from (Identification(error.path, error=error) for error in found.unreadable)
    chunks = [found.files[at : at + CHUNK] for at in range(0, len(found.files), CHUNK)]
    results = _spread(_identify_chunk, chunks, request)
    total = len(found.files)
    yield from counted((one for chunk in results for one in chunk), "identifying", total, listener)


def _spread(work: Any, chunks: Sequence[Any], *arguments: Any) -> Iterator[Any]:
    """`work(chunk, *arguments)` for every chunk, in order, on all cores if there is enough."""
    if len(chunks) < 2:
        return (work(chunk, *arguments) for chunk in chunks)
    from joblib import Parallel, delayed

    jobs = (delayed(work)(chunk, *arguments) for chunk in chunks)
    results: Iterator[Any] = Parallel(n_jobs=-1, return_as="generator")(jobs)
    return results


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


@dataclass(frozen=True)
class BundleInfo:
    """A model in a list: `metrics` as its report measured them, without intervals."""

    name: str
    task: str
    default: bool
    media: str
    labels: int
    size_mb: float
    metrics: Mapping[str, float]

    def as_dict(self) -> dict[str, Any]:
        """The model as JSON holds it."""
        return dict(vars(self))


def bundles() -> list[BundleInfo]:
    """Every model there is, by task, a task's default first.

    >>> [info.name for info in bundles() if info.task == "composer" and info.default]
    ['composer.1']
    """
    from muso.bundle.bundle import read_bundle
    from muso.bundle.store import list_bundles
    from muso.judge.report import read_report
    from muso.recognize import TASKS

    defaults = {task.bundle for task in TASKS.values()}
    found = []
    for name, folder in list_bundles().items():
        bundle = read_bundle(folder)
        metrics = read_report(folder / "report.json").metrics.as_dict()
        values = {k: round(v["value"], 4) for k, v in metrics.items() if isinstance(v, Mapping)}
        size = sum(f.stat().st_size for f in folder.iterdir()) / 1e6
        found.append(
            BundleInfo(
                name=name,
                task=bundle.task,
                default=name in defaults,
                media=bundle.media,
                labels=len(bundle.labels),
                size_mb=round(size, 2),
                metrics=values,
            )
        )
    return sorted(found, key=lambda info: (info.task, not info.default, info.name))


def read_corpus(path: StrPath, *, label: str | None = None) -> Corpus:
    """A labelled collection: a CSV with any column names, or a folder of folders.

    >>> read_corpus("examples").labels
    ('examples',)
    """
    from muso.corpus.manifest import read_corpus

    return read_corpus(path, label=label)


def scan_corpus(folder: StrPath) -> Corpus:
    """A folder tree as a corpus: the folder is the label, the same music is one work.

    >>> len(scan_corpus("examples"))
    9
    """
    from muso.corpus.corpus import scan_folder
    from muso.corpus.works import find_works

    return find_works(scan_folder(folder))


def import_corpus(name: str, folder: StrPath) -> Corpus:
    """A public data set in its original layout as a corpus, the same music as one work.

    Raises:
        UsageError: no such data set. CorpusError: the folder does not hold it.
    """
    from muso.corpus.importers import import_corpus
    from muso.corpus.works import find_works

    return find_works(import_corpus(name, folder))


def importers() -> dict[str, str]:
    """The data sets that can be imported, with a line on each.

    >>> "emopia" in importers()
    True
    """
    from muso.corpus.importers import IMPORTERS

    return {name: (read.__doc__ or "").split("\n")[0] for name, read in IMPORTERS.items()}


def write_corpus(corpus: Corpus, path: StrPath) -> None:
    """Write a corpus as a CSV that a person can read and edit."""
    from muso.corpus.manifest import write_manifest

    write_manifest(corpus, path)


def split_corpus(
    corpus: Corpus,
    *,
    protocol: str = "work",
    held_out: float = 0.15,
    validation: float = 0.15,
    seed: int = 0,
) -> tuple[Corpus, Split]:
    """Draw a split and note each piece's side in the corpus.

    Raises:
        UsageError: no such protocol, or shares that leave nothing to train on.

    >>> marked, split = split_corpus(scan_corpus("examples"), held_out=0.3, validation=0.2)
    >>> sorted({piece.split for piece in marked.pieces}), split.leaky
    (['test', 'train', 'validation'], False)
    """
    from dataclasses import replace

    from muso.corpus.split import SIDES, draw_split

    split = draw_split(
        [piece.label for piece in corpus.pieces],
        [piece.work for piece in corpus.pieces],
        protocol=protocol,
        held_out=held_out,
        validation=validation,
        seed=seed,
    )
    sides = zip(corpus.pieces, split.side, strict=True)
    pieces = tuple(replace(piece, split=SIDES[side]) for piece, side in sides)
    return replace(corpus, pieces=pieces), split


def train(
    recipe: StrPath,
    corpus: StrPath,
    *,
    name: str | None = None,
    task: str | None = None,
    changes: Sequence[str] = (),
    listener: Listener = silent,
) -> Training:
    """Train a bundle on a labelled corpus, and report it.

    Args:
        recipe: a shipped recipe's name, or a TOML file.
        corpus: a CSV or a folder.
        name: of the bundle; the recipe's unless given.
        task: what the labels are (performer, genre, era), where it is not the recipe's task.
        changes: `key=value` each, over the recipe's values.
        listener: told of progress.

    Raises:
        MissingExtra: the training packages are not installed. RecipeError, CorpusError and
        others of `muso.learn.training.train`.

    >>> train("no such recipe", "examples")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    muso.errors.RecipeError: no recipe 'no such recipe'; ...
    """
    from muso.bundle.store import bundle_folder

    resolved, collection, media = _experiment(recipe, corpus, task, changes)
    training = _workshop("training").train
    return training(  # type: ignore[no-any-return]
        resolved, collection, media, bundle_folder(name or resolved.name), listener
    )


def compare(
    recipe: StrPath,
    corpus: StrPath,
    protocols: Sequence[str],
    *,
    task: str | None = None,
    changes: Sequence[str] = (),
    listener: Listener = silent,
) -> dict[str, Report]:
    """Train one recipe under several protocols; no bundle is kept, only what each measured.

    Raises:
        UsageError: no such protocol. As `train` otherwise.

    >>> compare("composer", "examples", ["work", "hope"])
    Traceback (most recent call last):
    ...
    muso.errors.UsageError: there is no protocol 'hope'; choose from work, piece, slice
    """
    from muso.corpus.split import PROTOCOLS

    for protocol in protocols:
        if protocol not in PROTOCOLS:
            known = ", ".join(PROTOCOLS)
            raise UsageError(f"there is no protocol {protocol!r}; choose from {known}")
    resolved, collection, media = _experiment(recipe, corpus, task, changes)
    training = _workshop("training").try_protocol
    return {p: training(resolved, collection, media, p, listener) for p in protocols}


def _experiment(
    recipe: StrPath, corpus: StrPath, task: str | None, changes: Sequence[str]
) -> tuple[Any, Corpus, str]:
    from dataclasses import replace

    resolved = _workshop("recipe").read_recipe(recipe, changes)
    if task:
        resolved = replace(resolved, task=task, about="", data="", licence="")
    media = _workshop("members").build_view(resolved.member[0]).media
    from muso.corpus.manifest import read_corpus

    return resolved, read_corpus(corpus, label=None), media


def _workshop(module: str) -> Any:
    """A module of learn, the only room that needs the training packages."""
    import importlib

    try:
        return importlib.import_module(f"muso.learn.{module}")
    except ModuleNotFoundError as error:
        if error.name and error.name.startswith("muso"):
            raise
        raise MissingExtra("train", "training") from None


@dataclass(frozen=True, eq=False)
class Row:
    """One piece of an evaluation: what it is and what the bundle said."""

    piece: Piece
    predicted: str
    probability: float


def evaluate(
    bundle: StrPath,
    corpus: StrPath,
    *,
    split: str | None = None,
    labels: Sequence[str] = (),
    listener: Listener = silent,
) -> tuple[Evaluation, list[Row]]:
    """Measure a bundle on a labelled corpus.

    Args:
        bundle: a name or a folder.
        corpus: a CSV or a folder; pieces of labels the bundle doesn't know are left out.
        split: only pieces that the manifest puts on this side.
        labels: only these, the ranking restricted to them; empty for all.
        listener: told of progress.

    Returns:
        The evaluation, of the best-ranked labels, and one row a piece.

    Raises:
        CorpusError: nothing to measure. UsageError: a label the bundle doesn't know.

    >>> import pathlib, tempfile
    >>> mine = pathlib.Path(tempfile.mkdtemp(), "mine.csv")
    >>> score = pathlib.Path("examples/bach-bwv66-6.mid").resolve()
    >>> _ = mine.write_text(f"path,label\\n{score},Bach\\n")
    >>> evaluation, rows = evaluate("composer.1", mine)
    >>> evaluation.metrics.n, rows[0].predicted
    (1, 'Bach')
    """
    import numpy as np

    from muso.errors import CorpusError, shown
    from muso.judge.evaluation import Evaluation
    from muso.judge.metrics import measure

    model, collection = load(bundle), read_corpus(corpus)
    kept = tuple(dict.fromkeys(labels)) or model.labels
    column = model.restricted(kept)
    chosen = [p for p in collection.pieces if split is None or p.split == split]
    if not chosen:
        sides = ", ".join(sorted({p.split for p in collection.pieces} - {""})) or "none"
        raise CorpusError(f"{collection.name}: no row is on the side {split!r}; it names {sides}")
    left_out: dict[str, int] = {}
    for piece in chosen:
        if piece.label not in kept:
            left_out[piece.label] = left_out.get(piece.label, 0) + 1
    pieces = [piece for piece in chosen if piece.label in kept]
    if not pieces:
        raise CorpusError(
            f"{collection.name}: no piece has a label that {model.name} knows; "
            "`muso bundles show` lists them"
        )
    chunks = [pieces[at : at + CHUNK] for at in range(0, len(pieces), CHUNK)]
    results = _spread(_probabilities, chunks, os.fspath(bundle))
    flat = counted((r for c in results for r in c), "evaluating", len(pieces), listener)
    read: list[tuple[Piece, np.ndarray[Any, Any]]] = []
    unreadable = {str(p): f"{shown(p)}: gone, or may not be read" for p in collection.missing}
    for piece, result in zip(pieces, flat, strict=True):
        if isinstance(result, str):
            unreadable[str(piece.path)] = result
        else:
            read.append((piece, result))
    if not read:
        raise CorpusError(
            f"{collection.name}: no piece can be read; {next(iter(unreadable.values()))}"
        )
    # Never quite 0, so that labels none of which was thought possible still have shares.
    probability = np.stack([p for _, p in read])[:, column].clip(min=np.finfo(float).tiny)
    best = probability.max(axis=1)
    probability = probability / probability.sum(axis=1, keepdims=True)
    truth = np.array([kept.index(piece.label) for piece, _ in read])
    works = [piece.work for piece, _ in read]
    evaluation = Evaluation(
        bundle=model.name,
        labels=kept,
        corpus=collection.name,
        metrics=measure(truth, probability, kept, works),
        coverage=float((best >= model.threshold).mean()),
        left_out=dict(sorted(left_out.items())),
        unreadable=unreadable,
    )
    rows = [
        Row(piece, kept[int(p.argmax())], float(p.max()))
        for (piece, _), p in zip(read, probability, strict=True)
    ]
    return evaluation, rows


def _probabilities(pieces: Sequence[Piece], bundle: str) -> list[Any]:
    """`(label,)` probabilities of each piece, or a line on what is wrong with it."""
    import numpy as np

    from muso.errors import WrongFormat
    from muso.music.media import media_of, read_piece

    model = load(bundle)
    out: list[Any] = []
    for piece in pieces:
        try:
            if media_of(piece.path) not in (model.media, None):
                raise WrongFormat(piece.path, f"this is not a {model.media}", "leave it out")
            said = dict(model.predict(read_piece(piece.path)).ranking)
            out.append(np.array([said[label] for label in model.labels]))
        except (FileError, MissingExtra) as error:
            out.append(str(error))
    return out


def tasks() -> dict[str, Task]:
    """Everything muso can name, by name.

    >>> tasks()["composer"].media
    'score'
    """
    from muso.recognize import TASKS

    return dict(TASKS)
