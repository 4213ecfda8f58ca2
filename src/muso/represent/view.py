"""What every view has in common: a piece goes in, slices come out."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, TypeVar

import numpy as np
from numpy.typing import NDArray

from muso.errors import UsageError, WrongFormat

Result = TypeVar("Result")


@dataclass(frozen=True, eq=False)
class Slices:
    """The slices of one piece under one view.

    Attributes:
        values: float32 `(slice, …)`, at least one slice; the rest is the view's `shape`.
        start_s: `(slice,)` where each begins in the piece, seconds (0 for a whole-piece view).
        end_s: `(slice,)` where each ends, seconds.
    """

    values: NDArray[np.float32]
    start_s: NDArray[np.float64]
    end_s: NDArray[np.float64]


class View(ABC):
    """A way to turn a piece into arrays. Views are frozen dataclasses: their fields are settings.

    A view works in two steps, so that training can keep every piece in memory in a compact
    form and cut it anew each time: `prepare` once a piece, then `cut` (all slices, as for a
    prediction) or `draw` (one slice at random, varied as training wants it).
    """

    name: ClassVar[str]
    media: ClassVar[str]
    stand_ins: ClassVar[tuple[str, ...]] = ()
    """Other media whose files may stand for a piece, as a picture of its spectrogram for a clip."""

    @property
    @abstractmethod
    def shape(self) -> tuple[int, ...]:
        """The shape of one slice."""

    @abstractmethod
    def prepare(self, piece: Any) -> Any:
        """The compact, picklable form of a Score, Clip or Cover from which slices are cut."""

    @abstractmethod
    def cut(self, prepared: Any) -> Slices:
        """Every slice of a prepared piece; no randomness."""

    def draw(self, prepared: Any, rng: np.random.Generator) -> NDArray[np.float32]:
        """One slice for training, shaped `shape`: any of `cut`'s unless a view varies it."""
        values = self.cut(prepared).values
        return np.asarray(values[rng.integers(len(values))])

    def weight(self, prepared: Any) -> int:
        """How many times a piece comes up in one epoch: more for a longer piece."""
        return 1

    def slices(self, piece: Any) -> Slices:
        """Every slice of a piece."""
        return self.cut(self.prepare(piece))

    def part(self, piece: Any, start_s: float, end_s: float) -> Any:
        """The part of a piece within `[start_s, end_s)` as a piece of its own; None if empty."""
        part = piece.between(start_s, end_s)
        return part if len(part) else None

    def sounds(self, piece: Any) -> bool:
        """Whether a piece holds more than silence."""
        return True

    def silences(self, piece: Any) -> NDArray[np.float64]:
        """`(silence, 2)` seconds at which each silence in a piece begins and ends."""
        return np.zeros((0, 2))

    def settings(self) -> dict[str, Any]:
        """What `VIEWS[name](**settings)` needs to build this view again."""
        return asdict(self)  # type: ignore[call-overload,no-any-return]


def through_each(views: Sequence[View], look: Callable[[View], Result]) -> list[Result]:
    """`look(view)` for each view in turn; views that are the same are looked through once.

    >>> from muso.represent.ngrams import NGrams
    >>> seen = []
    >>> through_each([NGrams(4), NGrams(5), NGrams(4)], lambda view: seen.append(view)); len(seen)
    [None, None, None]
    2
    """
    found: list[Result] = []
    for number, view in enumerate(views):
        same = next((n for n in range(number) if views[n] == view), None)
        found.append(look(view) if same is None else found[same])
    return found


def check_least(view: View, least: Mapping[str, float]) -> None:
    """Raises UsageError where a setting of `view`, by name, is below what it must be at least.

    A setting that is a whole number unless told otherwise has to stay one.
    """
    for name, lowest in least.items():
        given = getattr(view, name)
        counts = isinstance(getattr(type(view), name, None), int)
        kinds = int if counts else int | float
        if isinstance(given, bool) or not isinstance(given, kinds) or not given >= lowest:
            what = "a whole number of at least" if counts else "at least"
            raise UsageError(f"view {view.name}: {name} is {given}; it must be {what} {lowest}")


def check_media(
    path: str | os.PathLike[str], media: str | None, wanted: str, views: Iterable[View]
) -> None:
    """Raises WrongFormat unless a file of `media` is of the `wanted` one or may stand for it.

    Args:
        path: of the file.
        media: by its suffix; None if it tells nothing.
        wanted: what the views are of.
        views: all of them have to take a stand-in.
    """
    refusing = [view.name for view in views if media not in view.stand_ins]
    if media in (wanted, None) or not refusing:
        return
    if (wanted, media) == ("clip", "cover"):
        cause = f"this is a picture, and the view {refusing[0]} takes sound alone"
        raise WrongFormat(path, cause, "give the clip itself, or take another view")
    raise WrongFormat(path, f"this is not a {wanted}", "leave it out of the corpus")


def whole_piece(values: NDArray[np.float32], length_s: float) -> Slices:
    """One slice that spans the piece."""
    return Slices(values[None].astype(np.float32), np.zeros(1), np.array([length_s]))
