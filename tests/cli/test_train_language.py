"""Training a language model from the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]

QUICK = """
name = "quick"
encoding = { name = "words" }
limits = ["It has seen next to nothing."]
split = { held_out = 0.25, validation = 0.25 }
network = { embedding = 4, units = 8, layers = 1 }
fit = { epochs = 1, epoch_batches = 2, batch = 4, length = 16 }
"""


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    file = tmp_path / "quick.toml"
    file.write_text(QUICK)
    return file


def test_training_prints_the_card_and_how_to_go_on(
    run: Run, recipe: Path, corpus_folder: Path, home: Path
) -> None:
    ran = run("train", recipe, "--corpus", corpus_folder, "--name", "mine")
    assert ran.code == 0
    assert ran.out.startswith("# mine\n")
    assert "frequencies alone" in ran.out and "It has seen next to nothing." in ran.out
    assert ran.out.endswith("Saved as mine: muso compose --bundle mine …\n")
    shown = run("bundles", "show", "mine")
    assert shown.out.startswith("# mine\n") and "layers.0.body.weight_ih_l0" in shown.out
    listed = run("bundles")
    assert "mine" in listed.out and "compose" in listed.out


def test_a_language_recipe_without_a_corpus_asks_for_one(run: Run, home: Path) -> None:
    ran = run("train", "words")
    assert ran.code != 0 and "recipe words names no corpus; give one" in ran.err


def test_a_recipe_file_that_is_no_toml_says_so(run: Run, tmp_path: Path, home: Path) -> None:
    (tmp_path / "bad.toml").write_text("[encoding")
    ran = run("train", tmp_path / "bad.toml", "--corpus", "examples")
    assert ran.code != 0 and "not valid TOML" in ran.err
