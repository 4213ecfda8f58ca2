"""Simulated listeners with hidden tastes, for `benchmarks.evolve`.

A taste is a function of the notes, 0…1. REPORTED was written before the taste model, and never
used while tuning it; TUNING has other tastes. `mirror` and `answer` in the one, `tiling` in the
other rest on qualities that none of the taste model's traits measures.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from muso.compose.evolve.genome import REST, Form, Genomes, degrees_of

FORM = Form()
NOISE_STARS = 0.6
"""Standard deviation of a listener's rating of the same phrase, before rounding."""

Floats = NDArray[np.float64]
Degrees = NDArray[np.int8]
Taste = Callable[[Degrees, np.random.Generator], Floats]
"""From `(phrase, note)` degrees to `(phrase,)` liking; the rng draws what varies by listener."""


def onsets(d: Degrees) -> NDArray[np.bool_]:
    """`(phrase, note)` where a note starts."""
    before = np.roll(d, 1, axis=1)
    before[:, 0] = REST
    return np.asarray((d != REST) & (d != before))


def share(hits: NDArray[np.bool_], among: NDArray[np.bool_]) -> Floats:
    """`(phrase,)` the share of `among` where there are `hits`, 0 where there is nothing."""
    return np.asarray((hits & among).sum(1) / np.maximum(among.sum(1), 1), np.float64)


def bump(x: Floats, at: float, width: float) -> Floats:
    """1 where `x` is `at`, falling off within `width`."""
    return np.asarray(np.exp(-0.5 * ((x - at) / width) ** 2))


def held(d: Degrees) -> Degrees:
    """Degrees with every rest replaced by the note before it, or by the first note."""
    last = np.maximum.accumulate(np.where(d != REST, np.arange(d.shape[1]), -1), axis=1)
    first = np.argmax(d != REST, axis=1)[:, None]
    return np.take_along_axis(d, np.where(last < 0, first, last), axis=1)


def moves(d: Degrees) -> tuple[Floats, NDArray[np.bool_]]:
    """Steps from each slot to the next, `(phrase, note - 1)`, and where a note starts on it."""
    line = held(d).astype(np.float64)
    return np.diff(line, axis=1), onsets(d)[:, 1:]


def alike(a: Degrees, b: Degrees) -> Floats:
    """How near slots are, 0…1: 1 for the same degree or rest for rest, 0 three steps away."""
    near = np.clip(1 - np.abs(a.astype(np.float64) - b) / 3, 0, 1)
    return np.where((a == REST) | (b == REST), (a == REST) & (b == REST), near)


def excess(d: Degrees, partner: Degrees) -> Floats:
    """How much nearer slots are to their partners than to any slot of the partners, at most 1.

    Sameness all over the phrase earns nothing: a held note is as near to every slot.
    """
    matched = alike(d, partner).mean(1)
    chance = np.mean([alike(d, np.roll(partner, k, 1)) for k in range(1, d.shape[1])], 0).mean(1)
    return np.asarray((matched - chance) / np.maximum(1 - chance, 0.3))


def calm(d: Degrees, rng: np.random.Generator) -> Floats:
    """Few notes, low, by small steps."""
    leap, starts = moves(d)
    size = (np.abs(leap) * starts).sum(1) / np.maximum(starts.sum(1), 1)
    low = 1 - share(d >= 4, d != REST)
    few = bump(onsets(d).mean(1), rng.uniform(0.3, 0.45), 0.2)
    return np.asarray((few + low + bump(size, 1, 1.2)) / 3)


def arch(d: Degrees, rng: np.random.Generator) -> Floats:
    """A line that rises to a peak somewhere in the middle and falls again."""
    t = np.linspace(0, 1, d.shape[1])
    peak = rng.uniform(0.3, 0.7)
    wanted = np.where(t < peak, t / peak, (1 - t) / (1 - peak)) * 7
    fit = 1 - np.abs(held(d) - wanted).mean(1) / 3.5
    return np.asarray(np.clip(fit, 0, 1) * np.minimum(1, (d != REST).mean(1) / 0.5))


def groove(d: Degrees, rng: np.random.Generator) -> Floats:
    """Notes that start off the beat and hold over it."""
    start = onsets(d)
    off, on = start[:, 1::2], start[:, 2::2]
    over = (d[:, 1:-1:2] == d[:, 2::2]) & off[:, :-1] & ~on
    return np.asarray(0.7 * over.mean(1) + 0.3 * off.mean(1))


def cadence(d: Degrees, rng: np.random.Generator) -> Floats:
    """Chord tones on the beats, and an end on the root by way of its neighbours."""
    beats = d[:, ::2]
    chord = np.isin(beats, [[0, 2, 4, 7], [0, 3, 5, 7]][int(rng.integers(2))]).mean(1)
    line = held(d)
    home, led = np.isin(line[:, -1], (0, 7)), np.isin(line[:, -3], (1, 6, 4))
    return np.asarray(0.7 * chord + 0.2 * home + 0.1 * led)


def middling(d: Degrees, rng: np.random.Generator) -> Floats:
    """Neither much nor little: of silence, of leaping, of different notes, all at once."""
    leap, starts = moves(d)
    size = (np.abs(leap) * starts).sum(1) / np.maximum(starts.sum(1), 1)
    kinds = np.sum([(d == k).any(1) for k in range(8)], 0).astype(np.float64)
    rests = (d == REST).mean(1)
    of_rests = bump(rests, rng.uniform(0.15, 0.3), 0.12)
    of_leaps = bump(size, rng.uniform(1.3, 2), 0.6)
    return np.asarray(np.cbrt(of_rests * of_leaps * bump(kinds, 5, 1.2)))


def gap_fill(d: Degrees, rng: np.random.Generator) -> Floats:
    """Leaps of three steps and more, each answered by a step or two back the other way."""
    leap, _ = moves(d)
    now, after = leap[:, :-1], leap[:, 1:]
    answered = (np.abs(now) >= 3) & (now * after < 0) & (np.abs(after) <= 2)
    return np.asarray(np.minimum(1, answered.mean(1) / 0.45))


def mirror(d: Degrees, rng: np.random.Generator) -> Floats:
    """The phrase reads the same backwards."""
    return np.clip(excess(d, d[:, ::-1]), 0, 1)


def answer(d: Degrees, rng: np.random.Generator) -> Floats:
    """Every second bar turns the bar before it upside down, whatever the rhythm."""
    bars = d.reshape(len(d), -1, 2, FORM.notes_a_bar)
    call, response = (bars[:, :, k].reshape(len(d), -1) for k in (0, 1))

    def mirrored(turn: int) -> Floats:
        heard = np.roll(call, turn, axis=1)
        both = (heard != REST) & (response != REST)
        near = np.clip(1 - np.abs((7.0 - heard) - response) / 3, 0, 1)
        return np.asarray((near * both).sum(1) / np.maximum(both.sum(1), 1))

    by_chance = np.mean([mirrored(k) for k in range(1, call.shape[1])], axis=0)
    fit = (mirrored(0) - by_chance) / np.maximum(1 - by_chance, 0.3)
    paired = ((call != REST) & (response != REST)).mean(1)
    return np.asarray(np.clip(fit, 0, 1) * np.minimum(1, paired / 0.6))


REPORTED: dict[str, Taste] = {
    taste.__name__: taste
    for taste in (calm, arch, groove, cadence, middling, gap_fill, mirror, answer)
}


def bright(d: Degrees, rng: np.random.Generator) -> Floats:
    """Many notes, high up."""
    return np.asarray(0.5 * onsets(d).mean(1) + 0.5 * share(d >= 5, d != REST))


def falling(d: Degrees, rng: np.random.Generator) -> Floats:
    """Lines that fall within every bar."""
    bars = held(d).reshape(len(d), -1, FORM.notes_a_bar).astype(np.float64)
    return np.asarray((np.diff(bars, axis=2) < 0).mean((1, 2)))


def returning(d: Degrees, rng: np.random.Generator) -> Floats:
    """Bars that return: the second half has the rhythm and notes of the first."""
    half = d.shape[1] // 2
    return np.clip(excess(d[:, half:], d[:, :half]), 0, 1)


def tune(d: Degrees, rng: np.random.Generator) -> Floats:
    """One tune that the listener has in mind."""
    wanted = np.clip(np.cumsum(rng.integers(-2, 3, d.shape[1])) + 4, 0, 7).astype(np.int8)
    return np.asarray(alike(d, np.broadcast_to(wanted, d.shape)).mean(1))


def zigzag(d: Degrees, rng: np.random.Generator) -> Floats:
    """Few different notes, around one of them, always turning."""
    leap, _ = moves(d)
    turns = (leap[:, 1:] * leap[:, :-1] < 0).mean(1)
    kinds = np.sum([(d == k).any(1) for k in range(8)], 0).astype(np.float64)
    centre = np.where(d == REST, 0, d).sum(1) / np.maximum((d != REST).sum(1), 1)
    around = bump(centre, rng.uniform(2, 5), 1)
    return np.asarray(np.cbrt(around * bump(turns, 0.7, 0.2) * bump(kinds, 4, 1.5)))


def tiling(d: Degrees, rng: np.random.Generator) -> Floats:
    """Each bar is the bar before it, turned round by one slot."""
    bars = d.reshape(len(d), -1, FORM.notes_a_bar)
    turned = np.roll(bars[:, :-1], 1, axis=2).reshape(len(d), -1)
    return np.clip(excess(bars[:, 1:].reshape(len(d), -1), turned), 0, 1)


def sequence(d: Degrees, rng: np.random.Generator) -> Floats:
    """The second half is the first, two steps higher."""
    half = d.shape[1] // 2
    lifted = np.where(d[:, :half] == REST, REST, (d[:, :half] + 2) % 8).astype(np.int8)
    return np.clip(excess(d[:, half:], lifted), 0, 1)


def hocket(d: Degrees, rng: np.random.Generator) -> Floats:
    """The second half sounds where the first one rests, and rests where it sounds."""
    half = d.shape[1] // 2
    apart = ((d[:, :half] == REST) != (d[:, half:] == REST)).mean(1)
    return np.asarray(apart * bump((d == REST).mean(1), 0.5, 0.25))


def ring(d: Degrees, rng: np.random.Generator) -> Floats:
    """Each bar is the bar three before it, two steps higher."""
    lag = 3 * FORM.notes_a_bar
    lifted = np.where(d[:, :-lag] == REST, REST, (d[:, :-lag] + 2) % 8).astype(np.int8)
    return np.clip(excess(d[:, lag:], lifted), 0, 1)


def pairs(d: Degrees, rng: np.random.Generator) -> Floats:
    """In each bar the outer notes lean one way and the inner ones the other."""
    bars = d.reshape(len(d), -1, FORM.notes_a_bar).astype(np.float64)
    outer, inner = bars[:, :, 0] + bars[:, :, -1], bars[:, :, 1] + bars[:, :, -2]
    sounding = (bars != REST).all(axis=2)
    return np.asarray((bump(outer + inner, 14, 2.5) * (0.3 + 0.7 * sounding)).mean(1))


def parity(d: Degrees, rng: np.random.Generator) -> Floats:
    """Even degrees in one bar, odd ones in the next."""
    bar = np.arange(d.shape[1]) // FORM.notes_a_bar
    return np.asarray(((d % 2 == bar % 2) & (d != REST)).mean(1))


def exchange(d: Degrees, rng: np.random.Generator) -> Floats:
    """The bars of the second half are those of the first, the last one first."""
    bars = d.reshape(len(d), -1, FORM.notes_a_bar)
    half = bars.shape[1] // 2
    turned = bars[:, half - 1 :: -1] if half else bars
    return np.clip(excess(bars[:, half:].reshape(len(d), -1), turned.reshape(len(d), -1)), 0, 1)


TUNING: dict[str, Taste] = {
    taste.__name__: taste
    for taste in (
        *(bright, falling, returning, tune, zigzag, tiling, sequence, hocket),
        *(ring, pairs, parity, exchange),
    )
}


@dataclass(frozen=True, eq=False)
class Listener:
    """One simulated person: a taste, and the scale on which it becomes stars.

    A middling random phrase scores 0.3 and one that is among the worst hundredth 0, as people
    fit their stars to what they hear. (Half of all random phrases have nothing of what some of
    the tastes like: those score 0.)
    """

    taste: Taste
    seed: int
    low: float
    bend: float

    @classmethod
    def of(cls, taste: Taste, seed: int) -> Listener:
        """The listener with this taste and seed, having heard 2,000 random phrases."""
        heard = degrees_of(chance(2000, np.random.default_rng(seed)), FORM)
        raw = taste(heard, np.random.default_rng([seed, 1]))
        low, middle = (float(q) for q in np.quantile(raw, [0.01, 0.5]))
        typical = max((middle - low) / (1 - low), 0.02)
        return cls(taste, seed, low, float(np.log(0.3) / np.log(typical)))

    def score(self, genomes: Genomes) -> Floats:
        """`(phrase,)` the hidden score 0…1 of each phrase."""
        raw = self.taste(degrees_of(genomes, FORM), np.random.default_rng([self.seed, 1]))
        return np.clip((raw - self.low) / (1 - self.low), 0, 1) ** self.bend

    def rate(self, genomes: Genomes, rng: np.random.Generator) -> NDArray[np.int64]:
        """`(phrase,)` stars 0…5 as this listener would give them today."""
        felt = 5 * self.score(genomes) + rng.normal(0, NOISE_STARS, len(genomes))
        return np.clip(np.rint(felt), 0, 5).astype(np.int64)


def chance(count: int, rng: np.random.Generator) -> Genomes:
    """`(phrase, note)` genomes of random bits."""
    return rng.integers(0, 16, (count, FORM.slots), np.uint8)
