"""Recorded music: samples, the door from audio files to them, and back."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from muso.errors import DamagedFile, EmptyFile, FileError, TooLong, UsageError
from muso.music import audio
from muso.music.files import opening

SUFFIXES = audio.SNDFILE_SUFFIXES + audio.FFMPEG_SUFFIXES

MAX_BYTES = 2 * 2**30
"""Three hours of a compact disc."""
MAX_LENGTH_S = 6 * 3600.0
"""As for scores."""
MAX_SAMPLES = 2**28
"""Held at once, all channels together: 1 GiB, or 50 minutes of a compact disc."""

LOWEST_RATE, HIGHEST_RATE = 1_000, 768_000
"""Sample rates in Hz that music comes in; a header outside of them is broken."""
USABLE_S = 1.0
"""A file cut short is served if it has this much left, or half of what it promised."""
BLOCK_S = 30.0

SILENT_DB = -60.0
"""What never gets louder than this, of full scale, holds no music."""
CANCELLED = 0.01
"""Of the loudest channel: a mean with a lower root mean square holds what didn't cancel out."""
LEAST_S = 1.0
"""Of what is shorter, nothing can be said."""

WRITE_FRAMES = 65_536
"""Encoded at once: the Vorbis encoder of libsndfile crashes on a long clip in one piece."""

ENCODINGS = {
    ".wav": ("WAV", "PCM_16"),
    ".flac": ("FLAC", "PCM_16"),
    ".ogg": ("OGG", "VORBIS"),
    ".mp3": ("MP3", "MPEG_LAYER_III"),
}
SYSTEM = 2
"""libsndfile's error code for "ask the operating system"."""


@dataclass(frozen=True)
class Limits:
    """What a clip may at most ask for before reading it is refused."""

    bytes: int = MAX_BYTES
    length_s: float = MAX_LENGTH_S
    samples: int = MAX_SAMPLES


@dataclass(frozen=True, eq=False)
class Clip:
    """A piece of recorded music.

    Attributes:
        samples: float32 `(channel, sample)`, full scale at -1…1.
        sample_rate: Hz.

    >>> import numpy as np
    >>> clip = Clip(np.zeros((2, 44_100), np.float32), 44_100)
    >>> clip.length_s, clip.mono().resampled(22_050).samples.shape
    (1.0, (1, 22050))
    """

    samples: NDArray[np.float32]
    sample_rate: int

    @property
    def length_s(self) -> float:
        """Length in seconds."""
        return float(self.samples.shape[1] / self.sample_rate)

    @property
    def why_unheard(self) -> str:
        """Why nothing can be said of the clip; empty where something can."""
        return why_unheard(float(np.abs(self.samples).max(initial=0.0)), self.length_s)

    def mono(self) -> Clip:
        """All channels mixed into one, as by `mixed`."""
        return Clip(mixed(self.samples)[None], self.sample_rate)

    def resampled(self, sample_rate: int) -> Clip:
        """The same sound at another rate in Hz, without what that rate can't hold.

        Source: the SoX Resampler library, "HQ": linear phase, 20 bits.
        """
        if sample_rate == self.sample_rate:
            return self
        import soxr

        samples = soxr.resample(self.samples.T, self.sample_rate, sample_rate)
        return Clip(np.ascontiguousarray(samples.T), sample_rate)


def mixed(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """`(sample,)` the mean of `samples` `(channel, sample)`; of channels that cancel out, one.

    Where next to nothing is left in the mean, as of two of opposite phase, the loudest channel is
    heard alone. Energies are compared, for a click in one channel is left whole.

    >>> mixed(np.array([[0.5, -0.5], [-0.5, 0.5]], np.float32)).tolist()
    [0.5, -0.5]
    """
    if len(samples) == 1:
        return np.asarray(samples[0])
    mean = samples.mean(axis=0, dtype=np.float32)
    energies = _energies(samples)
    if _energies(mean) < CANCELLED**2 * energies.max():
        return np.asarray(samples[energies.argmax()])
    return np.asarray(mean)


def _energies(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    """Sums of squares along the last axis."""
    return np.asarray(np.einsum("...s,...s->...", samples, samples, dtype=np.float64))


def why_unheard(peak: float, length_s: float) -> str:
    """Why nothing can be said of a sound; empty where something can.

    Args:
        peak: the loudest sample of any channel; 1 at full scale.
        length_s: of it, seconds.

    >>> why_unheard(0.5, 0.2), why_unheard(0.5, 30.0)
    ('too short: 0.2 s, and it takes 1', '')
    """
    if _is_silent(peak):
        return f"silence: nothing in it is louder than {SILENT_DB:.0f} dB"
    if length_s < LEAST_S:
        return f"too short: {length_s:.2g} s, and it takes {LEAST_S:.0f}"
    return ""


def _is_silent(peak: float) -> bool:
    return peak < 10 ** (SILENT_DB / 20)


def read_clip(path: str | os.PathLike[str], limits: Limits = Limits()) -> Clip:
    """Read a whole audio file; of one cut short, what is left of it.

    Args:
        path: WAV, FLAC, Ogg Vorbis, Opus, MP3, AU, AIFF, CAF and their kin; or MPEG-4, WebM and
            other formats of FFmpeg's with the [m4a] extra.
        limits: what it may at most ask for. Take `blocks` or `read_clip_part` for longer ones.

    Raises:
        WrongFormat: not audio. EmptyFile: no samples. TooLong: past a limit.
        DamagedFile: broken; too little can be decoded; samples that are no numbers.
        MissingExtra: it takes PyAV. MissingFile, NoPermission, FileError: can't be opened.

    >>> import tempfile, pathlib
    >>> file = pathlib.Path(tempfile.mkdtemp(), "quiet.flac")
    >>> write_clip(Clip(np.zeros((1, 8_000), np.float32), 8_000), file)
    >>> read_clip(file).length_s
    1.0
    """
    header = _header(path, limits)
    clip = _gathered(path, header, 0, None, limits)
    promised_s = (header.frames or 0) / header.sample_rate
    if clip is None:
        clip = Clip(np.zeros((header.channels, 0), np.float32), header.sample_rate)
    check_decoded(path, clip.length_s, promised_s)
    return clip


def check_decoded(path: str | os.PathLike[str], decoded_s: float, promised_s: float) -> None:
    """Raises DamagedFile if too little was decoded of what a file's header promises, in seconds."""
    if decoded_s == 0 or decoded_s < min(USABLE_S, promised_s / 2):
        cause = lacking(decoded_s, promised_s, 2)
        raise DamagedFile(path, cause, "copy or download it again")


def lacking(decoded_s: float, promised_s: float, digits: int = 1) -> str:
    """What is missing of a file that was cut short, or whose header is wrong.

    >>> lacking(30.0, 24_347.8)
    'only 30.0 of the 24,347.8 s that its header promises can be decoded'
    """
    there, promised = (f"{seconds:,.{digits}f}" for seconds in (decoded_s, promised_s))
    return f"only {there} of the {promised} s that its header promises can be decoded"


def read_clip_part(
    path: str | os.PathLike[str], start_s: float, length_s: float, limits: Limits = Limits()
) -> Clip:
    """Read `length_s` seconds from `start_s` on, or what the file has of them.

    Raises:
        EmptyFile: the file ends before `start_s`. Otherwise as `read_clip`.

    >>> import tempfile, pathlib
    >>> file = pathlib.Path(tempfile.mkdtemp(), "quiet.wav")
    >>> write_clip(Clip(np.zeros((1, 8_000), np.float32), 8_000), file)
    >>> read_clip_part(file, 0.75, 10.0).length_s
    0.25
    """
    if start_s < 0 or length_s <= 0:
        raise UsageError(f"a part of {length_s} s from {start_s} s on: take times above 0")
    header = _header(path, limits)
    start, count = (round(seconds * header.sample_rate) for seconds in (start_s, length_s))
    clip = _gathered(path, header, start, max(count, 1), limits)
    if clip is None:
        raise EmptyFile(path, f"it holds nothing from {start_s:,.1f} s on", "take an earlier part")
    return clip


def blocks(
    path: str | os.PathLike[str], length_s: float = BLOCK_S, limits: Limits = Limits()
) -> Iterator[Clip]:
    """Read an audio file of any length as one clip after another, `length_s` seconds each.

    The last is as long as what is left. Raises as `read_clip`, while being iterated.

    >>> import tempfile, pathlib
    >>> file = pathlib.Path(tempfile.mkdtemp(), "quiet.wav")
    >>> write_clip(Clip(np.zeros((1, 8_000), np.float32), 8_000), file)
    >>> [block.length_s for block in blocks(file, 0.4)]
    [0.4, 0.4, 0.2]
    """
    header = _header(path, limits)
    size = max(1, round(length_s * header.sample_rate))
    held: list[NDArray[np.float32]] = []
    for decoded in _decoded(path, header, 0, limits):
        held.append(decoded)
        if sum(map(len, held)) >= size:
            joined = np.concatenate(held)
            full = len(joined) - len(joined) % size
            for at in range(0, full, size):
                yield _joined([joined[at : at + size]], header)
            held = [joined[full:]]
    if sum(map(len, held)):
        yield _joined(held, header)


def clip_length(path: str | os.PathLike[str], limits: Limits = Limits()) -> float:
    """The length in seconds that the file's header claims.

    Nothing is decoded where it claims one. Where it doesn't, as of raw AAC, WMA, and what was
    written to a pipe as FLAC or WebM, all is decoded to find out.

    Raises:
        As `read_clip`, as far as the header shows, or what was decoded.
    """
    header = _header(path, limits)
    if header.frames is None:
        return sum(clip.length_s for clip in blocks(path, limits=limits))
    return header.frames / header.sample_rate


def write_clip(clip: Clip, path: str | os.PathLike[str]) -> None:
    """Write 16-bit WAV or FLAC, Ogg Vorbis or MP3, by the suffix of `path`; whole or not at all.

    Samples beyond full scale are cut off there.

    Raises:
        UsageError: another suffix, or a rate or number of channels the format can't hold.
        MissingFile, NoPermission, FileError: the file can't be written.
    """
    from muso.music.sound.writing import write_blocks

    write_blocks([clip.samples], path, clip.sample_rate, len(clip.samples))


def _header(path: str | os.PathLike[str], limits: Limits) -> audio.Header:
    """What the file promises, once it has passed every check that needs no decoding."""
    with opening(path):
        status = Path(path).stat()
        if not stat.S_ISREG(status.st_mode) and not stat.S_ISDIR(status.st_mode):
            raise FileError(path, "this is no ordinary file", "save it to disk first")
        with Path(path).open("rb") as file:
            start = file.read(12)
    if not start:
        raise EmptyFile(path, "the file is empty (0 bytes)", "copy or download it again")
    if status.st_size > limits.bytes:
        raise TooLong(path, f"the file is larger than {limits.bytes / 2**20:,.0f} MiB", "cut it")
    header = audio.read_header(path, start)
    if not LOWEST_RATE <= header.sample_rate <= HIGHEST_RATE or header.channels < 1:
        cause = f"its header claims {header.channels} channels at {header.sample_rate:,} Hz"
        raise DamagedFile(path, cause, "export it again")
    if header.frames == 0:
        raise EmptyFile(path, "the audio holds no samples", "export or record it again")
    if _reaches(path, header, round(limits.length_s * header.sample_rate)):
        raise _too_long(path, limits)
    return header


def _reaches(path: str | os.PathLike[str], header: audio.Header, frames: int) -> bool:
    """Whether the header promises more than `frames` samples a channel, and there are more."""
    promised = header.frames is not None and header.frames > frames
    return promised and any(len(block) for block in audio.decode(path, header, frames))


def _too_long(path: str | os.PathLike[str], limits: Limits) -> TooLong:
    return TooLong(path, f"it lasts longer than the limit of {limits.length_s:,.0f} s", "cut it")


def _too_large(path: str | os.PathLike[str], limits: Limits) -> TooLong:
    cause = f"it holds more than {limits.samples:,} samples, the limit at once"
    return TooLong(path, cause, "read it in parts, or cut it")


def _decoded(
    path: str | os.PathLike[str], header: audio.Header, start: int, limits: Limits
) -> Iterator[NDArray[np.float32]]:
    """Checked blocks `(sample, channel)` from sample `start` on, up to the end or a fault."""
    at = start
    for block in audio.decode(path, header, start):
        at += len(block)
        if at > limits.length_s * header.sample_rate:
            raise _too_long(path, limits)
        if not np.isfinite(block).all():
            raise DamagedFile(path, "it holds samples that are no numbers", "export it again")
        yield block


def _gathered(
    path: str | os.PathLike[str],
    header: audio.Header,
    start: int,
    count: int | None,
    limits: Limits,
) -> Clip | None:
    """The clip of `count` samples a channel (None: all) from `start` on, if any can be decoded."""
    most = limits.samples // header.channels
    if (count is None or count > most) and _reaches(path, header, start + most):
        raise _too_large(path, limits)
    parts: list[NDArray[np.float32]] = []
    length = 0
    for block in _decoded(path, header, start, limits):
        parts.append(block if count is None else block[: count - length])
        length += len(parts[-1])
        if length > most:
            raise _too_large(path, limits)
        if length == count:
            break
    return _joined(parts, header) if parts else None


def _joined(parts: list[NDArray[np.float32]], header: audio.Header) -> Clip:
    """The clip of blocks `(sample, channel)` one after another."""
    samples = np.empty((header.channels, sum(map(len, parts))), np.float32)
    at = 0
    for part in parts:
        samples[:, at : at + len(part)] = part.T
        at += len(part)
    return Clip(samples, header.sample_rate)
