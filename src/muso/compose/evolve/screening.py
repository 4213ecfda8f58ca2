"""Breeding widely and choosing, by ear, the few phrases worth hearing.

Many phrases are bred from those that the ear thinks highest of, then over some rounds from the
children it has most hope for; of the best of all rounds, a few are chosen: two that it expects
most of, the others by what they may turn out to be, given what hearing the first would teach.

Sources: Srinivas et al. 2010 (Gaussian process optimization in the bandit setting) for hope,
an upper confidence bound; Ginsbourger et al. 2010 (Kriging is well-suited to parallelize
optimization) for choosing several at once.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from muso.compose.evolve.brood import Brood, different, draw, offspring, sounding
from muso.compose.evolve.population import Population
from muso.compose.evolve.taste import Ear, Opinion

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]

ROUNDS = 4
"""Of breeding, each from the most hopeful of those before."""
POOL = 10
"""Phrases heard before that the first round breeds from."""
FOREBEARS, SURVIVORS = 3, 20
"""Phrases heard before, and hopeful children, that later rounds breed from."""
SHORTLIST = 60
"""Children among whom those to be played are chosen."""
CHOOSY_STARS = 0.2
"""Stars by which one parent must be better than another to be drawn e times as often."""
BREEDING_HOPE = 4.0
"""Standard deviations that hope adds to expectation while breeding."""
SURE_PICKS = 2
"""Phrases of each generation chosen by expectation alone."""


def screen(population: Population, ear: Ear, liking: Floats, rng: np.random.Generator) -> Brood:
    """The most hopeful of `ROUNDS` broods, best first, `SHORTLIST` at most.

    Args:
        population: to breed from; `liking` is what the ear expects of its `(row,)` phrases.
        ear: that screens them.
        rng: draws parents and operators.
    """
    form, breeding = population.form, population.breeding
    saved = population.genomes[list(population.saved)]
    # Random lots settle ties, so that an ear that knows nothing yet favours nobody.
    best = np.lexsort((rng.random(len(liking)), -liking))[:POOL]
    heard = _of_population(population, best)
    pool, hope = heard, liking[best]
    shortlist = heard.take(np.zeros(0, np.int64))
    hopes = np.zeros(0)
    for _ in range(ROUNDS):
        weights = np.exp((hope - hope.max()) / CHOOSY_STARS)
        bred = offspring(pool, weights, saved, form, breeding, rng)
        if breeding.repeats:
            bred = bred.take(sounding(bred.genomes, form))
        else:
            known = np.concatenate([population.genomes, shortlist.genomes])
            bred = bred.take(different(bred.genomes, known, form))
        opinion = ear.opinion(bred.genomes)
        shortlist = shortlist.join(bred)
        hopes = np.append(hopes, opinion.expected + BREEDING_HOPE * opinion.unsure)
        order = np.argsort(-hopes, kind="stable")[:SHORTLIST]
        shortlist, hopes = shortlist.take(order), hopes[order]
        pool = heard.take(np.arange(min(FOREBEARS, len(heard)))).join(
            shortlist.take(np.arange(min(SURVIVORS, len(shortlist))))
        )
        hope = np.append(liking[best[:FOREBEARS]], hopes[:SURVIVORS])
    return shortlist


def _of_population(population: Population, rows: Rows) -> Brood:
    return Brood(
        population.genomes[rows],
        np.stack([rows, np.full_like(rows, -1)], axis=1),
        np.array([population.origins[row] for row in rows], "<U16"),
    )


def top_up(
    brood: Brood, count: int, kept: Rows, population: Population, rng: np.random.Generator
) -> Brood:
    """`brood` with phrases by chance added until it has `count`.

    Forms of very few notes run out of phrases never heard; then old ones come again.
    """
    form, breeding = population.form, population.breeding
    taken = np.concatenate([population.genomes[kept], brood.genomes])
    chance = draw(max(count - len(brood), 0), taken, form, breeding, rng)
    nobody = np.full((len(chance), 2), -1, np.int64)
    return brood.join(Brood(chance, nobody, np.full(len(chance), "chance", "<U16")))


def worth_hearing(
    opinion: Opinion, shared: Floats, noise: float, count: int, curiosity: float
) -> Rows:
    """Rows of the `count` phrases to play.

    Args:
        opinion: what the ear expects of each.
        shared: `(phrase, phrase)` stars², how what it does not know of them hangs together.
        noise: stars² that ratings of one phrase differ by.
        count: how many to choose.
        curiosity: standard deviations that hope adds to expectation, 0 and more.

    >>> sure = Opinion(np.array([1.0, 3.0, 2.0]), np.array([0.1, 0.1, 0.1]))
    >>> worth_hearing(sure, np.eye(3) * 0.01, 0.4, 2, 2.0).tolist()
    [1, 2]
    """
    shared = shared.copy()
    free = np.ones(len(shared), bool)
    picks = []
    for k in range(count):
        hope = opinion.expected.copy()
        if k >= SURE_PICKS:
            hope += curiosity * np.sqrt(np.maximum(np.diag(shared), 0))
        pick = int(np.argmax(np.where(free, hope, -np.inf)))
        picks.append(pick)
        free[pick] = False
        shared -= np.outer(shared[:, pick], shared[pick]) / (shared[pick, pick] + noise)
    return np.array(picks, np.int64)
