"""`muso humanize`"""

from __future__ import annotations

import click


@click.command()
@click.argument("score", type=click.Path(path_type=str))
@click.option("-o", "--output", "target", required=True, metavar="FILE", help="The .mid to make.")
@click.option("--amount", default=0.5, show_default=True, metavar="0…1",
              help="How freely: 0.5 as players usually do, 1 as the freest.")  # fmt: skip
@click.option(
    "--timing", type=float, metavar="0…1", help="Its own amount: early, late, rolled chords."
)
@click.option("--dynamics", type=float, metavar="0…1", help="Its own amount: louder, softer.")
@click.option("--tempo", type=float, metavar="0…1", help="Its own amount: faster, slower.")
@click.option(
    "--pitch", type=float, metavar="0…1", help="Its own amount: bends, where they can be."
)
@click.option("--seed", default=0, show_default=True, help="Another one is another player.")
def humanize(
    score: str,
    target: str,
    amount: float,
    timing: float | None,
    dynamics: float | None,
    tempo: float | None,
    pitch: float | None,
    seed: int,
) -> None:
    """Write a score as a person might play it, and say how far that is from what is written."""
    from rich.table import Table

    from muso import service
    from muso.cli.show import print_table
    from muso.errors import shown

    moved = service.humanize_file(
        score,
        target,
        amount,
        timing=timing,
        dynamics=dynamics,
        tempo=tempo,
        pitch=pitch,
        seed=seed,
    )
    click.echo(f"{shown(target)}: {moved.notes:,} notes")
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("", "on average", "at most"):
        table.add_column(heading, justify="right" if heading else "left")
    table.add_row("timing", f"{moved.timing_mean_ms:.1f} ms", f"{moved.timing_max_ms:.1f} ms")
    table.add_row("velocity", f"{moved.velocity_mean:.1f}", f"{moved.velocity_max}")
    table.add_row("tempo", f"{moved.tempo_mean_percent:.1f}%", f"{moved.tempo_max_percent:.1f}%")
    cents = (moved.pitch_mean_cents, moved.pitch_max_cents)
    table.add_row("pitch", *(f"{value:.1f} cents" for value in cents))
    print_table(table)
