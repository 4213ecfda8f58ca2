from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muso.errors import UsageError
from muso.music.humanize import Moved, humanize
from muso.music.midi import format_score, parse_score, read_score
from muso.music.score import BEND, Changes, Meter, Score, Track

SONG = Path("examples/hensel-schwanenlied.mid")
PIANO, VIOLIN, DRUMS = Track("Piano", 0), Track("Violin", 40), Track("Kit", 0, True)

notes = st.lists(
    st.tuples(
        st.integers(0, 127),
        st.integers(0, 80).map(lambda step: step / 12),
        st.integers(0, 24).map(lambda step: step / 12),
        st.integers(1, 127),
        st.integers(0, 2),
    ),
    min_size=1,
    max_size=60,
)
amounts = st.floats(0.01, 1.0)


def score_of(rows: list[tuple[int, float, float, int, int]], bpm: float = 100.0) -> Score:
    columns = [list(column) for column in zip(*rows, strict=True)]
    return Score.of(*columns, tracks=(PIANO, VIOLIN, DRUMS), tempo_bpm=bpm)


def repeated(count: int, **kwargs: object) -> Score:
    return Score.of(np.full(count, 60), np.arange(count) / 2, np.full(count, 0.5), **kwargs)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def song() -> Score:
    return read_score(SONG)


def test_amount_0_changes_nothing(song: Score) -> None:
    performance = humanize(song, 0.0, seed=3)
    assert performance.score is song
    assert performance.moved == Moved(len(song))


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(song: Score) -> None:
    first, again, other = (format_score(humanize(song, 0.5, seed=s).score) for s in (4, 4, 5))
    assert first == again
    assert first != other


@settings(max_examples=60, deadline=None)
@given(notes, amounts, st.integers(0, 99), st.floats(20, 300))
def test_every_note_stays_and_none_passes_its_neighbour_in_its_track(
    rows: list[tuple[int, float, float, int, int]], amount: float, seed: int, bpm: float
) -> None:
    score = score_of(rows, bpm)
    played = humanize(score, amount, seed=seed).score
    assert len(played) == len(score)
    assert np.all(np.diff(played.onset_beats) >= 0)
    assert played.onset_beats.min() >= 0
    assert played.duration_beats.min() >= 0
    assert 1 <= played.velocity.min() <= played.velocity.max() <= 127
    for track in range(3):
        written, now = score.select(score.track == track), played.select(played.track == track)
        start = 0
        for onset in np.unique(written.onset_beats):
            together = written.pitch[written.onset_beats == onset]
            end = start + len(together)
            assert sorted(now.pitch[start:end]) == sorted(together)
            if end < len(now):
                assert now.onset_beats[end - 1] < now.onset_beats[end]
            start = end


@settings(max_examples=40, deadline=None)
@given(notes, amounts, st.integers(0, 99))
def test_a_pitch_is_let_go_before_it_is_struck_again(
    rows: list[tuple[int, float, float, int, int]], amount: float, seed: int
) -> None:
    def overlaps(score: Score) -> int:
        count = 0
        for track, pitch in {(t, p) for t, p in zip(score.track, score.pitch, strict=True)}:
            mine = score.select((score.track == track) & (score.pitch == pitch))
            ends = mine.onset_beats + mine.duration_beats
            count += int(np.sum(ends[:-1] > mine.onset_beats[1:] + 1e-6))
        return count

    apart = {(row[0], row[1], row[4]): row for row in rows if row[2] > 0}
    score = score_of(list(apart.values()) or [(60, 0.0, 1.0, 80, 0)])
    if overlaps(score) == 0:
        assert overlaps(humanize(score, amount, seed=seed).score) == 0


def test_a_violin_melody_without_overlaps_gets_none() -> None:
    score = Score.of(60 + np.arange(64) % 7, np.arange(64) / 2, np.full(64, 0.5), tracks=(VIOLIN,))
    played = humanize(score, 1.0, seed=2).score
    ends = played.onset_beats + played.duration_beats
    assert np.all(ends[:-1] <= played.onset_beats[1:] + 1e-6)


@pytest.mark.parametrize(
    ("alone", "changed"),
    [
        ("timing", {"onset_beats", "duration_beats"}),
        ("dynamics", {"velocity"}),
        ("tempo", {"tempo_bpm"}),
        ("pitch", {"changes"}),
    ],
)
def test_each_part_has_its_own_amount(song: Score, alone: str, changed: set[str]) -> None:
    song = replace(song, tracks=tuple(replace(t, program=40) for t in song.tracks))
    played = humanize(song, 0.0, **{alone: 0.7}).score  # type: ignore[arg-type]
    for name in ("onset_beats", "duration_beats", "velocity", "tempo_bpm"):
        # Sorted, for leaning changes the order of the notes.
        before, after = np.sort(getattr(song, name)), np.sort(getattr(played, name))
        assert np.array_equal(before, after) == (name not in changed)
    assert (len(played.changes.value) > len(song.changes.value)) == ("changes" in changed)


def test_a_part_plays_the_same_whatever_the_others_do(song: Score) -> None:
    alone = humanize(song, 0.0, dynamics=0.5, seed=8).score.velocity
    together = humanize(song, 0.5, timing=0.0, seed=8).score.velocity
    assert np.array_equal(alone, together)


def test_more_amount_moves_more_and_says_so(song: Score) -> None:
    less, more = (humanize(song, amount, seed=1).moved for amount in (0.25, 1.0))
    assert 0 < less.timing_mean_ms < more.timing_mean_ms
    assert 0 < less.velocity_mean < more.velocity_mean
    assert 0 < less.tempo_mean_percent < more.tempo_mean_percent
    assert less.timing_max_ms >= less.timing_mean_ms
    assert f"{len(song)} notes" in str(less)


def test_what_it_says_of_timing_is_what_it_did() -> None:
    score = repeated(200)
    performance = humanize(score, 0.0, timing=0.5, seed=6)
    off_ms = np.abs(performance.score.onset_s - score.onset_s) * 1000
    assert performance.moved.timing_mean_ms == pytest.approx(off_ms.mean())
    assert performance.moved.timing_max_ms == pytest.approx(off_ms.max())


def test_timing_drifts_where_white_noise_would_not() -> None:
    score = repeated(4000)
    late_s = [
        humanize(score, 0.0, timing=0.5, seed=s).score.onset_s - score.onset_s for s in (1, 2)
    ]
    lag_8 = [np.corrcoef(late[8:], late[:-8])[0, 1] for late in late_s]
    assert min(lag_8) > 0.08
    assert all(abs(late.mean()) < 0.003 for late in late_s)


def test_melody_and_higher_notes_are_louder() -> None:
    onsets = np.repeat(np.arange(64) * 1.0, 3)
    score = Score.of(np.tile([48, 55, 76], 64), onsets, np.ones(192))
    played = humanize(score, 0.0, dynamics=0.5, seed=0).score
    low, middle, top = (played.velocity[played.pitch == p].mean() for p in (48, 55, 76))
    assert low < middle < top


def test_melody_leads_its_accompaniment() -> None:
    score = Score.of(np.tile([48, 55, 76], 200), np.repeat(np.arange(200) * 1.0, 3), np.ones(600))
    leads = []
    for seed in range(8):
        played = humanize(score, 0.0, timing=1.0, seed=seed).score
        top, bass = (played.onset_s[played.pitch == pitch] for pitch in (76, 48))
        leads.append(np.mean(bass - top))
    assert 0.002 < np.mean(leads) < 0.03


def test_downbeats_are_louder_than_offbeats() -> None:
    score = repeated(800, meters=(Meter(0.0, 4, 4),))
    over = []
    for seed in range(8):
        velocity = humanize(score, 0.0, dynamics=0.5, seed=seed).score.velocity.astype(float)
        over.append(velocity[::8].mean() - velocity[1::2].mean())
    assert 1 < np.mean(over) < 6


def test_a_score_written_at_full_loudness_still_gets_louder_and_softer_notes() -> None:
    played = humanize(repeated(400, velocity=127), 0.0, dynamics=0.5, seed=0).score
    assert played.velocity.std() > 5
    assert np.mean(played.velocity == 127) < 0.05


def test_soft_notes_stay_soft_and_sound() -> None:
    played = humanize(repeated(400, velocity=4), 0.0, dynamics=1.0, seed=0).score
    assert 1 <= played.velocity.min() <= played.velocity.max() < 24


def test_the_end_slows_down_and_bars_stay_where_they_are() -> None:
    score = repeated(128, meters=(Meter(0.0, 4, 4),))
    played = humanize(score, 0.0, tempo=0.5, seed=0).score
    assert played.tempo_bpm[-1] < 0.85 * np.median(played.tempo_bpm)
    assert np.array_equal(played.onset_beats, score.onset_beats)
    assert played.meters == score.meters
    assert played.length_s == pytest.approx(score.length_s, rel=0.05)


def test_the_written_tempo_changes_stay() -> None:
    score = replace(
        repeated(64), tempo_onset_beats=np.array([0.0, 10.25]), tempo_bpm=np.array([60.0, 180.0])
    )
    played = humanize(score, 0.0, tempo=0.3, seed=0).score
    at = np.searchsorted(played.tempo_onset_beats, 10.25)
    assert played.tempo_onset_beats[at] == 10.25
    assert played.tempo_bpm[at] / played.tempo_bpm[at - 1] == pytest.approx(3.0)


def test_only_instruments_that_can_are_bent_and_only_a_little() -> None:
    onsets = np.tile(np.arange(40) / 2, 3)
    score = Score.of(
        60, onsets, np.full(120, 0.5), 80, np.repeat([0, 1, 2], 40), tracks=(PIANO, VIOLIN, DRUMS)
    )
    performance = humanize(score, 0.0, pitch=0.5, seed=0)
    changes = performance.score.changes
    assert set(changes.track) == {1}
    assert set(changes.number) == {BEND}
    assert np.all(np.diff(changes.onset_beats) >= 0)
    assert 1 < performance.moved.pitch_mean_cents < 15
    assert np.abs(changes.value).max() / 8191 * 200 < 60


def test_bends_that_are_written_are_left_alone() -> None:
    bends = Changes(
        np.array([1.0]),
        np.zeros(1, np.int16),
        np.array([BEND], np.int16),
        np.array([900], np.int16),
    )
    score = replace(repeated(8, tracks=(VIOLIN,)), changes=bends)
    assert humanize(score, 0.0, pitch=1.0).score.changes is bends


def test_the_pedal_goes_along_with_the_notes() -> None:
    at = np.arange(40) * 1.0
    pedal = Changes(
        np.append(0.0, at),
        np.zeros(41, np.int16),
        np.full(41, 64, np.int16),
        np.tile([127, 0], 21)[:41].astype(np.int16),
    )
    score = replace(repeated(80), changes=pedal)
    moved = humanize(score, 0.0, timing=1.0, seed=0).score.changes
    assert np.all(np.diff(moved.onset_beats) >= 0)
    assert moved.onset_beats[0] == 0
    assert np.abs(moved.onset_beats[2:] - at[1:]).mean() > 0.005
    assert np.array_equal(moved.value, pedal.value)


def test_a_coarse_grid_is_made_finer_so_that_leaning_survives_the_file() -> None:
    score = replace(repeated(64), ticks_per_beat=24)
    played = humanize(score, 0.0, timing=0.5, seed=0).score
    assert played.ticks_per_beat % 24 == 0
    again = parse_score(format_score(played))
    assert np.abs(again.onset_s - played.onset_s).max() < 0.001


def test_only_drums_can_be_played() -> None:
    score = repeated(64, tracks=(DRUMS,))
    performance = humanize(score, 0.5, seed=0)
    assert performance.moved.timing_mean_ms > 1
    assert performance.score.velocity.std() > 1


def test_one_note_can_be_played() -> None:
    assert len(humanize(Score.of([60], [0.0], [1.0]), 1.0).score) == 1
    assert len(humanize(Score.of([60], [7.5], [0.0]), 1.0).score) == 1


def test_ten_thousand_notes_at_once_can_be_played() -> None:
    pitch = np.arange(10_000) % 128
    performance = humanize(Score.of(pitch, np.full(10_000, 4.0), np.ones(10_000)), 0.5)
    assert len(performance.score) == 10_000
    assert performance.moved.timing_max_ms < 200


@pytest.mark.parametrize("amount", [-0.1, 1.01, float("nan"), float("inf")])
@pytest.mark.parametrize("name", ["amount", "timing", "dynamics", "tempo", "pitch"])
def test_an_amount_outside_0_to_1_is_refused(name: str, amount: float) -> None:
    with pytest.raises(UsageError, match=name):
        humanize(repeated(4), **{name: amount})  # type: ignore[arg-type]


def test_a_score_without_notes_is_refused() -> None:
    with pytest.raises(UsageError, match="no notes"):
        humanize(Score.of([], [], []))


def test_a_negative_seed_is_refused() -> None:
    with pytest.raises(UsageError, match="seed"):
        humanize(repeated(4), seed=-1)
