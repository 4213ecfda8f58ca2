"""The manifest of a corpus: a CSV that a person can read and edit."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from muso.corpus.corpus import Corpus, Piece, scan_folder
from muso.corpus.pictures import picture_of
from muso.errors import CorpusError, shown
from muso.music.files import read_bytes, whole
from muso.music.media import media_of

MAX_BYTES = 256 * 2**20
"""About a million rows."""

COLUMNS = ("path", "label", "work", "split")

# Names are compared in lower case. Within one tuple two names in one file are ambiguous;
# a later tuple is only asked when an earlier one finds nothing.
NAMES: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "path": (
        ("path", "filepath", "file_path"),
        ("file", "filename", "file_name", "fname"),
        ("midi", "audio", "image", "track", "clip", "cover", "score"),
    ),
    "label": (
        ("label",),
        ("composer", "genre", "quadrant", "mood", "emotion", "style", "era", "period", "class"),
        ("performer", "artist"),
    ),
    "work": (("work", "work_id"), ("group", "song", "song_id", "cluster"), ("artist",)),
    "split": (("split",),),
}

SAMPLE = 64
"""Rows looked at to tell which column holds the files."""


def read_corpus(
    path: str | os.PathLike[str],
    *,
    label: str | None = None,
    columns: Mapping[str, str] | None = None,
) -> Corpus:
    """Read a corpus from a CSV with any column names, or from a folder tree.

    The column of files is told by its values, the others by their names (`NAMES`). Paths are
    seen from the CSV's own folder; a track that is no file may have a spectrogram picture in its
    place (see `muso.corpus.pictures`). A piece without a work is its own work. Commas, semicolons
    and tabs are told apart, a byte order mark is ignored, and names that aren't UTF-8 are kept
    as Python's surrogate escapes.

    Args:
        path: the CSV, or a folder whose folders are the labels.
        label: the column that holds the label, where its name doesn't tell.
        columns: the same for any of `path`, `label`, `work` and `split`: `{"work": "opus"}`.

    Raises:
        CorpusError: no such column, or several that could be meant; no file is where it says;
            a broken row. FileError: the CSV itself can't be read.

    >>> import pathlib, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> _ = (folder / "a.mid").write_bytes(b"MThd")
    >>> _ = (folder / "mine.csv").write_text("file;composer\\na.mid;Bach\\ngone.mid;Bach\\n")
    >>> corpus = read_corpus(folder / "mine.csv")
    >>> corpus.labels, len(corpus), len(corpus.missing)
    (('Bach',), 1, 1)
    """
    manifest = Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow links
    wished = dict(columns or {}) | ({"label": label} if label is not None else {})
    if manifest.is_dir():
        if wished:
            raise CorpusError(
                f"{shown(manifest)} is a folder, where the folder's name is the label; "
                "name a CSV to choose columns"
            )
        return scan_folder(manifest)
    header, rows = _table(manifest)
    chosen = _choose(manifest, header, rows, wished)
    return _corpus(manifest, header, rows, chosen)


def write_manifest(corpus: Corpus, path: str | os.PathLike[str]) -> None:
    """Write a corpus as a CSV: path, label, work, split and whatever columns it came with.

    Paths are written with `/` and seen from the CSV's folder where they lie below it, so that
    the whole can be moved.

    >>> import pathlib, tempfile
    >>> file = pathlib.Path(tempfile.mkdtemp(), "examples.csv")
    >>> write_manifest(scan_folder("examples"), file)
    >>> read_corpus(file).labels
    ('examples',)
    """
    target = Path(os.path.abspath(path))  # noqa: PTH100
    folder = os.path.join(target.parent, "")  # noqa: PTH118
    # A dict keeps the columns in the order in which they are first met.
    extra = list(dict.fromkeys(name for piece in corpus.pieces for name in piece.extra))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*COLUMNS, *extra])
    for piece in corpus.pieces:
        shown_path = os.fspath(piece.path)
        if shown_path.startswith(folder):
            shown_path = shown_path[len(folder) :]
        shown_path = shown_path.replace(os.sep, "/")
        more = [piece.extra.get(name, "") for name in extra]
        writer.writerow([shown_path, piece.label, piece.work, piece.split, *more])
    with whole(target) as unfinished:
        unfinished.write_bytes(text.getvalue().encode("utf-8", "surrogateescape"))


def _table(manifest: Path) -> tuple[list[str], list[list[str]]]:
    """The header and the rows of a CSV, every row as long as the header."""
    text = read_bytes(manifest, MAX_BYTES).decode("utf-8-sig", "surrogateescape")
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        header = [name.strip() for name in next(reader, [])]
        rows = [row for row in reader if row]
    except csv.Error as error:
        raise CorpusError(
            f"{shown(manifest)}, line {reader.line_num}: not a CSV ({error}); mend that line"
        ) from None
    width = len(header)
    for number, row in enumerate(rows):
        if len(row) < width:
            row.extend([""] * (width - len(row)))
        elif len(row) > width and any(field.strip() for field in row[width:]):
            raise CorpusError(
                f"{shown(manifest)}: row {number + 1} has {len(row)} fields and the header "
                f"{width}; put quotes around fields that hold a {delimiter!r}"
            )
    return header, rows


@dataclass(frozen=True)
class _Chosen:
    """Which column is what, by its index; None where there is none."""

    path: int
    label: int
    work: int | None
    split: int | None


def _choose(
    manifest: Path, header: Sequence[str], rows: Sequence[Sequence[str]], wished: Mapping[str, str]
) -> _Chosen:
    unknown = sorted(set(wished) - set(COLUMNS))
    if unknown:
        raise CorpusError(f"no such role: {', '.join(unknown)}; the roles are {', '.join(COLUMNS)}")
    named = {role: _named(manifest, header, role, name) for role, name in wished.items()}
    path = named["path"] if "path" in named else _path_column(manifest, header, rows)
    taken = {path, *named.values()}
    label = named["label"] if "label" in named else _by_name(manifest, header, "label", taken)
    if label is None:
        label = _only_one_left(manifest, header, taken)
    taken.add(label)
    work = named["work"] if "work" in named else _by_name(manifest, header, "work", taken)
    split = named["split"] if "split" in named else _by_name(manifest, header, "split", taken)
    return _Chosen(path, label, work, split)


def _named(manifest: Path, header: Sequence[str], role: str, name: str) -> int:
    lower = [column.lower() for column in header]
    if name.lower() not in lower:
        raise CorpusError(
            f"{shown(manifest)} has no column {name!r} for the {role}; it has {_list(header)}"
        )
    return lower.index(name.lower())


def _by_name(manifest: Path, header: Sequence[str], role: str, taken: set[int]) -> int | None:
    for names in NAMES[role]:
        found = [i for i, column in enumerate(header) if column.lower() in names]
        found = [i for i in found if i not in taken]
        if len(found) > 1:
            raise _ambiguous(manifest, header, role, found)
        if found:
            return found[0]
    return None


def _only_one_left(manifest: Path, header: Sequence[str], taken: set[int]) -> int:
    """A column that is neither file nor work nor split must be the label, if it is alone."""
    others = {name for role in ("work", "split") for names in NAMES[role] for name in names}
    left = [i for i, column in enumerate(header) if i not in taken and column.lower() not in others]
    if len(left) == 1:
        return left[0]
    raise CorpusError(
        f"{shown(manifest)}: which column is the label? It has {_list(header)}; "
        'name one: label="…" (on the command line --label …)'
    )


def _path_column(manifest: Path, header: Sequence[str], rows: Sequence[Sequence[str]]) -> int:
    """The column whose values end like files of music; by its name where none does, or several."""
    found = []
    for index in range(len(header)):
        values = [row[index] for row in rows[:SAMPLE] if row[index].strip()]
        files = sum(media_of(value) is not None for value in values)
        if 2 * files > len(values):
            found.append(index)
    if len(found) == 1:
        return found[0]
    by_name = _by_name(manifest, header, "path", set(range(len(header))) - set(found))
    if found and by_name is None:
        raise _ambiguous(manifest, header, "path", found)
    by_name = by_name if found else _by_name(manifest, header, "path", set())
    if by_name is None:
        raise CorpusError(
            f"{shown(manifest)}: which column holds the files? It has {_list(header)}; "
            'name one: columns={"path": "…"} (on the command line --column path=…)'
        )
    return by_name


def _ambiguous(
    manifest: Path, header: Sequence[str], role: str, found: Sequence[int]
) -> CorpusError:
    return CorpusError(
        f"{shown(manifest)}: {_list([header[i] for i in found])} could each be the {role}; "
        f'name one: columns={{"{role}": "…"}} (on the command line --column {role}=…)'
    )


def _list(names: Sequence[str]) -> str:
    return ", ".join(repr(shown(name)) for name in names) or "no columns"


def _corpus(
    manifest: Path, header: Sequence[str], rows: Sequence[Sequence[str]], chosen: _Chosen
) -> Corpus:
    folder = os.path.join(manifest.parent, "")  # noqa: PTH118
    others = [i for i in range(len(header)) if i not in vars(chosen).values()]
    pieces: list[Piece] = []
    missing: list[Path] = []
    lost: set[str] = set()
    unlabelled: list[Path] = []
    for row in rows:
        name = row[chosen.path].strip()
        # os.path, for one row of a hundred thousand costs 3 µs so and 20 with pathlib.
        path = os.path.normpath(os.path.join(folder, name))  # noqa: PTH118
        label = row[chosen.label].strip()
        if not os.path.isfile(path):  # noqa: PTH113
            path = picture_of(folder, label, name) or path
        if not name or not os.path.isfile(path):  # noqa: PTH113
            missing.append(Path(path))
            lost.add(label)
            continue
        if not label:
            unlabelled.append(Path(path))
            continue
        work = row[chosen.work].strip() if chosen.work is not None else ""
        split = row[chosen.split].strip() if chosen.split is not None else ""
        if not work:
            work = path.removeprefix(folder).replace(os.sep, "/")
        extra = {header[i]: row[i] for i in others}
        pieces.append(Piece(Path(path), label, work, split, extra))
    if not pieces:
        raise CorpusError(_nothing(manifest, missing, unlabelled))
    lost -= {"", *(piece.label for piece in pieces)}
    return Corpus(
        manifest.stem,
        tuple(pieces),
        tuple(missing),
        tuple(unlabelled),
        lost=tuple(sorted(lost)),
    )


def _nothing(manifest: Path, missing: Sequence[Path], unlabelled: Sequence[Path]) -> str:
    if missing:
        return (
            f"{shown(manifest)}: none of its {len(missing):,} files is where it says (first: "
            f"{shown(missing[0])}); the files moved: put the CSV back beside them or mend its paths"
        )
    if unlabelled:
        return f"{shown(manifest)}: none of its {len(unlabelled):,} rows has a label; fill them in"
    return f"{shown(manifest)}: it has no rows; add one a file"
