"""The log-mel spectrogram of a clip: loudness by pitch as the ear divides it, over time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from muso.represent.clip_view import ClipView
from muso.represent.spectrum import (
    LEAST_POWER,
    RANGE_DB,
    SAMPLE_RATE,
    Sound,
    blank_bands,
    magnitudes,
    mel_filters,
    mono_blocks,
    seconds,
    window,
    window_starts,
    windows,
)
from muso.represent.view import Slices, check_least

STEPS = 255


def log_mel(sound: Sound, mels: int, n_fft: int, hop: int) -> NDArray[np.float32]:
    """`(mel, frame)` power in dB, at most 80 below the loudest; frames are not centred.

    Args:
        sound: of any length, taken block by block.
        mels: how many bands.
        n_fft: samples of a frame, at `SAMPLE_RATE`.
        hop: samples from frame to frame.

    Source: Slaney's mel scale and bands of equal area, as librosa 0.11 computes them.

    >>> from muso.music.clip import Clip
    >>> log_mel(Clip(np.zeros((1, 22_050), np.float32), 22_050), 128, 2048, 512).shape
    (128, 40)
    """
    level = np.concatenate(list(_levels(sound, mels, n_fft, hop)))
    return np.asarray(np.maximum(level, level.max() - np.float32(RANGE_DB)).T)


def _levels(sound: Sound, mels: int, n_fft: int, hop: int) -> Iterator[NDArray[np.float32]]:
    """Blocks `(frame, mel)` in dB."""
    filters = mel_filters(mels, n_fft // 2 + 1).T
    for frames in windows(mono_blocks(sound), n_fft, hop):
        power = magnitudes(frames) ** 2 @ filters
        yield 10 * np.log10(np.maximum(power, np.float32(LEAST_POWER)))


@dataclass(frozen=True)
class LogMel(ClipView):
    """Windows of the log-mel spectrogram, spread over the piece, the lowest band first.

    Values are 0 (80 dB below the loudest point of the piece, or less) … 1 (the loudest), in 256
    steps. A piece shorter than a window is repeated to fill it.

    Attributes:
        mels: how many bands.
        n_fft: samples of a frame, at 22,050 Hz.
        hop: samples from frame to frame.
        frames: length of a window.
        most: the most windows a piece is cut into; they are spread evenly over longer pieces.
        mask_mels, mask_frames: training blanks two bands of up to so many mels, and frames.
    """

    name: ClassVar[str] = "logmel"

    mels: int = 128
    n_fft: int = 2048
    hop: int = 512
    frames: int = 256
    most: int = 8
    mask_mels: int = 0
    mask_frames: int = 0

    def __post_init__(self) -> None:
        least = dict.fromkeys(("mels", "hop", "frames", "most"), 1)
        check_least(self, {**least, "n_fft": 4, "mask_mels": 0, "mask_frames": 0})

    @property
    def shape(self) -> tuple[int, ...]:
        return 1, self.mels, self.frames

    def prepare(self, piece: Sound) -> NDArray[np.uint8]:
        """`(mel, frame)` levels; an hour takes 20 MB, and 60 on the way there."""
        blocks = _levels(piece, self.mels, self.n_fft, self.hop)
        found = [level.astype(np.float16) for level in blocks]
        least = max(float(level.max()) for level in found) - RANGE_DB
        parts = [np.maximum(level.T.astype(np.float32) - least, 0) for level in found]
        return np.concatenate([np.rint(p * (STEPS / RANGE_DB)).astype(np.uint8) for p in parts], 1)

    def cut(self, prepared: NDArray[np.uint8]) -> Slices:
        count, frame_s = prepared.shape[1], self.hop / SAMPLE_RATE
        firsts = window_starts(count, self.frames, self.most)
        values = np.stack([self._seen(prepared, int(first))[None] for first in firsts])
        ends = np.minimum(firsts + self.frames, count)
        return Slices(values, seconds(firsts, frame_s), seconds(ends, frame_s))

    def draw(self, prepared: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.float32]:
        room = max(prepared.shape[1] - self.frames, 0)
        values = self._seen(prepared, int(rng.integers(room + 1)))
        bands = (self.mask_mels, self.mask_frames)
        return blank_bands(values, bands, float(values.mean()), rng)[None]

    def weight(self, prepared: NDArray[np.uint8]) -> int:
        return len(window_starts(prepared.shape[1], self.frames, self.most))

    def _seen(self, levels: NDArray[np.uint8], first: int) -> NDArray[np.float32]:
        return window(levels, first, self.frames).astype(np.float32) / np.float32(STEPS)
