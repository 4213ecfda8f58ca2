"""Composing a piece with a model by rule."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from muso.compose.ending import resolves
from muso.compose.length import Goal
from muso.compose.loops import looping
from muso.compose.sampling import Aim, Turn, fit, sample
from muso.compose.streams import Model, Rows, Streams
from muso.compose.telling import Floats, Taste, Told
from muso.music.bars import Bars
from muso.music.score import Score

NOTHING = Told(np.zeros(3, np.float32))


def make(
    model: Model,
    goal: Goal,
    seed: int = 0,
    candidates: int = 1,
    aim: Aim = Aim(),
    start: Score | None = None,
) -> list[Turn]:
    rows = None if start is None else model.encoding.encode(start)[:-1]
    rng = np.random.default_rng(seed)
    return list(sample(model, NOTHING, aim, goal, Taste(), candidates, rng, rows))


@pytest.mark.parametrize("seconds", [5, 20, 60])
def test_a_piece_is_as_long_as_asked_for_to_within_a_bar_or_a_tenth(
    rambler: Model, seconds: int
) -> None:
    for seed in range(4):
        score = make(rambler, Goal("seconds", seconds), seed)[-1].score
        assert abs(score.length_s - seconds) < max(2.6, 0.1 * seconds)


@pytest.mark.parametrize("bars", [1, 4, 16])
def test_a_piece_of_so_many_bars_fills_them_and_no_more(rambler: Model, bars: int) -> None:
    for seed in range(4):
        score = make(rambler, Goal("bars", bars), seed)[-1].score
        assert score.length_beats == pytest.approx(4 * bars)
        assert len(Bars.of(score).onset_beats) == bars


@pytest.mark.parametrize("notes", [12, 100, 333])
def test_a_piece_of_so_many_notes_has_just_those(rambler: Model, notes: int) -> None:
    for seed in range(4):
        assert len(make(rambler, Goal("notes", notes), seed)[-1].score) == notes


def test_every_piece_comes_to_rest(rambler: Model) -> None:
    goals = [Goal("seconds", 20), Goal("bars", 8), Goal("notes", 100)]
    for seed, goal in enumerate(goals * 3):
        assert resolves(make(rambler, goal, seed)[-1].score) == 1.0


def test_the_same_seed_gives_the_same_piece_and_another_another(rambler: Model) -> None:
    goal = Goal("bars", 8)
    one, again, other = (make(rambler, goal, seed)[-1].score for seed in (1, 1, 2))
    assert one.pitch.tolist() == again.pitch.tolist()
    assert one.onset_beats.tolist() == again.onset_beats.tolist()
    assert one.pitch.tolist() != other.pitch.tolist()


def test_what_a_turn_said_stays(rambler: Model) -> None:
    turns = make(rambler, Goal("seconds", 40), candidates=4)
    assert len(turns) > 3
    last = turns[-1].score
    for turn in turns[:-1]:
        count = len(turn.score)
        assert last.pitch[:count].tolist() == turn.score.pitch.tolist()
        assert last.onset_beats[:count].tolist() == turn.score.onset_beats.tolist()
        assert (last.duration_beats[:count] <= turn.score.duration_beats + 1e-9).all()
    assert [turn.done for turn in turns] == [False] * (len(turns) - 1) + [True]


def test_the_first_turn_is_about_a_bar(rambler: Model) -> None:
    first = next(
        sample(rambler, NOTHING, Aim(), Goal("seconds", 60), Taste(), 1,
               np.random.default_rng(0))
    )  # fmt: skip
    assert 0 < first.score.onset_beats.max() < 12


def test_a_piece_goes_on_from_a_start_and_is_as_much_longer(rambler: Model) -> None:
    start = make(rambler, Goal("bars", 4), 5)[-1].score
    score = make(rambler, Goal("bars", 4), 6, start=start)[-1].score
    assert score.pitch[: len(start)].tolist() == start.pitch.tolist()
    assert score.length_beats == pytest.approx(start.length_beats + 16, abs=4)


def test_a_model_caught_in_a_loop_is_led_out_of_it(stuck: Model) -> None:
    rng = np.random.default_rng(0)
    streams = Streams(stuck, NOTHING, 2, Goal("notes", 10_000), Taste(), rng)
    caught = 0
    for _ in range(40):
        streams.grow(10)
        caught += streams.looping(0)
    pitches = streams.score(0).pitch
    assert len(set(pitches.tolist())) > 4
    assert caught < 30
    assert looping(np.tile(np.array([60, 64, 67, 62], np.int16), 20)) == 4


def test_candidates_lead_to_what_the_ear_is_asked_for(rambler: Model) -> None:
    def ear(score: Score) -> Mapping[str, float]:
        high = 1 / (1 + np.exp(-(score.pitch.mean() - 60) / 4))
        return {"happy": high, "sad": 1 - high, "calm": 0.0, "angry": 0.0}

    goal = Goal("bars", 16)
    happy, sad = (
        np.mean(
            [
                make(rambler, goal, seed, 6, Aim(side, side, ear))[-1].score.pitch.mean()
                for seed in range(3)
            ]
        )
        for side in (1.0, -1.0)
    )
    assert happy > sad + 6


def test_the_fit_is_best_where_valence_and_arousal_are_as_meant() -> None:
    even = dict.fromkeys(("sad", "calm", "angry", "happy"), 0.25)
    happy = {"sad": 0.02, "calm": 0.08, "angry": 0.1, "happy": 0.8}
    assert fit(happy, 1.0, 1.0) > fit(even, 1.0, 1.0)
    assert fit(even, 0.0, 0.0) == pytest.approx(0.0)
    assert fit(happy, 0.0, 0.0) < fit(even, 0.0, 0.0)
    assert fit(happy, 0.8, None) > fit(happy, -0.8, None)


def test_no_piece_is_without_bars_unless_the_taste_says_so(rambler: Model) -> None:
    assert make(rambler, Goal("bars", 2))[-1].score.meters


def test_guidance_goes_further_towards_what_is_told(rambler: Model) -> None:
    def velocity(guidance: float) -> float:
        told = Told(np.array([1, 0, 0.5], np.float32), np.zeros(3, np.float32), guidance)
        rng = np.random.default_rng(0)
        streams = Streams(rambler, told, 4, Goal("bars", 8), Taste(), rng)
        streams.grow(40)
        return float(np.mean([streams.score(n).velocity.mean() for n in range(4)]))

    assert velocity(1.0) + 2 < velocity(2.0) < velocity(3.0)


def test_a_stream_that_is_kept_goes_on_as_itself(rambler: Model) -> None:
    told = Told(np.array([1, 0, 1], np.float32), np.zeros(3, np.float32), 2.0)
    streams = Streams(rambler, told, 3, Goal("bars", 99), Taste(), np.random.default_rng(0))
    streams.grow(30)
    chosen = streams.rows[2].copy()
    streams.keep(2)
    assert (streams.rows == chosen).all()
    streams.grow(1)
    last = int(chosen[chosen[:, 2] > 0, 2][-1])
    after = streams.rows[:, -1, 2]
    assert (np.abs(after[after > 0].astype(int) - last) < 15).all()


def test_no_more_notes_than_two_hands_can_play(rambler: Model) -> None:
    class Crowded:
        """The model by rule, which says nothing but chords."""

        encoding = rambler.encoding
        begin, advance = rambler.begin, rambler.advance

        def logits(self, hidden: Floats, so_far: Rows) -> Floats:
            scores = rambler.logits(hidden, so_far)
            if so_far.shape[1] == 0:
                zero = self.encoding.words[0].index("g_0")
                scores[:, zero] = 20
                scores[:, zero + 1] = 15
            return np.asarray(scores if so_far.shape[1] != 2 else np.zeros_like(scores))

    taste = Taste()
    streams = Streams(Crowded(), NOTHING, 1, Goal("notes", 9999), taste, np.random.default_rng(0))
    streams.grow(600)
    score = streams.score(0)
    assert len(score) / score.length_s < 20


def test_no_stream_falls_silent_for_long(rambler: Model) -> None:
    class Slow:
        """The model by rule, which waits as long as it may."""

        encoding = rambler.encoding
        begin, advance = rambler.begin, rambler.advance

        def logits(self, hidden: Floats, so_far: Rows) -> Floats:
            scores = rambler.logits(hidden, so_far)
            if so_far.shape[1] == 0:
                scores = scores + np.arange(scores.shape[1])
            return np.asarray(scores)

    taste = Taste()
    streams = Streams(Slow(), NOTHING, 1, Goal("notes", 9999), taste, np.random.default_rng(0))
    streams.grow(60)
    gaps = np.diff(streams.score(0).onset_s)
    assert 1 < gaps.max() <= 2.5
