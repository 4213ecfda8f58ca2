"""Collecting covers: one size and format, each album and each picture once."""

from __future__ import annotations

import csv
import io
import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from muso.corpus.catalogues.album import Album
from muso.corpus.corpus import Corpus, Piece
from muso.corpus.likeness import ALIKE, Hash, hash_of_text, hash_text, picture_hash
from muso.corpus.manifest import read_corpus, write_manifest
from muso.corpus.names import plain
from muso.corpus.piles import Pile
from muso.errors import CatalogueError, DamagedFile, MusoError
from muso.music.cover import Cover
from muso.music.files import opening, read_bytes, whole
from muso.progress import Listener, Progress, silent

SIDE, QUALITY = 640, 90
"""Pixels a side, and of JPEG, of every collected cover."""
MANIFEST, LEFT_OUT = "covers.csv", "left-out.csv"
EVERY = 25
"""Albums after which the manifest is written anew, so that little is lost when interrupted."""
PATIENCE = 3
"""Pictures in a row that a catalogue may fail to give before the collection stops."""
MAX_BYTES = 256 * 2**20


@dataclass(frozen=True)
class Collected:
    """What a collection came to.

    Attributes:
        corpus: all that lies there now.
        added: how many covers are new.
        known: how many albums had been looked at before.
        left_out: why albums were left out, by their keys; of this run alone.
    """

    corpus: Corpus
    added: int
    known: int
    left_out: dict[str, str]


@dataclass
class _Stock:
    """What lies in the folder, and what is known not to be wanted there."""

    folder: Path
    pieces: list[Piece] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    keys: set[str] = field(default_factory=set)
    albums: dict[str, str] = field(default_factory=dict)
    hashes: list[Hash] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    failures: int = 0

    @classmethod
    def of(cls, folder: Path) -> _Stock:
        stock = cls(folder)
        if (folder / MANIFEST).is_file():
            for piece in read_corpus(folder / MANIFEST).pieces:
                hashed = hash_of_text(piece.extra.get("hash", ""))
                stock.take(piece, np.zeros(0, bool) if hashed is None else hashed)
        if (folder / LEFT_OUT).is_file():
            stock.refused = _read_refused(folder / LEFT_OUT)
            stock.keys |= set(stock.refused)
        return stock

    def take(self, piece: Piece, hashed: Hash) -> None:
        self.pieces.append(piece)
        self.hashes.append(hashed)
        self.keys.add(piece.extra.get("key", ""))
        self.counts[piece.label] += 1
        if identity := _identity(piece.extra.get("artist", ""), piece.extra.get("album", "")):
            self.albums[identity] = piece.path.name

    def same_picture(self, hashed: Hash) -> str:
        """The name of a cover that looks the same; empty without one."""
        kept = [n for n, other in enumerate(self.hashes) if len(other)]
        if not kept:
            return ""
        apart = (np.stack([self.hashes[n] for n in kept]) != hashed).sum(axis=1)
        nearest = int(apart.argmin())
        return self.pieces[kept[nearest]].path.name if apart[nearest] <= ALIKE else ""

    def save(self) -> Corpus:
        corpus = Corpus(self.folder.name, tuple(self.pieces))
        if self.pieces:
            write_manifest(corpus, self.folder / MANIFEST)
        if self.refused:
            text = io.StringIO()
            csv.writer(text, lineterminator="\n").writerows([("key", "why"), *self.refused.items()])
            with whole(self.folder / LEFT_OUT) as unfinished:
                unfinished.write_bytes(text.getvalue().encode("utf-8", "surrogateescape"))
        return corpus


def _read_refused(path: Path) -> dict[str, str]:
    """Why albums were left out, by their keys.

    Raises:
        DamagedFile: it is not the table that was written there.
    """
    text = read_bytes(path, MAX_BYTES).decode("utf-8", "surrogateescape")
    remedy = "delete it; what it left out is then asked for again"
    try:
        rows = csv.DictReader(io.StringIO(text, newline=""), restval="")
        columns = rows.fieldnames or ()
        if text and not {"key", "why"} <= set(columns):
            raise DamagedFile(path, "it has no columns 'key' and 'why'", remedy)
        return {row["key"]: row["why"] for row in rows}
    except csv.Error as error:
        raise DamagedFile(path, f"it is not a table ({error})", remedy) from None


def collect(
    pile: Pile,
    to: str | os.PathLike[str],
    *,
    genres: tuple[str, ...] = (),
    each: int = 0,
    listener: Listener = silent,
) -> Collected:
    """Collect covers into a folder: `GENRE/ARTIST - ALBUM.jpg`, and `covers.csv`.

    Every cover is a JPEG of 640 × 640 pixels. An album, and a picture that looks the same as
    another, is taken once. Every row keeps genre, artist, album, source and the genres as they
    were spelled there. Interrupted, or called again, it goes on: what was looked at before is
    not asked for again.

    Args:
        pile: where to collect from.
        to: the folder; made if it isn't there.
        genres: only these; all without any.
        each: covers a genre, those that lie there counted; 0 for all there are.
        listener: told of progress.

    Raises:
        CatalogueError: a web catalogue gives no answer; what was collected is kept.
        FileError: the folder can't be written, or what lies there is damaged.
    """
    folder = Path(os.path.abspath(to))  # noqa: PTH100
    with opening(folder):
        folder.mkdir(parents=True, exist_ok=True)
    stock = _Stock.of(folder)
    before, known, left_out = len(stock.pieces), 0, dict[str, str]()
    try:
        for album, genre in _wanted(pile, stock, genres, each):
            if album.key in stock.keys:
                known += 1
                continue
            if why := _add(pile, album, genre, stock):
                left_out[album.key] = why
            done = len(stock.pieces) - before
            listener(Progress(f"collecting {genre}", stock.counts[genre], each or done))
            if (done + len(left_out)) % EVERY == 0:
                stock.save()
    finally:
        corpus = stock.save()
    return Collected(corpus, len(stock.pieces) - before, known, left_out)


def _wanted(
    pile: Pile, stock: _Stock, genres: tuple[str, ...], each: int
) -> Iterator[tuple[Album, str]]:
    """Albums of genres of which there are not enough yet; stops once there are of all named."""
    for album, genre in pile.albums():
        if not genre or (genres and genre not in genres):
            continue
        if not each or stock.counts[genre] < each:
            yield album, genre
        elif genres and all(stock.counts[name] >= each for name in genres):
            return


def _add(pile: Pile, album: Album, genre: str, stock: _Stock) -> str:
    """Take an album's cover into stock; why not, where it is left out."""
    identity = _identity(album.artist, album.title)
    if same := stock.albums.get(identity) if identity else None:
        return _refuse(stock, album, f"the same album as {same}")
    cover, why = _cover(pile, album, stock)
    if cover is None:
        return why
    hashed = picture_hash(cover)
    if same := stock.same_picture(hashed):
        return _refuse(stock, album, f"the same picture as {same}")
    path = _free(stock.folder / _tidy(genre), album)
    _write(cover, path)
    extra = {
        "artist": album.artist,
        "album": album.title,
        "source": album.source or pile.source,
        "tagged": "; ".join(album.tags),
        "key": album.key,
        "hash": hash_text(hashed),
    }
    stock.take(Piece(path, genre, plain(album.artist) or album.key, "", extra), hashed)
    return ""


def _cover(pile: Pile, album: Album, stock: _Stock) -> tuple[Cover | None, str]:
    """An album's cover, or why there is none."""
    try:
        cover = pile.cover(album)
    except CatalogueError as error:
        # Not refused: another day it may be had.
        stock.failures += 1
        if stock.failures == PATIENCE:
            raise
        return None, str(error)
    except MusoError as error:
        return None, _refuse(stock, album, str(error))
    stock.failures = 0
    return cover, "" if cover else _refuse(stock, album, "it has no cover")


def _refuse(stock: _Stock, album: Album, why: str) -> str:
    stock.refused[album.key] = why
    stock.keys.add(album.key)
    return why


def _identity(artist: str, title: str) -> str:
    """What an album is recognized by; empty where either is not known."""
    return f"{plain(artist)}\n{plain(title)}" if plain(artist) and plain(title) else ""


def _tidy(text: str) -> str:
    """`text` as every system takes it in a file's name."""
    return re.sub(r"[^\w .,'&()-]+", "_", text).strip(" .")[:80] or "untitled"


def _free(folder: Path, album: Album) -> Path:
    named = f"{album.artist} - {album.title}" if album.title else Path(album.picture).stem
    stem = _tidy(named)
    path, number = folder / f"{stem}.jpg", 1
    while path.exists():
        number += 1
        path = folder / f"{stem} {number}.jpg"
    return path


def _write(cover: Cover, path: Path) -> None:
    from PIL import Image

    with opening(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
    with whole(path) as unfinished:
        Image.fromarray(cover.resized(SIDE).pixels).save(unfinished, "JPEG", quality=QUALITY)
