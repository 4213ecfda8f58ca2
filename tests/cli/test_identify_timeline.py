from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from muso.bundle.bundle import Bundle

SCORE = Path("examples/bach-bwv66-6.mid").resolve()
TOY = ("--bundle", "toy.1")
Run = Callable[..., Any]


@pytest.fixture(autouse=True)
def trained(bundle: Bundle) -> Bundle:
    return bundle


def test_json_holds_the_windows_of_the_piece(run: Run) -> None:
    ran = run("identify", *TOY, "--timeline", "--json", "--top", 2, SCORE)
    (said,) = json.loads(ran.out)["predictions"].values()
    rows = said["timeline"]
    assert rows[0]["start_s"] == 0
    starts = [row["start_s"] for row in rows]
    assert starts == sorted(set(starts))
    assert all(row["label"] == row["ranking"][0][0] and len(row["ranking"]) == 2 for row in rows)


def test_without_asking_there_is_no_timeline(run: Run) -> None:
    ran = run("identify", *TOY, "--json", SCORE)
    (said,) = json.loads(ran.out)["predictions"].values()
    assert "timeline" not in said


def test_the_table_has_a_row_a_window(run: Run) -> None:
    plain, timed = (run("identify", *TOY, *more, SCORE) for more in ((), ("--timeline",)))
    added = timed.out.splitlines()[len(plain.out.splitlines()) :]
    assert len(added) >= 2
    assert "0:00 to 0:15" in added[0]


def test_one_piece_is_drawn_into_the_file_named(run: Run, tmp_path: Path) -> None:
    ran = run("identify", *TOY, "--picture", tmp_path / "a.png", SCORE)
    assert ran.code == 0
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


def test_several_are_drawn_into_a_folder_each_under_its_own_name(run: Run, tmp_path: Path) -> None:
    for place in ("one", "two"):
        (tmp_path / place).mkdir()
        shutil.copy(SCORE, tmp_path / place / "a.mid")
    ran = run("identify", *TOY, "--picture", tmp_path / "out", tmp_path / "one", tmp_path / "two")
    assert ran.code == 0
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["a-2.composer.png", "a.composer.png"]


def test_several_pieces_do_not_fit_into_one_picture(run: Run, tmp_path: Path) -> None:
    shutil.copy(SCORE, tmp_path / "a.mid")
    shutil.copy(SCORE, tmp_path / "b.mid")
    ran = run("identify", *TOY, "--picture", tmp_path / "one.png", tmp_path)
    assert ran.code == 2
    assert "more than one timeline" in ran.err


def test_a_picture_that_cannot_be_written_is_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    into_file = run("identify", *TOY, "--picture", tmp_path / "file", SCORE)
    assert (into_file.code, "is a file" in into_file.err) == (2, True)
    nowhere = run("identify", *TOY, "--picture", tmp_path / "no" / "a.png", SCORE)
    assert nowhere.code == 1
    assert nowhere.err.startswith("muso: ") and not (tmp_path / "no").exists()
