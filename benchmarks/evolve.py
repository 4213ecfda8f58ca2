"""Ratings that breeding by ear needs, beside the earlier algorithm, with simulated listeners.

    python -m benchmarks.evolve --json

Each listener has a hidden taste, a score 0…1 of any phrase, and rates as people do: in whole
stars 0…5, with noise. The earlier algorithm breeds 20 generations of ten phrases (200 ratings);
what counts is the hidden score, without noise, of the best phrase that the listener heard. The
ratio is how many ratings muso needs to reach that score, over 200. Both start from the same
ten phrases, and their listeners draw noise from the same seeds.

The tastes in REPORTED were written before the taste model and never used while tuning it;
TUNING has other tastes, run with other seeds. `mirror` and `answer` rest on qualities that the
taste model has no feature for: `explained` in the output is how much of each hidden score its
features explain in 2,000 random phrases (linear R², in held-out halves).
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from muso.compose.evolve.generation import start, step
from muso.compose.evolve.genome import REST, Form, Genomes, degrees_of
from muso.compose.evolve.population import Breeding, Ratings, best
from muso.compose.evolve.traits import traits

FORM = Form()
EARLIER_RATINGS = 200
"""20 generations of 10."""
MOST_RATINGS = 400
"""After which muso's breeding counts as never having got there."""
NOISE_STARS = 0.6
"""Standard deviation of a listener's rating of the same phrase, before rounding."""

Floats = NDArray[np.float64]
Degrees = NDArray[np.int8]
Taste = Callable[[Degrees, np.random.Generator], Floats]
"""From `(phrase, note)` degrees to `(phrase,)` raw liking; the rng draws what varies by listener."""


def onsets(d: Degrees) -> NDArray[np.bool_]:
    """`(phrase, note)` where a note starts."""
    before = np.roll(d, 1, axis=1)
    before[:, 0] = REST
    return (d != REST) & (d != before)


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
    return np.cbrt(of_rests * bump(size, rng.uniform(1.3, 2), 0.6) * bump(kinds, 5, 1.2))


def gap_fill(d: Degrees, rng: np.random.Generator) -> Floats:
    """Leaps of three steps and more, each answered by a step or two back the other way."""
    leap, _ = moves(d)
    now, after = leap[:, :-1], leap[:, 1:]
    answered = (np.abs(now) >= 3) & (now * after < 0) & (np.abs(after) <= 2)
    return np.minimum(1, np.asarray(answered.mean(1) / 0.45))


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
    return np.cbrt(around * bump(turns, 0.7, 0.2) * bump(kinds, 4, 1.5))


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


TUNING: dict[str, Taste] = {
    taste.__name__: taste
    for taste in (bright, falling, returning, tune, zigzag, tiling, sequence, hocket)
}


@dataclass(frozen=True, eq=False)
class Listener:
    """One simulated person: a taste, and the scale on which it becomes stars.

    A middling random phrase scores 0.3 and one that is among the worst hundredth 0, as people
    fit their stars to what they hear.
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


def earlier(listener: Listener, first: Genomes, rng: np.random.Generator) -> tuple[Floats, float]:
    """The earlier algorithm: hidden scores `(rating,)` of what it plays, and of its pick.

    Ten phrases, each rated 0 to 5 anew every generation; the two best kept; parents drawn in
    pairs by rating; single-point crossover; up to two bit flips at probability 0.5. Its pick is
    the best rated of the last generation.
    """
    ears = np.random.default_rng([listener.seed, 2])
    population = np.unpackbits(first[:, :, None], axis=2, count=4, bitorder="little")
    population = population.reshape(len(first), -1)
    scores = []
    for _ in range(EARLIER_RATINGS // len(first)):
        notes = population.reshape(len(population), -1, 4)
        heard = np.packbits(notes, axis=2, bitorder="little")[:, :, 0]
        scores.append(listener.score(heard))
        stars = listener.rate(heard, ears)
        best = np.argsort(-stars, kind="stable")
        following = [population[best[0]], population[best[1]]]
        weights = stars / stars.sum() if stars.sum() else np.full(len(stars), 1 / len(stars))
        while len(following) < len(population):
            one, other = population[rng.choice(len(population), 2, p=weights)]
            point = int(rng.integers(1, len(one)))
            for head, tail in ((one, other), (other, one)):
                child = np.concatenate([head[:point], tail[point:]])
                for _ in range(2):
                    at = int(rng.integers(len(child)))
                    child[at] ^= rng.random() < 0.5
                following.append(child)
        population = np.array(following)
    return np.concatenate(scores), float(scores[-1][best[0]])


@dataclass(frozen=True)
class Run:
    """One listener, bred for both ways.

    Attributes:
        needed: ratings until muso's listener heard a phrase as good as the best that the
            earlier algorithm's heard in 200; MOST_RATINGS if it never did.
        needed_pick: the same for the phrase that each would hand over, the best rated.
        earlier_best, best_45, best_101: hidden score of the best phrase heard, by the earlier
            algorithm after 200 ratings and by muso after 45 and 101.
        fresh_mean: mean hidden score of what muso played from the 46th to the 101st.
        step_s: seconds that each step took.
    """

    needed: float
    needed_pick: float
    earlier_best: float
    best_45: float
    best_101: float
    fresh_mean: float
    step_s: tuple[float, ...]


def run(taste: Taste, seed: int) -> Run:
    """Breed for one listener in both ways, from the same ten phrases."""
    listener = Listener.of(taste, seed)
    rng = np.random.default_rng([seed, 3])
    population = start(FORM, Breeding(), rng)
    theirs, their_pick = earlier(listener, population.phrases, rng)
    ears = np.random.default_rng([seed, 2])
    ours = np.zeros(0)
    needed = needed_pick = MOST_RATINGS
    took = []
    while len(ours) < MOST_RATINGS:
        new = np.flatnonzero(np.isnan(population.stars[population.current]))
        stars = listener.rate(population.phrases[new], ears)
        ours = np.append(ours, listener.score(population.phrases[new]))
        ratings = Ratings(dict(zip(new.tolist(), stars.tolist(), strict=True)))
        begun = time.perf_counter()
        population = step(population, ratings, rng)
        took.append(time.perf_counter() - begun)
        if listener.score(population.genomes[best(population, 1)])[0] >= their_pick:
            needed_pick = min(needed_pick, len(ours))
        if ours.max() >= theirs.max():
            needed = int(np.argmax(ours >= theirs.max())) + 1
            if len(ours) >= 101 and needed_pick < MOST_RATINGS:
                break
    return Run(
        needed,
        needed_pick,
        float(theirs.max()),
        float(ours[:45].max()),
        float(ours[:101].max()),
        float(ours[45:101].mean()),
        tuple(took),
    )


def interval(runs: dict[str, list[Run]], of: Callable[[Run], float]) -> tuple[float, float]:
    """95 % bootstrap interval of the mean over tastes and seeds, both drawn again."""
    values = np.array([[of(one) for one in per_taste] for per_taste in runs.values()])
    rng = np.random.default_rng(0)
    tastes, seeds = values.shape
    means = [
        values[row[:, None], rng.integers(seeds, size=(tastes, seeds))].mean()
        for row in rng.integers(tastes, size=(2000, tastes))
    ]
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def explained(taste: Taste) -> float:
    """Share of the hidden score's variance that the ear's traits explain, in phrases held out."""
    listener = Listener.of(taste, 0)
    genomes = chance(4000, np.random.default_rng(1))
    known = np.stack(list(traits(genomes, FORM).values()), axis=1).astype(np.float64)
    known = (known - known.mean(0)) / np.maximum(known.std(0), 1e-9)
    score = listener.score(genomes)
    fitted, held_out = slice(0, 2000), slice(2000, None)
    weights = np.linalg.solve(
        known[fitted].T @ known[fitted] + np.eye(known.shape[1]),
        known[fitted].T @ (score[fitted] - score[fitted].mean()),
    )
    missed = score[held_out] - score[fitted].mean() - known[held_out] @ weights
    return float(1 - missed.var() / score[held_out].var())


def compare(tastes: dict[str, Taste], seeds: range) -> dict[str, object]:
    """The whole comparison, as printed."""
    runs = {name: [run(taste, seed) for seed in seeds] for name, taste in tastes.items()}
    every = [one for per_taste in runs.values() for one in per_taste]

    def mean(of: str, among: list[Run] = every) -> float:
        return round(float(np.mean([getattr(one, of) for one in among])), 4)

    low, high = interval(runs, lambda one: one.needed / EARLIER_RATINGS)
    steps = np.concatenate([one.step_s for one in every])
    return {
        "ratings_ratio": round(mean("needed") / EARLIER_RATINGS, 4),
        "low": round(low, 4),
        "high": round(high, 4),
        "ratings_ratio_of_picks": round(mean("needed_pick") / EARLIER_RATINGS, 4),
        "never_reached": sum(one.needed >= MOST_RATINGS for one in every),
        "runs": len(every),
        "hidden_score": {
            "earlier_best_after_200": mean("earlier_best"),
            "best_after_45": mean("best_45"),
            "best_after_101": mean("best_101"),
            "mean_played_46_to_101": mean("fresh_mean"),
        },
        "step_s": {"median": round(float(np.median(steps)), 4), "max": round(steps.max(), 4)},
        "tastes": {
            name: {
                "ratings_ratio": round(mean("needed", per_taste) / EARLIER_RATINGS, 4),
                "earlier_best": mean("earlier_best", per_taste),
                "best_after_101": mean("best_101", per_taste),
                "explained": round(explained(tastes[name]), 3),
            }
            for name, per_taste in runs.items()
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--tuning", action="store_true", help="the tastes tuned on, other seeds")
    parser.add_argument("--seeds", type=int, default=20, help="listeners of each taste")
    asked = parser.parse_args()
    tastes, first = (TUNING, 0) if asked.tuning else (REPORTED, 1000)
    found = compare(tastes, range(first, first + asked.seeds))
    if asked.json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f"{name}: {value}")


if __name__ == "__main__":
    main()
