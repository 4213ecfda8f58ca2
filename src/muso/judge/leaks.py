"""Leaks: the same music on two sides of a split, which lets a test score lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from muso.corpus.split import PROTOCOLS, TEST, TRAIN, Split
from muso.errors import UsageError
from muso.judge.intervals import number_works


@dataclass(frozen=True)
class Leak:
    """One search for leaks and what came of it; `count` 0 means searched and none found.

    Attributes:
        kind: what was searched for: `work`, `content` or `near-duplicate`; or the protocol that
            gives everything away by itself.
        detail: the finding in a sentence.
        count: works, contents or pairs that stand on two sides.
    """

    kind: str
    detail: str
    count: int


def find_leaks(
    split: Split,
    works: Sequence[str] | NDArray[np.generic],
    contents: Sequence[str] | NDArray[np.generic] | None = None,
    near_duplicates: ArrayLike | None = None,
) -> tuple[Leak, ...]:
    """Search a split for leaks, whatever its protocol promises.

    Args:
        split: the sides, one a unit (a piece, or a slice where slices were split).
        works: `(unit,)` the work of each unit; empty where a piece is its own work.
        contents: `(unit,)` a hash of what each piece holds; not searched when left out.
        near_duplicates: `(pair, 2)` indices of units known to be alike; not searched when left
            out.

    Returns:
        One finding a search, in the order work, content, near-duplicate, protocol.

    Raises:
        UsageError: not one entry a unit.
    """
    found = [_search("work", "work", works, split)]
    if contents is not None:
        found.append(_search("content", "content", contents, split))
    if near_duplicates is not None:
        found.append(_search_pairs(near_duplicates, split))
    protocol = PROTOCOLS[split.protocol]
    if protocol.exposes:
        tested = int((np.asarray(split.side) == TEST).sum())
        found.append(
            Leak(split.protocol, f"{protocol.says}: all {tested:,} {protocol.unit}s", tested)
        )
    return tuple(found)


def _search(kind: str, noun: str, keys: Sequence[str] | NDArray[np.generic], split: Split) -> Leak:
    group, side = number_works(keys), np.asarray(split.side)
    if len(group) != len(side):
        raise UsageError(f"{len(group)} {noun}s for {len(side)} units of a split; give one each")
    stands = np.zeros((int(group.max(initial=-1)) + 1, 3), bool)
    stands[group, side] = True
    crossing = stands.sum(axis=1) > 1
    count = int(crossing.sum())
    if count == 0:
        return Leak(kind, f"no {noun} stands on two sides ({len(stands):,} searched)", 0)
    exposed = stands[group[side == TEST], TRAIN]
    share = float(exposed.mean()) if len(exposed) else 0.0
    detail = (
        f"{count:,} of {len(stands):,} {noun}s stand on two sides; "
        f"{share:.0%} of what is tested was also trained on"
    )
    return Leak(kind, detail, count)


def _search_pairs(near_duplicates: ArrayLike, split: Split) -> Leak:
    pairs, side = np.asarray(near_duplicates, np.intp).reshape(-1, 2), np.asarray(split.side)
    count = int((side[pairs[:, 0]] != side[pairs[:, 1]]).sum())
    stand = f"{count:,} of {len(pairs):,}" if count else f"none of {len(pairs):,}"
    return Leak("near-duplicate", f"{stand} near-duplicate pairs stand on two sides", count)
