from muso.corpus.importers import import_corpus
from muso.corpus.manifest import read_corpus, write_manifest
from muso.corpus.pictures import picture_of


def test_a_track_has_its_picture_in_the_folder_of_its_label(tmp_path):
    picture = tmp_path / "spectrograms" / "blues" / "blues.00000.png"
    picture.parent.mkdir(parents=True)
    picture.touch()
    assert picture_of(str(tmp_path), "blues", "blues.00000") == str(picture)
    rock = tmp_path / "spectrograms" / "rock" / "blues.00000.png"
    assert picture_of(str(tmp_path), "rock", "blues.00000") == str(rock)
    assert picture_of(str(tmp_path), "blues", "") == ""
    assert picture_of(str(tmp_path), "", "blues.00000") == ""


def test_a_manifest_of_tracks_finds_their_pictures(tmp_path):
    for track in ("blues.00000", "blues.00001"):
        picture = tmp_path / "spectrograms" / "blues" / f"{track}.png"
        picture.parent.mkdir(parents=True, exist_ok=True)
        picture.touch()
    (tmp_path / "tracks.csv").write_text(
        "track,genre,split,artist\n"
        "blues.00000,blues,valid,hooker\nblues.00001,blues,train,\nrock.00000,rock,train,\n"
    )
    corpus = read_corpus(tmp_path / "tracks.csv")
    assert [(p.path.name, p.label, p.work, p.split) for p in corpus.pieces] == [
        ("blues.00000.png", "blues", "hooker", "valid"),
        ("blues.00001.png", "blues", "spectrograms/blues/blues.00001.png", "train"),
    ]
    assert [path.name for path in corpus.missing] == ["rock.00000.png"]
    assert import_corpus("gtzan", tmp_path).digest == corpus.digest
    write_manifest(corpus, tmp_path / "mine.csv")
    assert read_corpus(tmp_path / "mine.csv").pieces == corpus.pieces


def test_a_file_goes_before_a_picture(tmp_path):
    (tmp_path / "spectrograms" / "blues").mkdir(parents=True)
    (tmp_path / "spectrograms" / "blues" / "a.wav.png").touch()
    (tmp_path / "a.wav").touch()
    (tmp_path / "mine.csv").write_text("file,label\na.wav,blues\n")
    assert [p.path.name for p in read_corpus(tmp_path / "mine.csv").pieces] == ["a.wav"]
