"""Clips for the tests of views of sound: a score played by plain decaying harmonics."""

import numpy as np

from muso.music.clip import Clip
from muso.music.midi import read_score


def tune(length_s: float, sample_rate: int = 22_050, seed: int = 0) -> Clip:
    """Bach, in 16-bit samples, with a little noise; `length_s` of it."""
    score = read_score("examples/bach-bwv66-6.mid").between(0, length_s)
    rng = np.random.default_rng(seed)
    out = rng.normal(0, 3e-4, round(length_s * sample_rate))
    for pitch, onset_s, offset_s in zip(score.pitch, score.onset_s, score.offset_s, strict=True):
        start = round(onset_s * sample_rate)
        time_s = np.arange(min(round((offset_s - onset_s) * sample_rate), len(out) - start))
        time_s = time_s / sample_rate
        hz = 440 * 2 ** ((int(pitch) - 69) / 12)
        for harmonic in range(1, 8):
            if harmonic * hz < sample_rate / 2:
                loud = 0.08 / harmonic * np.exp(-2 * harmonic * time_s)
                out[start : start + len(time_s)] += loud * np.sin(
                    2 * np.pi * harmonic * hz * time_s
                )
    return Clip(np.rint(out[None] * 2**15).astype(np.float32) / 2**15, sample_rate)


def in_blocks(clip: Clip, length: int) -> list[Clip]:
    """The clip as blocks of `length` samples."""
    return [
        Clip(clip.samples[:, at : at + length], clip.sample_rate)
        for at in range(0, clip.samples.shape[1], length)
    ]
