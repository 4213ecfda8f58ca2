"""`muso view`"""

from __future__ import annotations

import click


@click.command()
@click.argument("score", type=click.Path(path_type=str))
@click.option("-o", "--output", "target", required=True, metavar="FILE.png")
@click.option(
    "--rates",
    default="16,8,4",
    show_default=True,
    metavar="A,B,…",
    help="Frames a second to compare.",
)
@click.option("--chunks", is_flag=True, help="Its chunks of 15 s, a row a channel, instead.")
def view(score: str, target: str, rates: str, chunks: bool) -> None:
    """Draw what a network sees of a score's piano roll, for choosing its settings."""
    from muso import service
    from muso.errors import UsageError

    try:
        wanted = [int(rate) for rate in rates.split(",")]
    except ValueError:
        raise UsageError(f"--rates {rates}: write whole numbers, such as 16,8,4") from None
    service.draw_roll(score, target, rates=wanted, chunks=chunks)
    click.echo(target)
