"""`muso identify`"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.table import Table

    from muso.bundle.prediction import Prediction
    from muso.bundle.timeline import Timeline
    from muso.service import Identification, Request

RUNNERS_UP = 2


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=str))
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.option("--top", default=5, show_default=True, metavar="N", type=click.IntRange(1),
              help="How many labels a ranking of --json holds.")  # fmt: skip
@click.option("--task", "tasks", multiple=True, metavar="NAME", help="Ask for this task alone.")
@click.option("--bundle", metavar="NAME", help="Another model: a name or a folder.")
@click.option("--excerpt", "excerpt_s", type=float, metavar="SECONDS",
              help="From a random excerpt, as a listener would; covers whole.")  # fmt: skip
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0),
              help="Of the excerpt.")  # fmt: skip
@click.option(
    "--evidence",
    is_flag=True,
    help="Show what each slice of a piece said, and how far it spoke for the piece's label; of a "
    "cover, in the tags of a recording too, write NAME.evidence.png here: a heat map of what on it "
    "spoke for its label.",
)
@click.option("--timeline", is_flag=True, help="Name the windows of a piece one by one, too.")
@click.option("--picture", metavar="FILE.png|FOLDER",
              help="Draw the timeline: of one file and task, or of all into a folder.")  # fmt: skip
def identify(
    paths: tuple[str, ...],
    as_json: bool,
    top: int,
    tasks: tuple[str, ...],
    bundle: str | None,
    excerpt_s: float | None,
    seed: int,
    evidence: bool,
    timeline: bool,
    picture: str | None,
) -> None:
    """Name the composer and mood of scores, the genre of recordings and album covers.

    PATHS are files and folders; folders are searched through. The exit status is 1 if any file
    could not be used.
    """
    from muso import service
    from muso.cli.pictures import drawn, heated
    from muso.cli.show import progress_bar, say_passed_over

    request = service.Request(tasks, bundle, excerpt_s, seed, timeline or picture is not None)
    found = service.search(paths)
    failed = False
    with progress_bar(least=20) as listener:
        results = service.identify_found(found, request, listener)
        if picture is not None:
            results = drawn(results, request, picture)
        if evidence:
            results = heated(results, bundle)
        if as_json:
            for one in results:
                failed |= one.error is not None
                click.echo(json.dumps(one.as_dict(top, evidence)))
        else:
            failed = _print(results, request, evidence)
    say_passed_over(found.passed_over)
    if not found.files and not found.unreadable:
        click.echo("muso: no scores, clips or covers found there", err=True)
    sys.exit(int(failed))


def _print(results: Iterator[Identification], request: Request, evidence: bool) -> bool:
    """The table; errors go to standard error as they come."""
    from rich.markup import escape
    from rich.table import Table

    from muso import service
    from muso.bundle.prediction import UNKNOWN
    from muso.cli.show import bar, print_table
    from muso.errors import shown

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("file", "", "label", "probability", "or else"):
        table.add_column(heading, overflow="fold")
    failed = False
    for one in results:
        if one.error is not None:
            failed = True
            click.echo(f"muso: {one.error}", err=True)
            continue
        if one.remark:
            click.echo(f"muso: {shown(one.path)}: {one.remark}", err=True)
        name = escape(shown(one.path.name))
        if not one.predictions:
            why = escape(service.why_unnamed(one.media, request))
            table.add_row(name, one.media, "", "", f"[dim]{why}[/dim]")
        for task, said in one.predictions.items():
            others = [r for r in said.ranking if r[0] != said.label][:RUNNERS_UP]
            runners = ", ".join(f"{label} {p:.0%}" for label, p in others)
            told = escape(": ".join(filter(None, (said.reason, runners))))
            # The probability is that of a name, and none was given.
            unnamed = said.label == UNKNOWN
            percent = "" if unnamed else f"{bar(said.probability)} {said.probability:4.0%}"
            style = "dim" if unnamed else "bold"
            label = f"[{style}]{escape(said.label)}[/{style}]"
            table.add_row(name, escape(task), label, percent, told)
            if task in one.heat_maps:
                where = escape(shown(one.heat_maps[task]))
                table.add_row("", "[dim]heat map[/dim]", where, "", "")
            elif evidence:
                _add_evidence(table, said)
            if task in one.timelines:
                _add_windows(table, task, one.timelines[task])
    if table.row_count:
        print_table(table)
    return failed


def _add_evidence(table: Table, said: Prediction) -> None:
    """A row a slice: what it is named, and how far it spoke for the piece's best label."""
    from rich.markup import escape

    from muso.bundle.prediction import UNKNOWN
    from muso.cli.show import bar

    best = next((label for label, _ in said.ranking if label != UNKNOWN), "")
    for slice_ in said.evidence:
        span = f"[dim]{_clock(slice_.start_s)} to {_clock(slice_.end_s)}[/dim]"
        percent = f"[dim]{bar(slice_.probability)} {slice_.probability:4.0%}[/dim]"
        spoke = f"for {best} {slice_.support:.0%}" if slice_.label != best else ""
        table.add_row("", span, escape(slice_.label), percent, f"[dim]{escape(spoke)}[/dim]")


def _add_windows(table: Table, task: str, timeline: Timeline) -> None:
    """A row a window: what it is named, and where it lies if the task has coordinates.

    Silence without a window has a row as well.
    """
    from rich.markup import escape

    from muso import service
    from muso.cli.show import bar

    rows = [*zip(timeline.start_s, timeline.end_s, timeline.rankings(), strict=True)]
    rows += [(start_s, end_s, []) for start_s, end_s in timeline.silences]
    for start_s, end_s, ranking in sorted(rows, key=lambda row: row[0]):
        span = f"[dim]{_clock(start_s)} to {_clock(end_s)}[/dim]"
        if not ranking:
            table.add_row("", span, "[dim]silence[/dim]", "", "")
            continue
        label, probability = ranking[0]
        percent = f"[dim]{bar(probability)} {probability:4.0%}[/dim]"
        place = service.coordinates(task, ranking)
        told = ", ".join(f"{axis} {value:+.1f}" for axis, value in place.items())
        table.add_row("", span, escape(label), percent, f"[dim]{told}[/dim]")


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"
