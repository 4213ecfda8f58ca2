"""The spectrogram of a clip as a picture."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from muso.errors import UsageError
from muso.music.clip import Clip
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
BLOCK_S = 30

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
    hz = edges_hz(sample_rate, height)
    count, step = channels.shape[1], BLOCK_S * sample_rate
    clips = (Clip(channels[:, at : at + step], sample_rate) for at in range(0, count, step))
    shown = draw_plot(clips, count / sample_rate, height, theme)
    _draw_axes(drawing, hz, count / sample_rate, top, found)
    picture = drawing.pixels()
    picture[top : top + height, LEFT : LEFT + PLOT] = shown
    table = colour_table(found.rising)
    scale = np.repeat(table[::-1][np.linspace(0, 255, height).astype(int)][:, None], SCALE_WIDTH, 1)
    picture[top : top + height, SCALE_LEFT : SCALE_LEFT + SCALE_WIDTH] = scale
    return png_bytes(Image.fromarray(picture))


def draw_plot(clips: Iterable[Clip], length_s: float, height: int, theme: str) -> NDArray[np.uint8]:
    """The spectrogram without its axes, of a recording that comes in clips: `(row, column, rgb)`.

    Power is shown from the loudest point down to 80 dB below it. It is read at up to four places
    a column of pixels, so memory and time stay bounded, however long it is.

    Args:
        clips: one after another, of one sample rate in Hz, 1,000 or more.
        length_s: of all of them; if they end sooner, they fill the picture all the same.
        height: in pixels.
        theme: `light` or `dark`.

    Raises:
        UsageError: a value that is not finite, or no such theme.
    """
    table = colour_table(find_theme(theme).rising)
    level_db = 10 * np.log10(np.maximum(_powers(clips, length_s, height), FAINTEST))
    shown = np.clip(1 + (level_db - level_db.max()) / RANGE_DB, 0.0, 1.0)
    if level_db.max() <= 10 * np.log10(FAINTEST):
        shown[:] = 0.0
    return np.asarray(table[np.rint(shown[::-1] * 255).astype(int)])


def edges_hz(sample_rate: int, height: int) -> NDArray[np.float64]:
    """`(edge,)` the frequencies between which the rows of a spectrogram lie, lowest first."""
    return np.geomspace(LOWEST_HZ, sample_rate / 2, height + 1)


def _powers(clips: Iterable[Clip], length_s: float, height: int) -> NDArray[np.float64]:
    """`(row, column)` mean power, lowest row first."""
    incoming = iter(clips)
    first = next(incoming)
    rate = first.sample_rate
    length = 1 << int(np.ceil(np.log2(WINDOW_S * rate)))
    bands = _bands(edges_hz(rate, height), length, rate)
    window = np.hanning(length + 1)[:-1]
    window *= 2 / window.sum()
    count = max(round(length_s * rate), 1)
    a_column = int(np.clip(np.ceil(count / PLOT / (length / 2)), 1, WINDOWS_A_COLUMN))
    middles = (np.arange(PLOT * a_column) + 0.5) * count / (PLOT * a_column)
    starts = np.rint(middles).astype(np.int64) - length // 2
    power = np.zeros((height, PLOT))
    # Before it begins and after it ends there is silence, into which windows reach.
    held, at, done = np.zeros((len(first.samples), length // 2), np.float32), -(length // 2), 0
    silence = Clip(np.zeros((len(first.samples), length), np.float32), rate)
    for clip in chain([first], incoming, [silence]):
        if not np.isfinite(clip.samples).all():
            raise UsageError("the sound holds values that are not finite; mend or cut it")
        held = np.concatenate([held, clip.samples], axis=1)
        end = at + held.shape[1]
        ready = int(np.searchsorted(starts, end - length, "right")) // a_column
        for column in range(done, ready, COLUMNS_AT_ONCE):
            until = min(column + COLUMNS_AT_ONCE, ready)
            begins = starts[column * a_column : until * a_column] - at
            frames = held[:, begins[:, None] + np.arange(length)]
            spectrum = sum(np.abs(np.fft.rfft(one * window)) ** 2 for one in frames)
            means = np.reshape(spectrum, (until - column, a_column, -1)).mean(axis=1)
            power[:, column:until] = bands @ means.T
        done = ready
        needed = int(starts[done * a_column]) if done < PLOT else end
        held = held[:, max(needed - at, 0) :]
        at = end - held.shape[1]
    heard = min(end - length, count) / count
    return np.asarray(power[:, (np.arange(PLOT) * heard).astype(int)] / len(first.samples))


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
