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


def in_a_program_without_standard_error(code: str, *arguments: Path) -> str:
    """What `code` prints where descriptor 2 is closed before Python starts."""
    closing = (
        "import os, sys; os.close(2); "
        f"os.execv(sys.executable, [sys.executable, '-c', {code!r}, *sys.argv[1:]])"
    )
    told = subprocess.run(
        [sys.executable, "-c", closing, *arguments], stdout=subprocess.PIPE, text=True, check=True
    )
    return told.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="no descriptors are handed on there")
def test_without_standard_error_a_file_is_read_all_the_same(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).normal(size=44_100)
    soundfile.write(tmp_path / "a.wav", (0.1 * noise).astype(np.float32), 44_100)
    code = "import sys, muso.music.clip as c; print(c.read_clip(sys.argv[1]).length_s)"
    assert float(in_a_program_without_standard_error(code, tmp_path / "a.wav")) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="no descriptors are handed on there")
def test_a_file_that_got_the_number_of_standard_error_is_left_alone(tmp_path: Path) -> None:
    code = """
import os, sys
from muso.music.hushed import hushed
mine = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT)
with hushed():
    os.write(mine, b"within")
os.write(mine, b", after")
print(mine, sys.stderr)
"""
    told = in_a_program_without_standard_error(code, tmp_path / "mine.txt")
    assert (tmp_path / "mine.txt").read_text() == "within, after"
    assert told.split()[1] == "None"


def test_a_failure_at_the_start_leaves_no_wish_behind(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(path: str, flags: int) -> int:
        raise OSError("too many open files")

    with monkeypatch.context() as patch:
        patch.setattr("muso.music.hushed.os.open", failing)
        with hushed():
            os.write(2, b"heard\n")
    with hushed():
        os.write(2, b"not heard\n")
    os.write(2, b"after\n")
    assert capfd.readouterr().err == "heard\nafter\n"


def test_a_terminal_that_has_gone_stops_no_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone:
        def flush(self) -> None:
            raise BrokenPipeError

    monkeypatch.setattr(sys, "stderr", Gone())
    with hushed():
        ran = True
    assert ran
