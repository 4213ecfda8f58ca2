"""A population of phrases, and the step from one generation to the next.

A `Population` is a value: `step` makes the next one from it, the ratings of its phrases and a
random generator, and is the same in the terminal and in the studio. It remembers every phrase
that was ever in it, so that the stand-in ear learns from all that was said.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from muso.compose.evolve.genome import Form, Genomes, decode, within
from muso.compose.evolve.taste import MOST_STARS, Ear, Verdicts, learn_taste
from muso.errors import UsageError
from muso.music.score import Score

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]

FEWEST_PAIRS = 10
"""From which an agreement is told."""


@dataclass(frozen=True)
class Breeding:
    """How generations are bred.

    Attributes:
        size: phrases a generation, 4…60.
        mutations: bits that may flip in each child, 0…64.
        probability: that each of them does, 0…1.
        kept: best phrases that go on unchanged, 0…size - 1.
        brood: phrases bred and screened in each of the rounds that a generation takes, 20…2000.
        repeats: whether a phrase may come more than once.

    Raises:
        UsageError: a value out of its range.
    """

    size: int = 10
    mutations: int = 2
    probability: float = 0.5
    kept: int = 3
    brood: int = 200
    repeats: bool = False

    def __post_init__(self) -> None:
        within("size", self.size, 4, 60)
        within("mutations", self.mutations, 0, 64)
        within("probability", self.probability, 0, 1, whole=False)
        within("kept", self.kept, 0, self.size - 1)
        within("brood", self.brood, 20, 2000)


@dataclass(frozen=True)
class Ratings:
    """What was said of one generation, by number in it, from 0.

    Attributes:
        stars: number to stars, 0…5. Phrases may be left out; a phrase rated before keeps its
            stars unless it is rated again.
        choices: pairs of numbers, the phrase preferred first.

    Raises:
        UsageError: stars that are no whole number 0…5, a phrase preferred to itself.

    >>> Ratings({0: 4, 3: 1}, choices=((0, 3),)).stars[3]
    1
    """

    stars: Mapping[int, int] = field(default_factory=dict)
    choices: tuple[tuple[int, int], ...] = ()

    def __post_init__(self) -> None:
        for stars in self.stars.values():
            within("a rating", stars, 0, MOST_STARS)
        for preferred, other in self.choices:
            if preferred == other:
                raise UsageError(f"phrase {preferred} can't be preferred to itself")


@dataclass(frozen=True, eq=False)
class Population:
    """One generation and all that came before it.

    Phrases have a row each, in order of first appearance; `current` lists those of this
    generation, kept ones first.

    Attributes:
        generation: from 0.
        current: `(number,)` rows of the phrases of this generation.
        genomes: `(row, note)` codes.
        parents: `(row, 2)` rows of two different phrases, -1 for none.
        origins: `(row,)` how each was made: `chance`, `given`, an operator's name.
        born: `(row,)` generation of first appearance.
        stars: `(row,)` 0…5, NaN where not rated.
        choices: `(choice, 2)` rows, the one preferred first.
        expected, unsure: `(row,)` stars the ear expected before the phrase was heard, and
            their standard deviation; NaN where it had nothing to go by.
        opinions: `(row, opinion)` outside opinions, NaN where not asked for yet.
        saved: rows of phrases set aside, to be quoted in later ones.
        opinion_names: `(opinion,)`.
    """

    form: Form
    breeding: Breeding
    generation: int
    current: Rows
    genomes: Genomes
    parents: Rows
    origins: tuple[str, ...]
    born: Rows
    stars: Floats
    choices: Rows
    expected: Floats
    unsure: Floats
    opinions: Floats
    saved: tuple[int, ...] = ()
    opinion_names: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.current)

    @property
    def phrases(self) -> Genomes:
        """`(number, note)` genomes of this generation."""
        return self.genomes[self.current]

    @property
    def verdicts(self) -> Verdicts:
        """All that was said so far, for the ear to learn from."""
        return Verdicts(self.genomes, self.stars, self.choices)

    def score(self, number: int) -> Score:
        """The music of phrase `number` of this generation, from 0."""
        return decode(self.genomes[self.row(number)], self.form)

    def row(self, number: int) -> int:
        """The row of phrase `number` of this generation, from 0.

        Raises:
            UsageError: no such phrase.
        """
        within("the phrase's number", number, 0, len(self) - 1)
        return int(self.current[number])

    def name(self, row: int) -> str:
        """`row` as people see it: generation of its birth and number in it, from 1: `g002-p07`."""
        siblings = np.flatnonzero(self.born == self.born[row])
        # Kept phrases stand first in every generation but the first.
        kept = self.breeding.size - len(siblings)
        number = kept + int(np.searchsorted(siblings, row)) + 1
        return phrase_name(int(self.born[row]), number)


def rated(population: Population, ratings: Ratings) -> Population:
    """`population` with `ratings` of its phrases taken down; the latest stars of one count.

    Raises:
        UsageError: a number that no phrase of this generation has.
    """
    stars = population.stars.copy()
    for number, given in ratings.stars.items():
        stars[population.row(number)] = given
    chosen = [[population.row(number) for number in pair] for pair in ratings.choices]
    choices = np.concatenate([population.choices, np.array(chosen, np.int64).reshape(-1, 2)])
    return replace(population, stars=stars, choices=choices)


def save(population: Population, number: int) -> Population:
    """`population` with phrase `number` set aside, to be quoted in later generations."""
    row = population.row(number)
    if row in population.saved:
        return population
    return replace(population, saved=(*population.saved, row))


def listen(population: Population) -> Ear:
    """The stand-in ear, having learnt from all that was said so far.

    >>> from muso.compose.evolve.generation import start
    >>> population = start(Form(), Breeding(), np.random.default_rng(7))
    >>> said = rated(population, Ratings({0: 5, 1: 0, 2: 3}))
    >>> opinion = listen(said).opinion(said.phrases)
    >>> bool(opinion.expected[0] > opinion.expected[1])
    True
    """
    return learn_taste(population.verdicts, population.form)


def agreement(population: Population) -> float | None:
    """How often the ear, before anything was said, put two phrases in the order they then got.

    Counts pairs of phrases given different stars, and choices: 0.5 by chance, 1 at best, None
    below 10 of them. It is fair because every expectation was written down before the phrase
    was heard; on phrases bred to be alike and good it is lower than it would be on any two.
    """
    foretold = np.isfinite(population.expected)
    rows = np.flatnonzero(foretold & np.isfinite(population.stars))
    said = np.sign(population.stars[rows, None] - population.stars[rows])
    expected = np.sign(population.expected[rows, None] - population.expected[rows])
    among_stars = (said * expected)[np.triu(said != 0)]
    choices = population.choices[foretold[population.choices].all(axis=1)]
    lead = population.expected[choices[:, 0]] - population.expected[choices[:, 1]]
    right = np.append(among_stars, np.sign(lead))
    return float((1 + right.mean()) / 2) if len(right) >= FEWEST_PAIRS else None


def best(population: Population, count: int) -> Rows:
    """`(number,)` rows of the `count` best phrases ever heard, the best first.

    By stars, and by the ear among equals; by the ear alone where there were only choices.
    Phrases nobody said anything of are never among them.
    """
    expected = listen(population).opinion(population.genomes).expected
    rows = np.flatnonzero(np.isfinite(population.stars))
    if len(rows) == 0:
        rows = np.unique(population.choices)
    stars = np.nan_to_num(population.stars[rows])
    return rows[np.lexsort((-expected[rows], -stars))][:count]


def phrase_name(generation: int, number: int) -> str:
    """What people see: the generation from 0 and the number in it from 1.

    >>> phrase_name(2, 7)
    'g002-p07'
    """
    return f"g{generation:03}-p{number:02}"
