from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click
import pytest
from rich.console import Console

from muso.cli import COMMANDS, INTERRUPTED, cli, main, show
from muso.cli.show import bar, progress_bar
from muso.progress import Progress, silent

Run = Callable[..., Any]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_there_and_helps(run: Run, name: str) -> None:
    ran = run(name, "--help")
    assert ran.code == 0
    assert ran.out.startswith(f"Usage: muso {name}")
    assert ran.err == ""


def test_the_help_names_every_command_with_its_line(run: Run) -> None:
    out = run("--help").out
    for name, line in COMMANDS.items():
        assert f"{name} " in out
        assert line in " ".join(out.split())


def test_the_version_is_the_packages(run: Run) -> None:
    assert run("--version").out == f"muso, version {version('muso')}\n"


def test_no_command_or_a_wrong_one_is_wrong_usage(run: Run) -> None:
    assert run().code == 2
    wrong = run("identfy")
    assert wrong.code == 2
    assert "No such command 'identfy'" in wrong.err


@pytest.mark.parametrize("raised", [KeyboardInterrupt, click.Abort])
def test_an_interrupt_ends_with_130(
    monkeypatch: pytest.MonkeyPatch, raised: type[BaseException]
) -> None:
    @click.command()
    def wait() -> None:
        raise raised

    monkeypatch.setattr(type(cli), "get_command", lambda *_: wait)
    with pytest.raises(SystemExit) as ended:
        main(["bundles"])
    assert ended.value.code == INTERRUPTED == 130


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is full is Linux's own")
@pytest.mark.parametrize("home", ["home", "/nowhere/home"])
def test_a_full_disk_behind_the_output_is_not_musos_own_folder(home: str) -> None:
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run(
            [sys.executable, "-m", "muso", "bundles"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "MUSO_HOME": home},
            check=False,
        )
    assert ran.returncode == 1
    assert "No space left on device" in ran.stderr
    assert "MUSO_HOME" not in ran.stderr


def test_a_bar_is_exact_to_an_eighth() -> None:
    assert [bar(share, 2) for share in (-1, 0, 1 / 16, 0.5, 1, 7)] == [
        "  ",
        "  ",
        "▏ ",
        "█ ",
        "██",
        "██",
    ]


def test_nobody_watching_no_bar_is_drawn() -> None:
    with progress_bar() as listener:
        assert listener is silent


def test_without_standard_error_no_bar_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", None)
    with progress_bar() as listener:
        assert listener is silent


def test_a_person_watching_sees_a_bar_for_what_is_worth_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    made = Console
    monkeypatch.setattr(
        "rich.console.Console", lambda **options: made(force_terminal=True, width=100, **options)
    )
    with progress_bar(least=10) as listener:
        for done in range(1, 21):
            listener(Progress("reading", done, 20, 60.0 * (20 - done), {"loss": 0.5}))
        listener(Progress("blinking", 1, 9))
    said = capsys.readouterr()
    assert said.out == ""
    assert "reading" in said.err
    assert "20/20" in said.err
    assert "loss 0.500" in said.err
    assert "blinking" not in said.err


def test_the_time_left_is_told_in_hours_where_there_are_some() -> None:
    times = {None: "", 0.4: "0:00 left", 61: "1:01 left", 3661: "1:01:01 left"}
    assert {seconds: show._time(seconds) for seconds in times} == times


@pytest.mark.parametrize("name", COMMANDS)
def test_no_command_imports_what_makes_its_help_slow(name: str) -> None:
    module = importlib.import_module(f"muso.cli.{name}")
    heavy = {"numpy", "torch", "onnxruntime", "rich", "service"}
    assert not heavy & set(vars(module))
