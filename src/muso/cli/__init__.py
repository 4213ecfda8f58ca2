"""The command line: each command parses, calls the service once, and shows what it gave."""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import sys
from pathlib import Path
from typing import Any

import click

COMMANDS = {
    "identify": "Name the composer and mood of scores, the genre of recordings and covers.",
    "train": "Train a model on a labelled corpus, and report how good it is.",
    "evaluate": "Measure a model on any labelled corpus.",
    "compare": "Train one recipe under several protocols, side by side.",
    "search": "Try a recipe's settings, and write the best as a recipe.",
    "reproduce": "Run an earlier study again: what it claimed, and what is true.",
    "view": "Draw what a network sees of a score.",
    "render": "Make sounds and pictures of scores and clips.",
    "play": "Play a score or a clip, and show its piano roll meanwhile.",
    "humanize": "Write a score as a person might play it.",
    "compose": "Make music, in a mood or in a style.",
    "style": "Learn the style of a folder of your own music.",
    "steer": "Evolve values of a model's neurons for a mood.",
    "evolve": "Breed phrases by your ear.",
    "studio": "Open a local page where you look, listen and make music.",
    "survey": "Ask people what they hear: blind listening tests.",
    "bundles": "List the models, or show one.",
    "corpus": "Collect, clean, describe and split collections.",
}
"""Every command and what its line in the help says; its module is loaded when it is used."""

WRONG_USAGE = 2
INTERRUPTED = 130


class Lazy(click.Group):
    """A group that loads a command's module only when that command is asked for."""

    def list_commands(self, context: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        command: click.Command = getattr(importlib.import_module(f"muso.cli.{name}"), name)
        return command

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=Lazy)
@click.version_option(package_name="muso", prog_name="muso")
def cli() -> None:
    """muso listens and plays: it names what is in your music, and makes new music."""


def main(arguments: list[str] | None = None) -> Any:
    """Run the command line; exits 0 when all was served, 1 when not, 2 for wrong usage."""
    from muso.errors import MusoError, RecipeError, UsageError

    if isinstance(sys.stdout, io.TextIOWrapper):
        # Not every terminal and pipe can take the characters of the bars.
        sys.stdout.reconfigure(errors="replace")
    try:
        # Not standalone: click would end with 1 when interrupted.
        sys.exit(cli.main(arguments, prog_name="muso", standalone_mode=False))
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (UsageError, RecipeError) as error:
        _say(error)
        sys.exit(WRONG_USAGE)
    except MusoError as error:
        _say(error)
        sys.exit(1)
    except (click.Abort, KeyboardInterrupt):
        click.echo("muso: stopped", err=True)
        sys.exit(INTERRUPTED)
    except OSError as error:
        if own := _of_home(error):
            _say(own)
            sys.exit(1)
        # Standard output itself: a full disk behind it, or a reader that left.
        with contextlib.suppress(OSError):
            _say(error)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


def _of_home(error: OSError) -> Exception | None:
    """What to say where muso's own folder can't be used; None where it is something else."""
    from muso.bundle.store import home
    from muso.errors import FileError

    if not isinstance(error.filename, str | bytes):
        return None
    failed, own = Path(os.fsdecode(error.filename)).absolute(), home().absolute()
    if own not in (failed, *failed.parents) and failed not in own.parents:
        return None
    cause = f"the system says: {error.strerror}"
    return FileError(failed, cause, "muso keeps its files there; name another folder by MUSO_HOME")


def _say(error: Exception) -> None:
    click.echo(f"muso: {error}", err=True)
