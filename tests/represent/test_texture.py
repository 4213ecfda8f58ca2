import numpy as np
import pytest

from muso.errors import UsageError
from muso.music.clip import Clip
from muso.represent.picture import (
    CLIP_COLUMNS,
    CLIP_FRAMES,
    COLUMN_S,
    HOP,
    as_cover,
    draw_picture,
    read_picture,
)
from muso.represent.texture import FAMILIES, Texture, texture


def noise(length_s: float, seed: int = 0, pulse_hz: float = 0.0) -> Clip:
    """Noise, louder and softer `pulse_hz` times a second."""
    time_s = np.arange(round(22_050 * length_s)) / 22_050
    loud = 0.2 * (1.1 + np.sin(2 * np.pi * pulse_hz * time_s))
    samples = loud * np.random.default_rng(seed).normal(size=len(time_s)) * 0.3
    return Clip(samples[None].astype(np.float32), 22_050)


def family(name: str, clip: Clip, values: str = "standard") -> np.ndarray:
    return Texture(values=values).slices(clip).values[0, FAMILIES.index(name)]


def test_every_window_of_half_a_minute_is_a_slice_and_all_is_finite():
    slices = Texture().slices(noise(61))
    assert slices.values.shape == (2, *Texture().shape) and np.isfinite(slices.values).all()
    assert slices.start_s[0] == 0 and slices.end_s[-1] == pytest.approx(61, abs=0.2)
    assert len(Texture(most=1).slices(noise(61)).values) == 1


def test_silence_and_a_blink_come_out_finite():
    for clip in (Clip(np.zeros((1, 22_050), np.float32), 22_050), noise(0.02)):
        for values in ("standard", "level"):
            assert np.isfinite(Texture(values=values).slices(clip).values).all()


def test_rhythm_tells_how_fast_bands_pulse():
    slow, fast = (family("rhythm", noise(30, pulse_hz=hz)).reshape(12, 24) for hz in (0.6, 4.0))
    still = family("rhythm", noise(30)).reshape(12, 24)
    assert (slow - still).mean(axis=1).argmax() < (fast - still).mean(axis=1).argmax()


def test_standard_values_do_not_know_how_levels_were_scaled():
    levels = draw_picture(noise(30, pulse_hz=1.0)).astype(np.float32)
    scaled = (0.8 * levels + 20).astype(np.uint8)
    plain = levels.astype(np.uint8)
    upto = FAMILIES.index("timbre")
    apart = {
        values: np.abs(texture(plain, values) - texture(scaled, values))[:upto].mean()
        for values in ("standard", "level")
    }
    assert apart["standard"] < apart["level"] / 3


def test_a_picture_and_the_sound_it_shows_have_one_texture():
    clip = noise(30, seed=3)
    shown = as_cover(draw_picture(clip))
    assert np.array_equal(read_picture(shown), draw_picture(clip))
    assert np.array_equal(Texture().slices(shown).values, Texture().slices(clip).values)


def test_silence_is_left_out_before_windows_are_cut():
    music = noise(20, pulse_hz=1.0)
    before, after = (np.zeros((1, count), np.float32) for count in (CLIP_FRAMES * HOP, 80_000))
    around = Clip(np.concatenate([before, music.samples, after], axis=1), 22_050)
    for values in ("standard", "level"):
        alone, slices = (Texture(values=values).slices(clip) for clip in (music, around))
        np.testing.assert_allclose(slices.values, alone.values, atol=0.05)
    start_s = CLIP_COLUMNS * COLUMN_S
    assert slices.start_s == start_s and slices.end_s == pytest.approx(start_s + 20, abs=0.1)


def test_values_of_another_kind_are_refused():
    with pytest.raises(UsageError, match="no values 'loud'; there are standard, level"):
        Texture(values="loud")
