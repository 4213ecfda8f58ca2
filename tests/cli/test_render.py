"""`muso render`"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from muso.cli import WRONG_USAGE, main
from muso.cli.render import render
from muso.music.picture.theme import THEMES

BACH = "examples/bach-bwv66-6.mid"

READER = """
import contextlib, io, json, shlex, sys
from muso.cli import main

said = []
for command in json.loads(sys.argv[1]):
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.suppress(SystemExit):
        main(shlex.split(command)[1:])
    said.append(out.getvalue())
exec(sys.argv[2])
print(json.dumps(said))
"""


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["render", *arguments])
    return int(ended.value.code or 0)


def test_a_line_says_what_was_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "part.svg"
    assert run(BACH, "-o", str(target), "--from", "5", "--seconds", "3", "--theme", "dark") == 0
    assert capsys.readouterr().out == f"{target}: 0:03, 25 notes\n"
    assert target.read_text().startswith("<svg")


def test_a_humanized_rendering_says_how_much(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(BACH, "-o", str(tmp_path / "a.mid"), "--humanize", "0.5", "--seed", "1") == 0
    assert "163 notes\n  humanized 163 notes: timing " in capsys.readouterr().out


def test_several_pieces_go_into_a_folder_and_one_that_fails_sets_the_status(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    songs = tmp_path / "songs"
    songs.mkdir()
    shutil.copy(BACH, songs / "bach.mid")
    (songs / "broken.mid").write_bytes(b"MThd")
    (songs / "notes.txt").touch()
    assert run(str(songs), "-o", str(tmp_path / "out"), "--as", "png") == 1
    said = capsys.readouterr()
    assert said.out == f"{tmp_path / 'out' / 'bach.png'}: 0:22, 163 notes\n"
    assert "muso: " in said.err and "broken.mid: the MIDI header is cut short" in said.err
    assert "1 other file passed over." in said.err
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["bach.png"]


@pytest.mark.parametrize(
    ("arguments", "status", "why"),
    [
        ((BACH, "-o", "{}/a.aac"), WRONG_USAGE, "muso makes .wav, .flac, .ogg, .mp3, .png"),
        ((BACH, "-o", "{}/a"), WRONG_USAGE, "muso makes .wav"),
        ((BACH, "-o", "{}", "--as", "aac"), WRONG_USAGE, "muso makes .wav"),
        (("examples", "-o", "{}/a.wav"), WRONG_USAGE, "name a folder"),
        ((BACH, "-o", BACH), WRONG_USAGE, "the piece itself"),
        ((BACH, "-o", "{}/a.wav", "--from", "-1"), WRONG_USAGE, "above 0"),
        ((BACH, "-o", "{}/a.wav", "--from", "99"), WRONG_USAGE, "the score lasts 22.5 s"),
        ((BACH, "-o", "{}/a.wav", "--humanize", "2"), WRONG_USAGE, "from 0 (as written) to 1"),
        ((BACH, "-o", "{}/a.png", "--theme", "blue"), WRONG_USAGE, "--theme"),
        ((BACH,), WRONG_USAGE, "--output"),
        (("-o", "{}/a.wav"), WRONG_USAGE, "PIECES"),
        (("gone.mid", "-o", "{}/a.wav"), 1, "gone.mid: no such file"),
        ((BACH, "-o", "{}/nowhere/a.wav"), 1, "nowhere"),
        (("README.md", "-o", "{}/a.wav"), 1, "README.md: its suffix names no kind of file"),
    ],
)
def test_what_can_not_be_rendered_gets_a_line_and_a_status(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    status: int,
    why: str,
) -> None:
    before = Path(BACH).read_bytes()
    assert run(*(argument.format(tmp_path) for argument in arguments)) == status
    said = capsys.readouterr()
    assert why in said.err and said.out == ""
    assert list(tmp_path.iterdir()) == []
    assert Path(BACH).read_bytes() == before


def test_the_themes_offered_are_those_there_are() -> None:
    (theme,) = (option for option in render.params if option.name == "theme")
    assert list(getattr(theme.type, "choices", ())) == list(THEMES)


@pytest.mark.parametrize("command", ["", "render", "play", "humanize"])
def test_help_loads_nothing_heavy(command: str) -> None:
    script = (
        "import sys\n"
        "from muso.cli import main\n"
        "try:\n"
        f"    main([*{command.split()!r}, '--help'])\n"
        "finally:\n"
        "    heavy = {'numpy', 'torch', 'onnxruntime', 'scipy', 'rich', 'symusic', 'soundfile'}\n"
        "    print('loaded:', *sorted(heavy & set(sys.modules)))\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert said.stdout.rstrip().endswith("loaded:")


@pytest.mark.skipif(sys.platform == "win32", reason="puts a script on the path")
def test_the_documentation_shows_what_happens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = Path("docs/sound.md").read_text(encoding="utf-8")
    blocks = "\n".join(re.findall(r"^```\n(.*?)^```$", text, re.DOTALL | re.MULTILINE))
    shown = re.findall(r"^\$ (muso .*)\n((?:(?!\$ ).*\n?)*)", blocks, re.MULTILINE)
    (python,) = re.findall(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    assert len(shown) > 5
    (tmp_path / "aplay").write_text("#!/bin/sh\n")
    (tmp_path / "aplay").chmod(0o755)
    (tmp_path / "examples").symlink_to(Path("examples").resolve())
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "80")
    commands = json.dumps([command for command, _ in shown])
    ended = subprocess.run(
        [sys.executable, "-c", READER, commands, python],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    said = json.loads(ended.stdout)
    assert [out.strip() for out in said] == [out.strip() for _, out in shown]
    assert (tmp_path / "played.png").exists()
