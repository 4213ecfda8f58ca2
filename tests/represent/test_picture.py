from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.signal import spectrogram

from muso.errors import WrongFormat
from muso.music.clip import Clip
from muso.music.cover import Cover, read_cover
from muso.represent.picture import (
    CLIP_COLUMNS,
    CLIP_FRAMES,
    COLUMN_S,
    HOP,
    REST_COLUMNS,
    REST_S,
    ROWS,
    draw_picture,
    mel_bands,
    part_of,
    read_picture,
    silences,
    sounding_windows,
    sounds,
    window_seconds,
)
from muso.represent.spectrum import window_starts


def saved(levels: np.ndarray, path: Path) -> Cover:
    """The picture of `levels` `(row, column)` as a data set has it: a PNG, low at the bottom."""
    Image.fromarray(levels[::-1]).save(path)
    return read_cover(path)


def test_a_clip_of_30_s_is_drawn_as_scipy_and_a_plotting_library_did(play):
    clip = play(30.0133)
    with np.errstate(divide="ignore"):
        log_power = np.log(spectrogram(np.rint(clip.samples[0].astype(float) * 2**15), 22_050)[2])
    count = log_power.shape[1] - 1
    drawn = log_power[:128, np.ceil(np.arange(1, 497) * count / 496).astype(int) - 1]
    low, high = log_power[:128].min(), log_power[:128].max()
    expected = np.clip(np.floor((drawn - low) / (high - low) * 256), 0, 255)
    levels = draw_picture(clip)
    assert levels.shape == (ROWS, 496) and levels.dtype == np.uint8
    # The lowest rows are the lowest bins; the 129 rows show 128 bins, so one stands twice.
    assert np.abs(levels[:100] - expected[:100]).max() <= 1
    assert np.abs(levels[-1] - expected[-1]).max() <= 1


@pytest.mark.parametrize("length_s", [29.7, 30.0, 30.65])
def test_clips_about_as_long_as_those_of_the_data_set_have_as_many_columns(play, length_s):
    assert draw_picture(play(length_s)).shape == (ROWS, 496)


@pytest.mark.parametrize("length_s", [0.5, 7.0, 45.0])
def test_other_lengths_have_columns_at_one_rate(play, length_s):
    assert abs(draw_picture(play(length_s)).shape[1] - length_s / COLUMN_S) <= 1.5


def test_a_sound_in_blocks_is_drawn_as_in_one_piece(play, in_blocks):
    clip = play(40.0)
    assert np.array_equal(draw_picture(in_blocks(clip, 7_000)), draw_picture(clip))


def test_a_picture_read_from_a_file_is_the_picture_drawn(tune, tmp_path):
    levels = draw_picture(tune)
    assert np.array_equal(read_picture(saved(levels, tmp_path / "a.png")), levels)
    assert np.array_equal(read_picture(tune), levels)


def test_loudness_does_not_matter(tune):
    quieter = Clip(tune.samples / 4, 22_050)
    levels, softer = draw_picture(tune).astype(int), draw_picture(quieter).astype(int)
    # But for what 16 bits round away.
    assert np.corrcoef(levels[:60].ravel(), softer[:60].ravel())[0, 1] > 0.95


def test_silence_is_the_quietest_level_in_sound_and_in_pictures(tune, tmp_path):
    samples = tune.samples.copy()
    samples[:, 22_050:44_100] = 0
    levels = draw_picture(Clip(samples, 22_050))
    silent = (levels == 0).all(axis=0)
    assert silent.sum() == pytest.approx(1 / COLUMN_S, abs=2)
    as_found = levels.copy()
    as_found[:, silent] = 255
    assert np.array_equal(read_picture(saved(as_found, tmp_path / "a.png")), levels)


@pytest.mark.parametrize("count", [0, 1, 100, 256, 4410])
def test_the_shortest_sounds_and_silence_make_a_picture(count):
    for samples in (np.zeros((2, count)), np.random.default_rng(0).normal(0, 0.1, (1, count))):
        levels = draw_picture(Clip(samples.astype(np.float32), 22_050))
        assert levels.shape[0] == ROWS and levels.shape[1] >= 1
    assert not draw_picture(Clip(np.zeros((1, count), np.float32), 22_050)).any()


@pytest.mark.parametrize("shape", [(128, 496, 3), (300, 300, 3)])
def test_a_picture_of_something_else_is_called_so(shape):
    with pytest.raises(WrongFormat, match=r"no spectrogram: .* give grey pictures of 129 rows"):
        read_picture(Cover(np.zeros(shape, np.uint8)))


def test_a_coloured_picture_is_called_so():
    pixels = np.zeros((ROWS, 20, 3), np.uint8)
    pixels[3, 4] = (9, 8, 7)
    with pytest.raises(WrongFormat, match="no spectrogram"):
        read_picture(Cover(pixels))


def test_parts_of_clips_and_of_their_pictures_show_the_same_time(tune, tmp_path):
    cover = saved(draw_picture(tune), tmp_path / "a.png")
    assert part_of(tune, 1.0, 3.0).samples.shape == (1, 44_100)
    part = part_of(cover, 10 * COLUMN_S, 30 * COLUMN_S)
    assert np.array_equal(part.pixels, cover.pixels[:, 10:30])
    assert part_of(tune, 8.0, 9.0) is None and part_of(cover, 8.0, 9.0) is None


def joined(*clips):
    return Clip(np.concatenate([clip.samples for clip in clips], axis=1), 22_050)


def noise(length_s, loud):
    """Noise of so many steps of 16 bits."""
    samples = np.random.default_rng(0).integers(-loud, loud + 1, (1, round(length_s * 22_050)))
    return Clip(samples.astype(np.float32) / 2**15, 22_050)


@pytest.mark.parametrize("loud", [0, 1])
def test_silence_and_dither_before_and_after_change_nothing_in_what_is_drawn(loud):
    # As long as so many columns that the same frames are drawn behind it.
    before = noise(CLIP_FRAMES * HOP / 22_050, loud)
    music = noise(7, 9_000)
    alone, levels = draw_picture(music), draw_picture(joined(before, music, noise(3, loud)))
    count = alone.shape[1]
    inner = slice(CLIP_COLUMNS, CLIP_COLUMNS + count - 1)
    assert np.array_equal(levels[:, inner], alone[:, :-1])
    (first, last) = silences(levels)
    assert first.tolist() == [0, CLIP_COLUMNS] and last[1] == levels.shape[1]
    assert last[0] == pytest.approx(CLIP_COLUMNS + count, abs=1)
    windows = sounding_windows(levels, count, 1)
    assert window_seconds(windows)[0] == CLIP_COLUMNS * COLUMN_S


@pytest.mark.parametrize(("steps", "silent"), [(60, False), (6, True)])
def test_what_is_60_db_below_the_loudest_is_silence(steps, silent):
    levels = draw_picture(joined(noise(3, 20_000), noise(3, steps)))
    assert bool(len(silences(levels))) is silent


@pytest.mark.parametrize("length_s", [REST_S / 2, 2 * REST_S])
def test_short_rests_belong_to_the_music(length_s):
    levels = draw_picture(joined(noise(3, 9_000), noise(length_s, 0), noise(3, 9_000)))
    left_out = levels.shape[1] - len(np.unique(sounding_windows(levels, 10, 10**6)))
    assert left_out == (0 if length_s < REST_S else pytest.approx(length_s / COLUMN_S, abs=2))


def test_without_silence_the_windows_are_spread_over_the_whole_piece():
    levels = np.ones((ROWS, 5000), np.uint8)
    levels[:, 700 : 700 + REST_COLUMNS - 1] = 0
    for shown in (levels, np.zeros_like(levels)):
        windows = sounding_windows(shown, 496, 4)
        assert windows[:, 0].tolist() == window_starts(5000, 496, 4).tolist()
        assert (np.diff(windows, axis=1) == 1).all()


def test_windows_go_on_behind_a_silence_and_tell_when_they_were_heard():
    levels = np.zeros((ROWS, 5000), np.uint8)
    levels[:, 1000:1300] = levels[:, 3000:3300] = 9
    (window,) = sounding_windows(levels, 496, 8)
    assert len(window) == 496 and levels[:, window].all() and (np.diff(window) > 1).sum() == 1
    (start_s,), (end_s,) = window_seconds(window[None])
    assert 1000 <= start_s / COLUMN_S < 1300 and 3000 < end_s / COLUMN_S <= 3300
    levels[:, 1300:] = 0
    (window,) = sounding_windows(levels, 496, 8)  # too short for a window: it is repeated
    assert window.tolist() == [*range(1000, 1300), *range(1000, 1196)]


@pytest.mark.parametrize(("columns", "heard"), [(0, False), (10, False), (20, True)])
def test_less_than_a_second_of_sound_is_silence(columns, heard):
    levels = np.zeros((ROWS, 496), np.uint8)
    levels[5, :columns] = 1
    assert sounds(levels) is heard
    assert sounds(np.ones((ROWS, 5), np.uint8))


def test_bands_average_rows_and_rise_in_frequency():
    for count in (24, 40, 64, 120):
        weights = mel_bands(count)
        assert weights.shape == (count, 129) and np.allclose(weights.sum(axis=1), 1, atol=1e-5)
        centres = weights @ np.arange(129)
        assert (np.diff(centres) >= 0).all()
