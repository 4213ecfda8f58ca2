from dataclasses import replace
from pathlib import Path

from muso.corpus.corpus import Corpus, Piece
from muso.corpus.doubts import find_doubts, told_copied


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
        "left out 5 of 7 files: gone, or may not be read (/gone/0.mid, /gone/1.mid, /gone/2.mid "
        "and 2 more); put them back where mine says, or go on without"
    )


def test_labels_that_no_piece_is_left_of_are_named_with_the_files_that_are_gone():
    missing = (Path("/gone/0.mid"),)
    (line,) = find_doubts(corpus("Bach", "Bach", missing=missing, lost=("Liszt", "Ravel")))
    assert line == (
        "left out 1 of 3 files: gone, or may not be read (/gone/0.mid), and no piece is left of "
        "'Liszt', 'Ravel'; put it back where mine says, or go on without"
    )


def works(**of_label: str) -> list[Piece]:
    """A piece for each letter, which is its work."""
    return [
        Piece(Path(f"/{label}/{n}.mid"), label, work)
        for label, own in of_label.items()
        for n, work in enumerate(own)
    ]


def test_a_label_of_copies_is_named_and_not_those_it_was_copied_from():
    assert told_copied(works(Bach="abcd", Ravel="efgh")) == ""
    assert told_copied(works(Bach="abcd", Ravel="efgh", more="aabbccddeeffgghh")) == (
        "1 label looks like copies of others ('more': 8 of its 8 works are theirs too); if it is, "
        "take it out and train on the manifest.csv that `muso corpus augment` wrote"
    )
    # With works of its own it is told apart from what it was copied from all the same.
    assert "('more': 8 of its 10 works" in told_copied(
        works(Bach="abcd", Ravel="efgh", more="abcdefghij")
    )
    # A few of a large label, once more under another name.
    assert "('some': 3 of its 3 works" in told_copied(works(Bach="abcde", some="abc"))


def test_a_copy_of_each_label_is_named():
    line = told_copied(works(Bach="abc", Bach_up="abc", Ravel="efg", Ravel_up="efg"))
    assert line.startswith(
        "2 labels look like copies of others ('Ravel_up': 3 of its 3 works are theirs too, "
        "'Bach_up': 3 of its 3 works are theirs too); if they are, take them out"
    )


def test_an_artist_of_several_genres_is_no_copy() -> None:
    library = [
        Piece(Path(f"/{genre}/{artist}.mp3"), genre, artist)
        for genre, artists in {"rock": "abcd", "folk": "abc", "pop": "bcd"}.items()
        for artist in artists
    ]
    assert told_copied(library) == ""
    assert told_copied(replace(one, path=one.path.with_suffix(".mid")) for one in library)


def test_works_that_two_labels_share_now_and_then_are_no_copies():
    # An arrangement, and songs whose mood changes.
    assert told_copied(works(Bach="abcd", Busoni="a")) == ""
    assert told_copied(works(happy="abcd", calm="defg", sad="ghij")) == ""


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
    assert line == (
        "1 label has a single work and can't be split ('Zani'): recognizers are trained without it"
    )
    (line,) = find_doubts(corpus("a", "b", "c", "d", "e"))
    assert line.startswith("5 labels have a single work and can't be split ('a', 'b', 'c' and 2 m")
