"""The benchmark runs from end to end; what it measures is never asserted."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

EXAMPLE = Path("examples/bach-bwv66-6.mid")


def measured(folder):
    command = [sys.executable, "-m", "benchmarks.foundation", "--turns", "1", "--json"]
    run = subprocess.run(
        [*command, "--scores", str(folder)], capture_output=True, text=True, encoding="utf-8"
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def test_every_figure_is_there_and_what_a_side_refuses_is_left_out(tmp_path):
    shutil.copy(EXAMPLE, tmp_path)
    (tmp_path / "damaged.mid").write_bytes(EXAMPLE.read_bytes()[:400])
    found = measured(tmp_path)
    assert found["rolls"]["pieces"] == found["rolls"]["refused"] == found["bulk"]["pieces"] == 1
    figures = [value for part in found.values() for value in part.values()]
    spreads = [value for value in figures if isinstance(value, dict)]
    assert len(spreads) == 17
    assert all(0 < one["low"] <= one["median"] <= one["high"] for one in spreads)


def test_a_folder_without_scores_is_refused_in_one_line(tmp_path):
    run = subprocess.run(
        [sys.executable, "-m", "benchmarks.foundation", "--scores", str(tmp_path)],
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert run.returncode == 1
    assert run.stderr == f"{tmp_path}: no MIDI files\n"
