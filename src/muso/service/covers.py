"""Covers: collecting them, and what on them spoke for a genre."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from muso.errors import FileError, UsageError, shown
from muso.music.files import StrPath
from muso.progress import Listener, silent
from muso.service.models import load

if TYPE_CHECKING:
    from muso.bundle.bundle import Bundle
    from muso.bundle.prediction import Prediction
    from muso.corpus.covers import Collected
    from muso.music.cover import Cover

TASK = "cover_genre"


@dataclass(frozen=True, eq=False)
class Explained:
    """What a bundle says of a cover, and where it saw it.

    Attributes:
        prediction: of the whole cover.
        heat: `(row, column)` by how much the logarithm of the label's probability falls while
            that part is covered up.
        picture: the cover with its heat over it, as a PNG.
    """

    prediction: Prediction
    heat: Any
    picture: bytes


def name_cover(model: Bundle, cover: Cover) -> Prediction:
    """What a bundle says of a cover: nothing where there is nothing to be seen on it."""
    from muso.bundle.prediction import unsaid

    return unsaid(model.name, reason) if (reason := cover.why_unseen) else model.predict(cover)


def explain_cover(
    path: StrPath, bundle: str | None = None, listener: Listener = silent
) -> Explained:
    """What on a cover spoke for its label, as a heat map over the picture.

    Args:
        path: of the image, or of a recording with the picture in its tags.
        bundle: that names covers; that of the task `cover_genre` unless given.
        listener: told of progress.

    Raises:
        UsageError: the bundle is not for covers. FileError: the image can't be used, has nothing
            on it, or is not there.
    """
    from muso.bundle.occlusion import occlude
    from muso.music.cover import embedded_cover, read_cover
    from muso.music.media import media_of
    from muso.music.picture.heat import heat_png
    from muso.recognize import TASKS

    model = load(bundle or TASKS[TASK].bundle)
    if model.media != "cover":
        raise UsageError(f"bundle {model.name} is about {model.media}s, not covers")
    cover = embedded_cover(path) if media_of(path) == "clip" else read_cover(path)
    if cover is None:
        raise FileError(path, "there is no picture in its tags", "give the cover itself")
    if reason := cover.why_unseen:
        raise FileError(path, reason, "take a picture with something on it")
    found = occlude(model, cover, listener)
    return Explained(found.prediction, found.heat, heat_png(cover, found.heat))


def collect_covers(
    place: StrPath,
    to: StrPath,
    *,
    genres: Sequence[str] = (),
    each: int = 0,
    names: StrPath | None = None,
    listener: Listener = silent,
) -> Collected:
    """Collect covers into a folder, each album and each picture once, all of one size.

    Args:
        place: a music library, folders of pictures, a CSV, or the name of a web catalogue.
        to: the folder.
        genres: only these; a catalogue is asked for them as they are spelled here.
        each: covers a genre; 0 for all there are.
        names: a table of genres that goes before muso's own (`found`, `name`).
        listener: told of progress.

    Raises:
        UsageError: a catalogue without genres, or without what it wants to know of who asks.
        CatalogueError: it gives no answer; what was collected is kept. CorpusError, FileError:
            there is nothing to collect, or it can't be read or written.
    """
    from muso.corpus.catalogues import CATALOGUES
    from muso.corpus.covers import collect
    from muso.corpus.piles import CataloguePile, Pile, pile_of
    from muso.corpus.tags import genre_of, genre_table

    table = genre_table(names)
    pile: Pile
    if (catalogue := CATALOGUES.get(str(place))) is None:
        pile = pile_of(place, table)
    elif not genres:
        raise UsageError(f"{shown(place)} is asked genre by genre; name some with --genre")
    else:
        pile = CataloguePile(catalogue(), genres, table)
    wanted = tuple(genre_of((genre,), table) for genre in genres)
    return collect(pile, to, genres=wanted, each=each, listener=listener)
