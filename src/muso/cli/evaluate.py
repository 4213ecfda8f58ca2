"""`muso evaluate`"""

from __future__ import annotations

import csv
import json
import os

import click

from muso.cli.columns import reads_corpus


@click.command()
@click.argument("bundle")
@click.argument("corpus")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.option("--split", metavar="NAME", help="Only rows that the manifest puts on this side.")
@click.option(
    "--labels", metavar="A,B,…", help="Only these labels, the ranking restricted to them."
)
@click.option("--predictions", metavar="FILE.csv", help="Write what was said of each piece.")
@reads_corpus
def evaluate(
    bundle: str,
    corpus: str,
    as_json: bool,
    split: str | None,
    labels: str | None,
    predictions: str | None,
    label: str | None,
    columns: dict[str, str],
) -> None:
    """Measure a model on any labelled corpus, a CSV or a folder of folders."""
    from muso import service
    from muso.cli.show import progress_bar
    from muso.judge.markdown import format_evaluation
    from muso.music.files import whole

    wanted = [name.strip() for name in labels.split(",")] if labels else []
    with progress_bar() as listener:
        evaluation, rows = service.evaluate(
            bundle,
            corpus,
            split=split,
            labels=wanted,
            label=label,
            columns=columns,
            listener=listener,
        )
    if predictions:
        with (
            whole(predictions) as unfinished,
            unfinished.open("w", newline="", encoding="utf-8", errors="surrogateescape") as out,
        ):
            writer = csv.writer(out)
            writer.writerow(["path", "label", "predicted", "probability"])
            for row in rows:
                path = os.fspath(row.piece.path)
                writer.writerow([path, row.piece.label, row.predicted, f"{row.probability:.4f}"])
    for message in evaluation.unreadable.values():
        click.echo(f"muso: left out {message}", err=True)
    if as_json:
        click.echo(json.dumps(evaluation.as_dict()))
    else:
        click.echo(format_evaluation(evaluation).rstrip())
