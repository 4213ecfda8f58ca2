"""Audio files as a header and a stream of samples, whichever library decodes them.

libsndfile decodes everything but MPEG-4 audio, which takes the optional PyAV.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from muso.errors import DamagedFile, MissingExtra, WrongFormat
from muso.music.hushed import hushed

SNDFILE_SUFFIXES = (
    ".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".au", ".aif", ".aiff", ".aifc",
)  # fmt: skip
MPEG4_SUFFIXES = (".m4a", ".mp4", ".aac")

READ_FRAMES = 16_384
"""Decoded at once. What a block has in front of a fault is lost with it, so it is small."""

SETTLING_S = 1.0
"""Decoded and dropped after a jump: frames of MP3 and AAC lean on the ones before."""

UNRECOGNISED, NO_FRAMES = 1, 7
"""libsndfile's error codes for "none of my formats" and, with misleading words, an MP3 file
without a single frame."""
SIGNATURE = re.compile(
    rb"RIFF....WAVE|RF64....WAVE|FORM....AIF[FC]|fLaC|OggS|\.snd|ID3|\xff[\xe2-\xff]", re.DOTALL
)
"""How the files start that libsndfile decodes."""

CUT = re.compile(r"^data : (\d+) \(should be (\d+)\)$", re.MULTILINE)
"""What libsndfile notes of a WAV that claims more bytes of sound than it holds."""
NOT_TOLD = 2**31 - 2**16
"""So many bytes, and more, are claimed by what writes to a pipe and can't know how many come."""


@dataclass(frozen=True)
class Header:
    """What an audio file says of itself: Hz, channels, samples a channel (None: it doesn't)."""

    sample_rate: int
    channels: int
    frames: int | None
    container: str
    """PyAV's name for the container, empty where libsndfile decodes."""


def read_header(path: str | os.PathLike[str], start: bytes) -> Header:
    """The header of the file at `path`, whose first 12 bytes are `start`.

    Raises:
        WrongFormat: not audio. DamagedFile: broken. MissingExtra: MPEG-4 without PyAV.
    """
    if start[4:8] == b"ftyp":
        return _mpeg4_header(path, "mp4")
    # An ADTS frame of raw AAC: twelve bits of sync, and "layer 0" where MP3 has another.
    if start[0] == 0xFF and len(start) > 1 and start[1] & 0xF6 == 0xF0:
        return _mpeg4_header(path, "aac")
    with _sndfile(path) as file:
        return Header(file.samplerate, file.channels, _promised(file), "")


def decode(
    path: str | os.PathLike[str], header: Header, start: int
) -> Iterator[NDArray[np.float32]]:
    """Blocks of float32 `(sample, channel)` from sample `start` on, up to the end or a fault."""
    return _mpeg4_decode(path, header, start) if header.container else _sndfile_decode(path, start)


def system_name(path: str | os.PathLike[str]) -> str | bytes:
    """`path` as soundfile takes it: it fails on names that aren't UTF-8 unless in bytes."""
    return os.fspath(path) if sys.platform == "win32" else os.fsencode(path)


def _sndfile(path: str | os.PathLike[str]) -> Any:
    import soundfile

    try:
        with hushed():
            return soundfile.SoundFile(system_name(path))
    except soundfile.LibsndfileError as error:
        with Path(path).open("rb") as file:
            is_audio = SIGNATURE.match(file.read(12))
        if not is_audio:
            remedy = "give WAV, FLAC, Ogg, Opus, MP3, AU, AIFF or M4A"
            raise WrongFormat(path, "this is not audio that muso can read", remedy) from None
        known = error.code not in (UNRECOGNISED, NO_FRAMES)
        cause = error.error_string.removesuffix(".") if known else "its start can't be read"
        raise DamagedFile(path, f"the audio is damaged ({cause})", "export it again") from None


def _promised(file: Any) -> int:
    """Samples a channel by the header; of a WAV cut short, libsndfile has only those left."""
    found = CUT.search(file.extra_info) if file.format in ("WAV", "WAVEX") else None
    claimed, held = map(int, found.groups()) if found else (0, 0)
    cut = 0 < held < claimed < NOT_TOLD
    return int(file.frames * claimed // held if cut else file.frames)


def _sndfile_decode(path: str | os.PathLike[str], start: int) -> Iterator[NDArray[np.float32]]:
    import soundfile

    with _sndfile(path) as file:
        if start >= file.frames:
            return
        try:
            before = min(start, round(SETTLING_S * file.samplerate))
            with hushed():
                file.seek(start - before)
            # soundfile jumps to where it is after each read, which wrecks MP3 at every block; it
            # does not where it thinks that it can't.
            file.seekable = lambda: False
            _read(file, before)
            while len(block := _read(file, READ_FRAMES)):
                yield block
        except soundfile.LibsndfileError:
            return  # What follows can't be decoded; how much came before is for the caller.


def _read(file: Any, frames: int) -> NDArray[np.float32]:
    with hushed():
        return np.asarray(file.read(frames, "float32", always_2d=True))


def _mpeg4(path: str | os.PathLike[str], file: Any, container: str) -> Any:
    try:
        import av
    except ImportError:
        raise MissingExtra("m4a", f"{os.fspath(path)}: reading MPEG-4 audio") from None
    try:
        # The container is named, so that no content can make FFmpeg open something else.
        opened = av.open(file, format=container, metadata_errors="ignore")
    except av.FFmpegError as error:
        cause = error.strerror or "it can't be opened"
        raise DamagedFile(path, f"the audio is damaged ({cause})", "export it again") from None
    if not opened.streams.audio or opened.streams.audio[0].codec_context is None:
        opened.close()
        cause = "it holds no sound that can be decoded"
        raise WrongFormat(path, cause, "give a file with an AAC sound track")
    return opened


def _mpeg4_header(path: str | os.PathLike[str], container: str) -> Header:
    with Path(path).open("rb") as file, _mpeg4(path, file, container) as opened:
        stream = opened.streams.audio[0]
        frames = None
        # Raw AAC has no index: its length would be a guess from the bit rate.
        if container == "mp4" and stream.duration is not None:
            frames = round(stream.duration * stream.time_base * stream.rate)
        return Header(stream.rate or 0, stream.channels, frames, container)


def _mpeg4_decode(
    path: str | os.PathLike[str], header: Header, start: int
) -> Iterator[NDArray[np.float32]]:
    with Path(path).open("rb") as file, _mpeg4(path, file, header.container) as opened:
        import av

        stream = opened.streams.audio[0]
        to_float = av.AudioResampler(format="flt", layout=stream.layout, rate=header.sample_rate)
        try:
            if start and header.container == "mp4":
                seconds = max(start / header.sample_rate - SETTLING_S, 0.0)
                opened.seek(int(seconds / stream.time_base), stream=stream)
            at = None
            for frame in opened.decode(stream):
                if at is None:
                    at = round((frame.pts or 0) * stream.time_base * header.sample_rate)
                for even in to_float.resample(frame):
                    block = even.to_ndarray().reshape(-1, header.channels).astype(np.float32)
                    skipped = max(start - at, 0)
                    at += len(block)
                    if skipped < len(block):
                        yield block[skipped:]
        except (av.FFmpegError, ValueError):
            return  # As above; a ValueError where the number of channels changes on the way.
