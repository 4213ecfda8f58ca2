import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from muso.corpus.augmentation import augment
from muso.corpus.copies import MANIFEST
from muso.corpus.corpus import scan_folder
from muso.corpus.manifest import read_corpus, write_manifest
from muso.corpus.split import draw_split
from muso.corpus.works import find_matches
from muso.errors import CorpusError, FileError
from muso.music.midi import read_score, write_score
from muso.music.score import Score, Track


@pytest.fixture
def corpus(tmp_path):
    for label, low in (("Bach", 60), ("Liszt", 40)):
        folder = tmp_path / "source" / label
        folder.mkdir(parents=True)
        for number in range(4):
            rng = np.random.default_rng(low + number)
            score = Score.of(rng.integers(low, low + 30, 40), np.arange(40), 1.0)
            write_score(score, folder / f"{number}.mid")
    return scan_folder(tmp_path / "source")


def test_copies_are_transposed_and_keep_label_work_and_split(corpus, tmp_path):
    pieces = tuple(replace(p, split="train", extra={"source": "web"}) for p in corpus.pieces)
    made = augment(replace(corpus, pieces=pieces), tmp_path / "more").corpus
    assert made.pieces[: len(corpus)] == pieces
    copies = made.pieces[len(corpus) :]
    assert len(copies) == 2 * len(corpus)
    for copy in copies:
        (origin,) = (p for p in pieces if p.work == copy.work)
        assert (copy.label, copy.split) == (origin.label, "train")
        assert copy.extra["source"] == "web"
        assert origin.path.as_posix().endswith(copy.extra["origin"])
        step = int(copy.extra["semitones"])
        moved = read_score(copy.path).pitch.astype(int) - read_score(origin.path).pitch
        assert moved.tolist() == [step] * 40


def test_the_manifest_gives_everything_back_and_no_label_is_added(corpus, tmp_path):
    made = augment(corpus, tmp_path / "more").corpus
    again = read_corpus(tmp_path / "more" / MANIFEST)
    assert [(p.path, p.label, p.work) for p in again.pieces] == [
        (p.path, p.label, p.work) for p in made.pieces
    ]
    assert again.labels == corpus.labels
    assert again.counts == {label: 3 * n for label, n in corpus.counts.items()}


def test_copies_stay_on_their_works_side(corpus, tmp_path):
    made = augment(corpus, tmp_path / "more", semitones=(-2, 1, 2)).corpus
    works = [piece.work for piece in made.pieces]
    split = draw_split([piece.label for piece in made.pieces], works, held_out=0.3)
    sides = {
        work: {s for w, s in zip(works, split.side, strict=True) if w == work} for work in works
    }
    assert all(len(own) == 1 for own in sides.values())
    assert len(set(split.side.tolist())) == 3


def test_running_twice_changes_nothing_and_copies_nothing_again(corpus, tmp_path):
    augment(corpus, tmp_path / "more")
    before = {p: p.read_bytes() for p in sorted((tmp_path / "more").rglob("*.*"))}
    augment(read_corpus(tmp_path / "more" / MANIFEST), tmp_path / "more")
    assert {p: p.read_bytes() for p in sorted((tmp_path / "more").rglob("*.*"))} == before


def test_the_search_for_works_finds_copies_of_lost_works_again(corpus, tmp_path):
    made = augment(corpus, tmp_path / "more").corpus
    found = find_matches(made).found
    assert len(found) == 2 * len(corpus)
    assert all(made.pieces[m.first].work == made.pieces[m.second].work for m in found)


def test_notes_stay_in_range_and_percussion_stays_put(tmp_path):
    tracks = (Track("", 0), Track("", 0, True))
    score = Score.of([127, 0, 36], [0, 1, 2], 1.0, track=[0, 0, 1], tracks=tracks)
    (tmp_path / "s").mkdir()
    write_score(score, tmp_path / "s" / "a.mid")
    made = augment(scan_folder(tmp_path / "s"), tmp_path / "more").corpus
    down, up = (read_score(p.path) for p in made.pieces[1:])
    assert sorted(down.pitch.tolist()) == [10, 36, 125]
    assert sorted(up.pitch.tolist()) == [2, 36, 117]


def test_what_cannot_be_read_is_told_and_the_rest_is_done(corpus, tmp_path):
    (tmp_path / "source" / "Bach" / "broken.mid").write_bytes(b"MThd")
    made = augment(scan_folder(tmp_path / "source"), tmp_path / "more")
    assert len(made.corpus) == 9 + 16
    ((path, reason),) = made.unreadable
    assert path.name == "broken.mid"
    assert "cut short" in reason


def test_a_file_in_the_folders_place_is_called_so(corpus, tmp_path):
    (tmp_path / "taken").write_text("x")
    with pytest.raises(FileError, match="taken"):
        augment(corpus, tmp_path / "taken")


def test_copies_do_not_go_into_the_folder_where_they_would_be_a_label(corpus, tmp_path):
    source = tmp_path / "source"
    for inside in (source, source / "aug", source / "Bach" / "aug"):
        with pytest.raises(CorpusError, match=r"lies in .*; choose a folder outside of it"):
            augment(corpus, inside)
    assert scan_folder(source).counts == corpus.counts
    # A manifest tells the labels, wherever its copies lie.
    write_manifest(corpus, source / "all.csv")
    assert augment(read_corpus(source / "all.csv"), source / "aug").corpus.labels == corpus.labels


def test_copies_put_into_the_corpus_are_left_out_of_it_with_a_remark(corpus, tmp_path):
    augment(corpus, tmp_path / "more")
    source = tmp_path / "source"
    inside = Path(shutil.copytree(tmp_path / "more", source / "more"))
    # What else lies there is a piece as any other.
    shutil.copy(source / "Bach" / "0.mid", inside / "new.mid")
    found = scan_folder(source)
    assert found.counts == {**corpus.counts, "more": 1}
    (remark,) = found.remarks
    assert remark == (
        f"left out 16 transposed copies that muso wrote into {inside}; to train on copies and on "
        f"what they are of, read {inside / MANIFEST}"
    )
    assert read_corpus(inside / MANIFEST).counts == {"Bach": 12, "Liszt": 12}


def test_copies_beside_the_pieces_they_are_of_are_left_out_too(corpus, tmp_path):
    source = tmp_path / "source"
    write_manifest(corpus, tmp_path / "all.csv")
    augment(read_corpus(tmp_path / "all.csv"), source)
    found = scan_folder(source)
    assert (found.counts, found.unlabelled) == (corpus.counts, ())
    assert found.digest == corpus.digest


def test_a_folder_of_copies_alone_is_no_corpus(corpus, tmp_path):
    augment(corpus, tmp_path / "more")
    with pytest.raises(CorpusError, match=r"nothing but transposed copies.*read .*manifest\.csv"):
        scan_folder(tmp_path / "more")


@pytest.mark.parametrize("table", ["path,label\n0.mid,Bach\n", "", "path,origin,semitones\n"])
def test_other_tables_of_that_name_leave_nothing_out(corpus, tmp_path, table):
    (tmp_path / "source" / "Bach" / MANIFEST).write_text(table)
    assert scan_folder(tmp_path / "source").counts == corpus.counts
