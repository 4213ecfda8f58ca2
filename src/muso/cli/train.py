"""`muso train`"""

from __future__ import annotations

import click

from muso.cli.columns import reads_corpus
from muso.cli.corpus.facts import say_doubts, say_left_out


@click.command()
@click.argument("recipe")
@click.option(
    "--corpus", metavar="CSV_OR_FOLDER", help="Labelled pieces; the recipe's unless given."
)
@click.option("--name", metavar="NAME", help="Of the bundle; the recipe's unless given.")
@click.option("--task", metavar="NAME", help="What the labels are, such as performer.")
@click.option("--set", "changes", multiple=True, metavar="KEY=VALUE", help="Override the recipe.")
@click.option("--from", "start", metavar="BUNDLE",
              help="Go on from the best weights of an earlier run, on its split.")  # fmt: skip
@reads_corpus
def train(
    recipe: str,
    corpus: str | None,
    name: str | None,
    task: str | None,
    changes: tuple[str, ...],
    start: str | None,
    label: str | None,
    columns: dict[str, str],
) -> None:
    """Train a model on a corpus, and report how good it is.

    RECIPE is a shipped recipe's name or a TOML file. Interrupted, the same command goes on.
    """
    from muso import service
    from muso.cli.show import progress_bar
    from muso.judge.markdown import format_report

    if service.is_language_recipe(recipe):
        with progress_bar() as listener:
            made = service.train_language(
                recipe,
                corpus,
                name=name,
                changes=changes,
                label=label,
                columns=columns,
                listener=listener,
            )
        say_doubts(made.doubts)
        say_left_out(made.unreadable.values())
        click.echo((made.bundle.folder / "CARD.md").read_text("utf-8").rstrip())
        click.echo(f"\nSaved as {made.bundle.name}: muso compose --bundle {made.bundle.name} …")
        return
    with progress_bar() as listener:
        trained = service.train(
            recipe,
            corpus,
            name=name,
            task=task,
            changes=changes,
            start=start,
            label=label,
            columns=columns,
            listener=listener,
        )
    say_doubts(trained.doubts)
    say_left_out(trained.unreadable.values())
    click.echo(format_report(trained.report).rstrip())
    click.echo(f"\nSaved as {trained.bundle.name}: muso identify --bundle {trained.bundle.name} …")
