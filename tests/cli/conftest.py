"""What the tests of commands share: a way to run them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from muso.cli import main


@dataclass(frozen=True)
class Ran:
    """A command that ended: its exit status, and what it said where."""

    code: int
    out: str
    err: str


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Runs `muso` with arguments, as a terminal would."""

    def ran(*arguments: object) -> Ran:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return Ran(int(ended.value.code or 0), said.out, said.err)

    return ran
