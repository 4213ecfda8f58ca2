from __future__ import annotations

from fractions import Fraction
from math import ceil, floor
from pathlib import Path

import numpy as np
import pretty_midi
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from muso.errors import UsageError
from muso.music.midi import read_score
from muso.music.score import Score, Track
from muso.represent.pianoroll import CHANNELS, PianoRoll, frames_of, roll

EXAMPLES = sorted(Path("examples").glob("*.mid"))
PARTS = (Track("", 0), Track("", 40), Track("", 127))
SIXTEENTHS = 16

note = st.tuples(
    st.integers(0, 127),
    st.integers(0, 20 * SIXTEENTHS),
    st.integers(0, 4 * SIXTEENTHS),
    st.integers(1, 127),
    st.integers(0, len(PARTS) - 1),
)


@st.composite
def scores(draw: st.DrawFn) -> Score:
    """Notes at whole sixteenths of a second, which binary numbers hold exactly."""
    notes = draw(st.lists(note, min_size=1, max_size=40))
    pitch, onset, length, velocity, track = (
        np.array(column) for column in zip(*notes, strict=True)
    )
    return Score.of(
        pitch, onset / SIXTEENTHS, length / SIXTEENTHS, velocity, track, tracks=PARTS, tempo_bpm=60
    )


def slow_roll(score: Score, frames_per_s: int, count: int) -> dict[str, NDArray[np.float32]]:
    """The definition, note by note and frame by frame, in exact fractions."""
    out = {name: np.zeros((128, count), np.float32) for name in CHANNELS}
    for i in range(len(score)):
        start = Fraction(float(score.onset_s[i])) * frames_per_s
        end = Fraction(float(score.offset_s[i])) * frames_per_s
        first, stop = floor(start), max(ceil(end), floor(start) + 1)
        pitch = score.pitch[i]
        for frame in range(first, min(stop, count)):
            out["sounding"][pitch, frame] = 1
            out["velocity"][pitch, frame] = score.velocity[i] / 127
            program = score.tracks[score.track[i]].program
            out["instrument"][pitch, frame] = (program + 1) / 128
            out["timing"][pitch, frame] = start - first
        if first < count:
            out["onset"][pitch, first] = 1
    return out


@given(scores(), st.sampled_from([1, 7, 10, 16, 100]))
def test_every_channel_equals_a_plain_loop(score: Score, frames_per_s: int) -> None:
    frames = frames_of(score, frames_per_s)
    expected = slow_roll(score, frames_per_s, frames.count)
    found = roll(frames, 0, frames.count, CHANNELS)
    for number, name in enumerate(CHANNELS):
        np.testing.assert_allclose(found[number], expected[name], atol=1e-5, err_msg=name)


@given(scores(), st.integers(0, 200), st.integers(1, 80), st.integers(0, 100), st.integers(1, 40))
def test_a_window_is_a_part_of_the_whole(
    score: Score, first: int, count: int, lowest: int, pitches: int
) -> None:
    frames = frames_of(score, 10)
    held = ("sounding", "velocity", "onset")
    whole = roll(frames, 0, first + count, held)
    part = roll(frames, first, count, held, lowest, pitches)
    kept = whole[:, lowest : lowest + pitches, first:]
    np.testing.assert_array_equal(part[:, : kept.shape[1]], kept)
    assert not part[:, kept.shape[1] :].any()


def pretty(score: Score) -> pretty_midi.Instrument:
    """The pitched notes of `score` as pretty_midi holds them."""
    instrument = pretty_midi.Instrument(0)
    for i in np.flatnonzero(score.pitched):
        start, end = float(score.onset_s[i]), float(score.offset_s[i])
        # pretty_midi drops notes of no length; muso gives them a frame.
        end = max(end, start + 1 / SIXTEENTHS)
        instrument.notes.append(
            pretty_midi.Note(int(score.velocity[i]), int(score.pitch[i]), start, end)
        )
    return instrument


@given(scores())
def test_it_equals_pretty_midis_on_its_own_grid(score: Score) -> None:
    expected = pretty(score).get_piano_roll(fs=SIXTEENTHS) > 0
    frames = frames_of(score, SIXTEENTHS)
    assert frames.count == expected.shape[1]
    np.testing.assert_array_equal(roll(frames, 0, frames.count)[0] > 0, expected)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_real_scores_differ_from_pretty_midis_at_most_at_the_edges_of_notes(path: Path) -> None:
    score = read_score(path)
    expected = pretty(score).get_piano_roll(fs=50) > 0
    frames = frames_of(score, 50)
    found = roll(frames, 0, frames.count)[0] > 0
    expected = np.pad(expected, ((0, 0), (0, found.shape[1] - expected.shape[1])))
    assert (found != expected).sum() <= 2 * len(score)
    assert found.sum() > 10 * (found != expected).sum()


def test_the_last_window_is_padded_with_silence() -> None:
    score = Score.of([60], [0], [25], tempo_bpm=60)
    slices = PianoRoll(frames_per_s=1, frames=10).slices(score)
    assert slices.values[:, 0, 60].sum(axis=1).tolist() == [10, 10, 5]
    assert slices.start_s.tolist() == [0, 10, 20]
    assert slices.end_s.tolist() == [10, 20, 25]


@given(scores())
def test_the_windows_of_a_short_piece_make_up_the_whole(score: Score) -> None:
    view = PianoRoll(frames=32, channels=CHANNELS, most=100)
    frames = view.prepare(score)
    values = view.cut(frames).values
    whole = roll(frames, 0, 32 * len(values), CHANNELS)
    np.testing.assert_array_equal(np.concatenate(list(values), axis=2), whole)


def test_the_windows_of_a_long_piece_are_spread_from_its_start_to_its_end() -> None:
    score = Score.of([60] * 100, np.arange(100), 1, tempo_bpm=60)
    slices = PianoRoll(frames_per_s=1, frames=10, most=4).slices(score)
    assert slices.start_s.tolist() == [0, 30, 60, 90]
    assert slices.end_s.tolist() == [10, 40, 70, 100]


def test_percussion_is_left_out_beside_pitched_notes_and_kept_alone() -> None:
    parts = (Track("", 0), Track("", 0, is_drum=True))
    mixed = Score.of([60, 38], [0, 0], 1, 80, [0, 1], tracks=parts, tempo_bpm=60)
    assert np.flatnonzero(PianoRoll().slices(mixed).values.any(axis=(0, 1, 3))).tolist() == [60]
    alone = mixed.select(mixed.track == 1)
    assert np.flatnonzero(PianoRoll().slices(alone).values.any(axis=(0, 1, 3))).tolist() == [38]


def test_drawing_transposes_as_told_and_no_further() -> None:
    view = PianoRoll(frames=8, transpose=2)
    frames = view.prepare(Score.of([60], [0], [1]))
    rng = np.random.default_rng(0)
    drawn = [int(np.flatnonzero(view.draw(frames, rng)[0].any(axis=1))[0]) for _ in range(100)]
    assert set(drawn) == {58, 59, 60, 61, 62}


def test_drawing_stretches_as_told_and_no_further() -> None:
    view = PianoRoll(frames=300, stretch=0.2)
    frames = view.prepare(Score.of([60], [0], [20], tempo_bpm=60))
    rng = np.random.default_rng(0)
    lengths = [view.draw(frames, rng).sum() for _ in range(100)]
    assert 200 * np.exp(-0.2) - 1 <= min(lengths) < 180
    assert 220 < max(lengths) <= 200 * np.exp(0.2) + 1


def test_drawing_without_variations_gives_a_window_of_the_roll() -> None:
    view = PianoRoll(frames=16, channels=CHANNELS)
    frames = view.prepare(read_score(EXAMPLES[0]))
    drawn = view.draw(frames, np.random.default_rng(3))
    whole = roll(frames, 0, frames.count, CHANNELS)
    starts = range(frames.count - 15)
    assert any(np.array_equal(whole[:, :, at : at + 16], drawn) for at in starts)


def test_a_longer_piece_comes_up_more_often() -> None:
    view = PianoRoll(frames_per_s=1, frames=10, most=4)
    lengths = (1, 10, 11, 39, 500)
    weights = [view.weight(view.prepare(Score.of([60], [0], [n], tempo_bpm=60))) for n in lengths]
    assert weights == [1, 1, 2, 4, 4]


def test_a_frame_holds_notes_that_end_on_its_edge_but_for_rounding() -> None:
    third = Score.of([60], [0], [1 / 3], tempo_bpm=60)
    assert frames_of(third, 3).end.tolist() == [1]


@pytest.mark.parametrize(
    "settings",
    [{"channels": ("loudness",)}, {"frames": 0}, {"frames_per_s": -1}, {"pitches": 0}, {"most": 0}],
    ids=str,
)
def test_impossible_settings_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(UsageError, match=r"(no|view) piano"):
        PianoRoll(**settings)  # type: ignore[arg-type]
