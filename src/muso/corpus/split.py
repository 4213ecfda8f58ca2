"""Splits: who is trained on, who chooses, who is measured on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from muso.corpus.digest import short_digest
from muso.errors import CorpusError, LeakError, UsageError

TRAIN, VALIDATION, TEST = 0, 1, 2

SIDES = ("train", "validation", "test")
"""The names of the sides, by their number."""


@dataclass(frozen=True)
class Protocol:
    """How a split is drawn.

    Attributes:
        unit: what one row of the split is: a `piece`, a `slice` or a `window` of neighbours.
        leaky: whether one work may stand on two sides, which lets a test score lie.
        says: one line for people.
        exposes: whether every unit of the test side is given away, whatever its work.
    """

    unit: str
    leaky: bool
    says: str
    exposes: bool = False


PROTOCOLS: dict[str, Protocol] = {
    "work": Protocol("piece", False, "whole works are held out: the honest measure"),
    "piece": Protocol("piece", True, "files are shuffled, copies of a work may be on both sides"),
    "slice": Protocol("slice", True, "slices are shuffled, a piece is on every side at once"),
    "listing": Protocol(
        "window", True, "a file is guessed from those before it in a listing sorted by label", True
    ),
    "refit": Protocol("piece", True, "what is tested was trained on with all the rest", True),
}


@dataclass(frozen=True, eq=False)
class Split:
    """The side of every unit. It can't be built if a work crosses it, unless its protocol is leaky.

    Attributes:
        side: `(unit,)` TRAIN, VALIDATION or TEST.
        works: the work of every unit.
        protocol: a name in `PROTOCOLS`.
        seed: what it was drawn with.

    Raises:
        LeakError: a work stands on two sides. UsageError: no such protocol.

    >>> Split(np.array([0, 2], np.int8), ("a", "b"), "work", 0).leaky
    False
    >>> Split(np.array([0, 2], np.int8), ("a", "a"), "work", 0)
    Traceback (most recent call last):
    ...
    muso.errors.LeakError: the work 'a' stands on two sides (train, test); draw the split anew
    """

    side: NDArray[np.int8]
    works: tuple[str, ...]
    protocol: str
    seed: int

    def __post_init__(self) -> None:
        _known(self.protocol)
        if len(self.side) != len(self.works):
            raise CorpusError(
                f"a split of {len(self.side):,} units has {len(self.works):,} works; give one each"
            )
        if not self.leaky:
            _refuse_crossing(self.side, self.works)

    @property
    def leaky(self) -> bool:
        """Whether the protocol lets a work stand on two sides."""
        return PROTOCOLS[self.protocol].leaky

    @cached_property
    def digest(self) -> str:
        """A short hash of which works are on which side.

        Under an honest protocol it does not depend on the order of the units.
        """
        rows = [f"{side}\n{work}" for work, side in zip(self.works, self.side, strict=True)]
        if not self.leaky:
            rows = sorted(set(rows))
        return short_digest([self.protocol, *rows])


def draw_split(
    labels: Sequence[str],
    works: Sequence[str],
    *,
    protocol: str = "work",
    held_out: float = 0.15,
    validation: float = 0.15,
    seed: int = 0,
) -> Split:
    """Draw a split, stratified by label and, under `work`, grouped by work.

    Each label comes as close to the shares as its works allow: within half of one work where
    works have one label each, and with at least one work to test on, then one to choose by, as
    long as one is left to train on. Labels of a single work can't be split and stand on the train
    side; recognizers are trained without them (`unsplittable` names them). Under `work` the same
    works fall on the same sides whatever the order of the units.

    Args:
        labels: the label of every unit.
        works: its work.
        protocol: a name in `PROTOCOLS`; under `slice` the units are slices, else pieces.
        held_out: the share of units to test on, 0…1.
        validation: the share to choose by, 0…1; with `held_out` under 1.
        seed: another one draws another split.

    Raises:
        UsageError: no such protocol, or shares that leave nothing to train on.

    >>> split = draw_split(["Bach"] * 6 + ["Ravel"] * 6, [f"w{i // 2}" for i in range(12)])
    >>> np.bincount(split.side).tolist(), split.leaky
    ([4, 4, 4], False)
    """
    if not (held_out >= 0 and validation >= 0 and held_out + validation < 1):
        raise UsageError(
            f"held_out {held_out} and validation {validation} must be shares that together "
            "leave something to train on"
        )
    units = _Units.of(labels, works, protocol)
    rng = np.random.default_rng(seed)
    of_group = np.full(len(units.size), -1, np.int8)
    for label in units.rarest_first:
        mine = units.count[:, label]
        order = rng.permutation(np.flatnonzero(mine))
        total = int(mine.sum())
        _take(of_group, order, mine, TEST, held_out * total)
        _take(of_group, order, mine, VALIDATION, validation * total)
        free = order[of_group[order] < 0]
        of_group[free] = TRAIN
    return Split(of_group[units.group], tuple(works), protocol, seed)


def folds(
    labels: Sequence[str], works: Sequence[str], count: int, seed: int, protocol: str = "work"
) -> list[Split]:
    """Splits for cross-validation: every unit is on the TEST side of exactly one of them.

    Stratified and grouped as in `draw_split`; there is no validation side.

    Args:
        labels: the label of every unit.
        works: its work.
        count: how many folds, 2 or more.
        seed: another one draws other folds.
        protocol: a name in `PROTOCOLS`.

    Raises:
        UsageError: no such protocol, or fewer groups than folds.

    >>> [np.flatnonzero(fold.side == TEST).tolist() for fold in folds("AABB", "abcd", 2, 0)]
    [[1, 3], [0, 2]]
    """
    units = _Units.of(labels, works, protocol)
    if not 2 <= count <= len(units.size):
        raise UsageError(
            f"{count} folds of {len(units.size):,} works can't be drawn; ask for 2 or more, and "
            "at most one a work"
        )
    rng = np.random.default_rng(seed)
    fold_of = np.full(len(units.size), -1, np.int64)
    filled = np.zeros((count, units.count.shape[1]))
    for label in units.rarest_first:
        mine = units.count[:, label]
        order = rng.permutation(np.flatnonzero((mine > 0) & (fold_of < 0)))
        for group in order[np.argsort(-mine[order], kind="stable")]:
            # The fold that has least of this label, then least of everything, then any.
            least = np.lexsort((rng.random(count), filled.sum(1), filled[:, label]))[0]
            fold_of[group] = least
            filled[least] += units.count[group]
    return [
        Split(np.where(fold_of[units.group] == fold, TEST, TRAIN).astype(np.int8),
              tuple(works), protocol, seed)
        for fold in range(count)
    ]  # fmt: skip


def unsplittable(labels: Sequence[str], works: Sequence[str]) -> tuple[str, ...]:
    """The labels that have a single work, sorted: nothing of them can be held out.

    >>> unsplittable(["Bach", "Bach", "Zani"], ["a", "b", "c"])
    ('Zani',)
    """
    of_label: dict[str, set[str]] = {}
    for label, work in zip(labels, works, strict=True):
        of_label.setdefault(label, set()).add(work)
    return tuple(sorted(label for label, own in of_label.items() if len(own) == 1))


@dataclass(frozen=True, eq=False)
class _Units:
    """Units gathered into what must not be parted.

    Attributes:
        group: `(unit,)` the group of every unit.
        size: `(group,)` how many units it has.
        count: `(group, label)` how many of each label.
    """

    group: NDArray[np.int64]
    size: NDArray[np.int64]
    count: NDArray[np.int64]

    @classmethod
    def of(cls, labels: Sequence[str], works: Sequence[str], protocol: str) -> _Units:
        if len(labels) != len(works):
            raise CorpusError(
                f"{len(labels):,} labels and {len(works):,} works; give one of each a unit"
            )
        if not len(labels):
            raise CorpusError("there is nothing to split; give a corpus with pieces")
        # Sorted, so that nothing hangs on the order of the units.
        _, label = np.unique(np.array(list(labels), object), return_inverse=True)
        if _known(protocol).leaky:
            group = np.arange(len(works))
        else:
            _, group = np.unique(np.array(list(works), object), return_inverse=True)
        count = np.zeros((group.max() + 1, label.max() + 1), np.int64)
        np.add.at(count, (group, label), 1)
        return cls(group, count.sum(1), count)

    @property
    def rarest_first(self) -> NDArray[np.int64]:
        """Labels by their number of units: the rare ones choose while there is choice."""
        return np.argsort(self.count.sum(0), kind="stable")


def _take(
    of_group: NDArray[np.int8],
    order: NDArray[np.int64],
    mine: NDArray[np.int64],
    side: int,
    wanted: float,
) -> None:
    """Put free groups on `side`, in the order given, while that brings the label nearer `wanted`.

    At least one group is taken where something is wanted and one is left to train on.
    """
    have = float(mine[of_group == side].sum())
    for group in order:
        if of_group[group] < 0 and have + mine[group] / 2 <= wanted:
            of_group[group] = side
            have += mine[group]
    free = order[of_group[order] < 0]
    trained_on = bool((of_group[order] == TRAIN).any())
    if wanted > 0 and have == 0 and len(free) + trained_on > 1:
        of_group[free[np.argmin(mine[free])]] = side


def _known(protocol: str) -> Protocol:
    if protocol not in PROTOCOLS:
        near = get_close_matches(protocol, PROTOCOLS, 1)
        hint = f"did you mean {near[0]!r}" if near else f"choose from {', '.join(PROTOCOLS)}"
        raise UsageError(f"there is no protocol {protocol!r}; {hint}")
    return PROTOCOLS[protocol]


def _refuse_crossing(side: NDArray[np.int8], works: Sequence[str]) -> None:
    found: dict[str, int] = {}
    for work, where in zip(works, side.tolist(), strict=True):
        first = found.setdefault(work, where)
        if first != where:
            raise LeakError(
                f"the work {work!r} stands on two sides ({SIDES[first]}, {SIDES[where]}); "
                "draw the split anew"
            )
