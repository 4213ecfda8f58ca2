"""Drum tracks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from muso.compose.beats import BEATS, CLOSED_HAT, CRASH, KICK, SNARE, add_beat
from muso.errors import UsageError
from muso.music.midi import read_score, write_score
from muso.music.score import Meter, Score

FOUR, THREE, SIX = Meter(0.0, 4, 4), Meter(0.0, 3, 4), Meter(0.0, 6, 8)


def tune(beats: float, each: float = 1.0, bpm: float = 100.0, meter: Meter = FOUR) -> Score:
    onset = np.arange(0, beats, each)
    pitch = 60 + np.arange(len(onset)) % 12
    return Score.of(pitch, onset, each, tempo_bpm=bpm, meters=(meter,))


def strokes(score: Score, key: int, end_beats: float) -> list[float]:
    """Onsets of one drum before `end_beats`."""
    mine = ~score.pitched & (score.pitch == key) & (score.onset_beats < end_beats)
    return [round(float(onset), 3) for onset in score.onset_beats[mine]]


@pytest.mark.parametrize("beat", BEATS)
@pytest.mark.parametrize("meter", [FOUR, THREE, SIX, Meter(0.0, 5, 4), Meter(0.0, 2, 4)], ids=str)
def test_every_beat_keeps_the_tune_and_stays_within_it(beat: str, meter: Meter) -> None:
    score = tune(30, meter=meter)
    played = add_beat(score, beat)
    assert played.select(played.pitched).pitch.tolist() == score.pitch.tolist()
    drums = played.select(~played.pitched)
    assert len(drums) > 10
    assert drums.onset_beats.max() < score.length_beats
    assert (np.diff(played.onset_beats) >= 0).all()
    assert strokes(played, KICK, 0.1) == [0.0]


def test_the_beats_are_those_that_are_called_so() -> None:
    score = tune(16)
    assert strokes(add_beat(score, "four-on-the-floor"), KICK, 4) == [0, 1, 2, 3]
    assert strokes(add_beat(score, "rock"), SNARE, 4) == [1, 3]
    assert strokes(add_beat(score, "hiphop"), KICK, 4) == [0, 1.75, 2.5]
    # The clave: three strokes in one bar, two in the next.
    assert strokes(add_beat(score, "bossa"), 37, 8) == [0, 1.5, 3, 5, 6.5]


def test_a_waltz_gets_bars_of_three() -> None:
    played = add_beat(tune(24, meter=THREE), "rock")
    assert strokes(played, SNARE, 9) == [2, 5, 8]


def test_six_eight_is_felt_in_two_and_divided_in_three() -> None:
    played = add_beat(tune(18, bpm=150, meter=SIX), "rock")
    assert strokes(played, SNARE, 3) == [1.5]
    hats = strokes(played, CLOSED_HAT, 1.5)
    assert hats == [0.0, 1.0]


def test_busy_music_gets_more_strokes_than_sparse_music() -> None:
    counts = [int((~add_beat(tune(28, each), "rock").pitched).sum()) for each in (4, 1, 0.25)]
    assert counts[0] < counts[1] < counts[2]


def test_slow_music_gets_more_strokes_a_bar_than_fast_music_and_very_fast_half_the_tempo() -> None:
    counts = [int((~add_beat(tune(28, bpm=b), "rock").pitched).sum()) for b in (60, 100, 140)]
    assert counts[0] > counts[1] > counts[2]
    assert strokes(add_beat(tune(28, bpm=190), "rock"), SNARE, 8) == [2, 6]


def test_every_eighth_bar_leads_into_the_next_phrase() -> None:
    played = add_beat(tune(64), "rock")
    toms = [onset for key in (48, 45, 43) for onset in strokes(played, key, 64)]
    assert [onset for onset in toms if onset < 32] == [31.25, 31.5, 31.75]
    assert strokes(played, CRASH, 64) == [32.0]


def test_in_a_file_the_drums_stand_on_channel_ten_in_a_track_of_their_own(tmp_path: Path) -> None:
    file = tmp_path / "a.mid"
    write_score(add_beat(tune(16), "hiphop"), file)
    score = read_score(file)
    assert [track.is_drum for track in score.tracks] == [False, True]
    assert score.tracks[1].name == "Drums"
    # Status 0x99: a note begins on channel 10.
    assert b"\x99" in file.read_bytes()


def test_a_beat_that_does_not_exist_is_refused_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="no beat 'bosa'; did you mean 'bossa'"):
        add_beat(tune(8), "bosa")
