"""Phrases that loop: a whole number of bars, cut where the end leads back to the start."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from muso.errors import UsageError
from muso.music.bars import NEAR_BEATS, Bars
from muso.music.score import Changes, Key, Meter, Score
from muso.music.tonality import find_key

PARTS = 8
"""Parts of a bar that are compared for what sounds in them."""
HELD_COST = 0.5
"""What a seam costs whose every note is cut, beside 1 for two bars that share nothing."""
ALL_NOTES_OFF = 123
"""The channel mode message that stands at the end, so that the file is as long as the loop."""


def make_loop(score: Score, bars: int) -> Score:
    """A phrase of `bars` bars from `score` that can be played round and round.

    Of all places it takes the one whose end leads back best: the bar that would follow is most
    like the first, and fewest notes sound across the seam. Notes that do are ended there. The
    phrase has one tempo, one meter and one key; the file is exactly as long as its bars, so that
    a sequencer puts the end of the clip on the bar line.

    Args:
        score: with at least `bars` bars of one meter.
        bars: length of the phrase, 1 and more.

    Raises:
        UsageError: the score has no run of so many bars of one meter with a note in it.

    >>> looped = make_loop(Score.of([60, 64, 67, 72] * 4, np.arange(16), 2), 2)
    >>> float(looped.changes.onset_beats[-1]), looped.length_beats
    (8.0, 8.0)
    """
    laid = Bars.of(score)
    starts = _starts(score, laid, bars)
    if not len(starts):
        raise UsageError(
            f"a loop of {bars} bars needs as many of one meter; this piece has "
            f"{len(laid.onset_beats)}: ask for a shorter loop"
        )
    cost = _seams(score, laid, starts, bars)
    first = int(starts[int(np.argmin(cost))])
    length = float(laid.length_beats[first])
    start = float(laid.onset_beats[first])
    return _cut(score, start, start + bars * length, _meter(score, start))


def _starts(score: Score, laid: Bars, bars: int) -> NDArray[np.int64]:
    """Bars at which a run of `bars` whole bars of one length starts that has notes in it."""
    count = len(laid.onset_beats)
    if bars > count:
        return np.zeros(0, np.int64)
    first = np.arange(count - bars + 1)
    follows = np.append(laid.onset_beats[1:], laid.onset_beats[-1] + laid.length_beats[-1])
    whole = np.abs(follows - laid.onset_beats - laid.length_beats) < NEAR_BEATS
    # A run is of one meter where each bar is whole and as long as the one it starts with.
    run = np.array(
        [
            whole[n : n + bars].all() and np.ptp(laid.length_beats[n : n + bars]) < NEAR_BEATS
            for n in first
        ]
    )
    struck = np.bincount(laid.bar_at(score.onset_beats), minlength=count) > 0
    return np.asarray(first[run & struck[first]], np.int64)


def _seams(score: Score, laid: Bars, starts: NDArray[np.int64], bars: int) -> NDArray[np.float64]:
    """`(start,)` how much each loop's end jars with its start, 0…1.5."""
    sounding = _sounding(score, laid)
    length = laid.length_beats[starts]
    end = laid.onset_beats[starts] + bars * length
    held = _count(score, end - bars * length, end, until=end + NEAR_BEATS)
    struck = _count(score, end - length, end)
    after = np.minimum(starts + bars, len(sounding) - 1)
    one, other = sounding[starts], sounding[after]
    size = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    alike = (one * other).sum(1) / np.maximum(size, 1e-9)
    # Where the piece ends with the loop, nobody can say how it would have gone on.
    alike[starts + bars >= len(sounding)] = 0.0
    return np.asarray(1.0 - alike + HELD_COST * np.minimum(held / np.maximum(struck, 1), 1.0))


def _count(
    score: Score,
    start: NDArray[np.float64],
    end: NDArray[np.float64],
    until: NDArray[np.float64] | None = None,
) -> NDArray[np.int64]:
    """`(span,)` how many notes begin in each span, or only those that sound past `until`."""
    begins = (score.onset_beats >= start[:, None]) & (score.onset_beats < end[:, None] - NEAR_BEATS)
    if until is not None:
        begins &= score.onset_beats + score.duration_beats > until[:, None]
    return np.asarray(begins.sum(1), np.int64)


def _sounding(score: Score, laid: Bars) -> NDArray[np.float64]:
    """`(bar, part × pitch class)` notes struck in each part of each bar."""
    bar = laid.bar_at(score.onset_beats)
    within = (score.onset_beats - laid.onset_beats[bar]) / laid.length_beats[bar]
    part = np.clip((within * PARTS + 0.5).astype(np.int64), 0, PARTS - 1)
    table = np.zeros((len(laid.onset_beats), PARTS, 12))
    np.add.at(table, (bar, part, score.pitch % 12), 1.0)
    return table.reshape(len(table), -1)


def _meter(score: Score, start: float) -> Meter:
    before = [m for m in score.meters if m.onset_beats <= start + NEAR_BEATS]
    return replace(before[-1], onset_beats=0.0) if before else Meter(0.0, 4, 4)


def _cut(score: Score, start: float, end: float, meter: Meter) -> Score:
    """The notes of `[start, end)` as a score of one tempo, meter and key."""
    # A note played a little before the bar line belongs to the bar it leads.
    inside = (score.onset_beats >= start - NEAR_BEATS) & (score.onset_beats < end - NEAR_BEATS)
    kept = score.select(inside)
    onsets = np.maximum(kept.onset_beats - start, 0.0)
    seconds = float(np.diff(score.seconds_at(np.array([start, end])))[0])
    length = end - start
    pitched = kept.select(kept.pitched)
    weight = np.bincount(pitched.pitch % 12, pitched.duration_beats, minlength=12).astype(float)
    parts = np.unique(kept.track)
    closing = Changes(
        np.full(len(parts), length),
        parts.astype(np.int16),
        np.full(len(parts), ALL_NOTES_OFF, np.int16),
        np.zeros(len(parts), np.int16),
    )
    return replace(
        kept,
        onset_beats=onsets,
        duration_beats=np.minimum(kept.duration_beats, length - onsets),
        tempo_onset_beats=np.zeros(1),
        tempo_bpm=np.array([60.0 * length / max(seconds, 1e-6)]),
        meters=(meter,),
        keys=(_key(weight),),
        changes=closing,
    )


def _key(weight: NDArray[np.float64]) -> Key:
    tonic, minor, _ = find_key(weight)
    # Up a fifth is a sharp more; a minor key has those of the major three semitones above.
    sharps = ((tonic + (3 if minor else 0)) * 7 + 5) % 12 - 5
    return Key(0.0, int(sharps), bool(minor))
