from __future__ import annotations

import csv
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from muso.bundle.bundle import Bundle

Run = Callable[..., Any]


@pytest.fixture(autouse=True)
def trained(bundle: Bundle) -> Bundle:
    return bundle


@pytest.fixture
def manifest(corpus_folder: Path, tmp_path: Path) -> Path:
    rows = ["file,composer,split"]
    for path in sorted(corpus_folder.glob("*/0[0-3].mid")):
        rows.append(f"{path},{path.parent.name},{'test' if path.stem == '00' else 'train'}")
    rows.append(f"{corpus_folder / 'Walker' / '04.mid'},Stranger,test")
    (tmp_path / "mine.csv").write_text("\n".join(rows))
    return tmp_path / "mine.csv"


def test_figures_are_printed_with_what_was_left_out(run: Run, manifest: Path) -> None:
    ran = run("evaluate", "toy.1", manifest)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("# toy.1 on mine\n")
    assert "12 pieces; intervals hold 95%" in ran.out
    assert "Stranger (1)" in ran.out


def test_the_json_is_one_object(run: Run, manifest: Path) -> None:
    ran = run("evaluate", "toy.1", manifest, "--json", "--split", "test")
    assert ran.out.count("\n") == 1
    told = json.loads(ran.out)
    for name in ("accuracy", "balanced_accuracy", "macro_f1", "top5", "calibration_error"):
        assert list(told[name]) == ["value", "low", "high"]
    assert told["n"] == 3
    assert told["left_out"]["pieces"] == 1


def test_excerpts_are_a_table_a_picture_and_json(run: Run, manifest: Path, tmp_path: Path) -> None:
    asked = ("evaluate", "toy.1", manifest, "--excerpts", "4,1")
    ran = run(*asked, "--picture", tmp_path / "curve.png")
    assert ran.code == 0 and (tmp_path / "curve.png").is_file()
    (head,) = (line for line in ran.out.splitlines() if line.endswith("whole |"))
    assert [cell.strip() for cell in head.split("|")] == ["", "metric", "1 s", "4 s", "whole", ""]
    told = json.loads(run(*asked, "--json").out)["excerpts"]
    assert [one["seconds"] for one in told] == [1, 4, None]
    assert 0 <= told[0]["accuracy"]["value"] <= 1


def test_predictions_are_written_a_row_a_piece(run: Run, manifest: Path, tmp_path: Path) -> None:
    target = tmp_path / "said.csv"
    ran = run("evaluate", "toy.1", manifest, "--json", "--predictions", target)
    assert ran.code == 0
    with target.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["path", "label", "predicted", "probability"]
    assert len(rows) == 12
    assert all(0 < float(row["probability"]) <= 1 and Path(row["path"]).is_file() for row in rows)
    right = sum(row["label"] == row["predicted"] for row in rows) / len(rows)
    assert right == pytest.approx(json.loads(ran.out)["accuracy"]["value"])


def test_predictions_keep_names_that_are_not_utf8(
    run: Run, corpus_folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "Walker").mkdir()
    name = os.fsencode(tmp_path) + b"/Walker/caf\xe9.mid"
    try:
        shutil.copy(corpus_folder / "Walker" / "00.mid", os.fsdecode(name))
    except OSError:
        pytest.skip("names are always UTF-8 here")
    (tmp_path / "Walker" / os.fsdecode(b"bad\xe9.mid")).touch()
    target = tmp_path / "said.csv"
    ran = run("evaluate", "toy.1", tmp_path, "--json", "--predictions", target)
    assert ran.code == 0
    assert name in target.read_bytes()
    assert "muso: left out" in ran.err
    assert json.loads(ran.out)["n"] == 1


def test_labels_restrict_the_ranking(run: Run, manifest: Path) -> None:
    told = json.loads(
        run("evaluate", "toy.1", manifest, "--json", "--labels", "Walker, Leaper").out
    )
    assert told["n"] == 8
    assert told["left_out"]["labels"] == {"Chorder": 4, "Stranger": 1}


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("hope", "examples"), 2, "no bundle 'hope'"),
        (("toy.1", "none"), 1, "none: no such file"),
        (("toy.1", "examples"), 1, "no piece has a label that toy.1 knows"),
        (("toy.1", "examples", "--labels", "Bach"), 2, "doesn't know the label 'Bach'"),
        (("toy.1", "examples", "--split", "test"), 1, "no row is on the side 'test'"),
        (("toy.1",), 2, "Missing argument 'CORPUS'"),
        (("toy.1", "examples", "--excerpts", "2", "--seed", "-1"), 2, "not in the range x>=0"),
        (("toy.1", "--against", "examples", "--excerpts", "2"), 2, "leave --against out"),
        (("toy.1", "examples", "--excerpts", "2 5"), 2, "give seconds with commas between"),
    ],
    ids=str,
)
def test_what_can_not_be_done_is_said_in_one_line(
    run: Run, arguments: tuple[str, ...], code: int, told: str
) -> None:
    ran = run("evaluate", *arguments)
    assert ran.code == code
    assert told in ran.err
    assert ran.out == ""


def test_predictions_that_can_not_be_written_are_an_error(run: Run, manifest: Path) -> None:
    ran = run("evaluate", "toy.1", manifest, "--predictions", "none/said.csv")
    assert ran.code == 1
    assert "none" in ran.err
