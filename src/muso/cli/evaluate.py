"""`muso evaluate`"""

from __future__ import annotations

import csv
import json
import os
from typing import Any

import click

from muso.cli.columns import reads_corpus
from muso.cli.corpus.facts import say_doubts, say_left_out


@click.command()
@click.argument("bundle")
@click.argument("corpus", required=False)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.option("--split", metavar="NAME", help="Only rows that the manifest puts on this side.")
@click.option(
    "--labels", metavar="A,B,…", help="Only these labels, the ranking restricted to them."
)
@click.option("--predictions", metavar="FILE.csv", help="Write what was said of each piece.")
@click.option("--excerpts", metavar="2,5,…",
              help="Also from a random excerpt of so many seconds of each new piece.")  # fmt: skip
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0), metavar="N",
              help="Of the excerpts.")  # fmt: skip
@click.option("--against", metavar="CORPUS", help="Real pieces to hold composed ones against.")
@click.option("--pieces", default=50, show_default=True, metavar="N",
              help="With --against: composed in each mood, and without one.")  # fmt: skip
@click.option("--seconds", default=30.0, show_default=True, metavar="N",
              help="With --against: length of a piece.")  # fmt: skip
@click.option("--copied-from", metavar="CORPUS",
              help="With --against: what the model was trained on.")  # fmt: skip
@click.option("--keep", metavar="FOLDER",
              help="With --against: keep the pieces there, and go on from there.")  # fmt: skip
@click.option("--picture", metavar="FILE.png",
              help="Accuracy by length with --excerpts, both sides with --against.")  # fmt: skip
@reads_corpus
def evaluate(
    bundle: str,
    corpus: str | None,
    as_json: bool,
    split: str | None,
    labels: str | None,
    predictions: str | None,
    label: str | None,
    columns: dict[str, str],
    excerpts: str | None,
    seed: int,
    against: str | None,
    picture: str | None,
    **composing: Any,
) -> None:
    """Measure a model on any labelled corpus, a CSV or a folder of folders.

    A model that composes is measured with --against: what it makes is held against real pieces.
    """
    from muso import service
    from muso.cli.show import progress_bar
    from muso.judge.markdown import format_evaluation
    from muso.music.files import whole

    if against is not None and excerpts:
        raise click.UsageError("--excerpts are of pieces to be named; leave --against out")
    if against is not None:
        reading = {"split": split, "label": label, "columns": columns, "picture": picture}
        _evaluate_music(bundle, against, as_json, reading | composing)
        return
    if corpus is None:
        hint = "a model that composes takes --against"
        raise click.MissingParameter(hint, param_hint="'CORPUS'", param_type="argument")
    wanted = [name.strip() for name in labels.split(",")] if labels else []
    with progress_bar() as listener:
        evaluation, rows = service.evaluate(
            bundle,
            corpus,
            split=split,
            labels=wanted,
            label=label,
            columns=columns,
            excerpts=_seconds(excerpts),
            seed=seed,
            picture=picture,
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
    say_doubts(evaluation.doubts)
    say_left_out(evaluation.unreadable.values())
    if as_json:
        click.echo(json.dumps(evaluation.as_dict()))
    else:
        click.echo(format_evaluation(evaluation).rstrip())


def _seconds(given: str | None) -> list[float]:
    from muso.errors import UsageError

    try:
        return [float(length) for length in given.split(",")] if given else []
    except ValueError:
        raise UsageError(
            f"--excerpts {given!r}: give seconds with commas between, such as 2,5,10"
        ) from None


def _evaluate_music(bundle: str, against: str, as_json: bool, asked: dict[str, Any]) -> None:
    from muso import service
    from muso.cli.show import progress_bar
    from muso.judge.music import format_music

    with progress_bar() as listener:
        evaluation = service.evaluate_music(bundle, against, **asked, listener=listener)
    click.echo(json.dumps(evaluation.as_dict()) if as_json else format_music(evaluation).rstrip())
