"""The judge that is trained to tell folders apart."""

from __future__ import annotations

import numpy as np

from muso.learn.style_judge import EXCERPT_NOTES, excerpts, fit_judge, makeups_of
from muso.music.score import Score
from muso.represent.notes import Notes


def walk(seed: int, steps: list[int], notes: int = 200) -> Score:
    rng = np.random.default_rng(seed)
    pitch = 48 + np.cumsum(rng.choice(steps, notes)) % 30
    return Score.of(pitch, np.arange(notes) / 2, 0.5)


def test_it_tells_folders_apart_that_differ_and_says_how_well() -> None:
    folders = {
        "steps": makeups_of([walk(n, [-1, 2]) for n in range(12)], Notes()),
        "leaps": makeups_of([walk(n, [-5, 7]) for n in range(12)], Notes()),
    }
    judge = fit_judge(folders)
    assert judge.right.value > 0.9
    unseen = makeups_of([walk(99, [-5, 7]), walk(98, [-1, 2])], Notes())
    assert judge.hear([parts[0] for parts in unseen]).tolist() == [1, 0]


def test_folders_that_do_not_differ_it_can_not_tell_apart() -> None:
    folders = {
        name: makeups_of([walk(n + first, [-2, 1, 3]) for n in range(15)], Notes())
        for first, name in ((0, "a"), (100, "b"))
    }
    assert fit_judge(folders).right.value < 0.8


def test_a_piece_is_cut_into_excerpts_of_one_size() -> None:
    parts = excerpts(walk(0, [1, -1], 2 * EXCERPT_NOTES + 30))
    assert [len(part) for part in parts] == [EXCERPT_NOTES, EXCERPT_NOTES]
