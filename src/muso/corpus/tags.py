"""A tagged music library as a corpus: the genre is the label, and the artist the work."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from muso.corpus.artists import NOBODY, one_artist
from muso.corpus.corpus import Corpus, Piece
from muso.corpus.folders import list_folder
from muso.corpus.names import plain, read_corrections, spellings
from muso.errors import CorpusError, MusoError, shown
from muso.music.clip import SUFFIXES
from muso.music.files import opening
from muso.workers import for_each

GENRES = Path(__file__).with_name("genres.csv")
"""Spellings of genres and what they are called here; none where they say nothing."""

GENRE, ARTIST, ALBUM_ARTIST, ALBUM = "genre", "artist", "albumartist", "album"

NAMES: Mapping[str, tuple[str, ...]] = {
    GENRE: ("TCON", "genre", "\xa9gen"),
    ARTIST: ("TPE1", "artist", "\xa9ART"),
    ALBUM_ARTIST: ("TPE2", "albumartist", "aART"),
    ALBUM: ("TALB", "album", "\xa9alb"),
}
"""What a tag is called in ID3, in Vorbis comments and in MPEG-4."""

MUSIC = frozenset({"music", "musik", "musique", "musica"})
"""Words that say nothing at the end of a genre, as `plain` sees them."""

JOINED = "; "
_SEVERAL = re.compile(r"[;/,|\0]")
_GUEST = re.compile(r"[\s(\[]+(feat|ft|featuring)\b.*", re.IGNORECASE)


@dataclass(frozen=True)
class Tags:
    """What a file says of itself.

    Attributes:
        genres: as they are spelled, one tag or several.
        artist: of the album, or else of the track, without guests; empty where nobody is named.
        album: its title; empty where there is none.
    """

    genres: tuple[str, ...]
    artist: str
    album: str = ""


def scan_library(
    folder: str | os.PathLike[str],
    table: Mapping[str, str] | None = None,
) -> Corpus:
    """Read a tagged music library as a corpus.

    The label is the genre by the file's tags, under the name that `table` gives it. The work is
    the artist (the first-named of several, see `muso.corpus.artists.one_artist`), so that no
    artist stands on two sides of a split; where none is named, the folder of the file stands for
    one. Files without a genre, or whose tags can't be read, are `unlabelled`.

    Args:
        folder: its tree is searched for audio files.
        table: from `genre_table`; the shipped one by default.

    Raises:
        CorpusError: no audio in it, or none with a genre. MissingFile, NoPermission, FileError:
            it can't be read.
    """
    root = Path(os.path.abspath(folder))  # noqa: PTH100 - resolve() would follow links
    names = genre_table() if table is None else table
    listing = list_folder(root, SUFFIXES)
    read = for_each(_read, [root / name for name in listing.files])
    genre = [genre_of(tags.genres, names) for tags in read]
    # What the table does not know keeps its own name, under its commonest spelling.
    label = spellings(own for own in genre if own)
    artist = one_artist(tags.artist for tags in read if tags.artist)
    pieces, unlabelled = [], []
    for name, tags, own in zip(listing.files, read, genre, strict=True):
        if not own:
            unlabelled.append(root / name)
            continue
        work = artist.get(tags.artist) or (name.rpartition("/")[0] + "/" if "/" in name else name)
        extra = {"tagged": JOINED.join(tags.genres)}
        pieces.append(Piece(root / name, label[own], work, "", extra))
    if not pieces:
        raise CorpusError(
            f"{shown(root)}: none of its {len(listing.files):,} audio files has a genre in its "
            "tags; tag them, or put them in a folder a label and scan without tags"
        )
    return Corpus(
        root.name,
        tuple(pieces),
        listing.closed,
        unlabelled=tuple(unlabelled),
        passed_over=listing.passed_over,
    )


def genre_table(path: str | os.PathLike[str] | None = None) -> dict[str, str]:
    """The shipped table of genres, a person's own lines going before it.

    `muso.corpus.names.write_corrections` writes it out to be edited.

    Args:
        path: a CSV with the columns `found` and `name`; an empty name means no genre.

    Raises:
        CorpusError: no such columns, or two names for one spelling. FileError: can't be read.

    >>> genre_table()["hip hop rap"], genre_table()["other"]
    ('hiphop', '')
    """
    own = read_corrections(path) if path is not None else {}
    return read_corrections(GENRES) | own


def genre_of(tagged: Sequence[str], table: Mapping[str, str]) -> str:
    """The name of the first genre that `table` knows; of none, the first as it is spelled.

    Looked up are all tags together, as a table written out holds them, then each, then what it
    lists one by one: of Pop/Rock and Rock/Pop the first counts. One that is not there goes by its
    last three, two or one words (Death Metal is metal), the word music at its end aside. Empty
    where there is no genre.

    >>> table = genre_table()
    >>> [genre_of([tag], table) for tag in ("R&B", "Rock; Blues", "Old School Hip-Hop", "Joik")]
    ['soul', 'rock', 'hiphop', 'Joik']
    >>> genre_of(["Other"], table)
    ''
    """
    whole = plain(JOINED.join(tagged))
    if len(tagged) > 1 and whole in table:
        return table[whole]
    listed = [
        part
        for tag in tagged
        for part in ([tag] if plain(tag) in table else _SEVERAL.split(tag))
        if plain(part)
    ]
    named = [_looked_up(part, table) for part in listed]
    known = next((name for name in named if name), None)
    own = (part.strip() for part, name in zip(listed, named, strict=True) if name is None)
    return known or next(own, "")


def _looked_up(spelled: str, table: Mapping[str, str]) -> str | None:
    """What the table calls one genre, the more of its words the better; None if it knows none."""
    whole = plain(spelled)
    words = whole.split()
    if len(words) > 1 and words[-1] in MUSIC:
        words.pop()
    ends = (" ".join(words[-count:]) for count in (len(words), 3, 2, 1))
    return next((table[end] for end in (whole, *ends) if end in table), None)


def read_tags(path: str | os.PathLike[str]) -> Tags:
    """The genres and the artist in the tags of an audio file; a file without tags has none.

    Reads MP3, AIFF and WAV (ID3), FLAC, Ogg Vorbis, Opus and MPEG-4.

    Raises:
        MissingFile, NoPermission, FileError: it can't be opened.
    """
    import mutagen

    with opening(path), Path(path).open("rb") as file:
        try:
            tagged = mutagen.File(file)
        except Exception:
            # mutagen lets errors of many kinds through for broken content.
            tagged = None
    tags: Any = (tagged.tags if tagged is not None else None) or {}
    artists = [*_values(tags, ALBUM_ARTIST)[:1], *_values(tags, ARTIST)[:1]]
    named = [own for name in artists if plain(own := _GUEST.sub("", name)) not in NOBODY]
    album = next(iter(_values(tags, ALBUM)), "")
    return Tags(tuple(_values(tags, GENRE)), next(iter(named), ""), album)


def _values(tags: Any, kind: str) -> list[str]:
    """Every value of a tag, whatever the format calls it."""
    found: list[str] = []
    for name in NAMES[kind]:
        try:
            frame = tags.get(name) or []
        except (KeyError, ValueError):  # a Vorbis comment has no name beyond ASCII
            continue
        # ID3 numbers its genres; `genres` spells them out.
        found += getattr(frame, "genres", None) or getattr(frame, "text", frame)
    return [text for value in found if (text := str(value).strip())]


def _read(path: Path) -> Tags:
    try:
        return read_tags(path)
    except MusoError:
        return Tags((), "")
