"""`muso studio`"""

from __future__ import annotations

import importlib

import click


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=None,
              help="Where to listen: 8420, or any free port if that is taken.")  # fmt: skip
@click.option("--no-browser", is_flag=True, help="Don't open the page.")
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS",
              help="Another address lets other machines in.")  # fmt: skip
def studio(port: int | None, no_browser: bool, host: str) -> None:
    """Open the studio: a local page where you look, listen and make music."""
    # By name: the commands and the studio stand beside each other, neither builds on the other.
    room = importlib.import_module("muso.studio")
    settings = room.Settings(host=host) if port is None else room.Settings(host=host, port=port)
    room.serve(settings, browser=not no_browser, say=click.echo)
