"""`muso steer`"""

from __future__ import annotations

import json

import click

from muso.cli.columns import reads_corpus


@click.command()
@click.argument("corpus")
@click.option("--mood", required=True, metavar="NAME", help="sad, calm, angry or happy.")
@click.option("-o", "--output", "target", required=True, metavar="FILE.json",
              help="Where the values are kept; one begun before is gone on with.")  # fmt: skip
@click.option("--bundle", default="muse.1", show_default=True, metavar="NAME",
              help="The model that composes.")  # fmt: skip
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0), help="Of all draws.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@reads_corpus
def steer(
    corpus: str,
    mood: str,
    target: str,
    bundle: str,
    seed: int,
    as_json: bool,
    label: str | None,
    columns: dict[str, str],
) -> None:
    """Evolve values for a model's neurons that bring a mood about.

    CORPUS holds pieces labelled with moods; an L1 regression on the model's states picks the
    neurons, and a genetic algorithm their values. Then: muso compose --steering FILE.json
    """
    from muso import service
    from muso.cli.show import progress_bar
    from muso.errors import shown

    with progress_bar() as listener:
        found = service.steer(
            bundle,
            mood,
            corpus,
            target,
            seed=seed,
            label=label,
            columns=columns,
            listener=listener,
        )
    if as_json:
        click.echo(json.dumps(found.as_dict()))
        return
    first, last = found.history[0], found.history[-1]
    click.echo(
        f"{shown(found.path)}: {len(found.neurons)} neurons of {found.bundle}; heard as "
        f"{found.mood} {first:.0%} of the time at first, {last:.0%} in the end"
    )
