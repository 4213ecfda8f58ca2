"""From one generation to the next, by ratings or by the ear alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from muso.compose.evolve.brood import Brood, different, draw, offspring
from muso.compose.evolve.genome import Form, Genomes, within
from muso.compose.evolve.opinions import Predictor, consult
from muso.compose.evolve.population import Breeding, Population, Ratings, listen, rated
from muso.compose.evolve.screening import screen, top_up, worth_hearing
from muso.compose.evolve.taste import Ear, Opinion
from muso.errors import UsageError
from muso.progress import Listener, silent

Rows = NDArray[np.int64]

CURIOSITY = 3.0
"""Standard deviations that hope adds to expectation while choosing what to play."""
UNATTENDED_CURIOSITY = 0.5
"""The same where nobody will rate before the next generation."""
FEWEST_VERDICTS = 10
"""Without which generations are not bred unattended."""


def start(
    form: Form, breeding: Breeding, rng: np.random.Generator, given: Genomes | None = None
) -> Population:
    """The first generation: phrases by chance, or given ones and variations on them.

    Args:
        form: what the phrases have in common.
        breeding: how many there are, and how they will be bred.
        rng: draws them.
        given: `(phrase, note)` genomes to start from, such as `from_score` gives. Up to half of
            the generation are these, spread evenly over them; the others vary them.

    Raises:
        UsageError: the form has too few different phrases, or the given ones don't fit it.

    >>> population = start(Form(), Breeding(), np.random.default_rng(7))
    >>> population.phrases.shape, population.generation
    ((10, 32), 0)
    """
    size = breeding.size
    first = _founders(given, form, breeding, rng)
    chance = draw(size - len(first), first.genomes, form, breeding, rng)
    first = first.join(_unbred(chance, "chance"))
    return Population(
        form=form,
        breeding=breeding,
        generation=0,
        current=np.arange(size),
        genomes=first.genomes,
        parents=first.parents,
        origins=tuple(first.origins.tolist()),
        born=np.zeros(size, np.int64),
        stars=np.full(size, np.nan),
        choices=np.zeros((0, 2), np.int64),
        expected=np.full(size, np.nan),
        unsure=np.full(size, np.nan),
        opinions=np.zeros((size, 0)),
    )


def step(
    population: Population,
    ratings: Ratings,
    rng: np.random.Generator,
    predictor: Predictor | None = None,
    listener: Listener = silent,
) -> Population:
    """The next generation, bred by what was said of this one and of all before.

    Args:
        population: this generation; it is not changed.
        ratings: of its phrases; none at all is allowed, and breeds by what is known.
        rng: draws everything; the same gives the same generation.
        predictor: outside opinions for the ear to listen by as well, such as moods.
        listener: told of the predictor's progress, which takes nearly all of the time.

    Raises:
        UsageError: a rating of a phrase that there is not.

    >>> rng = np.random.default_rng(7)
    >>> population = start(Form(), Breeding(), rng)
    >>> following = step(population, Ratings({0: 5, 1: 3, 2: 4, 3: 1}), rng)
    >>> following.generation, following.current[:3].tolist()
    (1, [0, 2, 1])
    """
    said = rated(population, ratings)
    return _following(said, listen(said), rng, predictor, CURIOSITY, listener)


def auto(
    population: Population,
    generations: int,
    rng: np.random.Generator,
    predictor: Predictor | None = None,
    listener: Listener = silent,
) -> Population:
    """Breed `generations`, 1…100, with the ear alone in the listener's place.

    Raises:
        UsageError: fewer than ten ratings or choices to have learnt from.
    """
    within("generations", generations, 1, 100)
    said = len(population.verdicts)
    if said < FEWEST_VERDICTS:
        raise UsageError(
            f"the ear knows {said} of your ratings and needs {FEWEST_VERDICTS} to breed on its "
            "own: rate more phrases first"
        )
    ear = listen(population)
    for _ in range(generations):
        population = _following(population, ear, rng, predictor, UNATTENDED_CURIOSITY, listener)
    return population


def next_pair(population: Population) -> tuple[int, int]:
    """Numbers of the two phrases whose comparison would say most about which is best.

    Both are promising and the ear can't tell which is better; pairs compared before come last.

    >>> one, other = next_pair(start(Form(), Breeding(), np.random.default_rng(7)))
    >>> 0 <= one < other < 10
    True
    """
    ear = listen(population)
    expected = ear.opinion(population.phrases).expected
    shared = ear.covariance(population.phrases)
    alone = np.diag(shared)
    doubt = np.sqrt(np.maximum(alone[:, None] + alone - 2 * shared, 1e-9))
    lead = (expected[:, None] - expected) / doubt
    worth = 0.5 * (expected[:, None] + expected) + doubt * np.exp(-0.5 * lead**2)
    compared = {tuple(sorted(pair)) for pair in population.choices.tolist()}
    rows = population.current.tolist()
    pairs = [(one, other) for one in range(len(rows)) for other in range(one + 1, len(rows))]
    return max(
        pairs,
        key=lambda pair: (
            tuple(sorted((rows[pair[0]], rows[pair[1]]))) not in compared,
            worth[pair],
        ),
    )


def _founders(
    given: Genomes | None, form: Form, breeding: Breeding, rng: np.random.Generator
) -> Brood:
    """Given phrases and variations on them, at most a generation."""
    if given is None:
        return _unbred(np.zeros((0, form.slots), np.uint8), "given")
    if given.ndim != 2 or given.shape[1] != form.slots or (given >= 16).any():
        raise UsageError(f"phrases to start from must have {form.slots} codes 0…15 each")
    genomes = given[different(given, given[:0], form)].astype(np.uint8)
    if len(genomes) == 0:
        raise UsageError("the phrases to start from hold no notes: give others")
    half = breeding.size // 2
    if len(genomes) > half:
        genomes = genomes[np.linspace(0, len(genomes) - 1, half).round().astype(int)]
    founders = _unbred(genomes, "given")
    # A lone founder still needs somebody to be crossed with.
    partner = draw(max(2 - len(genomes), 0), genomes, form, breeding, rng)
    pool = founders.join(_unbred(partner, "chance"))
    row = np.arange(len(pool))
    pool.parents[:, 0] = np.where(row < len(founders), row, -1)
    varied = offspring(pool, np.ones(len(pool)), genomes, form, breeding, rng)
    varied = varied.take(different(varied.genomes, genomes, form))
    return founders.join(varied.take(np.arange(min(len(varied), breeding.size - len(founders)))))


def _unbred(genomes: Genomes, origin: str) -> Brood:
    nobody = np.full((len(genomes), 2), -1, np.int64)
    return Brood(genomes, nobody, np.full(len(genomes), origin, "<U16"))


def _following(
    population: Population,
    ear: Ear,
    rng: np.random.Generator,
    predictor: Predictor | None,
    curiosity: float,
    listener: Listener,
) -> Population:
    believed = ear.opinion(population.genomes)
    kept = _kept(population, believed)
    missing = population.breeding.size - len(kept)
    brood = screen(population, ear, believed.expected, rng)
    brood = top_up(brood, missing, kept, population, rng)
    asked = None
    if predictor is not None:
        population, ear, asked = consult(population, brood.genomes, predictor, listener)
    opinion = ear.opinion(brood.genomes, asked)
    shared = ear.covariance(brood.genomes, asked)
    picks = worth_hearing(opinion, shared, ear.noise, missing, curiosity)
    informed = len(population.verdicts) > 0
    chosen = Opinion(
        opinion.expected[picks] if informed else np.full(missing, np.nan),
        opinion.unsure[picks] if informed else np.full(missing, np.nan),
    )
    return _grown(population, kept, brood.take(picks), chosen)


def _kept(population: Population, believed: Opinion) -> Rows:
    """Rows of the best phrases of this generation, by the stars they have.

    Those without count for what the ear is fairly sure that they deserve.
    """
    here = population.current
    deserved = believed.expected - believed.unsure
    stars = np.where(np.isnan(population.stars), deserved, population.stars)[here]
    best = np.lexsort((-believed.expected[here], -stars))
    return np.asarray(here[best[: population.breeding.kept]])


def _grown(population: Population, kept: Rows, children: Brood, opinion: Opinion) -> Population:
    """`population` a generation on: `kept` phrases, then `children`."""
    rows = len(population.genomes) + np.arange(len(children))
    opinions = np.pad(population.opinions, [(0, len(children)), (0, 0)], constant_values=np.nan)
    return replace(
        population,
        generation=population.generation + 1,
        current=np.concatenate([kept, rows]),
        genomes=np.concatenate([population.genomes, children.genomes]),
        parents=np.concatenate([population.parents, children.parents]),
        origins=population.origins + tuple(children.origins.tolist()),
        born=np.append(population.born, np.full(len(children), population.generation + 1)),
        stars=np.append(population.stars, np.full(len(children), np.nan)),
        expected=np.append(population.expected, opinion.expected),
        unsure=np.append(population.unsure, opinion.unsure),
        opinions=opinions,
    )
