"""How alike phrases are: the kernels of the taste model.

Two phrases are alike in one trait, in all of them, in the tune slot by slot, in rhythm slot by
slot, in the moves they are made of, or by being close relatives. The taste model finds out
which of these likenesses go with a listener's ratings.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from muso.compose.evolve.genome import DEGREES, REST, Form, Genomes, degrees_of
from muso.compose.evolve.traits import held, onsets, traits

Floats = NDArray[np.float64]

TRAIT_WIDTH = 1.5
"""Standard deviations of a trait over which phrases stay alike in it."""
TUNE_WIDTH = 1.5
"""Degrees over which two notes stay alike."""
RELATED = 0.7
"""Distance in tune and rhythm at which relatives are alike by 1/e."""
WIDEST_MOVE = 4
FARTHEST = 4.0
"""Standard deviations at which a trait counts as extreme and no more."""
TYPICAL = 400
"""Random phrases that say what is typical of a form."""

WHOLES = ("all traits", "tune", "rhythm", "moves", "relatives")
"""Likenesses beside those in single traits, in the order of `grams`."""


@dataclass(frozen=True, eq=False)
class Hearing:
    """Phrases as the taste model hears them: rows are phrases, columns differ by array.

    Attributes:
        traits: `(phrase, trait)` in standard deviations from what is typical of the form.
        tune, rhythm, moves: vectors whose products say how alike phrases are in these.
    """

    traits: Floats
    tune: Floats
    rhythm: Floats
    moves: Floats

    def __len__(self) -> int:
        return len(self.traits)

    def take(self, rows: NDArray[np.int64]) -> Hearing:
        """Those in `rows`, in that order."""
        return Hearing(self.traits[rows], self.tune[rows], self.rhythm[rows], self.moves[rows])


def hear(genomes: Genomes, form: Form, opinions: Floats | None = None) -> Hearing:
    """Listen to `(phrase, note)` genomes; `opinions`, `(phrase, opinion)`, count as traits.

    Opinions are taken as they come: standardise them first.

    >>> hear(np.array([[0, 2, 4, 8]], np.uint8), Form(bars=1)).traits.shape[0]
    1
    """
    middle, spread = typical(form)
    counted = np.stack(list(traits(genomes, form).values()), axis=1)
    standard = np.clip((counted - middle) / spread, -FARTHEST, FARTHEST)
    if opinions is not None:
        standard = np.concatenate([standard, opinions], axis=1)
    degrees = degrees_of(genomes, form)
    slots = degrees.shape[1]
    notes = _notes()
    tune = notes[degrees].reshape(len(genomes), slots * notes.shape[1]) / np.sqrt(slots)
    starts, rests = onsets(degrees), degrees == REST
    rhythm = np.concatenate([starts, rests], axis=1) * 2.0 - 1.0
    return Hearing(standard, tune, rhythm / np.sqrt(slots), _moves(held(degrees)))


@cache
def typical(form: Form) -> tuple[Floats, Floats]:
    """Mean and standard deviation, `(trait,)` each, of the traits of random phrases."""
    chance = np.random.default_rng(0).integers(0, 16, (TYPICAL, form.slots), np.uint8)
    counted = np.stack(list(traits(chance, form).values()), axis=1).astype(np.float64)
    return counted.mean(0), np.maximum(counted.std(0), 1e-6)


@cache
def _notes() -> Floats:
    """`(degree, ·)` vectors, the rest's last, whose products say how alike notes are.

    Centred on a random phrase, half rests, so that likeness means more than chance.
    """
    degree = np.arange(DEGREES)
    alike = np.eye(DEGREES + 1)
    apart = (degree[:, None] - degree) / TUNE_WIDTH
    alike[:DEGREES, :DEGREES] = np.exp(-0.5 * apart**2)
    chance = np.append(np.full(DEGREES, 0.5 / DEGREES), 0.5)
    centre = np.eye(DEGREES + 1) - chance
    values, vectors = np.linalg.eigh(centre @ alike @ centre.T)
    notes = vectors * np.sqrt(np.maximum(values, 0))
    return np.asarray(notes / np.sqrt(chance @ (notes**2).sum(1)))


def _moves(line: NDArray[np.int8]) -> Floats:
    """`(phrase, kind)` how often each pair of moves comes, as vectors of length 1."""
    step = np.clip(np.diff(line.astype(np.int64), axis=1), -WIDEST_MOVE, WIDEST_MOVE) + WIDEST_MOVE
    kinds = 2 * WIDEST_MOVE + 1
    pair = step[:, :-1] * kinds + step[:, 1:]
    rows = np.arange(len(line))[:, None] * kinds**2
    counted = np.bincount((rows + pair).ravel(), minlength=len(line) * kinds**2)
    roots = np.sqrt(counted.reshape(len(line), kinds**2))
    return np.asarray(roots / np.maximum(np.linalg.norm(roots, axis=1, keepdims=True), 1e-9))


def grams(one: Hearing, other: Hearing) -> Floats:
    """`(likeness, phrase of one, phrase of other)`: one a trait, then `WHOLES`."""
    apart = (one.traits.T[:, :, None] - other.traits.T[:, None, :]) / TRAIT_WIDTH
    return np.concatenate([np.exp(-0.5 * apart**2), _wholes(one, other)])


def likeness(one: Hearing, other: Hearing, weights: Floats) -> Floats:
    """`(phrase of one, phrase of other)`: the sum of `grams` by `weights`, sparing the zeros."""
    total = np.tensordot(weights[one.traits.shape[1] :], _wholes(one, other), 1)
    for trait in np.flatnonzero(weights[: one.traits.shape[1]]):
        apart = (one.traits[:, trait, None] - other.traits[:, trait]) / TRAIT_WIDTH
        total += weights[trait] * np.exp(-0.5 * apart**2)
    return np.asarray(total)


def self_likeness(one: Hearing, weights: Floats) -> Floats:
    """`(phrase,)` the diagonal of `likeness(one, one, weights)`."""
    traits_count = one.traits.shape[1]
    alone = np.ones((len(one), len(WHOLES)))
    for column, vectors in ((1, one.tune), (2, one.rhythm), (3, one.moves)):
        alone[:, column] = (vectors**2).sum(1)
    return np.asarray(weights[:traits_count].sum() + alone @ weights[traits_count:])


def _wholes(one: Hearing, other: Hearing) -> Floats:
    tune = one.tune @ other.tune.T
    rhythm = one.rhythm @ other.rhythm.T
    apart = _squared(one.tune, other.tune, tune) + _squared(one.rhythm, other.rhythm, rhythm) / 4
    near = _squared(one.traits, other.traits, one.traits @ other.traits.T) / one.traits.shape[1]
    moves = one.moves @ other.moves.T
    return np.stack([np.exp(-0.5 * near), tune, rhythm, moves, np.exp(-apart / RELATED)])


def _squared(one: Floats, other: Floats, product: Floats) -> Floats:
    """Squared distances of rows, given their products."""
    lengths = (one**2).sum(1)[:, None] + (other**2).sum(1)
    return np.asarray(np.maximum(lengths - 2 * product, 0.0))
