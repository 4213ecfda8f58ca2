"""Recordings: every kind of file gets a name, `unknown` with a reason, or one clear line."""

from __future__ import annotations

import re
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import soundfile
from mutagen.id3 import APIC
from mutagen.mp3 import MP3
from PIL import Image

from muso import service
from muso.bundle.prediction import UNKNOWN, UNSURE, Prediction, unsaid
from muso.errors import DamagedFile, EmptyFile, WrongFormat
from muso.music.clip import Clip, read_clip, write_clip
from muso.music.recording import open_recording
from muso.represent.timbre import Timbre
from muso.service import Request, identify
from muso.service.recordings import fuse

GENRES = {"blues", "classical", "country", "disco", "hiphop", "jazz", "metal", "pop", "reggae",
          "rock"}  # fmt: skip
GENRE = Request(tasks=("genre",))


def tune(length_s: float, sample_rate: int = 22_050, channels: int = 1) -> Clip:
    """Chords that change twice a second over a little noise."""
    time_s = np.arange(round(sample_rate * length_s)) / sample_rate
    root = np.array([220.0, 247.0, 262.0, 330.0])[(2 * time_s).astype(int) % 4]
    sound = sum(np.sin(2 * np.pi * k * root * time_s) / k for k in (1, 2, 3))
    noise = np.random.default_rng(0).normal(0, 0.05, len(time_s))
    sound = (0.2 * sound * np.exp(-3 * (time_s % 0.5)) + noise).astype(np.float32)
    return Clip(np.tile(sound, (channels, 1)), sample_rate)


def art(colour: str) -> bytes:
    out = BytesIO()
    half = Image.new("RGB", (64, 64), "white")
    half.paste(colour, (0, 0, 32, 64))
    half.save(out, "JPEG")
    return out.getvalue()


def with_art(path: Path, content: bytes) -> None:
    tagged = MP3(path)
    tagged.add_tags()
    tagged.tags.add(APIC(encoding=3, mime="image/jpeg", type=3, desc="front", data=content))
    tagged.save()


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".ogg", ".mp3"])
def test_a_recording_of_any_format_gets_a_genre(suffix: str, tmp_path: Path) -> None:
    file = tmp_path / f"tune{suffix}"
    write_clip(tune(4), file)
    found = identify(file)
    said = found.predictions["genre"]
    assert (found.media, said.bundle) == ("clip", "genre.1")
    assert {label for label, _ in said.ranking} == GENRES
    assert sum(p for _, p in said.ranking) == pytest.approx(1)
    assert "cover_genre" not in found.predictions and "fused" not in found.predictions


@pytest.mark.parametrize(("rate", "channels"), [(8_000, 1), (22_050, 8), (192_000, 2)])
def test_unusual_rates_and_many_channels_are_served(
    rate: int, channels: int, tmp_path: Path
) -> None:
    file = tmp_path / "tune.wav"
    soundfile.write(file, tune(3, rate, channels).samples.T, rate)
    assert identify(file).predictions["genre"].ranking[0][1] > 0.1


def test_eight_channels_say_what_one_says(tmp_path: Path) -> None:
    for channels in (1, 8):
        soundfile.write(tmp_path / f"{channels}.wav", tune(5, channels=channels).samples.T, 22_050)
    one, eight = (
        dict(identify(tmp_path / f"{n}.wav").predictions["genre"].ranking) for n in (1, 8)
    )
    assert one == pytest.approx(eight, abs=0.01)


@pytest.mark.parametrize("loud", [0.0, 1e-5])
def test_silence_is_unknown_with_a_reason_and_no_guess(loud: float, tmp_path: Path) -> None:
    file = tmp_path / "silence.wav"
    samples = loud * np.random.default_rng(0).uniform(-1, 1, (22_050 * 3, 1))
    soundfile.write(file, samples, 22_050, "FLOAT")
    said = identify(file, Request(timeline=True))
    told = said.predictions["genre"].as_dict(5)
    assert (told["label"], told["probability"], told["ranking"]) == (UNKNOWN, 0.0, [])
    assert told["reason"].startswith("silence") and not said.timelines


def test_channels_of_opposite_phase_say_what_one_says(tmp_path: Path) -> None:
    sound = tune(3).samples
    write_clip(Clip(sound, 22_050), tmp_path / "alone.wav")
    write_clip(Clip(np.concatenate([sound, -sound]), 22_050), tmp_path / "opposed.wav")
    alone, opposed = (
        dict(identify(tmp_path / f"{name}.wav", GENRE).predictions["genre"].ranking)
        for name in ("alone", "opposed")
    )
    assert opposed == pytest.approx(alone, abs=0.01) and opposed


def test_silence_after_a_piece_has_no_say_and_no_window(tmp_path: Path) -> None:
    file = tmp_path / "tail.wav"
    silence = np.zeros((1, 120 * 22_050), np.float32)
    write_clip(Clip(np.concatenate([tune(30).samples, silence], axis=1), 22_050), file)
    found = identify(file, Request(tasks=("genre",), timeline=True))
    assert [span.start_s for span in found.predictions["genre"].evidence] == [0]
    line = found.timelines["genre"]
    assert line.start_s.tolist() == [0] and line.end_s == pytest.approx(30, abs=0.1)
    assert line.silences == [(pytest.approx(30, abs=0.1), pytest.approx(150))]


@pytest.mark.parametrize("loud", [0, 1])
def test_silence_around_a_piece_does_not_change_its_name(loud: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    quiet = rng.integers(-loud, loud + 1, (2, 1, 221 * 224)).astype(np.float32) / 2**15
    whole = np.concatenate([quiet[0], tune(20).samples, quiet[1]], axis=1)
    write_clip(tune(20), tmp_path / "alone.wav")
    write_clip(Clip(whole, 22_050), tmp_path / "around.wav")
    alone, around = (
        identify(tmp_path / f"{name}.wav", GENRE).predictions["genre"]
        for name in ("alone", "around")
    )
    assert dict(around.ranking) == pytest.approx(dict(alone.ranking), abs=0.1)
    (heard,) = around.evidence
    assert (heard.start_s, heard.end_s) == pytest.approx((2.245, 22.245), abs=0.15)


def test_windows_between_silences_have_the_times_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "gap.wav"
    gap = np.zeros((1, 40 * 22_050), np.float32)
    write_clip(
        Clip(np.concatenate([tune(50).samples, gap, tune(35).samples], axis=1), 22_050), file
    )
    found = identify(file, Request(tasks=("genre",), timeline=True))
    line = found.timelines["genre"]
    np.testing.assert_allclose(line.start_s, [0, 15, 20, 90, 95], atol=0.15)
    np.testing.assert_allclose(line.end_s, [30, 45, 50, 120, 125], atol=0.15)
    said = found.as_dict()["predictions"]["genre"]
    assert said["silences"] == [[pytest.approx(50, abs=0.1), pytest.approx(90, abs=0.1)]]
    assert len(said["timeline"]) == 5
    spans = [(span.start_s, span.end_s) for span in found.predictions["genre"].evidence]
    assert len(spans) == 3 and max(end_s for _, end_s in spans) == pytest.approx(125, abs=0.1)


def test_the_last_window_of_a_recording_reaches_its_end(tmp_path: Path) -> None:
    for length_s, spans in ((30.6, [(0, 30.6)]), (35, [(0, 30), (5, 35)])):
        write_clip(tune(length_s), tmp_path / "tune.wav")
        found = identify(tmp_path / "tune.wav", Request(tasks=("genre",), timeline=True))
        line = found.timelines["genre"]
        assert [*zip(line.start_s, line.end_s, strict=True)] == [
            pytest.approx(span, abs=0.01) for span in spans
        ]
        assert "silences" not in found.as_dict()["predictions"]["genre"]


def test_a_fifth_of_a_second_is_too_short_to_name(tmp_path: Path) -> None:
    file = tmp_path / "blink.wav"
    write_clip(tune(0.2), file)
    said = identify(file, GENRE).predictions["genre"]
    assert (said.label, said.reason) == (UNKNOWN, "too short: 0.2 s, and it takes 1")


def test_text_called_mp3_is_the_wrong_format(tmp_path: Path) -> None:
    file = tmp_path / "song.mp3"
    file.write_text("la la la")
    with pytest.raises(WrongFormat, match="this is not audio that muso can read; give WAV"):
        identify(file)


def test_audio_without_a_sample_is_empty(tmp_path: Path) -> None:
    file = tmp_path / "none.wav"
    soundfile.write(file, np.zeros((0, 1)), 22_050)
    with pytest.raises(EmptyFile, match="no samples; export or record it again"):
        identify(file)


def test_samples_that_are_no_numbers_are_damage(tmp_path: Path) -> None:
    file = tmp_path / "nan.wav"
    samples = tune(3).samples.T.copy()
    samples[1000] = np.nan
    soundfile.write(file, samples, 22_050, "FLOAT")
    with pytest.raises(DamagedFile, match="samples that are no numbers"):
        identify(file)


@pytest.mark.parametrize(("kept", "served"), [(0.6, True), (0.05, False)])
def test_of_a_file_that_promises_more_than_it_holds_the_rest_is_named(
    kept: float, served: bool, tmp_path: Path
) -> None:
    file = tmp_path / "cut.flac"
    write_clip(tune(10), file)
    content = file.read_bytes()
    file.write_bytes(content[: int(len(content) * kept)])
    if served:
        found = identify(file)
        assert found.predictions["genre"].ranking
        told = r"only [56]\.\d of the 10\.0 s that its header promises .*; that was named"
        assert re.fullmatch(told, found.as_dict()["remark"])
    else:
        with pytest.raises(DamagedFile, match=r"only 0\.\d+ of the 10\.00 s that its header"):
            identify(file)


@pytest.mark.parametrize("suffix", ["wav", "flac", "mp3", "ogg"])
def test_of_a_whole_file_there_is_nothing_to_remark(suffix: str, tmp_path: Path) -> None:
    write_clip(tune(4), tmp_path / f"whole.{suffix}")
    assert "remark" not in identify(tmp_path / f"whole.{suffix}").as_dict()


def test_an_excerpt_of_a_file_cut_short_is_of_what_is_there(tmp_path: Path) -> None:
    file = tmp_path / "cut.wav"
    write_clip(tune(10), file)
    file.write_bytes(file.read_bytes()[: 44 + 4 * 44_100])
    for seed in range(4):
        said = identify(file, Request(excerpt_s=2, seed=seed)).predictions["genre"]
        assert said.ranking and said.reason in ("", UNSURE)


def test_of_silence_cut_short_nothing_is_said_to_be_named(tmp_path: Path) -> None:
    file = tmp_path / "cut.wav"
    write_clip(Clip(np.zeros((1, 10 * 22_050), np.float32), 22_050), file)
    file.write_bytes(file.read_bytes()[: 44 + 5 * 44_100])
    assert identify(file).remark == (
        "only 5.0 of the 10.0 s that its header promises can be decoded"
    )


def test_a_wav_cut_down_to_next_to_nothing_is_damaged(tmp_path: Path) -> None:
    file = tmp_path / "cut.wav"
    write_clip(tune(10), file)
    file.write_bytes(file.read_bytes()[: 44 + 22_050])
    with pytest.raises(DamagedFile, match=r"only 0\.50 of the 10\.00 s that its header"):
        identify(file)


def test_a_long_recording_is_named_by_slices_spread_over_it(tmp_path: Path) -> None:
    file = tmp_path / "long.wav"
    write_clip(tune(400, 8_000), file)
    evidence = identify(file).predictions["genre"].evidence
    assert len(evidence) == 8
    assert evidence[0].start_s == 0 and evidence[-1].end_s == pytest.approx(400, abs=0.5)


def test_a_timeline_names_the_windows_of_a_recording(tmp_path: Path) -> None:
    file = tmp_path / "tune.wav"
    write_clip(tune(70), file)
    line = identify(file, Request(timeline=True)).timelines["genre"]
    assert line.start_s.tolist() == [0, 15, 30, 40] and line.end_s[-1] == pytest.approx(70, abs=0.1)
    assert set(line.best) <= GENRES


def test_a_recording_is_listened_to_anew_and_remembers_how_loud_it_was(tmp_path: Path) -> None:
    file = tmp_path / "tune.flac"
    write_clip(tune(65), file)
    recording = open_recording(file)
    first, again = ([clip.samples for clip in recording] for _ in range(2))
    assert len(first) == 3 and all(map(np.array_equal, first, again))
    whole = read_clip(file).samples
    assert np.array_equal(np.concatenate(first, axis=1), whole)
    assert recording.peak == pytest.approx(np.abs(whole).max())
    assert recording.heard_s == pytest.approx(65) and not recording.why_unheard


def says(bundle: str, **probability: float) -> Prediction:
    ranking = tuple(sorted(probability.items(), key=lambda pair: -pair[1]))
    return Prediction(ranking[0][0], ranking[0][1], ranking, bundle)


def test_sound_and_picture_are_fused_over_the_labels_that_both_know() -> None:
    both = fuse(says("a", pop=0.5, rock=0.3, blues=0.2), says("b", rock=0.6, pop=0.3, country=0.1))
    assert both is not None
    assert dict(both.ranking) == pytest.approx({"rock": 0.18 / 0.33, "pop": 0.15 / 0.33})
    assert (both.label, both.bundle) == ("rock", "a and b")


def test_nothing_is_fused_where_no_two_labels_are_shared() -> None:
    assert fuse(says("a", pop=0.5, blues=0.5), says("b", pop=0.6, metal=0.4)) is None


def test_nothing_is_fused_where_the_label_of_one_is_none_that_the_other_knows() -> None:
    """Blues that is as sure as can be would come out as what the picture looks like."""
    blues = says("a", blues=0.97, rock=0.02, pop=0.01)
    rock = says("a", rock=0.9, pop=0.1)
    assert fuse(blues, says("b", pop=0.6, rock=0.3, electronic=0.1)) is None
    assert fuse(rock, says("b", electronic=0.5, pop=0.3, rock=0.2)) is None
    assert fuse(rock, says("b", pop=0.5, electronic=0.3, rock=0.2)) is not None


def test_nothing_is_fused_where_either_is_unknown() -> None:
    sure = says("a", pop=0.8, rock=0.2)
    unsure = Prediction(UNKNOWN, 0.6, (("rock", 0.6), ("pop", 0.4)), "b", reason=UNSURE)
    silent = unsaid("b", "silence")
    for one, other in ((sure, unsure), (unsure, sure), (unsure, unsure), (silent, sure)):
        assert fuse(one, other) is None


@pytest.fixture
def known_art(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, ...]]:
    """A cover recognizer that says rock of everything; the shapes of what it was shown.

    Of sounds a name is always given.
    """
    shown: list[tuple[int, ...]] = []

    class Sees:
        name = "cover.9"

        def predict(self, cover: object) -> Prediction:
            shown.append(cover.pixels.shape)  # type: ignore[attr-defined]
            return says("cover.9", rock=0.6, metal=0.2, jazz=0.1, electronic=0.1)

    from muso.recognize import TASKS
    from muso.recognize.task import Task
    from muso.service import recordings

    task = Task("cover_genre", "cover", "", "cover.9", "cover")
    monkeypatch.setitem(TASKS, "cover_genre", task)
    monkeypatch.setattr(
        recordings,
        "load",
        lambda name: Sees() if name == "cover.9" else replace(service.load(name), threshold=0.0),
    )
    return shown


def test_art_in_the_tags_is_named_beside_the_sound_and_fused_with_it(
    known_art: list[tuple[int, ...]], tmp_path: Path
) -> None:
    file = tmp_path / "song.mp3"
    write_clip(tune(3), file)
    with_art(file, art("red"))
    said = identify(file).predictions
    assert list(said) == ["genre", "cover_genre", "fused"]
    assert known_art == [(64, 64, 3)]
    assert {label for label, _ in said["fused"].ranking} == {"rock", "metal", "jazz"}
    assert set(identify(file, GENRE).predictions) == {"genre"}


def test_broken_art_spoils_no_sound(known_art: list[tuple[int, ...]], tmp_path: Path) -> None:
    file = tmp_path / "song.mp3"
    write_clip(tune(3), file)
    with_art(file, b"\xff\xd8\xff no picture")
    assert set(identify(file).predictions) == {"genre"}


def test_of_silence_the_art_alone_is_named(
    known_art: list[tuple[int, ...]], tmp_path: Path
) -> None:
    file = tmp_path / "song.mp3"
    write_clip(Clip(np.zeros((1, 44_100), np.float32), 22_050), file)
    with_art(file, art("blue"))
    said = identify(file).predictions
    assert set(said) == {"genre", "cover_genre"} and said["genre"].label == UNKNOWN


def test_a_view_of_sound_itself_is_given_parts_of_a_recording(tmp_path: Path) -> None:
    samples = np.linspace(-0.5, 0.5, 4 * 22_050, dtype=np.float32)[None]
    write_clip(Clip(samples, 22_050), tmp_path / "ramp.wav")
    recording = open_recording(tmp_path / "ramp.wav")
    part = Timbre().part(recording, 1.0, 2.5)
    assert isinstance(part, Clip) and part.length_s == 1.5
    np.testing.assert_allclose(part.samples, samples[:, 22_050:55_125], atol=1e-4)
    assert Timbre().part(recording, 5.0, 6.0) is None
