"""Clips for the tests of views of sound: a score played by plain decaying harmonics."""

from collections.abc import Callable

import numpy as np
import pytest

from muso.music.clip import Clip
from muso.music.midi import read_score


@pytest.fixture(scope="session")
def play() -> Callable[..., Clip]:
    """Plays so many seconds of Bach, in 16-bit samples, with a little noise."""
    score = read_score("examples/bach-bwv66-6.mid")

    def play(length_s: float, sample_rate: int = 22_050) -> Clip:
        sound = np.random.default_rng(0).normal(0, 3e-4, round(length_s * sample_rate))
        part = score.between(0, length_s)
        for pitch, onset_s, offset_s in zip(part.pitch, part.onset_s, part.offset_s, strict=True):
            start = round(onset_s * sample_rate)
            count = min(round((offset_s - onset_s) * sample_rate), len(sound) - start)
            time_s = np.arange(count)[:, None] / sample_rate
            harmonic = np.arange(1, 8)
            hz = harmonic * 440 * 2 ** ((int(pitch) - 69) / 12)
            partials = np.exp(-2 * harmonic * time_s) * np.sin(2 * np.pi * hz * time_s) / harmonic
            sound[start : start + count] += 0.08 * (partials * (hz < sample_rate / 2)).sum(axis=1)
        return Clip(np.rint(sound[None] * 2**15).astype(np.float32) / 2**15, sample_rate)

    return play


@pytest.fixture(scope="session")
def tune(play) -> Clip:
    """Seven seconds at 22,050 Hz."""
    return play(7.0)


@pytest.fixture(scope="session")
def in_blocks() -> Callable[[Clip, int], list[Clip]]:
    """Cuts a clip into blocks of so many samples."""

    def in_blocks(clip: Clip, length: int) -> list[Clip]:
        starts = range(0, clip.samples.shape[1], length)
        return [Clip(clip.samples[:, at : at + length], clip.sample_rate) for at in starts]

    return in_blocks
