"""`muso search`"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from muso.cli.columns import reads_corpus
from muso.cli.corpus.facts import say_doubts, say_left_out

if TYPE_CHECKING:
    from muso.learn.search import Search


@click.command()
@click.argument("recipe")
@click.option(
    "--corpus", metavar="CSV_OR_FOLDER", help="Labelled pieces; the recipe's unless given."
)
@click.option(
    "--to", metavar="FILE.toml", help="For the best recipe; NAME-found.toml if not given."
)
@click.option("--set", "changes", multiple=True, metavar="KEY=VALUE", help="Override the recipe.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@reads_corpus
def search(
    recipe: str,
    corpus: str | None,
    to: str | None,
    changes: tuple[str, ...],
    as_json: bool,
    label: str | None,
    columns: dict[str, str],
) -> None:
    """Try the settings of a recipe's [search] table, and write the best as a recipe.

    Each is judged by cross-validation inside the training side; the test side is not looked at.
    Interrupted, the same command goes on; machines that share --set search.storage=URL share the
    trials.
    """
    from muso import service
    from muso.cli.show import progress_bar

    with progress_bar() as listener:
        found, path = service.search_recipe(
            recipe,
            corpus,
            to=to,
            changes=changes,
            label=label,
            columns=columns,
            listener=listener,
        )
    say_doubts(found.doubts)
    say_left_out(found.unreadable.values())
    if as_json:
        click.echo(json.dumps(_as_dict(found, str(path))))
        return
    _print(found)
    click.echo(f"\nThe best is in {path}: muso train {path} …")


def _as_dict(found: Search, path: str) -> dict[str, object]:
    trials = [
        {
            "number": trial.number,
            "values": dict(trial.values),
            "state": trial.state,
            "figure": trial.figure.as_dict() if trial.figure else None,
        }
        for trial in found.trials
    ]
    return {
        "best": found.winner.number,
        "recipe": path,
        "pieces": found.pieces,
        "storage": found.storage,
        "trials": trials,
    }


def _print(found: Search) -> None:
    from rich.markup import escape
    from rich.table import Table

    from muso.cli.show import print_table

    table = Table(box=None, pad_edge=False, header_style="bold")
    keys = list(found.winner.values)
    for heading in ("trial", *keys, "in cross-validation"):
        table.add_column(escape(heading))
    for trial in found.trials:
        mark = "[bold]" if trial.number == found.winner.number else ""
        values = (escape(str(trial.values.get(key, ""))) for key in keys)
        cells = (str(trial.number + 1), *values, str(trial.figure or trial.state))
        table.add_row(*(f"{mark}{cell}" for cell in cells))
    print_table(table)
