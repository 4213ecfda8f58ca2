"""What recognizers rely on, and where labelled pieces are purest."""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from muso.errors import CorpusError, MusoError, UsageError, shown
from muso.music.files import StrPath, opening, whole
from muso.progress import Listener, counted, silent
from muso.service.collections import read_corpus
from muso.service.models import load

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Part:
    """A part of a piece, and how probable its label is there, 0…1."""

    start_s: float
    end_s: float
    probability: float


def purest_parts(path: StrPath, label: str, bundle: StrPath, share: float = 0.5) -> list[Part]:
    """The windows of a labelled piece that a bundle hears most as its label.

    Args:
        path: the piece.
        label: what it is labelled.
        bundle: by name or folder; best one that was not trained on the piece.
        share: of its windows to give, above 0 and up to 1; at least one is given.

    Returns:
        Parts in the order of time.

    Raises:
        UsageError: the bundle doesn't know the label, or a share out of range. FileError: the
            piece can't be read.

    >>> purest_parts("examples/bach-bwv66-6.mid", "Bach", "composer.1")[0].probability > 0.5
    True
    """
    import numpy as np

    from muso.bundle.timeline import follow
    from muso.music.media import read_piece

    if not 0 < share <= 1:
        raise UsageError(f"a share of {share:g}; take one above 0 and up to 1")
    model = load(bundle)
    column = int(model.restricted([label])[0])
    found = follow(model, read_piece(Path(path)))
    own = found.probability[:, column]
    kept = np.sort(np.argsort(-own, kind="stable")[: max(1, round(share * len(own)))])
    return [Part(float(found.start_s[i]), float(found.end_s[i]), float(own[i])) for i in kept]


def cut_purest(
    corpus: StrPath,
    bundle: StrPath,
    to: StrPath,
    *,
    share: float = 0.5,
    listener: Listener = silent,
) -> tuple[Path, dict[str, str]]:
    """Write the purest parts of a corpus of scores as a corpus of their own.

    Args:
        corpus: a CSV or a folder.
        bundle: hears what is pure; see `purest_parts`.
        to: a folder to make: parts as MIDI, and `purest.csv` that lists them. A part is of its
            piece's work, and on its side of the split.
        share: of each piece's windows.
        listener: told of progress.

    Returns:
        The manifest, and what was wrong, by path, with pieces that could not be used.

    Raises:
        UsageError: as `purest_parts`, or `to` holds something. CorpusError: nothing could be cut.
    """
    from muso.music.media import read_piece
    from muso.music.midi import write_score
    from muso.music.score import Score

    folder = Path(os.path.abspath(to))  # noqa: PTH100 - resolve() would follow links
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{shown(folder)} is not an empty folder; name a new one")
    pieces = read_corpus(corpus).pieces
    rows: list[tuple[str, str, str, str]] = []
    left_out: dict[str, str] = {}
    with opening(folder):
        folder.mkdir(parents=True, exist_ok=True)
    for number, piece in enumerate(counted(pieces, "cutting", len(pieces), listener), 1):
        try:
            parts = purest_parts(piece.path, piece.label, bundle, share)
            score = read_piece(piece.path)
            if not isinstance(score, Score):
                raise UsageError(f"{shown(piece.path)}: parts are cut from scores; leave it out")
        except UsageError:
            raise
        except MusoError as error:
            left_out[str(piece.path)] = str(error)
            continue
        for turn, part in enumerate(parts, 1):
            name = f"{number:05}-{turn:02}.mid"
            write_score(score.between(part.start_s, part.end_s), folder / name)
            rows.append((name, piece.label, piece.work or str(piece.path), piece.split))
    if not rows:
        raise CorpusError(f"{shown(folder)}: no piece could be cut; give readable scores")
    manifest = folder / "purest.csv"
    with (
        whole(manifest) as unfinished,
        unfinished.open("w", newline="", encoding="utf-8", errors="surrogateescape") as out,
    ):
        writer = csv.writer(out)
        writer.writerow(("path", "label", "work", "split"))
        writer.writerows(rows)
    return manifest, left_out


def neurons_of(bundle: StrPath) -> Mapping[str, NDArray[np.float64]]:
    """How much each neuron of a language model speaks for each label of a bundle on its states.

    Args:
        bundle: whose first member is a regression that looks through the view `states`, such as
            `mood-states`.

    Returns:
        By label `(value,)` weights in deviations of each value, most of them 0 where the
        regression is sparse. A model pooled by its mean alone has a value a neuron.

    Raises:
        UsageError: it looks at something else.
    """
    import numpy as np

    model = load(bundle)
    view = model.members[0].view
    if view.name != "states":
        raise UsageError(f"bundle {model.name} looks at {view.name}, not at a language model")
    size = view.shape[0]
    # The regression is linear: what one unit of a value adds is its weight.
    asked = np.concatenate([np.zeros((1, size)), np.eye(size)]).astype(np.float32)
    scores = model.sessions[0].run(["scores"], {"slices": asked})[0].astype(np.float64)
    weight = scores[1:] - scores[0]
    return {label: weight[:, i] for i, label in enumerate(model.labels)}
