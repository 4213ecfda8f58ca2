"""Finding pieces in folders, and the one door that reads them all."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from muso.errors import FileError, MissingFile, NoPermission, WrongFormat
from muso.music.clip import Clip, write_clip
from muso.music.cover import Cover
from muso.music.media import SUFFIXES, find_files, media_of, read_piece
from muso.music.score import Score

EXAMPLE = Path("examples/bach-bwv66-6.mid")
posix = pytest.mark.skipif(os.name != "posix", reason="needs links, pipes or names in bytes")


def touch(*files: Path) -> None:
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()


def test_every_suffix_belongs_to_one_medium() -> None:
    suffixes = [suffix for group in SUFFIXES.values() for suffix in group]
    assert len(set(suffixes)) == len(suffixes)
    assert all(suffix == suffix.lower() and suffix[0] == "." for suffix in suffixes)
    assert set(SUFFIXES) == {"score", "clip", "cover"}


@pytest.mark.parametrize(
    ("name", "media"),
    [
        ("a.MID", "score"),
        ("b/a.Flac", "clip"),
        ("a.tar.jpg", "cover"),
        ("mid", None),
        (".mid", None),
    ],
)
def test_the_suffix_names_the_medium(name: str, media: str | None) -> None:
    assert media_of(name) == media
    assert media_of(Path(name)) == media


def test_each_medium_is_read_as_its_type(tmp_path: Path) -> None:
    write_clip(Clip(np.zeros((1, 8_000), np.float32), 8_000), tmp_path / "a.flac")
    Image.new("RGB", (2, 2)).save(tmp_path / "a.PNG")
    assert isinstance(read_piece(EXAMPLE), Score)
    assert isinstance(read_piece(tmp_path / "a.flac"), Clip)
    assert isinstance(read_piece(tmp_path / "a.PNG"), Cover)


def test_an_unknown_suffix_names_the_known_ones(tmp_path: Path) -> None:
    touch(tmp_path / "notes.txt")
    with pytest.raises(WrongFormat, match=r"notes\.txt: its suffix .* give \.mid, .*\.jpg"):
        read_piece(tmp_path / "notes.txt")


def test_what_is_not_there_is_missing_whatever_its_suffix(tmp_path: Path) -> None:
    for name in ("gone.txt", "gone.mid", "gone.wav", "gone.png"):
        with pytest.raises(MissingFile):
            read_piece(tmp_path / name)
    with pytest.raises(FileError, match="this is a folder"):
        read_piece(tmp_path)


def test_arguments_keep_their_order_and_folders_are_sorted_by_path(tmp_path: Path) -> None:
    last, folder = tmp_path / "a.mid", tmp_path / "folder"
    inside = [folder / name for name in ("B.mid", "a-b.wav", "a/z.mid", "a/z/0.png", "b.mid")]
    touch(last, *reversed(inside))
    found = find_files([folder, last, str(inside[3])])
    assert found.files == (*sorted(inside, key=str), last, inside[3])
    assert (found.passed_over, found.unreadable) == (0, ())


def test_hidden_and_unknown_things_are_passed_over_and_counted(tmp_path: Path) -> None:
    touch(tmp_path / "a.mid", tmp_path / ".b.mid", tmp_path / "c.txt", tmp_path / "Makefile")
    touch(tmp_path / ".git/a.mid", tmp_path / ".git/b.mid", tmp_path / "d/.DS_Store")
    found = find_files([tmp_path])
    assert found.files == (tmp_path / "a.mid",)
    assert found.passed_over == 5


def test_what_is_named_itself_is_kept_whatever_it_is_called(tmp_path: Path) -> None:
    touch(tmp_path / "c.txt", tmp_path / ".b.mid", tmp_path / ".hidden/a.mid")
    arguments = [tmp_path / "c.txt", tmp_path / ".b.mid", tmp_path / "gone", tmp_path / ".hidden"]
    found = find_files(arguments)
    assert found.files == (*arguments[:3], tmp_path / ".hidden/a.mid")
    assert found.passed_over == 0


def test_nothing_is_not_the_current_folder() -> None:
    assert len(find_files([""]).files) == 1
    assert find_files([]).files == ()


def test_a_file_named_twice_is_kept_twice() -> None:
    assert find_files([EXAMPLE, EXAMPLE]).files == (EXAMPLE, EXAMPLE)


@posix
def test_links_that_lead_in_circles_end(tmp_path: Path) -> None:
    touch(tmp_path / "a/b/1.mid")
    (tmp_path / "a/b/up").symlink_to(tmp_path / "a")
    (tmp_path / "a/self").symlink_to("self")
    (tmp_path / "a/self.mid").symlink_to("self.mid")
    found = find_files([tmp_path])
    assert found.files == (tmp_path / "a/b/1.mid", tmp_path / "a/self.mid")
    with pytest.raises(FileError):
        read_piece(tmp_path / "a/self.mid")


@posix
def test_a_folder_reached_twice_is_searched_once_by_its_own_name(tmp_path: Path) -> None:
    touch(tmp_path / "music/real/1.mid")
    (tmp_path / "music/alias").symlink_to("real")
    (tmp_path / "elsewhere").mkdir()
    touch(tmp_path / "elsewhere/2.mid")
    (tmp_path / "music/away").symlink_to(tmp_path / "elsewhere")
    found = find_files([tmp_path / "music"])
    assert found.files == (tmp_path / "music/away/2.mid", tmp_path / "music/real/1.mid")


@posix
def test_a_broken_link_is_kept_and_a_pipe_passed_over(tmp_path: Path) -> None:
    (tmp_path / "broken.mid").symlink_to("gone.mid")
    os.mkfifo(tmp_path / "pipe.mid")
    (tmp_path / "to-pipe.mid").symlink_to("pipe.mid")
    found = find_files([tmp_path])
    assert found.files == (tmp_path / "broken.mid",)
    assert found.passed_over == 2
    with pytest.raises(FileError, match="no ordinary file"):
        os.mkfifo(tmp_path / "pipe.wav")
        read_piece(tmp_path / "pipe.wav")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_names_that_are_not_utf8_are_kept(tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path) + b"/caf\xe9"
    Path(os.fsdecode(folder)).mkdir()
    shutil.copy(EXAMPLE, os.fsdecode(folder + b"/\xff.mid"))
    found = find_files([tmp_path])
    assert [os.fsencode(file) for file in found.files] == [folder + b"/\xff.mid"]
    assert isinstance(read_piece(found.files[0]), Score)


def test_folders_that_may_not_be_searched_are_reported_and_the_rest_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    touch(tmp_path / "closed/1.mid", tmp_path / "open/2.mid")
    scandir = os.scandir

    def refusing(folder: Path) -> object:
        if folder.name == "closed":
            raise PermissionError(13, "Permission denied")
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", refusing)
    found = find_files([tmp_path])
    assert found.files == (tmp_path / "open/2.mid",)
    assert [type(error) for error in found.unreadable] == [NoPermission]
    assert found.unreadable[0].path == tmp_path / "closed"


def test_looking_for_files_loads_no_decoder() -> None:
    script = (
        "import sys, muso.music.media as m; m.find_files(['examples']); m.media_of('a.mid');"
        "print(sorted({'symusic', 'soundfile', 'PIL', 'soxr', 'mutagen', 'av'} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_a_closed_folder_has_its_place_among_the_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.mid", "b/1.mid", "c.mid"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    scan = os.scandir

    def closed(folder: Any) -> Any:
        if os.fspath(folder).endswith("b"):
            raise PermissionError
        return scan(folder)

    monkeypatch.setattr(os, "scandir", closed)
    found = find_files([tmp_path])
    assert [file.name for file in found.files] == ["a.mid", "c.mid"]
    assert found.places == (1,)
