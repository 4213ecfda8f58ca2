"""Data sets that are public, read as their authors laid them out.

Each importer takes the folder that holds the data set, unpacked, and gives a corpus; no file is
moved. A manifest kept in that folder in muso's own form is read in place of the layout.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from muso.corpus.corpus import Corpus, Piece
from muso.corpus.folders import list_folder, top_folder
from muso.corpus.manifest import MAX_BYTES, read_corpus
from muso.corpus.names import first_word, plain, spellings
from muso.errors import CorpusError, FileError, UsageError, shown
from muso.music.clip import SUFFIXES as CLIP_SUFFIXES
from muso.music.clip import read_clip
from muso.music.files import read_bytes
from muso.music.midi import SUFFIXES

MOODS = ("sad", "calm", "angry", "happy")
"""By valence + 2 × arousal, each 0 or 1."""

# EMOPIA counts quadrants anticlockwise from high valence and high arousal.
_QUADRANTS = {"Q1": (1, 1), "Q2": (0, 1), "Q3": (0, 0), "Q4": (1, 0)}

_EMOPIA_CLIP = re.compile(r"(Q[1-4])_(.+)_\d+$")

_SIDE = re.compile(r"(train|valid|val|test)(_clips)?$")

_GTZAN_CLIP = re.compile(r"(?:.*/)?([a-z]+)/(\1\.\d{5})\.\w+$")
_GTZAN_LIST = re.compile(r"(?:.*/)?(train|valid|test)_filtered\.txt$")
_GTZAN_DAMAGED = "jazz.00054"


def mood(valence: float, arousal: float) -> str:
    """The mood of a quadrant; what is above 0 counts as high.

    >>> mood(1, 0), mood(-1, 1)
    ('calm', 'angry')
    """
    return MOODS[int(valence > 0) + 2 * int(arousal > 0)]


def import_corpus(name: str, folder: str | os.PathLike[str]) -> Corpus:
    """Read a public data set by its name in `IMPORTERS`.

    Raises:
        UsageError: no such importer. CorpusError: the folder does not hold that data set.
    """
    if name not in IMPORTERS:
        raise UsageError(f"there is no importer {name!r}; choose from {', '.join(IMPORTERS)}")
    return replace(IMPORTERS[name](Path(os.path.abspath(folder))), name=name)  # noqa: PTH100


def kaggle_classical(folder: Path) -> Corpus:
    """Classical MIDI in a folder a composer ("MIDI Classic Music" on Kaggle and its kin).

    The outermost folder is the composer, past one wrapper around all of them. Folders that
    differ in case or accents alone are one composer. Loose files go to the composer whose
    folder their first word names; the others are left `unlabelled`.
    """
    manifest = folder / "composers.csv"
    if manifest.is_file():
        return read_corpus(manifest, label="composer")
    listing = list_folder(folder, SUFFIXES)
    files = listing.files
    wrappers = {top_folder(name) for name in files}
    inner = {top_folder(name.partition("/")[2]) for name in files} - {""}
    if len(wrappers) == 1 and wrappers != {""} and len(inner) > 1:
        (wrapper,) = wrappers
        folder, files = folder / wrapper, tuple(name.partition("/")[2] for name in files)
    spelled = spellings(top for name in files if (top := top_folder(name)))
    known = {plain(label): label for label in spelled.values()}
    pieces, loose = [], []
    for name in files:
        label = spelled.get(top_folder(name)) or known.get(plain(first_word(name)), "")
        if label:
            pieces.append(Piece(folder / name, label, name))
        else:
            loose.append(folder / name)
    _require(pieces, folder, "folders of MIDI files, one a composer")
    return Corpus("", tuple(pieces), listing.closed, tuple(loose), listing.passed_over)


def vgmidi(folder: Path) -> Corpus:
    """The labelled part of VGMIDI (Ferreira and Whitehead 2019): game music on the piano.

    Labels are the moods of valence and arousal; the work is the piece a phrase was cut from.
    """
    tables = [
        (path, rows) for path, rows in _tables(folder) if {"valence", "arousal"} <= set(rows[0])
    ]
    _require(tables, folder, "a CSV with the columns valence and arousal, as vgmidi_labelled.csv")
    files = _by_name(folder)
    pieces, missing = [], []
    for path, row in ((path, row) for path, rows in tables for row in rows):
        given = row.get("midi") or row.get("file") or row.get("filepath") or ""
        # The authors' tables point to `../phrases/x.mid` or `phrases/x` as of other folders.
        found = files.get(Path(given).name.removesuffix(".mid"), ())
        own = next((name for name in found if name.endswith(given.lstrip("./"))), None)
        chosen = own or next(iter(found), None)
        if chosen is None:
            missing.append(path.parent / given)
            continue
        valence, arousal = (_high(path, row, axis) for axis in ("valence", "arousal"))
        work = row.get("work") or row.get("id") or row.get("piece") or chosen
        extra = {"valence": str(valence), "arousal": str(arousal)}
        pieces.append(Piece(folder / chosen, mood(valence, arousal), work, "", extra))
    # Several of the authors' tables may list one phrase; a second mood for it is kept.
    pieces = list({(piece.path, piece.label): piece for piece in pieces}.values())
    _require(pieces, folder, "the labelled phrases; unpack labelled/phrases.zip")
    return Corpus("", tuple(pieces), tuple(missing))


def vgmidi_unlabelled(folder: Path) -> Corpus:
    """The unlabelled part of VGMIDI: more game music on the piano, all labelled `game`."""
    return _alike(folder, "game", lambda name: "unlabelled" in name.split("/"))


def emopia(folder: Path) -> Corpus:
    """EMOPIA (Hung et al. 2021): clips of pop piano by quadrant, named `Q1_<song>_<number>.mid`.

    Labels are the moods of the quadrants, the work is the song, and the split is that of the
    lists (`train.csv`, `val.csv`, `test.csv`, or a column `split`) found in the folder.
    """
    listing = list_folder(folder, SUFFIXES)
    sides = _emopia_sides(folder)
    pieces = []
    for name in listing.files:
        stem = name.rpartition("/")[2].rpartition(".")[0]
        clip = _EMOPIA_CLIP.match(stem)
        if clip:
            quadrant, song = clip.groups()
            valence, arousal = _QUADRANTS[quadrant]
            extra = {"quadrant": quadrant, "valence": str(valence), "arousal": str(arousal)}
            label = mood(valence, arousal)
            pieces.append(Piece(folder / name, label, song, sides.get(stem, ""), extra))
    _require(pieces, folder, "clips named like Q1_<song>_0.mid")
    return Corpus("", tuple(pieces), listing.closed, (), listing.passed_over)


def pop909(folder: Path) -> Corpus:
    """POP909 (Wang et al. 2020): pop songs in piano arrangements, all labelled `pop`.

    Other versions of a song (`<number>/versions/`) are left out.
    """
    return _alike(folder, "pop", lambda name: "versions" not in name.split("/"))


def nottingham(folder: Path) -> Corpus:
    """The Nottingham collection of folk tunes with chords, all labelled `folk`.

    The same tunes without chords or without melody (`MIDI/melody/`, `MIDI/chords/`) are left out.
    """
    return _alike(folder, "folk", lambda name: not {"melody", "chords"} & set(name.split("/")[:-1]))


def gtzan(folder: Path) -> Corpus:
    """GTZAN (Tzanetakis and Cook 2002): clips of ten genres, `genres/<genre>/<genre>.00000.wav`.

    A clip is its own work, for the data set names no artists; a table `tracks.csv` (track, artist,
    split) in the folder tells them. The split is that of this table or of the fault-filtered lists
    (`train_filtered.txt` and so on); with such lists, a clip in none of them is `faulty`. The clip
    jazz.00054, damaged in most copies, is left out with a remark where it can't be decoded. Where
    there is a table and no audio, its pictures are read instead.
    """
    listing = list_folder(folder, CLIP_SUFFIXES)
    table = folder / "tracks.csv"
    clips = [match for name in listing.files if (match := _GTZAN_CLIP.match(name))]
    if not clips and table.is_file():
        return read_corpus(table, label="genre")
    rows = {row.get("track", ""): row for row in _rows(table)} if table.is_file() else {}
    listed = _gtzan_sides(folder)
    pieces, remarks = [], []
    for clip in clips:
        path, (genre, track) = folder / clip.group(), clip.groups()
        if track == _GTZAN_DAMAGED and not _decodes(path):
            remarks.append(
                f"{shown(path)}: can't be decoded, as in most copies of GTZAN; it is left out"
            )
            continue
        row = rows.get(track, {})
        side = row.get("split") or listed.get(track, "faulty" if listed else "")
        pieces.append(Piece(path, genre, row.get("artist") or clip.group(), side))
    _require(pieces, folder, "clips named like genres/blues/blues.00000.wav")
    left = listing.passed_over + len(listing.files) - len(clips)
    return Corpus("", tuple(pieces), listing.closed, (), left, remarks=tuple(remarks))


IMPORTERS: dict[str, Callable[[Path], Corpus]] = {
    "kaggle-classical": kaggle_classical,
    "vgmidi": vgmidi,
    "vgmidi-unlabelled": vgmidi_unlabelled,
    "emopia": emopia,
    "pop909": pop909,
    "nottingham": nottingham,
    "gtzan": gtzan,
}


def _alike(folder: Path, label: str, wanted: Callable[[str], bool]) -> Corpus:
    """All wanted scores of a data set under one label, each its own work."""
    listing = list_folder(folder, SUFFIXES)
    names = [name for name in listing.files if wanted(name)]
    _require(names, folder, "its MIDI files")
    pieces = tuple(Piece(folder / name, label, name) for name in names)
    left = listing.passed_over + len(listing.files) - len(names)
    return Corpus("", pieces, listing.closed, (), left)


def _require(found: Iterable[object], folder: Path, what: str) -> None:
    if not found:
        raise CorpusError(
            f"{shown(folder)}: this is not that data set, for it lacks {what}; "
            "name the folder into which it was unpacked"
        )


def _high(path: Path, row: Mapping[str, str], axis: str) -> int:
    try:
        return int(float(row[axis]) > 0)
    except ValueError:
        raise CorpusError(f"{shown(path)}: {row[axis]!r} is no {axis}; give a number") from None


def _by_name(folder: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name in list_folder(folder, SUFFIXES).files:
        found.setdefault(name.rpartition("/")[2].rpartition(".")[0], []).append(name)
    return found


def _tables(folder: Path) -> list[tuple[Path, list[Mapping[str, str]]]]:
    """Every CSV below `folder` that has rows, as rows of columns by their lower-case names."""
    found = []
    for name in list_folder(folder, (".csv",)).files:
        rows: list[Mapping[str, str]] = []
        with suppress(csv.Error):  # some table of another kind, not the one looked for
            rows = _rows(folder / name)
        if rows:
            found.append((folder / name, rows))
    return found


def _rows(path: Path) -> list[Mapping[str, str]]:
    text = read_bytes(path, MAX_BYTES).decode("utf-8-sig", "surrogateescape")
    reader = csv.DictReader(io.StringIO(text, newline=""), restval="")
    reader.fieldnames = [field.strip().lower() for field in reader.fieldnames or ()]
    return list(reader)


def _emopia_sides(folder: Path) -> dict[str, str]:
    sides = {}
    for path, rows in _tables(folder):
        of_list = _SIDE.match(path.stem)
        for row in rows:
            clip = Path(next(iter(row.values()))).name.removesuffix(".mid")
            if "split" in row:
                sides[clip] = row["split"]
            elif of_list:
                sides[clip] = of_list.group(1)
    return sides


def _gtzan_sides(folder: Path) -> dict[str, str]:
    sides = {}
    for name in list_folder(folder, (".txt",)).files:
        if of_list := _GTZAN_LIST.match(name):
            text = read_bytes(folder / name, MAX_BYTES).decode("utf-8", "surrogateescape")
            for line in text.split():
                sides[line.rpartition("/")[2].rpartition(".")[0]] = of_list.group(1)
    return sides


def _decodes(path: Path) -> bool:
    try:
        read_clip(path)
    except FileError:
        return False
    return True
