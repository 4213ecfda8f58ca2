from __future__ import annotations

import pytest

from muso.corpus.importers import MOODS as CORPUS_MOODS
from muso.corpus.importers import mood
from muso.learn.axes import signs
from muso.learn.recipe import read_recipe
from muso.recognize.composer import COMPOSER
from muso.recognize.mood import MOOD, MOODS


def test_moods_lie_at_the_corners_that_the_corpora_name() -> None:
    assert set(MOODS) == set(CORPUS_MOODS)
    for label, at in MOODS.items():
        assert mood(at["valence"], at["arousal"]) == label


@pytest.mark.parametrize("label", MOODS)
def test_a_sure_mood_lies_at_its_corner_and_doubt_in_the_middle(label: str) -> None:
    assert MOOD.place([(label, 1.0)]) == MOODS[label]
    assert MOOD.place([(each, 0.25) for each in MOODS]) == {"valence": 0, "arousal": 0}


def test_coordinates_stay_in_range_whatever_the_ranking_sums_to() -> None:
    placed = MOOD.place([("happy", 0.6), ("calm", 0.2), ("unheard-of", 0.2)])
    assert placed == {"valence": 1.0, "arousal": pytest.approx(0.5)}
    assert MOOD.place([]) == {} == COMPOSER.place([("Bach", 1.0)])


@pytest.mark.parametrize("name", ["mood", "mood-steer", "mood-judge"])
def test_the_axes_of_the_recipes_are_valence_and_arousal(name: str) -> None:
    labels = sorted(MOODS)
    for member in read_recipe(name).member:
        side = signs(tuple(tuple(axis) for axis in member.classical["axes"]), len(labels))
        for row, axis in zip(side, ("valence", "arousal"), strict=True):
            assert row.tolist() == [MOODS[label][axis] for label in labels]


def test_judge_and_steering_share_no_piece() -> None:
    steer, judge = (set(read_recipe(f"mood-{name}").leave_out) for name in ("steer", "judge"))
    sides = {"emopia-train", "emopia-valid", "vgmidi"}
    assert (sides - steer) & (sides - judge) == set()
