import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from muso.music.midi import read_score, write_score

EXAMPLES = Path("examples").resolve()


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def collection(tmp_path):
    """Bach twice, a transposed copy of his under Busoni, and one lone song."""
    folder = tmp_path / "mine"
    for label in ("Bach", "Busoni", "Hensel"):
        (folder / label).mkdir(parents=True)
    for name in ("bach-bwv66-6", "bach-bwv269"):
        shutil.copy(EXAMPLES / f"{name}.mid", folder / "Bach")
    shutil.copy(EXAMPLES / "brahms-wiegenlied.mid", folder / "Busoni")
    arranged = read_score(EXAMPLES / "bach-bwv269.mid").transpose(3)
    write_score(arranged, folder / "Busoni" / "after bach.mid")
    shutil.copy(EXAMPLES / "hensel-schwanenlied.mid", folder / "Hensel")
    return folder


def test_works_lists_what_matches_across_labels(run, collection):
    ran = run("corpus", "works", collection)
    assert ran.code == 0
    (listed,) = [line for line in ran.out.splitlines() if "transposed" in line]
    assert listed.split() == [
        "Bach/bach-bwv269.mid", "Busoni/after", "bach.mid", "transposed,", "+3", "100%"
    ]  # fmt: skip
    assert "5 pieces in 4 works, where the corpus names 5." in ran.out
    assert "1 match across labels, 0 within a label." in ran.out


def test_matches_within_a_label_are_counted_and_listed_when_asked(run, collection):
    shutil.copy(collection / "Bach" / "bach-bwv66-6.mid", collection / "Bach" / "again.mid")
    ran = run("corpus", "works", collection)
    assert "1 within a label (--all lists them)" in ran.out
    assert "again.mid" not in ran.out
    assert "again.mid" in run("corpus", "works", collection, "--all").out


def test_works_can_be_written_to_a_manifest(run, collection, tmp_path):
    run("corpus", "works", collection, "--to", tmp_path / "works.csv")
    work = {Path(row["path"]).name: row["work"] for row in rows(tmp_path / "works.csv")}
    assert work["after bach.mid"] == work["bach-bwv269.mid"]
    assert len(set(work.values())) == 4


def test_a_label_with_one_piece_is_named_and_the_rest_goes_on(run, collection, tmp_path):
    ran = run("corpus", "scan", collection, "--to", tmp_path / "mine.csv")
    assert ran.code == 0
    said = (
        "1 label has a single work and can't be split ('Hensel'): recognizers are trained without "
        "it\n"
    )
    assert said in ran.err
    ran = run("corpus", "split", tmp_path / "mine.csv", "--held-out", 0.4, "--validation", 0)
    assert (ran.code, said in ran.err) == (0, True)
    side = {row["label"]: row["split"] for row in rows(tmp_path / "mine.csv")}
    assert side["Hensel"] == "train"
    assert " 3 train (1 of labels that can't be split), 0 validation, 2 test (" in ran.out
    told = " ".join(run("corpus", "split", "--help").out.split())
    assert "They are named and written as train; recognizers are trained without them." in told


def test_folders_that_differ_in_case_alone_are_named(run, tmp_path):
    if (Path(shutil.copytree(EXAMPLES, tmp_path / "m" / "Bach")).parent / "BACH").exists():
        pytest.skip("this disk does not tell case apart")
    shutil.copytree(EXAMPLES, tmp_path / "m" / "bach")
    ran = run("corpus", "scan", tmp_path / "m", "--to", tmp_path / "m.csv")
    assert ran.code == 0
    assert "the labels 'Bach', 'bach' differ in case alone; if they are one" in ran.err


def test_a_corpus_whose_files_moved_is_one_clear_line(run, collection, tmp_path):
    manifest = tmp_path / "mine.csv"
    run("corpus", "scan", collection, "--to", manifest)
    collection.rename(tmp_path / "elsewhere")
    for command in (("works",), ("split",), ("describe", "--to", tmp_path / "d")):
        ran = run("corpus", command[0], manifest, *command[1:])
        assert (ran.code, ran.out) == (1, "")
        (line,) = ran.err.splitlines()
        assert line.startswith(f"muso: {manifest}: none of its 5 files is where it says (first: ")
        assert "put the CSV back beside them or mend its paths" in line


def test_some_files_that_moved_are_one_line_and_their_rows_are_not_lost(run, collection, tmp_path):
    manifest = tmp_path / "mine.csv"
    run("corpus", "scan", collection, "--to", manifest)
    before = manifest.read_text()
    (collection / "Bach" / "bach-bwv66-6.mid").unlink()
    ran = run("corpus", "works", manifest)
    assert ran.code == 0
    (gone,) = [line for line in ran.err.splitlines() if "gone" in line]
    assert gone.startswith("muso: left out 1 of 5 files: gone, or may not be read (")
    for command in ("split", "works"):
        refused = run("corpus", command, manifest, "--to", manifest)
        assert refused.code == 1
        assert "would be lost; write to another file with --to" in refused.err
    assert manifest.read_text() == before
    assert run("corpus", "split", manifest, "--to", tmp_path / "other.csv").code == 0
    assert len(rows(tmp_path / "other.csv")) == 4


def test_columns_are_named_where_their_names_do_not_tell(run, tmp_path):
    table = tmp_path / "mine.csv"
    lines = [
        f"{EXAMPLES / name},{who},{number}"
        for number, (name, who) in enumerate(
            [
                ("bach-bwv66-6.mid", "Anna"),
                ("bach-bwv269.mid", "Bea"),
                ("bach-bwv244-62.mid", "Bea"),
            ]
        )
    ]
    table.write_text("\n".join(["where,who,opus", *lines]) + "\n")
    ran = run("corpus", "works", table)
    assert ran.code == 1
    assert "which column is the label?" in ran.err
    assert "on the command line --label" in ran.err
    to = tmp_path / "out.csv"
    ran = run("corpus", "split", table, "--label", "who", "--column", "work=opus", "--to", to)
    assert ran.code == 0
    assert [(row["label"], row["work"]) for row in rows(to)] == [
        ("Anna", "0"), ("Bea", "1"), ("Bea", "2")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("option", "said"),
    [
        (("--column", "opus"), "'opus' is not ROLE=COLUMN, as work=opus is"),
        (("--column", "composer=opus"), "no such role: composer; the roles are path, label"),
        (("--label", "who"), "has no column 'who' for the label; it has 'path', 'label'"),
    ],
)
def test_columns_that_are_not_there_are_named(run, collection, tmp_path, option, said):
    manifest = tmp_path / "mine.csv"
    run("corpus", "scan", collection, "--to", manifest)
    ran = run("corpus", "works", manifest, *option)
    assert ran.code > 0
    assert said in ran.err


def test_a_model_is_measured_on_columns_that_were_named(run, bundle, corpus_folder, tmp_path):
    table = tmp_path / "mine.csv"
    lines = [f"{path},{path.parent.name},x" for path in sorted(corpus_folder.rglob("*.mid"))]
    lines.append("/moved/away.mid,Walker,x")
    table.write_text("\n".join(["where,who,what", *lines]) + "\n")
    assert run("evaluate", bundle.folder, table).code == 1
    ran = run("evaluate", bundle.folder, table, "--label", "who")
    assert ran.code == 0
    assert "36" in ran.out
    assert ran.err == (
        "muso: left out 1 of 37 files: gone, or may not be read (/moved/away.mid); put it back "
        "where mine says, or go on without\n"
    )


def test_what_is_gone_is_one_line_to_a_measurement(run, bundle, corpus_folder, tmp_path):
    table = tmp_path / "mine.csv"
    lines = [f"{path},{path.parent.name}" for path in sorted(corpus_folder.rglob("*.mid"))]
    lines += [f"/moved/{n}.mid,Away" for n in range(20)]
    table.write_text("\n".join(["path,label", *lines]) + "\n")
    ran = run("evaluate", bundle.folder, table)
    (line,) = ran.err.splitlines()
    assert line.startswith("muso: left out 20 of 56 files: gone, or may not be read (/moved/0.mid,")
    assert "no piece is left of 'Away'; put them back where mine says, or go on without" in line
    told = json.loads(run("evaluate", bundle.folder, table, "--json").out)
    assert told["doubts"] == [line.removeprefix("muso: ")]
    assert told["unreadable"] == {}


@pytest.mark.parametrize("command", [("train",), ("compare", "--protocol", "work")])
def test_training_reads_the_columns_that_were_named(run, recipe_file, tmp_path, command):
    table = tmp_path / "mine.csv"
    table.write_text(f"where,who,opus\n{EXAMPLES / 'bach-bwv66-6.mid'},Anna,1\n")
    arguments = (command[0], recipe_file, "--corpus", table, *command[1:])
    assert "which column is the label?" in run(*arguments).err
    # With one piece of one label there is nothing to train on, but the columns were understood.
    assert "column" not in run(*arguments, "--label", "who", "--column", "work=opus").err


def test_splits_are_the_same_for_the_same_seed(run, collection, tmp_path):
    manifest = tmp_path / "mine.csv"
    run("corpus", "scan", collection, "--to", manifest)
    digests = [
        run("corpus", "split", manifest, "--seed", seed).out.rpartition("digest ")[2]
        for seed in (1, 1)
    ]
    assert digests[0] == digests[1]
    assert np.unique([row["split"] for row in rows(manifest)]).size > 1


def test_a_tagged_library_is_scanned_by_genre_with_a_table_to_edit(run, tmp_path):
    from mutagen.flac import FLAC

    from muso.music.clip import Clip, write_clip

    library = tmp_path / "library"
    library.mkdir()
    tagged = [("Hip-Hop", "A"), ("hip hop", "A"), ("Joik", "B"), ("", "C")]
    for number, (genre, artist) in enumerate(tagged):
        file = library / f"{number}.flac"
        write_clip(Clip(np.zeros((1, 800), np.float32), 8_000), file)
        tags = FLAC(file)
        tags.update({"genre": genre, "artist": artist} if genre else {"artist": artist})
        tags.save()
    names, to = tmp_path / "names.csv", tmp_path / "library.csv"
    command = ("corpus", "scan", library, "--label", "genre", "--names", names, "--to", to)
    assert run(*command).code == 0
    assert [(row["label"], row["work"]) for row in rows(to)] == [
        ("hiphop", "A"), ("hiphop", "A"), ("Joik", "B"),
    ]  # fmt: skip
    table = {row["found"]: row["name"] for row in rows(names)}
    assert table == {"Hip-Hop": "hiphop", "Joik": "Joik", "hip hop": "hiphop"}
    names.write_text("found,name\nJoik,folk\n")
    assert run(*command).code == 0
    assert [row["label"] for row in rows(to)] == ["hiphop", "hiphop", "folk"]
    assert names.read_text() == "found,name\nJoik,folk\n"


def test_names_of_genres_are_refused_where_folders_are_the_labels(run, collection, tmp_path):
    ran = run("corpus", "scan", collection, "--names", tmp_path / "names.csv")
    assert ran.code == 2 and "names are for --label genre" in ran.err
