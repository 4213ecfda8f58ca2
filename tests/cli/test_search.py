from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

TOML = """
name = "tried"
task = "composer"

[split]
held_out = 0.25
validation = 0.25

[[member]]
name = "svm"
view = { name = "descriptors", groups = ["interval"] }
classical = { name = "svm" }

[search]
trials = 2
folds = 2
space = { "classical.c" = [0.1, 10.0] }
"""


@pytest.fixture
def recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MUSO_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tried.toml").write_text(TOML)
    return tmp_path / "tried.toml"


@pytest.fixture
def spoilt(tmp_path: Path, corpus_folder: Path) -> Path:
    """A manifest with a damaged file, one that is gone and a label of one piece."""
    paths = sorted(corpus_folder.glob("*/*.mid"))
    (tmp_path / "damaged.mid").write_bytes(b"no music")
    rows = [f"{path},{path.parent.name}" for path in paths[1:]]
    label = paths[-1].parent.name
    odd = [f"damaged.mid,{label}", f"gone.mid,{label}", f"{paths[0]},Zani"]
    (tmp_path / "my.csv").write_text("\n".join(["file,composer", *odd, *rows]))
    return tmp_path / "my.csv"


def test_search_shows_every_trial_and_writes_the_best(
    run: Callable[..., Any], recipe: Path, corpus_folder: Path
) -> None:
    ran = run("search", recipe, "--corpus", corpus_folder)
    assert ran.code == 0, ran.err
    assert "classical.c" in ran.out and "10.0" in ran.out
    assert "The best is in tried-found.toml" in ran.out
    assert Path("tried-found.toml").read_text().startswith("# Found by muso search")


def test_search_tells_it_as_json(
    run: Callable[..., Any], recipe: Path, corpus_folder: Path
) -> None:
    told = json.loads(
        run("search", recipe, "--corpus", corpus_folder, "--json", "--to", "b.toml").out
    )
    assert told["recipe"] == "b.toml"
    assert [trial["state"] for trial in told["trials"]] == ["complete", "complete"]
    assert set(told["trials"][0]["figure"]) == {"value", "low", "high"}


def test_what_is_left_out_of_a_search_is_told_each_time(
    run: Callable[..., Any], recipe: Path, spoilt: Path
) -> None:
    for _ in range(2):
        ran = run("search", recipe, "--corpus", spoilt, "--json")
        assert ran.code == 0, ran.err
        assert "1 label has a single work and can't be split ('Zani')" in ran.err
        assert "left out 1 of 38 files: gone, or may not be read" in ran.err
        assert "gone.mid" in ran.err
        assert "muso: left out" in ran.err and "damaged.mid" in ran.err
        assert json.loads(ran.out)["pieces"] > 0
    assert "on 0 pieces" not in Path("tried-found.toml").read_text()


def test_what_is_left_out_of_a_comparison_is_told_as_in_a_training(
    run: Callable[..., Any], recipe: Path, spoilt: Path
) -> None:
    compared = run("compare", recipe, "--corpus", spoilt, "--protocol", "work")
    assert compared.code == 0, compared.err
    assert compared.err == run("train", recipe, "--corpus", spoilt).err
    assert "Zani" in compared.err and "gone.mid" in compared.err
    assert "damaged.mid" in compared.err


def test_a_recipe_without_a_space_is_wrong_usage(
    run: Callable[..., Any], recipe: Path, corpus_folder: Path
) -> None:
    ran = run("search", "composer", "--corpus", corpus_folder)
    assert ran.code == 2
    assert "has no [search.space]" in ran.err


def test_a_folder_of_musos_own_that_cannot_be_made_is_one_line(
    run: Callable[..., Any],
    recipe: Path,
    corpus_folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("MUSO_HOME", str(tmp_path / "file" / "home"))
    ran = run("search", recipe, "--corpus", corpus_folder)
    assert ran.code == 1
    assert str(tmp_path / "file") in ran.err
    assert ran.err.endswith("muso keeps its files there; name another folder by MUSO_HOME\n")
    assert ran.err.count("\n") == 1
