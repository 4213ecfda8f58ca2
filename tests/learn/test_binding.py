"""A bundle is written whole or not at all, and what stood in its place is never lost."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path
from typing import Any

import pytest

from muso.corpus.corpus import scan_folder
from muso.errors import FileError
from muso.learn import binding
from muso.learn.binding import drafting
from muso.learn.recipe import parse_recipe
from muso.learn.training import train

COUNTS = {
    "name": "counts",
    "view": {"name": "ngrams", "bits": 7},
    "classical": {"name": "linear_svm"},
}


def full(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Where a bundle stands already."""
    folder = tmp_path / "toy.1"
    folder.mkdir()
    (folder / "CARD.md").write_text("old")
    return folder


def standing(place: Path) -> tuple[list[str], str]:
    """What lies beside the bundle with it, and what it says."""
    return [path.name for path in place.parent.iterdir()], (place / "CARD.md").read_text()


def test_a_draft_takes_the_place_of_what_stood_there_and_leaves_nothing_else(place: Path) -> None:
    with drafting(place) as draft:
        (draft / "CARD.md").write_text("new")
        assert standing(place)[1] == "old"
    assert standing(place) == (["toy.1"], "new")


def test_a_full_disk_is_one_line_and_what_stood_there_stays(place: Path) -> None:
    with (
        pytest.raises(FileError, match=r"toy\.1: the system says: No space .*; make room on the"),
        drafting(place),
    ):
        full()
    assert standing(place) == (["toy.1"], "old")


def test_a_place_that_can_not_be_taken_is_given_back(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Path.rename

    def stuck(self: Path, target: Path) -> Path:
        if self != place and not self.name.startswith(".old-"):
            full()
        return real(self, target)

    monkeypatch.setattr(Path, "rename", stuck)
    with pytest.raises(FileError, match="No space left"), drafting(place) as draft:
        (draft / "CARD.md").write_text("new")
    assert standing(place) == (["toy.1"], "old")


def test_a_kill_while_the_old_bundle_is_removed_leaves_the_new_one_whole(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(path: Path, **_: Any) -> None:
        if path.name.startswith(".old-"):
            raise KeyboardInterrupt

    monkeypatch.setattr(shutil, "rmtree", killed)
    with pytest.raises(KeyboardInterrupt), drafting(place) as draft:
        (draft / "CARD.md").write_text("new")
    assert (place / "CARD.md").read_text() == "new"


def test_a_disk_that_fills_up_while_a_trained_bundle_is_written_is_told(
    corpus_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(binding, "draw_report", lambda report, folder: None)
    recipe = parse_recipe({"name": "quick", "task": "composer", "member": [COUNTS]})
    real = Path.write_bytes

    def write(self: Path, content: bytes) -> int:
        if self.suffix == ".onnx":
            full()
        return real(self, content)

    monkeypatch.setattr(Path, "write_bytes", write)
    with pytest.raises(FileError, match="No space left on device; make room on the disk"):
        train(recipe, scan_folder(corpus_folder), "score", tmp_path / "toy.1")
    assert not list(tmp_path.iterdir())
