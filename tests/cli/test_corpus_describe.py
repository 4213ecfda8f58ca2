import csv
import json
import shutil
import sys
from pathlib import Path

import pytest

from muso.music.midi import read_score, write_score

EXAMPLES = Path("examples").resolve()
PICTURES = {
    "length.png", "length-clipped.png", "notes.png", "tempo-changes.png", "polyphony.png",
    "time-signatures.png",
}  # fmt: skip


@pytest.fixture
def collection(tmp_path):
    folder = tmp_path / "mine"
    for label in ("Bach", "Schumann", "[b]Odd[!b] & <i>"):
        (folder / label).mkdir(parents=True)
    for path in EXAMPLES.glob("bach*.mid"):
        shutil.copy(path, folder / "Bach")
    shutil.copy(next(EXAMPLES.glob("schumann*.mid")), folder / "Schumann")
    shutil.copy(next(EXAMPLES.glob("brahms*.mid")), folder / "[b]Odd[!b] & <i>")
    (folder / "Schumann" / "broken <b>.mid").write_text("no MIDI")
    return folder


def test_a_page_pictures_and_a_table_are_written(run, collection, tmp_path):
    ran = run("corpus", "describe", collection, "--to", tmp_path / "d")
    assert ran.code == 0
    assert {path.name for path in (tmp_path / "d").iterdir()} == {
        "index.html", "features.csv", *PICTURES
    }  # fmt: skip
    with (tmp_path / "d" / "features.csv").open(newline="") as file:
        table = list(csv.DictReader(file))
    assert len(table) == 6
    assert [row["path"] for row in table if not row["notes"]] == ["Schumann/broken <b>.mid"]


def test_the_terminal_tells_counts_balance_and_what_is_unreadable(run, collection, tmp_path):
    ran = run("corpus", "describe", collection, "--to", tmp_path / "d")
    assert "mine: 6 pieces, 3 labels" in ran.out
    assert "[b]Odd[!b] & <i>" in ran.out
    assert "Who always guesses Bach is right 50.0% of the time" in ran.out
    assert "broken <b>.mid: this is not a MIDI file" in ran.err
    assert "1 label has a single work and can't be split" in ran.err


def test_a_label_of_copies_is_named(run, collection, tmp_path):
    (collection / "more").mkdir()
    for path in (collection / "Bach").glob("*.mid"):
        write_score(read_score(path).transpose(2), collection / "more" / f"high {path.name}")
    ran = run("corpus", "describe", collection, "--to", tmp_path / "d")
    assert ran.code == 0
    said = "1 label looks like copies of others ('more': 3 of its 3 works are theirs too)"
    assert said in ran.err
    assert "looks like copies of others" in (tmp_path / "d" / "index.html").read_text("utf-8")


def test_clipping_draws_every_measure_twice(run, collection, tmp_path):
    run("corpus", "describe", collection, "--to", tmp_path / "d", "--clip")
    clipped = {path.name for path in (tmp_path / "d").glob("*-clipped.png")}
    assert clipped == {f"{name}-clipped.png" for name in ("length", "notes", "tempo-changes",
                                                          "polyphony")}  # fmt: skip


def test_the_page_names_no_other_file(run, collection, tmp_path):
    run("corpus", "describe", collection, "--to", tmp_path / "d")
    page = (tmp_path / "d" / "index.html").read_text("utf-8")
    assert page.count("data:image/png;base64,") == len(PICTURES)
    assert not any(mark in page for mark in ("http://", "https://", 'src="/', "<script", "<link"))


def test_without_matplotlib_the_page_is_written_and_the_extra_is_named(
    run, collection, tmp_path, monkeypatch
):
    for name in [name for name in sys.modules if name.split(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    ran = run("corpus", "describe", collection, "--to", tmp_path / "d")
    assert ran.code == 0
    assert "drawing pictures needs the [train] extra: pip install 'muso[train]'" in ran.err
    assert {path.name for path in (tmp_path / "d").iterdir()} == {"index.html", "features.csv"}
    assert "There are no pictures" in (tmp_path / "d" / "index.html").read_text("utf-8")


def test_a_corpus_without_a_readable_score_is_refused(run, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "a.mid").write_text("no MIDI")
    ran = run("corpus", "describe", tmp_path / "mine", "--to", tmp_path / "d")
    assert ran.code == 1
    assert "no piece can be read as a score" in ran.err
    assert not (tmp_path / "d").exists()


def test_the_figures_are_those_of_the_table(run, collection, tmp_path):
    from muso import service

    described = service.describe_corpus(service.read_corpus(collection), tmp_path / "d")
    bach = described.labels[0]
    assert (bach.label, bach.pieces, bach.unreadable, bach.share) == ("Bach", 3, 0, 0.5)
    with (tmp_path / "d" / "features.csv").open(newline="") as file:
        lengths = sorted(
            json.loads(row["length_s"]) for row in csv.DictReader(file) if row["label"] == "Bach"
        )
    assert bach.length_s == lengths[1]
