"""The door to the disk."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from muso.errors import EmptyFile, FileError, MissingFile, NoPermission, TooLong
from muso.music.files import read_bytes, whole


def test_a_missing_file_is_named_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(MissingFile, match=r"gone\.mid: no such file; check the spelling"):
        read_bytes(tmp_path / "gone.mid", 10)


def test_a_folder_is_called_a_folder(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="this is a folder"):
        read_bytes(tmp_path, 10)


def test_an_empty_file_is_called_empty(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    with pytest.raises(EmptyFile, match="0 bytes"):
        read_bytes(tmp_path / "a", 10)


def test_a_file_at_its_limit_is_read_and_one_past_it_refused(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(bytes(10))
    assert read_bytes(tmp_path / "a", 10) == bytes(10)
    with pytest.raises(TooLong, match="larger than"):
        read_bytes(tmp_path / "a", 9)


@pytest.mark.skipif(os.name != "posix", reason="Windows names no open files")
def test_a_pipe_is_read_up_to_the_limit() -> None:
    reading, writing = os.pipe()
    os.write(writing, b"abc")
    os.close(writing)
    assert read_bytes(f"/dev/fd/{reading}", 10) == b"abc"
    os.close(reading)


def test_a_zero_byte_in_a_name_is_a_missing_file() -> None:
    with pytest.raises(MissingFile, match="zero byte"):
        read_bytes("a\0b.mid", 10)


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may read everything"
)
def test_a_file_without_permission_is_told_apart(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x")
    (tmp_path / "a").chmod(0)
    with pytest.raises(NoPermission, match="change its permissions"):
        read_bytes(tmp_path / "a", 10)


def test_a_refusal_by_the_system_is_a_lack_of_permission(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(NoPermission, match="no permission; change its permissions"):
        read_bytes(tmp_path / "a", 10)


def test_any_other_refusal_is_told_in_the_system_s_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(FileError, match="the system says: Input/output error"):
        read_bytes(tmp_path / "a", 10)


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_text("old")
    with pytest.raises(RuntimeError), whole(target) as unfinished:
        unfinished.write_text("half")
        raise RuntimeError
    assert target.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["a.txt"]


def test_a_write_replaces_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_text("old")
    with whole(target) as unfinished:
        assert unfinished.suffix == ".txt"
        unfinished.write_text("new")
        assert target.read_text() == "old"
    assert target.read_text() == "new"
    assert [file.name for file in tmp_path.iterdir()] == ["a.txt"]


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such permissions")
def test_a_written_file_is_as_readable_as_any_other(tmp_path: Path) -> None:
    (tmp_path / "usual").touch()
    with whole(tmp_path / "ours") as unfinished:
        unfinished.write_text("x")
    modes = {(tmp_path / name).stat().st_mode for name in ("usual", "ours")}
    assert len(modes) == 1


def test_writing_into_a_missing_folder_names_the_folder(tmp_path: Path) -> None:
    with pytest.raises(MissingFile, match=r"gone: no such folder"), whole(tmp_path / "gone" / "a"):
        pass


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="this system has no /proc")
def test_writing_into_a_folder_that_takes_no_files_says_so() -> None:
    with pytest.raises(NoPermission, match="no file can be made in this folder"), whole("/proc/a"):
        pass


def test_writing_over_a_folder_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(FileError), whole(tmp_path / "a") as unfinished:
        unfinished.write_text("x")
    assert [file.name for file in tmp_path.iterdir()] == ["a"]
