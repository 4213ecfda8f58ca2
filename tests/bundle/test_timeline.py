from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from numpy.typing import NDArray

from muso.bundle.bundle import Bundle
from muso.bundle.timeline import MOST, _spans, follow
from muso.music.score import Score
from muso.progress import Progress

LEAPS = [48, 59, 50, 61, 52, 43]
STEPS = [60, 62, 64, 65, 64, 62]


def two_halves() -> Score:
    """A minute of leaps in uneven notes, then a minute of steps in even ones."""
    at = np.r_[np.cumsum(np.tile([0.75, 0.25], 60)), 60 + np.arange(120) / 2]
    return Score.of(np.r_[np.resize(LEAPS, 120), np.resize(STEPS, 120)], at, 0.25, tempo_bpm=60)


def test_what_changes_in_a_piece_changes_in_its_timeline(bundle: Bundle) -> None:
    found = follow(bundle, two_halves())
    leaper, walker = found.labels.index("Leaper"), found.labels.index("Walker")
    middle = (found.start_s + found.end_s) / 2
    early, late = found.probability[middle < 45], found.probability[middle > 75]
    assert early[:, leaper].mean() > late[:, leaper].mean()
    assert late[:, walker].mean() > early[:, walker].mean()


def test_windows_lie_in_order_and_cover_the_piece(bundle: Bundle) -> None:
    score = two_halves()
    found = follow(bundle, score, window_s=20, step_s=8)
    assert (np.diff(found.start_s) > 0).all()
    assert found.start_s[0] == 0
    assert found.end_s[-1] == found.length_s == score.length_s
    assert found.silences == []
    np.testing.assert_allclose(found.probability.sum(axis=1), 1)


def test_a_window_is_named_as_if_it_were_a_piece(bundle: Bundle) -> None:
    score = two_halves()
    found = follow(bundle, score)
    start_s, end_s = found.start_s[3], found.end_s[3]
    alone = dict(bundle.predict(score.between(start_s, end_s)).ranking)
    assert found.rankings()[3][0][1] == pytest.approx(max(alone.values()))


def test_a_short_piece_is_one_window(bundle: Bundle) -> None:
    score = Score.of(STEPS, np.arange(6) / 2, 0.5)
    found = follow(bundle, score)
    assert len(found.best) == 1
    assert dict(found.rankings()[0]) == pytest.approx(dict(bundle.predict(score).ranking))


def test_silence_between_notes_has_no_window(bundle: Bundle) -> None:
    at = np.r_[np.arange(40) / 2, 200 + np.arange(40) / 2]
    found = follow(bundle, Score.of(np.resize(STEPS, 80), at, 0.5, tempo_bpm=60))
    assert not ((found.start_s > 25) & (found.end_s < 195)).any()
    ((start_s, end_s),) = found.silences
    assert 20 <= start_s < 40 and 180 < end_s <= 200


@pytest.mark.parametrize(
    ("length_s", "spans"),
    [
        (15.5, [(0, 15.5)]),
        (17, [(0, 15), (2, 17)]),
        (20, [(0, 15), (5, 20)]),
        (20.7, [(0, 15), (5.7, 20.7)]),
        (22, [(0, 15), (5, 20), (7, 22)]),
    ],
)
def test_the_last_window_reaches_the_end_of_the_piece(
    bundle: Bundle, length_s: float, spans: list[tuple[float, float]]
) -> None:
    score = Score.of(np.resize(STEPS, 40), np.linspace(0, length_s - 0.5, 40), 0.5, tempo_bpm=60)
    found = follow(bundle, score)
    np.testing.assert_allclose(np.stack([found.start_s, found.end_s], axis=1), spans, atol=0.02)


def test_windows_lie_between_silences_and_their_number_is_bounded() -> None:
    silences = np.array([[0.0, 4.0], [30.0, 31.0], [50.0, 60.0], [60.5, 70.0], [95.0, 100.0]])
    assert _spans(100, 15, 10, silences) == [
        (4, 19), (14, 29), (24, 39), (34, 49), (35, 50), (70, 85), (80, 95)
    ]  # fmt: skip
    assert _spans(9, 15, 10, np.array([[0.0, 9.0]])) == []
    many = np.arange(4000)[:, None] * 5 + np.array([[0.0, 3.0]])
    assert len(_spans(20_000, 15, 5, many)) == 4000
    assert len(_spans(20_000, 15, 500, many)) <= MOST


def test_a_long_piece_is_cut_in_larger_steps(bundle: Bundle) -> None:
    at = np.arange(0, 3000, 2.0)
    found = follow(bundle, Score.of(np.resize(STEPS, len(at)), at, 1.0, tempo_bpm=60))
    assert len(found.best) <= MOST
    assert found.end_s[-1] > 2980
    assert found.silences == []


class Loudness(SimpleNamespace):
    """A view of pieces that are `(second,)`, 0 where nothing sounds."""

    def part(self, piece: NDArray[Any], start_s: float, end_s: float) -> NDArray[Any]:
        return piece[round(start_s) : round(end_s)]

    def sounds(self, piece: NDArray[Any]) -> bool:
        return bool(piece.any())

    def silences(self, piece: NDArray[Any]) -> NDArray[np.float64]:
        edges = np.flatnonzero(np.diff(np.r_[1, piece, 1] > 0))
        return edges.reshape(-1, 2).astype(np.float64)


def loudness() -> Bundle:
    """Says how much of a piece is louder than 0."""
    bundle = SimpleNamespace(
        labels=("loud", "quiet"),
        members=[SimpleNamespace(view=Loudness())],
        slices=lambda piece: (piece > 0).mean(),
        log_probabilities=lambda loud: [np.array([[loud, 1 - loud]])],
        average=lambda said: said[0],
    )
    return cast(Bundle, bundle)


@pytest.mark.parametrize("length_s", [1799, 1831, 3481, 3599, 3601, 7200, 40_000])
def test_all_of_a_recording_of_any_length_is_heard(length_s: int) -> None:
    found = follow(loudness(), np.ones(length_s), 30, 15, length_s)
    assert 100 < len(found.best) <= MOST
    assert (found.start_s[0], found.end_s[-1]) == (0, length_s)
    assert (found.start_s[1:] < found.end_s[:-1]).all()
    assert found.silences == []


def test_of_a_long_recording_the_silence_is_told() -> None:
    music = np.ones(7200)
    music[1000:1500] = 0
    found = follow(loudness(), music, 30, 15, 7200)
    assert found.silences == [(1000, 1500)]
    assert (found.probability[:, 0] == 1).all()


def test_where_too_many_silences_part_a_piece_windows_go_on_over_the_shorter() -> None:
    half = np.tile(np.repeat([1, 0], 10), 75)
    music = np.r_[half, np.zeros(600), half]
    found = follow(loudness(), music, 30, 15, len(music))
    assert len(loudness().members[0].view.silences(music)) > MOST
    assert 2 <= len(found.best) <= MOST
    assert found.silences == [(1490, 2100)]
    assert found.end_s[-1] == len(music)


def test_rows_are_rounded_and_hold_the_best(bundle: Bundle) -> None:
    rows = follow(bundle, two_halves()).as_rows(2)
    assert set(rows[0]) == {"start_s", "end_s", "label", "probability", "ranking"}
    assert all(len(row["ranking"]) == 2 and row["ranking"][0][0] == row["label"] for row in rows)


def test_it_tells_how_many_windows_were_named_and_how_long_is_left(bundle: Bundle) -> None:
    told: list[Progress] = []
    found = follow(bundle, two_halves(), listener=told.append)
    assert [one.done for one in told] == list(range(1, len(found.start_s) + 1))
    assert {one.total for one in told} == {len(found.start_s)} and told[-1].left_s == 0
