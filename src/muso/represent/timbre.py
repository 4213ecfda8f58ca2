"""How a clip sounds, as sequences of frames: cepstrum, contrast, brightness and pitch classes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from muso.represent.clip_view import ClipView
from muso.represent.spectrum import (
    SAMPLE_RATE,
    Sound,
    bin_hz,
    decibels,
    magnitudes,
    mel_filters,
    mono_blocks,
    seconds,
    spread,
    windows,
)
from muso.represent.view import Slices, check_least

Spectra = NDArray[np.float32]

CEPSTRUM = 13
CONTRAST = 7
CHROMA = 12
FEATURES = CEPSTRUM + CONTRAST + 1 + CHROMA
"""A frame: mel-frequency cepstrum, spectral contrast, spectral centroid in Hz, chroma."""

MELS = 128

CONTRAST_FROM_HZ = 200.0
"""The first band ends here, each further one an octave above."""
EXTREMES = 0.02
"""Share of a band's bins that are its peaks, and its valleys."""

PITCHED_HZ = (150.0, 4000.0)
PEAK = 0.1
"""Of the loudest bin of a frame; what is below is no partial."""
TUNING_STEP = 0.01
A4_HZ = 440.0
CENTRE_OCTAVE, OCTAVE_WIDTH = 5.0, 2.0
"""Chroma listens most to five octaves above A0/2, with this deviation."""


def timbre(segments: NDArray[np.float32], n_fft: int, hop: int) -> NDArray[np.float32]:
    """The frames of segments of sound, each segment on its own.

    Args:
        segments: `(segment, sample)` at `SAMPLE_RATE`.
        n_fft: samples of a frame; frames are not centred, none is padded.
        hop: samples from frame to frame.

    Returns:
        `(segment, frame, feature)`: cepstrum (13), contrast in dB (7), centroid in Hz, chroma
        0…1 (12).

    >>> timbre(np.zeros((2, 66_000), np.float32), 1024, 4084).shape
    (2, 16, 33)
    """
    frames = np.lib.stride_tricks.sliding_window_view(segments, n_fft, axis=1)[:, ::hop]
    magnitude = magnitudes(frames)
    power = magnitude**2
    tuned = [chroma(own, tuning_of(own)) for own in power]
    parts: list[NDArray[Any]] = [
        cepstrum(power, MELS),
        contrast(magnitude),
        centroid(magnitude),
        np.stack(tuned),
    ]
    return np.concatenate(parts, axis=-1, dtype=np.float32)


def cepstrum(power: Spectra, mels: int) -> NDArray[np.float32]:
    """`(segment, frame, 13)` mel-frequency cepstral coefficients of power `(segment, frame, bin)`.

    Source: Davis and Mermelstein 1980; as librosa 0.11 computes them.
    """
    bands = power @ mel_filters(mels, power.shape[-1]).T
    return np.asarray(decibels(bands, axis=(-2, -1)) @ _cosines(mels).T)


@lru_cache
def _cosines(mels: int) -> NDArray[np.float32]:
    """`(coefficient, mel)` the orthonormal discrete cosine transform, second kind."""
    angle = np.pi * np.outer(np.arange(CEPSTRUM), np.arange(mels) + 0.5) / mels
    scale = np.sqrt(np.where(np.arange(CEPSTRUM) > 0, 2, 1) / mels)
    return np.asarray(np.cos(angle) * scale[:, None], np.float32)


def contrast(magnitude: Spectra) -> NDArray[np.float64]:
    """`(segment, frame, 7)` how far peaks stand above valleys in octave bands, dB.

    Source: Jiang et al. 2002; as librosa 0.11 computes it.
    """
    hz = bin_hz(magnitude.shape[-1])
    edges = np.append(0.0, CONTRAST_FROM_HZ * 2.0 ** np.arange(CONTRAST))
    peak = np.empty((*magnitude.shape[:-1], CONTRAST))
    valley = np.empty_like(peak)
    for band in range(CONTRAST):
        first, last = (
            np.searchsorted(hz, edges[band]),
            np.searchsorted(hz, edges[band + 1], "right"),
        )
        first, last = max(first - 1, 0) if band else 0, last if band < CONTRAST - 1 else len(hz)
        count = max(round(EXTREMES * (last - first)), 1)
        own = magnitude[..., first : last - (band < CONTRAST - 1)]
        # numpy sorts short rows faster than it finds their extremes.
        ordered = np.sort(own, axis=-1)
        valley[..., band] = ordered[..., :count].mean(axis=-1)
        peak[..., band] = ordered[..., -count:].mean(axis=-1)
    return decibels(peak, axis=(-2, -1)) - decibels(valley, axis=(-2, -1))


def centroid(magnitude: Spectra) -> NDArray[np.float64]:
    """`(segment, frame, 1)` mean frequency in Hz, weighted by magnitude; 0 in silence."""
    total = magnitude.sum(axis=-1, dtype=np.float64)
    weighted = magnitude @ bin_hz(magnitude.shape[-1])
    return np.asarray((weighted / np.where(total > 0, total, 1.0))[..., None])


def chroma(power: Spectra, tuning: float) -> NDArray[np.float32]:
    """`(frame, 12)` strength of each pitch class from C on, the strongest at 1; 0 in silence.

    Args:
        power: `(frame, bin)`.
        tuning: how far the music lies above A4 = 440 Hz, -0.5…0.5 semitones.

    Source: D. Ellis, "Chroma feature analysis and synthesis", 2007; as librosa 0.11 computes it.
    """
    strength = power @ _chroma_filters(power.shape[-1], round(tuning / TUNING_STEP)).T
    strongest = strength.max(axis=-1, keepdims=True)
    return np.asarray(strength / np.where(strongest > 0, strongest, 1), np.float32)


@lru_cache
def _chroma_filters(bins: int, hundredths: int) -> NDArray[np.float32]:
    """`(pitch class, bin)` Gaussian bumps, narrower than a semitone where bins allow."""
    hz = np.arange(1, 2 * (bins - 1)) * SAMPLE_RATE / (2 * (bins - 1))
    tuned_hz = A4_HZ * 2.0 ** (hundredths * TUNING_STEP / CHROMA)
    semitone = CHROMA * np.log2(hz / (tuned_hz / 16))
    # 0 Hz has no pitch: it is laid so that its bump is broad and far below.
    semitone = np.append(semitone[0] - 1.5 * CHROMA, semitone)
    width = np.append(np.maximum(np.diff(semitone), 1.0), 1.0)
    away = (semitone - np.arange(CHROMA)[:, None] + 10.5 * CHROMA) % CHROMA - CHROMA / 2
    bumps = np.exp(-0.5 * (2 * away / width) ** 2)
    bumps /= np.sqrt((bumps**2).sum(axis=0))
    bumps *= np.exp(-0.5 * ((semitone / CHROMA - CENTRE_OCTAVE) / OCTAVE_WIDTH) ** 2)
    # Counted from A so far.
    return np.ascontiguousarray(np.roll(bumps, -3, axis=0)[:, :bins], np.float32)


def tuning_of(power: Spectra) -> float:
    """How far the partials in `power` `(frame, bin)` lie above A4 = 440 Hz, in semitones.

    The commonest deviation, in steps of 0.01, of interpolated peaks as loud as their median.

    Source: J. O. Smith, "Spectral Audio Signal Processing", 2011; as librosa 0.11 computes it.
    """
    hz_a_bin = SAMPLE_RATE / (2 * (power.shape[-1] - 1))
    first, last = (int(np.ceil(hz / hz_a_bin)) for hz in PITCHED_HZ)
    below, here, above = (power[:, first + d : last + d] for d in (-1, 0, 1))
    loud = PEAK * power.max(axis=-1, keepdims=True)
    # As where all that is not loud were 0.
    peak = (here > loud) & ((here > below) | (below <= loud)) & ((here >= above) | (above <= loud))
    frame, at = np.nonzero(peak)
    low, mid, high = (part[frame, at] for part in (below, here, above))
    slope = (high - low).astype(np.float64) / 2
    curve = (low + high).astype(np.float64) - 2.0 * mid
    inside = np.abs(slope) < np.abs(curve)
    shift = np.where(inside, -slope / np.where(inside, curve, 1), 0).astype(np.float32)
    found_hz = ((at + first + shift) * hz_a_bin).astype(np.float32)
    if not len(found_hz):
        return 0.0
    strength = mid + (np.float32(0.5) * slope.astype(np.float32)) * shift
    heard_hz = found_hz[strength >= np.median(strength)]
    off = np.mod(CHROMA * np.log2(heard_hz / np.float32(A4_HZ / 16)), np.float32(1))
    off[off >= 0.5] -= 1
    edges = np.linspace(-0.5, 0.5, round(1 / TUNING_STEP) + 1)
    return float(edges[np.argmax(np.histogram(off, edges)[0])])


@dataclass(frozen=True)
class Timbre(ClipView):
    """Segments of a clip as sequences of timbre frames, spread over the piece.

    The settings are those of the study of GTZAN that this view repeats: clips of 660,000 samples
    in ten segments. What is too short for a segment at the end is left out; a clip shorter than
    one is repeated to fill it.

    Attributes:
        segment: samples of a segment, at 22,050 Hz.
        n_fft: samples of a frame.
        hop: samples from frame to frame.
        most: the most segments a piece is cut into; they are spread evenly over longer pieces.
    """

    name: ClassVar[str] = "timbre"

    segment: int = 66_000
    n_fft: int = 1024
    hop: int = 4084
    most: int = 40

    def __post_init__(self) -> None:
        # A frame of two samples has no spectrum to speak of.
        check_least(self, {"n_fft": 4, "segment": self.n_fft, "hop": 1, "most": 1})

    @property
    def shape(self) -> tuple[int, ...]:
        return (self.segment - self.n_fft) // self.hop + 1, FEATURES

    def prepare(self, piece: Sound) -> NDArray[np.float32]:
        return np.concatenate([timbre(own, self.n_fft, self.hop) for own in self._segments(piece)])

    def cut(self, prepared: NDArray[np.float32]) -> Slices:
        chosen = spread(len(prepared), self.most)
        start_s = seconds(chosen, self.segment / SAMPLE_RATE)
        return Slices(prepared[chosen], start_s, start_s + self.segment / SAMPLE_RATE)

    def draw(self, prepared: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
        return np.asarray(prepared[rng.integers(len(prepared))])

    def weight(self, prepared: NDArray[np.float32]) -> int:
        return min(len(prepared), self.most)

    def _segments(self, piece: Sound) -> Iterator[NDArray[np.float32]]:
        yield from windows(mono_blocks(piece), self.segment, self.segment)
