"""What the commands show with: tables, bars, progress."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from muso.progress import Listener, Progress, silent

if TYPE_CHECKING:
    from rich.table import Table

EIGHTHS = " ▏▎▍▌▋▊▉█"
BAR_WIDTH = 12


def bar(share: float, width: int = BAR_WIDTH) -> str:
    """A horizontal bar for a share of 0…1, exact to an eighth of a character.

    >>> bar(0.5, 4), bar(1.0, 2)
    ('██  ', '██')
    """
    eighths = round(min(max(share, 0.0), 1.0) * width * 8)
    full, rest = divmod(eighths, 8)
    return ("█" * full + (EIGHTHS[rest] if rest else "")).ljust(width)


def say_passed_over(count: int) -> None:
    """Say on standard error how many files of folders were left out, if any."""
    if count:
        import click

        files = "file" if count == 1 else "files"
        click.echo(f"{count:,} other {files} passed over.", err=True)


def print_table(table: Table) -> None:
    """Print to standard output, as wide as the terminal; in full where there is none."""
    from rich.console import Console

    console = Console(width=None if sys.stdout.isatty() else 120, highlight=False)
    console.print(table)


@contextmanager
def progress_bar(least: int = 2) -> Iterator[Listener]:
    """A listener that draws a bar a stage on standard error, if a person is watching.

    Stages of fewer than `least` steps are not worth a bar.
    """
    if sys.stderr is None or not sys.stderr.isatty():
        yield silent
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[left]}"),
        TextColumn("{task.fields[values]}"),
    )
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        shown: dict[str, int] = {}

        def tell(progress: Progress) -> None:
            if progress.total < least:
                return
            if progress.stage not in shown:
                number = bars.add_task(progress.stage, total=progress.total, left="", values="")
                shown[progress.stage] = int(number)
            bars.update(
                shown[progress.stage],  # type: ignore[arg-type]
                completed=progress.done,
                left=_time(progress.left_s),
                values="  ".join(f"{k} {v:.3f}" for k, v in progress.values.items()),
            )

        yield tell


def _time(seconds: float | None) -> str:
    if seconds is None:
        return ""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02} left" if hours else f"{minutes}:{rest:02} left"
