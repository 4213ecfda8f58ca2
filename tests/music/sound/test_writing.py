import errno
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from muso.errors import FileError, MissingFile, NoPermission, UsageError
from muso.music.clip import read_clip
from muso.music.score import Score
from muso.music.sound import render, render_file
from muso.music.sound.writing import write_blocks

NOTE = Score.of([60, 64, 67], [0.0, 0.5, 1.0], [1.0, 1.0, 1.0])
RATE = 22_050
SUFFIXES = [".wav", ".flac", ".ogg", ".mp3"]


def some_blocks(seconds: float = 4.0) -> Iterator[np.ndarray]:
    rng = np.random.default_rng(0)
    for _ in range(4):
        yield rng.uniform(-0.5, 0.5, (2, int(seconds * RATE / 4))).astype(np.float32)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_format_holds_what_was_rendered(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"out{suffix}"
    render_file(NOTE, file, sample_rate=RATE)
    read, made = read_clip(file), render(NOTE, sample_rate=RATE)
    assert read.sample_rate == RATE
    assert read.length_s == pytest.approx(made.length_s, abs=0.12)
    alike = (
        np.corrcoef(read.samples[0, :RATE], made.samples[0, :RATE])[0, 1]
        if suffix != ".mp3"
        else 1.0
    )  # MP3 begins with the encoder's delay
    assert alike > 0.99
    assert np.sqrt((read.samples**2).mean()) == pytest.approx(
        np.sqrt((made.samples**2).mean()), rel=0.05
    )


def test_the_same_score_gives_the_same_bytes(tmp_path: Path) -> None:
    first = [tmp_path / f"first{suffix}" for suffix in SUFFIXES]
    again = [tmp_path / f"again{suffix}" for suffix in SUFFIXES]
    for file in first:
        write_blocks(some_blocks(), file, RATE)
    time.sleep(1.1)  # An encoder that looks at the clock looks at its seconds.
    for file in again:
        write_blocks(some_blocks(), file, RATE)
    assert [a.read_bytes() == b.read_bytes() for a, b in zip(first, again, strict=True)] == [
        True
    ] * 4


def test_an_ogg_file_with_its_serial_settled_is_sound(tmp_path: Path) -> None:
    # libogg throws away every page whose checksum is wrong.
    file = tmp_path / "long.ogg"
    write_blocks(some_blocks(30.0), file, RATE)
    assert read_clip(file).length_s == pytest.approx(30.0, abs=0.01)
    assert b"OggS" in file.read_bytes()


def test_an_unknown_suffix_names_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\.wav, \.flac, \.ogg, \.mp3"):
        render_file(NOTE, tmp_path / "song.aac")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingFile, match="nowhere"):
        render_file(NOTE, tmp_path / "nowhere" / "song.wav")


def test_a_folder_that_may_not_be_written_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "touch", refuse)
    with pytest.raises(NoPermission, match=tmp_path.name):
        render_file(NOTE, tmp_path / "song.wav")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_full_disk_leaves_no_half_written_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    def full(*_: object) -> None:
        raise soundfile.LibsndfileError(2)

    monkeypatch.setattr(soundfile.SoundFile, "write", full)
    with pytest.raises(FileError, match="is the disk full"):
        write_blocks(some_blocks(), tmp_path / f"song{suffix}", RATE)
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_fills_up_with_the_last_words_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    (tmp_path / "song.ogg").write_bytes(b"what was there before")
    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(FileError, match="No space left"):
        write_blocks(some_blocks(), tmp_path / "song.ogg", RATE)
    monkeypatch.undo()
    assert (tmp_path / "song.ogg").read_bytes() == b"what was there before"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_failure_on_the_way_leaves_nothing(tmp_path: Path) -> None:
    def broken() -> Iterator[np.ndarray]:
        yield from some_blocks()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_blocks(broken(), tmp_path / "song.flac", RATE)
    assert list(tmp_path.iterdir()) == []


def test_a_rate_that_mp3_lacks_is_called_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"96,000 Hz; take \.wav"):
        write_blocks(some_blocks(), tmp_path / "song.mp3", 96_000)
    assert list(tmp_path.iterdir()) == []
