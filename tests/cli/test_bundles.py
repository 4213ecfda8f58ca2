from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from muso.bundle.bundle import Bundle

Run = Callable[..., Any]


def test_bundles_are_listed_for_people(run: Run, own_home: Path) -> None:
    ran = run("bundles")
    assert ran.code == 0
    rows = [row.split() for row in ran.out.splitlines()]
    assert rows[0][:4] == ["bundle", "task", "of", "labels"]
    mine = next(row for row in rows if row[0] == "composer.1")
    assert mine[1:4] == ["composer", "score", "3"]
    assert mine[-1] == "default"


def test_bundles_are_listed_for_programs(run: Run, own_home: Path, bundle: Bundle) -> None:
    shutil.copytree(bundle.folder, own_home / "bundles" / "aaa.1")
    listed = [json.loads(line) for line in run("bundles", "--json").out.splitlines()]
    fields = ["name", "task", "default", "media", "labels", "size_mb", "metrics"]
    assert all(list(one) == fields for one in listed)
    composers = [one["name"] for one in listed if one["task"] == "composer"]
    assert composers[:2] == ["composer.1", "aaa.1"]
    measured = next(one["metrics"] for one in listed if one["name"] == "aaa.1")
    assert set(measured) >= {"accuracy", "balanced_accuracy", "macro_f1"}


def test_one_bundle_is_shown_with_its_card_and_layers(run: Run, bundle: Bundle) -> None:
    ran = run("bundles", "show", "toy.1")
    assert ran.code == 0
    assert ran.out.startswith("# toy.1\n")
    assert "## Limits" in ran.out
    layers = ran.out[ran.out.index("## Layers") :]
    assert "patterns, on ngrams" in layers
    assert "roll, on pianoroll" in layers
    for member in bundle.members:
        assert f"{sum(layer.parameters for layer in member.layers):,}" in layers


@pytest.mark.parametrize(("name", "code"), [("hope", 2), ("composer.1", 1)])
def test_a_bundle_that_can_not_be_shown_is_an_error(
    run: Run, own_home: Path, name: str, code: int
) -> None:
    (own_home / "bundles" / "composer.1" / "CARD.md").unlink()
    ran = run("bundles", "show", name)
    assert ran.code == code
    assert ran.err.startswith("muso: ")
    assert ran.err.count("\n") == 1


def test_a_broken_bundle_is_told_and_the_others_are_listed(run: Run, own_home: Path) -> None:
    shutil.copytree(own_home / "bundles" / "composer.1", own_home / "bundles" / "bad.1")
    (own_home / "bundles" / "bad.1" / "bundle.toml").write_text("format = ")
    ran = run("bundles", "--json")
    assert ran.code == 0
    assert ran.err.startswith("muso: bundle bad.1: its bundle.toml is damaged")
    names = [json.loads(line)["name"] for line in ran.out.splitlines()]
    assert "composer.1" in names
    assert "bad.1" not in names
