from pathlib import Path

import numpy as np

from muso.corpus.doubts import find_doubts
from muso.corpus.importers import import_corpus
from muso.music.clip import Clip, write_clip


def fill(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"RIFF")
    return folder


def told(corpus) -> dict[str, tuple[str, str, str]]:
    return {p.path.name: (p.label, p.work, p.split) for p in corpus.pieces}


def test_clips_are_read_by_their_folders_and_names(tmp_path):
    fill(tmp_path, "genres/blues/blues.00000.au", "genres/rock/rock.00099.au", "genres/bextract.mf",
         "genres/rock/input.wav")  # fmt: skip
    corpus = import_corpus("gtzan", tmp_path)
    assert told(corpus) == {
        "blues.00000.au": ("blues", "genres/blues/blues.00000.au", ""),
        "rock.00099.au": ("rock", "genres/rock/rock.00099.au", ""),
    }
    assert corpus.passed_over == 2


def test_the_known_damaged_clip_is_left_out_with_a_word_and_kept_where_it_is_whole(tmp_path):
    fill(tmp_path, "genres_original/jazz/jazz.00053.wav", "genres_original/jazz/jazz.00054.wav")
    corpus = import_corpus("gtzan", tmp_path)
    assert [p.path.name for p in corpus.pieces] == ["jazz.00053.wav"]
    (line,) = corpus.remarks
    assert line.endswith("54.wav: can't be decoded, as in most copies of GTZAN; it is left out")
    assert line in find_doubts(corpus)
    whole = tmp_path / "genres_original/jazz/jazz.00054.wav"
    write_clip(Clip(np.zeros((1, 22_050), np.float32), 22_050), whole)
    corpus = import_corpus("gtzan", tmp_path)
    assert len(corpus) == 2 and corpus.remarks == ()


def test_text_in_the_place_of_the_damaged_clip_is_no_clip(tmp_path):
    fill(tmp_path, "genres/jazz/jazz.00053.au", "genres/jazz/jazz.00054.au")
    (tmp_path / "genres/jazz/jazz.00054.au").write_text("twelve bytes")
    corpus = import_corpus("gtzan", tmp_path)
    assert [p.path.name for p in corpus.pieces] == ["jazz.00053.au"]
    assert corpus.remarks[0].endswith("as in most copies of GTZAN; it is left out")


def test_the_fault_filtered_lists_give_the_sides(tmp_path):
    fill(tmp_path, "genres/blues/blues.00000.wav", "genres/blues/blues.00001.wav",
         "genres/blues/blues.00002.wav")  # fmt: skip
    (tmp_path / "train_filtered.txt").write_text("blues/blues.00000.wav\n")
    (tmp_path / "test_filtered.txt").write_text("blues/blues.00002.wav\n")
    sides = {name: side for name, (_, _, side) in told(import_corpus("gtzan", tmp_path)).items()}
    assert sides == {
        "blues.00000.wav": "train", "blues.00001.wav": "faulty", "blues.00002.wav": "test",
    }  # fmt: skip


def test_a_table_of_tracks_names_artists(tmp_path):
    fill(tmp_path, "audio/blues/blues.00000.ogg", "audio/blues/blues.00001.ogg",
         "audio/blues/blues.00002.ogg")  # fmt: skip
    (tmp_path / "tracks.csv").write_text(
        "track,genre,split,artist\n"
        "blues.00000,blues,valid,hooker\nblues.00001,blues,train,hooker\nblues.00002,blues,train,\n"
    )
    assert told(import_corpus("gtzan", tmp_path)) == {
        "blues.00000.ogg": ("blues", "hooker", "valid"),
        "blues.00001.ogg": ("blues", "hooker", "train"),
        "blues.00002.ogg": ("blues", "audio/blues/blues.00002.ogg", "train"),
    }
