"""The spectrogram of a clip as a picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from muso.errors import UsageError
from muso.music.picture.drawing import Drawing, fitting, png_bytes
from muso.music.picture.systems import time_label, time_step_s
from muso.music.picture.theme import Theme, find_theme

WIDTH, HEIGHT = 1600, 560
LEFT, RIGHT, TOP, TITLE, BOTTOM = 72, 96, 16, 32, 34
PLOT = WIDTH - LEFT - RIGHT

WINDOW_S = 0.09
"""Length of a window, to the next power of two: 21 Hz apart, semitones from A4 up stay apart."""
WINDOWS_A_COLUMN = 4
"""At most so many windows are averaged into a column of pixels, however long the clip is."""
COLUMNS_AT_ONCE = 64
"""Bounds memory to some MB."""

LOWEST_HZ = 40.0
RANGE_DB = 80.0
"""Shown below the loudest point."""
STEP_DB = 20
MARKS_HZ = (50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000)
LEAST_RATE_HZ = 1000
FAINTEST = 1e-12
"""Power that stands for silence."""

MAGMA = (
    (0, 0, 4), (28, 16, 68), (79, 18, 123), (129, 37, 129), (181, 54, 122),
    (229, 80, 100), (251, 135, 97), (254, 194, 135), (252, 253, 191),
)  # fmt: skip
"""Nine of the 256 colours of "magma" (S. van der Walt and N. Smith 2015, CC0), evenly apart: steps
that the eye takes as even, with any kind of colour vision."""

SIZE, LARGE = 11, 18
CLOSEST_NUMBERS = 80
SCALE_LEFT, SCALE_WIDTH = WIDTH - RIGHT + 18, 14


def spectrogram_png(
    samples: NDArray[np.floating], sample_rate: int, *, title: str = "", theme: str = "dark"
) -> bytes:
    """The spectrogram of a clip as a PNG file, 1,600 pixels wide: time, log frequency, decibels.

    Power is shown from the loudest point down to 80 dB below it. A long clip is read at up to
    four places a column of pixels, so memory and time stay bounded.

    Args:
        samples: `(sample,)` or `(channel, sample)`, finite; channels are averaged in power.
        sample_rate: in Hz, 1,000 or more.
        title: stands above; nothing if empty.
        theme: `light` or `dark`.

    Raises:
        UsageError: no samples, a value that is not finite, a rate too low, or no such theme.

    >>> import numpy as np
    >>> tone = np.sin(2 * np.pi * 440 * np.arange(22050) / 22050)
    >>> spectrogram_png(tone, 22050)[1:4]
    b'PNG'
    """
    found = find_theme(theme)
    channels = np.atleast_2d(np.asarray(samples))
    if channels.ndim > 2 or channels.size == 0:
        raise UsageError("there is no sound to draw; give samples, or channels of samples")
    if sample_rate < LEAST_RATE_HZ:
        raise UsageError(f"a sample rate of {sample_rate} Hz is too low; give 1000 or more")
    drawing = Drawing(WIDTH, HEIGHT, found.background)
    top = TOP + (TITLE if title else 0)
    height = HEIGHT - top - BOTTOM
    if title:
        drawing.write(LEFT, TOP + TITLE / 2 - 4, fitting(title, LARGE, PLOT), LARGE, found.text)
    hz = np.geomspace(LOWEST_HZ, sample_rate / 2, height + 1)
    power = _powers(channels, sample_rate, hz)
    level_db = 10 * np.log10(np.maximum(power, FAINTEST))
    shown = np.clip(1 + (level_db - level_db.max()) / RANGE_DB, 0.0, 1.0)
    if level_db.max() <= 10 * np.log10(FAINTEST):
        shown[:] = 0.0
    _draw_axes(drawing, hz, channels.shape[1] / sample_rate, top, found)
    picture = drawing.pixels()
    table = colour_table(found.rising)
    picture[top : top + height, LEFT : LEFT + PLOT] = table[np.rint(shown[::-1] * 255).astype(int)]
    scale = np.repeat(table[::-1][np.linspace(0, 255, height).astype(int)][:, None], SCALE_WIDTH, 1)
    picture[top : top + height, SCALE_LEFT : SCALE_LEFT + SCALE_WIDTH] = scale
    return png_bytes(Image.fromarray(picture))


def _powers(
    channels: NDArray[np.floating], sample_rate: int, hz: NDArray[np.float64]
) -> NDArray[np.float64]:
    """`(row, column)` mean power between neighbours of `hz`, lowest row first."""
    length = 1 << int(np.ceil(np.log2(WINDOW_S * sample_rate)))
    bands = _bands(hz, length, sample_rate)
    window = np.hanning(length + 1)[:-1]
    window *= 2 / window.sum()
    count = channels.shape[1]
    a_column = int(np.clip(np.ceil(count / PLOT / (length / 2)), 1, WINDOWS_A_COLUMN))
    middles = (np.arange(PLOT * a_column) + 0.5) * count / (PLOT * a_column)
    starts = np.rint(middles).astype(np.int64) - length // 2
    power = np.zeros((len(hz) - 1, PLOT))
    for first in range(0, PLOT, COLUMNS_AT_ONCE):
        block = starts[first * a_column : (first + COLUMNS_AT_ONCE) * a_column]
        at = block[:, None] + np.arange(length)
        inside = (at >= 0) & (at < count)
        at = np.clip(at, 0, count - 1)
        for channel in channels:
            frames = np.where(inside, channel[at], 0.0)
            if not np.isfinite(frames).all():
                raise UsageError("the sound holds values that are not finite; mend or cut it")
            spectrum = np.abs(np.fft.rfft(frames * window)) ** 2
            spectrum = spectrum.reshape(-1, a_column, spectrum.shape[1]).mean(axis=1)
            power[:, first : first + COLUMNS_AT_ONCE] += bands @ spectrum.T
    return power / len(channels)


def _bands(hz: NDArray[np.float64], length: int, sample_rate: int) -> NDArray[np.float64]:
    """`(row, bin)` weights of the bins between neighbours of `hz`.

    The spectrum counts as a line drawn through its bins. Rows closer together than bins show its
    mean between their edges, wider ones its sum, so that a tone is as bright wherever it lies.
    """
    place = hz * length / sample_rate
    bins = np.arange(length // 2 + 1)
    # The integral up to each edge of the triangle around each bin.
    offset = np.clip(place[:, None] - bins, -1.0, 1.0)
    area = np.where(offset < 0, (1 + offset) ** 2 / 2, 1 - (1 - offset) ** 2 / 2)
    return np.asarray(np.diff(area, axis=0) / np.minimum(np.diff(place), 1.0)[:, None])


def _draw_axes(
    drawing: Drawing, hz: NDArray[np.float64], length_s: float, top: int, theme: Theme
) -> None:
    height = len(hz) - 1
    bottom = top + height
    for mark in MARKS_HZ:
        if hz[0] <= mark <= hz[-1]:
            y = bottom - height * np.log(mark / hz[0]) / np.log(hz[-1] / hz[0])
            drawing.fill(LEFT - 5, y, LEFT, y + 1, theme.bar)
            name = f"{mark} Hz" if mark < 1000 else f"{mark // 1000} kHz"
            drawing.write(LEFT - 10, y, name, SIZE, theme.faint_text, "right")
    step_s = time_step_s(length_s, PLOT // CLOSEST_NUMBERS)
    for tick in range(int(length_s / step_s + 1e-6) + 1):
        x = LEFT + PLOT * tick * step_s / length_s
        drawing.fill(x, bottom, x + 1, bottom + 5, theme.bar)
        drawing.write(
            x, bottom + 14, time_label(tick * step_s, step_s), SIZE, theme.faint_text, "middle"
        )
    for below in range(0, int(RANGE_DB) + 1, STEP_DB):
        y = top + (height - 1) * below / RANGE_DB
        right = SCALE_LEFT + SCALE_WIDTH
        drawing.fill(right, y, right + 4, y + 1, theme.bar)
        name = f"-{below} dB" if below else "0 dB"
        drawing.write(right + 8, y, name, SIZE, theme.faint_text)


def colour_table(rising: bool) -> NDArray[np.uint8]:
    """`(level, rgb)` 256 colours from silent to loud, on a dark (`rising`) or a light picture.

    >>> colour_table(True)[0].tolist(), colour_table(False)[-1].tolist()
    ([0, 0, 4], [0, 0, 4])
    """
    place = np.linspace(0, len(MAGMA) - 1, 256)
    table = [
        np.interp(place, np.arange(len(MAGMA)), channel) for channel in zip(*MAGMA, strict=True)
    ]
    colours = np.rint(np.stack(table, axis=1)).astype(np.uint8)
    return np.asarray(colours if rising else colours[::-1])
