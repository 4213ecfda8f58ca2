"""`muso play`"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from muso.cli import INTERRUPTED, WRONG_USAGE, main
from muso.music.clip import Clip, read_clip, write_clip

BACH = "examples/bach-bwv66-6.mid"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="puts scripts on the path")


@pytest.fixture
def players(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that is all there is of PATH and of the folder for temporary files."""
    folder = tmp_path / "players"
    folder.mkdir()
    for name in ("PATH", "TMPDIR"):
        monkeypatch.setenv(name, str(folder))
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    monkeypatch.setenv("COLUMNS", "60")
    return folder


def install(folder: Path, name: str, body: str) -> None:
    script = folder / name
    script.write_text(f"#!{sys.executable}\n{body}\n")
    script.chmod(0o755)


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["play", *arguments])
    return int(ended.value.code or 0)


def test_the_roll_is_shown_and_the_sound_played(
    players: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    install(players, "aplay", f"open({str(players / 'heard')!r}, 'w').write('yes')")
    assert run(BACH, "--from", "3", "--seconds", "2") == 0
    title, *roll = capsys.readouterr().out.rstrip().split("\n")
    assert title == "bach-bwv66-6.mid, 0:02 from 0:03 on"
    assert sum("│" in line for line in roll) == len(roll) - 1 > 4
    assert {len(line) for line in roll[:-1]} == {60}
    assert [file.name for file in sorted(players.iterdir())] == ["aplay", "heard"]


def test_without_a_player_the_sound_is_kept_and_named(
    players: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(BACH, "--seconds", "1", "--humanize", "0.5", "--seed", "4") == 0
    *_, humanized, last = capsys.readouterr().out.rstrip().split("\n")
    (kept,) = players.iterdir()
    assert last == (
        "there is no player (one of pw-play, paplay, aplay, afplay, ffplay, play); "
        f"the sound is in {kept}"
    )
    assert humanized.startswith("humanized 163 notes: timing ")
    assert read_clip(kept).length_s > 1.0


def test_a_player_that_fails_is_named(players: Path, capsys: pytest.CaptureFixture[str]) -> None:
    install(players, "aplay", "raise SystemExit(1)")
    assert run(BACH, "--seconds", "1") == 0
    assert "aplay can't play here; the sound is in " in capsys.readouterr().out


def test_a_clip_has_a_title_alone(players: Path, capsys: pytest.CaptureFixture[str]) -> None:
    install(players, "aplay", "")
    write_clip(Clip(np.zeros((1, 16_000), np.float32), 8_000), players / "quiet.wav")
    assert run(str(players / "quiet.wav")) == 0
    assert capsys.readouterr().out == "quiet.wav, 0:02\n"


@pytest.mark.parametrize(
    ("arguments", "status", "why"),
    [
        (("gone.mid",), 1, "gone.mid: no such file"),
        ((BACH, "--from", "99"), WRONG_USAGE, "the score lasts"),
        ((BACH, "--seconds", "0"), WRONG_USAGE, "above 0"),
        ((BACH, "--soundfont", BACH), 1, "fluidsynth"),
        ((BACH, "--seconds", "ten"), WRONG_USAGE, "--seconds"),
        ((), WRONG_USAGE, "PIECE"),
    ],
)
def test_what_can_not_be_played_gets_a_line_and_a_status(
    players: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    status: int,
    why: str,
) -> None:
    assert run(*arguments) == status
    assert why.lower() in capsys.readouterr().err.lower()
    assert list(players.iterdir()) == []


def test_an_interrupt_stops_the_player_and_leaves_nothing(players: Path) -> None:
    # The player interrupts muso, as Ctrl-C does, and would go on for a minute.
    lines = ["import os, signal, time", "os.kill(os.getppid(), signal.SIGINT)", "time.sleep(60)"]
    install(players, "aplay", "\n".join(lines))
    call = f"from muso.cli import main; main(['play', {BACH!r}, '--seconds', '1'])"
    ended = subprocess.run(
        [sys.executable, "-c", call], capture_output=True, text=True, timeout=50, check=False
    )
    assert ended.returncode == INTERRUPTED
    assert "Traceback" not in ended.stderr
    assert [file.name for file in players.iterdir()] == ["aplay"]
