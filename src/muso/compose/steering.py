"""Steering by neurons: a genetic algorithm finds values that bring a mood about.

The neurons that an L1 regression of moods on a model's states relies on are held at values while
it composes; an individual is one set of values, and its fitness is the share of what it composes
that an ear hears in the mood.

Source: L. N. Ferreira and J. Whitehead, Learning to Generate Music with Sentiment, 2019: roulette
wheel, averaging crossover, mutation of a tenth of the values within ±1. Unlike there, the fittest
are kept unchanged, with the fitness they were measured at.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from muso.compose.length import Goal
from muso.compose.sampling import Ear
from muso.compose.streams import Model, Streams
from muso.compose.telling import Floats as Conditions
from muso.compose.telling import Hold, Taste, Told

Floats = NDArray[np.float64]

POPULATION, EPOCHS, ELITE = 10, 10, 2
MUTATION = 0.1
"""Chance of each value to be drawn anew within ±`REACH`."""
REACH = 1.0

MOST_ROWS_A_NOTE = 6
ENOUGH = 0.8
"""Of the notes wanted: tempo and meter take rows too."""

Fitness = Callable[[Floats, np.random.Generator], Floats]
"""From `(individual, neuron)` values to `(individual,)` shares 0…1 heard in the mood."""


@dataclass(frozen=True, eq=False)
class Evolution:
    """Where an evolution stands. Arrays are `(individual, neuron)` and `(individual,)`.

    Attributes:
        epoch: generations measured.
        values: of the neurons, -1…1, the fittest first.
        fitness: share heard in the mood, 0…1.
        history: the best fitness of each generation.
    """

    epoch: int
    values: Floats
    fitness: Floats
    history: tuple[float, ...] = ()

    @property
    def best(self) -> Floats:
        """`(neuron,)` the values that did best."""
        return np.asarray(self.values[0])

    def as_dict(self) -> dict[str, object]:
        """The evolution as JSON holds it."""
        return {
            "epoch": self.epoch,
            "values": self.values.tolist(),
            "fitness": self.fitness.tolist(),
            "history": list(self.history),
        }


def begin(neurons: int, fitness: Fitness, rng: np.random.Generator) -> Evolution:
    """The first generation, drawn by chance and measured.

    >>> near_half = lambda values, rng: 1 - np.abs(values - 0.5).mean(axis=1)
    >>> rng = np.random.default_rng(1)
    >>> evolution = begin(3, near_half, rng)
    >>> for _ in range(EPOCHS):
    ...     evolution = step(evolution, near_half, rng)
    >>> evolution.history[-1] > evolution.history[0], len(evolution.history)
    (True, 11)
    """
    values = rng.uniform(-REACH, REACH, (POPULATION, neurons))
    return _ranked(0, values, fitness(values, rng), ())


def step(evolution: Evolution, fitness: Fitness, rng: np.random.Generator) -> Evolution:
    """The next generation: the elite as they are, and children of the rest."""
    chance = evolution.fitness + 1e-3
    drawn = rng.choice(POPULATION, (POPULATION - ELITE, 2), p=chance / chance.sum())
    children = evolution.values[drawn].mean(axis=1)
    mutated = rng.random(children.shape) < MUTATION
    children = np.where(mutated, rng.uniform(-REACH, REACH, children.shape), children)
    values = np.concatenate([evolution.values[:ELITE], children])
    measured = np.concatenate([evolution.fitness[:ELITE], fitness(children, rng)])
    return _ranked(evolution.epoch + 1, values, measured, evolution.history)


def _ranked(epoch: int, values: Floats, fitness: Floats, history: tuple[float, ...]) -> Evolution:
    order = np.argsort(-fitness, kind="stable")
    return Evolution(epoch, values[order], fitness[order], (*history, float(fitness[order[0]])))


@dataclass(frozen=True)
class Trial:
    """How an individual is tried: how much it composes, and what is to be heard in it.

    Attributes:
        mood: the label that counts.
        pieces: composed by each individual.
        notes: of each piece, at least.
    """

    mood: str
    pieces: int = 5
    notes: int = 80


def try_out(
    model: Model, neurons: NDArray[np.intp], ear: Ear, trial: Trial, condition: Conditions
) -> Fitness:
    """The fitness of values for `neurons`: what `ear` hears in what `model` composes with them.

    All pieces of all individuals are composed side by side.

    Args:
        model: that composes.
        neurons: `(neuron,)` of its last layer.
        ear: that hears moods; not the one that the result is to be judged by.
        trial: how.
        condition: `(number,)` as the model takes it; that of an unknown mood.
    """

    def fitness(values: Floats, rng: np.random.Generator) -> Floats:
        held = Hold(neurons, np.repeat(values, trial.pieces, axis=0))
        goal = Goal("notes", 10 * trial.notes)
        count = len(held.values)
        streams = Streams(model, Told(condition), count, goal, Taste(), rng, hold=held)
        # A note takes one row in one encoding, and about four in another.
        for _ in range(MOST_ROWS_A_NOTE):
            streams.grow(trial.notes)
            if streams.clock.notes.min() >= trial.notes * ENOUGH:
                break
        heard = np.zeros(count)
        for which in range(count):
            score = streams.score(which)
            said = ear(score) if len(score) else {}
            heard[which] = max(said, key=lambda mood: said[mood], default="") == trial.mood
        return np.asarray(heard.reshape(len(values), trial.pieces).mean(axis=1))

    return fitness
