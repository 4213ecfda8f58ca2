"""FluidSynth, where it is installed: a SoundFont's instruments instead of muso's own."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from muso.errors import MusoError, WrongFormat
from muso.music.files import opening
from muso.music.midi import write_score
from muso.music.score import Score

VARIABLE = "MUSO_SOUNDFONT"
"""Environment variable that names the SoundFont to use."""
GAIN = 0.5
BLOCK = 65_536
FRAME_BYTES = 8


def played(
    score: Score, sample_rate: int, soundfont: str | os.PathLike[str]
) -> Iterator[NDArray[np.float32]]:
    """Blocks `(channel, sample)` of `score` as FluidSynth plays it with `soundfont`.

    Raises:
        MusoError: FluidSynth is not installed, or failed.
        WrongFormat, MissingFile, NoPermission, FileError: not a SoundFont, or can't be read.
    """
    program = shutil.which("fluidsynth")
    if program is None:
        raise MusoError(
            f"{soundfont}: playing a SoundFont needs FluidSynth, which is not installed; "
            f"install fluidsynth, or leave the SoundFont (and {VARIABLE}) out"
        )
    _check(soundfont)
    return _blocks(program, score, sample_rate, Path(soundfont))


def _check(soundfont: str | os.PathLike[str]) -> None:
    # FluidSynth itself would fall back on another SoundFont and report success.
    with opening(soundfont), Path(soundfont).open("rb") as file:
        start = file.read(12)
    if start[:4] != b"RIFF" or start[8:12] != b"sfbk":
        raise WrongFormat(soundfont, "this is not a SoundFont", "give an .sf2 or .sf3 file")


def _blocks(
    program: str, score: Score, sample_rate: int, soundfont: Path
) -> Iterator[NDArray[np.float32]]:
    with tempfile.TemporaryDirectory(prefix="muso-") as folder:
        midi, sound = Path(folder, "score.mid"), Path(folder, "sound.raw")
        write_score(score, midi)
        told = subprocess.run(
            [
                program, "-ni", "-q", "-T", "raw", "-O", "float", "-g", str(GAIN),
                "-r", str(sample_rate), "-F", str(sound), str(soundfont.absolute()), str(midi),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            check=False,
        )  # fmt: skip
        expected = score.length_s * sample_rate * FRAME_BYTES
        if told.returncode or not sound.exists() or sound.stat().st_size < 0.99 * expected:
            lines = told.stderr.decode("utf-8", "replace").strip().splitlines()
            why = lines[0] if lines else "it wrote too little; is the disk full?"
            raise MusoError(f"{soundfont}: FluidSynth failed ({why}); leave the SoundFont out")
        with sound.open("rb") as file:
            while content := file.read(BLOCK * FRAME_BYTES):
                yield np.ascontiguousarray(np.frombuffer(content, np.float32).reshape(-1, 2).T)
