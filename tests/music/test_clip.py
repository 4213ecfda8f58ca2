"""Recorded music: every format there and back, parts of it, and what is wrong with files."""

from __future__ import annotations

import re
import struct
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from muso.errors import (
    DamagedFile,
    EmptyFile,
    FileError,
    MissingExtra,
    MissingFile,
    MusoError,
    TooLong,
    UsageError,
    WrongFormat,
)
from muso.music import audio
from muso.music.clip import (
    ENCODINGS,
    SUFFIXES,
    Clip,
    Limits,
    blocks,
    clip_length,
    mixed,
    read_clip,
    read_clip_part,
    write_clip,
)
from muso.music.media import media_of
from muso.music.recording import open_recording
from muso.represent.spectrum import BLOCK, mono_blocks

RATE = 22_050


def tone(length_s: float = 2.0, rate: int = RATE, channels: int = 1, hz: float = 440.0) -> Clip:
    """A quiet tone, rising in loudness, each channel a little louder than the one before."""
    time_s = np.arange(round(length_s * rate)) / rate
    wave = np.sin(2 * np.pi * hz * time_s) * np.linspace(0.1, 0.4, len(time_s))
    gains = np.linspace(0.5, 1.0, channels)
    return Clip((gains[:, None] * wave).astype(np.float32), rate)


def pitch_hz(clip: Clip) -> float:
    spectrum = np.abs(np.fft.rfft(clip.samples[0]))
    return float(spectrum.argmax() / clip.length_s)


def as_mpeg4(clip: Clip, path: Path) -> None:
    av = pytest.importorskip("av")
    with av.open(str(path), "w", format="adts" if path.suffix == ".aac" else "mp4") as file:
        stream = file.add_stream("aac", rate=clip.sample_rate, layout="mono")
        for at in range(0, clip.samples.shape[1], 1024):
            block = np.ascontiguousarray(clip.samples[:1, at : at + 1024])
            frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="mono")
            frame.sample_rate, frame.pts = clip.sample_rate, at
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))


@pytest.mark.parametrize("suffix", [".wav", ".flac"])
@pytest.mark.parametrize("channels", [1, 2, 8])
def test_lossless_formats_keep_every_sample(suffix: str, channels: int, tmp_path: Path) -> None:
    clip = tone(channels=channels)
    write_clip(clip, tmp_path / f"a{suffix}")
    back = read_clip(tmp_path / f"a{suffix}")
    assert back.sample_rate == RATE
    assert back.samples.dtype == np.float32
    assert back.samples.shape == clip.samples.shape
    np.testing.assert_allclose(back.samples, clip.samples, atol=1 / 2**15)


@pytest.mark.parametrize("suffix", [".ogg", ".mp3", ".OGG"])
def test_lossy_formats_keep_length_and_pitch(suffix: str, tmp_path: Path) -> None:
    write_clip(tone(channels=2), tmp_path / f"a{suffix}")
    back = read_clip(tmp_path / f"a{suffix}")
    assert back.samples.shape == (2, 2 * RATE)
    assert pitch_hz(back) == pytest.approx(440, abs=1)


@pytest.mark.parametrize("suffix", list(ENCODINGS))
def test_reading_in_blocks_gives_what_reading_at_once_gives(suffix: str, tmp_path: Path) -> None:
    write_clip(tone(4.0, channels=2), tmp_path / f"a{suffix}")
    at_once, _ = soundfile.read(tmp_path / f"a{suffix}", dtype="float32")
    np.testing.assert_allclose(read_clip(tmp_path / f"a{suffix}").samples, at_once.T, atol=1e-6)


@pytest.mark.parametrize(
    ("suffix", "kind", "subtype"),
    [
        (".au", "AU", "ULAW"), (".snd", "AU", "PCM_16"), (".aif", "AIFF", "PCM_16"),
        (".aiff", "AIFF", "PCM_24"), (".aifc", "AIFF", "FLOAT"), (".opus", "OGG", "OPUS"),
        (".oga", "OGG", "VORBIS"), (".caf", "CAF", "PCM_16"), (".caf", "CAF", "ALAC_16"),
        (".w64", "W64", "PCM_16"), (".rf64", "RF64", "PCM_16"), (".bwf", "WAV", "PCM_24"),
        (".wav", "WAV", "IMA_ADPCM"), (".wav", "WAV", "NMS_ADPCM_32"), (".au", "AU", "G721_32"),
    ],
)  # fmt: skip
def test_formats_that_are_only_read_are_read(
    suffix: str, kind: str, subtype: str, tmp_path: Path
) -> None:
    file = tmp_path / f"a{suffix}"
    soundfile.write(file, tone(rate=48_000).samples.T, 48_000, format=kind, subtype=subtype)
    assert media_of(file) == "clip"
    back = read_clip(file)
    assert back.length_s == clip_length(file) == pytest.approx(2.0, abs=0.05)
    assert pitch_hz(back) == pytest.approx(440, abs=1)


def by_ffmpeg(clip: Clip, path: Path, container: str, codec: str, to_pipe: bool = False) -> None:
    """The first channel, as FFmpeg writes it to a file, or to what can't be gone back in."""
    av = pytest.importorskip("av")
    with path.open("wb") as out, ExitStack() as opened:
        target = Pipe(out) if to_pipe else str(path)
        file = opened.enter_context(av.open(target, "w", format=container))
        stream = file.add_stream(codec, rate=clip.sample_rate, layout="mono")
        forms = [form.name for form in stream.codec.audio_formats]
        context = stream.codec_context
        context.bit_rate = 64_000
        context.format = next(form for form in ("fltp", "flt", "s16p", "s16") if form in forms)
        context.open()
        fitting = av.AudioResampler(context.format, "mono", clip.sample_rate, context.frame_size)
        whole = av.AudioFrame.from_ndarray(clip.samples[:1], format="fltp", layout="mono")
        whole.sample_rate, whole.pts = clip.sample_rate, 0
        for frame in (*fitting.resample(whole), *fitting.resample(None), None):
            file.mux(stream.encode(frame))


class Pipe:
    def __init__(self, file: BinaryIO) -> None:
        self.write = file.write


FFMPEG = [
    (".webm", "webm", "libopus"), (".weba", "webm", "libopus"), (".mka", "matroska", "flac"),
    (".mka", "matroska", "libmp3lame"), (".wma", "asf", "wmav2"), (".wv", "wv", "wavpack"),
    (".tta", "tta", "tta"), (".m4b", "ipod", "aac"), (".m4a", "ipod", "alac"),
    (".mp2", "mp2", "mp2"),
]  # fmt: skip


@pytest.mark.parametrize(("suffix", "container", "codec"), FFMPEG)
def test_formats_of_ffmpeg_s_are_read_with_the_extra(
    suffix: str, container: str, codec: str, tmp_path: Path
) -> None:
    file = tmp_path / f"a{suffix}"
    by_ffmpeg(tone(3.0, rate=48_000), file, container, codec)
    assert media_of(file) == "clip"
    back = read_clip(file)
    assert back.length_s == pytest.approx(3.0, abs=0.1)
    assert clip_length(file) == pytest.approx(3.0, abs=0.1)
    assert pitch_hz(back) == pytest.approx(440, abs=1)
    part = read_clip_part(file, 1.0, 0.5).samples
    np.testing.assert_allclose(part, back.samples[:, 48_000:72_000], atol=1e-3)


@pytest.mark.parametrize(
    ("container", "codec"),
    [("webm", "libopus"), ("matroska", "libmp3lame"), ("asf", "wmav2"), ("flac", "flac"),
     ("caf", "pcm_s16le"), ("aiff", "pcm_s16be"), ("w64", "pcm_s16le"), ("au", "pcm_s16be")],
)  # fmt: skip
def test_what_ffmpeg_writes_to_a_pipe_is_as_long_as_it_is(
    container: str, codec: str, tmp_path: Path
) -> None:
    by_ffmpeg(tone(3.0, rate=48_000), tmp_path / "a.wav", container, codec, to_pipe=True)
    recording = open_recording(tmp_path / "a.wav")
    assert sum(clip.length_s for clip in recording) == pytest.approx(3.0, abs=0.1)
    assert recording.promised_s == pytest.approx(3.0, abs=0.1) and not recording.lacking


def test_a_webm_cut_short_promises_what_it_held(tmp_path: Path) -> None:
    by_ffmpeg(tone(9.0, rate=48_000), tmp_path / "a.webm", "webm", "libopus")
    content = (tmp_path / "a.webm").read_bytes()
    (tmp_path / "a.webm").write_bytes(content[: len(content) // 3])
    assert clip_length(tmp_path / "a.webm") == pytest.approx(9.0, abs=0.1)
    assert read_clip(tmp_path / "a.webm").length_s == pytest.approx(3.0, abs=0.5)


def test_sound_coded_in_an_unknown_way_is_no_damage(tmp_path: Path) -> None:
    file = tmp_path / "a.caf"
    uncompressed("CAF", file, 2.0)
    file.write_bytes(file.read_bytes().replace(b"lpcm", b"aac "))
    with pytest.raises(WrongFormat, match="its sound is coded in a way that muso can't read"):
        read_clip(file)


@pytest.mark.parametrize("suffix", [".m4a", ".mp4", ".aac"])
def test_mpeg4_audio_is_read_with_its_extra(suffix: str, tmp_path: Path) -> None:
    as_mpeg4(tone(), tmp_path / f"a{suffix}")
    back = read_clip(tmp_path / f"a{suffix}")
    assert back.length_s == pytest.approx(2.0, abs=0.2)
    assert pitch_hz(back) == pytest.approx(440, abs=1)
    assert back.samples.dtype == np.float32
    assert clip_length(tmp_path / f"a{suffix}") == pytest.approx(2.0, abs=0.2)


@pytest.mark.parametrize(
    ("container", "codec", "rate"),
    [("ipod", "aac", RATE), ("ipod", "alac", RATE), ("adts", "aac", RATE), ("asf", "wmav2", 44_100),
     ("webm", "libopus", 48_000), ("matroska", "flac", 44_100), ("matroska", "aac", 44_100),
     ("matroska", "libmp3lame", 44_100), ("wv", "wavpack", RATE), ("tta", "tta", RATE)],
)  # fmt: skip
def test_a_part_of_what_ffmpeg_decodes_is_the_same_part_of_the_whole(
    container: str, codec: str, rate: int, tmp_path: Path
) -> None:
    file = tmp_path / "a.m4a"
    by_ffmpeg(tone(9.0, rate), file, container, codec)
    whole = read_clip(file).samples
    for start_s in (0.5, 1.01, 4.0, 5.77, 7.123):
        start = round(start_s * rate)
        part = read_clip_part(file, start_s, 0.5).samples
        np.testing.assert_allclose(part, whole[:, start : start + round(rate / 2)], atol=1e-3)
    with pytest.raises(EmptyFile, match=r"nothing from 20\.0 s on"):
        read_clip_part(file, 20.0, 1.0)


@pytest.mark.parametrize(
    ("container", "codec"), [("webm", "libopus"), ("wv", "wavpack"), ("tta", "tta")]
)
def test_what_is_ahead_of_a_part_is_not_decoded(
    container: str, codec: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    av = pytest.importorskip("av")
    file, resampler = tmp_path / "a.webm", av.AudioResampler
    resampled: list[int] = []

    class Counted:
        def __init__(self, **how: Any) -> None:
            self.own = resampler(**how)

        def resample(self, frame: Any) -> Any:
            resampled.append(frame.samples)
            return self.own.resample(frame)

    by_ffmpeg(tone(30.0, 48_000), file, container, codec)
    with monkeypatch.context() as patch:
        patch.setattr(av, "AudioResampler", Counted)
        assert read_clip_part(file, 25.0, 0.5).length_s == 0.5
    assert sum(resampled) < 10 * 48_000  # of WebM a cluster of 5 s


def test_where_a_time_is_between_frames_all_is_decoded(tmp_path: Path) -> None:
    file = tmp_path / "a.webm"
    by_ffmpeg(tone(9.0, 48_000), file, "webm", "libopus")
    whole = read_clip(file).samples
    content = bytearray(file.read_bytes())
    clusters = [found.start() for found in re.finditer(rb"\x1f\x43\xb6\x75", content)]
    time = content.index(b"\xe7\x82", clusters[-1])  # of the last one, in ms, of two bytes
    content[time + 3] ^= 16
    file.write_bytes(bytes(content))
    part = read_clip_part(file, 8.0, 0.25).samples
    np.testing.assert_allclose(part, whole[:, 384_000:396_000], atol=1e-3)


@pytest.mark.parametrize(
    ("start", "kind"),
    [(b"\x00\x00\x00\x1cftypM4A ", "MPEG-4"), (b"\x1a\x45\xdf\xa3", "WebM and Matroska")],
)
def test_what_takes_the_extra_names_it(
    start: bytes, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.m4a").write_bytes(start + bytes(100))
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(MissingExtra, match=rf"a\.m4a: reading {kind} .*install 'muso\[m4a\]'"):
        read_clip(tmp_path / "a.m4a")


def test_broken_mpeg4_audio_is_damaged(tmp_path: Path) -> None:
    as_mpeg4(tone(), tmp_path / "a.m4a")
    content = (tmp_path / "a.m4a").read_bytes()
    (tmp_path / "a.m4a").write_bytes(content[: len(content) // 2])
    with pytest.raises(DamagedFile, match="damaged"):
        read_clip(tmp_path / "a.m4a")


def test_of_channels_that_cancel_out_one_is_heard() -> None:
    left = tone(0.1).samples[0]
    for channels in ([left, -left], [0 * left, 0.5 * left, -left, 0.5 * left]):
        mono = Clip(np.stack(channels), RATE).mono()
        np.testing.assert_array_equal(np.abs(mono.samples), np.abs(left[None]))
    assert not Clip(np.zeros((2, 10), np.float32), RATE).mono().samples.any()


def test_a_click_in_one_channel_leaves_opposite_ones_heard() -> None:
    left, clicks = tone(30.0).samples[0], np.zeros(30 * RATE, np.float32)
    clicks[4 * RATE :: 8 * RATE] = 0.02
    clip = Clip(np.stack([left, clicks - left]), RATE)
    loudest = np.concatenate(list(mono_blocks(clip)))
    assert len(loudest) > 2 * BLOCK
    np.testing.assert_allclose(np.abs(loudest), np.abs(left), atol=0.02)


def test_ordinary_stereo_is_its_mean_bit_for_bit() -> None:
    rng = np.random.default_rng(0)
    left = tone(0.5).samples[0]
    noise = rng.normal(0, 0.01, (2, len(left))).astype(np.float32)
    for pair in (noise, [left, 0 * left], [left, -0.9 * left], 1e-5 * noise, left - [[1], [-1]]):
        samples = np.asarray(pair, np.float32)
        mean = samples.mean(axis=0, dtype=np.float32)
        np.testing.assert_array_equal(mixed(samples), mean)


def test_mono_is_the_mean_of_the_channels() -> None:
    clip = Clip(np.array([[1.0, 0.0], [0.0, 0.5]], np.float32), 8_000)
    assert clip.mono().samples.tolist() == [[0.5, 0.25]]
    assert clip.mono().mono().samples.shape == (1, 2)


@pytest.mark.parametrize("rate", [8_000, 44_100, 192_000])
def test_resampling_keeps_length_and_pitch(rate: int) -> None:
    moved = tone(channels=2).resampled(rate)
    assert moved.samples.shape == (2, 2 * rate)
    assert moved.samples.dtype == np.float32
    assert pitch_hz(moved) == pytest.approx(440, abs=1)


def test_resampling_removes_what_the_lower_rate_cannot_hold() -> None:
    high = tone(hz=9_000)
    inside = high.resampled(8_000).samples[0, 400:-400]
    assert np.abs(inside).max() < 0.001 * np.abs(high.samples).max()


@pytest.mark.parametrize(
    ("rate", "length_s", "channels"),
    [(8_000, 2.0, 1), (192_000, 0.5, 2), (44_100, 0.2, 1), (48_000, 1.0, 8), (8_000, 1 / 8_000, 1)],
)
def test_unusual_but_sound_clips_are_served(
    rate: int, length_s: float, channels: int, tmp_path: Path
) -> None:
    write_clip(tone(length_s, rate, channels), tmp_path / "a.wav")
    back = read_clip(tmp_path / "a.wav")
    assert back.samples.shape == (channels, round(length_s * rate))
    assert back.mono().resampled(RATE).samples.shape[0] == 1
    assert clip_length(tmp_path / "a.wav") == pytest.approx(length_s)


@pytest.mark.parametrize("suffix", list(ENCODINGS))
def test_a_part_is_the_same_part_of_the_whole(suffix: str, tmp_path: Path) -> None:
    write_clip(tone(6.0, channels=2), tmp_path / f"a{suffix}")
    whole = read_clip(tmp_path / f"a{suffix}").samples
    part = read_clip_part(tmp_path / f"a{suffix}", 3.5, 1.25).samples
    start = round(3.5 * RATE)
    np.testing.assert_allclose(part, whole[:, start : start + round(1.25 * RATE)], atol=1e-4)


def test_a_part_past_the_end_is_told(tmp_path: Path) -> None:
    write_clip(tone(), tmp_path / "a.wav")
    assert read_clip_part(tmp_path / "a.wav", 1.5, 60.0).length_s == 0.5
    with pytest.raises(EmptyFile, match=r"nothing from 2\.0 s on"):
        read_clip_part(tmp_path / "a.wav", 2.0, 1.0)
    with pytest.raises(UsageError):
        read_clip_part(tmp_path / "a.wav", -1.0, 1.0)


@pytest.mark.parametrize("length_s", [0.01, 0.3, 0.75, 5.0])
def test_blocks_put_together_are_the_whole(length_s: float, tmp_path: Path) -> None:
    write_clip(tone(3.1, channels=2), tmp_path / "a.flac")
    parts = list(blocks(tmp_path / "a.flac", length_s))
    joined = np.concatenate([part.samples for part in parts], axis=1)
    assert (joined == read_clip(tmp_path / "a.flac").samples).all()
    assert {part.samples.shape[1] for part in parts[:-1]} <= {round(length_s * RATE)}
    assert 0 < parts[-1].samples.shape[1] <= round(length_s * RATE)


def test_a_long_ogg_is_written_whole(tmp_path: Path) -> None:
    quiet = Clip(np.zeros((1, 90 * 8_000), np.float32), 8_000)
    write_clip(quiet, tmp_path / "a.ogg")
    assert read_clip(tmp_path / "a.ogg").length_s == 90.0


def test_samples_beyond_full_scale_are_cut_off_not_wrapped(tmp_path: Path) -> None:
    write_clip(Clip(np.array([[2.0, -2.0, 0.5]], np.float32), 8_000), tmp_path / "a.wav")
    back = read_clip(tmp_path / "a.wav").samples[0]
    np.testing.assert_allclose(back, [1.0, -1.0, 0.5], atol=1e-3)


def test_only_known_suffixes_are_written(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\.wav, \.flac, \.ogg, \.mp3"):
        write_clip(tone(), tmp_path / "a.wma")


@pytest.mark.parametrize(("channels", "rate"), [(8, 44_100), (2, 192_000)])
def test_what_a_format_cannot_hold_is_refused_and_leaves_nothing(
    channels: int, rate: int, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=r"\.mp3 can't hold"):
        write_clip(tone(0.1, rate, channels), tmp_path / "a.mp3")
    assert list(tmp_path.iterdir()) == []


def test_writing_into_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingFile):
        write_clip(tone(), tmp_path / "gone" / "a.wav")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_text_or_noise_under_an_audio_name_is_the_wrong_format(suffix: str, tmp_path: Path) -> None:
    file = tmp_path / f"a{suffix}"
    noise = np.random.default_rng(0).integers(0, 256, 30_000).astype(np.uint8).tobytes()
    for content in (b"not music at all\n" * 1000, b"twelve bytes", b"x", noise):
        file.write_bytes(content)
        with pytest.raises(WrongFormat, match=r"not audio that muso can read; give WAV"):
            read_clip(file)


def test_junk_before_an_mp3_is_skipped(tmp_path: Path) -> None:
    write_clip(tone(), tmp_path / "a.mp3")
    (tmp_path / "a.mp3").write_bytes(bytes(5_000) + (tmp_path / "a.mp3").read_bytes())
    assert read_clip(tmp_path / "a.mp3").length_s == 2.0


@pytest.mark.parametrize("suffix", list(ENCODINGS))
def test_audio_cut_after_its_first_bytes_is_damaged(suffix: str, tmp_path: Path) -> None:
    file = tmp_path / f"a{suffix}"
    write_clip(tone(), file)
    file.write_bytes(file.read_bytes()[:40])
    with pytest.raises(DamagedFile, match="the audio is damaged"):
        read_clip(file)


def test_nothing_in_a_file_is_called_empty(tmp_path: Path) -> None:
    (tmp_path / "bytes.wav").touch()
    with pytest.raises(EmptyFile, match="0 bytes"):
        read_clip(tmp_path / "bytes.wav")
    soundfile.write(tmp_path / "samples.wav", np.zeros((0, 1)), 8_000)
    with pytest.raises(EmptyFile, match="no samples"):
        read_clip(tmp_path / "samples.wav")


TAGS = {
    "WAV": (b"LIST", "<4sI", 0), "RF64": (b"LIST", "<4sI", 0), "W64": (b"list", "<4s12xq", 24),
    "AIFF": (b"ID3 ", ">4sI", 0), "CAF": (b"info", ">4sq", 0),
}  # fmt: skip
"""A chunk of tags: its name, its head, and the bytes of its head that its size counts."""


@pytest.mark.parametrize("kind", list(TAGS))
def test_tags_behind_no_samples_are_no_sound(kind: str, tmp_path: Path) -> None:
    file = tmp_path / "a.wav"
    soundfile.write(file, np.zeros((0, 1)), 8_000, format=kind, subtype="PCM_16")
    name, head, own = TAGS[kind]
    tags = struct.pack(head, name, 20_000 + own) + b"INFO" * 5_000
    file.write_bytes(file.read_bytes() + 2 * tags)
    for how in (read_clip, clip_length, open_recording):
        with pytest.raises(EmptyFile, match="the audio holds no samples"):
            how(file)


def test_what_is_no_file_is_told_apart(tmp_path: Path) -> None:
    with pytest.raises(MissingFile):
        read_clip(tmp_path / "gone.wav")
    with pytest.raises(FileError, match="this is a folder"):
        read_clip(tmp_path)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_a_name_that_is_not_utf8_is_read_and_written(tmp_path: Path) -> None:
    file = Path(f"{tmp_path}/caf\udce9.flac")
    write_clip(tone(), file)
    assert read_clip(file).length_s == 2.0
    assert clip_length(file) == 2.0


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_samples_that_are_no_numbers_are_damage(value: float, tmp_path: Path) -> None:
    samples = np.zeros(8_000, np.float32)
    samples[5_000] = value
    soundfile.write(tmp_path / "a.wav", samples, 8_000, subtype="FLOAT")
    read: list[Callable[[Path], object]] = [read_clip, lambda path: list(blocks(path))]
    for how in read:
        with pytest.raises(DamagedFile, match="no numbers"):
            how(tmp_path / "a.wav")


def flac_claiming(samples: int, path: Path) -> None:
    """Two seconds of FLAC whose header promises `samples`."""
    write_clip(tone(), path)
    content = bytearray(path.read_bytes())
    content[21] = content[21] & 0xF0 | samples >> 32
    content[22:26] = struct.pack(">I", samples & 0xFFFFFFFF)
    path.write_bytes(bytes(content))


def test_of_a_file_that_promises_more_than_it_holds_the_rest_is_served(tmp_path: Path) -> None:
    flac_claiming(60 * RATE, tmp_path / "a.flac")
    assert 1.0 <= read_clip(tmp_path / "a.flac").length_s <= 2.0


def test_a_file_cut_down_to_next_to_nothing_is_damaged(tmp_path: Path) -> None:
    write_clip(tone(4.0), tmp_path / "a.flac")
    content = (tmp_path / "a.flac").read_bytes()
    (tmp_path / "a.flac").write_bytes(content[: len(content) // 20])
    with pytest.raises(DamagedFile, match=r"the 4\.00 s that .* can be decoded; copy or download"):
        read_clip(tmp_path / "a.flac")


def uncompressed(kind: str, path: Path, length_s: float = 30.0) -> None:
    clip = tone(length_s, channels=2)
    soundfile.write(path, clip.samples.T, RATE, format=kind, subtype="PCM_16")


@pytest.mark.parametrize("kind", ["WAV", "WAVEX", "RF64", "W64", "AIFF", "AU", "CAF"])
def test_a_file_cut_short_promises_what_it_held_and_gives_the_rest(
    kind: str, tmp_path: Path
) -> None:
    file = tmp_path / "a.wav"
    uncompressed(kind, file)
    content = file.read_bytes()
    ahead = len(content) - 30 * RATE * 4
    file.write_bytes(content[: ahead + 10 * RATE * 4])
    assert clip_length(file) == pytest.approx(30.0, abs=0.001)
    assert read_clip(file).length_s == sum(clip.length_s for clip in blocks(file)) == 10.0
    assert open_recording(file).promised_s == clip_length(file)
    file.write_bytes(content[: ahead + RATE])
    for how in (read_clip, lambda path: list(open_recording(path))):
        with pytest.raises(DamagedFile, match=r"only 0\.25 of the 30\.00 s that its header"):
            how(file)


def test_a_cut_alac_promises_no_more_than_it_held(tmp_path: Path) -> None:
    file = tmp_path / "a.caf"
    soundfile.write(file, tone(9.0).samples.T, RATE, format="CAF", subtype="ALAC_16")
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2])
    assert clip_length(file) == pytest.approx(9.0, abs=0.2)  # in packets of 4,096 samples
    assert 3.0 < read_clip(file).length_s < 6.0


SIZES = {
    "WAV": ("<I", b"data", 4), "AIFF": (">I", b"SSND", 4), "AU": (">I", b".snd", 8),
    "CAF": (">q", b"data", 4), "W64": ("<q", b"data", 16), "RF64": ("<q", b"ds64", 16),
}  # fmt: skip
"""How a header holds the bytes of sound: the number, and what stands so far ahead of it."""


def claiming(size: int, kind: str, path: Path) -> None:
    """Two seconds of sound whose header says that `size` bytes follow."""
    uncompressed(kind, path, 2.0)
    form, name, ahead = SIZES[kind]
    content = bytearray(path.read_bytes())
    struct.pack_into(form, content, content.index(name) + ahead, size)
    path.write_bytes(bytes(content))


@pytest.mark.parametrize(
    ("kind", "size"),
    [
        *(("WAV", size) for size in (0, 2**32 - 1, 2**31 - 1, 0x7FFFF000, 0xFFFFF000)),
        *(("AIFF", size) for size in (0, 2**32 - 1)),
        *(("AU", size) for size in (0, 2**31 - 1, 2**32 - 1)),
        *((kind, size) for kind in ("CAF", "W64", "RF64") for size in (0, -1)),
    ],
)
def test_what_was_written_to_a_pipe_promises_what_it_holds(
    kind: str, size: int, tmp_path: Path
) -> None:
    file = tmp_path / "a.wav"
    uncompressed(kind, file, 2.0)
    whole = read_clip(file).samples
    claiming(size, kind, file)
    assert clip_length(file) == 2.0
    np.testing.assert_array_equal(read_clip(file).samples, whole)
    np.testing.assert_array_equal(read_clip_part(file, 1.5, 9).samples, whole[:, -RATE // 2 :])


def test_a_flac_from_a_pipe_is_as_long_as_it_is(tmp_path: Path) -> None:
    flac_claiming(0, tmp_path / "a.flac")
    assert clip_length(tmp_path / "a.flac") == read_clip(tmp_path / "a.flac").length_s == 2.0


@pytest.mark.parametrize("kind", ["WAV", "AIFF", "AU", "CAF", "FLAC"])
def test_a_false_claim_of_many_hours_is_told_and_what_is_there_served(
    kind: str, tmp_path: Path
) -> None:
    file = tmp_path / f"a.{kind.lower()}"
    if kind == "FLAC":
        flac_claiming(2**36 - 1, file)
    else:
        claiming(2**31 - 2**17, kind, file)
    assert 1.0 < read_clip(file).length_s <= 2.0
    recording = open_recording(file)
    assert 1.0 < sum(clip.length_s for clip in recording) <= 2.0
    assert re.match(r"only [12]\.\d of the [\d,]+\.\d s that its header", recording.lacking)


@pytest.mark.parametrize("suffix", [".wav", ".webm"])
def test_what_is_too_long_is_refused_before_all_is_decoded(
    suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, rate = tmp_path / f"a{suffix}", 8_000
    if suffix == ".wav":
        write_clip(tone(60.0, rate), file)
    else:
        by_ffmpeg(tone(60.0, rate), file, "webm", "libopus")
        rate = 48_000
    decoded: list[int] = []

    def counted(*given: Any) -> Iterator[NDArray[np.float32]]:
        for block in decode(*given):
            decoded.append(len(block))
            yield block

    decode = audio.decode
    monkeypatch.setattr(audio, "decode", counted)
    for refused in (clip_length, read_clip, lambda path, limits: list(blocks(path, 1.0, limits))):
        with pytest.raises(TooLong, match="it lasts longer than the limit of 50 s; cut it"):
            refused(file, Limits(length_s=50.0))
    with pytest.raises(TooLong, match="more than 50,000 samples, the limit at once; read it in"):
        read_clip(file, Limits(samples=50_000))
    assert len(decoded) == 4 and sum(decoded) < 10 * rate


def test_limits_are_the_caller_s_to_set(tmp_path: Path) -> None:
    file = tmp_path / "a.wav"
    write_clip(tone(channels=2), file)
    for limits in (Limits(bytes=1000), Limits(length_s=1.9), Limits(samples=4 * RATE - 1)):
        with pytest.raises(TooLong):
            read_clip(file, limits)
    assert read_clip(file, Limits(length_s=2.0, samples=4 * RATE)).length_s == 2.0
    assert read_clip_part(file, 1.0, 0.5, Limits(samples=RATE)).length_s == 0.5


def test_a_sample_rate_that_cannot_be_is_damage(tmp_path: Path) -> None:
    write_clip(tone(), tmp_path / "a.wav")
    content = bytearray((tmp_path / "a.wav").read_bytes())
    content[24:28] = struct.pack("<I", 1)
    (tmp_path / "a.wav").write_bytes(bytes(content))
    with pytest.raises(DamagedFile, match="1 channels at 1 Hz"):
        read_clip(tmp_path / "a.wav")


def test_video_without_sound_is_the_wrong_format(tmp_path: Path) -> None:
    av = pytest.importorskip("av")
    with av.open(str(tmp_path / "a.mp4"), "w") as file:
        stream = file.add_stream("mpeg4", rate=10)
        stream.width = stream.height = 16
        file.mux(stream.encode(av.VideoFrame(16, 16, "yuv420p")))
        file.mux(stream.encode(None))
    with pytest.raises(WrongFormat, match="no sound that can be decoded"):
        read_clip(tmp_path / "a.mp4")


BROKEN: dict[str, Callable[[Clip, Path], None]] = {
    **dict.fromkeys(ENCODINGS, write_clip),
    **dict.fromkeys((".m4a", ".aac"), as_mpeg4),
    **{
        f".{kind.lower()}": lambda clip, path: uncompressed(path.suffix[1:].upper(), path, 0.5)
        for kind in ("AIFF", "AU", "CAF", "W64", "RF64")
    },
    ".webm": lambda clip, path: by_ffmpeg(clip.resampled(48_000), path, "webm", "libopus"),
    ".wma": lambda clip, path: by_ffmpeg(clip, path, "asf", "wmav2"),
    ".wv": lambda clip, path: by_ffmpeg(clip, path, "wv", "wavpack"),
}


@pytest.mark.parametrize("suffix", list(BROKEN))
def test_broken_bytes_give_a_clip_or_one_clear_error(
    suffix: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    rng = np.random.default_rng(7)
    file = tmp_path / f"a{suffix}"
    BROKEN[suffix](tone(0.5), file)
    capfd.readouterr()
    whole: NDArray[np.uint8] = np.frombuffer(file.read_bytes(), np.uint8)
    for attempt in range(40):
        broken = whole[: rng.integers(1, len(whole))] if attempt % 4 == 0 else whole.copy()
        if attempt % 4:
            broken[rng.integers(0, 100, 3)] = rng.integers(0, 256, 3)
        file.write_bytes(broken.tobytes())
        try:
            clip = read_clip(file)
        except MusoError as error:
            assert str(error).startswith(str(file))
        else:
            assert np.isfinite(clip.samples).all()
            assert clip.samples.shape[1] > 0
    assert capfd.readouterr() == ("", "")
