"""The comparison with the earlier algorithm measures what it says."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from muso.compose.evolve.genome import degrees_of


@pytest.fixture
def benchmark() -> Iterator[ModuleType]:
    root = str(Path(__file__).parents[3])
    sys.path.insert(0, root)
    try:
        from benchmarks import evolve

        yield evolve
    finally:
        sys.path.remove(root)


@pytest.fixture
def listeners(benchmark: ModuleType) -> ModuleType:
    return sys.modules["benchmarks.evolve_listeners"]


def every_taste(listeners: ModuleType) -> dict[str, object]:
    return listeners.REPORTED | listeners.TUNING


def test_the_earlier_algorithm_keeps_its_two_best_and_rates_ten_phrases_anew(
    benchmark: ModuleType, listeners: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listeners, "NOISE_STARS", 0.0)
    listener = listeners.Listener.of(listeners.calm, 5)
    first = listeners.chance(10, np.random.default_rng(0))
    scores, pick = benchmark.earlier(listener, first, np.random.default_rng(1))
    assert len(scores) == 200
    generations = scores.reshape(20, 10)
    assert generations[0].tolist() == listener.score(first).tolist()
    for before, after in pairwise(generations):
        best = np.argsort(-np.rint(5 * before), kind="stable")[:2]
        assert after[:2].tolist() == before[best].tolist()
    assert pick == generations[-1][np.argmax(np.rint(5 * generations[-1]))]


def test_the_earlier_algorithm_gets_better(benchmark: ModuleType, listeners: ModuleType) -> None:
    gained = []
    for seed in range(5):
        listener = listeners.Listener.of(listeners.cadence, seed)
        first = listeners.chance(10, np.random.default_rng(seed))
        scores, _ = benchmark.earlier(listener, first, np.random.default_rng(seed))
        gained.append(scores[100:].mean() - scores[:10].mean())
    assert np.mean(gained) > 0.1


def test_hidden_scores_lie_between_0_and_1_and_tell_phrases_apart(listeners: ModuleType) -> None:
    phrases = listeners.chance(300, np.random.default_rng(3))
    for taste in every_taste(listeners).values():
        score = listeners.Listener.of(taste, 5).score(phrases)
        assert score.min() >= 0 and score.max() <= 1
        assert 0.1 < score.mean() < 0.4
        assert score.std() > 0.05


def test_perfect_phrases_score_highest(listeners: ModuleType) -> None:
    rng = np.random.default_rng(0)
    half = rng.integers(0, 8, (1, 16)).astype(np.int8)
    call = rng.integers(0, 8, (1, 4, 1, 4)).astype(np.int8)
    palindrome = np.concatenate([half, half[:, ::-1]], axis=1)
    answered = np.concatenate([call, 7 - call], axis=2).reshape(1, 32)
    assert listeners.mirror(palindrome, rng) == 1.0
    assert listeners.answer(answered, rng) == 1.0
    assert listeners.returning(np.concatenate([half, half], axis=1), rng) == 1.0


def test_ratings_are_whole_stars_and_differ_from_day_to_day(listeners: ModuleType) -> None:
    listener = listeners.Listener.of(listeners.groove, 5)
    phrases = listeners.chance(300, np.random.default_rng(3))
    one, other = (listener.rate(phrases, np.random.default_rng(day)) for day in (1, 2))
    assert set(one.tolist()) <= set(range(6))
    assert 0.2 < (one != other).mean() < 0.8
    assert np.corrcoef(one, listener.score(phrases))[0, 1] > 0.5


def test_two_tastes_rest_on_what_no_trait_of_the_ear_measures(benchmark: ModuleType) -> None:
    assert benchmark.explained(benchmark.REPORTED["mirror"]) < 0.02
    assert benchmark.explained(benchmark.REPORTED["answer"]) < 0.02
    assert benchmark.explained(benchmark.REPORTED["groove"]) > 0.8


def test_no_taste_looks_at_more_than_the_notes(listeners: ModuleType) -> None:
    phrases = listeners.chance(20, np.random.default_rng(4))
    other_rests = np.where(phrases >= 8, 8 + (phrases + 3) % 8, phrases).astype(np.uint8)
    assert (degrees_of(phrases, listeners.FORM) == degrees_of(other_rests, listeners.FORM)).all()
    for taste in every_taste(listeners).values():
        listener = listeners.Listener.of(taste, 5)
        assert listener.score(phrases).tolist() == listener.score(other_rests).tolist()


def test_a_third_of_the_ratings_is_enough(benchmark: ModuleType) -> None:
    tastes = {name: benchmark.TUNING[name] for name in ("bright", "returning")}
    found = benchmark.compare(tastes, range(2))
    assert found["low"] <= found["ratings_ratio"] <= found["high"]
    assert found["ratings_ratio"] < 1 / 3
    assert found["runs"] == 4 and set(found["tastes"]) == set(tastes)
