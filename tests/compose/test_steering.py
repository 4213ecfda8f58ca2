"""Steering by neurons, and the choosing of words."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from muso.compose.choosing import choose
from muso.compose.steering import ELITE, EPOCHS, POPULATION, Trial, begin, step, try_out
from muso.compose.streams import Model
from muso.music.score import Score

Floats = NDArray[np.float64]


def near(values: Floats, rng: np.random.Generator) -> Floats:
    """The nearer all values are to 0.4, the fitter."""
    return np.asarray(1 - np.abs(values - 0.4).mean(axis=1))


def test_the_fittest_only_get_fitter() -> None:
    rng = np.random.default_rng(0)
    evolution = begin(8, near, rng)
    for _ in range(EPOCHS):
        evolution = step(evolution, near, rng)
    assert list(evolution.history) == sorted(evolution.history)
    assert evolution.history[-1] > evolution.history[0] + 0.1
    assert len(evolution.values) == POPULATION
    assert np.abs(evolution.values).max() <= 1


def test_the_elite_is_kept_as_it_is_with_what_it_was_measured_at() -> None:
    rng = np.random.default_rng(0)
    first = begin(5, near, rng)
    asked: list[int] = []

    def worse(values: Floats, rng: np.random.Generator) -> Floats:
        asked.append(len(values))
        return np.zeros(len(values))

    after = step(first, worse, rng)
    assert after.values[:ELITE].tolist() == first.values[:ELITE].tolist()
    assert after.fitness[:ELITE].tolist() == first.fitness[:ELITE].tolist()
    assert asked == [POPULATION - ELITE]


def test_an_evolution_can_be_taken_up_where_it_was_left() -> None:
    whole = begin(4, near, np.random.default_rng([3, 0]))
    for epoch in range(1, 4):
        whole = step(whole, near, np.random.default_rng([3, epoch]))
    again = begin(4, near, np.random.default_rng([3, 0]))
    again = step(again, near, np.random.default_rng([3, 1]))
    for epoch in range(again.epoch + 1, 4):
        again = step(again, near, np.random.default_rng([3, epoch]))
    assert again.values.tolist() == whole.values.tolist()


def test_neurons_held_at_values_change_what_is_composed(rambler: Model) -> None:
    def ear(score: Score) -> Mapping[str, float]:
        loud = float(score.velocity.mean() / 128)
        return {"angry": loud, "calm": 1 - loud}

    # The last neuron of the model by rule is how loud it plays.
    fitness = try_out(rambler, np.array([7]), ear, Trial("angry", 2, 30), np.zeros(3, np.float32))
    loud, soft = fitness(np.array([[1.0], [-1.0]]), np.random.default_rng(0))
    assert loud == 1.0
    assert soft == 0.0


def test_a_low_temperature_takes_the_likeliest_and_forbidden_words_never_come() -> None:
    rng = np.random.default_rng(0)
    scores = np.tile(np.array([0.0, 1.0, 2.0, 3.0], np.float32), (500, 1))
    allowed = np.tile(np.array([True, True, True, False]), (500, 1))
    assert set(choose(scores, allowed, 0.05, 1.0, rng).tolist()) == {2}
    assert set(choose(scores, allowed, 5.0, 1.0, rng).tolist()) == {0, 1, 2}


def test_words_are_drawn_as_often_as_they_are_likely() -> None:
    rng = np.random.default_rng(0)
    chances = np.array([0.5, 0.3, 0.2])
    scores = np.tile(np.log(chances).astype(np.float32), (20_000, 1))
    drawn = choose(scores, np.ones((20_000, 3), bool), 1.0, 1.0, rng)
    assert np.allclose(np.bincount(drawn) / 20_000, chances, atol=0.02)


def test_the_nucleus_leaves_unlikely_words_out_and_never_all() -> None:
    rng = np.random.default_rng(0)
    scores = np.tile(np.log(np.array([0.6, 0.3, 0.1], np.float32)), (500, 1))
    everything = np.ones((500, 3), bool)
    assert set(choose(scores, everything, 1.0, 0.65, rng).tolist()) == {0, 1}
    assert set(choose(scores, everything, 1.0, 1e-6, rng).tolist()) == {0}
