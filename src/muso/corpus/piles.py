"""Where covers can be collected from: a music library, pictures in folders, a web catalogue."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from muso.corpus.catalogues.album import Album, Catalogue
from muso.corpus.folders import list_folder, relative_to
from muso.corpus.manifest import read_corpus
from muso.corpus.tags import genre_of, read_tags
from muso.errors import CorpusError, MusoError, shown
from muso.music.clip import SUFFIXES
from muso.music.cover import Cover, embedded_cover, parse_cover, read_cover
from muso.music.media import media_of


class Pile(Protocol):
    """Somewhere that albums and their covers lie."""

    @property
    def source(self) -> str:
        """What it is called in a manifest."""

    def albums(self) -> Iterator[tuple[Album, str]]:
        """Each album with its genre by the table of genres; empty where none is known."""

    def cover(self, album: Album) -> Cover | None:
        """The album's cover; None where it has none. Raises MusoError where it can't be had."""


class LibraryPile:
    """A music library's own files: the art and the tags that lie in them."""

    source = "library"

    def __init__(self, folder: Path, table: Mapping[str, str]) -> None:
        self._table = table
        self._folder = folder
        self._files = list_folder(folder, SUFFIXES).files

    def albums(self) -> Iterator[tuple[Album, str]]:
        for name in self._files:
            path = os.fspath(self._folder / name)
            try:
                tags = read_tags(path)
            except MusoError:
                continue
            album = Album(f"{self.source}:{name}", tags.album, tags.artist, tags.genres, path)
            yield album, genre_of(tags.genres, self._table)

    def cover(self, album: Album) -> Cover | None:
        return embedded_cover(album.picture)


class PicturePile:
    """Pictures in folders whose names are genres, or named by a CSV."""

    def __init__(self, path: Path, table: Mapping[str, str]) -> None:
        corpus = read_corpus(path)
        self.source = corpus.name
        self._pieces = corpus.pieces
        self._table = table

    def albums(self) -> Iterator[tuple[Album, str]]:
        names = relative_to(tuple(piece.path for piece in self._pieces))
        for piece, name in zip(self._pieces, names, strict=True):
            told = piece.extra
            # A piece that is its own work goes by its path, which names no artist.
            artist = told.get("artist", "" if media_of(piece.work) else piece.work)
            tags = (told.get("tagged") or piece.label,)
            album = Album(
                key=f"{self.source}:{name}",
                title=told.get("album", ""),
                artist=artist,
                tags=tags,
                picture=os.fspath(piece.path),
                source=told.get("source", ""),
            )
            yield album, genre_of((piece.label,), self._table)

    def cover(self, album: Album) -> Cover | None:
        return read_cover(album.picture)


class CataloguePile:
    """Some genres of a web catalogue, asked for as it spells them."""

    def __init__(
        self, catalogue: Catalogue, genres: Sequence[str], table: Mapping[str, str]
    ) -> None:
        self.source = catalogue.name
        self._catalogue = catalogue
        self._genres = genres
        self._table = table

    def albums(self) -> Iterator[tuple[Album, str]]:
        for asked in self._genres:
            genre = genre_of((asked,), self._table)
            for album in self._catalogue.albums(asked):
                told = genre_of(album.tags, self._table) if album.tags else genre
                # Tags that the table does not know speak against nothing.
                known = told in set(self._table.values())
                yield album, genre if told == genre or not known else ""

    def cover(self, album: Album) -> Cover | None:
        content = self._catalogue.picture(album)
        return None if content is None else parse_cover(content, album.picture)


def pile_of(place: str | os.PathLike[str], table: Mapping[str, str]) -> Pile:
    """The pile at a path: a music library where there are recordings, else pictures.

    Raises:
        CorpusError: neither is there. MissingFile, FileError: it can't be read.
    """
    path = Path(os.path.abspath(place))  # noqa: PTH100 - resolve() would follow links
    if path.is_dir() and list_folder(path, SUFFIXES).files:
        return LibraryPile(path, table)
    pile = PicturePile(path, table)
    if not any(media_of(album.picture) == "cover" for album, _ in pile.albums()):
        raise CorpusError(
            f"{shown(path)}: neither recordings nor pictures are there; name a music library, "
            "folders of pictures, or a CSV of pictures"
        )
    return pile
