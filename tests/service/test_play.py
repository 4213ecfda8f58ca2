"""Sounds, pictures and human playing, as the service gives them."""

from __future__ import annotations

import errno
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from muso import service
from muso.errors import (
    DamagedFile,
    EmptyFile,
    FileError,
    MissingFile,
    MusoError,
    NoPermission,
    UsageError,
    WrongFormat,
)
from muso.music.clip import Clip, read_clip, write_clip
from muso.music.midi import read_score, write_score
from muso.music.picture.theme import THEMES
from muso.music.score import Score, Track
from muso.progress import Progress
from muso.service import Rendered, Rendering

BACH = Path("examples/bach-bwv66-6.mid")
SCORE = Score.of([60, 62, 64, 65], [0, 2, 4, 6], [2, 2, 2, 2])
CLIP = Clip(0.5 * np.sin(np.arange(24_000, dtype=np.float32) / np.float32(5))[None], 8_000)
EMPTY_MIDI = b"MThd\0\0\0\6\0\0\0\1\1\xe0MTrk\0\0\0\4\0\xff\x2f\0"
FIRST_BYTES = {
    ".wav": b"RIFF", ".flac": b"fLaC", ".ogg": b"OggS", ".mp3": b"\xff", ".png": b"\x89PNG",
    ".svg": b"<svg", ".mid": b"MThd", ".midi": b"MThd",
}  # fmt: skip


@pytest.fixture
def song(tmp_path: Path) -> Path:
    write_score(SCORE, tmp_path / "song.mid")
    return tmp_path / "song.mid"


@pytest.mark.parametrize("suffix", FIRST_BYTES)
def test_a_score_becomes_what_the_suffix_names(tmp_path: Path, suffix: str) -> None:
    target = tmp_path / f"out{suffix.upper()}"
    made = service.render(SCORE, target, Rendering(length_s=1.5))
    assert made == Rendered(None, target, made.length_s, 2)
    assert made.length_s == pytest.approx(1.5)
    assert target.read_bytes().startswith(FIRST_BYTES[suffix])


def test_every_suffix_that_is_named_as_known_is_tested() -> None:
    with pytest.raises(UsageError) as refused:
        service.render(SCORE, "song.aac")
    assert all(suffix in str(refused.value) for suffix in FIRST_BYTES)
    assert str(refused.value).count(" .") == len(FIRST_BYTES)


def test_a_clip_becomes_sound_or_a_spectrogram(tmp_path: Path) -> None:
    write_clip(CLIP, tmp_path / "tone.flac")
    rendering = Rendering(start_s=1.0, length_s=0.5)
    made = service.render(tmp_path / "tone.flac", tmp_path / "part.wav", rendering)
    assert (made.length_s, made.notes) == (0.5, None)
    np.testing.assert_allclose(
        read_clip(tmp_path / "part.wav").samples, CLIP.samples[:, 8_000:12_000], atol=1e-4
    )
    service.render(tmp_path / "tone.flac", tmp_path / "tone.png")
    assert (tmp_path / "tone.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("name", "rendering", "why"),
    [
        ("a.svg", Rendering(), r"\.png"),
        ("a.mid", Rendering(), "write down"),
        ("a.wav", Rendering(humanize=0.5), "only scores"),
        ("a.wav", Rendering(start_s=4.0), "ends at 3.0 s"),
    ],
)
def test_what_a_clip_can_not_become_is_refused(
    tmp_path: Path, name: str, rendering: Rendering, why: str
) -> None:
    with pytest.raises(UsageError, match=why):
        service.render(CLIP, tmp_path / name, rendering)
    assert list(tmp_path.iterdir()) == []


def test_a_piece_is_never_written_over(song: Path) -> None:
    before = song.read_bytes()
    (song.parent / "link.mid").symlink_to(song)
    for target in (song, song.parent / "link.mid", song.parent / "." / "song.mid"):
        with pytest.raises(UsageError, match="the piece itself"):
            service.render(song, target, Rendering(humanize=1.0))
        with pytest.raises(UsageError, match="the score itself"):
            service.humanize_file(song, target)
    assert song.read_bytes() == before


@pytest.mark.parametrize(
    ("rendering", "why"),
    [
        (Rendering(start_s=-1.0), "above 0"),
        (Rendering(start_s=float("nan")), "above 0"),
        (Rendering(length_s=0.0), "above 0"),
        (Rendering(length_s=float("nan")), "above 0"),
        (Rendering(start_s=60.0), r"from 60 s on; the score lasts 4\.0 s"),
        (Rendering(start_s=0.1, length_s=0.5), r"no note begins from 0\.1 s to 0\.6 s"),
        (Rendering(humanize=1.5), "from 0 .* to 1"),
        (Rendering(humanize=0.5, seed=-1), "from 0 on"),
    ],
)
def test_a_part_that_is_not_there_is_called_so(rendering: Rendering, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        service.prepare(SCORE, rendering)


@given(st.lists(st.floats(0.05, 2.0), min_size=1, max_size=6))
@settings(deadline=None, max_examples=25)
def test_consecutive_parts_hold_every_note_once(lengths_s: list[float]) -> None:
    score, found, start_s = read_score(BACH), 0, 0.0
    for length_s in lengths_s:
        try:
            part, _ = service.prepare(score, Rendering(start_s, length_s))
        except UsageError:
            assert not ((score.onset_s >= start_s) & (score.onset_s < start_s + length_s)).any()
        else:
            assert isinstance(part, Score)
            found += len(part)
            assert part.length_s <= length_s + 1e-6
        start_s += length_s
    rest, _ = service.prepare(score, Rendering(start_s))
    assert isinstance(rest, Score)
    assert found + len(rest) == len(score)


def test_a_part_of_a_humanized_piece_is_of_the_same_playing() -> None:
    whole, moved = service.prepare(BACH, Rendering(humanize=0.5, seed=2))
    part, moved_too = service.prepare(BACH, Rendering(8.0, 4.0, humanize=0.5, seed=2))
    assert isinstance(whole, Score) and isinstance(part, Score)
    assert moved == moved_too
    at = np.flatnonzero((whole.onset_s >= 8.0) & (whole.onset_s < 12.0))
    np.testing.assert_allclose(part.onset_s, whole.onset_s[at] - 8.0, atol=1e-6)
    assert part.velocity.tolist() == whole.velocity[at].tolist()


def test_humanizing_by_nothing_changes_no_byte(tmp_path: Path) -> None:
    service.render(BACH, tmp_path / "plain.mid")
    made = service.render(BACH, tmp_path / "still.mid", Rendering(humanize=0.0))
    assert made.moved is not None and made.moved.timing_max_ms == 0
    assert (tmp_path / "plain.mid").read_bytes() == (tmp_path / "still.mid").read_bytes()
    service.render(BACH, tmp_path / "played.mid", Rendering(humanize=0.5))
    assert (tmp_path / "plain.mid").read_bytes() != (tmp_path / "played.mid").read_bytes()


def test_the_theme_is_the_pictures(tmp_path: Path) -> None:
    made = {theme: tmp_path / f"{theme}.svg" for theme in (None, *THEMES)}
    for theme, target in made.items():
        service.render(SCORE, target, Rendering(theme=theme))
    assert made[None].read_bytes() == made["light"].read_bytes() != made["dark"].read_bytes()


def test_progress_counts_the_seconds_of_a_score(tmp_path: Path) -> None:
    told: list[Progress] = []
    service.render(SCORE, tmp_path / "out.wav", Rendering(), told.append)
    assert [p.done for p in told] == sorted(p.done for p in told)
    assert {p.total for p in told} == {4}
    assert told[-1].done == 4 and told[-1].left_s == 0.0


def test_percussion_alone_is_heard_drawn_and_humanized(tmp_path: Path) -> None:
    drums = Score.of([36, 38, 36, 42], np.arange(4) / 2, [0.25] * 4, tracks=(Track(is_drum=True),))
    write_score(drums, tmp_path / "drums.mid")
    for name in ("a.wav", "a.png", "a.svg"):
        assert service.render(drums, tmp_path / name).notes == 4
    assert np.abs(read_clip(tmp_path / "a.wav").samples).max() > 0.01
    assert service.humanize_file(tmp_path / "drums.mid", tmp_path / "played.mid").notes == 4


def test_ten_thousand_notes_at_once_are_served(tmp_path: Path) -> None:
    crowd = Score.of(np.arange(10_000) % 128, np.zeros(10_000), np.full(10_000, 0.5))
    for name in ("a.wav", "a.png", "a.mid"):
        assert service.render(crowd, tmp_path / name, Rendering(humanize=0.5)).notes == 10_000
    assert np.abs(read_clip(tmp_path / "a.wav").samples).max() <= 1.0


@pytest.mark.parametrize("name", ["a.wav", "a.png", "a.mid"])
@pytest.mark.parametrize(
    ("content", "kind"),
    [(EMPTY_MIDI, EmptyFile), (b"", EmptyFile), (b"MThd", DamagedFile), (b"text", WrongFormat)],
)
def test_a_score_that_can_not_be_read_leaves_nothing(
    tmp_path: Path, name: str, content: bytes, kind: type[MusoError]
) -> None:
    (tmp_path / "bad.mid").write_bytes(content)
    with pytest.raises(kind, match=r"bad\.mid"):
        service.render(tmp_path / "bad.mid", tmp_path / name)
    assert [file.name for file in tmp_path.iterdir()] == ["bad.mid"]


def test_a_cover_is_no_piece_to_render(tmp_path: Path) -> None:
    service.render(SCORE, tmp_path / "front.png")
    with pytest.raises(WrongFormat, match="this is a cover"):
        service.render(tmp_path / "front.png", tmp_path / "a.wav")


@pytest.mark.parametrize("suffix", FIRST_BYTES)
def test_a_full_disk_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    def full_too(*_: object) -> None:
        raise soundfile.LibsndfileError(2)

    target = tmp_path / f"out{suffix}"
    target.write_bytes(b"what was there before")
    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        patch.setattr(soundfile.SoundFile, "write", full_too)
        with pytest.raises(FileError, match=rf"out\{suffix}: .*(space|disk)"):
            service.render(SCORE, target)
    assert target.read_bytes() == b"what was there before"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("suffix", FIRST_BYTES)
def test_a_folder_that_may_not_be_written_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "touch", refuse)
    with pytest.raises(NoPermission, match=tmp_path.name):
        service.render(SCORE, tmp_path / f"out{suffix}")


def test_one_piece_goes_to_the_file_named(song: Path) -> None:
    batch = service.plan_renders([song], "out.ogg")
    assert batch == service.Batch(((song, Path("out.ogg")),))


def test_one_piece_goes_into_a_folder_that_is_there_or_asked_for(song: Path) -> None:
    there = service.plan_renders([song], song.parent)
    assert there.jobs == ((song, song.parent / "song.wav"),)
    asked = service.plan_renders([song], "sounds", ".PNG")
    assert asked.jobs == ((song, Path("sounds/song.png")),)
    assert asked.to_folder


def test_folders_are_searched_for_scores_and_keep_their_shape(tmp_path: Path, song: Path) -> None:
    (tmp_path / "songs" / "old").mkdir(parents=True)
    for name in ("a.mid", "old/a.mid", "old/b.KAR", "old/tone.wav", "notes.txt"):
        (tmp_path / "songs" / name).touch()
    batch = service.plan_renders([tmp_path / "songs", song], tmp_path / "out", "ogg")
    made = [target.relative_to(tmp_path / "out").as_posix() for _, target in batch.jobs]
    assert made == ["a.ogg", "old/a.ogg", "old/b.ogg", "song.ogg"]
    assert batch.passed_over == 2


def test_several_pieces_do_not_fit_one_file(song: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="name a folder"):
        service.plan_renders([song, "other.mid"], "out.wav")
    with pytest.raises(UsageError, match="name a folder"):
        service.plan_renders([tmp_path], "out.wav")


def test_two_pieces_never_become_one_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"a/x\.mid and b/x\.mid would both become out"):
        service.plan_renders(["a/x.mid", "b/x.mid"], "out")
    assert len(service.plan_renders(["a/x.mid", "a/x.mid"], "out").jobs) == 1


def test_a_folder_without_scores_is_called_so(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    with pytest.raises(UsageError, match="no scores in there"):
        service.plan_renders([tmp_path], "out")


def test_an_unknown_suffix_is_refused_before_any_work() -> None:
    with pytest.raises(UsageError, match=r"\.flac"):
        service.plan_renders(["a.mid"], "out.aac")
    with pytest.raises(UsageError, match=r"\.flac"):
        service.plan_renders(["a.mid", "b.mid"], "out", "aac")


def test_what_fails_comes_with_its_error_and_the_rest_is_made(tmp_path: Path, song: Path) -> None:
    batch = service.plan_renders([song, tmp_path / "gone.mid"], tmp_path / "new" / "out", "svg")
    told: list[Progress] = []
    first, second = service.render_all(batch, Rendering(theme="dark"), told.append)
    assert first.target is not None and first.target.read_text().startswith("<svg")
    assert isinstance(second.error, MissingFile)
    assert [(p.done, p.total) for p in told] == [(0, 2), (1, 2), (2, 2)]


def test_names_mean_what_they_do_where_they_are_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in ("here", "there"):
        (tmp_path / place).mkdir()
        monkeypatch.chdir(tmp_path / place)
        for name in ("a.mid", "b.mid"):
            write_score(SCORE, name)
        made = list(service.render_all(service.plan_renders(["a.mid", "b.mid"], "out", "mid")))
        assert [one.error for one in made] == [None, None]
        assert sorted(p.name for p in (tmp_path / place / "out").iterdir()) == ["a.mid", "b.mid"]


@pytest.mark.skipif(sys.platform == "win32", reason="puts a script on the path")
def test_a_humanized_part_is_played_by_the_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    player, heard = tmp_path / "aplay", tmp_path / "heard.wav"
    copy = f"import shutil, sys\nshutil.copy(sys.argv[-1], {str(heard)!r})"
    player.write_text(f"#!{sys.executable}\n{copy}\n")
    player.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    played = service.play(BACH, Rendering(4.0, 1.0, humanize=0.5))
    assert (played.player, played.path) == ("aplay", None)
    assert 1.0 < read_clip(heard).length_s < 5.0


def test_a_humanized_file_says_how_much_it_moved(tmp_path: Path) -> None:
    target = tmp_path / "played.mid"
    moved = service.humanize_file(BACH, target, 0.5, dynamics=0.0, pitch=0.0, seed=3)
    played, written = read_score(target), read_score(BACH)
    assert moved.notes == len(played) == len(written)
    assert moved.timing_max_ms > 5 and moved.velocity_max == 0
    assert np.bincount(played.velocity).tolist() == np.bincount(written.velocity).tolist()
    assert service.humanize_file(BACH, tmp_path / "again.mid", dynamics=0, pitch=0, seed=3) == moved
    assert target.read_bytes() == (tmp_path / "again.mid").read_bytes()


def test_a_humanized_score_is_written_as_midi_alone(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\.mid or \.midi"):
        service.humanize_file(BACH, tmp_path / "played.wav")
    with pytest.raises(UsageError, match="tempo is 2"):
        service.humanize_file(BACH, tmp_path / "played.mid", tempo=2.0)
    assert list(tmp_path.iterdir()) == []
