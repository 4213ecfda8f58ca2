"""Reading a folder that a style is to be learnt from."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from muso.corpus.split import TEST, TRAIN, VALIDATION
from muso.errors import CorpusError, MissingFile
from muso.learn.style_folder import read_folder
from muso.music.midi import write_score
from muso.music.score import Score, Track


def tune(seed: int, notes: int = 300, drum: bool = False) -> Score:
    rng = np.random.default_rng(seed)
    pitch = 60 + np.cumsum(rng.integers(-4, 5, notes)) % 24
    onset = np.cumsum(rng.choice([0.25, 0.5, 1.0], notes))
    return Score.of(pitch, onset, 0.5, tracks=(Track("a", 0, is_drum=drum),))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "mine"
    place.mkdir()
    for number in range(10):
        write_score(tune(number), place / f"{number}.mid")
    return place


def test_a_tenth_chooses_and_a_tenth_is_reported(folder: Path) -> None:
    read = read_folder(folder)
    assert [len(read.on(side)) for side in (TRAIN, VALIDATION, TEST)] == [8, 1, 1]
    assert read.notes == 3000
    assert read.hours == pytest.approx(sum(s.length_s for s in read.scores) / 3600)


def test_the_same_music_stands_on_one_side(folder: Path) -> None:
    for number in range(10):
        write_score(tune(number).transpose(3), folder / f"again-{number}.mid")
    read = read_folder(folder)
    side = dict(zip([p.path.stem for p in read.pieces], read.split.side.tolist(), strict=True))
    assert all(side[str(n)] == side[f"again-{n}"] for n in range(10))


def test_files_known_from_before_keep_their_side_whatever_joins_them(folder: Path) -> None:
    before = read_folder(folder)
    for number in range(10, 30):
        write_score(tune(number), folder / f"{number}.mid")
    after = read_folder(folder, known=before.sides)
    assert all(after.sides[digest] == side for digest, side in before.sides.items())
    assert len(after.on(TEST)) == 3


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no music")
    with pytest.raises(CorpusError, match=r"no MIDI files in this folder \(1 other files\); name"):
        read_folder(tmp_path)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingFile, match="nowhere"):
        read_folder(tmp_path / "nowhere")


def test_one_file_is_refused_with_advice(tmp_path: Path) -> None:
    write_score(tune(0, 5000), tmp_path / "only.mid")
    with pytest.raises(CorpusError, match=r"1 piece with 5,000 notes is too little .* at least 5"):
        read_folder(tmp_path)


def test_one_piece_many_times_is_one_piece(tmp_path: Path) -> None:
    for number in range(6):
        shutil.copy("examples/bach-bwv244-62.mid", tmp_path / f"{number}.mid")
        write_score(tune(5, 500), tmp_path / f"tune-{number}.mid")
    with pytest.raises(CorpusError, match=r"2 different pieces .* is too little"):
        read_folder(tmp_path)


def test_few_notes_are_refused_with_advice(tmp_path: Path) -> None:
    for number in range(8):
        write_score(tune(number, 40), tmp_path / f"{number}.mid")
    with pytest.raises(CorpusError, match=r"8 different pieces with 320 notes .* 2,000 notes"):
        read_folder(tmp_path)


def test_only_drums_are_refused_and_said_to_be_drums(tmp_path: Path) -> None:
    for number in range(8):
        write_score(tune(number, drum=True), tmp_path / f"{number}.mid")
    with pytest.raises(CorpusError, match=r"8 left out, .*: nothing but percussion"):
        read_folder(tmp_path)


def test_unreadable_files_among_good_ones_are_left_out_and_told(folder: Path) -> None:
    (folder / "broken.mid").write_bytes(b"MThd and then nothing")
    (folder / "empty.mid").write_bytes(b"")
    read = read_folder(folder)
    assert len(read.pieces) == 10
    assert sorted(Path(path).name for path in read.unreadable) == ["broken.mid", "empty.mid"]
    assert "the file is empty" in read.unreadable[str(folder / "empty.mid")]
