"""Outside opinions of phrases, such as moods or styles, as further traits for the ear."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from muso.compose.evolve.genome import Form, Genomes, decode
from muso.compose.evolve.population import Population
from muso.compose.evolve.taste import Ear, learn_taste
from muso.music.score import Score
from muso.progress import Listener, Progress, silent

Floats = NDArray[np.float64]


class Predictor(Protocol):
    """Any opinion of a score as named numbers, the same names for every score."""

    def __call__(self, score: Score, /) -> Mapping[str, float]: ...


def ask(genomes: Genomes, form: Form, predictor: Predictor) -> tuple[tuple[str, ...], Floats]:
    """The names, and `(phrase, opinion)` what `predictor` says of each of the genomes.

    >>> ask(np.zeros((1, 4), np.uint8), Form(bars=1), lambda score: {"notes": len(score)})
    (('notes',), array([[1.]]))
    """
    said = [predictor(decode(genome, form)) for genome in genomes]
    names = tuple(sorted(said[0])) if said else ()
    values = np.array([[float(one[name]) for name in names] for one in said])
    return names, values.reshape(len(genomes), len(names))


def consult(
    population: Population, genomes: Genomes, predictor: Predictor, listener: Listener = silent
) -> tuple[Population, Ear, Floats]:
    """Learn the taste anew with the predictor's opinions as traits.

    Args:
        population: whose taste it is; phrases of it that have no opinions yet are asked about.
        genomes: `(phrase, note)` to be asked about as well.
        predictor: that is asked.
        listener: told how many phrases were heard (stage `hearing phrases`).

    Returns:
        `population` with the opinions of all its phrases, so that none is asked for twice; the
        ear; and the opinions of `genomes`, `(phrase, opinion)`, as that ear takes them.
    """
    unheard = np.isnan(population.opinions).any(axis=1) | (not population.opinion_names)
    predictor = _told(predictor, len(genomes) + int(unheard.sum()), listener)
    names, asked = ask(genomes, population.form, predictor)
    known = population.opinions.copy()
    if names != population.opinion_names:
        known = np.full((len(population.genomes), len(names)), np.nan)
    new = np.isnan(known).any(axis=1)
    known[new] = ask(population.genomes[new], population.form, predictor)[1]
    middle, spread = known.mean(0), np.maximum(known.std(0), 1e-6)
    said = replace(population.verdicts, opinions=(known - middle) / spread)
    informed = replace(population, opinions=known, opinion_names=names)
    return informed, learn_taste(said, population.form), (asked - middle) / spread


def _told(predictor: Predictor, total: int, listener: Listener) -> Predictor:
    """`predictor`, telling `listener` of each score it heard, of probably `total`."""
    started, heard = time.monotonic(), 0

    def hear(score: Score, /) -> Mapping[str, float]:
        nonlocal heard
        said = predictor(score)
        heard += 1
        open_ = max(total - heard, 0)
        left_s = open_ * (time.monotonic() - started) / heard
        listener(Progress("hearing phrases", heard, heard + open_, left_s))
        return said

    return hear
