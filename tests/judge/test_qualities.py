"""Qualities of music, on pieces whose figures are known."""

from __future__ import annotations

import numpy as np
import pytest

from muso.judge.qualities import PARTS, QUALITIES, measure_qualities
from muso.music.score import Score, Track


def of(name: str, score: Score) -> float:
    return float(measure_qualities([score])[name][0, 0])


SCALE = Score.of(
    [60, 62, 64, 65, 67, 69, 71, 72], np.arange(8), [1] * 8, [10 * n for n in range(1, 9)],
    tempo_bpm=120,
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "figure"),
    [
        ("pitch_range", 12),
        ("pitch_count", 8),
        ("note_count", 8),
        ("tempo", np.log2(120)),
        ("velocity", 45),
        ("scale_consistency", 1),
        ("groove", 1),
        ("polyphony", 1),
        ("empty_beats", 0),
        ("gap", -1),
        ("interval", 12 / 7),
    ],
)
def test_a_scale_has_the_figures_that_can_be_counted(name: str, figure: float) -> None:
    assert of(name, SCALE) == pytest.approx(figure)


def test_entropy_is_that_of_the_pitch_classes() -> None:
    even = Score.of(np.arange(60, 72), np.arange(12), [1] * 12)
    one = Score.of([60] * 12, np.arange(12), [1] * 12)
    assert of("pitch_class_entropy", even) == pytest.approx(np.log2(12))
    assert of("pitch_class_entropy", one) == 0


def test_chromatic_music_fits_no_scale_well() -> None:
    chromatic = Score.of(np.arange(60, 72), np.arange(12), [1] * 12)
    assert of("scale_consistency", chromatic) == pytest.approx(7 / 12)


def test_rests_are_counted_in_beats() -> None:
    half = Score.of([60, 60], [0, 2], [1, 2])
    assert of("empty_beats", half) == pytest.approx(1 / 4)


def test_chords_are_polyphony_and_silence_is_not() -> None:
    chords = Score.of([60, 64, 67] * 2, [0, 0, 0, 4, 4, 4], [1] * 6)
    assert of("polyphony", chords) == pytest.approx(3)


def test_what_changes_over_time_is_followed_in_spans() -> None:
    onset = np.concatenate([np.arange(0, 16, 4), np.arange(16, 32, 0.5)])
    loud = np.where(onset < 16, 30, 90)
    score = Score.of([60] * len(onset), onset, [0.5] * len(onset), loud)
    found = measure_qualities([score])
    assert found["density_over_time"].shape == (1, PARTS)
    assert found["density_over_time"][0, 0] < found["density_over_time"][0, -1] / 4
    assert found["velocity_over_time"][0, :3].tolist() == [30] * 3
    assert found["velocity_over_time"][0, -3:].tolist() == [90] * 3


def test_a_bar_like_the_one_before_grooves_and_one_unlike_it_does_not() -> None:
    on, off = np.arange(16), np.arange(16) + np.repeat([0, 0.5], 8)
    steady, broken = (Score.of([60] * 16, onset, [0.4] * 16) for onset in (on, off))
    assert of("groove", steady) == 1
    assert of("groove", broken) < 1


def test_histograms_above_the_tonic_do_not_change_with_the_key() -> None:
    moved = measure_qualities([SCALE, SCALE.transpose(5)])
    for name in ("pitch_classes", "pitch_class_transitions", "note_lengths"):
        assert moved[name][0] == pytest.approx(moved[name][1])
        assert moved[name][0].sum() == pytest.approx(1)


def test_one_note_has_every_quality() -> None:
    found = measure_qualities([Score.of([60], [0], [1])])
    assert set(found) == set(QUALITIES)
    assert all(np.isfinite(values).all() for values in found.values())


def test_drums_have_no_pitch() -> None:
    kit = Track(is_drum=True)
    score = Score.of([60, 62, 36], [0, 1, 0], [1] * 3, track=[0, 0, 1], tracks=(Track(), kit))
    assert of("pitch_range", score) == 2
