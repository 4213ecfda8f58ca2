import os
from pathlib import Path

import pytest

from muso.corpus.corpus import Corpus, Piece, scan_folder
from muso.corpus.folders import list_folder, make_folder, relative_to
from muso.errors import CorpusError, FileError, MissingFile


def touch(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"MThd")
    return path


def test_hidden_files_and_unknown_suffixes_are_passed_over_and_counted(tmp_path):
    for name in ("Bach/a.mid", "Bach/.hidden.mid", "Bach/notes.txt", ".cache/x.mid", "Bach/B.MID"):
        touch(tmp_path / name)
    listing = list_folder(tmp_path)
    assert listing.files == ("Bach/B.MID", "Bach/a.mid")
    assert listing.passed_over == 3


def test_a_folder_that_links_to_itself_ends(tmp_path):
    touch(tmp_path / "Bach" / "a.mid")
    (tmp_path / "Bach" / "again").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "loop.mid").symlink_to(tmp_path / "loop.mid")
    listing = list_folder(tmp_path)
    assert (listing.files, listing.dangling) == (("Bach/a.mid",), ("loop.mid",))


def test_links_that_lead_nowhere_are_named_among_those_passed_over(tmp_path):
    touch(tmp_path / "a.mid")
    (tmp_path / "good.mid").symlink_to(tmp_path / "a.mid")
    (tmp_path / "dead.mid").symlink_to(tmp_path / "gone.mid")
    listing = list_folder(tmp_path)
    assert listing.files == ("a.mid", "good.mid")
    assert (listing.dangling, listing.passed_over) == (("dead.mid",), 1)


def test_a_file_in_the_place_of_a_folder_is_called_so(tmp_path):
    touch(tmp_path / "taken")
    for wanted in (tmp_path / "taken", tmp_path / "taken" / "below"):
        with pytest.raises(FileError, match="a file is where this folder would be; name another"):
            make_folder(wanted)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no named pipes in folders")
def test_a_pipe_named_like_a_score_is_not_read(tmp_path):
    os.mkfifo(tmp_path / "a.mid")
    assert list_folder(tmp_path).files == ()


def test_a_folder_that_may_not_be_read_is_listed_and_the_rest_is_kept(tmp_path, monkeypatch):
    touch(tmp_path / "Bach" / "a.mid")
    closed = tmp_path / "closed"
    touch(closed / "b.mid")
    scandir = os.scandir

    def guarded(path):
        if Path(path) == closed:
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", guarded)
    listing = list_folder(tmp_path)
    assert listing.files == ("Bach/a.mid",)
    assert listing.closed == (closed,)


def test_a_folder_reached_twice_goes_by_its_own_name(tmp_path):
    touch(tmp_path / "Bach" / "a.mid")
    for name in ("Alias", "Zeta"):
        (tmp_path / name).symlink_to(tmp_path / "Bach", target_is_directory=True)
    assert list_folder(tmp_path).files == ("Bach/a.mid",)


def test_the_folder_is_the_label_and_never_a_substring_of_the_path(tmp_path):
    root = tmp_path / "all of Bach"
    for name in ("CPE Bach/sonata.mid", "Busoni/Bach-Busoni chaconne.mid", "Bach/Organ/bwv 1.mid"):
        touch(root / name)
    corpus = scan_folder(root)
    assert {p.path.name: p.label for p in corpus.pieces} == {
        "sonata.mid": "CPE Bach",
        "Bach-Busoni chaconne.mid": "Busoni",
        "bwv 1.mid": "Bach",
    }


def test_loose_files_beside_labelled_folders_have_no_label(tmp_path):
    touch(tmp_path / "Bach" / "a.mid")
    touch(tmp_path / "loose.mid")
    corpus = scan_folder(tmp_path)
    assert [p.path.name for p in corpus.pieces] == ["a.mid"]
    assert [p.name for p in corpus.unlabelled] == ["loose.mid"]


def test_a_folder_of_files_alone_takes_its_own_name(tmp_path):
    touch(tmp_path / "Satie" / "a.mid")
    assert scan_folder(tmp_path / "Satie").labels == ("Satie",)


def test_a_folder_without_music_is_called_so(tmp_path):
    (tmp_path / "readme.txt").write_text("nothing")
    with pytest.raises(CorpusError, match=r"no scores, clips or covers.*1 other"):
        scan_folder(tmp_path)


def test_a_missing_folder_and_a_file_are_told_apart(tmp_path):
    with pytest.raises(MissingFile):
        scan_folder(tmp_path / "gone")
    with pytest.raises(FileError, match="this is a file"):
        scan_folder(touch(tmp_path / "a.mid"))


def test_every_piece_is_its_own_work_until_told_otherwise(tmp_path):
    for name in ("Bach/a.mid", "Bach/b.mid", "Ravel/a.mid"):
        touch(tmp_path / name)
    assert len({piece.work for piece in scan_folder(tmp_path).pieces}) == 3


def piece(path: str, label: str = "Bach", work: str = "w") -> Piece:
    return Piece(Path(path), label, work)


def test_the_digest_survives_a_move_and_a_new_order():
    here = Corpus("x", (piece("/a/Bach/1.mid"), piece("/a/Ravel/2.mid", "Ravel")))
    there = Corpus("y", (piece("/b/c/Ravel/2.mid", "Ravel"), piece("/b/c/Bach/1.mid")))
    assert here.digest == there.digest
    assert len(here.digest) == 12


@pytest.mark.parametrize(
    "other",
    [piece("/a/Bach/2.mid"), piece("/a/Bach/1.mid", "Ravel"), piece("/a/Bach/1.mid", work="v")],
)
def test_the_digest_changes_with_path_label_and_work(other):
    fixed = piece("/a/Ravel/9.mid")
    assert Corpus("x", (fixed, piece("/a/Bach/1.mid"))).digest != Corpus("x", (fixed, other)).digest


def test_relative_names_come_from_the_deepest_common_folder():
    assert list(relative_to((Path("/a/b/c.mid"), Path("/a/d.mid")))) == ["b/c.mid", "d.mid"]
    assert list(relative_to((Path("/a/b/c.mid"),))) == ["c.mid"]
    assert list(relative_to(())) == []
