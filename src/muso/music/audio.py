"""Audio files as a header and a stream of samples, whichever library decodes them.

libsndfile decodes most formats; FFmpeg, by the optional PyAV, those that it doesn't.
"""

from __future__ import annotations

import io
import os
import re
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from muso.errors import DamagedFile, MissingExtra, WrongFormat
from muso.music.hushed import hushed
from muso.music.sound_size import SoundSize, open_mended, read_sound_size

SNDFILE_SUFFIXES = (
    ".wav", ".bwf", ".rf64", ".w64", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".mp2", ".au",
    ".snd", ".aif", ".aiff", ".aifc", ".caf",
)  # fmt: skip
FFMPEG_SUFFIXES = (
    ".m4a", ".m4b", ".mp4", ".aac", ".webm", ".weba", ".mka", ".wma", ".wv", ".tta",
)  # fmt: skip
GIVE = "give WAV, FLAC, Ogg, Opus, MP3, AU, AIFF, CAF, M4A or WebM"

READ_FRAMES = 16_384
"""Decoded at once. What a block has in front of a fault is lost with it, so it is small."""

SETTLING_S = 1.0
"""Decoded and dropped after a jump: frames of MP3 and AAC lean on the ones before."""

ROUNDED = 0.75
"""Of a tick: times are off by half of one when rounded, and by a little for what is cut off the
start. Positions in Vorbis are multiples of 64 samples, so more would take one for another."""

UNRECOGNISED, UNSUPPORTED, NO_FRAMES = 1, 4, 7
"""libsndfile's error codes for "none of my formats", for sound coded in a way it can't decode, and,
with misleading words, for an MP3 file without a single frame."""
SIGNATURE = re.compile(
    rb"RIFF....WAVE|RIFX....WAVE|RF64....WAVE|riff\x2e\x91\xcf\x11|FORM....AIF[FC]|caff|fLaC|OggS"
    rb"|\.snd|dns\.|ID3|\xff[\xe2-\xff]",
    re.DOTALL,
)
"""How the files start that libsndfile decodes."""
MICRO = 10**6
"""FFmpeg counts so many to the second of a whole container."""
ENDLESS = 2**63 - 1
"""Samples that libsndfile takes a FLAC for that doesn't tell how many it has."""

CONTAINERS = {
    re.compile(rb"....ftyp", re.DOTALL): ("mp4", "MPEG-4"),
    # An ADTS frame of raw AAC: twelve bits of sync, and "layer 0" where MP3 has another.
    re.compile(rb"\xff[\xf0\xf1\xf8\xf9]"): ("aac", "MPEG-4"),
    re.compile(rb"\x1a\x45\xdf\xa3"): ("matroska", "WebM and Matroska"),
    re.compile(rb"\x30\x26\xb2\x75\x8e\x66\xcf\x11"): ("asf", "Windows Media"),
    re.compile(rb"wvpk"): ("wv", "WavPack"),
    re.compile(rb"TTA1"): ("tta", "True Audio"),
}
"""How the files start that FFmpeg decodes, its name for the container, and people's."""


@dataclass(frozen=True)
class Header:
    """What an audio file says of itself: Hz, channels, samples a channel (None: it doesn't)."""

    sample_rate: int
    channels: int
    frames: int | None
    container: str
    """FFmpeg's name for the container, empty where libsndfile decodes."""


def read_header(path: str | os.PathLike[str], start: bytes) -> Header:
    """The header of the file at `path`, whose first 12 bytes are `start`.

    Raises:
        WrongFormat: not audio. DamagedFile: broken. MissingExtra: it takes PyAV.
    """
    for signature, (container, _) in CONTAINERS.items():
        if signature.match(start):
            return _ffmpeg_header(path, container)
    size = read_sound_size(path)
    with _sndfile(path, size) as file:
        return Header(file.samplerate, file.channels, _promised(file, size), "")


def decode(
    path: str | os.PathLike[str], header: Header, start: int
) -> Iterator[NDArray[np.float32]]:
    """Blocks of float32 `(sample, channel)` from sample `start` on, up to the end or a fault."""
    return _ffmpeg_decode(path, header, start) if header.container else _sndfile_decode(path, start)


def system_name(path: str | os.PathLike[str]) -> str | bytes:
    """`path` as soundfile takes it: it fails on names that aren't UTF-8 unless in bytes."""
    return os.fspath(path) if sys.platform == "win32" else os.fsencode(path)


@contextmanager
def _sndfile(path: str | os.PathLike[str], size: SoundSize | None) -> Iterator[Any]:
    import soundfile

    with ExitStack() as opened:
        source: Any = system_name(path)
        if size is not None and size.mended:
            source = opened.enter_context(open_mended(path, size))
        try:
            with hushed():
                file = opened.enter_context(soundfile.SoundFile(source))
        except soundfile.LibsndfileError as error:
            raise _fault(path, error) from None
        if file.format == "RAW":
            # By some suffixes libsndfile takes anything for sound without a header.
            raise WrongFormat(path, "this is not audio that muso can read", GIVE)
        yield file


def _fault(path: str | os.PathLike[str], error: Any) -> DamagedFile | WrongFormat:
    """What keeps libsndfile from opening the file."""
    with Path(path).open("rb") as file:
        is_audio = SIGNATURE.match(file.read(12))
    if not is_audio:
        return WrongFormat(path, "this is not audio that muso can read", GIVE)
    if error.code == UNSUPPORTED:
        return WrongFormat(path, "its sound is coded in a way that muso can't read", GIVE)
    known = error.code not in (UNRECOGNISED, NO_FRAMES)
    cause = error.error_string.removesuffix(".") if known else "its start can't be read"
    return DamagedFile(path, f"the audio is damaged ({cause})", "export it again")


def _promised(file: Any, size: SoundSize | None) -> int | None:
    """Samples a channel by the header; None where it doesn't tell."""
    if size is not None and size.claimed is not None:
        if size.claimed == 0:
            return 0
        # libsndfile counts what is there, but of ALAC what its table of packets promises.
        if 0 < size.held < size.claimed and not file.subtype.startswith("ALAC"):
            return int(file.frames) * size.claimed // size.held
    return int(file.frames) if file.frames < ENDLESS else None


def _sndfile_decode(path: str | os.PathLike[str], start: int) -> Iterator[NDArray[np.float32]]:
    import soundfile

    with _sndfile(path, read_sound_size(path)) as file:
        if start >= file.frames:
            return
        # Some telephone codings can't be jumped in.
        at = _settling(start, file.samplerate) if file.seekable() else 0
        try:
            if at:
                with hushed():
                    file.seek(at)
            # soundfile jumps to where it is after each read, which wrecks MP3 at every block; it
            # does not where it thinks that it can't.
            file.seekable = lambda: False
            while len(block := _read(file, READ_FRAMES)):
                skipped = max(start - at, 0)
                at += len(block)
                if skipped < len(block):
                    yield block[skipped:]
        except soundfile.LibsndfileError:
            return  # What follows can't be decoded; how much came before is for the caller.


def _read(file: Any, frames: int) -> NDArray[np.float32]:
    with hushed():
        return np.asarray(file.read(frames, "float32", always_2d=True))


def _settling(start: int, sample_rate: int) -> int:
    """The sample to jump to, so that what comes from `start` on is as if nothing was jumped."""
    return max(start - round(SETTLING_S * sample_rate), 0)


class _Source(io.FileIO):
    """A file as FFmpeg takes it: broken ones have it jump where no file can be, and PyAV prints so.

    That is taken for the end.
    """

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        try:
            return super().seek(offset, whence)
        except OSError:
            return super().seek(0, io.SEEK_END)


def _ffmpeg(path: str | os.PathLike[str], file: Any, container: str) -> Any:
    try:
        import av
    except ImportError:
        kind = dict(CONTAINERS.values())[container]
        raise MissingExtra("m4a", f"{os.fspath(path)}: reading {kind} audio") from None
    try:
        # The container is named, so that no content can make FFmpeg open something else.
        opened = av.open(file, format=container, metadata_errors="ignore")
    except av.FFmpegError as error:
        cause = error.strerror or "it can't be opened"
        raise DamagedFile(path, f"the audio is damaged ({cause})", "export it again") from None
    if not opened.streams.audio or opened.streams.audio[0].codec_context is None:
        opened.close()
        raise WrongFormat(path, "it holds no sound that can be decoded", "give one with sound")
    return opened


def _ffmpeg_header(path: str | os.PathLike[str], container: str) -> Header:
    with _Source(path) as file, _ffmpeg(path, file, container) as opened:
        stream = opened.streams.audio[0]
        frames = _told(opened, stream, container)
        return Header(stream.rate or 0, stream.channels, frames, container)


def _told(opened: Any, stream: Any, container: str) -> int | None:
    """Samples a channel by the header; None where FFmpeg guesses them from the bit rate."""
    seconds = None
    if container == "matroska":
        # It tells of all streams together; where it doesn't, the guess stands at the stream.
        if stream.duration is None and opened.duration is not None:
            seconds = opened.duration / MICRO
    elif container not in ("aac", "asf") and stream.duration is not None:
        seconds = stream.duration * stream.time_base
    return None if seconds is None else round(seconds * stream.rate)


def _ffmpeg_decode(
    path: str | os.PathLike[str], header: Header, start: int
) -> Iterator[NDArray[np.float32]]:
    # Raw AAC tells no times to jump by.
    to = 0 if header.container == "aac" else _settling(start, header.sample_rate)
    with _Source(path) as file, _ffmpeg(path, file, header.container) as opened:
        jumped = _jumped(opened, header, to) if to else None
        if jumped or not to:
            yield from _resampled(opened, header, start, *(jumped or (_frames(opened), 0)))
            return
    # Opened anew, for what FFmpeg cuts off the start it cuts off once.
    with _Source(path) as file, _ffmpeg(path, file, header.container) as opened:
        yield from _resampled(opened, header, start, _frames(opened), 0)


def _frames(opened: Any) -> Iterator[Any]:
    return iter(opened.decode(opened.streams.audio[0]))


def _resampled(
    opened: Any, header: Header, start: int, frames: Iterator[Any], at: int
) -> Iterator[NDArray[np.float32]]:
    """Blocks `(sample, channel)` from sample `start` on, of `frames` that begin at sample `at`."""
    import av

    layout = opened.streams.audio[0].layout
    to_float = av.AudioResampler(format="flt", layout=layout, rate=header.sample_rate)
    try:
        for frame in frames:
            for even in to_float.resample(frame):
                block = even.to_ndarray().reshape(-1, header.channels).astype(np.float32)
                skipped = max(start - at, 0)
                at += len(block)
                if skipped < len(block):
                    yield block[skipped:]
    except (av.FFmpegError, ValueError):
        return  # As above; a ValueError where the number of channels changes on the way.


def _jumped(opened: Any, header: Header, to: int) -> tuple[Iterator[Any], int] | None:
    """The frames from sample `to`, or a little before, on, and the sample that they begin at.

    None where only decoding tells the sample. Containers tell when frames begin in ticks, of a
    millisecond in WebM, and samples are finer. But in most codings all frames behind the first are
    as long as the second: so the place is known to the sample, or lies between two of them, and
    then their lengths differ.
    """
    import av

    stream = opened.streams.audio[0]
    tick = stream.time_base * header.sample_rate
    try:
        first, second = islice(_frames(opened), 2)
        opened.seek(first.pts + int(to / tick), stream=stream)
        frames = _frames(opened)
        there = next(frames)
        told = (there.pts - first.pts) * tick
        number = round((told - first.samples) / second.samples)
    except (av.FFmpegError, ArithmeticError, StopIteration, TypeError, ValueError):
        return None  # Broken, too short, or of frames without a time.
    at = first.samples + number * second.samples
    is_known = abs(at - told) <= ROUNDED * tick and 0 <= at <= to + tick
    return (chain([there], frames), at) if is_known else None
