from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from muso.errors import UsageError
from muso.learn.recipe import read_recipe
from muso.music.midi import read_score
from muso.music.score import Key, Meter, Score, Track
from muso.represent.descriptors import GROUPS, Descriptors, Features, describe_score

EXAMPLES = sorted(Path("examples").glob("*.mid"))
each_example = pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)

MOVED_BY_TRANSPOSING = {"pitch", "key"}


def group(score: Score, name: str) -> Features:
    return describe_score(score, (name,))


@st.composite
def melodies(draw: st.DrawFn) -> Score:
    """Notes of one octave whose lengths differ enough to make one key the best."""
    pitches = draw(st.lists(st.integers(54, 66), min_size=3, max_size=40))
    seed = draw(st.integers(0, 2**32 - 1))
    lengths = np.random.default_rng(seed).uniform(0.1, 2, len(pitches))
    return Score.of(pitches, np.append(0, np.cumsum(lengths)[:-1]), lengths)


@given(melodies(), st.integers(-24, 24).filter(bool))
def test_transposing_changes_nothing_but_pitches(score: Score, semitones: int) -> None:
    moved = score.transpose(semitones)
    for name in set(GROUPS) - MOVED_BY_TRANSPOSING:
        before, after = group(score, name), group(moved, name)
        assert after == pytest.approx(before, abs=1e-6), name
    assert group(moved, "pitch") != group(score, "pitch")


@each_example
def test_transposing_real_scores_changes_nothing_but_pitches(path: Path) -> None:
    score = read_score(path)
    for name in set(GROUPS) - MOVED_BY_TRANSPOSING:
        assert group(score.transpose(3), name) == pytest.approx(group(score, name)), name


@each_example
def test_velocities_change_the_velocity_group_alone(path: Path) -> None:
    score = read_score(path)
    rng = np.random.default_rng(0)
    other = replace(score, velocity=rng.integers(1, 128, len(score)).astype(np.uint8))
    changed = [name for name in GROUPS if group(score, name) != group(other, name)]
    assert changed == ["velocity"]


def test_the_tempo_mark_changes_the_tempo_group_alone_if_the_seconds_stay() -> None:
    rng = np.random.default_rng(0)
    onset, length = np.cumsum(rng.integers(1, 5, 50)) / 4, rng.integers(1, 5, 50) / 4
    slow = Score.of(rng.integers(40, 80, 50), onset, length, tempo_bpm=60)
    fast = replace(
        slow,
        onset_beats=slow.onset_beats * 2,
        duration_beats=slow.duration_beats * 2,
        tempo_bpm=np.array([120.0]),
    )
    changed = [name for name in GROUPS if group(slow, name) != group(fast, name)]
    assert changed == ["tempo"]


def test_meters_and_keys_change_their_own_groups_alone() -> None:
    plain = Score.of([60, 64, 67], [0, 1, 2], 1)
    marked = replace(plain, meters=(Meter(0, 6, 8), Meter(2, 3, 4)), keys=(Key(0, -3, True),))
    changed = [name for name in GROUPS if group(plain, name) != group(marked, name)]
    assert changed == ["meter", "key"]
    assert group(marked, "meter") == pytest.approx(
        {"meter_beats": 6, "meter_unit": 8, "meter_triple": 1, "meter_changes": np.log(2)}
    )
    assert group(marked, "key") == {"key_sharps": -3, "key_minor": 1, "key_changes": 0}


def test_percussion_tracks_and_programs_are_not_heard() -> None:
    plain = Score.of([60, 64, 67], [0, 1, 2], 1)
    parts = (Track("flute", 73), Track("kit", 0, is_drum=True))
    dressed = Score.of([60, 64, 67, 38], [0, 1, 2, 2], 1, 80, [0, 0, 0, 1], tracks=parts)
    assert describe_score(dressed) == describe_score(plain)


@each_example
def test_names_come_once_and_in_the_same_order_for_every_score(path: Path) -> None:
    features = describe_score(read_score(path))
    assert tuple(features) == Descriptors().names
    assert len(features) == sum(len(describe_score(read_score(path), (g,))) for g in GROUPS)
    assert all(np.isfinite(value) for value in features.values())


def test_the_vector_holds_the_features_in_the_order_of_names() -> None:
    score, view = read_score(EXAMPLES[0]), Descriptors(groups=("key", "length", "pitch"))
    values = view.slices(score).values
    expected = describe_score(score, ("key", "length", "pitch"))
    assert view.shape == (len(expected),)
    np.testing.assert_allclose(values[0], [expected[name] for name in view.names], rtol=1e-6)


def test_what_a_small_score_is_told_as() -> None:
    """Two chords of C major, half a second each at 120 a minute, an octave apart."""
    features = describe_score(Score.of([60, 64, 67, 72, 76, 79], [0, 0, 0, 1, 1, 1], 1))
    expected = {
        "length_s": np.log1p(1.0),
        "notes": np.log1p(6),
        "notes_per_s": 6,
        "attacks_per_s": 2,
        "pitch_lowest": 60,
        "pitch_highest": 79,
        "minor": 0,
        "degree_0": 1 / 3,
        "degree_4": 1 / 3,
        "degree_7": 1 / 3,
        "degree_1": 0,
        "bass_degree_0": 1,
        "degree_entropy": np.log2(3),
        "top_up": 1,
        "top_interval_12": 1,
        "chord_interval_0": 1 / 3,
        "chord_interval_4": 1 / 3,
        "chord_interval_7": 1 / 3,
        "duration_s_mean": 0.5,
        "gap_s_median": 0.5,
        "attack_size_2": 1,
        "sounding_mean": 3,
        "voices": 3,
        "span_mean": 7,
        "tempo_bpm": 120,
        "meter_beats": 4,
        "velocity_mean": 80,
        "velocity_entropy": 0,
    }
    assert {name: features[name] for name in expected} == pytest.approx(expected)


def test_notes_struck_nearly_together_are_one_attack() -> None:
    spread = Score.of([60, 64, 67, 72], [0, 0.01, 0.02, 1.0], 0.5, tempo_bpm=60)
    assert group(spread, "polyphony")["attack_size_2"] == 0.5
    assert group(spread, "polyphony")["attack_size_0"] == 0.5


def test_an_unknown_group_is_refused() -> None:
    with pytest.raises(UsageError, match=r"colour.*pitch_class"):
        Descriptors(groups=("colour",))


def test_the_features_that_shipped_bundles_are_made_of_keep_their_names_and_order() -> None:
    """Golden: the digest was taken when composer.1 was trained. Another one means that bundles
    trained before can't be used any more: then raise the format of bundles."""
    members = read_recipe("composer").member
    groups = next(m.view["groups"] for m in members if m.view["name"] == "descriptors")
    names = "\n".join(Descriptors(groups=tuple(groups)).names)
    assert hashlib.sha256(names.encode()).hexdigest()[:12] == "82f284d09074"
