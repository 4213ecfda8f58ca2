"""Ways to make a phrase from others: those of the earlier system, and musical ones.

Every operator takes a whole brood at once: `first` and `second` parents, `(child, note)` codes,
and gives one child a row. None changes its arguments.

Source: Holland 1975 (Adaptation in Natural and Artificial Systems) for crossover and mutation;
the musical ones are the composer's transposition, inversion, retrograde, displacement.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from muso.compose.evolve.genome import BITS, DEGREES, Form, Genomes
from muso.music.scale import find_scale

Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Parents:
    """What operators work on: `first`, `second` and `saved`, each `(child, note)` codes."""

    first: Genomes
    second: Genomes
    saved: Genomes
    form: Form


def crossover(parents: Parents, rng: np.random.Generator) -> Genomes:
    """The first parent's bits up to one point drawn at random, then the second's."""
    children, notes = parents.first.shape
    point = rng.integers(1, BITS * notes, (children, 1))
    # A note's bits stand low first, so the point may fall within a note.
    bits_kept = np.clip(point - BITS * np.arange(notes), 0, BITS)
    mask = ((1 << bits_kept) - 1).astype(np.uint8)
    return np.asarray((parents.first & mask) | (parents.second & ~mask))


def flip_bits(genomes: Genomes, most: int, probability: float, rng: np.random.Generator) -> Genomes:
    """Each of `most` bits drawn at random is flipped with `probability`.

    >>> flip_bits(np.zeros((1, 4), np.uint8), 2, 0.0, np.random.default_rng(0)).tolist()
    [[0, 0, 0, 0]]
    """
    flipped = genomes.copy()
    children = np.arange(len(genomes))
    for _ in range(most):
        note = rng.integers(genomes.shape[1], size=len(genomes))
        bit = (1 << rng.integers(BITS, size=len(genomes))).astype(np.uint8)
        flipped[children, note] ^= np.where(rng.random(len(genomes)) < probability, bit, 0)
    return flipped


def transpose(parents: Parents, rng: np.random.Generator) -> Genomes:
    """A stretch of bars moved by one to three degrees; what leaves the range moves an octave."""
    by = rng.integers(1, 4, (len(parents.first), 1)) * rng.choice([-1, 1], (len(parents.first), 1))
    return moved(parents.first, _within(_bars(parents, rng), parents), by, parents.form)


def moved(genomes: Genomes, where: Mask, by: NDArray[np.int64], form: Form) -> Genomes:
    """Degrees moved `by` steps of the scale, `(phrase, 1)`, `where` true; rests stay.

    >>> moved(np.array([[0, 7, 8]], np.uint8), np.ones((1, 3), bool), np.array([[2]]), Form())
    array([[2, 2, 8]], dtype=uint8)
    """
    octave = min(len(find_scale(form.scale)), DEGREES - 1)
    degree = (genomes & (DEGREES - 1)) + by
    degree = np.where(degree >= DEGREES, degree - octave, degree)
    degree = np.where(degree < 0, degree + octave, degree)
    sounding = genomes < DEGREES if form.pauses else np.ones_like(genomes, bool)
    return np.where(where & sounding, degree, genomes).astype(np.uint8)


def invert(parents: Parents, rng: np.random.Generator) -> Genomes:
    """A stretch of bars upside down: degree 0 becomes 7, 1 becomes 6; rests stay."""
    mask = _within(_bars(parents, rng), parents)
    sounding = parents.first < DEGREES if parents.form.pauses else True
    upside_down = parents.first ^ np.uint8(DEGREES - 1)
    return np.where(mask & sounding, upside_down, parents.first)


def retrograde(parents: Parents, rng: np.random.Generator) -> Genomes:
    """A stretch of bars read backwards."""
    start, end = _bars(parents, rng)
    note = np.arange(parents.first.shape[1])
    backwards = np.where((note >= start) & (note < end), start + end - 1 - note, note)
    return np.take_along_axis(parents.first, backwards, axis=1)


def shift_rhythm(parents: Parents, rng: np.random.Generator) -> Genomes:
    """A stretch of bars played some slots later, what falls off its end coming in front."""
    start, end = _bars(parents, rng)
    note = np.arange(parents.first.shape[1])
    by = rng.integers(1, max(parents.form.notes_a_bar, 2), start.shape)
    turned = start + (note - start - by) % (end - start)
    turned = np.where((note >= start) & (note < end), turned, note)
    return np.take_along_axis(parents.first, turned, axis=1)


def splice(parents: Parents, rng: np.random.Generator) -> Genomes:
    """A stretch of bars of the second parent, put anywhere into the first."""
    return _graft(parents.first, parents.second, parents, rng)


def echo(parents: Parents, rng: np.random.Generator) -> Genomes:
    """A stretch of the phrase's own bars, heard again elsewhere."""
    return _graft(parents.first, parents.first, parents, rng)


def quote(parents: Parents, rng: np.random.Generator) -> Genomes:
    """A stretch of bars swapped for the same bars of a saved phrase."""
    mask = _within(_bars(parents, rng), parents)
    return np.where(mask, parents.saved, parents.first)


def redraw(parents: Parents, rng: np.random.Generator) -> Genomes:
    """One to three notes drawn anew."""
    drawn = rng.integers(0, 1 << BITS, parents.first.shape, np.uint8)
    return np.where(_few(parents, rng), drawn, parents.first)


def tie(parents: Parents, rng: np.random.Generator) -> Genomes:
    """One to three notes held on for one slot more."""
    before = np.roll(parents.first, 1, axis=1)
    return np.where(_few(parents, rng), before, parents.first)


Operator = Callable[[Parents, np.random.Generator], Genomes]

OPERATORS: dict[str, Operator] = {
    "transpose": transpose,
    "invert": invert,
    "retrograde": retrograde,
    "shift": shift_rhythm,
    "splice": splice,
    "echo": echo,
    "quote": quote,
    "redraw": redraw,
    "tie": tie,
}
"""The musical ones, by the name that a phrase's origin gives."""


def _bars(parents: Parents, rng: np.random.Generator) -> tuple[Rows, Rows]:
    """For each child, `(child, 1)`, the first and past-the-last slot of some bars in a row."""
    bars, size = parents.form.bars, len(parents.first)
    ends = np.sort(rng.integers(0, bars, (size, 2)), axis=1)
    slots = np.stack([ends[:, :1], ends[:, 1:] + 1]) * parents.form.notes_a_bar
    return slots[0], slots[1]


def _within(span: tuple[Rows, Rows], parents: Parents) -> Mask:
    note = np.arange(parents.first.shape[1])
    return np.asarray((note >= span[0]) & (note < span[1]))


def _graft(into: Genomes, source: Genomes, parents: Parents, rng: np.random.Generator) -> Genomes:
    start, end = _bars(parents, rng)
    lowest, highest = -start, into.shape[1] - end
    bar = parents.form.notes_a_bar
    moved_by = bar * rng.integers(lowest // bar, highest // bar + 1)
    note = np.arange(into.shape[1])
    inside = (note >= start) & (note < end)
    taken = np.take_along_axis(source, np.where(inside, note + moved_by, 0), axis=1)
    return np.where(inside, taken, into)


def _few(parents: Parents, rng: np.random.Generator) -> Mask:
    """True at one to three slots a child."""
    size, notes = parents.first.shape
    mask = np.zeros((size, notes), bool)
    slots = rng.integers(notes, size=(size, 3))
    drawn = np.arange(3) < rng.integers(1, 4, (size, 1))
    np.logical_or.at(mask, (np.arange(size)[:, None], slots), drawn)
    return mask
