"""Copying: how long a run of notes a made piece shares with the pieces it was learnt from.

A tune is still copied when it is transposed, played at another tempo or unevenly. So a note is
known by its interval to the note before (in order of attack, then pitch), by whether it begins
together with it, and by whether the time since the attack before is shorter than, like or longer
than the one before that. That finds more than a comparison of exact notes would: stock figures
too, such as scales and broken chords. What real pieces nobody copied share with the same training
pieces is therefore the measure to hold the figure against.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from muso.judge.intervals import Interval, share_interval
from muso.music.bars import Bars
from muso.music.score import Score
from muso.represent.descriptors import attacks_of

Tokens = NDArray[np.int32]

LONGEST = 512
"""Notes; longer runs count as this long."""
BARS = 2.0
"""A piece copies when a run spans more bars than this, …"""
FEWEST = 12
"""… and holds at least so many notes: in slow music two bars hold a few, alike by chance."""
LIKE = 4 / 3
"""Times between attacks are alike up to this ratio: under the 3:2 of a dotted note."""


@dataclass(frozen=True, eq=False)
class Copying:
    """What made pieces share with training pieces.

    Attributes:
        notes: `(piece,)` longest run shared, in notes.
        bars: `(piece,)` longest run of at least `FEWEST` notes, in bars of the made piece.
        share: of the pieces that copy more than `BARS` bars, 0…1.
    """

    notes: NDArray[np.int64]
    bars: NDArray[np.float64]
    share: Interval

    def as_dict(self) -> Mapping[str, object]:
        """The figures as JSON holds them."""
        return {
            "share": self.share.as_dict(),
            "longest_notes": int(self.notes.max(initial=0)),
            "median_notes": float(np.median(self.notes)),
        }


def measure_copying(made: Sequence[Score], training: Sequence[Score], seed: int = 0) -> Copying:
    """The longest runs that each of `made` shares with any of `training`.

    Args:
        made: at least one piece.
        training: what they may have been copied from.
        seed: of the interval's bootstrap.

    >>> from muso.music.midi import read_score
    >>> bach, other = (read_score(f"examples/bach-{bwv}.mid") for bwv in ("bwv66-6", "bwv269"))
    >>> measure_copying([bach], [bach]).share.value, measure_copying([bach], [other]).share.value
    (1.0, 0.0)
    """
    runs = shared_runs([tokens_of(score) for score in made], [tokens_of(s) for s in training])
    notes = np.array([int(run.max(initial=0)) for run in runs])
    bars = np.array([_bars(score, run) for score, run in zip(made, runs, strict=True)])
    return Copying(notes, bars, share_interval(bars > BARS, seed=seed))


def tokens_of(score: Score) -> Tokens:
    """`(note - 1,)` what each pitched note but the first is known by.

    >>> a = Score.of([60, 64, 62], [0, 1, 2], [1, 1, 1])
    >>> bool((tokens_of(a) == tokens_of(a.transpose(5))).all())
    True
    """
    score = score.select(score.pitched)
    if len(score) < 2:
        return np.zeros(0, np.int32)
    attacks = attacks_of(score)
    order = np.lexsort((score.pitch, attacks.of_note))
    pitch, attack = score.pitch[order].astype(np.int32), attacks.of_note[order]
    gap_s = np.diff(attacks.onset_s)
    ratio = np.ones(len(attacks.onset_s))
    ratio[2:] = gap_s[1:] / gap_s[:-1]
    rhythm = 1 + (ratio > LIKE).astype(np.int32) - (ratio < 1 / LIKE)
    new = np.diff(attack) > 0
    return (np.diff(pitch) + 127) * 4 + np.where(new, 1 + rhythm[attack[1:]], 0).astype(np.int32)


def shared_runs(made: Sequence[Tokens], training: Sequence[Tokens]) -> list[NDArray[np.int64]]:
    """For each made piece `(note - 1,)`: notes of the longest run from there that training has.

    The suffixes of all pieces are sorted by their first `LONGEST` tokens (prefix doubling, Manber
    and Myers 1993); a suffix shares most with a neighbour in that order.

    >>> [run.tolist() for run in shared_runs([np.array([5, 6, 9])], [np.array([4, 5, 6])])]
    [[3, 2, 0]]
    """
    pieces = [*made, *training]
    # A token of its own ends each piece, so that no run goes on into the next.
    ended = [np.append(piece, -1 - number) for number, piece in enumerate(pieces)]
    tokens = np.concatenate(ended).astype(np.int64)
    starts = np.cumsum([0, *(len(piece) for piece in ended)])
    border = int(starts[len(made)])
    order = _sorted_suffixes(tokens)
    of_training = order >= border
    at = np.arange(len(order))
    before = np.maximum.accumulate(np.where(of_training, at, -1))
    after = np.minimum.accumulate(np.where(of_training, at, len(order))[::-1])[::-1]
    mine = np.flatnonzero(~of_training)
    longest = np.zeros(border, np.int64)
    for neighbour in (before[mine], after[mine]):
        there = (neighbour >= 0) & (neighbour < len(order))
        own, other = order[mine[there]], order[neighbour[there]]
        longest[own] = np.maximum(longest[own], _alike(tokens, own, other))
    # So many tokens alike are one more note: the first one's own pitch is nobody's.
    notes = np.where(longest > 0, longest + 1, 0)
    return [notes[starts[n] : starts[n + 1] - 1] for n in range(len(made))]


def _sorted_suffixes(tokens: NDArray[np.int64]) -> NDArray[np.int64]:
    rank = np.unique(tokens, return_inverse=True)[1].reshape(-1).astype(np.int64)
    width = 1
    while True:
        later = np.zeros(len(rank), np.int64)
        later[:-width] = rank[width:] + 1
        key = rank * (len(rank) + 1) + later
        order = np.argsort(key, kind="stable")
        new = np.empty(len(rank), np.int64)
        new[order] = np.cumsum(np.append(0, np.diff(key[order]) > 0))
        rank, width = new, width * 2
        if width >= min(LONGEST, len(rank)) or rank[order[-1]] == len(rank) - 1:
            return order


def _alike(
    tokens: NDArray[np.int64], one: NDArray[np.int64], other: NDArray[np.int64]
) -> NDArray[np.int64]:
    """How many tokens from each of `one` and `other` on are the same."""
    count = np.zeros(len(one), np.int64)
    going = np.arange(len(one))
    while len(going) and count[going[0]] < LONGEST:
        a, b = one[going] + count[going], other[going] + count[going]
        inside = np.maximum(a, b) < len(tokens)
        going, a, b = going[inside], a[inside], b[inside]
        going = going[tokens[a] == tokens[b]]
        count[going] += 1
    return count


def _bars(score: Score, run: NDArray[np.int64]) -> float:
    """The longest of the runs of at least `FEWEST` notes, in bars of `score`."""
    long = np.flatnonzero(run >= FEWEST)
    if len(long) == 0:
        return 0.0
    score = score.select(score.pitched)
    order = np.lexsort((score.pitch, attacks_of(score).of_note))
    onset = score.onset_beats[order]
    bars = Bars.of(score)
    begun = np.append(bars.onset_beats, bars.onset_beats[-1] + bars.length_beats[-1])
    place = np.interp(onset, begun, np.arange(len(begun)))
    last = np.minimum(long + run[long] - 1, len(place) - 1)
    return float((place[last] - place[long]).max())
