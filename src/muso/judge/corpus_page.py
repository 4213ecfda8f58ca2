"""A described corpus as one HTML page that needs nothing beside it."""

from __future__ import annotations

import os
from base64 import b64encode
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

import numpy as np

from muso.corpus.description import Description
from muso.errors import shown
from muso.judge.corpus_pictures import MOST_ROWS, Picture
from muso.music.files import whole

TEMPLATE = "corpus_page.html"
MOST_UNREADABLE = 100
"""More of them than this nobody reads on a page; the table of features has them all."""


@dataclass(frozen=True)
class LabelFacts:
    """What a page and a terminal tell of one label; figures are medians of its readable pieces.

    Attributes:
        label: its name.
        pieces, works, unreadable: how many.
        share: of all pieces, 0…1.
        length_s, notes, polyphony: None where no piece can be read.
        meter: the commonest; empty where the files state none.
    """

    label: str
    pieces: int
    works: int
    unreadable: int
    share: float
    length_s: float | None
    notes: float | None
    polyphony: float | None
    meter: str


def list_labels(description: Description) -> tuple[LabelFacts, ...]:
    """What is told of every label, the largest first.

    >>> from muso.corpus.corpus import scan_folder
    >>> from muso.corpus.description import describe
    >>> facts = list_labels(describe(scan_folder("examples")))[0]
    >>> facts.label, facts.pieces, facts.share, facts.meter
    ('examples', 9, 1.0, '3/4')
    """
    corpus = description.corpus
    works = Counter(label for label, _ in {(piece.label, piece.work) for piece in corpus.pieces})
    medians = {
        name: {label: float(np.median(own)) for label, own in description.values(name).items()}
        for name in ("length_s", "notes", "polyphony")
    }
    read = {label: len(own) for label, own in description.values("notes").items()}
    return tuple(
        LabelFacts(
            label=label,
            pieces=corpus.counts[label],
            works=works[label],
            unreadable=corpus.counts[label] - read.get(label, 0),
            share=share,
            length_s=medians["length_s"].get(label),
            notes=medians["notes"].get(label),
            polyphony=medians["polyphony"].get(label),
            meter=next(iter(description.meters[label]), ""),
        )
        for label, share in description.shares.items()
    )


def write_page(
    description: Description,
    pictures: Sequence[Picture],
    path: str | os.PathLike[str],
    *,
    notes: Sequence[str] = (),
) -> None:
    """Write the page of a corpus: counts, balance, pictures, unreadable files.

    Args:
        description: what was measured.
        pictures: put into the page itself, so that it can be sent to somebody.
        path: of the HTML file.
        notes: what a reader should know first, a line each.

    Raises:
        FileError: `path` can't be written.

    >>> import pathlib, tempfile
    >>> from muso.corpus.corpus import scan_folder
    >>> from muso.corpus.description import describe
    >>> page = pathlib.Path(tempfile.mkdtemp(), "index.html")
    >>> write_page(describe(scan_folder("examples")), [], page)
    >>> "<title>examples" in page.read_text("utf-8")
    True
    """
    from jinja2 import Environment

    template = files("muso.judge").joinpath(TEMPLATE).read_text("utf-8")
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters["clock"] = clock
    corpus, labels = description.corpus, list_labels(description)
    read = [one for one in description.features if one is not None]
    text = environment.from_string(template).render(
        corpus=corpus,
        works=len({piece.work for piece in corpus.pieces}),
        hours=sum(one.length_s for one in read) / 3600,
        notes_in_all=sum(one.notes for one in read),
        evenness=evenness(description),
        labels=labels,
        most_rows=MOST_ROWS,
        largest=labels[0],
        notes=notes,
        pictures=[(picture, _embedded(picture)) for picture in pictures],
        unreadable=[(shown(path), reason) for path, reason in description.unreadable],
        most_unreadable=MOST_UNREADABLE,
    )
    with whole(path) as unfinished:
        # Names that no text can hold would stop the whole page.
        unfinished.write_text(shown(text), encoding="utf-8")


def evenness(description: Description) -> float:
    """How many labels of equal size would leave a guesser as unsure as these do.

    The number of labels if all are of one size, near 1 if one of them holds nearly all.

    Source: the exponential of Shannon's entropy; Hill, Diversity and Evenness (Ecology, 1973).
    """
    share = np.array(list(description.shares.values()))
    return float(np.exp(-np.sum(share * np.log(share))))


def clock(seconds: float) -> str:
    """Minutes and seconds.

    >>> clock(125.4)
    '2:05'
    """
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"


def _embedded(picture: Picture) -> str:
    content = b64encode(picture.path.read_bytes()).decode("ascii")
    return f"data:image/png;base64,{content}"
