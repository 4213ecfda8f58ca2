"""Timbre of clips against librosa's four separate calls, in turns on one machine.

    python -m benchmarks.timbre [--audio FOLDER] [--clips N] [--rounds N] [--json]

Both compute 13 cepstral coefficients, 7 contrasts, the centroid and 12 pitch classes of the same
samples in frames of 1,024: at the study's settings (frames 4,084 apart, ten segments a clip), and
of a whole clip in one (frames 512 apart). Without a folder of audio, chords at random over noise
are taken. Compared is processor time, for other programs run too; rounds alternate, and the median
of their ratios is given. Each clip is computed by both before, so that no start-up is counted.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from muso.music.clip import read_clip
from muso.music.media import find_files
from muso.represent.spectrum import SAMPLE_RATE
from muso.represent.timbre import timbre

SEGMENTS, SEGMENT = 10, 66_000
FRAME = 1024
LAYOUTS = ((SEGMENTS, 4084), (1, 512))
"""Segments a clip, and samples from frame to frame."""

Segments = NDArray[np.float32]
Work = Callable[[Segments, int], NDArray[np.float32]]


def by_muso(segments: Segments, hop: int) -> NDArray[np.float32]:
    """`(segment, frame, feature)` by muso."""
    return timbre(segments, FRAME, hop)


def by_librosa(segments: Segments, hop: int) -> NDArray[np.float32]:
    """The same by librosa, each segment in four calls."""
    import librosa

    made = []
    for segment in segments:
        options = {"y": segment, "sr": SAMPLE_RATE, "n_fft": FRAME, "hop_length": hop}
        parts = [
            librosa.feature.mfcc(**options, n_mfcc=13, center=False),
            librosa.feature.spectral_contrast(**options, center=False),
            librosa.feature.spectral_centroid(**options, center=False),
            librosa.feature.chroma_stft(**options, center=False),
        ]
        made.append(np.concatenate(parts).T)
    return np.stack(made)


def clips(folder: Path | None, count: int) -> list[Segments]:
    """`(segment, sample)` of each clip."""
    if folder is None:
        return list(played(count))
    read = (read_clip(path).mono().resampled(SAMPLE_RATE) for path in find_files([folder]).files)
    long = (clip.samples[0] for clip in read if clip.samples.shape[1] >= SEGMENTS * SEGMENT)
    return [
        samples[: SEGMENTS * SEGMENT].reshape(SEGMENTS, SEGMENT)
        for _, samples in zip(range(count), long, strict=False)
    ]


def played(count: int) -> Iterator[Segments]:
    """Harmonics at random over noise, `count` times 30 s."""
    time_s = np.arange(SEGMENT) / SAMPLE_RATE
    for number in range(count):
        rng = np.random.default_rng(number)
        hz = 440 * 2 ** (rng.integers(-36, 24, (SEGMENTS, 4, 1)) / 12)
        tones = np.sin(2 * np.pi * hz * time_s).sum(axis=1)
        noise = rng.normal(0, 0.05, (SEGMENTS, SEGMENT))
        yield (0.1 * tones + noise).astype(np.float32)


def cpu_s(work: Work, segments: Segments, hop: int) -> float:
    """Seconds of processor time that `work` takes."""
    began = time.process_time()
    work(segments, hop)
    return time.process_time() - began


def compare(pieces: list[Segments], count: int, hop: int, rounds: int) -> dict[str, float]:
    """Medians over all clips and rounds, and the largest difference as a share of its feature."""
    pieces = [segments.reshape(count, -1) for segments in pieces]
    apart = 0.0
    for segments in pieces:
        ours, theirs = by_muso(segments, hop), by_librosa(segments, hop)
        size = np.maximum(np.abs(theirs).max(axis=(0, 1)), 1)
        apart = max(apart, float((np.abs(ours - theirs).max(axis=(0, 1)) / size).max()))
    pairs = [
        (cpu_s(by_muso, segments, hop), cpu_s(by_librosa, segments, hop))
        for _ in range(rounds)
        for segments in pieces
    ]
    return {
        "segments": count,
        "hop": hop,
        "muso_s": statistics.median(ours for ours, _ in pairs),
        "librosa_s": statistics.median(theirs for _, theirs in pairs),
        "times_faster": statistics.median(theirs / ours for ours, theirs in pairs),
        "largest_difference": apart,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--audio", type=Path, help="a folder of clips of 30 s or more")
    parser.add_argument("--clips", type=int, default=5, help="how many of them")
    parser.add_argument("--rounds", type=int, default=5, help="how often each")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    arguments = parser.parse_args()
    pieces = clips(arguments.audio, arguments.clips)
    found = [compare(pieces, count, hop, arguments.rounds) for count, hop in LAYOUTS]
    if arguments.json:
        print(json.dumps({"clips": len(pieces), "timbre": found}))
        return
    for row in found:
        print(
            f"{row['segments']:>2.0f} segments, hop {row['hop']:>4.0f}: "
            f"muso {1000 * row['muso_s']:.1f} ms a clip, librosa "
            f"{1000 * row['librosa_s']:.1f} ms, {row['times_faster']:.1f} times faster; "
            f"largest difference {row['largest_difference']:.1e}"
        )


if __name__ == "__main__":
    main()
