import numpy as np
import pytest
from PIL import Image

from muso.music.clip import Clip
from muso.music.cover import read_cover
from muso.represent.bands import Bands
from muso.represent.picture import COLUMN_S, draw_picture
from muso.represent.picture_timbre import PictureTimbre


def tone(hz: float, length_s: float = 3.0) -> Clip:
    samples = 0.3 * np.sin(2 * np.pi * hz * np.arange(round(length_s * 22_050)) / 22_050)
    noise = np.random.default_rng(0).normal(0, 1e-4, samples.shape)
    return Clip((samples + noise)[None].astype(np.float32), 22_050)


def test_the_centroid_follows_a_tone():
    for hz in (500.0, 2_000.0, 6_000.0):
        found = np.median(PictureTimbre().slices(tone(hz)).values[..., 20])
        assert found == pytest.approx(hz, rel=0.15)


def test_chroma_names_a_high_pitch():
    values = PictureTimbre().slices(tone(1318.5)).values[..., 21:]
    assert np.median(values.argmax(axis=-1)) == 4  # E


def test_timbre_from_a_picture_is_that_from_its_clip(tune, tmp_path):
    Image.fromarray(draw_picture(tune)[::-1]).save(tmp_path / "a.png")
    cover = read_cover(tmp_path / "a.png")
    for view in (PictureTimbre(), Bands()):
        assert np.array_equal(view.slices(cover).values, view.slices(tune).values)


def test_a_clip_of_30_s_has_ten_segments(play):
    view = PictureTimbre()
    prepared = view.prepare(play(30.0))
    slices = view.cut(prepared)
    assert slices.values.shape == (10, 49, 33) and view.weight(prepared) == 10
    assert np.allclose(slices.end_s - slices.start_s, 49 * COLUMN_S)


def test_bands_tell_how_loud_each_row_is_and_how_it_moves(play):
    slices = Bands(most=2).slices(play(95.0))
    assert slices.values.shape == (2, 387)
    assert slices.end_s[-1] == pytest.approx(95.0, abs=0.2)
    mean, deviation, change = slices.values[0].reshape(3, 129)
    assert mean[:30].mean() > mean[60:].mean()
    assert (deviation > 0).all() and (change > 0).all()
