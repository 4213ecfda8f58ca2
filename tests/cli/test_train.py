from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from muso.bundle.store import find_bundle

Run = Callable[..., Any]

QUICK = """
name = "quick"
task = "composer"
split = { held_out = 0.25, validation = 0.25 }

[[member]]
name = "rolls"
network = { name = "resnet", width = 4, blocks = 1, drop = 0.0 }
view = { name = "pianoroll", frames_per_s = 4, frames = 32, most = 4 }
fit = { epochs = 3, batch = 8, rate = 1e-2 }
"""


@pytest.fixture
def recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("muso.learn.binding.draw_report", lambda report, folder: None)
    file = tmp_path / "quick.toml"
    file.write_text(QUICK)
    return file


def test_training_prints_the_report_and_how_to_go_on(
    run: Run, recipe: Path, corpus_folder: Path, home: Path
) -> None:
    ran = run("train", recipe, "--corpus", corpus_folder, "--name", "mine", "--set", "seed=2")
    assert ran.code == 0
    assert ran.out.startswith("# Report: composer\n")
    assert "majority" in ran.out
    assert "descriptors with an SVM" in ran.out
    assert ran.out.endswith("Saved as mine: muso identify --bundle mine …\n")
    assert (home / "bundles" / "mine" / "bundle.toml").is_file()


def test_files_left_out_of_a_training_are_told(
    run: Run, recipe: Path, corpus_folder: Path, tmp_path: Path
) -> None:
    rows = [f"{path},{path.parent.name}" for path in sorted(corpus_folder.glob("*/*.mid"))]
    (tmp_path / "my.csv").write_text("\n".join(["file,composer", "gone.mid,Walker", *rows]))
    ran = run("train", recipe, "--corpus", tmp_path / "my.csv", "--name", "mine")
    assert ran.code == 0
    assert ran.err.startswith("muso: left out 1 of 37 files: gone, or may not be read (")
    assert ran.err.endswith("gone.mid); put it back where my says, or go on without\n")


def test_comparing_prints_the_protocols_side_by_side_and_calls_the_leaky_ones_so(
    run: Run, recipe: Path, corpus_folder: Path
) -> None:
    ran = run("compare", recipe, "--corpus", corpus_folder, "--protocol", "slice, piece,work")
    assert ran.code == 0
    head, *rows = ran.out.splitlines()
    assert head.split()[:2] == ["protocol", "accuracy"]
    assert [row.split("  ")[0] for row in rows] == ["slice (leaky)", "piece (leaky)", "work"]
    leaks = [int(row.split()[-1].replace(",", "")) for row in rows]
    assert leaks[0] > 0
    assert leaks[2] == 0


@pytest.mark.parametrize(
    ("command", "arguments", "code", "told"),
    [
        ("train", ("--corpus", "none"), 1, "none: no such file"),
        ("train", (), 2, "names no corpus"),
        ("train", ("--corpus", "examples", "--set", "sed=3"), 2, "did you mean 'seed'?"),
        ("train", ("--corpus", "examples", "--name", "a/b"), 2, "'a/b' can't name a bundle"),
        ("train", ("--corpus", "examples"), 1, "give a corpus of two labels or more"),
        ("compare", ("--corpus", "examples", "--protocol", "work,hope"), 2, "no protocol 'hope'"),
        ("compare", ("--corpus", "examples", "--protocol", ""), 2, "no protocol ''"),
    ],
    ids=str,
)
def test_what_can_not_be_done_is_said_in_one_line(
    run: Run, recipe: Path, command: str, arguments: tuple[str, ...], code: int, told: str
) -> None:
    ran = run(command, recipe, *arguments)
    assert ran.code == code
    assert told in ran.err
    assert "Traceback" not in ran.err
    if code == 1:
        assert ran.err.count("\n") == 1


def test_an_unknown_recipe_is_wrong_usage(run: Run) -> None:
    ran = run("train", "compser", "--corpus", "examples")
    assert ran.code == 2
    assert ran.err == (
        "muso: no recipe 'compser'; did you mean 'composer'? (a file's name ends in .toml)\n"
    )


def test_without_a_corpus_the_recipe_must_name_one(run: Run) -> None:
    ran = run("train", "composer")
    assert ran.code == 2
    assert "names no corpus" in ran.err


def test_a_label_with_one_piece_is_told_and_the_rest_goes_on(
    run: Run, corpus_folder: Path, tmp_path: Path
) -> None:
    rows = [f"{p},{p.parent.name}" for p in sorted(corpus_folder.rglob("*.mid"))]
    lonely = [row for row in rows if "Walker" not in row] + [r for r in rows if "Walker" in r][:1]
    manifest = tmp_path / "mine.csv"
    manifest.write_text("\n".join(["path,label", *lonely]))
    recipe = tmp_path / "one.toml"
    recipe.write_text(
        'name = "one"\ntask = "composer"\n[split]\nheld_out = 0.25\nvalidation = 0.25\n'
        '[[member]]\nname = "svm"\nview = { name = "descriptors", groups = ["interval"] }\n'
        'classical = { name = "svm" }\n'
    )
    ran = run("train", recipe, "--corpus", manifest)
    assert ran.code == 0, ran.err
    assert "1 label has a single work and can't be split ('Walker')" in ran.err
    labels = find_bundle("one").labels
    assert labels == ("Chorder", "Leaper")


def test_a_corpus_whose_files_moved_is_one_line(run: Run, tmp_path: Path) -> None:
    manifest = tmp_path / "mine.csv"
    manifest.write_text("path,label\na.mid,Bach\nb.mid,Ravel\n")
    ran = run("train", "composer", "--corpus", manifest)
    assert ran.code == 1
    assert "the files moved" in ran.err
    assert len(ran.err.splitlines()) == 1
