"""The ear that hears whether a score is in a folder's style."""

from __future__ import annotations

import numpy as np

from muso.bundle.language import find_language
from muso.judge.style import FEATURES, Makeup
from muso.judge.style_ear import LEAST_NOTES, NOTES, UNDECIDED, StyleEar
from muso.learn.style_ear import fit_ear
from muso.music.score import Score
from muso.service.composing import UNASKED, compose_unasked


def walk(seed: int, steps: list[int], notes: int = 300) -> Score:
    rng = np.random.default_rng(seed)
    pitch = 48 + np.cumsum(rng.choice(steps, notes)) % 30
    return Score.of(pitch, np.arange(notes) / 2, 0.5)


def ear_for(steps: list[int], others: list[int]) -> StyleEar:
    fitted = fit_ear(
        [walk(n, steps) for n in range(10)], [walk(n, others) for n in range(100, 110)]
    )
    assert fitted.shape == (FEATURES + 1,)
    return StyleEar(fitted[:-1], float(fitted[-1]))


def test_it_hears_the_folder_s_music_as_such_and_other_music_as_other() -> None:
    ear = ear_for([-1, 2], [-5, 7])
    own, other = ear(walk(50, [-1, 2])), ear(walk(50, [-5, 7]))
    assert np.exp(own) > 0.6 and np.exp(other) < 0.4
    assert own <= 0


def test_it_hears_the_latest_notes_and_says_nothing_of_too_few() -> None:
    ear = ear_for([-1, 2], [-5, 7])
    late, early = walk(50, [-1, 2], NOTES), walk(51, [-5, 7], 3 * NOTES)
    joined = Score.of(
        np.concatenate([early.pitch, late.pitch]),
        np.concatenate([early.onset_beats, late.onset_beats + 3 * NOTES / 2]),
        0.5,
    )
    np.testing.assert_allclose(ear(joined), ear(late), atol=1e-6)
    assert ear(walk(50, [-5, 7], LEAST_NOTES - 1)) == UNDECIDED


def test_all_that_a_judge_looks_at_is_counted() -> None:
    assert len(Makeup.of(walk(0, [1, 2])).features) == FEATURES


def test_what_a_model_makes_unasked_is_music_enough_to_learn_from() -> None:
    made = compose_unasked(find_language("muse.1"))
    assert len(made) == UNASKED
    assert np.median([len(score) for score in made]) > NOTES
    assert compose_unasked(find_language("muse.1")) is made
