"""Collections: reading, cleaning, describing and splitting them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from muso.errors import FileError, MissingExtra, UsageError, shown
from muso.music.files import StrPath
from muso.progress import Listener, Progress, counted, silent
from muso.workers import spread

if TYPE_CHECKING:
    from muso.corpus.augmentation import Augmented
    from muso.corpus.cleaning import Plan
    from muso.corpus.corpus import Corpus, Piece
    from muso.corpus.split import Split
    from muso.corpus.works import Matches
    from muso.judge.corpus_page import LabelFacts

OCTAVE = 12


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


def scan_corpus(folder: StrPath, label: str = "folder", names: StrPath | None = None) -> Corpus:
    """A folder tree as a corpus: the folder is the label, the same music is one work.

    Args:
        folder: its tree is searched.
        label: `folder`, or `genre` for the genre in the tags of recordings, whose artist is the
            work.
        names: with `genre`, a table of what the spellings of genres mean here; where there is no
            such file, one is written with every spelling that was found, to be edited.

    Raises:
        UsageError: another label, or names for folders. CorpusError, FileError: nothing to read.

    >>> len(scan_corpus("examples"))
    9
    """
    from muso.corpus.corpus import scan_folder
    from muso.corpus.works import find_works

    if label not in ("folder", "genre"):
        raise UsageError(f"no label {label!r} to scan for; there are folder, genre")
    if label == "genre":
        return _scan_library(folder, names)
    if names is not None:
        raise UsageError("names are for --label genre; `muso corpus clean` corrects folders")
    return find_works(scan_folder(folder))


def _scan_library(folder: StrPath, names: StrPath | None) -> Corpus:
    from muso.corpus.names import write_corrections
    from muso.corpus.tags import genre_table, scan_library

    written = names is not None and Path(names).exists()
    found = scan_library(folder, genre_table(names if written else None))
    if names is not None and not written:
        tagged = {piece.extra["tagged"]: piece.label for piece in found.pieces}
        write_corrections(dict(sorted(tagged.items())), names)
    return found


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

    table = read_corrections(corrections, of_folders=True) if corrections is not None else None
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

    def told(done: int, total: int) -> None:
        listener(Progress("copying", done, total))

    written = apply_plan(plan, told)
    planned = {step.target for step in plan.steps}
    there = list_folder(plan.to).files
    return Cleaned(written, tuple(name for name in there if name not in planned))


def propose_names(plan: Plan, path: StrPath) -> int:
    """Write the names that are probably one as a table of corrections, for a person to look at.

    Of two that differ by a word or an initial only a person can tell: `plan` asks, but they are
    not written, so that the table may be applied as it is.

    Returns:
        how many were written.

    Raises:
        FileError: `path` holds something else already, or can't be written.
    """
    from muso.corpus.names import (
        compared,
        last_names,
        read_corrections,
        same_words,
        write_corrections,
    )

    given = last_names(pair for pair in plan.proposals if same_words(*pair))
    # J. Strauss may be Johann or Josef; that both may be him doesn't make them one.
    together: dict[str, set[str]] = {}
    for found, name in given.items():
        together.setdefault(name, {name}).add(found)
    proposed = {
        found: name
        for found, name in given.items()
        if all(same_words(found, other) for other in together[name])
    }
    if not Path(path).exists():
        write_corrections(proposed, path)
    elif read_corrections(path) != {compared(found): name for found, name in proposed.items()}:
        raise FileError(path, "is there already and may hold your corrections", "name another")
    return len(proposed)


@dataclass(frozen=True, eq=False)
class Described:
    """A corpus measured and written down.

    Attributes:
        labels: what is told of each, the largest first.
        unreadable: what is wrong with pieces that can't be read.
        evenness: how many labels of equal size would be as hard to guess.
        digest: of the corpus.
        paths: what was written: the page, the table of features, the pictures.
        drawn: whether there are pictures; they need the [train] extra.
        doubts: what a person should know.
    """

    labels: tuple[LabelFacts, ...]
    unreadable: tuple[str, ...]
    evenness: float
    digest: str
    paths: tuple[Path, ...]
    drawn: bool
    doubts: tuple[str, ...]


def describe_corpus(corpus: Corpus, folder: StrPath, *, clip: bool = False) -> Described:
    """Measure a corpus of scores; write a page, pictures and a table of features.

    Without the [train] extra the page is written without pictures. Where a folder tells no works,
    they are found as in `scan_corpus`.

    Args:
        corpus: scores.
        folder: where `index.html`, `features.csv` and the PNGs go; made if need be. Not in the
            corpus.
        clip: draw every measure a second time with its outliers clipped, not the length alone.

    Raises:
        CorpusError: no piece can be read as a score, or `folder` lies in the corpus. FileError:
            `folder` can't be written.

    >>> import tempfile
    >>> described = describe_corpus(read_corpus("examples"), tempfile.mkdtemp())
    >>> [path.name for path in described.paths][:2], described.unreadable
    (['index.html', 'features.csv'], ())
    """
    from muso.corpus.corpus import outside
    from muso.corpus.description import describe, write_features
    from muso.corpus.doubts import find_doubts
    from muso.corpus.folders import make_folder
    from muso.corpus.works import find_works
    from muso.errors import CorpusError
    from muso.judge.corpus_page import evenness, list_labels, write_page
    from muso.judge.corpus_pictures import draw_corpus

    inside = outside(corpus, folder)
    if corpus.folder is not None:
        corpus = find_works(corpus)
    description = describe(corpus)
    if not any(description.features):
        raise CorpusError(
            f"{corpus.name}: no piece can be read as a score; {description.unreadable[0][1]}"
        )
    make_folder(inside)
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
        digest=corpus.digest,
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
        UsageError: nothing to transpose by, or too far. CorpusError: `folder` lies in the
            corpus. FileError: `folder` can't be written.
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
        folder: where the samples and `samples.csv` go; made if need be. Not in the corpus.
        length_s: of each, above 0 and finite.
        per_label: how many pieces of each label, where it has so many.
        seed: another one draws other pieces and excerpts.
        listener: told of progress.

    Returns:
        The samples as a corpus, and what is wrong with pieces that could not be read.

    Raises:
        UsageError: no such length. CorpusError: no piece can be read, or `folder` lies in the
            corpus. MusoError: the sound can't be made or written.
    """
    from muso.corpus.corpus import Corpus, Piece, outside
    from muso.corpus.folders import make_folder
    from muso.corpus.manifest import write_manifest
    from muso.corpus.sampling import draw_samples, write_samples
    from muso.errors import CorpusError

    if not 0 < length_s < math.inf:
        raise UsageError(f"samples of {length_s:g} s; ask for more than 0 s, and a finite number")
    inside = outside(corpus, folder)
    make_folder(inside)
    draws = draw_samples(corpus, inside, per_label, seed)
    results = spread(write_samples, draws, length_s)
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
