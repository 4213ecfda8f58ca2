import csv
import shutil
from pathlib import Path

import numpy as np
import pytest

from muso.music.clip import read_clip
from muso.music.midi import read_score

EXAMPLES = Path("examples").resolve()


@pytest.fixture
def collection(tmp_path):
    folder = tmp_path / "mine"
    for label in ("Bach", "Schubert"):
        (folder / label).mkdir(parents=True)
    for name in ("bach-bwv66-6", "bach-bwv269"):
        shutil.copy(EXAMPLES / f"{name}.mid", folder / "Bach")
    shutil.copy(EXAMPLES / "schubert-gute_nacht.mid", folder / "Schubert")
    return folder


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_copies_keep_label_and_work_and_are_transposed(run, collection, tmp_path):
    ran = run("corpus", "augment", collection, "--to", tmp_path / "more")
    assert ran.code == 0
    assert "6 copies of 3 pieces" in ran.out
    table = rows(tmp_path / "more" / "manifest.csv")
    assert {row["label"] for row in table} == {"Bach", "Schubert"}
    assert len({row["work"] for row in table}) == 3
    up = next(row for row in table if row["semitones"] == "+2" and "bwv66" in row["path"])
    moved = read_score(tmp_path / "more" / up["path"]).pitch.astype(int)
    assert (moved - read_score(EXAMPLES / "bach-bwv66-6.mid").pitch == 2).all()


def test_the_steps_can_be_chosen(run, collection, tmp_path):
    run("corpus", "augment", collection, "--to", tmp_path / "more", "--semitones", "-1,1,3,3")
    moved = [row["semitones"] for row in rows(tmp_path / "more" / "manifest.csv")]
    assert sorted(set(moved)) == ["", "+1", "+3", "-1"]
    assert len(moved) == 12


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ("high", "'high' is not whole numbers, as -2,2 is"),
        ("2,0", "copies are moved by -12 to 12 semitones, but not by 0: 2, 0 given"),
        ("13", "copies are moved by -12 to 12 semitones"),
    ],
)
def test_steps_that_can_not_be_are_refused(run, collection, tmp_path, steps, said):
    ran = run("corpus", "augment", collection, "--to", tmp_path / "more", "--semitones", steps)
    assert ran.code == 2
    assert said in ran.err
    assert not (tmp_path / "more").exists()


def test_pieces_that_can_not_be_read_are_left_out_and_named(run, collection, tmp_path):
    (collection / "Bach" / "broken.mid").write_text("no MIDI")
    ran = run("corpus", "augment", collection, "--to", tmp_path / "more")
    assert ran.code == 0
    assert "left out " in ran.err
    assert "broken.mid: this is not a MIDI file" in ran.err


def test_copies_inside_the_collection_are_refused_in_one_line(run, collection):
    ran = run("corpus", "augment", collection, "--to", collection / "aug")
    assert (ran.code, ran.out) == (1, "")
    (line,) = ran.err.splitlines()
    assert line.endswith("where it would be a label of its own; choose a folder outside of it")
    assert not (collection / "aug").exists()


@pytest.mark.parametrize("command", ["sample", "describe"])
def test_what_else_is_made_of_a_collection_may_not_lie_in_it_either(run, collection, command):
    ran = run("corpus", command, collection, "--to", collection / "made")
    assert (ran.code, ran.out) == (1, "")
    assert "where it would be a label of its own" in ran.err
    assert not (collection / "made").exists()


@pytest.mark.parametrize("command", [("augment",), ("sample", "--seconds", 0.2)])
def test_files_and_labels_that_are_gone_are_told_in_one_line(run, collection, tmp_path, command):
    manifest = tmp_path / "mine.csv"
    run("corpus", "scan", collection, "--to", manifest)
    shutil.rmtree(collection / "Bach")
    ran = run("corpus", command[0], manifest, "--to", tmp_path / "made", *command[1:])
    assert ran.code == 0
    (line,) = [line for line in ran.err.splitlines() if "gone" in line]
    assert line.startswith("muso: left out 2 of 3 files: gone, or may not be read (")
    assert "no piece is left of 'Bach'; put them back where mine says" in line


def test_a_file_in_the_place_of_the_new_folder_is_called_so(run, collection, tmp_path):
    (tmp_path / "taken").write_text("x")
    for command in ("augment", "sample", "describe", "clean"):
        ran = run("corpus", command, collection, "--to", tmp_path / "taken")
        assert ran.code == 1
        assert ran.err.splitlines()[-1] == (
            f"muso: {tmp_path / 'taken'}: a file is where this folder would be; name another folder"
        )


def test_every_label_is_heard_for_as_long_as_asked(run, collection, tmp_path):
    (collection / "Schubert" / "broken.mid").write_text("no MIDI")
    ran = run("corpus", "sample", collection, "--to", tmp_path / "heard", "--seconds", 1.5)
    assert ran.code == 0
    assert "2 samples of 2 labels" in ran.out
    table = rows(tmp_path / "heard" / "samples.csv")
    assert [(row["path"], row["label"]) for row in table] == [
        ("Bach-1.wav", "Bach"), ("Schubert-1.wav", "Schubert")
    ]  # fmt: skip
    for row in table:
        clip = read_clip(tmp_path / "heard" / row["path"])
        assert clip.length_s == 1.5
        # It begins with a note and fades out.
        assert np.abs(clip.samples[:, : clip.sample_rate // 4]).max() > 0.01
        assert np.abs(clip.samples[:, -10:]).max() < 0.001
        assert read_score(row["piece"]).length_s > float(row["start_s"])


def test_the_same_seed_draws_the_same_and_another_others(run, tmp_path):
    drawn = []
    for name, seed in (("a", 0), ("b", 0), ("c", 5)):
        options = ("--seconds", 0.2, "--per-label", 2, "--seed", seed)
        run("corpus", "sample", EXAMPLES, "--to", tmp_path / name, *options)
        drawn.append(
            [(row["piece"], row["start_s"]) for row in rows(tmp_path / name / "samples.csv")]
        )
    assert drawn[0] == drawn[1]
    assert drawn[0] != drawn[2]
    assert len(drawn[0]) == 2


@pytest.mark.parametrize("seconds", ["0", "inf", "nan"])
def test_a_sample_of_no_length_or_without_end_is_refused(run, collection, tmp_path, seconds):
    ran = run("corpus", "sample", collection, "--to", tmp_path / "heard", "--seconds", seconds)
    assert ran.code == 2
    assert f"samples of {seconds} s; ask for more than 0 s, and a finite number" in ran.err
    assert not (tmp_path / "heard").exists()


def test_a_corpus_without_scores_can_not_be_heard(run, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "a.mid").write_text("no MIDI")
    ran = run("corpus", "sample", tmp_path / "mine", "--to", tmp_path / "heard")
    assert ran.code == 1
    assert "no piece can be read as a score" in ran.err
