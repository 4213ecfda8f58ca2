from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from muso.errors import UsageError
from muso.music.midi import read_score
from muso.music.score import Key, Meter, Score
from muso.represent.expression import Expression, describe_expression
from muso.represent.harmony import chroma, describe_chords, describe_mode

MAJOR, MINOR = (60, 64, 67), (60, 63, 67)


def chords(*notes: tuple[int, ...]) -> Score:
    """One chord a second."""
    pitch = [p for chord in notes for p in chord]
    onset = [float(i) for i, chord in enumerate(notes) for _ in chord]
    return Score.of(pitch, onset, 1.0, tempo_bpm=60)


def test_major_and_minor_are_told_apart_in_every_measure_of_mode() -> None:
    bright, dark = describe_mode(chords(*[MAJOR] * 8)), describe_mode(chords(*[MINOR] * 8))
    for name in ("mode_here", "third", "mode_4s", "mode_8s"):
        assert bright[name] > 0 > dark[name], name
    assert (bright["minor_4s"], dark["minor_4s"]) == (0, 1)


@pytest.mark.parametrize(
    ("name", "notes"),
    [("major", (60, 64, 67)), ("minor", (62, 65, 69)), ("diminished", (59, 62, 65)),
     ("augmented", (60, 64, 68)), ("dominant_seventh", (55, 59, 62, 65)), ("fifth", (50, 57))],
)  # fmt: skip
def test_chords_are_named_for_what_sounds(name: str, notes: tuple[int, ...]) -> None:
    assert describe_chords(chords(*[notes] * 4))[f"chord_{name}"] == 1


def test_the_root_moves_by_the_nearer_way() -> None:
    found = describe_chords(chords(MAJOR, tuple(p + 7 for p in MAJOR), MAJOR))
    assert found["root_motion_5"] == 1
    assert found["chord_changes"] == 1


def test_a_cluster_is_rougher_than_a_triad() -> None:
    triad, cluster = describe_chords(chords(MAJOR)), describe_chords(chords((60, 61, 62)))
    assert triad["interval_class_1"] == 0 < cluster["interval_class_1"]


def test_long_notes_are_spread_over_their_windows_and_silent_ones_left_out() -> None:
    score = Score.of([60, 64], [0.0, 6.0], [3.0, 1.0], tempo_bpm=60)
    weights, bass = chroma(score, 1.0)
    assert bass.tolist() == [60, 60, 60, 64]
    np.testing.assert_allclose(weights[:, 0], [1.25, 1.25, 1.25, 0])


@pytest.mark.parametrize("shift", [-5, 3, 12])
def test_transposing_leaves_harmony_as_it_is(shift: int) -> None:
    score = read_score("examples/bach-bwv66-6.mid")
    moved = score.transpose(shift)
    assert describe_mode(moved) == pytest.approx(describe_mode(score), abs=1e-9)
    before, after = describe_chords(score), describe_chords(moved)
    assert after["triad_minor"] == pytest.approx(before["triad_minor"], abs=0.05)


def test_short_notes_are_staccato_and_overlapping_ones_held() -> None:
    at = np.arange(16) / 2
    short = describe_expression(Score.of(60 + np.arange(16) % 5, at, 0.1))
    long = describe_expression(Score.of(60 + np.arange(16) % 5, at, 1.0))
    assert (short["staccato"], short["held"]) == (1, 0)
    assert (long["staccato"], long["held"]) == (0, 1)


def test_an_even_beat_is_found_and_a_free_one_not() -> None:
    even = describe_expression(Score.of(np.full(40, 60), np.arange(40), 0.5, tempo_bpm=120))
    at = np.cumsum(np.random.default_rng(0).exponential(1.0, 40))
    free = describe_expression(Score.of(np.full(40, 60), at, 0.5, tempo_bpm=120))
    assert even["pulse"] > 0.9 > free["pulse"]
    assert even["pulse_s"] % 0.5 == pytest.approx(0, abs=0.03)


def test_a_crescendo_has_a_slope_and_loud_low_notes_are_told_from_high_ones() -> None:
    growing = Score.of(
        np.tile([48, 80], 20), np.arange(40), 1, np.linspace(30, 110, 40).astype(int)
    )
    found = describe_expression(growing)
    assert found["velocity_slope"] > 0
    split = describe_expression(
        Score.of(np.tile([48, 80], 20), np.arange(40), 1, np.tile([100, 40], 20))
    )
    assert (split["velocity_low"], split["velocity_high"]) == (100, 40)


def test_how_the_file_is_written_is_not_heard() -> None:
    """The same seconds under another tempo mark, with a key and a meter."""
    score = read_score("examples/bach-bwv66-6.mid")
    other = replace(
        score,
        onset_beats=score.onset_beats * 2,
        duration_beats=score.duration_beats * 2,
        tempo_onset_beats=score.tempo_onset_beats * 2,
        tempo_bpm=score.tempo_bpm * 2,
        keys=(Key(0, -3, True),),
        meters=(Meter(0, 6, 8),),
    )
    assert describe_expression(other) == pytest.approx(describe_expression(score), abs=1e-6)


@pytest.mark.parametrize("notes", [1, 2, 5])
def test_few_notes_give_the_same_names_and_finite_values(notes: int) -> None:
    found = describe_expression(Score.of(60 + np.arange(notes), np.arange(notes), 1))
    assert tuple(found) == Expression().names
    assert np.isfinite(list(found.values())).all()


def test_windows_follow_the_whole_and_reach_to_its_end() -> None:
    score = read_score("examples/schubert-gute_nacht.mid")
    found = Expression(window_s=15.0, most=4).slices(score)
    assert found.values.shape == (5, len(Expression().names))
    assert (found.start_s[0], found.end_s[0]) == (0, score.length_s)
    assert (found.end_s - found.start_s)[1:].tolist() == pytest.approx([15] * 4)
    assert found.end_s[-1] == pytest.approx(score.length_s)


def test_a_short_piece_and_an_empty_window_give_no_windows() -> None:
    short = Score.of([60] * 20, np.arange(20) / 4, 0.25)
    assert len(Expression(window_s=15.0).slices(short).values) == 1
    gap = Score.of([60] * 40, np.r_[np.arange(20) / 4, 200 + np.arange(20) / 4], 0.25)
    starts = Expression(window_s=10.0, most=5).slices(gap).start_s
    assert len(starts) == 3


def test_settings_out_of_range_are_refused() -> None:
    with pytest.raises(UsageError, match="window_s is -1"):
        Expression(window_s=-1.0)
    with pytest.raises(UsageError, match="no descriptor group"):
        Expression(plain=("colour",))
