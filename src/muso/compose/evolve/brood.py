"""Breeding many phrases at once from a pool of parents."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from muso.compose.evolve.genome import REST, Form, Genomes, degrees_of, plain
from muso.compose.evolve.operators import OPERATORS, Parents, crossover, flip_bits
from muso.compose.evolve.population import Breeding
from muso.errors import UsageError

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]

CROSSED = 0.5
"""Share of children that mix both parents' bits before anything else happens to them."""
UNTOUCHED = 3
"""Chances, beside one for each musical operator, that none is applied."""
DRAWS = 50
"""Attempts at phrases by chance that are different from those there are."""


@dataclass(frozen=True, eq=False)
class Brood:
    """Phrases and where they come from; `parents` are rows of the population, `(phrase, 2)`."""

    genomes: Genomes
    parents: Rows
    origins: NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.genomes)

    def take(self, rows: Rows) -> Brood:
        """Those in `rows`, in that order."""
        return Brood(self.genomes[rows], self.parents[rows], self.origins[rows])

    def join(self, other: Brood) -> Brood:
        """Both, one after the other."""
        return Brood(
            np.concatenate([self.genomes, other.genomes]),
            np.concatenate([self.parents, other.parents]),
            np.concatenate([self.origins, other.origins]),
        )


def offspring(
    pool: Brood,
    weights: Floats,
    saved: Genomes,
    form: Form,
    breeding: Breeding,
    rng: np.random.Generator,
) -> Brood:
    """`breeding.brood` children of pairs drawn from `pool` by `weights`, at least two of them.

    The parents of a child differ: single-point crossover of half of them, then for most a
    musical operator, then bit flips. Children of children name the phrases of the population
    that they descend from.
    """
    count = breeding.brood
    # The largest of weights times exponential noise: a draw by weight without replacement.
    lots = np.log(np.maximum(weights, 1e-12)) + rng.gumbel(size=(count, len(pool)))
    pair = np.argsort(-lots, axis=1)[:, :2]
    first, second = pool.genomes[pair[:, 0]], pool.genomes[pair[:, 1]]
    quoted = saved[rng.integers(len(saved), size=count)] if len(saved) else second
    crossed = rng.random(count) < CROSSED
    mixed = crossover(Parents(first, second, quoted, form), rng)
    children = np.where(crossed[:, None], mixed, first)
    origins = np.where(crossed, "crossover", "flip").astype("<U16")
    names = [name for name in OPERATORS if name != "quote" or len(saved)]
    chosen = rng.integers(len(names) + UNTOUCHED, size=count)
    for k, name in enumerate(names):
        rows = np.flatnonzero(chosen == k)
        those = Parents(children[rows], second[rows], quoted[rows], form)
        children[rows] = OPERATORS[name](those, rng)
        origins[rows] = name
    children = flip_bits(children, breeding.mutations, breeding.probability, rng)
    return Brood(children, _lineage(pool.parents[pair]), origins)


def _lineage(ancestors: Rows) -> Rows:
    """`(child, 2)` one ancestor from each parent, `(child, parent, 2)`, differing if they can."""
    one, other = ancestors[:, 0, 0], ancestors[:, 1, 0]
    return np.stack([one, np.where(other == one, ancestors[:, 1, 1], other)], axis=1)


def sounding(genomes: Genomes, form: Form) -> Rows:
    """Rows of the phrases that are not silent."""
    return np.flatnonzero((degrees_of(genomes, form) != REST).any(axis=1))


def different(genomes: Genomes, among: Genomes, form: Form) -> Rows:
    """Rows of the phrases that sound, differ from each other and from all `among`, in order."""
    seen = {genome.tobytes() for genome in plain(among, form)}
    codes = [genome.tobytes() for genome in plain(genomes, form)]
    kept = []
    for row in sounding(genomes, form).tolist():
        if codes[row] not in seen:
            seen.add(codes[row])
            kept.append(row)
    return np.array(kept, np.int64)


def draw(
    count: int, among: Genomes, form: Form, breeding: Breeding, rng: np.random.Generator
) -> Genomes:
    """`count` phrases by chance; unless repeats are wanted, different from all `among`.

    Raises:
        UsageError: the form has too few different phrases.
    """
    drawn = np.zeros((0, form.slots), np.uint8)
    for _ in range(DRAWS):
        more = rng.integers(0, 16, (2 * count, form.slots), np.uint8)
        if breeding.repeats:
            more = more[sounding(more, form)]
        else:
            more = more[different(more, np.concatenate([among, drawn]), form)]
        drawn = np.concatenate([drawn, more])[:count]
        if len(drawn) == count:
            return drawn
    raise UsageError(
        f"phrases of {form.slots} notes come in too few kinds for {breeding.size} different "
        "ones: ask for more bars, for fewer phrases, or allow repeats"
    )
