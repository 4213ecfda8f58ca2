"""What a new session asks for: each once as an option, or else at a prompt."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from muso.compose.evolve.genome import Form
    from muso.compose.evolve.population import Breeding

Command = TypeVar("Command", bound=Callable[..., Any])
Part = TypeVar("Part", "Form", "Breeding")

MOST_SEED = 10**6
"""Seeds muso draws itself are short enough to be typed again."""


@dataclass(frozen=True)
class Setting:
    """One field of `Form` or `Breeding`: its option, its kind and what the prompt says."""

    field: str
    flags: str
    kind: type
    question: str


SETTINGS = (
    Setting("bars", "--bars", int, "Bars of four beats, 1 to 64"),
    Setting("notes_a_bar", "--notes", int, "Notes a bar, 1 to 16"),
    Setting("steps", "--steps", int, "Steps: pitches a note, in thirds, 1 to 5"),
    Setting("pauses", "--pauses/--no-pauses", bool, "Pauses"),
    Setting("key", "--key", str, "Key: C, C#, Db … B"),
    Setting("scale", "--scale", str, "Scale, such as major, dorian or minor blues"),
    Setting("octave", "--octave", int, "Octave of the root, 0 to 8; middle C starts 4"),
    Setting("size", "--population", int, "Phrases a generation, 4 to 60"),
    Setting("mutations", "--mutations", int, "Bits that may flip in a child, 0 to 64"),
    Setting("probability", "--probability", float, "Probability that each does, 0 to 1"),
    Setting("bpm", "--bpm", float, "Beats a minute, 20 to 400"),
    Setting("metronome", "--metronome/--no-metronome", bool, "Metronome"),
    Setting("program", "--instrument", int, "Instrument: General MIDI program, 0 to 127"),
)
"""In the order in which they are asked."""


def options(command: Command) -> Command:
    """`command` with an option for each setting."""
    from muso.compose.evolve.genome import Form
    from muso.compose.evolve.population import Breeding

    form, breeding = Form(), Breeding()
    for setting in reversed(SETTINGS):
        kind = None if setting.kind is bool else setting.kind
        part = form if hasattr(form, setting.field) else breeding
        line = f"{setting.question} [{_shown(getattr(part, setting.field))}]"
        command = click.option(setting.flags, setting.field, type=kind, default=None, help=line)(
            command
        )
    return command


def settle(
    given: Mapping[str, Any], fit: Callable[[Form], Form] | None, asking: bool
) -> tuple[Form, Breeding]:
    """The form and breeding of a new session.

    Args:
        given: the options' values by field, None for those not given.
        fit: makes a form what suits the score that the session starts from.
        asking: whether the person is asked for what is not given.

    Raises:
        UsageError: a value that was given is out of its range.
    """
    from muso.compose.evolve.genome import Form
    from muso.compose.evolve.population import Breeding

    said = {field: value for field, value in given.items() if value is not None}
    form, breeding = _with(Form(), said), _with(Breeding(), said)
    if fit is not None:
        form = _with(fit(form), said)
    for setting in SETTINGS if asking else ():
        if setting.field not in said:
            if hasattr(form, setting.field):
                form = _asked(setting, form)
            else:
                breeding = _asked(setting, breeding)
    return form, breeding


def ask_seed() -> int:
    """A seed that the person types, or one drawn."""
    from muso.compose.evolve.genome import within
    from muso.errors import UsageError

    drawn = draw_seed()

    def read(text: str) -> int:
        seed = _value(text, int)
        try:
            within("seed", seed, 0, 2**63 - 1)
        except UsageError as error:
            raise click.UsageError(str(error)) from None
        return int(seed)

    return int(click.prompt("Seed", default=str(drawn), value_proc=read))


def draw_seed() -> int:
    """A seed for a session that names none."""
    from secrets import randbelow

    return randbelow(MOST_SEED)


def _with(part: Part, said: Mapping[str, Any]) -> Part:
    own = {field.name for field in fields(part)}
    return replace(part, **{name: value for name, value in said.items() if name in own})


def _asked(setting: Setting, part: Part) -> Part:
    """`part` with what the person answers; a value that does not fit is asked for again."""
    from muso.errors import UsageError

    def read(text: str) -> Part:
        try:
            return _with(part, {setting.field: _value(text, setting.kind)})
        except UsageError as error:
            raise click.UsageError(str(error)) from None

    default = _shown(getattr(part, setting.field))
    answer: Part = click.prompt(setting.question, default=default, value_proc=read)
    return answer


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _value(text: str, kind: type) -> Any:
    """`text` as its kind; as it stands where it is none, to be refused with the range."""
    text = text.strip()
    if kind is bool:
        answer = text.lower()
        if answer not in ("y", "yes", "n", "no"):
            raise click.UsageError(f"answer yes or no, not {text!r}")
        return answer in ("y", "yes")
    try:
        return kind(text)
    except ValueError:
        return text
