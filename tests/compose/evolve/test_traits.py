from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muso.compose.evolve.genome import Form, Genomes, read_genome
from muso.compose.evolve.likeness import WHOLES, grams, hear, likeness, self_likeness
from muso.compose.evolve.traits import traits

FORM = Form(bars=2)


def of(text: str, form: Form = FORM) -> dict[str, float]:
    return {k: float(v[0]) for k, v in traits(read_genome(text, form)[None], form).items()}


@pytest.mark.parametrize(
    "trait, text, value",
    [
        ("rests", "0089f123", 3 / 8),
        ("onsets", "00112233", 4 / 8),
        ("mean_length", "00018888", 2),
        ("longest", "00002888", 3),
        ("onsets_on_beat", "08080808", 1),
        ("onsets_off_beat", "08080808", 0),
        ("onsets_on_bar", "08884888", 1),
        ("tied_over_beat", "80080080", 1 / 4),
        ("mean_degree", "02468888", 3),
        ("high", "05678888", 3 / 4),
        ("kinds", "01230123", 4),
        ("mean_step", "02040204", 20 / 7),
        ("rising", "01234567", 1),
        ("turns", "01010101", 1),
        ("root", "07120712", 1 / 2),
        ("ends_on_root", "12345677", 1),
        ("last_degree", "12345688", 6),
        ("returns_after_bar", "01230123", 1),
        ("rhythm_after_bar", "01234567", 1),
    ],
)
def test_traits_count_what_their_names_say(trait: str, text: str, value: float) -> None:
    assert of(text)[trait] == pytest.approx(value)


def test_contours_follow_their_shapes() -> None:
    assert of("01234567")["slope"] > 0.8
    assert of("76543210")["slope"] < -0.8
    assert of("02466420")["arch"] > 0.8
    assert abs(of("02466420")["slope"]) < 0.1


@pytest.mark.parametrize(
    "form", [Form(bars=1, notes_a_bar=1), Form(bars=1, notes_a_bar=2), Form(pauses=False)]
)
def test_every_phrase_has_finite_traits_even_silence(form: Form) -> None:
    genomes = np.concatenate(
        [np.full((1, form.slots), 8, np.uint8), np.zeros((1, form.slots), np.uint8)]
    )
    for values in traits(genomes, form).values():
        assert values.shape == (2,)
        assert np.isfinite(values).all()


def drawn(seed: int, count: int = 5) -> Genomes:
    return np.random.default_rng(seed).integers(0, 16, (count, FORM.slots), np.uint8)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_likenesses_are_symmetric_and_nowhere_negative_in_sum(seed: int) -> None:
    heard = hear(drawn(seed, 8), FORM)
    for gram in grams(heard, heard):
        assert np.allclose(gram, gram.T)
        assert np.linalg.eigvalsh(gram).min() > -1e-8


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_weighted_likeness_is_the_weighted_sum(seed: int) -> None:
    one, other = hear(drawn(seed), FORM), hear(drawn(seed + 1), FORM)
    every = grams(one, other)
    weights = np.random.default_rng(seed).random(len(every))
    weights[::3] = 0
    assert np.allclose(likeness(one, other, weights), np.tensordot(weights, every, 1))
    assert np.allclose(self_likeness(one, weights), np.diag(likeness(one, one, weights)))


def test_there_is_a_likeness_for_each_trait_and_for_the_whole() -> None:
    heard = hear(drawn(0), FORM)
    assert len(grams(heard, heard)) == len(traits(drawn(0), FORM)) + len(WHOLES)
