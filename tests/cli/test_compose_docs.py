"""docs/compose.md shows commands that exist."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

PAGE = Path("docs/compose.md").resolve()
EXAMPLES = Path("examples").resolve()
COMMANDS = re.findall(r"^\$ muso (compose .*)$", PAGE.read_text("utf-8"), re.MULTILINE)


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_makes_the_files_that_the_page_shows(
    run: Callable[..., Any],
    composing: object,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(EXAMPLES, tmp_path / "examples")
    done = run(*shlex.split(command), "--candidates", "1")
    assert done.code == 0, done.err
    after = PAGE.read_text("utf-8").split(f"$ muso {command}\n")[1]
    shown = [line.split(":")[0] for line in re.split(r"```|\$ ", after)[0].splitlines() if line]
    assert [line.split(":")[0] for line in done.out.splitlines()] == shown


def test_every_option_of_the_page_is_one_of_the_command() -> None:
    from muso.cli.compose import compose

    known = {flag for option in compose.params for flag in option.opts}
    table = PAGE.read_text("utf-8").split("## How a piece is made")[0]
    assert set(re.findall(r"`(--[a-z-]+)", table)) <= known
