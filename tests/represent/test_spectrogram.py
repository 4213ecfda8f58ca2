import matplotlib
import numpy as np
import pytest

from muso.errors import UsageError
from muso.music.clip import Clip
from muso.represent import VIEWS
from muso.represent.picture import COLUMN_S, as_cover, draw_picture
from muso.represent.spectrogram import Spectrogram, standard, viridis

CLIP_VIEWS = ["spectrogram", "mel_picture", "logmel", "timbre", "picture_timbre", "bands"]


def test_viridis_is_viridis():
    expected = np.array(matplotlib.colormaps["viridis"].colors) * 255
    assert np.abs(viridis() - expected).max() < 1.5


def test_windows_are_brought_to_mean_0_and_deviation_1(tune):
    slices = Spectrogram(columns=40).slices(tune)
    assert slices.values.shape == (3, 1, 129, 40) and slices.values.dtype == np.float32
    assert np.allclose(slices.values.mean(axis=(1, 2, 3)), 0, atol=1e-5)
    assert np.allclose(slices.values.std(axis=(1, 2, 3)), 1, atol=1e-5)
    assert not standard(np.full((129, 4), 7, np.uint8)).any()


def test_a_window_tells_when_it_sounds(tune):
    slices = Spectrogram(columns=40).slices(tune)
    assert slices.start_s[0] == 0 and slices.end_s[-1] == pytest.approx(7.0, abs=2 * COLUMN_S)
    assert np.allclose(slices.end_s - slices.start_s, 40 * COLUMN_S)


def test_a_long_piece_gives_windows_from_start_to_end_and_a_short_one_is_repeated(tune):
    levels = draw_picture(tune)
    view = Spectrogram(columns=10, most=4, values="level")
    assert view.cut(levels).values.shape[0] == view.weight(levels) == 4
    long = Spectrogram(columns=200, values="level").cut(levels)
    assert np.array_equal(
        long.values[0, 0, :, levels.shape[1] :], long.values[0, 0, :, : 200 - 115]
    )
    assert long.end_s.tolist() == [115 * COLUMN_S]


def test_pictures_are_coloured_and_squeezed_for_networks_of_pictures(tune):
    view = Spectrogram(columns=110, values="viridis", side=180)
    values = view.slices(tune).values
    assert values.shape == (1, 3, 180, 180) == (1, *view.shape)
    assert values.min() >= 0 and values.max() <= 1
    # Bright where it is loud: yellow has more red than violet.
    loud = Spectrogram(columns=110, values="level", side=180).slices(tune).values[0, 0]
    assert values[0, 1][loud > 0.9].mean() > values[0, 1][loud < 0.3].mean() + 0.3


def test_draws_without_variation_are_windows_of_the_piece(tune):
    view = Spectrogram(columns=100, values="level")
    levels = draw_picture(tune)
    drawn = view.draw(levels, np.random.default_rng(3))
    places = [np.array_equal(drawn[0], levels[:, at : at + 100] / np.float32(255))
              for at in range(levels.shape[1] - 99)]  # fmt: skip
    assert sum(places) == 1


def test_a_rolled_draw_goes_on_at_the_start(tune):
    levels = draw_picture(tune)
    view = Spectrogram(columns=levels.shape[1], values="level", roll=True)
    drawn = {view.draw(levels, np.random.default_rng(seed)).tobytes() for seed in range(8)}
    assert len(drawn) > 5
    for one in drawn:
        columns = np.frombuffer(one, np.float32).reshape(view.shape)[0].T
        start = next(
            at for at in range(len(columns)) if (columns[at] == levels.T[0] / np.float32(255)).all()
        )
        assert np.array_equal(np.roll(columns, -start, axis=0), levels.T / np.float32(255))


def test_draws_are_shifted_and_masked_and_repeat_with_their_seed(tune):
    levels = draw_picture(tune)
    view = Spectrogram(columns=100, values="level", shift_rows=5, mask_rows=20, mask_columns=20)
    one, again, other = (view.draw(levels, np.random.default_rng(s)) for s in (1, 1, 2))
    assert np.array_equal(one, again) and not np.array_equal(one, other)
    assert one.shape == view.shape
    blank = [(np.ptp(view.draw(levels, np.random.default_rng(s))[0], axis=1) == 0).sum()
             for s in range(20)]  # fmt: skip
    assert 0 < max(blank) <= 40


def test_values_that_do_not_exist_are_named():
    with pytest.raises(UsageError, match="no values 'magma'; there are level, standard, viridis"):
        Spectrogram(values="magma")


@pytest.mark.parametrize("name", ["spectrogram", "texture", "bands"])
def test_silence_after_a_piece_has_no_slice(name, play):
    view, levels = VIEWS[name](), draw_picture(play(30.0133))
    followed = np.pad(levels, ((0, 0), (0, 2000)))
    alone, slices = (view.slices(as_cover(shown)) for shown in (levels, followed))
    assert slices.start_s.tolist() == [0] and np.array_equal(slices.end_s, alone.end_s)
    assert np.array_equal(slices.values, alone.values)
    assert len(view.slices(as_cover(np.zeros_like(followed))).values) == 5


@pytest.mark.parametrize("name", CLIP_VIEWS)
@pytest.mark.parametrize("sample_rate", [8_000, 192_000])
def test_views_of_clips_take_any_sound(name, sample_rate):
    view = VIEWS[name]()
    rng = np.random.default_rng(0)
    for samples in (
        np.zeros((1, 0)),
        np.ones((1, 1)),
        rng.normal(0, 0.1, (8, sample_rate // 5)),
        np.zeros((2, sample_rate)),
    ):
        clip = Clip(samples.astype(np.float32), sample_rate)
        prepared = view.prepare(clip)
        slices = view.cut(prepared)
        assert slices.values.shape == (len(slices.start_s), *view.shape)
        assert slices.values.dtype == np.float32 and np.isfinite(slices.values).all()
        drawn = view.draw(prepared, rng)
        assert drawn.shape == view.shape and drawn.dtype == np.float32
        assert np.isfinite(drawn).all()


@pytest.mark.parametrize("name", CLIP_VIEWS)
def test_views_of_clips_hear_the_same_in_blocks(name, tune, in_blocks):
    view = VIEWS[name]()
    whole, parts = view.slices(tune), view.slices(in_blocks(tune, 10_000))
    assert np.allclose(whole.values, parts.values, rtol=1e-5, atol=1e-5)
    assert np.array_equal(whole.start_s, parts.start_s)


@pytest.mark.parametrize("name", CLIP_VIEWS)
def test_views_of_clips_are_built_again_from_their_settings(name):
    view = VIEWS[name]()
    assert VIEWS[name](**view.settings()) == view and view.media == "clip"
