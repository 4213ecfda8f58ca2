from pathlib import Path

import pytest

from muso.corpus.importers import IMPORTERS, MOODS, import_corpus, mood
from muso.errors import CorpusError, UsageError


def fill(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"MThd")
    return folder


def told(corpus) -> dict[str, tuple[str, str, str]]:
    return {p.path.name: (p.label, p.work, p.split) for p in corpus.pieces}


def test_moods_are_valence_plus_twice_arousal():
    assert [mood(v, a) for a in (0, 1) for v in (0, 1)] == list(MOODS)
    assert mood(-1, -1) == "sad"


def test_classical_midi_is_read_past_its_wrapper_and_whatever_its_case(tmp_path):
    fill(
        tmp_path, "midiclassics/Bach/Chorales/a.MID", "midiclassics/Bach/b.mid",
        "midiclassics/BACH/c.mid", "midiclassics/Saint-Saëns/d.mid",
        "midiclassics/Saint-Saens swan.mid", "midiclassics/bach air.mid",
        "midiclassics/Unknown waltz.mid",
    )  # fmt: skip
    corpus = import_corpus("kaggle-classical", tmp_path)
    assert {name: label for name, (label, _, _) in told(corpus).items()} == {
        "a.MID": "Bach", "b.mid": "Bach", "c.mid": "Bach", "d.mid": "Saint-Saëns",
        "Saint-Saens swan.mid": "Saint-Saëns", "bach air.mid": "Bach",
    }  # fmt: skip
    assert [path.name for path in corpus.unlabelled] == ["Unknown waltz.mid"]
    assert len({p.work for p in corpus.pieces}) == 6
    assert corpus.name == "kaggle-classical"


def test_classical_midi_with_a_table_takes_its_works_from_there(tmp_path):
    fill(tmp_path, "Bach/a.mid", "Bach/b.mid")
    table = "file,composer,work\nBach/a.mid,Bach,w\nBach/b.mid,Bach,w\n"
    (tmp_path / "composers.csv").write_text(table)
    assert {p.work for p in import_corpus("kaggle-classical", tmp_path).pieces} == {"w"}


def test_vgmidi_is_read_as_its_authors_laid_it_out(tmp_path):
    fill(
        tmp_path, "vgmidi-master/labelled/phrases/Zelda_N64_Zelda_Deku Palace_0.mid",
        "vgmidi-master/labelled/phrases/Zelda_N64_Zelda_Deku Palace_1.mid",
        "vgmidi-master/labelled/phrases/Tetris_NES_Tetris_Music A_0.mid",
        "vgmidi-master/labelled/midi/Zelda_N64_Zelda_Deku Palace.mid",
        "vgmidi-master/unlabelled/midi/Ico.mid",
    )  # fmt: skip
    (tmp_path / "vgmidi-master" / "vgmidi_labelled.csv").write_text(
        "id,series,console,game,piece,midi,valence,arousal\n"
        "8003,Zelda,N64,Zelda,Deku Palace,../phrases/Zelda_N64_Zelda_Deku Palace_0.mid,1,-1\n"
        "8003,Zelda,N64,Zelda,Deku Palace,../phrases/Zelda_N64_Zelda_Deku Palace_1.mid,1,1\n"
        "8009,Tetris,NES,Tetris,Music A,labelled/phrases/Tetris_NES_Tetris_Music A_0.mid,-1,1\n"
        "8010,Gone,NES,Gone,Gone,labelled/phrases/Gone_0.mid,-1,1\n"
    )
    corpus = import_corpus("vgmidi", tmp_path)
    assert told(corpus) == {
        "Zelda_N64_Zelda_Deku Palace_0.mid": ("calm", "8003", ""),
        "Zelda_N64_Zelda_Deku Palace_1.mid": ("happy", "8003", ""),
        "Tetris_NES_Tetris_Music A_0.mid": ("angry", "8009", ""),
    }
    assert corpus.pieces[0].extra == {"valence": "1", "arousal": "0"}
    assert len(corpus.missing) == 1
    assert told(import_corpus("vgmidi-unlabelled", tmp_path)) == {
        "Ico.mid": ("game", "vgmidi-master/unlabelled/midi/Ico.mid", "")
    }


def test_a_phrase_that_listeners_heard_in_two_moods_stands_twice(tmp_path):
    fill(tmp_path, "labelled/a_0.mid")
    (tmp_path / "labelled.csv").write_text(
        "file,valence,arousal,work\nlabelled/a_0.mid,0,0,w\nlabelled/a_0.mid,1,1,w\n"
        "labelled/a_0.mid,1,1,w\n"
    )
    corpus = import_corpus("vgmidi", tmp_path)
    assert [p.label for p in corpus.pieces] == ["sad", "happy"]


def test_a_mood_that_is_no_number_is_called_so(tmp_path):
    fill(tmp_path, "a_0.mid")
    (tmp_path / "labelled.csv").write_text("file,valence,arousal\na_0.mid,high,0\n")
    with pytest.raises(CorpusError, match="'high' is no valence; give a number"):
        import_corpus("vgmidi", tmp_path)


def test_emopia_takes_moods_songs_and_published_sides(tmp_path):
    fill(
        tmp_path, "EMOPIA_1.0/midis/Q1_0v_LPY-iP_0.mid", "EMOPIA_1.0/midis/Q2_0v_LPY-iP_12.mid",
        "EMOPIA_1.0/midis/Q3_x_0.mid", "EMOPIA_1.0/midis/Q4_y_0.mid",
    )  # fmt: skip
    (tmp_path / "EMOPIA_1.0" / "label.csv").write_text("ID,4Q,annotator\nQ1_0v_LPY-iP_0,1,A\n")
    (tmp_path / "split").mkdir()
    (tmp_path / "split" / "train.csv").write_text("fname,label\nQ1_0v_LPY-iP_0,Q1\n")
    (tmp_path / "split" / "val_clips.csv").write_text("clip_name\nQ3_x_0.mid\n")
    (tmp_path / "split" / "train_SL.csv").write_text("songID,DominantQ\ny,4\n")
    corpus = import_corpus("emopia", tmp_path)
    assert told(corpus) == {
        "Q1_0v_LPY-iP_0.mid": ("happy", "0v_LPY-iP", "train"),
        "Q2_0v_LPY-iP_12.mid": ("angry", "0v_LPY-iP", ""),
        "Q3_x_0.mid": ("sad", "x", "val"),
        "Q4_y_0.mid": ("calm", "y", ""),
    }
    (tmp_path / "emopia.csv").write_text("file,split\nmidi/Q4_y_0.mid,valid\n")
    assert told(import_corpus("emopia", tmp_path))["Q4_y_0.mid"] == ("calm", "y", "valid")


def test_songs_of_one_kind_take_one_label_and_other_versions_are_left_out(tmp_path):
    fill(tmp_path / "p", "POP909/001/001.mid", "POP909/001/versions/001-v1.mid")
    corpus = import_corpus("pop909", tmp_path / "p")
    assert told(corpus) == {"001.mid": ("pop", "POP909/001/001.mid", "")}
    assert corpus.passed_over == 1
    fill(tmp_path / "n", "MIDI/a1.mid", "MIDI/melody/a1.mid", "MIDI/chords/a1.mid")
    corpus = import_corpus("nottingham", tmp_path / "n")
    assert [(p.label, p.work) for p in corpus.pieces] == [("folk", "MIDI/a1.mid")]


@pytest.mark.parametrize("name", IMPORTERS)
def test_another_folder_is_called_so(name, tmp_path):
    (tmp_path / "x.txt").write_text("nothing")
    with pytest.raises(CorpusError, match="is not that data set"):
        import_corpus(name, tmp_path)


def test_an_unknown_importer_names_those_there_are():
    with pytest.raises(UsageError, match="'lakh'; choose from kaggle-classical, vgmidi"):
        import_corpus("lakh", ".")
