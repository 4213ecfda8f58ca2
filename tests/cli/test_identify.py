from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from muso.bundle.bundle import Bundle
from muso.music.midi import read_score

SCORE = Path("examples/bach-bwv66-6.mid").resolve()
TOY = ("--bundle", "toy.1")
MUSO = [sys.executable, "-c", "from muso.cli import main; main()"]

Run = Callable[..., Any]


@pytest.fixture(autouse=True)
def trained(bundle: Bundle) -> Bundle:
    return bundle


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    folder = tmp_path / "mixed"
    folder.mkdir()
    for name in ("b.mid", "a.mid", ".hidden.mid"):
        shutil.copy(SCORE, folder / name)
    (folder / "damaged.mid").write_bytes(SCORE.read_bytes()[:100])
    (folder / "notes.txt").touch()
    return folder


def lines(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


def test_the_table_names_each_file_with_its_label_and_runners_up(
    run: Run, corpus_folder: Path, trained: Bundle
) -> None:
    ran = run("identify", *TOY, corpus_folder / trained.labels[0] / "00.mid")
    assert (ran.code, ran.err) == (0, "")
    head, row = ran.out.splitlines()
    assert head.split() == ["file", "label", "probability", "or", "else"]
    assert re.match(rf"00.mid  composer  {trained.labels[0]}  +█+.* +\d+%  ", row)
    assert row.count("%") == 3 and "unsure" not in row


def test_of_an_unknown_piece_the_table_says_why_and_gives_no_others_probability(run: Run) -> None:
    told = lines(run("identify", *TOY, "--json", SCORE).out)[0]["predictions"]["composer"]
    assert (told["label"], told["reason"]) == ("unknown", "too unsure")
    nearest = [f"{label} {share:.0%}" for label, share in told["ranking"][:2]]
    row = run("identify", *TOY, SCORE).out.splitlines()[1]
    assert re.search(rf"  unknown +too unsure: {', '.join(nearest)}$", row)


def test_good_files_are_served_beside_damaged_ones_and_the_status_tells(
    run: Run, mixed: Path
) -> None:
    ran = run("identify", *TOY, mixed)
    assert ran.code == 1
    assert [row.split()[0] for row in ran.out.splitlines()[1:]] == ["a.mid", "b.mid"]
    assert "damaged.mid: the MIDI is damaged" in ran.err
    assert "2 other files passed over." in ran.err
    assert "Traceback" not in ran.err


def test_json_is_one_object_a_line_in_order_and_nothing_else(run: Run, mixed: Path) -> None:
    ran = run("identify", *TOY, "--json", mixed, SCORE)
    assert ran.code == 1
    assert ran.err == "2 other files passed over.\n"
    found = lines(ran.out)
    names = [Path(one["path"]).name for one in found]
    assert names == ["a.mid", "b.mid", "damaged.mid", "bach-bwv66-6.mid"]
    assert found[2]["error"]["kind"] == "damaged"
    said = found[0]["predictions"]["composer"]
    assert list(found[0]) == ["path", "media", "predictions"]
    assert said["bundle"] == "toy.1"
    assert sum(share for _, share in said["ranking"]) == pytest.approx(1, abs=2e-4)


def test_top_cuts_the_ranking(run: Run) -> None:
    for top, held in ((1, 1), (2, 2), (99, 3)):
        ran = run("identify", *TOY, "--json", "--top", top, SCORE)
        assert len(lines(ran.out)[0]["predictions"]["composer"]["ranking"]) == held


def test_evidence_is_shown_and_told(run: Run, trained: Bundle) -> None:
    told = lines(run("identify", *TOY, "--json", "--evidence", SCORE).out)
    evidence = told[0]["predictions"]["composer"]["evidence"]
    slices = trained.members[1].view.slices(read_score(SCORE))
    assert [slice_["start_s"] for slice_ in evidence] == np.round(slices.start_s, 2).tolist()
    shown = run("identify", *TOY, "--evidence", SCORE).out
    assert shown.count(" to ") == len(evidence) > 1
    assert f"0:00 to 0:{round(slices.end_s[0]):02}" in shown


def test_an_excerpt_is_the_same_again_by_its_seed(run: Run) -> None:
    def said(seed: int) -> Any:
        song = "examples/schubert-der_lindenbaum.mid"
        ran = run("identify", *TOY, "--json", "--excerpt", 15, "--seed", seed, song)
        return lines(ran.out)[0]["predictions"]

    assert said(1) == said(1)
    assert said(1) != said(2)


def test_names_and_labels_that_look_like_markup_are_shown_as_they_are(
    run: Run, tmp_path: Path
) -> None:
    shutil.copy(SCORE, tmp_path / "[bold]a[b].mid")
    ran = run("identify", *TOY, tmp_path / "[bold]a[b].mid")
    assert ran.code == 0
    assert "[bold]a[b].mid" in ran.out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "Missing argument 'PATHS...'"),
        (("--top", "0", SCORE), "0 is not in the range"),
        (("--excerpt", "long", SCORE), "'long' is not a valid float"),
        (("--excerpt", "0", SCORE), "an excerpt of 0 s"),
        (("--bundle", "hope", SCORE), "no bundle 'hope'"),
        (("--bundle", "toy.2", SCORE), "no bundle 'toy.2'; did you mean 'toy.1'?"),
        (("--task", "hope", SCORE), "no task 'hope'; there are composer"),
        (("--hope", SCORE), "No such option"),
    ],
    ids=str,
)
def test_wrong_usage_ends_with_2_and_says_why(
    run: Run, arguments: tuple[object, ...], told: str
) -> None:
    ran = run("identify", *arguments)
    assert ran.code == 2
    assert told in ran.err
    assert ran.out == ""


def test_a_file_that_is_not_there_ends_with_1(run: Run) -> None:
    ran = run("identify", *TOY, "none.mid")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == "muso: none.mid: no such file; check the spelling\n"


def test_a_damaged_bundle_ends_with_1(run: Run, own_home: Path) -> None:
    (own_home / "bundles" / "composer.1" / "bundle.toml").write_text("x")
    ran = run("identify", SCORE)
    assert ran.code == 1
    assert "muso: bundle composer.1: its bundle.toml is damaged" in ran.err


def test_an_empty_folder_is_no_error(run: Run, tmp_path: Path) -> None:
    ran = run("identify", *TOY, tmp_path)
    assert (ran.code, ran.out) == (0, "")
    assert "muso: no scores, clips or covers found there" in ran.err
    assert run("identify", *TOY, "--json", tmp_path).out == ""


def test_names_that_are_not_utf8_come_through_the_command(tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path)
    try:
        for name in (b"caf\xe9.mid", b"bad\xff.mid"):
            shutil.copy(SCORE, os.fsdecode(folder + b"/" + name))
    except OSError:
        pytest.skip("names are always UTF-8 here")
    Path(os.fsdecode(folder + b"/bad\xff.mid")).write_bytes(b"no music")
    arguments = [*MUSO, "identify", *TOY, "--json", folder + b"/caf\xe9.mid", folder]
    done = subprocess.run(arguments, capture_output=True, check=False)
    assert done.returncode == 1
    found = [os.fsencode(json.loads(line)["path"]) for line in done.stdout.splitlines()]
    assert found == [
        folder + b"/" + name for name in (b"caf\xe9.mid", b"bad\xff.mid", b"caf\xe9.mid")
    ]
    done = subprocess.run([*MUSO, "identify", *TOY, folder], capture_output=True, check=False)
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr
    assert "caf?.mid" in done.stdout.decode()
    assert "bad?.mid" in done.stderr.decode()


def test_a_terminal_that_knows_ascii_alone_gets_a_table_too() -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = subprocess.run(
        [*MUSO, "identify", *TOY, str(SCORE)], capture_output=True, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr
    assert b"bach-bwv66-6.mid" in done.stdout
    assert done.stderr == b""


def test_a_reader_that_leaves_early_is_no_trouble(corpus_folder: Path) -> None:
    """What `muso identify … | head -1` does, with other processes at work."""
    command = [*MUSO, "identify", *TOY, "--json", *[str(corpus_folder)] * 9]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        first = process.stdout.readline()
        process.stdout.close()
        said = process.stderr.read().decode()
        process.wait(60)
    assert "predictions" in json.loads(first)
    assert said == ""


@pytest.mark.skipif(os.name == "nt", reason="there are no such signals on Windows")
def test_an_interrupted_run_ends_with_130_and_no_traceback(corpus_folder: Path) -> None:
    command = [*MUSO, "identify", *TOY, "--json", *[str(corpus_folder)] * 200]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline()
        time.sleep(0.1)
        os.killpg(process.pid, signal.SIGINT)
        process.stdout.close()
        said = process.stderr.read().decode()
        process.wait(60)
    assert process.returncode == 130
    assert "Traceback" not in said
