"""`muso compare`"""

from __future__ import annotations

import click

from muso.cli.columns import reads_corpus
from muso.cli.corpus.facts import say_doubts, say_left_out


@click.command()
@click.argument("recipe")
@click.option(
    "--corpus", metavar="CSV_OR_FOLDER", help="Labelled pieces; the recipe's unless given."
)
@click.option("--protocol", "protocols", default="slice,piece,work", show_default=True,
              metavar="A,B,…", help="How the splits are drawn.")  # fmt: skip
@click.option("--set", "changes", multiple=True, metavar="KEY=VALUE", help="Override the recipe.")
@reads_corpus
def compare(
    recipe: str,
    corpus: str | None,
    protocols: str,
    changes: tuple[str, ...],
    label: str | None,
    columns: dict[str, str],
) -> None:
    """Train one recipe under several protocols, side by side: what a leak is worth."""
    from rich.table import Table

    from muso import service
    from muso.cli.show import print_table, progress_bar

    with progress_bar() as listener:
        reports = service.compare(
            recipe,
            corpus,
            [protocol.strip() for protocol in protocols.split(",")],
            changes=changes,
            label=label,
            columns=columns,
            listener=listener,
        )
    say_doubts(reports.doubts)
    say_left_out(reports.unreadable.values())
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("protocol", "accuracy", "balanced accuracy", "macro F1", "units", "leaks"):
        table.add_column(heading)
    for report in reports.values():
        metrics, leaks = report.metrics, sum(leak.count for leak in report.leaks)
        figures = (metrics.accuracy, metrics.balanced_accuracy, metrics.macro_f1)
        table.add_row(
            report.split.called, *(str(f) for f in figures), f"{metrics.n:,}", f"{leaks:,}"
        )
    print_table(table)
