from dataclasses import replace

import numpy as np
import pytest

from muso.music.score import Changes, Score, Track
from muso.music.sound import voices
from muso.music.sound.crowds import MOST_SOUNDING, MOST_STRUCK, given_way
from muso.music.sound.strokes import (
    CUT_S,
    HELD_S,
    SOFT,
    SOSTENUTO,
    SUSTAIN,
    Strokes,
    pedalling,
    strokes_of,
)

PIANO, ORGAN, DRUMS = Track("", 0), Track("", 19), Track("", 0, is_drum=True)


def with_changes(score: Score, *rows: tuple[float, int, int, int]) -> Score:
    """`score` with controllers (beat, track, number, value)."""
    at, track, number, value = zip(*rows, strict=True)
    changes = Changes(
        np.array(at, float),
        np.array(track, np.int16),
        np.array(number, np.int16),
        np.array(value, np.int16),
    )
    return replace(score, changes=changes)


def at_60(pitch: list[int], onset: list[float], length: list[float], **more: object) -> Score:
    return Score.of(pitch, onset, length, tempo_bpm=60, **more)  # type: ignore[arg-type]


def keys(score: Score) -> Strokes:
    """The strokes on keys, without the dampers' thuds."""
    strokes = strokes_of(score)
    return strokes.take(strokes.voice != voices.DAMPER)


def test_the_sustain_pedal_holds_what_is_let_go_until_it_is_lifted() -> None:
    score = at_60([60, 64, 67], [0, 2, 5], [1, 1, 1])
    played = keys(with_changes(score, (1.5, 0, SUSTAIN, 127), (4.0, 0, SUSTAIN, 0)))
    assert played.release_s.tolist() == [1.0, 4.0, 6.0]


def test_a_pedal_that_is_never_lifted_lets_go_after_the_end() -> None:
    played = keys(with_changes(at_60([60], [0], [1]), (0.5, 0, SUSTAIN, 90)))
    assert played.release_s.tolist() == [1.0 + HELD_S]


def test_values_below_64_are_a_lifted_pedal() -> None:
    played = keys(with_changes(at_60([60], [0], [1]), (0.5, 0, SUSTAIN, 63)))
    assert played.release_s.tolist() == [1.0]


def test_sostenuto_holds_only_the_keys_that_were_down() -> None:
    score = at_60([48, 60], [0, 2], [1.5, 1])
    played = keys(with_changes(score, (1.0, 0, SOSTENUTO, 127), (5.0, 0, SOSTENUTO, 0)))
    assert played.release_s.tolist() == [5.0, 3.0]


def test_the_soft_pedal_is_softer_and_darker() -> None:
    loud = keys(at_60([60], [0], [1]))
    soft = keys(with_changes(at_60([60], [0], [1]), (0.0, 0, SOFT, 127)))
    assert soft.gain[0] < loud.gain[0]
    assert soft.layer[0] < loud.layer[0]


def test_a_piano_struck_with_its_pedal_down_has_its_other_strings_free() -> None:
    score = at_60([60, 60], [0, 3], [1, 1])
    played = keys(with_changes(score, (2.0, 0, SUSTAIN, 127)))
    assert played.voice.tolist() == [0, voices.OPEN]
    organ = with_changes(at_60([60], [0], [1], tracks=(ORGAN,)), (0.0, 0, SUSTAIN, 127))
    assert keys(organ).voice.tolist() == [19]


def test_one_hand_obeys_the_pedals_that_stand_in_the_other_hands_track() -> None:
    score = at_60([60, 40], [0, 0], [1, 1], track=[0, 1], tracks=(PIANO, PIANO, ORGAN))
    score = with_changes(score, (0.5, 1, SUSTAIN, 127), (3.0, 1, SUSTAIN, 0))
    assert [pedalling(score, track) for track in range(3)] == [1, 1, 2]
    assert keys(score).release_s.tolist() == [3.0, 3.0]


def test_a_key_struck_again_ends_the_sound_before() -> None:
    score = with_changes(at_60([60, 60], [0, 1], [0.5, 0.5]), (0.0, 0, SUSTAIN, 127))
    played = keys(score)
    assert played.release_s[0] == 1.0
    assert played.fade_s[0] == CUT_S


def test_two_notes_on_one_key_at_once_are_the_louder_one_held_as_long_as_either() -> None:
    played = keys(at_60([60, 60, 61], [0, 0, 0], [2, 1, 1], velocity=[40, 90, 50]))
    assert played.release_s.tolist() == [2.0, 1.0]
    assert played.pitch.tolist() == [60, 61]
    assert played.layer[0] == 90 // 16


def test_a_closed_hat_silences_the_open_one() -> None:
    score = at_60([46, 42, 49], [0, 0.5, 0.25], [0.1, 0.1, 0.1], tracks=(DRUMS,))
    played = keys(score)
    by_drum = dict(zip(played.pitch.tolist(), played.release_s.tolist(), strict=True))
    assert by_drum == {46: 0.5, 42: np.inf, 49: np.inf}


def test_dampers_fall_where_keys_are_let_go_but_not_in_the_undamped_treble() -> None:
    thuds = strokes_of(at_60([60, 100], [0, 0], [1, 1]))
    thuds = thuds.take(thuds.voice == voices.DAMPER)
    assert thuds.start_s.tolist() == [1.0]
    assert thuds.pitch.tolist() == [60]


def test_a_wall_of_notes_is_thinned_to_its_loudest() -> None:
    count = 10_000
    rng = np.random.default_rng(0)
    score = Score.of(
        rng.integers(0, 128, count),
        np.zeros(count),
        np.ones(count),
        rng.integers(1, 128, count),
        rng.integers(0, 90, count),
        tracks=(ORGAN,) * 90,
    )
    played = strokes_of(score)
    assert len(played) == MOST_STRUCK
    assert played.gain.min() > 0.9


def test_the_oldest_give_way_where_too_much_is_held() -> None:
    start_s = np.arange(2 * MOST_SOUNDING) * 0.1
    release_s = np.full(len(start_s), 1e4)
    until_s = given_way(start_s, release_s)
    assert (until_s[:MOST_SOUNDING] == start_s[MOST_SOUNDING:]).all()
    assert (until_s[MOST_SOUNDING:] == 1e4).all()
    assert given_way(start_s[:9], release_s[:9]) is not None
    assert (given_way(start_s[:9], release_s[:9]) == 1e4).all()


def test_the_loudest_moment_grows_with_notes_and_velocity() -> None:
    one = keys(at_60([60], [0], [1], velocity=127)).loudest()
    four = keys(at_60([60, 64, 67, 72], [0] * 4, [1] * 4, velocity=127)).loudest()
    late = keys(at_60([60, 64, 67, 72], [0, 5, 10, 15], [1] * 4, velocity=127)).loudest()
    assert one == pytest.approx(1.0)
    assert four == pytest.approx(2.0)
    assert late == pytest.approx(1.0)
