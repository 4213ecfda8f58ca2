import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muso.errors import UsageError
from muso.music.midi import read_score
from muso.music.score import Score, Track
from muso.music.sound import notes, render, render_blocks
from muso.music.sound.mixing import mixed

CHORALE = "examples/bach-bwv66-6.mid"


def test_the_same_score_gives_the_same_samples() -> None:
    score = read_score(CHORALE).between(0.0, 5.0)
    np.testing.assert_array_equal(render(score).samples, render(score).samples)


def test_blocks_are_the_whole_and_stay_small() -> None:
    score = read_score(CHORALE)
    blocks = list(render_blocks(score))
    assert max(block.shape[1] for block in blocks) <= 2 * 65_536
    np.testing.assert_array_equal(np.concatenate(blocks, axis=1), render(score).samples)


def test_sound_lasts_as_long_as_the_score_and_rings_out_in_silence() -> None:
    score = read_score(CHORALE)
    clip = render(score)
    assert score.length_s < clip.length_s < score.length_s + 3.0
    assert np.abs(clip.samples[:, -1_000:]).max() < 1e-3


def test_forgetting_notes_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    score = read_score(CHORALE).between(0.0, 4.0)
    kept = render(score, sample_rate=22_050).samples
    monkeypatch.setattr(notes, "MOST_STRETCHES", 3)
    monkeypatch.setattr(notes, "MOST_TONES", 2)
    np.testing.assert_array_equal(render(score, sample_rate=22_050).samples, kept)


def test_what_is_kept_of_notes_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notes, "MOST_STRETCHES", 5)
    monkeypatch.setattr(notes, "MOST_TONES", 4)
    made = notes.Notes(8_000)
    out = np.zeros((2, 10_000), np.float32)
    for pitch in range(40, 80):
        made.add((0, pitch, 7), 0, np.ones(1, np.float32), out)
    assert len(made._stretches) == 5
    assert len(made._tones) == 4


def test_a_tempo_change_moves_the_sound() -> None:
    def onsets(score: Score) -> list[float]:
        sound = np.abs(np.concatenate(list(mixed(score, 8_000)), axis=1)).max(axis=0)
        loud = sound.reshape(-1)[: len(sound) // 80 * 80].reshape(-1, 80).max(axis=1) > 0.02
        return (np.flatnonzero(loud & ~np.roll(loud, 1)) / 100).tolist()

    even = Score.of([76, 76], [0.0, 2.0], [0.1, 0.1], 120, tracks=(Track("", 0, True),))
    slower = Score(
        even.pitch, even.onset_beats, even.duration_beats, even.velocity, even.track, even.tracks,
        np.array([0.0, 1.0]), np.array([120.0, 60.0]),
    )  # fmt: skip
    assert onsets(even) == pytest.approx([0.0, 1.0], abs=0.02)
    assert onsets(slower) == pytest.approx([0.0, 1.5], abs=0.02)


def test_programs_differ() -> None:
    flute, trumpet = (
        render(Score.of([69], [0.0], [1.0], tracks=(Track("", program),)), sample_rate=22_050)
        for program in (73, 56)
    )
    shorter = min(flute.samples.shape[1], trumpet.samples.shape[1])
    alike = np.corrcoef(flute.samples[0, :shorter], trumpet.samples[0, :shorter])[0, 1]
    assert abs(alike) < 0.9


@given(st.data())
@settings(max_examples=12, deadline=None)
def test_any_score_renders_to_samples_within_bounds(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 30))

    def several(values: st.SearchStrategy[float]) -> list[float]:
        return data.draw(st.lists(values, min_size=count, max_size=count))

    tracks = tuple(
        Track("", data.draw(st.integers(0, 127)), data.draw(st.booleans())) for _ in range(2)
    )
    score = Score.of(
        several(st.integers(0, 127)),
        several(st.floats(0, 4)),
        several(st.floats(0, 3)),
        several(st.integers(1, 127)),
        several(st.integers(0, 1)),
        tracks=tracks,
        tempo_bpm=data.draw(st.floats(60, 240)),
    )
    samples = render(score, sample_rate=8_000).samples
    assert samples.dtype == np.float32
    assert np.isfinite(samples).all()
    assert np.abs(samples).max() <= 1.0
    assert 0 < samples.shape[1] < (score.length_s + 60) * 8_000


def test_ten_thousand_simultaneous_notes_stay_within_bounds() -> None:
    rng = np.random.default_rng(0)
    many = Score.of(
        rng.integers(0, 128, 10_000), np.zeros(10_000), np.ones(10_000),
        rng.integers(1, 128, 10_000), rng.integers(0, 60, 10_000),
        tracks=tuple(Track("", program, program % 7 == 0) for program in range(60)),
    )  # fmt: skip
    clip = render(many, sample_rate=22_050)
    assert 0.1 < np.abs(clip.samples).max() <= 1.0
    assert clip.length_s < 12.0


def test_only_drums_are_music_too() -> None:
    beats = Score.of([36, 42, 38, 42], [0, 1, 2, 3], [0.5] * 4, tracks=(Track("", 0, True),))
    assert np.abs(render(beats, sample_rate=22_050).samples).max() > 0.02


@pytest.mark.parametrize("sample_rate", [8_000, 48_000, 96_000])
def test_other_sample_rates_sound_as_loud(sample_rate: int) -> None:
    score = read_score(CHORALE).between(0.0, 2.0)
    usual, other = (
        np.sqrt((render(score, sample_rate=rate).samples ** 2).mean())
        for rate in (44_100, sample_rate)
    )
    assert 20 * np.log10(other / usual) == pytest.approx(0.0, abs=1.5)


def test_a_score_without_notes_is_called_so() -> None:
    with pytest.raises(UsageError, match="no notes"):
        render(Score.of([], [], []))


@pytest.mark.parametrize("sample_rate", [0, 4_000, 400_000])
def test_an_impossible_sample_rate_is_called_so(sample_rate: int) -> None:
    with pytest.raises(UsageError, match="8,000 to 192,000"):
        render(Score.of([60], [0.0], [1.0]), sample_rate=sample_rate)
