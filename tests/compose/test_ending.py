"""Endings, parts and pulse: what is done to a piece once its notes are there."""

from __future__ import annotations

import numpy as np
import pytest

from muso.compose.ending import close, finish, key_at_end, resolves
from muso.compose.length import Goal
from muso.compose.parts import left_hand, set_out
from muso.compose.pulse import lay_on_beats, track_beats
from muso.music.humanize import humanize
from muso.music.midi import parse_score, read_score
from muso.music.score import Meter, Score
from muso.music.smf import format_score

BACH = "examples/bach-bwv66-6.mid"


def phrase(beats: int = 32, tempo_bpm: float = 120) -> Score:
    """C major over a walking bass, that stops in mid-air."""
    tune = [60, 64, 67, 72, 71, 67, 65, 62] * (beats // 8)
    bass = [48, 43] * (beats // 8)
    return Score.of(
        tune + bass,
        np.append(np.arange(beats), np.arange(0, beats, 4)),
        [1.0] * beats + [4.0] * (beats // 4),
        tempo_bpm=tempo_bpm,
        meters=(Meter(0, 4, 4),),
    )


def test_a_chorale_ends_like_music_and_its_first_half_does_not() -> None:
    score = read_score("examples/brahms-wiegenlied.mid")
    cut = score.select(score.onset_beats < score.length_beats / 2 + 0.7)
    assert resolves(close(cut, cut.length_beats)) == 1.0
    assert resolves(phrase()) < 1.0


@pytest.mark.parametrize("semitones", range(-5, 7))
def test_a_piece_closes_on_its_own_tonic_in_every_key(semitones: int) -> None:
    score = phrase().transpose(semitones)
    closed = close(score, 32.0)
    assert key_at_end(score)[0] == semitones % 12
    last = closed.pitch[closed.onset_beats == 32.0]
    assert last.min() % 12 == semitones % 12
    assert resolves(closed) == 1.0


def test_a_minor_piece_closes_in_minor() -> None:
    score = Score.of([57, 60, 64, 69, 68, 64, 62, 59] * 4, np.arange(32), [1] * 32)
    closed = close(score, 32.0)
    last = {int(pitch) % 12 for pitch in closed.pitch[closed.onset_beats == 32.0]}
    assert last <= {9, 0, 4}


def test_nothing_sounds_into_the_last_chord_and_it_is_softer() -> None:
    closed = close(phrase(), 30.0)
    before = closed.onset_beats < 30.0
    assert (closed.onset_beats + closed.duration_beats)[before].max() <= 30.0
    assert closed.velocity[~before].max() < closed.velocity[before].max()


@pytest.mark.parametrize("tempo_bpm", [60, 120, 240])
def test_the_last_chord_is_held_long_enough_to_be_heard(tempo_bpm: float) -> None:
    closed = close(phrase(tempo_bpm=tempo_bpm), 32.0)
    last = closed.onset_beats == 32.0
    assert (closed.offset_s - closed.onset_s)[last].min() >= 1.2 - 1e-6


@pytest.mark.parametrize("notes", [5, 11, 30])
def test_notes_are_counted_to_the_last(notes: int) -> None:
    assert len(finish(phrase(), Goal("notes", notes))) == notes


def test_a_single_bar_comes_to_rest_within_it() -> None:
    assert finish(phrase(), Goal("bars", 1)).length_beats == pytest.approx(4)


def test_the_left_hand_has_the_bass() -> None:
    score = phrase()
    assert score.pitch[left_hand(score)].max() < 60 <= score.pitch[~left_hand(score)].min()


def test_parts_are_named_and_the_key_is_written() -> None:
    out = set_out(phrase().transpose(2), 2, 4)
    assert [(track.name, track.program) for track in out.tracks] == [
        ("Right hand", 4),
        ("Left hand", 4),
    ]
    assert (out.keys[0].sharps, out.keys[0].minor) == (2, False)
    assert out.meters == (Meter(0, 4, 4),)


def test_a_tune_alone_is_one_part() -> None:
    assert len(set_out(Score.of([72, 74], [0, 1], [1, 1]), 2, 0).tracks) == 1


def test_beats_of_played_music_are_found_and_times_stay() -> None:
    played = humanize(phrase(64, tempo_bpm=96), 0.4, seed=1).score
    free = Score.of(
        played.pitch,
        played.onset_s * 125 / 60,
        (played.offset_s - played.onset_s) * 125 / 60,
        played.velocity,
        tempo_bpm=125,
    )
    laid = lay_on_beats(free)
    assert np.median(laid.tempo_bpm) == pytest.approx(96, rel=0.05)
    assert np.allclose(np.sort(laid.onset_s), np.sort(free.onset_s), atol=1e-6)
    off = np.abs(laid.onset_beats - np.rint(laid.onset_beats))
    assert np.median(off) < 0.06


def test_beats_survive_the_file() -> None:
    laid = lay_on_beats(read_score(BACH))
    back = parse_score(format_score(laid))
    assert np.allclose(back.onset_s, laid.onset_s, atol=0.002)


def test_beats_go_on_past_the_last_note() -> None:
    score = read_score(BACH)
    beats = track_beats(score)
    assert beats[0] <= score.onset_s[0] + 1.0
    assert beats[-1] >= score.length_s - 0.05
    assert (np.diff(beats) > 0.2).all()


def test_two_notes_have_a_pulse_too() -> None:
    laid = lay_on_beats(Score.of([60, 62], [0, 1], [1, 1], tempo_bpm=125))
    assert laid.onset_s.tolist() == pytest.approx([0, 0.48])
