"""Asking people: blind listening tests, made and scored."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from muso.errors import CorpusError, UsageError, WrongFormat, shown
from muso.music.files import StrPath, opening, read_bytes, whole
from muso.progress import Listener, counted, silent

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from muso.corpus.corpus import Piece
    from muso.judge.answers import Answer, Hearing

SHEET = "answers.csv"
FORMATS = ("ogg", "mp3")
SAMPLE_RATE = 44_100
LONGEST_S, SHORTEST_S = 600.0, 2.0
FADE_S = 0.5
LOUDNESS = 0.08
"""Root mean square that every piece is brought to, of full scale, before peaks are bent."""
PEAK = 0.95
MAX_BYTES = 16 * 2**20


@dataclass(frozen=True)
class Survey:
    """A listening test as it was written.

    Attributes:
        folder: what listeners get: the pieces and the sheet of answers.
        key: what they don't get.
        pieces: names of the sounds, without suffix, in the order they are to be heard.
        labels: sorted, what to choose from.
        length_s: of every piece.
    """

    folder: Path
    key: Path
    pieces: tuple[str, ...]
    labels: tuple[str, ...]
    length_s: float


def make_survey(
    pieces: Sequence[StrPath],
    to: StrPath,
    *,
    key: StrPath | None = None,
    length_s: float = 30.0,
    format: str = "ogg",
    seed: int = 0,
    listener: Listener = silent,
) -> Survey:
    """Make a blind listening test.

    Pieces are shuffled, rendered, cut to one length, faded out, brought to one loudness, and
    written as `01.ogg`, `02.ogg` … of one date, without tags. The sheet `answers.csv` has a row a
    piece. Only the key, which is kept elsewhere, says which piece is what.

    Args:
        pieces: CSVs, folders (of folders) and files; a file's label is the name of its folder.
        to: the folder to make; it must not be there yet, or be empty.
        key: the CSV to write the key to; beside `to` unless given, never inside.
        length_s: of each piece, 2…600 seconds; less if one piece is shorter.
        format: ogg or mp3.
        seed: of the order.
        listener: told of progress.

    Raises:
        UsageError: no such format, a length out of range, a folder that holds something, a key
            inside it. CorpusError: fewer than two labels, or a piece too short. FileError: a
            piece can't be read, or something can't be written.
    """
    import numpy as np

    folder = Path(os.path.abspath(to))  # noqa: PTH100 - resolve() would follow links
    place = Path(os.path.abspath(key or f"{folder}-key.csv"))  # noqa: PTH100
    _check(folder, place, length_s, format)
    labelled = _labelled(pieces)
    order = np.random.default_rng(seed).permutation(len(labelled))
    chosen = [labelled[i] for i in order]
    names = [f"{n:0{len(str(len(chosen)))}}" for n in range(1, len(chosen) + 1)]
    told = counted(chosen, "listening", len(chosen), listener)
    lengths = [_length_s(piece.path) for piece in told]
    shortest = min(range(len(chosen)), key=lambda n: lengths[n])
    if lengths[shortest] < SHORTEST_S:
        raise CorpusError(
            f"{shown(chosen[shortest].path)}: {lengths[shortest]:.1f} s long, and all pieces are "
            f"cut to one length, so that it tells nothing; leave out what is under {SHORTEST_S:g} s"
        )
    length_s = min(length_s, lengths[shortest])
    with opening(folder):
        folder.mkdir(parents=True, exist_ok=True)
    written = counted(zip(chosen, names, strict=True), "rendering", len(chosen), listener)
    try:
        for piece, name in written:
            _write(piece.path, folder / f"{name}.{format}", length_s)
    except BaseException:
        # Half a test is no test, and would keep the next call from this folder.
        for name in names:
            (folder / f"{name}.{format}").unlink(missing_ok=True)
        raise
    _write_csv(folder / SHEET, ("listener", "piece", "answer"), [("", n, "") for n in names])
    rows = [(n, p.label, str(p.path)) for n, p in zip(names, chosen, strict=True)]
    _write_csv(place, ("piece", "label", "source"), rows)
    for path in folder.iterdir():
        os.utime(path, (0, 0))
    labels = tuple(sorted({piece.label for piece in chosen}))
    return Survey(folder, place, tuple(names), labels, length_s)


def score_survey(answers: Sequence[StrPath], key: StrPath, *, seed: int = 0) -> Hearing:
    """Measure the answers of a listening test.

    Args:
        answers: filled-in sheets. Rows without an answer are passed over; where a sheet names no
            listener, its file does.
        key: that `make_survey` wrote.
        seed: of the intervals.

    Raises:
        WrongFormat: a CSV without the columns. UsageError: no answers, one on a piece that isn't
            in the key, a label that isn't. FileError: a file can't be read.
    """
    from muso.judge.answers import hear

    intended = read_key(key)
    given = [answer for sheet in answers for answer in read_answers(sheet)]
    return hear(given, intended, seed=seed)


def read_key(path: StrPath) -> dict[str, str]:
    """The intended label of each piece of a survey, in lower case as answers are."""
    rows = _rows(path, ("piece", "label"), "a key; `muso survey make` writes one")
    return {row["piece"].strip(): row["label"].strip().lower() for row in rows}


def read_answers(path: StrPath) -> list[Answer]:
    """The answers in a filled-in sheet; moods in any case, pieces with or without suffix."""
    from muso.judge.answers import Answer

    rows = _rows(path, ("piece", "answer"), "a sheet of answers; fill in the survey's own")
    return [
        Answer(
            (row.get("listener") or "").strip() or shown(Path(path).stem),
            row["piece"].strip().rpartition(".")[0] or row["piece"].strip(),
            row["answer"].strip().lower(),
        )
        for row in rows
        if (row["answer"] or "").strip()
    ]


def _check(folder: Path, key: Path, length_s: float, format: str) -> None:
    if format not in FORMATS:
        raise UsageError(f"there is no format {format!r} for a survey; take {' or '.join(FORMATS)}")
    if not SHORTEST_S <= length_s <= LONGEST_S:
        raise UsageError(f"pieces of {length_s:g} s; ask for {SHORTEST_S:g} to {LONGEST_S:g} s")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{shown(folder)} is not an empty folder; name a new one")
    if folder in key.parents:
        raise UsageError(f"{shown(key)} lies where listeners look; keep the key elsewhere")


def _labelled(paths: Sequence[StrPath]) -> list[Piece]:
    """The pieces of CSVs, folders and files; a lone file is labelled by its folder."""
    from muso.corpus.corpus import Piece
    from muso.music.media import media_of
    from muso.service.collections import read_corpus

    found: list[Piece] = []
    for path in paths:
        single = Path(os.path.abspath(path))  # noqa: PTH100
        if media_of(single) is not None and not single.is_dir():
            found.append(Piece(single, single.parent.name, str(single)))
        else:
            found += read_corpus(path).pieces
    found = [piece for piece in found if media_of(piece.path) in ("score", "clip")]
    labels = {piece.label for piece in found}
    if len(labels) < 2:
        said = f"every piece is labelled {labels.pop()!r}" if labels else "no scores or recordings"
        raise CorpusError(
            f"{said}; a listener needs something to choose from: give folders named by mood, or a "
            "CSV with a label a piece"
        )
    return found


def _length_s(path: Path) -> float:
    from muso.music.media import read_piece

    piece: Any = read_piece(path)
    return float(piece.length_s)


def _write(path: Path, to: Path, length_s: float) -> None:
    from muso.music.sound.writing import write_blocks

    write_blocks([_sound(path, length_s)], to, SAMPLE_RATE)


def _sound(path: Path, length_s: float) -> NDArray[np.float32]:
    """`(2, sample)` the first `length_s` of a piece, faded out, at one loudness."""
    import numpy as np

    from muso.music.media import read_piece
    from muso.music.score import Score
    from muso.music.sound.rendering import render

    piece: Any = read_piece(path)
    if isinstance(piece, Score):
        clip = render(piece.between(0, length_s), sample_rate=SAMPLE_RATE)
    else:
        clip = piece.resampled(SAMPLE_RATE)
    frames = round(length_s * SAMPLE_RATE)
    samples: Any = np.zeros((2, frames), np.float32)
    given = np.broadcast_to(clip.samples[:2], (2, clip.samples.shape[1]))[:, :frames]
    samples[:, : given.shape[1]] = given
    fade = min(round(FADE_S * SAMPLE_RATE), frames)
    samples[:, -fade:] *= np.linspace(1, 0, fade, dtype=np.float32)
    level = float(np.sqrt(np.mean(np.square(samples))))
    gained = samples * np.float32(LOUDNESS / max(level, 1e-9))
    # Peaks are bent, not the whole turned down: a quieter piece would tell.
    return np.asarray(PEAK * np.tanh(gained / PEAK), np.float32)


def _write_csv(path: Path, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    with (
        whole(path) as unfinished,
        unfinished.open("w", newline="", encoding="utf-8", errors="surrogateescape") as out,
    ):
        writer = csv.writer(out)
        writer.writerow(head)
        writer.writerows(rows)


def _rows(path: StrPath, needed: Sequence[str], what: str) -> list[Mapping[str, str]]:
    with _told_as_csv(path, what):
        text = read_bytes(path, MAX_BYTES).decode("utf-8-sig")
        delimiter = ";" if text.partition("\n")[0].count(";") else ","
        reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, restval="")
        names = [name.strip().lower() for name in reader.fieldnames or ()]
        reader.fieldnames = names
        rows: list[Mapping[str, str]] = list(reader)
    missing = [name for name in needed if name not in names]
    if missing:
        raise WrongFormat(path, f"it has no column {missing[0]!r}, so it isn't {what}")
    return rows


@contextmanager
def _told_as_csv(path: StrPath, what: str) -> Iterator[None]:
    try:
        yield
    except (UnicodeDecodeError, csv.Error):
        raise WrongFormat(path, f"it is no CSV in UTF-8, so it isn't {what}") from None
