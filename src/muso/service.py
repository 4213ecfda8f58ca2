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

from muso.errors import FileError, MissingExtra, MusoError, UsageError, WrongFormat, shown
from muso.progress import Listener, Progress, counted, silent

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from muso.bundle.bundle import Bundle
    from muso.bundle.prediction import Prediction
    from muso.corpus.augmentation import Augmented
    from muso.corpus.cleaning import Plan
    from muso.corpus.corpus import Corpus, Piece
    from muso.corpus.split import Split
    from muso.corpus.works import Matches
    from muso.judge.corpus_page import LabelFacts
    from muso.judge.evaluation import Evaluation
    from muso.judge.report import Report
    from muso.learn.training import Training
    from muso.music.clip import Clip
    from muso.music.humanize import Moved
    from muso.music.score import Score
    from muso.music.sound import Played
    from muso.recognize.task import Task

StrPath = str | os.PathLike[str]

CHUNK = 16
"""Files a worker takes at a time."""
EXCERPT_TRIES = 50
OCTAVE = 12


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

    folder = Path.cwd()
    jobs = (delayed(_in_folder)(folder, work, chunk, *arguments) for chunk in chunks)
    results: Iterator[Any] = Parallel(n_jobs=-1, return_as="generator")(jobs)
    return results


def _in_folder(folder: Path, work: Any, *arguments: Any) -> Any:
    """`work(*arguments)` in `folder`: a worker kept from an earlier call may be in another."""
    os.chdir(folder)
    return work(*arguments)


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


def read_corpus(
    path: StrPath, *, label: str | None = None, columns: Mapping[str, str] | None = None
) -> Corpus:
    """A labelled collection: a CSV with any column names, or a folder of folders.

    Args:
        path: the CSV, or the folder.
        label: the column that holds the label, where its name doesn't tell.
        columns: the same for any of `path`, `label`, `work` and `split`.

    Raises:
        CorpusError: no such column, or several could be meant; no file is where the CSV says.

    >>> read_corpus("examples").labels
    ('examples',)
    """
    from muso.corpus.manifest import read_corpus

    return read_corpus(path, label=label, columns=columns)


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


def find_doubts(corpus: Corpus) -> tuple[str, ...]:
    """What a person should know of a corpus before trusting it, a line each.

    >>> find_doubts(read_corpus("examples"))
    ()
    """
    from muso.corpus.doubts import find_doubts

    return find_doubts(corpus)


def find_matches(corpus: Corpus) -> tuple[Matches, Corpus]:
    """The pieces that are the same music, and the corpus with one work for each such set.

    >>> matches, joined = find_matches(read_corpus("examples"))
    >>> len(matches.found), len(joined)
    (0, 9)
    """
    from muso.corpus.works import find_matches, join_works

    matches = find_matches(corpus)
    return matches, join_works(corpus, matches)


def plan_cleaning(
    source: StrPath,
    to: StrPath,
    *,
    corrections: StrPath | None = None,
    wanted: Sequence[str] = (),
) -> Plan:
    """What it takes to make one folder a label of an archive or a folder; nothing is written.

    Args:
        source: a zip archive or a folder; it is never changed.
        to: the new folder; not in `source`.
        corrections: a CSV of corrected names, with the columns found and name.
        wanted: labels that must be there.

    Raises:
        MissingComposers: a wanted label is not there. CorpusError, FileError: the source, the
            table or the folder can't be used.

    >>> plan_cleaning("examples", "cleaned").labels["bach"]
    3
    """
    from muso.corpus.cleaning import plan_clean
    from muso.corpus.names import read_corrections

    table = read_corrections(corrections) if corrections is not None else None
    return plan_clean(source, to, corrections=table, wanted=wanted)


@dataclass(frozen=True)
class Cleaned:
    """What a cleaning did.

    Attributes:
        written: how many files were copied; the others were there.
        strangers: files in the new folder that are not of the plan.
    """

    written: int
    strangers: tuple[str, ...]


def clean(plan: Plan, listener: Listener = silent) -> Cleaned:
    """Carry out a plan; what is there stays, so that an interrupted run is finished by another.

    Raises:
        CorpusError: another file stands where one belongs. FileError: one can't be read or
            written.
    """
    from muso.corpus.cleaning import apply_plan
    from muso.corpus.folders import list_folder
    from muso.progress import Progress

    def told(done: int, total: int) -> None:
        listener(Progress("copying", done, total))

    written = apply_plan(plan, told)
    planned = {step.target for step in plan.steps}
    there = list_folder(plan.to).files
    return Cleaned(written, tuple(name for name in there if name not in planned))


def propose_names(plan: Plan, path: StrPath) -> None:
    """Write the names that may be one as a table of corrections, for a person to look through.

    Raises:
        FileError: `path` holds something else already, or can't be written.
    """
    from muso.corpus.names import plain, read_corrections, write_corrections

    proposed = dict(plan.proposals)
    if not Path(path).exists():
        write_corrections(proposed, path)
    elif read_corrections(path) != {plain(found): name for found, name in proposed.items()}:
        raise FileError(path, "is there already and may hold your corrections", "name another")


@dataclass(frozen=True, eq=False)
class Described:
    """A corpus measured and written down.

    Attributes:
        labels: what is told of each, the largest first.
        unreadable: what is wrong with pieces that can't be read.
        evenness: how many labels of equal size would be as hard to guess.
        paths: what was written: the page, the table of features, the pictures.
        drawn: whether there are pictures; they need the [train] extra.
        doubts: what a person should know.
    """

    labels: tuple[LabelFacts, ...]
    unreadable: tuple[str, ...]
    evenness: float
    paths: tuple[Path, ...]
    drawn: bool
    doubts: tuple[str, ...]


def describe_corpus(corpus: Corpus, folder: StrPath, *, clip: bool = False) -> Described:
    """Measure a corpus of scores; write a page, pictures and a table of features.

    Without the [train] extra the page is written without pictures.

    Args:
        corpus: scores.
        folder: where `index.html`, `features.csv` and the PNGs go; made if need be.
        clip: draw every measure a second time with its outliers clipped, not the length alone.

    Raises:
        CorpusError: no piece can be read as a score. FileError: `folder` can't be written.

    >>> import tempfile
    >>> described = describe_corpus(read_corpus("examples"), tempfile.mkdtemp())
    >>> [path.name for path in described.paths][:2], described.unreadable
    (['index.html', 'features.csv'], ())
    """
    from muso.corpus.description import describe, write_features
    from muso.corpus.doubts import find_doubts
    from muso.errors import CorpusError
    from muso.judge.corpus_page import evenness, list_labels, write_page
    from muso.judge.corpus_pictures import draw_corpus
    from muso.music.files import opening

    description = describe(corpus)
    if not any(description.features):
        raise CorpusError(
            f"{corpus.name}: no piece can be read as a score; {description.unreadable[0][1]}"
        )
    inside = Path(folder)
    with opening(inside):
        inside.mkdir(parents=True, exist_ok=True)
    write_features(description, inside / "features.csv")
    try:
        pictures = draw_corpus(description, inside, clip=clip)
    except MissingExtra:
        pictures = ()
    doubts = find_doubts(corpus)
    write_page(description, pictures, inside / "index.html", notes=doubts)
    return Described(
        labels=list_labels(description),
        unreadable=tuple(reason for _, reason in description.unreadable),
        evenness=evenness(description),
        paths=(
            inside / "index.html",
            inside / "features.csv",
            *(picture.path for picture in pictures),
        ),
        drawn=bool(pictures),
        doubts=doubts,
    )


def augment_corpus(corpus: Corpus, folder: StrPath, semitones: Sequence[int]) -> Augmented:
    """Write transposed copies of every score, and a manifest in which they keep their works.

    Raises:
        UsageError: nothing to transpose by, or too far. FileError: `folder` can't be written.
    """
    from muso.corpus.augmentation import augment

    wrong = [step for step in semitones if step == 0 or abs(step) > OCTAVE]
    if wrong or not semitones:
        raise UsageError(
            f"copies are moved by -{OCTAVE} to {OCTAVE} semitones, but not by 0: "
            f"{', '.join(map(str, semitones)) or 'none'} given"
        )
    return augment(corpus, folder, tuple(dict.fromkeys(semitones)))


def sample_corpus(
    corpus: Corpus,
    folder: StrPath,
    *,
    length_s: float = 10.0,
    per_label: int = 1,
    seed: int = 0,
    listener: Listener = silent,
) -> tuple[Corpus, tuple[str, ...]]:
    """Play short excerpts of every label's scores into WAV files, with a manifest of them.

    Args:
        corpus: scores.
        folder: where the samples and `samples.csv` go; made if need be.
        length_s: of each, above 0.
        per_label: how many pieces of each label, where it has so many.
        seed: another one draws other pieces and excerpts.
        listener: told of progress.

    Returns:
        The samples as a corpus, and what is wrong with pieces that could not be read.

    Raises:
        UsageError: no length. CorpusError: no piece can be read. MusoError: the sound can't be
            made or written.
    """
    from muso.corpus.corpus import Corpus, Piece
    from muso.corpus.manifest import write_manifest
    from muso.corpus.sampling import draw_samples, write_samples
    from muso.errors import CorpusError, shown
    from muso.music.files import opening

    if not length_s > 0:
        raise UsageError(f"samples of {length_s:g} s; ask for more than 0 s")
    inside = Path(os.path.abspath(folder))  # noqa: PTH100 - resolve() would follow links
    with opening(inside):
        inside.mkdir(parents=True, exist_ok=True)
    draws = draw_samples(corpus, inside, per_label, seed)
    results = _spread(write_samples, draws, length_s)
    pieces: list[Piece] = []
    unreadable: list[str] = []
    for samples, reasons in counted(results, "playing", len(draws), listener):
        unreadable.extend(reasons)
        for sample in samples:
            heard = {"piece": shown(sample.piece.path), "start_s": f"{sample.start_s:.2f}"}
            pieces.append(Piece(sample.path, sample.piece.label, sample.piece.work, "", heard))
    if not pieces:
        raise CorpusError(f"{corpus.name}: no piece can be read as a score; {unreadable[0]}")
    made = Corpus(inside.name, tuple(pieces))
    write_manifest(made, inside / "samples.csv")
    return made, tuple(unreadable)


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
    label: str | None = None,
    columns: Mapping[str, str] | None = None,
    listener: Listener = silent,
) -> Training:
    """Train a bundle on a labelled corpus, and report it.

    Args:
        recipe: a shipped recipe's name, or a TOML file.
        corpus: a CSV or a folder.
        name: of the bundle; the recipe's unless given.
        task: what the labels are (performer, genre, era), where it is not the recipe's task.
        changes: `key=value` each, over the recipe's values.
        label, columns: which columns of the CSV to read, as in `read_corpus`.
        listener: told of progress.

    Raises:
        MissingExtra: the training packages are not installed. RecipeError, CorpusError and
        others of `muso.learn.training.train`.

    >>> train("no such recipe", "examples")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    muso.errors.RecipeError: no recipe 'no such recipe'; ...
    """
    from dataclasses import replace

    from muso.bundle.store import bundle_folder

    resolved, media = _experiment(recipe, task, changes)
    collection = read_corpus(corpus, label=label, columns=columns)
    training = _workshop("training").train
    trained: Training = training(
        resolved, collection, media, bundle_folder(name or resolved.name), listener
    )
    return replace(trained, unreadable=_gone(collection) | trained.unreadable)


def compare(
    recipe: StrPath,
    corpus: StrPath,
    protocols: Sequence[str],
    *,
    task: str | None = None,
    changes: Sequence[str] = (),
    label: str | None = None,
    columns: Mapping[str, str] | None = None,
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
    resolved, media = _experiment(recipe, task, changes)
    collection = read_corpus(corpus, label=label, columns=columns)
    training = _workshop("training").try_protocol
    return {p: training(resolved, collection, media, p, listener) for p in protocols}


def _experiment(recipe: StrPath, task: str | None, changes: Sequence[str]) -> tuple[Any, str]:
    """A recipe as it is to be run, and the medium it is for."""
    from dataclasses import replace

    resolved = _workshop("recipe").read_recipe(recipe, changes)
    if task:
        resolved = replace(resolved, task=task, about="", data="", licence="")
    return resolved, _workshop("members").build_view(resolved.member[0]).media


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
    label: str | None = None,
    columns: Mapping[str, str] | None = None,
    listener: Listener = silent,
) -> tuple[Evaluation, list[Row]]:
    """Measure a bundle on a labelled corpus.

    Args:
        bundle: a name or a folder.
        corpus: a CSV or a folder; pieces of labels the bundle doesn't know are left out.
        split: only pieces that the manifest puts on this side.
        labels: only these, the ranking restricted to them; empty for all.
        label, columns: which columns of the CSV to read, as in `read_corpus`.
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

    from muso.errors import CorpusError
    from muso.judge.evaluation import Evaluation
    from muso.judge.metrics import measure

    model, collection = load(bundle), read_corpus(corpus, label=label, columns=columns)
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
    unreadable = _gone(collection)
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


def _gone(corpus: Corpus) -> dict[str, str]:
    """What is wrong, by path, with files that a manifest names and that can't be read there."""
    from muso.errors import shown

    return {str(path): f"{shown(path)}: gone, or may not be read" for path in corpus.missing}


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


PICTURES = (".png", ".svg")
SCORES = (".mid", ".midi")


@dataclass(frozen=True)
class Rendering:
    """How a piece is made into a sound, a picture or a score.

    Attributes:
        start_s, length_s: which part of it, in seconds; to its end where `length_s` is None.
        humanize: how freely a score is played, 0 (as written)…1; None leaves it alone too.
        seed: of that playing.
        soundfont: a SoundFont for FluidSynth to play a score with; `MUSO_SOUNDFONT` where None.
        theme: of a picture, `light` or `dark`; None for the usual one of its kind.
    """

    start_s: float = 0.0
    length_s: float | None = None
    humanize: float | None = None
    seed: int = 0
    soundfont: StrPath | None = None
    theme: str | None = None

    @property
    def end_s(self) -> float:
        """Where the part ends, in seconds of the piece; infinite for its end."""
        return self.start_s + (float("inf") if self.length_s is None else self.length_s)

    @property
    def whole(self) -> bool:
        """Whether the part is all there is."""
        return self.start_s == 0 and self.length_s is None


@dataclass(frozen=True)
class Rendered:
    """What became of one piece: the file made of it, or the error that kept it from being made.

    Attributes:
        path: the piece; None for one that had no file.
        target: the file made of it.
        length_s: of the music in it; its sound rings on a little longer.
        notes: in it; None for a clip.
        moved: what humanizing did to the whole piece; None where it was not asked for.
    """

    path: Path | None
    target: Path | None = None
    length_s: float = 0.0
    notes: int | None = None
    moved: Moved | None = None
    error: MusoError | None = None


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


def prepare(
    source: Score | Clip | StrPath, rendering: Rendering = Rendering()
) -> tuple[Score | Clip, Moved | None]:
    """The part of a piece that `rendering` asks for, humanized where it says so.

    A score is humanized whole and then cut, so that all its parts are of one playing.

    Returns:
        The part, and what humanizing did to the whole; None where it was not asked for.

    Raises:
        UsageError: no such part, or a clip that is to be humanized. FileError: it can't be read.

    >>> part, _ = prepare("examples/bach-bwv66-6.mid", Rendering(start_s=5, length_s=3))
    >>> round(part.length_s, 3)
    3.0
    """
    from muso.music.humanize import humanize
    from muso.music.score import Score

    start_s, length_s = rendering.start_s, rendering.length_s
    if not (start_s >= 0 and (length_s is None or length_s > 0)):
        long = "" if length_s is None else f" of {length_s:g} s"
        raise UsageError(f"a part{long} from {start_s:g} s on; take times above 0")
    piece, moved = _read_part(source, rendering), None
    if not isinstance(piece, Score):
        if rendering.humanize is not None:
            raise UsageError("a clip has been played already; only scores can be humanized")
        return piece, None
    if rendering.humanize is not None:
        performance = humanize(piece, rendering.humanize, seed=rendering.seed)
        piece, moved = performance.score, performance.moved
    part = piece if rendering.whole else piece.between(start_s, rendering.end_s)
    if len(piece) and not len(part):
        until = "on" if length_s is None else f"to {rendering.end_s:g} s"
        lasts = f"the score lasts {piece.length_s:.1f} s"
        raise UsageError(f"no note begins from {start_s:g} s {until}; {lasts}, take another part")
    return part, moved


def _read_part(source: Score | Clip | StrPath, rendering: Rendering) -> Score | Clip:
    """A whole score, or the part of a clip that is asked for."""
    from muso.music.clip import MAX_LENGTH_S, Clip, read_clip_part
    from muso.music.cover import Cover
    from muso.music.media import media_of, read_piece
    from muso.music.score import Score

    start_s, end_s = rendering.start_s, rendering.end_s
    if isinstance(source, Score) or (isinstance(source, Clip) and rendering.whole):
        return source
    if isinstance(source, Clip):
        rate, count = source.sample_rate, source.samples.shape[1]
        first, last = (round(min(at * rate, count)) for at in (start_s, end_s))
        if first == last:
            raise UsageError(f"the clip ends at {source.length_s:.1f} s; take an earlier part")
        return Clip(source.samples[:, first:last], rate)
    if media_of(source) == "clip" and not rendering.whole:
        return read_clip_part(source, start_s, min(end_s - start_s, MAX_LENGTH_S))
    piece = read_piece(source)
    if isinstance(piece, Cover):
        raise WrongFormat(source, "this is a cover", "give a score or a clip")
    return piece


def render(
    source: Score | Clip | StrPath,
    target: StrPath,
    rendering: Rendering = Rendering(),
    listener: Listener = silent,
) -> Rendered:
    """Make a sound, a picture or a score of a piece, by the suffix of `target`.

    A score becomes sound (`.wav`, `.flac`, `.ogg`, `.mp3`), a piano roll (`.png`, `.svg`) or a
    score again (`.mid`); a clip becomes sound or a spectrogram (`.png`). The file appears once
    it is whole.

    Args:
        source: a piece, or its file.
        target: the file to make; never the piece's own.
        rendering: which part, and how.
        listener: told how many seconds of a score have been played.

    Raises:
        UsageError: an unknown suffix, one that the piece can't become, no such part, no notes.
        FileError: the piece can't be read, or the target not written.

    >>> import pathlib, tempfile
    >>> picture = pathlib.Path(tempfile.mkdtemp(), "bach.png")
    >>> render("examples/bach-bwv66-6.mid", picture, Rendering(length_s=5)).notes
    39
    """
    from muso.music.clip import Clip
    from muso.music.score import Score

    path = None if isinstance(source, Score | Clip) else Path(source)
    write, target = _writer(target), Path(target)
    if path is not None and _same_file(path, target):
        raise UsageError(f"{shown(target)}: this is the piece itself; choose another name")
    piece, moved = prepare(source, rendering)
    write(piece, target, shown(path.stem) if path else "", rendering, listener)
    notes = len(piece) if isinstance(piece, Score) else None
    return Rendered(path, target, piece.length_s, notes, moved)


def _writer(target: StrPath) -> Any:
    """The function that writes what the suffix of `target` names."""
    writers, suffix = _writers(), Path(target).suffix.lower()
    if suffix not in writers:
        known = ", ".join(writers)
        raise UsageError(f"{shown(target)}: muso makes {known}; end the name in one of them")
    return writers[suffix]


def _writers() -> dict[str, Any]:
    from muso.music.clip import ENCODINGS

    return {
        **dict.fromkeys(ENCODINGS, _write_sound),
        **dict.fromkeys(PICTURES, _write_picture),
        **dict.fromkeys(SCORES, _write_score),
    }


def _write_sound(
    piece: Score | Clip, target: Path, title: str, rendering: Rendering, listener: Listener
) -> None:
    from muso.music.clip import Clip, write_clip
    from muso.music.sound import SAMPLE_RATE, render_blocks
    from muso.music.sound.writing import write_blocks

    if isinstance(piece, Clip):
        return write_clip(piece, target)
    blocks = render_blocks(piece, soundfont=rendering.soundfont)
    told = _told(blocks, SAMPLE_RATE, piece.length_s, listener)
    return write_blocks(told, target, SAMPLE_RATE)


def _told(
    blocks: Iterator[NDArray[np.float32]], sample_rate: int, length_s: float, listener: Listener
) -> Iterator[NDArray[np.float32]]:
    """`blocks`, telling `listener` how many seconds of `length_s` they have come to."""
    from time import monotonic

    started, done_s = monotonic(), 0.0
    for block in blocks:
        yield block
        done_s += block.shape[1] / sample_rate
        left_s = max(length_s - done_s, 0.0) * (monotonic() - started) / max(done_s, 1e-9)
        done = min(round(done_s), round(length_s))
        listener(Progress("seconds of sound", done, round(length_s), left_s))


def _write_picture(
    piece: Score | Clip, target: Path, title: str, rendering: Rendering, listener: Listener
) -> None:
    from muso.music.clip import Clip
    from muso.music.files import whole
    from muso.music.picture import piano_roll_png, piano_roll_svg, spectrogram_png

    png = target.suffix.lower() == ".png"
    if isinstance(piece, Clip):
        if not png:
            raise UsageError(f"{shown(target)}: a spectrogram is written as .png; take that")
        theme = rendering.theme or "dark"
        content = spectrogram_png(piece.samples, piece.sample_rate, title=title, theme=theme)
    else:
        theme = rendering.theme or "light"
        if png:
            content = piano_roll_png(piece, title=title, theme=theme)
        else:
            content = piano_roll_svg(piece, title=title, theme=theme).encode()
    with whole(target) as unfinished:
        unfinished.write_bytes(content)


def _write_score(
    piece: Score | Clip, target: Path, title: str, rendering: Rendering, listener: Listener
) -> None:
    from muso.music.midi import write_score
    from muso.music.score import Score

    if not isinstance(piece, Score):
        raise UsageError(f"{shown(target)}: muso can't write down what a clip plays; give a score")
    write_score(piece, target)


def _same_file(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except (OSError, ValueError):
        return False


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
        _writer(target)
        return Batch(((Path(paths[0]), Path(target)),))
    ending = "." + (suffix or "wav").lower().removeprefix(".")
    if not target_is_folder and Path(target).suffix.lower() in _writers():
        raise UsageError(f"{shown(target)}: several pieces don't fit one file; name a folder")
    _writer("all" + ending)
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
    results = _spread(_try_to_render, batch.jobs, rendering)
    yield from counted(results, "rendering", len(batch.jobs), listener)


def _try_to_render(
    job: tuple[Path, Path], rendering: Rendering, listener: Listener = silent
) -> Rendered:
    try:
        return render(*job, rendering, listener)
    except MusoError as error:
        return Rendered(job[0], error=error)


def play(source: Score | Clip | StrPath, rendering: Rendering = Rendering()) -> Played:
    """Play a piece through the system's player, or a part of it, and return when it has ended.

    Returns:
        Which player played it or, where the system has none that works, where its WAV is.

    Raises:
        As `prepare`, and UsageError where there are no notes to hear.
    """
    from muso.music.sound import play

    return play(prepare(source, rendering)[0], soundfont=rendering.soundfont)


def humanize_file(
    path: StrPath,
    target: StrPath,
    amount: float = 0.5,
    *,
    timing: float | None = None,
    dynamics: float | None = None,
    tempo: float | None = None,
    pitch: float | None = None,
    seed: int = 0,
) -> Moved:
    """Write a score as a person might play it; see `muso.music.humanize.humanize`.

    Returns:
        How much the playing differs from what is written.

    Raises:
        UsageError: an amount outside 0…1, a seed below 0, or a target that is no MIDI file or
            the score itself. FileError: the score can't be read, or the target not written.

    >>> import pathlib, tempfile
    >>> played = pathlib.Path(tempfile.mkdtemp(), "played.mid")
    >>> humanize_file("examples/bach-bwv66-6.mid", played, 0.5).notes
    163
    """
    from muso.music.humanize import humanize
    from muso.music.midi import read_score, write_score

    path, target = Path(path), Path(target)
    if target.suffix.lower() not in SCORES:
        known = " or ".join(SCORES)
        raise UsageError(f"{shown(target)}: a score is written as {known}; end the name in that")
    if _same_file(path, target):
        raise UsageError(f"{shown(target)}: this is the score itself; choose another name")
    performance = humanize(
        read_score(path),
        amount,
        timing=timing,
        dynamics=dynamics,
        tempo=tempo,
        pitch=pitch,
        seed=seed,
    )
    write_score(performance.score, target)
    return performance.moved
