"""Phrases that loop without a seam."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from muso.compose.looping import make_loop
from muso.errors import UsageError
from muso.music.midi import read_score, write_score
from muso.music.score import Meter, Score

FOUR = (Meter(0.0, 4, 4),)


def test_a_loop_is_exactly_its_bars_long_and_starts_at_0() -> None:
    looped = make_loop(read_score("examples/bach-bwv269.mid"), 4)
    bar = 4 * looped.meters[0].numerator / looped.meters[0].denominator
    assert looped.length_beats <= 4 * bar
    assert looped.onset_beats.min() >= 0
    assert looped.onset_beats.max() < 4 * bar
    assert looped.changes.onset_beats.tolist()[-1] == 4 * bar


def test_no_note_sounds_past_the_seam() -> None:
    held = Score.of([60, 62, 64, 65], [0, 2, 4, 6], 5, meters=FOUR)
    looped = make_loop(held, 1)
    assert (looped.onset_beats + looped.duration_beats).max() <= 4


def test_the_end_leads_back_to_the_start() -> None:
    # a b c a …: from a on, three bars later comes a again; from b on, b; but the last bar is new.
    bars = {
        "a": [60, 64, 67, 64],
        "b": [65, 69, 72, 69],
        "c": [67, 71, 74, 71],
        "d": [61, 61, 66, 61],
    }
    pitch = [p for name in "dabcab" for p in bars[name]]
    score = Score.of(pitch, np.arange(len(pitch)), 1, meters=FOUR)
    assert make_loop(score, 3).pitch[:4].tolist() == bars["a"]


def test_a_loop_says_one_tempo_one_meter_and_one_key() -> None:
    pitch = [60, 62, 64, 65, 67, 69, 71, 72] * 4
    score = Score.of(pitch, np.arange(32), 1, tempo_bpm=96, meters=FOUR)
    looped = make_loop(score, 2)
    assert looped.tempo_bpm.tolist() == [pytest.approx(96)]
    assert (looped.meters[0].numerator, looped.meters[0].denominator) == (4, 4)
    assert (looped.keys[0].sharps, looped.keys[0].minor) == (0, False)


def test_a_file_of_a_loop_ends_on_the_bar_line(tmp_path: Path) -> None:
    score = Score.of([60, 64] * 8, np.arange(16), 0.5, meters=FOUR)
    write_score(make_loop(score, 2), tmp_path / "loop.mid")
    read = read_score(tmp_path / "loop.mid")
    assert float(read.changes.onset_beats.max()) == 8.0


def test_a_note_played_just_before_the_bar_line_belongs_to_the_bar_it_leads() -> None:
    onset = np.arange(16) - 0.02 * (np.arange(16) % 4 == 0) * (np.arange(16) > 0)
    looped = make_loop(Score.of([60, 64, 67, 72] * 4, onset, 0.5, meters=FOUR), 2)
    assert len(looped) == 8
    assert looped.onset_beats[0] == 0.0


def test_more_bars_than_there_are_is_refused_with_their_number() -> None:
    with pytest.raises(UsageError, match=r"a loop of 9 bars needs .* this piece has 2"):
        make_loop(Score.of([60] * 8, np.arange(8), 1, meters=FOUR), 9)


def test_a_change_of_meter_is_never_inside_a_loop() -> None:
    meters = (Meter(0.0, 4, 4), Meter(8.0, 3, 4))
    score = Score.of([60, 62, 64, 65] * 5, np.arange(20), 1, meters=meters)
    looped = make_loop(score, 4)
    assert looped.meters[0].numerator == 3
    assert looped.onset_beats.max() < 12
