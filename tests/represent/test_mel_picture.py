import numpy as np
import pytest

from muso.errors import UsageError
from muso.represent.mel_picture import MelPicture
from muso.represent.picture import COLUMN_S, as_cover, draw_picture, mel_bands
from muso.represent.spectrogram import standard


@pytest.fixture
def levels(tune):
    return draw_picture(tune)


def draw(view, levels, seed=0):
    return view.draw(levels, np.random.default_rng(seed))[0]


def test_a_window_is_its_bands_at_mean_0_and_deviation_1(levels):
    slices = MelPicture(columns=57).slices(as_cover(levels))
    assert slices.values.shape == (2, 1, 64, 57) and slices.values.dtype == np.float32
    expected = standard(mel_bands(64) @ levels[:, -57:])
    assert np.allclose(slices.values[-1, 0], expected, atol=1e-5)
    assert np.allclose(slices.values.mean(axis=(2, 3)), 0, atol=1e-5)
    assert np.allclose(slices.values.std(axis=(2, 3)), 1, atol=1e-5)
    assert slices.end_s[-1] == pytest.approx(levels.shape[1] * COLUMN_S)


def test_draws_without_variation_are_windows(levels):
    view = MelPicture(columns=100)
    windows = [standard(mel_bands(64) @ levels[:, at : at + 100]) for at in range(16)]
    drawn = {int(np.argmin([np.abs(draw(view, levels, seed) - one).max() for one in windows]))
             for seed in range(30)}  # fmt: skip
    assert len(drawn) > 5
    for seed in range(5):
        assert min(np.abs(draw(view, levels, seed) - one).max() for one in windows) < 1e-5


def test_every_variation_varies_and_repeats_with_its_seed(levels):
    whole = levels.shape[1]
    plain = draw(MelPicture(columns=whole), levels)
    for name, most in (
        ("stretch", 0.3), ("shift_bands", 3.0), ("equalize", 0.2), ("contrast", 0.3),
        ("mask_bands", 20), ("mask_columns", 40),
    ):  # fmt: skip
        view = MelPicture(columns=whole, **{name: most})
        one, again, other = (draw(view, levels, seed) for seed in (1, 1, 2))
        assert np.array_equal(one, again) and not np.array_equal(one, other), name
        assert one.shape == plain.shape and not np.allclose(one, plain), name


def test_a_stretched_window_is_the_same_music_faster_or_slower():
    beats = np.zeros((129, 800), np.uint8)
    beats[:, ::10] = 255

    def period(stretch, seed):
        loud = draw(MelPicture(columns=200, stretch=stretch), beats, seed).mean(axis=0) > 0.5
        return np.diff(np.flatnonzero(np.diff(loud.astype(int)) == 1)).mean()

    assert {period(0.0, seed) for seed in range(10)} == {10}
    periods = [period(0.4, seed) for seed in range(30)]
    assert 6.5 < min(periods) < 8 and 12 < max(periods) < 15.5


def test_higher_music_is_the_same_picture_further_up(levels):
    whole = levels.shape[1]
    plain = draw(MelPicture(columns=whole), levels)
    view = MelPicture(columns=whole, shift_bands=6.0)
    steps = range(-7, 8)
    nearest = []
    for seed in range(8):
        shifted = draw(view, levels, seed)
        away = [np.abs(np.roll(plain, by, axis=0)[8:-8] - shifted[8:-8]).mean() for by in steps]
        assert min(away) < 0.6 * np.mean(away)
        nearest.append(steps[int(np.argmin(away))])
    assert min(nearest) < -1 and max(nearest) > 1


def test_an_equalizer_adds_the_same_to_each_column_and_contrast_scales(levels):
    whole = levels.shape[1]
    plain = draw(MelPicture(columns=whole), levels)
    added = draw(MelPicture(columns=whole, equalize=0.2), levels) - plain
    assert np.ptp(added, axis=1).max() < 1e-5 < np.ptp(added[:, 0])
    scaled = draw(MelPicture(columns=whole, contrast=0.3), levels) / plain
    assert np.ptp(scaled[np.abs(plain) > 0.1]) < 1e-4
    assert abs(np.log(np.median(scaled))) <= 0.3


def test_gaps_are_blank(levels):
    view = MelPicture(columns=levels.shape[1], mask_bands=20, mask_columns=40)
    blank = [draw(view, levels, seed) == 0 for seed in range(20)]
    assert 0 < max(one.all(axis=1).sum() for one in blank) <= 40
    assert 0 < max(one.all(axis=0).sum() for one in blank) <= 80


def test_silence_after_a_piece_has_no_slice(levels):
    view = MelPicture(columns=100)
    followed = np.pad(levels, ((0, 0), (0, 2000)))
    assert view.slices(as_cover(followed)).start_s.max() < levels.shape[1] * COLUMN_S


@pytest.mark.parametrize("name", ["stretch", "shift_bands", "equalize", "contrast", "mask_bands"])
def test_less_than_no_variation_is_refused(name):
    with pytest.raises(UsageError, match=f"{name} is -1; .* at least 0"):
        MelPicture(**{name: -1})


@pytest.mark.parametrize("name", ["bands", "columns", "most"])
def test_windows_of_nothing_are_refused(name):
    with pytest.raises(UsageError, match=f"{name} is 0; it must be a whole number of at least 1"):
        MelPicture(**{name: 0})
