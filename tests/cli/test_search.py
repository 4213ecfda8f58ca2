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


def test_a_recipe_without_a_space_is_wrong_usage(
    run: Callable[..., Any], recipe: Path, corpus_folder: Path
) -> None:
    ran = run("search", "composer", "--corpus", corpus_folder)
    assert ran.code == 2
    assert "has no [search.space]" in ran.err
