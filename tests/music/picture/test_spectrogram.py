import io
import tracemalloc

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from muso.errors import UsageError
from muso.music.clip import Clip
from muso.music.picture import spectrogram_png
from muso.music.picture.spectrogram import LEFT, LOWEST_HZ, PLOT, colour_table, draw_plot
from muso.music.picture.theme import THEMES

RATE = 22050


def plot(png: bytes) -> NDArray[np.float64]:
    """`(row, column)` brightness of the plot, lowest frequency first."""
    picture = np.array(Image.open(io.BytesIO(png)).convert("RGB")).astype(float)
    assert picture.shape == (560, 1600, 3)
    return np.asarray(picture[16 : 560 - 34, LEFT : LEFT + PLOT].sum(axis=-1)[::-1])


def tone(hz: float, length_s: float = 2.0) -> NDArray[np.float64]:
    return np.sin(2 * np.pi * hz * np.arange(int(length_s * RATE)) / RATE)


@pytest.mark.parametrize("hz", [110.0, 440.0, 1000.0, 5000.0])
def test_a_tone_is_brightest_where_its_frequency_stands(hz: float) -> None:
    bright = plot(spectrogram_png(tone(hz), RATE))
    row = float(np.mean(np.argmax(bright[:, 200:-200], axis=0)))
    found_hz = LOWEST_HZ * (RATE / 2 / LOWEST_HZ) ** (row / len(bright))
    # Below 200 Hz bins of 11 Hz are wider than rows.
    assert found_hz == pytest.approx(hz, rel=0.06 if hz < 200 else 0.02)


def test_a_tone_is_as_bright_wherever_it_lies() -> None:
    level = []
    for hz in (300.0, 3000.0, 9000.0):
        both = np.concatenate([tone(hz), tone(1000.0)])
        bright = plot(spectrogram_png(both, RATE))
        level.append(bright[:, 300].max() / bright[:, -300].max())
    assert np.ptp(level) < 0.12


def test_time_runs_to_the_right() -> None:
    bright = plot(spectrogram_png(np.append(np.zeros(RATE), tone(440.0, 1.0)), RATE))
    assert bright[:, : PLOT // 2 - 60].max() < bright[:, PLOT // 2 + 60 :].max()
    assert bright[:, : PLOT // 2 - 60].max() == bright.min()


def test_channels_count_alike_and_do_not_cancel() -> None:
    mono = spectrogram_png(tone(440.0), RATE)
    assert spectrogram_png(np.stack([tone(440.0), -tone(440.0)]), RATE) == mono


def test_silence_is_silent_on_both_papers() -> None:
    for theme, colour in (("dark", 0), ("light", 255)):
        bright = plot(spectrogram_png(np.zeros(RATE, np.float32), RATE, theme=theme))
        assert np.ptp(bright) == 0
        assert bright[0, 0] == colour_table(THEMES[theme].rising)[0].sum()
        assert abs(bright[0, 0] / 3 - colour) < 30


@pytest.mark.parametrize("size", [1_000, 7_777, 400_000])
def test_however_a_recording_comes_its_picture_is_the_same(size: int) -> None:
    samples = np.random.default_rng(1).normal(0, 0.1, (2, 9 * RATE)).astype(np.float32)
    parts = [samples[:, at : at + size] for at in range(0, samples.shape[1], size)]
    drawn = draw_plot((Clip(part, RATE) for part in parts), 9.0, 100, "dark")
    assert np.array_equal(drawn, draw_plot([Clip(samples, RATE)], 9.0, 100, "dark"))


def test_a_recording_cut_short_fills_the_picture() -> None:
    samples = np.random.default_rng(1).normal(0, 0.1, (1, 6 * RATE)).astype(np.float32)
    drawn = draw_plot([Clip(samples, RATE)], 60.0, 100, "dark").sum(axis=-1)
    assert drawn[:, -1].mean() > 0.5 * drawn[:, PLOT // 2].mean() > 0


def test_a_single_sample_can_be_drawn() -> None:
    assert np.isfinite(plot(spectrogram_png(np.ones(1), RATE))).all()


def test_colours_grow_evenly_brighter() -> None:
    luminance = colour_table(True) @ np.array([0.2126, 0.7152, 0.0722])
    assert np.all(np.diff(luminance) > -0.5)
    assert np.array_equal(colour_table(False), colour_table(True)[::-1])


def test_memory_does_not_grow_with_the_clip() -> None:
    def peak(length_s: float) -> int:
        samples = np.zeros(int(length_s * RATE), np.float32)
        tracemalloc.start()
        spectrogram_png(samples, RATE)
        size = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return size

    assert peak(600.0) < 1.5 * peak(150.0)
    assert peak(600.0) < 150 * 2**20


@pytest.mark.parametrize(
    ("samples", "rate", "cause"),
    [
        (np.zeros(0), RATE, "no sound"),
        (np.zeros((2, 0)), RATE, "no sound"),
        (np.zeros((1, 2, 3)), RATE, "no sound"),
        (np.full(RATE, np.nan), RATE, "not finite"),
        (np.zeros(RATE), 8, "too low"),
    ],
)
def test_what_can_not_be_drawn_is_refused(
    samples: NDArray[np.float64], rate: int, cause: str
) -> None:
    with pytest.raises(UsageError, match=cause):
        spectrogram_png(samples, rate)
