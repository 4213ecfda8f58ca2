import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muso.corpus.corpus import Corpus, Piece
from muso.corpus.manifest import read_corpus, write_manifest
from muso.errors import CorpusError, EmptyFile, MissingFile


@pytest.fixture
def folder(tmp_path):
    for name in ("Bach/a.mid", "Bach/b.mid", "Ravel/c.mid"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"MThd")
    return tmp_path


def manifest(folder: Path, text: str) -> Path:
    path = folder / "table.csv"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    return path


def rows(corpus: Corpus) -> list[tuple[str, str, str, str]]:
    return [(p.path.name, p.label, p.work, p.split) for p in corpus.pieces]


@pytest.mark.parametrize(
    "header",
    ["path,label,work,split", "File,Composer,Song,SPLIT", "track,genre,artist,split",
     "filename,mood,cluster,split", "x,quadrant,group,split"],
)  # fmt: skip
def test_columns_are_found_whatever_their_names(folder, header):
    corpus = read_corpus(manifest(folder, f"{header}\nBach/a.mid,B,w1,train\nRavel/c.mid,R,w2,\n"))
    assert rows(corpus) == [("a.mid", "B", "w1", "train"), ("c.mid", "R", "w2", "")]


def test_a_byte_order_mark_semicolons_and_tabs_are_read(folder):
    for delimiter in ";\t":
        text = f"\ufefffile{delimiter}composer\r\nBach/a.mid{delimiter}Bach, J. S.\r\n\r\n"
        assert rows(read_corpus(manifest(folder, text)))[0][1] == "Bach, J. S."


@pytest.mark.skipif(os.name == "nt", reason="Windows names are Unicode")
def test_names_that_are_not_utf8_are_kept(folder):
    name = os.fsdecode(b"caf\xe9.mid")
    (folder / name).write_bytes(b"MThd")
    corpus = read_corpus(manifest(folder, f"file,composer\n{name},Satie\n"))
    assert corpus.pieces[0].path.name == name
    write_manifest(corpus, folder / "again.csv")
    assert read_corpus(folder / "again.csv").pieces == corpus.pieces
    assert len(corpus.digest) == 12


def test_a_piece_without_a_work_is_its_own_and_one_file_is_one_work(folder):
    text = "file,composer,work\nBach/a.mid,Bach,\n./Bach/a.mid,Ravel,\nBach/b.mid,Bach,w\n"
    assert [p.work for p in read_corpus(manifest(folder, text)).pieces] == [
        "Bach/a.mid", "Bach/a.mid", "w"
    ]  # fmt: skip


def test_an_artist_is_the_work_beside_a_genre_and_the_label_alone(folder):
    beside = read_corpus(manifest(folder, "file,genre,artist\nBach/a.mid,baroque,JSB\n"))
    assert rows(beside) == [("a.mid", "baroque", "JSB", "")]
    alone = read_corpus(manifest(folder, "file,artist\nBach/a.mid,JSB\n"))
    assert rows(alone) == [("a.mid", "JSB", "Bach/a.mid", "")]


def test_the_only_column_left_is_the_label(folder):
    corpus = read_corpus(manifest(folder, "file,taste,work\nBach/a.mid,sweet,w\n"))
    assert corpus.labels == ("sweet",)


def test_other_columns_are_kept_as_they_are(folder):
    corpus = read_corpus(manifest(folder, "file,label,source,Year\nBach/a.mid,B,web, 1720\n"))
    assert corpus.pieces[0].extra == {"source": "web", "Year": " 1720"}


def test_columns_can_be_named(folder):
    text = "a,b,composer\nBach/a.mid,Ravel/c.mid,X\n"
    corpus = read_corpus(manifest(folder, text), label="composer", columns={"path": "b"})
    assert rows(corpus) == [("c.mid", "X", "Ravel/c.mid", "")]


def test_ambiguous_and_missing_columns_name_what_there_is_and_the_remedy(folder):
    with pytest.raises(CorpusError, match=r"'composer', 'genre' could each be the label.*--column"):
        read_corpus(manifest(folder, "file,composer,genre\nBach/a.mid,B,baroque\n"))
    with pytest.raises(CorpusError, match=r"which column is the label\? It has 'file', 'x', 'y'"):
        read_corpus(manifest(folder, "file,x,y\nBach/a.mid,1,2\n"))
    with pytest.raises(CorpusError, match=r"which column holds the files\? It has 'who', 'label'"):
        read_corpus(manifest(folder, "who,label\nJSB,B\n"))
    with pytest.raises(CorpusError, match=r"'one', 'two' could each be the path"):
        read_corpus(manifest(folder, "one,two,label\nBach/a.mid,Bach/b.mid,B\n"))
    with pytest.raises(CorpusError, match=r"no column 'era' for the label; it has 'file', 'x'"):
        read_corpus(manifest(folder, "file,x\nBach/a.mid,1\n"), label="era")
    with pytest.raises(CorpusError, match="no such role: labels"):
        read_corpus(manifest(folder, "file,x\nBach/a.mid,1\n"), columns={"labels": "x"})


def test_of_two_columns_of_files_the_name_decides(folder):
    corpus = read_corpus(manifest(folder, "file,audio,label\nBach/a.mid,Bach/a.wav,B\n"))
    assert rows(corpus) == [("a.mid", "B", "Bach/a.mid", "")]


def test_files_that_are_gone_are_listed_and_the_rest_is_kept(folder):
    table = "file,label\nBach/a.mid,B\ngone/x.mid,B\ngone/y.mid,C\ngone/z.mid,\n"
    corpus = read_corpus(manifest(folder, table))
    assert len(corpus) == 1
    assert corpus.missing == tuple(folder / "gone" / f"{name}.mid" for name in "xyz")
    assert corpus.lost == ("C",)


def test_a_corpus_whose_files_moved_says_so(folder):
    with pytest.raises(CorpusError, match=r"none of its 2 files is where it says.*moved"):
        read_corpus(manifest(folder, "file,label\nold/a.mid,B\nold/b.mid,B\n"))


def test_rows_without_a_label_are_listed(folder):
    corpus = read_corpus(manifest(folder, "file,label\nBach/a.mid,B\nBach/b.mid,\n"))
    assert [p.name for p in corpus.unlabelled] == ["b.mid"]
    with pytest.raises(CorpusError, match="none of its 1 rows has a label"):
        read_corpus(manifest(folder, "file,label\nBach/a.mid,\n"))


def test_broken_tables_are_called_so(folder):
    with pytest.raises(CorpusError, match="row 1 has 3 fields and the header 2"):
        read_corpus(manifest(folder, "file,label\nBach/a.mid,Bach, J. S.\n"))
    with pytest.raises(CorpusError, match="not a CSV"):
        read_corpus(manifest(folder, 'file,label\n"' + "x" * 200_000 + '",B\n'))
    with pytest.raises(CorpusError, match="it has no rows"):
        read_corpus(manifest(folder, "file,label\n"))
    with pytest.raises(EmptyFile):
        read_corpus(manifest(folder, ""))
    with pytest.raises(MissingFile):
        read_corpus(folder / "gone.csv")


def test_short_rows_are_filled(folder):
    corpus = read_corpus(manifest(folder, "file,label,work,split\nBach/a.mid,B\n"))
    assert rows(corpus) == [("a.mid", "B", "Bach/a.mid", "")]


def test_a_folder_is_scanned_and_has_no_columns(folder):
    assert read_corpus(folder).labels == ("Bach", "Ravel")
    with pytest.raises(CorpusError, match="is a folder"):
        read_corpus(folder, label="composer")


def test_paths_below_the_manifest_are_relative_and_others_absolute(folder, tmp_path_factory):
    corpus = read_corpus(folder)
    write_manifest(corpus, folder / "in.csv")
    assert (folder / "in.csv").read_text().splitlines()[1] == "Bach/a.mid,Bach,Bach/a.mid,"
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "out.csv"
    write_manifest(corpus, elsewhere)
    assert read_corpus(elsewhere).pieces == corpus.pieces
    assert read_corpus(elsewhere).digest == corpus.digest


def test_a_moved_collection_reads_the_same(folder):
    write_manifest(read_corpus(folder), folder / "m.csv")
    before = read_corpus(folder / "m.csv")
    moved = folder.rename(folder.with_name("moved"))
    after = read_corpus(moved / "m.csv")
    assert rows(after) == rows(before)
    assert after.digest == before.digest


# What the reader strips or takes as an empty line can't come back as it was.
words = st.text(
    st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=12
).map(str.strip).filter(bool)  # fmt: skip


@given(
    st.lists(st.tuples(words, words, st.just("") | words, words), min_size=1, max_size=5),
)
def test_writing_and_reading_gives_the_same_pieces(tmp_path_factory, made):
    folder = tmp_path_factory.mktemp("corpus")
    (folder / "x.mid").write_bytes(b"MThd")
    pieces = tuple(
        Piece(folder / "x.mid", label, work, split, {"source": extra, 'b, "c"': ""})
        for label, work, split, extra in made
    )
    write_manifest(Corpus("c", pieces), folder / "m.csv")
    assert read_corpus(folder / "m.csv").pieces == pieces
