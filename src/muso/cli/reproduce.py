"""`muso reproduce`"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from muso.learn.studies.reproduction import Cell


@click.command()
@click.argument("study")
@click.option("--data", metavar="FOLDER", help="Run the experiments on it; else show records.")
@click.option(
    "--budget",
    type=click.FloatRange(0, min_open=True),
    default=120.0,
    show_default=True,
    metavar="MINUTES",
    help="For all experiments together.",
)
@click.option("--only", multiple=True, metavar="NAME", help="This experiment; may be repeated.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def reproduce(
    study: str, data: str | None, budget: float, only: tuple[str, ...], as_json: bool
) -> None:
    """Run an earlier study again: what it claimed, and what is true.

    Each experiment gets a share of the budget and leaves a record; interrupted, the same command
    goes on. Without --data the table shows the records there are.
    """
    from muso import service
    from muso.cli.show import progress_bar

    with progress_bar(least=1) as listener:
        cells = service.reproduce(study, data, budget=budget, only=only, listener=listener)
    if as_json:
        click.echo(json.dumps({"study": study, "rows": [cell.as_dict() for cell in cells]}))
        return
    _print(cells)
    for line in _also(cells):
        click.echo(line)
    for note in service.studies()[study].notes:
        click.echo(note)


def _print(cells: Sequence[Cell]) -> None:
    from rich.markup import escape
    from rich.table import Table

    from muso.cli.show import print_table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("experiment", "claimed", "under its protocol", "under work", "run"):
        table.add_column(heading, overflow="fold")
    for cell in cells:
        claimed = cell.experiment
        table.add_row(
            f"[bold]{escape(claimed.name)}[/bold] {escape(claimed.says)}",
            escape(claimed.claim),
            escape(_theirs(cell)),
            escape(str(cell.honest or "–")),
            escape(_run(cell)),
        )
    print_table(table)


def _also(cells: Sequence[Cell]) -> Iterator[str]:
    """What records hold beyond the table: further protocols, and what a GAN's examples add."""
    from muso.corpus.split import PROTOCOLS

    for cell in cells:
        claimed, metrics = cell.experiment, cell.record.metrics if cell.record else {}
        for name, found in metrics.items():
            protocol, _, metric = name.partition(".")
            if protocol not in PROTOCOLS:
                continue
            told = f"{protocol} (leaky)" if PROTOCOLS[protocol].leaky else protocol
            if metric == claimed.metric and protocol not in ("work", claimed.protocol):
                yield f"{claimed.name} under {told}: {found}"
            if metric == "gain_by_gan":
                spread = f"{found.low:+.3f} to {found.high:+.3f}"
                yield f"{claimed.name}: the GAN adds {found.value:+.3f} ({spread}) under {told}"


def _theirs(cell: Cell) -> str:
    """Our number under the claim's protocol, called leaky aloud where it is."""
    from muso.corpus.split import PROTOCOLS

    protocol = cell.experiment.protocol
    if protocol == "work":
        return ""
    leaky = " (leaky)" if protocol in PROTOCOLS and PROTOCOLS[protocol].leaky else ""
    return f"{cell.theirs or '–'} {protocol}{leaky}"


def _run(cell: Cell) -> str:
    """How much of an experiment was run, at what cost, by whom."""
    record = cell.record
    if cell.lacking:
        return cell.lacking
    if record is None:
        return f"not run (full size: {cell.experiment.minutes:g} min)"
    whose = "yours" if record.own else "shipped"
    return (
        f"{record.size}, {record.minutes:.1f} of {record.budget:.1f} min "
        f"(full size: {cell.experiment.minutes:g}), {record.machine}, {whose}"
    )
