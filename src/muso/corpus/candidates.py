"""Pairs of lines that may share music, without comparing every pair.

An inverted index: windows of all lines are sorted, and only lines that stand side by side under
the same window are ever paired. A window counts the less the more lines have it (1 over the
others that do), so that what everybody writes joins nobody. Time and memory grow in step with
the number of lines: about 8 KB a line, and one block of pairs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from muso.corpus.fingerprint import grams

SAMPLED = 4
"""One window in this many is indexed: those whose hash falls lowest, the same in every line."""

LEAST_SAMPLE = 64
"""Short lines keep at least this many windows, if they have them."""

MOST_NEIGHBOURS = 32
"""A line is paired with this many of the next lines under a window. Were there a thousand copies
of one piece, they would still hang together, each with its neighbours."""

BLOCK = 2_000_000
"""Pairs looked at in one go: some 100 MB."""

LEAST_SHARED = 2
"""Sampled windows that two lines must share to be looked at."""

LEAST_OVERLAP = 0.02


@dataclass(frozen=True, eq=False)
class Candidates:
    """Pairs of lines worth aligning.

    Attributes:
        first, second: `(pair,)` indices of the lines, `first` the lower.
        overlap: `(pair,)` the share of the line that has less to say found in the other, each
            window weighed by its rarity; 0…1.
    """

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    overlap: NDArray[np.float64]


def find_candidates(lines: Sequence[NDArray[np.uint8]]) -> Candidates:
    """Find the pairs of lines that share enough rare windows.

    >>> rng = np.random.default_rng(0)
    >>> lines = [rng.integers(40, 80, 200).astype(np.uint8) for _ in range(3)]
    >>> found = find_candidates([*lines, lines[1][50:150] + 2])
    >>> found.first.tolist(), found.second.tolist()
    ([1], [3])
    """
    index = _Index.of(lines)
    found = [_of_block(index, entries) for entries in index.blocks()]
    if not found:
        return Candidates(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
    first, second, overlap = (np.concatenate(column) for column in zip(*found, strict=True))
    return Candidates(first, second, overlap)


@dataclass(frozen=True, eq=False)
class _Index:
    """The windows that two lines or more have, sorted; under one window the lines ascend.

    Attributes:
        line: `(entry,)` which line has the window.
        weight: `(entry,)` what it counts.
        neighbours: `(entry,)` how many of the next entries belong to the same window.
        by_line: `(entry,)` indices of the entries, line by line.
        said: `(line,)` the sum of the weights of all its windows, those it has alone included.
    """

    line: NDArray[np.int32]
    weight: NDArray[np.float32]
    neighbours: NDArray[np.int8]
    by_line: NDArray[np.int32]
    said: NDArray[np.float64]

    @classmethod
    def of(cls, lines: Sequence[NDArray[np.uint8]]) -> _Index:
        sampled = [_sample(line) for line in lines]
        code = np.concatenate([*sampled, np.zeros(0, np.uint32)])
        line = np.repeat(np.arange(len(lines), dtype=np.int32), [len(own) for own in sampled])
        del sampled
        order = np.argsort(code, kind="stable")
        code, line = code[order], line[order]
        del order
        starts = np.flatnonzero(np.append(True, code[1:] != code[:-1])[: len(code)])
        lengths = np.diff(np.append(starts, len(code)))
        weight = np.repeat((1.0 / np.maximum(lengths - 1, 1)).astype(np.float32), lengths)
        said = np.bincount(line, weights=weight, minlength=len(lines)).astype(np.float64)
        # Most windows stand in one line alone and can be forgotten now.
        shared = np.repeat(lengths > 1, lengths)
        line, weight, lengths = line[shared], weight[shared], lengths[lengths > 1]
        ends = np.repeat(np.cumsum(lengths), lengths)
        after = np.minimum(ends - np.arange(len(line)) - 1, MOST_NEIGHBOURS)
        by_line = np.argsort(line, kind="stable").astype(np.int32)
        return cls(line, weight, after.astype(np.int8), by_line, said)

    def blocks(self) -> Iterator[NDArray[np.int32]]:
        """Entries in groups of whole lines with about `BLOCK` pairs each."""
        pairs = np.cumsum(self.neighbours[self.by_line], dtype=np.int64)
        line = self.line[self.by_line]
        start = 0
        while start < len(line):
            reached = int(pairs[start - 1]) if start else 0
            end = max(int(np.searchsorted(pairs, reached + BLOCK, "right")), start + 1)
            # A line's entries stay together, or its pairs would be counted in two places.
            end = int(np.searchsorted(line, line[end - 1], "right"))
            yield self.by_line[start:end]
            start = end


def _sample(line: NDArray[np.uint8]) -> NDArray[np.uint32]:
    code = np.unique(grams(line).code)
    low = int(np.searchsorted(code, 2**32 // SAMPLED))
    return code[: max(low, LEAST_SAMPLE)]


def _of_block(
    index: _Index, entries: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    neighbours = index.neighbours[entries].astype(np.int64)
    entry = np.repeat(entries, neighbours)
    before = np.repeat(np.cumsum(neighbours) - neighbours, neighbours)
    other = entry + (np.arange(len(entry)) - before + 1)
    lines = len(index.said)
    pair = index.line[entry].astype(np.int64) * lines + index.line[other]
    pair, inverse, count = np.unique(pair, return_inverse=True, return_counts=True)
    shared = np.bincount(inverse, weights=index.weight[entry], minlength=len(pair))
    first, second = pair // lines, pair % lines
    overlap = shared / np.minimum(index.said[first], index.said[second])
    kept = (count >= LEAST_SHARED) & (overlap >= LEAST_OVERLAP)
    return first[kept], second[kept], overlap[kept]
