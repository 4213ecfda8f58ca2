"""Scores as values: order, time, cutting, transposing."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from muso.music.midi import read_score
from muso.music.score import BEND, Changes, Key, Meter, Score, Track


def with_tempos(score: Score, *tempos: tuple[float, float]) -> Score:
    onsets, bpms = zip(*tempos, strict=True)
    return replace(score, tempo_onset_beats=np.array(onsets), tempo_bpm=np.array(bpms))


@pytest.fixture
def scale() -> Score:
    """Sixteen notes of a beat each, at 60, from beat 4 on 120, from beat 8 on 30 a minute."""
    score = Score.of(
        60 + np.arange(16),
        np.arange(16.0),
        1.0,
        meters=(Meter(0, 4, 4), Meter(8, 3, 4)),
        keys=(Key(0, 0, False), Key(4, -3, True)),
    )
    return with_tempos(score, (0.0, 60.0), (4.0, 120.0), (8.0, 30.0))


def test_notes_are_put_in_order_of_onset_then_pitch() -> None:
    score = Score.of([64, 60, 62], [1.0, 1.0, 0.0], [1.0, 2.0, 3.0], velocity=[10, 20, 30])
    assert score.pitch.tolist() == [62, 60, 64]
    assert score.duration_beats.tolist() == [3.0, 2.0, 1.0]
    assert score.velocity.tolist() == [30, 20, 10]
    assert score.pitch.dtype == np.uint8


def test_one_value_serves_all_notes() -> None:
    score = Score.of(60, [0.0, 1.0], 0.5, velocity=90, track=0)
    assert score.velocity.tolist() == [90, 90]
    assert score.length_beats == 1.5


def test_a_score_without_notes_has_no_length() -> None:
    score = Score.of([], [], [])
    assert (len(score), score.length_s, score.length_beats) == (0, 0.0, 0.0)
    assert len(score.transpose(3)) == 0
    assert len(score.between(0.0, 1.0)) == 0


def test_seconds_follow_every_tempo_change(scale: Score) -> None:
    assert scale.onset_s[[0, 4, 5, 8, 9]].tolist() == [0.0, 4.0, 4.5, 6.0, 8.0]
    assert scale.length_s == 4 + 2 + 16


def test_a_note_across_a_tempo_change_lasts_as_long_as_both_parts() -> None:
    score = with_tempos(Score.of([60], [0.0], [2.0]), (0.0, 60.0), (1.0, 120.0))
    assert score.offset_s.tolist() == [1.5]


@given(
    st.lists(st.tuples(st.floats(0.01, 50), st.floats(4, 1000)), min_size=1, max_size=8),
    st.lists(st.floats(0, 500), min_size=1, max_size=20),
)
def test_beats_and_seconds_lead_back_to_each_other(
    changes: list[tuple[float, float]], beats: list[float]
) -> None:
    gaps, bpms = zip(*changes, strict=True)
    onsets = np.append(0.0, np.cumsum(gaps))[:-1]
    score = with_tempos(Score.of([60], [0.0], [1.0]), *zip(onsets.tolist(), bpms, strict=True))
    seconds = score.seconds_at(np.array(beats))
    np.testing.assert_allclose(score.beats_at(seconds), beats, rtol=1e-9, atol=1e-9)


@given(st.lists(st.integers(24, 103), min_size=1, max_size=30), st.integers(-24, 24))
def test_transposing_there_and_back_is_the_identity(pitches: list[int], semitones: int) -> None:
    score = Score.of(pitches, np.arange(float(len(pitches))), 1.0)
    there = score.transpose(semitones)
    assert (there.pitch.astype(int) - score.pitch == semitones).all()
    assert there.transpose(-semitones).pitch.tolist() == score.pitch.tolist()


@given(st.integers(0, 127), st.integers(-200, 200))
def test_a_transposed_note_keeps_its_pitch_class_and_stays_in_range(
    pitch: int, semitones: int
) -> None:
    moved = int(Score.of([pitch], [0.0], [1.0]).transpose(semitones).pitch[0])
    assert 0 <= moved <= 127
    assert (moved - pitch - semitones) % 12 == 0


def test_percussion_is_not_transposed() -> None:
    parts = (Track("piano"), Track("kit", is_drum=True))
    score = Score.of([60, 36], [0.0, 0.0], 1.0, track=[0, 1], tracks=parts)
    assert sorted(score.transpose(5).pitch.tolist()) == [36, 65]
    assert sorted(score.pitch[score.pitched].tolist()) == [60]


def test_a_part_starts_at_its_start_and_keeps_its_tempo(scale: Score) -> None:
    part = scale.between(5.0, 10.0)
    assert part.pitch.tolist() == [66, 67, 68, 69]
    assert part.onset_s.tolist() == [0.0, 0.5, 1.0, 3.0]
    assert part.tempo_onset_beats.tolist() == [0.0, 2.0]
    assert part.tempo_bpm.tolist() == [120.0, 30.0]


def test_a_part_keeps_the_meter_and_key_in_force(scale: Score) -> None:
    part = scale.between(5.0, 10.0)
    assert part.meters == (Meter(0, 4, 4), Meter(2, 3, 4))
    assert part.keys == (Key(0, -3, True),)


def test_a_note_that_sounds_on_is_ended_with_the_part() -> None:
    score = Score.of([60, 62], [0.0, 1.0], [8.0, 8.0], tempo_bpm=60)
    part = score.between(0.0, 4.0)
    assert part.offset_s.tolist() == [4.0, 4.0]


def test_a_part_keeps_the_pedal_that_is_down_and_forgets_what_came_before_it() -> None:
    changes = Changes(
        np.array([0.0, 1.0, 2.0, 2.0, 5.0, 9.0]),
        np.zeros(6, np.int16),
        np.array([64, 64, 64, BEND, 64, 64], np.int16),
        np.array([127, 0, 100, -4096, 0, 127], np.int16),
    )
    score = replace(Score.of([60, 62], [4.0, 5.0], 1.0, tempo_bpm=60), changes=changes)
    part = score.between(4.0, 6.0).changes
    rows = zip(part.onset_beats.tolist(), part.number.tolist(), part.value.tolist(), strict=True)
    assert list(rows) == [(0.0, 64, 100), (0.0, BEND, -4096), (1.0, 64, 0)]


def test_every_note_is_in_exactly_one_of_the_parts_that_its_own_onsets_cut() -> None:
    score = read_score("examples/schumann-im_wunderschoenen_monat_mai.mid")
    edges = [*np.unique(score.onset_s)[::7].tolist(), score.length_s + 1]
    parts = [(score.between(a, b), b - a) for a, b in itertools.pairwise(edges)]
    assert sum(len(part) for part, _ in parts) == len(score)
    assert all((part.onset_beats >= 0).all() for part, _ in parts)
    assert all(part.length_s <= length_s + 1e-9 for part, length_s in parts)


def test_a_part_past_the_end_is_empty_and_still_a_score(scale: Score) -> None:
    part = scale.between(1000.0, 1001.0)
    assert len(part) == 0
    assert part.tempo_bpm.tolist() == [30.0]
    assert len(scale.between(5.0, 1.0)) == 0
    assert scale.between(5.0, 1.0).tempo_onset_beats.tolist() == [0.0]


def test_selecting_leaves_the_original_alone(scale: Score) -> None:
    low = scale.select(scale.pitch < 64)
    assert (len(low), len(scale)) == (4, 16)
    assert low.tempo_bpm is scale.tempo_bpm
