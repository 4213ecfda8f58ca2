"""The options of every command that reads a corpus: which column of its CSV is what."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])


def reads_corpus(command: Command) -> Command:
    """Add `--label` and `--column` to a command, for CSVs whose columns don't tell by name."""
    column = click.option(
        "--column",
        "columns",
        multiple=True,
        metavar="ROLE=COLUMN",
        callback=_parse,
        help="The same for the path, the label, the work or the split.",
    )
    label = click.option(
        "--label",
        metavar="COLUMN",
        help="The CSV's column of labels, where its name doesn't tell.",
    )
    return label(column(command))


def _parse(
    context: click.Context, parameter: click.Parameter, given: tuple[str, ...]
) -> dict[str, str]:
    columns = {}
    for one in given:
        role, _, name = one.partition("=")
        if not (role and name):
            raise click.BadParameter(f"{one!r} is not ROLE=COLUMN, as work=opus is")
        columns[role] = name
    return columns
