"""Copying: what runs of notes count as copied."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from muso.judge.copying import FEWEST, measure_copying, shared_runs, tokens_of
from muso.music.score import Score


def tune(seed: int, notes: int = 200) -> Score:
    """A tune by chance: no two of other seeds have much in common."""
    rng = np.random.default_rng(seed)
    onset = np.cumsum(rng.choice([0, 0.25, 0.5, 1.0], notes))
    return Score.of(rng.integers(40, 90, notes), onset, [0.5] * notes, tempo_bpm=100)


def joined(one: Score, other: Score) -> Score:
    """One score after the other."""
    return Score.of(
        np.append(one.pitch, other.pitch),
        np.append(one.onset_beats, other.onset_beats + one.length_beats),
        np.append(one.duration_beats, other.duration_beats),
    )


def test_a_copy_is_found_whole() -> None:
    found = measure_copying([tune(1)], [tune(2), tune(1), tune(3)])
    assert found.notes[0] >= 190
    assert found.share.value == 1.0


def test_tunes_by_chance_share_a_few_notes_only() -> None:
    found = measure_copying([tune(n) for n in range(10)], [tune(n) for n in range(50, 80)])
    assert found.notes.max() < 8
    assert found.share.value == 0.0


@pytest.mark.parametrize("semitones", [-7, 5])
def test_a_transposed_copy_is_a_copy(semitones: int) -> None:
    found = measure_copying([tune(1).transpose(semitones)], [tune(1)])
    assert found.share.value == 1.0


def test_a_copy_at_another_tempo_and_played_unevenly_is_a_copy() -> None:
    slow = replace(tune(1), tempo_bpm=np.array([60.0]))
    rng = np.random.default_rng(0)
    uneven = replace(slow, duration_beats=slow.duration_beats + rng.uniform(0, 0.1, len(slow)))
    assert measure_copying([uneven], [tune(1)]).share.value == 1.0


def test_a_copied_passage_inside_a_piece_of_its_own_is_measured_in_notes() -> None:
    borrowed = tune(1).select(np.arange(200) < 40)
    found = measure_copying([joined(tune(2), borrowed)], [tune(1)])
    assert 36 <= found.notes[0] <= 44


def test_a_few_notes_alike_are_no_copy_even_in_slow_music() -> None:
    slow = Score.of([60, 62, 64, 65, 67], [0, 4, 8, 12, 16], [4] * 5)
    assert len(slow) < FEWEST
    assert measure_copying([slow], [slow]).share.value == 0.0


def test_a_run_does_not_go_on_into_the_next_training_piece() -> None:
    whole = tune(1)
    halves = [whole.select(np.arange(200) < 100), whole.select(np.arange(200) >= 100)]
    found = measure_copying([whole], halves)
    assert 95 <= found.notes[0] <= 105


def test_runs_are_the_longest_that_brute_force_finds() -> None:
    rng = np.random.default_rng(4)
    made = [rng.integers(0, 3, 30) for _ in range(4)]
    training = [rng.integers(0, 3, 60) for _ in range(3)]
    for piece, runs in zip(made, shared_runs(made, training), strict=True):
        for at, run in enumerate(runs.tolist()):
            longest = max(
                (
                    length
                    for length in range(len(piece) - at + 1)
                    for other in training
                    for there in range(len(other) - length + 1)
                    if np.array_equal(piece[at : at + length], other[there : there + length])
                ),
                default=0,
            )
            assert run == (longest + 1 if longest else 0)


def test_drums_are_not_listened_to() -> None:
    from muso.music.score import Track

    drums = Score.of([36] * 50, np.arange(50), [1] * 50, tracks=(Track(is_drum=True),))
    assert len(tokens_of(drums)) == 0
