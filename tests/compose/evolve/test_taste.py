from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from muso.compose.evolve.genome import Form, Genomes, degrees_of
from muso.compose.evolve.taste import Verdicts, learn_taste
from muso.compose.evolve.traits import onsets

FORM = Form()
NONE = np.zeros((0, 2), np.int64)


def drawn(count: int, seed: int) -> Genomes:
    return np.random.default_rng(seed).integers(0, 16, (count, FORM.slots), np.uint8)


def busy(genomes: Genomes) -> NDArray[np.float64]:
    """Stars of somebody who likes many notes, 2.5 on average."""
    notes = onsets(degrees_of(genomes, FORM)).mean(1)
    return np.clip(2.5 + 15 * (notes - 0.47), 0, 5)


def rated(count: int, seed: int, noise: float = 0.5) -> Verdicts:
    genomes = drawn(count, seed)
    rng = np.random.default_rng(seed)
    stars = np.clip(np.rint(busy(genomes) + rng.normal(0, noise, count)), 0, 5)
    return Verdicts(genomes, stars, NONE)


def follows(found: NDArray[np.float64], true: NDArray[np.float64]) -> float:
    return float(np.corrcoef(found, true)[0, 1])


def test_thirty_ratings_tell_what_a_simple_taste_will_like() -> None:
    ear = learn_taste(rated(30, 1), FORM)
    unheard = drawn(300, 99)
    assert follows(ear.opinion(unheard).expected, busy(unheard)) > 0.8


def test_more_ratings_teach_more() -> None:
    unheard = drawn(300, 99)
    few, many = (
        np.mean([follows(learn_taste(rated(n, s), FORM).opinion(unheard).expected, busy(unheard))
                 for s in range(4)])
        for n in (8, 60)
    )  # fmt: skip
    assert many > few


def test_it_knows_how_sure_it_is() -> None:
    verdicts = rated(60, 2)
    ear = learn_taste(verdicts, FORM)
    unheard = drawn(300, 98)
    opinion = ear.opinion(unheard)
    off = np.abs(opinion.expected - busy(unheard))
    assert (off < 2 * opinion.unsure).mean() > 0.85
    assert opinion.unsure.mean() < 1.0
    assert ear.opinion(verdicts.genomes).unsure.mean() < opinion.unsure.mean()


def test_choices_alone_teach_a_taste() -> None:
    genomes = drawn(40, 3)
    rng = np.random.default_rng(3)
    pairs = np.array([rng.choice(40, 2, replace=False) for _ in range(80)])
    liked = busy(genomes)[pairs]
    wrong = liked[:, 0] < liked[:, 1]
    pairs[wrong] = pairs[wrong][:, ::-1]
    ear = learn_taste(Verdicts(genomes, np.full(40, np.nan), pairs), FORM)
    unheard = drawn(300, 97)
    assert follows(ear.opinion(unheard).expected, busy(unheard)) > 0.7


def test_choices_add_to_ratings() -> None:
    unheard = drawn(300, 96)
    gained = []
    for seed in range(4):
        said = rated(5, seed)
        genomes = np.concatenate([said.genomes, drawn(40, 50 + seed)])
        stars = np.append(said.stars, np.full(40, np.nan))
        order = 5 + np.argsort(-busy(genomes[5:]))
        choices = np.stack([order[:20], order[20:]], axis=1)
        alone = learn_taste(Verdicts(genomes, stars, NONE), FORM).opinion(unheard).expected
        both = learn_taste(Verdicts(genomes, stars, choices), FORM).opinion(unheard).expected
        gained.append(follows(both, busy(unheard)) - follows(alone, busy(unheard)))
    assert np.mean(gained) > 0.1


def test_a_choice_moves_both_phrases_apart() -> None:
    genomes = drawn(2, 6)
    ear = learn_taste(Verdicts(genomes, np.full(2, np.nan), np.array([[1, 0]])), FORM)
    expected = ear.opinion(genomes).expected
    assert expected[1] > ear.mean > expected[0]


def test_knowing_nothing_it_expects_the_same_of_all() -> None:
    ear = learn_taste(Verdicts(drawn(3, 0), np.full(3, np.nan), NONE), FORM)
    assert ear.opinion(drawn(4, 1)).expected.tolist() == [2.0] * 4


@pytest.mark.parametrize("stars", [0.0, 5.0])
def test_somebody_who_rates_all_alike_teaches_only_that(stars: float) -> None:
    ear = learn_taste(Verdicts(drawn(20, 0), np.full(20, stars), NONE), FORM)
    expected = ear.opinion(drawn(50, 1)).expected
    assert np.isfinite(expected).all()
    assert np.abs(expected - stars).max() < 1.0


def test_outside_opinions_are_heard() -> None:
    genomes = drawn(60, 9)
    secret = np.random.default_rng(9).normal(size=60)
    stars = np.clip(np.rint(2.5 + 1.5 * secret), 0, 5)
    taught, kept = slice(0, 40), slice(40, 60)
    said = Verdicts(genomes[taught], stars[taught], NONE, secret[taught, None])
    expected = learn_taste(said, FORM).opinion(genomes[kept], secret[kept, None]).expected
    assert follows(expected, secret[kept]) > 0.8


def test_the_covariance_has_the_variances_on_its_diagonal() -> None:
    ear = learn_taste(rated(20, 10), FORM)
    genomes = drawn(10, 11)
    unsure = ear.opinion(genomes).unsure
    assert np.allclose(np.diag(ear.covariance(genomes)), unsure**2)
