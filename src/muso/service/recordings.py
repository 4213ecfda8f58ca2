"""Naming recordings: by their sound, by the art in their tags, and by both together."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from muso.errors import FileError
from muso.progress import Listener, silent
from muso.service.covers import name_cover
from muso.service.models import load

if TYPE_CHECKING:
    from muso.bundle.bundle import Bundle
    from muso.bundle.prediction import Prediction
    from muso.bundle.timeline import Timeline
    from muso.music.cover import Cover
    from muso.music.recording import Recording

SOUND, COVER_GENRE, FUSED = "genre", "cover_genre", "fused"

WINDOW_S, STEP_S = 30.0, 15.0
"""Of a timeline; recordings are learnt from in clips of 30 s."""


@dataclass(frozen=True, eq=False)
class Named:
    """What was said of a recording, and asked for, of its windows: each by task.

    Where the file was cut short, `remark` says so.
    """

    said: dict[str, Prediction]
    timelines: dict[str, Timeline]
    remark: str = ""


def name_recording(
    path: Path,
    asked: Sequence[tuple[str, str]],
    with_art: bool,
    timeline: bool,
    listener: Listener = silent,
    *,
    excerpt_s: float | None = None,
    seed: int = 0,
) -> Named:
    """What bundles say of a recording of any length, and of the art in its tags.

    Args:
        path: of the file.
        asked: task and bundle names.
        with_art: ask the cover recognizer about the picture in the file's tags too, if there is
            one: `cover_genre`, and where `fuse` can tell, `fused`: what both say together.
        timeline: also name windows of it.
        listener: told how many seconds of it were heard, then how many windows were named.
        excerpt_s: listen to a random part of so many seconds; to all of it where None.
        seed: of the part.

    Raises:
        FileError: the file can't be used.
    """
    from muso.bundle.prediction import unsaid
    from muso.bundle.timeline import follow
    from muso.music.recording import open_recording

    recording = replace(open_recording(path), listener=listener)
    if excerpt_s is not None:
        recording = recording.excerpt(excerpt_s, seed)
    models = {task: load(name) for task, name in asked}
    if not models:
        for _ in recording:  # it is to be found out whether it can be read
            pass
    piece = _heard(recording, list(models.values()))
    said = {task: model.predict(piece) for task, model in models.items()}
    if reason := recording.why_unheard:
        said = {task: unsaid(model.name, reason) for task, model in models.items()}
        timeline = False
    lines = {
        task: follow(model, piece, WINDOW_S, STEP_S, recording.heard_s, listener)
        for task, model in models.items()
        if timeline
    }
    art = _art_says(path) if with_art else None
    if art is not None:
        said[COVER_GENRE] = art
        if SOUND in said and (both := fuse(said[SOUND], art)):
            said[FUSED] = both
    named = "; that was named" if any(one.ranking for one in said.values()) else ""
    remark = recording.lacking and recording.lacking + named
    return Named(said, lines, remark)


def _heard(recording: Recording, models: Sequence[Bundle]) -> Recording | Cover:
    """The recording, or its picture where that is all that its models look at.

    Drawing it once instead of once a member saves decoding; the picture of an hour takes 24 MB.
    """
    from muso.represent.picture import as_cover, draw_picture

    views = [member.view for model in models for member in model.members]
    if views and all("cover" in view.stand_ins for view in views):
        return as_cover(draw_picture(recording))
    return recording


def _art_says(path: Path) -> Prediction | None:
    """What the cover recognizer says of the picture in a file's tags, if it has one."""
    from muso.music.cover import embedded_cover
    from muso.recognize import TASKS

    if COVER_GENRE not in TASKS:
        return None
    with suppress(FileError):  # broken art says nothing, and spoils no sound
        if (cover := embedded_cover(path)) is not None:
            return name_cover(load(TASKS[COVER_GENRE].bundle), cover)
    return None


def fuse(sound: Prediction, art: Prediction) -> Prediction | None:
    """What two predictions say together, of the labels that both know.

    None where the label of either is `unknown`, or one that the other does not know: a cover
    recognizer that knows no blues has no say on whether something is blues, and what it says of
    other labels is no reason to doubt it.

    The product of their probabilities, divided by how probable each label was before: what is
    right if sound and picture are independent once the genre is known, each calibrated. Both were
    trained on about as much of every label, and nobody knows how common genres are in a person's
    library: so all shared labels were equally probable before.

    Source: Kittler et al., "On combining classifiers", 1998: the product rule.

    >>> from muso.bundle.prediction import Prediction
    >>> sound = Prediction("pop", 0.5, (("pop", 0.5), ("rock", 0.4), ("blues", 0.1)), "a")
    >>> art = Prediction("rock", 0.8, (("rock", 0.8), ("pop", 0.2)), "b")
    >>> both = fuse(sound, art)
    >>> both.label, round(both.probability, 2), len(both.ranking)
    ('rock', 0.76, 2)
    """
    from muso.bundle.prediction import UNKNOWN

    heard, seen = dict(sound.ranking), dict(art.ranking)
    shared = [label for label in heard if label in seen and label != UNKNOWN]
    product = {label: heard[label] * seen[label] for label in shared}
    total = sum(product.values())
    if not {sound.label, art.label} <= set(shared) or len(shared) < 2 or total <= 0:
        return None
    ranking = tuple(
        (label, product[label] / total) for label in sorted(shared, key=lambda n: -product[n])
    )
    return replace(
        sound,
        label=ranking[0][0],
        probability=ranking[0][1],
        ranking=ranking,
        bundle=f"{sound.bundle} and {art.bundle}",
        evidence=(),
    )
