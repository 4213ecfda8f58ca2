"""`muso evolve`"""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from muso.cli.evolve.settings import ask_seed, draw_seed, options, settle

if TYPE_CHECKING:
    from muso.compose.evolve.session import Session
    from muso.music.score import Score


@click.group(invoke_without_command=True)
@options
@click.option("--seed", type=int, help="Of all draws; drawn itself if not given.")
@click.option("--from", "source", metavar="FILE.mid", help="Start from the melody of a score.")
@click.option("--mood", metavar="NAME", help="Start from a piece composed in this mood.")
@click.option("--moods", is_flag=True, help="Let the ear hear moods too; it takes longer.")
@click.option("--style", metavar="NAME", help="Let the ear hear a style of your own too.")
@click.option("--repeats", is_flag=True, help="Let phrases come more than once.")
@click.option("--session", metavar="NAME", help="Name of the new session, or a folder for it.")
@click.option("--resume", is_flag=False, flag_value="", metavar="[SESSION]",
              help="Go on with a session; with the latest if none is named.")  # fmt: skip
@click.option("--mend", is_flag=True, help="With --resume: keep what is readable of a damaged one.")
@click.option("--pairs", is_flag=True, help="Say which of two phrases is better.")
@click.option("--auto", type=int, metavar="N",
              help="Breed N generations without you, once the ear knows enough.")  # fmt: skip
@click.option("--yes", is_flag=True, help="Ask for nothing: what is not given is as in brackets.")
@click.pass_context
def evolve(
    context: click.Context,
    /,
    seed: int | None,
    source: str | None,
    mood: str | None,
    moods: bool,
    style: str | None,
    repeats: bool,
    session: str | None,
    resume: str | None,
    mend: bool,
    pairs: bool,
    auto: int | None,
    yes: bool,
    **given: Any,
) -> None:
    """Breed phrases by your ear.

    Phrases are played and shown; rate each from 0 to 5, and the next generation is bred from
    those you like. Meanwhile an ear learns your taste and screens hundreds of phrases for the
    few that you hear. All you say is on the disk before the next question: leave at any time,
    and go on with --resume. `muso evolve export SESSION` writes the best phrases as MIDI.
    """
    if context.invoked_subcommand is not None:
        return
    from muso import service
    from muso.compose.evolve.genome import within

    if auto is not None:
        within("--auto", auto, 1, 100)
    if resume is None:
        if mend:
            raise click.UsageError("--mend goes with --resume")
        if session:
            service.check_free(session)
        if source and mood:
            raise click.UsageError("start from a file or from a mood; give one of them")
        asking = not yes and sys.stdin.isatty() and sys.stdout.isatty()
        start: str | Score | None = source
        if mood:
            start = service.compose(service.ComposeRequest(mood=mood, seed=seed or 0)).score
        fit = partial(service.fit_form, start) if start else None
        form, breeding = settle({**given, "repeats": repeats}, fit, asking)
        if seed is None:
            seed = ask_seed() if asking else draw_seed()
        opened = service.new_session(form, breeding, seed, session, start, moods=moods, style=style)
    else:
        _refuse_new(context)
        opened = service.resume_session(resume or None, mend=mend)
    _sit(opened, pairs, auto or 0)


@evolve.command()
@click.argument("session")
@click.option("--best", "count", default=3, show_default=True, metavar="N", help="How many.")
@click.option("--to", "folder", metavar="FOLDER", help="Where; the session's `best` if not given.")
@click.option("--humanize", type=float, metavar="AMOUNT",
              help="Played as a person might, 0 (as written) to 1.")  # fmt: skip
def export(session: str, count: int, folder: str | None, humanize: float | None) -> None:
    """Write the best phrases of SESSION as MIDI, the best first."""
    from muso import service
    from muso.errors import shown

    for path in service.export_session(session, count, folder, humanize):
        click.echo(shown(path))


def _refuse_new(context: click.Context) -> None:
    """A session that goes on has its settings already."""
    free = ("resume", "mend", "pairs", "auto", "yes")
    for option in context.command.params:
        if option.name in free or option.name is None:
            continue
        if context.get_parameter_source(option.name) is not click.core.ParameterSource.DEFAULT:
            raise click.UsageError(
                f"{option.opts[0]} is settled when a session starts; start a new one for another"
            )


def _sit(session: Session, pairs: bool, auto: int) -> None:
    from muso.cli.evolve.keyboard import keyboard
    from muso.cli.evolve.sitting import Sitting
    from muso.cli.evolve.sound import Sound
    from muso.errors import shown

    rest = "go on: muso evolve --resume {0}; its best: muso evolve export {0}"
    told = rest.format(_name(session))
    with session, Sound(session.folder, beside=sys.stdin.isatty()) as sound, keyboard() as keys:
        click.echo(f"session {shown(session.folder)}, seed {session.seed}")
        try:
            Sitting(session, keys, sound, pairs, auto).run()
        finally:
            click.echo(f"\nall is kept; {told}")


def _name(session: Session) -> str:
    """What to type for it: the name where that is enough, in quotes where they are needed."""
    import shlex

    from muso import service
    from muso.errors import shown

    folder = session.folder
    named = service.session_folder(folder.name) == folder
    return shlex.quote(folder.name if named else shown(folder))
