import os
import sys
from pathlib import Path

import numpy as np
import pytest

from muso.errors import MissingFile, MusoError, WrongFormat
from muso.music.score import Score
from muso.music.sound import render
from muso.music.sound.fluidsynth import VARIABLE

NOTE = Score.of([60], [0.0], [2.0])
BANK = b"RIFF\x04\x00\x00\x00sfbk"

needs_scripts = pytest.mark.skipif(sys.platform == "win32", reason="puts a script on the path")


def stand_in(folder: Path, monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    """Make `fluidsynth` a script that sees its arguments as `args`."""
    script = folder / "fluidsynth"
    script.write_text(f"#!{sys.executable}\nimport sys\nargs = sys.argv\n{body}\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    file = tmp_path / "bank.sf2"
    file.write_bytes(BANK)
    return file


WRITES = (
    "import array\n"
    "rate = int(args[args.index('-r') + 1])\n"
    "sound = array.array('f', [0.25, -0.5] * rate * 2)\n"
    "open(args[args.index('-F') + 1], 'wb').write(sound.tobytes())"
)


@needs_scripts
def test_a_soundfont_is_played_by_fluidsynth(
    tmp_path: Path, bank: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(tmp_path, monkeypatch, WRITES)
    clip = render(NOTE, sample_rate=22_050, soundfont=bank)
    assert clip.samples.shape == (2, 44_100)
    np.testing.assert_allclose(clip.samples[:, 100], [0.25, -0.5])


@needs_scripts
def test_the_environment_names_a_soundfont(
    tmp_path: Path, bank: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(tmp_path, monkeypatch, WRITES)
    monkeypatch.setenv(VARIABLE, str(bank))
    assert render(NOTE).samples[0, 5] == 0.25


@needs_scripts
def test_a_fluidsynth_that_fails_is_quoted(
    tmp_path: Path, bank: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(tmp_path, monkeypatch, "sys.exit('out of cheese')")
    with pytest.raises(MusoError, match="out of cheese"):
        render(NOTE, soundfont=bank)


@needs_scripts
def test_a_fluidsynth_that_writes_too_little_is_noticed(
    tmp_path: Path, bank: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(tmp_path, monkeypatch, "open(args[args.index('-F') + 1], 'wb').write(bytes(800))")
    with pytest.raises(MusoError, match="disk full"):
        render(NOTE, soundfont=bank)


def test_without_fluidsynth_the_remedy_is_named(
    bank: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MusoError, match="install fluidsynth"):
        render(NOTE, soundfont=bank)


@needs_scripts
def test_a_file_that_is_no_soundfont_is_called_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(tmp_path, monkeypatch, WRITES)
    (tmp_path / "fake.sf2").write_bytes(b"hello")
    with pytest.raises(WrongFormat, match="not a SoundFont"):
        render(NOTE, soundfont=tmp_path / "fake.sf2")
    with pytest.raises(MissingFile):
        render(NOTE, soundfont=tmp_path / "none.sf2")
