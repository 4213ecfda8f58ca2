from pathlib import Path

import mutagen
import numpy as np
import pytest
import soundfile
from mutagen.id3 import TCON, TPE1, TPE2

from muso.corpus.names import write_corrections
from muso.corpus.tags import genre_of, genre_table, read_tags, scan_library
from muso.errors import CorpusError, MissingFile

FORMATS = {
    ".mp3": ("MP3", "MPEG_LAYER_III"),
    ".flac": ("FLAC", "PCM_16"),
    ".wav": ("WAV", "PCM_16"),
    ".ogg": ("OGG", "VORBIS"),
    ".opus": ("OGG", "OPUS"),
    ".aiff": ("AIFF", "PCM_16"),
}


def song(path: Path, genre="", artist: str = "", album_artist: str = "") -> Path:
    """A tagged file with a moment of silence."""
    path.parent.mkdir(parents=True, exist_ok=True)
    kind, subtype = FORMATS[path.suffix]
    soundfile.write(path, np.zeros(4800), 48_000, format=kind, subtype=subtype)
    tagged = mutagen.File(path)
    if path.suffix in (".mp3", ".wav", ".aiff"):
        tagged.add_tags()
        frames = ((TCON, genre), (TPE1, artist), (TPE2, album_artist))
        for frame, text in frames:
            if text:
                tagged.tags.add(frame(encoding=3, text=text))
    else:
        for name, text in (("genre", genre), ("artist", artist), ("albumartist", album_artist)):
            if text:
                tagged[name] = text
    tagged.save()
    return path


@pytest.mark.parametrize("suffix", FORMATS)
def test_genre_and_artist_are_read_from_every_format(suffix, tmp_path):
    path = song(tmp_path / f"a{suffix}", "Hip-Hop", "Missy Elliott feat. Ludacris")
    tags = read_tags(path)
    assert tags.genres == ("Hip-Hop",) and tags.artist == "Missy Elliott"


def test_genres_are_read_from_mpeg_4(tmp_path):
    av = pytest.importorskip("av")
    path = tmp_path / "a.m4a"
    with av.open(str(path), "w") as file:
        stream = file.add_stream("aac", rate=44_100)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        frame.sample_rate = 44_100
        file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    tagged = mutagen.File(path)
    tagged["\xa9gen"], tagged["\xa9ART"] = ["Reggae"], ["Toots"]
    tagged.save()
    assert read_tags(path).genres == ("Reggae",) and read_tags(path).artist == "Toots"


def test_numbers_of_id3_and_several_values_are_spelled_out(tmp_path):
    assert read_tags(song(tmp_path / "a.mp3", "(17)")).genres == ("Rock",)
    assert read_tags(song(tmp_path / "b.flac", ["Jazz", "Funk"])).genres == ("Jazz", "Funk")


def test_the_artist_of_the_album_goes_before_unless_it_is_nobody(tmp_path):
    assert (
        read_tags(song(tmp_path / "a.flac", "x", "A (feat. B)", "A & Friends")).artist
        == "A & Friends"
    )
    assert read_tags(song(tmp_path / "b.flac", "x", "A [ft B]", "Various Artists")).artist == "A"
    assert read_tags(song(tmp_path / "c.flac", "x", "", "VA")).artist == ""


@pytest.mark.parametrize(
    ("tagged", "name"),
    [
        (["HIP HOP"], "hiphop"),
        (["Hip-Hop/Rap"], "hiphop"),
        (["Rhythm & Blues"], "soul"),
        (["Klassik"], "classical"),
        (["Rock / Blues"], "rock"),
        (["Unknown", "Jazz"], "jazz"),
        (["Melodic Death Metal"], "metal"),
        (["UK Hip Hop"], "hiphop"),
        (["Lo-Fi Hip-Hop"], "hiphop"),
        (["Alternative R&B"], "soul"),
        (["50s Rock'n'Roll"], "rock"),
        (["Liquid Drum & Bass"], "electronic"),
        (["Rock Music"], "rock"),
        (["HIP HOP MUSIC"], "hiphop"),
        (["Klassische Musik"], "classical"),
        (["Video Game Music"], "soundtrack"),
        (["Thrash"], "metal"),
        (["Post-Rock"], "rock"),
        (["Folk Metal"], "metal"),
        (["Trip Hop"], "electronic"),
        (["Hop"], "Hop"),
        (["Pop/Rock"], "pop"),
        (["Rock/Pop"], "rock"),
        (["N/A"], ""),
        (["N/A", "Jazz"], "jazz"),
        (["Music"], ""),
        (["Joik; Sámi"], "Joik"),
        (["Joik Music"], "Joik Music"),
        (["Joik", "Folk"], "folk"),
        (["Other"], ""),
        (["", " - "], ""),
        ([], ""),
    ],
)
def test_genres_get_their_usual_names(tagged, name):
    assert genre_of(tagged, genre_table()) == name


def test_every_spelling_in_the_shipped_table_is_named_once_and_found():
    table = genre_table()
    shipped = "blues classical country disco electronic hiphop jazz metal pop reggae rock"
    assert set(shipped.split()) <= set(table.values())
    assert all(table[name] == name for name in table.values() if name)


def test_a_library_is_read_by_genre_and_grouped_by_artist(tmp_path):
    song(tmp_path / "Album/1.flac", "Roots Reggae", "Burning Spear")
    song(tmp_path / "Album/2.mp3", "reggae", "BURNING SPEAR")
    song(tmp_path / "Album/3.ogg", "Dub", "Burning Spear")
    song(tmp_path / "Nameless/1.flac", "joik")
    song(tmp_path / "Nameless/2.flac", "Joik")
    song(tmp_path / "Nameless/3.flac", "Joik")
    song(tmp_path / "untagged.wav")
    (tmp_path / "broken.mp3").write_text("no audio")
    (tmp_path / "cover.jpg").write_text("no audio either")
    corpus = scan_library(tmp_path)
    assert [(p.path.name, p.label, p.work) for p in corpus.pieces] == [
        ("1.flac", "reggae", "Burning Spear"),
        ("2.mp3", "reggae", "Burning Spear"),
        ("3.ogg", "reggae", "Burning Spear"),
        ("1.flac", "Joik", "Nameless/"),
        ("2.flac", "Joik", "Nameless/"),
        ("3.flac", "Joik", "Nameless/"),
    ]
    assert corpus.pieces[0].extra == {"tagged": "Roots Reggae"}
    assert [path.name for path in corpus.unlabelled] == ["broken.mp3", "untagged.wav"]
    assert corpus.passed_over == 1


def test_a_persons_own_table_goes_before_the_shipped_one(tmp_path):
    song(tmp_path / "music/a.flac", "Dub", "A")
    song(tmp_path / "music/b.flac", "Joik", "B")
    song(tmp_path / "music/c.flac", "Jazz", "C")
    write_corrections({"dub": "electronic", "Joik": "world", "jazz": ""}, tmp_path / "own.csv")
    corpus = scan_library(tmp_path / "music", genre_table(tmp_path / "own.csv"))
    assert [p.label for p in corpus.pieces] == ["electronic", "world"]
    assert [path.name for path in corpus.unlabelled] == ["c.flac"]


def test_a_persons_own_line_goes_before_a_longer_and_a_shorter_spelling(tmp_path):
    own = {"UK Hip Hop": "grime", "Hip Hop": "rap", "Jazz Music": "swing"}
    write_corrections(own, tmp_path / "own.csv")
    table = genre_table(tmp_path / "own.csv")
    told = {tag: genre_of([tag], table) for tag in ("UK Hip Hop", "Old School Hip-Hop", "Jazz")}
    assert told == {"UK Hip Hop": "grime", "Old School Hip-Hop": "rap", "Jazz": "jazz"}
    assert genre_of(["Jazz Music"], table) == "swing"


def test_one_artist_under_many_names_is_one_work_and_nobody_is_none(tmp_path):
    names = ["The Beatles", "Beatles, The", "Beatles", "The Beatles feat. Billy Preston"]
    nobody = ["[unknown]", "<Unknown>", "V.A.", "Various", "Verschiedene Interpreten"]
    for number, name in enumerate([*names, *nobody]):
        song(tmp_path / f"{number}/a.flac", "Rock", name)
    works = [piece.work for piece in scan_library(tmp_path).pieces]
    assert len(set(works[: len(names)])) == 1
    assert works[len(names) :] == [f"{number}/" for number in range(4, 9)]


def test_a_library_without_genres_is_called_so(tmp_path):
    song(tmp_path / "a.flac", "", "A")
    with pytest.raises(CorpusError, match="none of its 1 audio files has a genre"):
        scan_library(tmp_path)
    with pytest.raises(MissingFile):
        scan_library(tmp_path / "nowhere")


def test_an_edited_row_of_several_tags_names_the_files_that_have_them(tmp_path):
    assert genre_of(["Rock", "Pop"], genre_table()) == "rock"
    write_corrections({"Rock; Pop": "pop", "Disco; Joik": ""}, tmp_path / "own.csv")
    table = genre_table(tmp_path / "own.csv")
    assert genre_of(["Rock", "Pop"], table) == "pop"
    assert genre_of(["Disco", "Joik"], table) == ""
    assert genre_of(["Rock"], table) == "rock"
