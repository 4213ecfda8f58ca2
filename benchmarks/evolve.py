"""Ratings that breeding by ear needs, beside the earlier algorithm, with simulated listeners.

    python -m benchmarks.evolve --json

Each listener has a hidden taste, a score 0…1 of any phrase, and rates as people do: in whole
stars 0…5, with noise. The earlier algorithm breeds 20 generations of ten phrases (200 ratings);
what counts is the hidden score, without noise, of the best phrase that the listener heard. The
ratio is how many ratings muso needs to reach that score, over 200; both begin with the same
ten phrases, and their listeners draw noise from the same seeds. `ratings_ratio_of_picks` asks
the same of the one phrase that each would hand over, the best rated.

The tastes reported were written before the taste model and never used while tuning it; tuning
was done on `--tuning`'s, with other seeds. `explained` is how much of each hidden score the
ear's traits explain in phrases held out (linear R²): for `mirror` and `answer`, nothing.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from benchmarks.evolve_listeners import FORM, REPORTED, TUNING, Floats, Listener, Taste, chance
from muso.compose.evolve.generation import start, step
from muso.compose.evolve.genome import Genomes
from muso.compose.evolve.population import Breeding, Ratings, best
from muso.compose.evolve.traits import traits

EARLIER_RATINGS = 200
"""20 generations of 10."""
MOST_RATINGS = 400
"""After which muso's breeding counts as never having got there."""


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
    theirs, their_pick = earlier(listener, population.phrases, np.random.default_rng([seed, 4]))
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
        pick = population.genomes[best(population, 1)]
        if listener.score(pick)[0] >= their_pick:
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
        "step_s": {
            "median": round(float(np.median(steps)), 4),
            "max": round(float(steps.max()), 4),
        },
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
    tastes, first = (TUNING, 0) if asked.tuning else (REPORTED, 2000)
    found = compare(tastes, range(first, first + asked.seeds))
    if asked.json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f"{name}: {value}")


if __name__ == "__main__":
    main()
