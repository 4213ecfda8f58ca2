"""Silence for libraries that write to the terminal by themselves."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import soundfile

from muso.music.hushed import hushed


def test_nothing_is_heard_within_and_everything_after(capfd: pytest.CaptureFixture[str]) -> None:
    with hushed():
        os.write(2, b"from a library in C\n")
        with hushed():
            os.write(2, b"deeper\n")
        os.write(2, b"still\n")
    os.write(2, b"after\n")
    assert capfd.readouterr().err == "after\n"


def test_threads_that_overlap_leave_standard_error_as_it_was(
    capfd: pytest.CaptureFixture[str],
) -> None:
    both = threading.Barrier(2)

    def once() -> None:
        with hushed():
            both.wait()
            os.write(2, b"within\n")

    threads = [threading.Thread(target=once) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    os.write(2, b"after\n")
    assert capfd.readouterr().err == "after\n"


def test_an_error_within_gives_standard_error_back(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="broken"), hushed():
        raise ValueError("broken")
    os.write(2, b"after\n")
    assert capfd.readouterr().err == "after\n"


def test_a_damaged_mp3_prints_no_notes_of_its_decoder(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    whole = tmp_path / "whole.mp3"
    soundfile.write(whole, (0.1 * rng.normal(size=5 * 44_100)).astype(np.float32), 44_100)
    content = whole.read_bytes()
    damaged = tmp_path / "damaged.mp3"
    damaged.write_bytes(content[: len(content) // 2] + rng.bytes(20_000))
    code = "import sys, muso.music.clip as c; print(c.read_clip(sys.argv[1]).length_s)"
    told = subprocess.run(
        [sys.executable, "-c", code, damaged], capture_output=True, text=True, check=True
    )
    assert float(told.stdout) > 1
    assert told.stderr == ""
