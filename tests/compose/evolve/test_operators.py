from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muso.compose.evolve.genome import DEGREES, Form, Genomes, degrees_of
from muso.compose.evolve.operators import OPERATORS, Parents, crossover, flip_bits, moved

FORM = Form()
seeds = st.integers(0, 2**32 - 1)


def drawn(count: int, seed: int, form: Form = FORM) -> Genomes:
    return np.random.default_rng(seed).integers(0, 16, (count, form.slots), np.uint8)


def parents(seed: int, form: Form = FORM) -> Parents:
    return Parents(*(drawn(6, seed + k, form) for k in range(3)), form=form)


def bits(genomes: Genomes) -> np.ndarray:
    low_first = np.unpackbits(genomes[:, :, None], axis=2, count=4, bitorder="little")
    return low_first.reshape(len(genomes), -1)


def bars(genome: Genomes) -> list[tuple[int, ...]]:
    return [tuple(bar) for bar in genome.reshape(-1, FORM.notes_a_bar).tolist()]


@pytest.mark.parametrize("name", OPERATORS)
@pytest.mark.parametrize(
    "form", [FORM, Form(bars=1, notes_a_bar=1), Form(bars=3, notes_a_bar=3, pauses=False)]
)
def test_operators_give_a_child_a_row_and_leave_their_parents_alone(name: str, form: Form) -> None:
    given_to = parents(3, form)
    before = [each.copy() for each in (given_to.first, given_to.second, given_to.saved)]
    children = OPERATORS[name](given_to, np.random.default_rng(1))
    assert children.shape == given_to.first.shape and children.dtype == np.uint8
    assert (children < 16).all()
    for genomes, was in zip((given_to.first, given_to.second, given_to.saved), before, strict=True):
        assert (genomes == was).all()


@settings(max_examples=40, deadline=None)
@given(seeds)
def test_crossover_takes_bits_of_one_parent_up_to_a_point_and_then_of_the_other(seed: int) -> None:
    pair = parents(seed)
    children = bits(crossover(pair, np.random.default_rng(seed)))
    first, second = bits(pair.first), bits(pair.second)
    points = np.arange(1, first.shape[1])
    for child, one, other in zip(children, first, second, strict=True):
        assert any((child[:p] == one[:p]).all() and (child[p:] == other[p:]).all() for p in points)


@settings(max_examples=40, deadline=None)
@given(seeds, st.integers(0, 6), st.floats(0, 1))
def test_no_more_bits_flip_than_asked_for(seed: int, most: int, probability: float) -> None:
    genomes = drawn(20, seed)
    flipped = flip_bits(genomes, most, probability, np.random.default_rng(seed))
    assert ((bits(genomes) != bits(flipped)).sum(1) <= most).all()


def test_bits_flip_as_often_as_their_probability_says() -> None:
    genomes = drawn(2000, 0)
    flipped = flip_bits(genomes, 1, 0.5, np.random.default_rng(1))
    assert (genomes != flipped).any(1).mean() == pytest.approx(0.5, abs=0.05)
    always = flip_bits(genomes, 1, 1.0, np.random.default_rng(1))
    assert ((bits(genomes) != bits(always)).sum(1) == 1).all()


@pytest.mark.parametrize("name", ["invert", "retrograde"])
@settings(max_examples=40, deadline=None)
@given(seed=seeds)
def test_doing_it_twice_to_the_same_bars_undoes_it(name: str, seed: int) -> None:
    once_from = parents(seed)
    once = OPERATORS[name](once_from, np.random.default_rng(seed))
    twice_from = Parents(once, once_from.second, once_from.saved, FORM)
    twice = OPERATORS[name](twice_from, np.random.default_rng(seed))
    assert (twice == once_from.first).all()


@settings(max_examples=40, deadline=None)
@given(seed=seeds, by=st.integers(-3, 3))
def test_transposing_there_and_back_is_identity_where_nothing_was_folded(
    seed: int, by: int
) -> None:
    genomes = drawn(6, seed)
    degrees = degrees_of(genomes, FORM)
    inside = (degrees < 0) | ((degrees + by >= 0) & (degrees + by < DEGREES))
    back = moved(moved(genomes, inside, np.array([[by]]), FORM), inside, np.array([[-by]]), FORM)
    assert (back == genomes).all()


def test_what_leaves_the_range_stays_the_same_note_an_octave_away() -> None:
    up = moved(np.array([[7, 6, 0]], np.uint8), np.ones((1, 3), bool), np.array([[1]]), FORM)
    assert up.tolist() == [[1, 7, 1]]
    down = moved(np.array([[0, 1]], np.uint8), np.ones((1, 2), bool), np.array([[-1]]), FORM)
    assert down.tolist() == [[6, 0]]


@pytest.mark.parametrize("name", ["transpose", "invert"])
@settings(max_examples=40, deadline=None)
@given(seed=seeds)
def test_rests_stay_where_they_are(name: str, seed: int) -> None:
    pair = parents(seed)
    children = OPERATORS[name](pair, np.random.default_rng(seed))
    assert ((children >= DEGREES) == (pair.first >= DEGREES)).all()


@pytest.mark.parametrize("name", ["retrograde", "shift"])
@settings(max_examples=40, deadline=None)
@given(seed=seeds)
def test_moving_notes_about_loses_none(name: str, seed: int) -> None:
    pair = parents(seed)
    children = OPERATORS[name](pair, np.random.default_rng(seed))
    assert (np.sort(children, axis=1) == np.sort(pair.first, axis=1)).all()


@settings(max_examples=40, deadline=None)
@given(seed=seeds)
def test_splice_is_made_of_whole_bars_of_both_parents(seed: int) -> None:
    pair = parents(seed)
    children = OPERATORS["splice"](pair, np.random.default_rng(seed))
    for child, one, other in zip(children, pair.first, pair.second, strict=True):
        assert set(bars(child)) <= set(bars(one)) | set(bars(other))


@settings(max_examples=40, deadline=None)
@given(seed=seeds)
def test_echo_repeats_bars_of_its_own(seed: int) -> None:
    pair = parents(seed)
    children = OPERATORS["echo"](pair, np.random.default_rng(seed))
    for child, own in zip(children, pair.first, strict=True):
        assert set(bars(child)) <= set(bars(own))


@settings(max_examples=40, deadline=None)
@given(seed=seeds)
def test_quote_takes_bars_of_the_saved_phrase_from_the_same_place(seed: int) -> None:
    pair = parents(seed)
    children = OPERATORS["quote"](pair, np.random.default_rng(seed))
    assert ((children == pair.saved) | (children == pair.first)).all()
    assert (children == pair.saved).any()


@pytest.mark.parametrize("name", ["redraw", "tie"])
@settings(max_examples=40, deadline=None)
@given(seed=seeds)
def test_small_changes_touch_three_notes_at_most(name: str, seed: int) -> None:
    pair = parents(seed)
    children = OPERATORS[name](pair, np.random.default_rng(seed))
    assert ((children != pair.first).sum(1) <= 3).all()
