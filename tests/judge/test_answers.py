from __future__ import annotations

import numpy as np
import pytest

from muso.errors import UsageError
from muso.judge.answers import Answer, hear, wilson

KEY = {str(n): mood for n, mood in enumerate(["sad", "calm", "angry", "happy"] * 5)}


def answers(listeners: int, right: float, seed: int = 0) -> list[Answer]:
    """Listeners who hear a share of pieces rightly and guess the others."""
    rng = np.random.default_rng(seed)
    moods = sorted(set(KEY.values()))
    return [
        Answer(f"listener {who}", piece, mood if rng.random() < right else str(rng.choice(moods)))
        for who in range(listeners)
        for piece, mood in KEY.items()
    ]


def test_all_right_is_one_and_the_confusion_a_diagonal() -> None:
    found = hear(answers(3, 1.0), KEY)
    assert (found.right.right, found.right.count, found.chance) == (60, 60, 0.25)
    np.testing.assert_array_equal(found.confusion, np.eye(4, dtype=int) * 15)
    assert found.right.share.low > 0.9


def test_shares_are_counted_a_listener_a_piece_and_a_label() -> None:
    told = [Answer("ann", "0", "sad"), Answer("ann", "1", "sad"), Answer("bo", "1", "calm")]
    found = hear(told, KEY)
    assert [(s.name, s.right, s.count) for s in found.listeners] == [("ann", 1, 2), ("bo", 1, 1)]
    assert [(s.name, s.right, s.count) for s in found.pieces] == [("0", 1, 1), ("1", 1, 2)]
    assert [(s.name, s.right, s.count) for s in found.intended] == [("calm", 1, 2), ("sad", 1, 1)]
    assert found.confusion[found.labels.index("calm"), found.labels.index("sad")] == 1


def test_guessing_is_about_chance_and_the_interval_holds_it() -> None:
    found = hear(answers(12, 0.0), KEY)
    assert found.right.share.low < 0.25 < found.right.share.high


def test_listeners_who_differ_widen_the_interval() -> None:
    alike = hear(answers(10, 0.5), KEY).right.share
    split = [a for n in range(5) for a in answers(1, 1.0)]
    split = [Answer(f"good {i // len(KEY)}", a.piece, a.label) for i, a in enumerate(split)]
    bad = [Answer(a.listener.replace("good", "bad"), a.piece, "sad") for a in split]
    differing = hear(split + bad, KEY).right.share
    assert differing.high - differing.low > alike.high - alike.low


def test_wilson_never_leaves_the_range_and_narrows_with_answers() -> None:
    assert wilson(0, 5).low == 0 and wilson(5, 5).high == 1
    few, many = wilson(3, 6), wilson(300, 600)
    assert many.high - many.low < few.high - few.low


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ([], "there are no answers"),
        ([Answer("ann", "99", "sad")], "a piece '99' that the key doesn't hold"),
        ([Answer("ann", "1", "jolly")], "choose from angry, calm, happy, sad"),
        ([Answer("ann", "1", "sad")] * 2, "answered twice on piece 1"),
    ],
)
def test_answers_that_make_no_sense_are_refused(told: list[Answer], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        hear(told, KEY)
