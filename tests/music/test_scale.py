from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from muso.errors import UsageError
from muso.music.scale import (
    KEYS,
    SCALES,
    find_scale,
    key_signature,
    note_name,
    pitch_class,
    scale_pitches,
)


@pytest.mark.parametrize("name", SCALES)
def test_every_scale_ascends_from_its_root_within_an_octave(name: str) -> None:
    steps = SCALES[name]
    assert steps[0] == 0 and steps[-1] < 12
    assert all(low < high for low, high in pairwise(steps))


def test_no_two_scales_are_the_same() -> None:
    assert len(set(SCALES.values())) == len(SCALES)


@pytest.mark.parametrize(
    "asked, meant",
    [("minor", "natural minor"), ("Half_Whole Diminished", "half-whole diminished"), ("IN", "in")],
)
def test_scales_are_found_however_they_are_written(asked: str, meant: str) -> None:
    assert find_scale(asked) == SCALES[meant]


def test_an_unknown_scale_names_the_nearest_and_all_there_are() -> None:
    with pytest.raises(UsageError) as caught:
        find_scale("mixolidian")
    assert "did you mean 'mixolydian'?" in str(caught.value)
    assert all(name in str(caught.value) for name in SCALES)


@pytest.mark.parametrize("name", ["H", "", "C##x", "#", "7", "Cis"])
def test_what_is_no_note_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="no note is called"):
        pitch_class(name)


@pytest.mark.parametrize("sharp, flat", [("C#", "Db"), ("D#", "E♭"), ("F♯", "Gb"), ("B#", "C")])
def test_sharps_and_flats_of_one_key_are_the_same_pitch(sharp: str, flat: str) -> None:
    assert pitch_class(sharp) == pitch_class(flat)


def test_the_keys_name_every_pitch_class() -> None:
    assert {pitch_class(key) for key in KEYS} == set(range(12))


@given(
    key=st.sampled_from(KEYS),
    scale=st.sampled_from(sorted(SCALES)),
    octave=st.integers(0, 8),
    degree=st.integers(-20, 20),
)
def test_a_scale_comes_round_after_its_own_number_of_degrees(
    key: str, scale: str, octave: int, degree: int
) -> None:
    steps = len(SCALES[scale])
    low, high = scale_pitches(key, scale, octave, [degree, degree + steps])
    assert high - low == 12
    assert scale_pitches(key, scale, octave, 0) == 12 * (octave + 1) + pitch_class(key)


def test_degrees_keep_their_shape() -> None:
    assert scale_pitches("C", "major", 4, np.zeros((2, 3), np.int8)).shape == (2, 3)


@pytest.mark.parametrize(
    "key, scale, sharps, minor",
    [
        ("C", "major", 0, False),
        ("F#", "major", 6, False),
        ("Gb", "major", -6, False),
        ("D", "dorian", 0, True),
        ("G", "mixolydian", 0, False),
        ("F", "lydian", 0, False),
        ("E", "phrygian", 0, True),
        ("B", "locrian", 0, True),
        ("A", "minor", 0, True),
        ("C", "minor blues", -3, True),
        ("E", "major pentatonic", 4, False),
    ],
)
def test_key_signatures_are_those_of_the_circle_of_fifths(
    key: str, scale: str, sharps: int, minor: bool
) -> None:
    signature = key_signature(key, scale)
    assert signature is not None
    assert (signature.sharps, signature.minor) == (sharps, minor)


@pytest.mark.parametrize("key, scale", [("C", "whole tone"), ("G#", "major"), ("Db", "minor")])
def test_there_is_no_signature_where_scores_have_none(key: str, scale: str) -> None:
    assert key_signature(key, scale) is None


def test_middle_c_is_c4() -> None:
    assert [note_name(pitch) for pitch in (0, 60, 61, 127)] == ["C-1", "C4", "C#4", "G9"]
    assert note_name(61, flats=True) == "Db4"
