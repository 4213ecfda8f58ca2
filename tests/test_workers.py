"""Workers work as whoever asks them would: in the same folder, with the same settings."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from muso.workers import FEW, spread


def where(chunk: Sequence[int]) -> tuple[str, str | None]:
    """The folder and muso's home, as a worker sees them."""
    return str(Path.cwd()), os.environ.get("MUSO_HOME")


def test_workers_kept_from_an_earlier_call_follow_to_another_folder_and_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chunks = [[number] for number in range(FEW)]
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path / name)
        monkeypatch.setenv("MUSO_HOME", name)
        assert set(spread(where, chunks)) == {(str(tmp_path / name), name)}
    monkeypatch.delenv("MUSO_HOME")
    assert {home for _, home in spread(where, chunks)} == {None}
