from __future__ import annotations

import copy
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muso.compose.evolve.brood import Brood, offspring
from muso.compose.evolve.generation import auto, next_pair, start, step
from muso.compose.evolve.genome import REST, Form, Genomes, degrees_of, from_score, plain
from muso.compose.evolve.population import (
    Breeding,
    Population,
    Ratings,
    agreement,
    best,
    listen,
    rated,
    save,
)
from muso.compose.evolve.traits import onsets
from muso.errors import UsageError
from muso.music.midi import read_score
from muso.music.score import Score

FORM = Form()


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def first(seed: int = 0, **breeding: object) -> Population:
    return start(FORM, Breeding(**breeding), rng(seed))  # type: ignore[arg-type]


def stars_of_busy(genomes: Genomes) -> np.ndarray:
    """What somebody gives who likes many notes."""
    notes = onsets(degrees_of(genomes, FORM)).mean(1)
    return np.clip(np.rint(0.5 + 5 * notes), 0, 5).astype(int)


def all_rated(population: Population) -> Ratings:
    return Ratings(dict(enumerate(stars_of_busy(population.phrases).tolist())))


def bred(generations: int, seed: int = 0, **breeding: object) -> Population:
    population = first(seed, **breeding)
    draws = rng(seed + 1)
    for _ in range(generations):
        population = step(population, all_rated(population), draws)
    return population


def same(one: Population, other: Population) -> bool:
    return all(
        np.array_equal(a, b, equal_nan=True)
        if isinstance(a := getattr(one, field.name), np.ndarray) and a.dtype.kind == "f"
        else np.array_equal(a, getattr(other, field.name))
        if isinstance(a, np.ndarray)
        else a == getattr(other, field.name)
        for field in fields(one)
        if (b := getattr(other, field.name)) is not None
    )


def test_the_three_best_go_on_unchanged() -> None:
    population = first()
    stars = {0: 1, 1: 5, 2: 2, 3: 0, 4: 4, 5: 0, 6: 3, 7: 1, 8: 0, 9: 2}
    following = step(population, Ratings(stars), rng(1))
    assert following.current[:3].tolist() == [1, 4, 6]
    assert (following.phrases[:3] == population.phrases[[1, 4, 6]]).all()
    assert following.stars[following.current[:3]].tolist() == [5, 4, 3]


@pytest.mark.parametrize("kept", [0, 1, 9])
def test_as_many_are_kept_as_asked_for(kept: int) -> None:
    population = first(kept=kept)
    following = step(population, all_rated(population), rng(1))
    assert set(following.current[:kept].tolist()) <= set(range(10))
    assert (following.current[kept:] >= 10).all()
    assert len(following) == 10


def test_a_kept_phrase_may_fall_by_a_second_rating() -> None:
    following = step(first(), Ratings({0: 5, **dict.fromkeys(range(1, 10), 1)}), rng())
    assert following.row(0) == 0
    then = step(following, Ratings({0: 0, **dict.fromkeys(range(3, 10), 3)}), rng())
    assert 0 not in then.current


def test_parents_differ_and_were_there_before() -> None:
    population = bred(4)
    children = population.born > 0
    parents = population.parents[children]
    assert (parents[:, 0] != parents[:, 1]).all()
    assert (parents >= 0).all()
    assert (population.born[parents].max(axis=1) < population.born[children]).all()


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_no_phrase_comes_twice_and_none_is_silent(seed: int) -> None:
    population = bred(3, seed)
    sound = plain(population.genomes, FORM)
    assert len(np.unique(sound, axis=0)) == len(sound) == 10 + 3 * 7
    assert (degrees_of(sound, FORM) != REST).any(axis=1).all()


def test_repeats_come_where_they_are_asked_for() -> None:
    tiny = Form(bars=1, notes_a_bar=1)
    population = start(tiny, Breeding(size=20, repeats=True), rng())
    assert len(population) == 20
    assert len(np.unique(plain(population.phrases, tiny), axis=0)) <= 8
    assert len(step(population, Ratings({0: 5}), rng())) == 20


def test_a_form_with_too_few_phrases_says_so() -> None:
    with pytest.raises(UsageError, match="too few kinds for 10 different ones"):
        start(Form(bars=1, notes_a_bar=1), Breeding(), rng())


def test_a_tiny_form_goes_on_when_all_its_phrases_were_heard() -> None:
    tiny = Form(bars=1, notes_a_bar=1)
    population = start(tiny, Breeding(size=8), rng())
    for generation in range(3):
        population = step(population, Ratings({0: generation, 1: 4}), rng(generation))
        assert len(np.unique(plain(population.phrases, tiny), axis=0)) == 8


def test_a_step_changes_nothing_that_it_is_given_and_repeats_itself() -> None:
    population = bred(2)
    before = copy.deepcopy(population)
    ratings = all_rated(population)
    one, other = (step(population, ratings, rng(5)) for _ in range(2))
    assert same(population, before)
    assert same(one, other)
    assert not same(one, step(population, ratings, rng(6)))


def test_nothing_need_be_rated() -> None:
    following = step(step(first(), Ratings(), rng(1)), Ratings(), rng(2))
    assert following.generation == 2
    assert np.isnan(following.expected).all()


@pytest.mark.parametrize("stars", [0, 5])
def test_everything_may_be_rated_alike(stars: int) -> None:
    population = first()
    following = step(population, Ratings(dict.fromkeys(range(10), stars)), rng(1))
    assert len(following) == 10 and np.isfinite(following.expected[following.current[3:]]).all()


def test_breeding_goes_where_the_ratings_point() -> None:
    population = bred(5)
    liked = stars_of_busy(population.phrases).mean()
    by_chance = stars_of_busy(first(99, size=60).phrases).mean()
    assert liked > by_chance + 1


def test_what_was_expected_is_written_down_before_it_is_rated() -> None:
    population = bred(4)
    new = population.current[3:]
    assert np.isnan(population.stars[new]).all()
    assert np.isfinite(population.expected[new]).all()
    assert (population.unsure[new] > 0).all()
    assert np.isnan(population.expected[:10]).all()


def test_agreement_counts_pairs_foretold_in_order() -> None:
    population = bred(3)
    told = agreement(rated(population, all_rated(population)))
    assert told is not None and told > 0.5
    dice = population.stars.copy()
    dice[10:] = -population.expected[10:]
    turned = agreement(Population(**{**vars(population), "stars": dice}))
    assert turned == 0.0
    assert agreement(first()) is None


def test_left_alone_the_ear_breeds_what_it_has_learnt_to_like() -> None:
    population = bred(1)
    population = rated(population, all_rated(population))
    alone = auto(population, 3, rng(3))
    assert alone.generation == population.generation + 3
    ear = listen(population)
    assert (
        ear.opinion(alone.phrases).expected.mean() > ear.opinion(population.phrases).expected.mean()
    )
    assert stars_of_busy(alone.phrases).mean() > stars_of_busy(population.phrases).mean()


def test_left_alone_too_early_the_ear_refuses() -> None:
    population = rated(first(), Ratings({0: 3}, choices=((1, 2),)))
    with pytest.raises(UsageError, match="knows 2 of your ratings and needs 10"):
        auto(population, 1, rng())


@pytest.mark.parametrize("generations", [0, 101, 1.5])
def test_generations_out_of_range_are_refused(generations: float) -> None:
    with pytest.raises(UsageError, match="generations must be"):
        auto(bred(1), generations, rng())  # type: ignore[arg-type]


def test_choices_breed_too() -> None:
    population = first(7)
    draws = rng(8)
    for _ in range(5):
        liked = stars_of_busy(population.phrases)
        said: list[tuple[int, int]] = []
        for _ in range(9):
            one, other = next_pair(rated(population, Ratings(choices=tuple(said))))
            said.append((one, other) if liked[one] >= liked[other] else (other, one))
        population = step(population, Ratings(choices=tuple(said)), draws)
    assert stars_of_busy(population.phrases).mean() > stars_of_busy(first(7).phrases).mean() + 0.5


def test_no_pair_is_asked_for_twice_before_all_were() -> None:
    population = first(size=5)
    asked = []
    for _ in range(10):
        pair = next_pair(population)
        asked.append(pair)
        population = rated(population, Ratings(choices=(pair,)))
    assert len(set(asked)) == 10
    assert next_pair(population) in asked


def test_it_starts_from_a_song() -> None:
    song = read_score("examples/bach-bwv269.mid")
    form = Form(key="G")
    phrases = from_score(song, form)
    population = start(form, Breeding(), rng(), phrases)
    origins = population.origins
    assert origins[:3] == ("given",) * 3 and "given" not in origins[3:]
    assert (population.phrases[:3] == phrases).all()
    varied = population.parents[3:]
    assert (varied[:, 0] != varied[:, 1]).all() and (varied < 3).all()


@pytest.mark.parametrize("count", [1, 2, 40])
def test_it_starts_from_any_number_of_phrases(count: int) -> None:
    given_phrases = rng(4).integers(0, 16, (count, 32), np.uint8)
    population = start(FORM, Breeding(), rng(), given_phrases)
    assert population.origins.count("given") == min(count, 5)
    assert len(np.unique(plain(population.phrases, FORM), axis=0)) == 10


@pytest.mark.parametrize(
    "given_phrases, said",
    [
        (np.zeros((2, 31), np.uint8), "32 codes"),
        (np.full((2, 32), 16, np.uint8), "32 codes"),
        (np.full((2, 32), 8, np.uint8), "hold no notes"),
    ],
)
def test_phrases_that_do_not_fit_are_refused(given_phrases: Genomes, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        start(FORM, Breeding(), rng(), given_phrases)


def test_saved_phrases_are_quoted() -> None:
    population = save(save(first(), 4), 4)
    assert population.saved == (4,)
    rows = np.arange(10)
    pool = Brood(population.genomes, np.stack([rows, rows - 1], axis=1), np.full(10, "chance"))
    saved = np.full((1, 32), 5, np.uint8)
    still = Breeding(mutations=0)
    children = offspring(pool, np.ones(10), saved, FORM, still, rng())
    quoting = children.genomes[children.origins == "quote"].reshape(-1, 8, 4)
    assert len(quoting) > 0
    assert (quoting == 5).all(axis=2).any(axis=1).all()
    assert "quote" not in offspring(pool, np.ones(10), saved[:0], FORM, still, rng()).origins


def test_outside_opinions_are_asked_once_a_phrase_and_learnt_from() -> None:
    asked: list[int] = []

    def predictor(score: Score) -> dict[str, float]:
        asked.append(len(score))
        return {"b": float(len(score)), "a": 0.5}

    population = first()
    draws = rng(1)
    for _ in range(3):
        before = len(asked)
        population = step(population, all_rated(population), draws, predictor)
        assert len(asked) - before <= 60 + 10
    assert population.opinion_names == ("a", "b")
    notes = onsets(degrees_of(population.genomes[:24], FORM)).sum(1)
    assert population.opinions[:24, 1].tolist() == notes.tolist()


def test_the_best_are_those_with_most_stars() -> None:
    population = bred(2)
    found = best(population, 4)
    stars = population.stars[found]
    assert (np.diff(stars) <= 0).all()
    assert stars[0] == np.nanmax(population.stars)
    assert len(best(first(), 3)) == 0


def test_names_say_generation_and_number() -> None:
    population = bred(2)
    assert population.name(0) == "g000-p01"
    assert population.name(9) == "g000-p10"
    assert population.name(int(population.current[9])) == "g002-p10"
    assert population.name(10) == "g001-p04"


@pytest.mark.parametrize(
    "wrong, said",
    [
        ({"size": 3}, "size must be a whole number from 4 to 60, not 3"),
        ({"size": 61}, "size must be"),
        ({"kept": 10}, "kept must be a whole number from 0 to 9"),
        ({"mutations": -1}, "mutations must be"),
        ({"probability": 1.1}, "probability must be a number from 0 to 1"),
        ({"brood": 5}, "brood must be"),
    ],
)
def test_breeding_out_of_range_is_refused(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError) as caught:
        Breeding(**wrong)  # type: ignore[arg-type]
    assert said in str(caught.value)


@pytest.mark.parametrize("stars", [-1, 6, 2.5, "4", "good", None, True, float("nan")])
def test_a_rating_that_is_none_is_refused(stars: object) -> None:
    with pytest.raises(UsageError, match="a rating must be a whole number from 0 to 5"):
        Ratings({0: stars})  # type: ignore[dict-item]


@pytest.mark.parametrize("number", [-1, 10, 1.5, "x"])
def test_a_phrase_that_is_not_there_is_refused(number: object) -> None:
    with pytest.raises(UsageError, match="number must be a whole number from 0 to 9"):
        step(first(), Ratings({number: 3}), rng())  # type: ignore[dict-item]
    with pytest.raises(UsageError, match="number must be a whole number from 0 to 9"):
        step(first(), Ratings(choices=((0, number),)), rng())  # type: ignore[arg-type]


def test_no_phrase_is_better_than_itself() -> None:
    with pytest.raises(UsageError, match="to itself"):
        Ratings(choices=((2, 2),))
