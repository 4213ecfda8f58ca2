"""Going on from an earlier run, and the file that makes it possible."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from muso.corpus.corpus import Corpus, scan_folder
from muso.errors import DamagedFile, LeakError, RecipeError
from muso.learn import binding
from muso.learn.continuing import FILE
from muso.learn.recipe import Recipe, parse_recipe
from muso.learn.training import Training, train
from muso.learn.weights import read_weights, write_weights

MEMBER: dict[str, Any] = {
    "name": "dense",
    "view": {"name": "descriptors", "groups": ["rate", "interval"]},
    "network": {"name": "dense", "hidden": [16]},
    "fit": {"epochs": 3, "batch": 8, "rate": 1e-2},
}


def recipe(**changes: Any) -> Recipe:
    split = {"held_out": 0.25, "validation": 0.25}
    table = {"name": "quick", "task": "composer", "member": [MEMBER], "split": split}
    return parse_recipe({**table, "weights": True, **changes})


@pytest.fixture(autouse=True)
def no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binding, "draw_report", lambda report, folder: None)


@pytest.fixture
def corpus(corpus_folder: Path) -> Corpus:
    return scan_folder(corpus_folder)


@pytest.fixture
def earlier(corpus: Corpus, tmp_path: Path) -> Training:
    return train(recipe(refit=True), corpus, "score", tmp_path / "earlier.1")


def test_a_run_goes_on_from_the_best_weights_on_the_same_split(
    earlier: Training, corpus: Corpus, tmp_path: Path
) -> None:
    frozen = {**MEMBER, "fit": {"epochs": 1, "batch": 8, "rate": 1e-30, "optimizer": "sgd"}}
    going_on = recipe(start=str(earlier.bundle.folder), member=[frozen])
    later = train(going_on, corpus, "score", tmp_path / "later.1")
    before, after = (read_weights(t.bundle.folder / FILE) for t in (earlier, later))
    learnt = [name for name in before if name.endswith(("weight", "bias"))]
    assert learnt
    for name in learnt:
        np.testing.assert_allclose(after[name], before[name], atol=1e-6)
    assert later.report.split.digest == earlier.report.split.digest
    assert later.bundle.recipe["start"] == str(earlier.bundle.folder)


def test_kept_weights_have_never_seen_the_validation_side(
    earlier: Training, corpus: Corpus, tmp_path: Path
) -> None:
    alone = train(recipe(refit=False), corpus, "score", tmp_path / "alone.1")
    refitted, chosen = (read_weights(t.bundle.folder / FILE) for t in (earlier, alone))
    for name in chosen:
        np.testing.assert_array_equal(refitted[name], chosen[name])


def test_another_split_is_refused_unless_the_protocol_is_called_leaky(
    earlier: Training, corpus: Corpus, tmp_path: Path
) -> None:
    start = str(earlier.bundle.folder)
    other = {"held_out": 0.25, "validation": 0.25, "seed": 7}
    with pytest.raises(LeakError, match=r"another split .*--set split\.seed=0"):
        train(recipe(start=start, split=other), corpus, "score", tmp_path / "later.1")
    assert not (tmp_path / "later.1").exists()
    aloud = recipe(start=start, split={**other, "protocol": "piece"})
    assert train(aloud, corpus, "score", tmp_path / "later.1").report.split.leaky


def test_other_labels_and_other_networks_are_refused(
    earlier: Training, corpus: Corpus, tmp_path: Path
) -> None:
    start = str(earlier.bundle.folder)
    fewer = replace(corpus, pieces=tuple(p for p in corpus.pieces if p.label != corpus.labels[0]))
    with pytest.raises(RecipeError, match="not the same ones; go on with the corpus"):
        train(recipe(start=start), fewer, "score", tmp_path / "later.1")
    wider = {**MEMBER, "network": {"name": "dense", "hidden": [17]}}
    with pytest.raises(RecipeError, match=r"member dense: .*another network's .*size mismatch"):
        train(recipe(start=start, member=[wider]), corpus, "score", tmp_path / "later.1")
    renamed = {**MEMBER, "name": "thick"}
    with pytest.raises(RecipeError, match="has no network 'thick' to go on from; it has dense"):
        train(recipe(start=start, member=[renamed]), corpus, "score", tmp_path / "later.1")


def test_a_bundle_without_weights_says_how_to_keep_them(corpus: Corpus, tmp_path: Path) -> None:
    bare = train(recipe(weights=False), corpus, "score", tmp_path / "bare.1").bundle
    assert not (bare.folder / FILE).exists()
    with pytest.raises(RecipeError, match=r"kept no weights .*--set weights=true"):
        train(recipe(start=str(bare.folder)), corpus, "score", tmp_path / "later.1")


def test_weights_are_what_the_safetensors_format_says(tmp_path: Path) -> None:
    arrays = {"a": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.array(5)}
    write_weights(arrays, tmp_path / "w.safetensors")
    content = (tmp_path / "w.safetensors").read_bytes()
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    assert header["a"] == {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}
    assert content[8 + length :][:24] == arrays["a"].tobytes()
    read = read_weights(tmp_path / "w.safetensors")
    assert read["b"].shape == () and int(read["b"]) == 5
    np.testing.assert_array_equal(read["a"], arrays["a"])


@pytest.mark.parametrize("cut", [4, 30, 100])
def test_a_cut_file_of_weights_is_told(tmp_path: Path, cut: int) -> None:
    file = tmp_path / "w.safetensors"
    write_weights({"a": np.ones((9, 9), np.float32)}, file)
    file.write_bytes(file.read_bytes()[:cut])
    with pytest.raises(DamagedFile, match=r"these are no weights .*; train the bundle again"):
        read_weights(file)
