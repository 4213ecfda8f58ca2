from pathlib import Path

from muso.corpus.corpus import Corpus, Piece
from muso.corpus.doubts import find_doubts


def corpus(*labels: str, **more: object) -> Corpus:
    """One piece a label, each a work of its own."""
    pieces = tuple(Piece(Path(f"/{n}.mid"), label, str(n)) for n, label in enumerate(labels))
    return Corpus("mine", pieces, **more)  # type: ignore[arg-type]


def test_a_sound_corpus_raises_no_doubts():
    assert find_doubts(corpus("Bach", "Bach", "Ravel", "Ravel")) == ()


def test_files_that_are_gone_are_counted_among_all():
    gone = tuple(Path(f"/gone/{n}.mid") for n in range(5))
    (line,) = find_doubts(corpus("Bach", "Bach", missing=gone))
    assert line == (
        "5 of 7 files are gone or may not be read (/gone/0.mid, /gone/1.mid, /gone/2.mid and 2 "
        "more); put them back where mine says, or go on without"
    )


def test_files_without_a_label_are_counted():
    (line,) = find_doubts(corpus("Bach", "Bach", unlabelled=(Path("/loose.mid"),)))
    assert line.startswith("1 file has no label (/loose.mid); put each into the folder")


def test_labels_that_differ_in_case_or_accents_alone_are_named():
    lines = find_doubts(corpus("Bach", "Bach", "bach", "bach", "Dvořák", "Dvořák", "Dvorak",
                               "Dvorak"))  # fmt: skip
    assert lines == (
        "the labels 'Bach', 'bach' differ in case alone; if they are one, `muso corpus clean` "
        "joins them",
        "the labels 'Dvorak', 'Dvořák' differ in case, accents or punctuation alone; if they are "
        "one, `muso corpus clean` joins them",
    )


def test_labels_of_nothing_but_signs_are_not_taken_for_one():
    assert find_doubts(corpus("?", "?", "!", "!")) == ()


def test_labels_of_one_work_are_named_however_many_pieces_it_has():
    pieces = (
        Piece(Path("/a.mid"), "Zani", "one"),
        Piece(Path("/b.mid"), "Zani", "one"),
        Piece(Path("/c.mid"), "Bach", "two"),
        Piece(Path("/d.mid"), "Bach", "three"),
    )
    (line,) = find_doubts(Corpus("mine", pieces))
    assert (
        line == "1 label has a single work and can't be split ('Zani'): it is left out of training"
    )
    (line,) = find_doubts(corpus("a", "b", "c", "d", "e"))
    assert line.startswith("5 labels have a single work and can't be split ('a', 'b', 'c' and 2 m")
