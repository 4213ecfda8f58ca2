"""`muso corpus purest`"""

from __future__ import annotations

import click

from muso.cli.corpus.facts import say_left_out


@click.command()
@click.argument("corpus")
@click.option("--bundle", required=True, metavar="NAME", help="The model that hears what is pure.")
@click.option("--to", required=True, metavar="FOLDER", help="Where parts and their manifest go.")
@click.option("--share", default=0.5, show_default=True, type=float,
              help="Of the windows of each piece.")  # fmt: skip
def purest(corpus: str, bundle: str, to: str, share: float) -> None:
    """Cut labelled scores into the parts that are purest in their label.

    CORPUS is a CSV or a folder of folders. Train on the manifest that is written to see whether
    it helps.
    """
    from muso import service
    from muso.cli.show import progress_bar
    from muso.errors import shown

    with progress_bar() as listener:
        manifest, left_out = service.cut_purest(corpus, bundle, to, share=share, listener=listener)
    say_left_out(left_out.values())
    click.echo(f"{shown(manifest)}")
