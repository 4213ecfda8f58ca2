"""A listener at the keyboard: phrases come one by one or in pairs, and are rated."""

from __future__ import annotations

import shutil
from collections import deque

import click
import numpy as np

from muso.cli.evolve.keyboard import LEAVE, Keys, Lines
from muso.cli.evolve.sound import Sound
from muso.cli.show import progress_bar
from muso.compose.evolve.generation import FEWEST_VERDICTS, next_pair
from muso.compose.evolve.population import Population, agreement, listen, phrase_name
from muso.compose.evolve.session import Session
from muso.compose.evolve.taste import MOST_STARS
from muso.music.picture import piano_roll_text
from muso.music.picture.terminal import FEWEST_COLUMNS
from muso.progress import counted

ROLL_COLUMNS, ROLL_ROWS = 78, 7
GLANCE_S = 0.1
"""Between two looks at whether the sound goes well."""

STARS = tuple(str(stars) for stars in range(MOST_STARS + 1))
RATING = "0-5 rate, r replay, b back, s keep, u undo, q leave: "
CHOOSING = "1 or 2 is better, r replay, s keep, u undo, q leave: "


class Sitting:
    """One sitting at a session. `auto` generations are bred alone once the ear knows enough."""

    def __init__(
        self, session: Session, keys: Keys | Lines, sound: Sound, pairs: bool, auto: int
    ) -> None:
        self._session = session
        self._keys = keys
        self._sound = sound
        self._pairs = pairs
        self._auto = auto
        self._generation = -1
        self._numbers: tuple[int, ...] = ()

    def run(self) -> None:
        """Go on until the listener leaves."""
        missing = FEWEST_VERDICTS - len(self._population.verdicts)
        if self._auto and missing > 0:
            click.echo(f"the ear breeds alone once it knows {missing} more of your verdicts")
        self._place()
        while True:
            if self._breed():
                self._place()
            self._head()
            self._present()
            if not self._answer():
                return

    @property
    def _population(self) -> Population:
        return self._session.population

    def _place(self) -> None:
        """Where to go on: the first phrase after this one that has no stars, or the next pair."""
        if self._pairs:
            self._numbers = next_pair(self._population)
            return
        open_ = np.flatnonzero(np.isnan(self._population.stars[self._population.current]))
        after = open_[open_ > self._numbers[0]] if self._numbers else open_
        following = after if len(after) else open_
        self._numbers = (int(following[0]),) if len(following) else (0,)

    def _all_said(self) -> bool:
        """Whether this generation has been rated, or compared enough, to breed from."""
        population = self._population
        if not self._pairs:
            return bool(np.isfinite(population.stars[population.current]).all())
        new = population.born[population.choices] == population.generation
        return int(new.any(axis=1).sum()) >= len(population) // 2

    def _breed(self) -> bool:
        """Breed what is due; whether there was anything."""
        if self._auto and len(self._population.verdicts) >= FEWEST_VERDICTS:
            wanted, self._auto = self._auto, 0
            click.echo(f"\nbreeding {wanted} generations by the ear alone …")
            bred = (self._session.auto(1) for _ in range(wanted))
            with progress_bar() as listener:
                deque(counted(bred, "generations", wanted, listener), maxlen=0)
        elif self._all_said():
            self._session.step()
        else:
            return False
        self._numbers = ()
        return True

    def _head(self) -> None:
        """Once for each generation: which it is, what the ear knows and how well it does."""
        population = self._population
        if population.generation == self._generation:
            return
        self._generation = population.generation
        line = f"generation {population.generation}, {len(population)} phrases"
        said = len(population.verdicts)
        if not said:
            click.echo(f"\n{line}; the ear knows nothing of your taste yet")
            return
        opinion = listen(population).opinion(population.phrases)
        top = int(np.argmax(opinion.expected))
        click.echo(f"\n{line}; the ear knows {said} of your verdicts")
        click.echo(f"  it expects most of {phrase_name(population.generation, top + 1)}: "
                   f"{_stars(opinion.expected[top], opinion.unsure[top])}")  # fmt: skip
        agreed = agreement(population)
        if agreed is not None:
            click.echo(
                f"  of two phrases rated apart, it foretold the better {agreed:.0%} of the time"
            )

    def _present(self) -> None:
        population = self._population
        width = min(max(shutil.get_terminal_size().columns - 1, FEWEST_COLUMNS), ROLL_COLUMNS)
        for place, number in enumerate(self._numbers, start=1):
            which = f"{place}: " if self._pairs else ""
            click.echo(f"\n{which}{self._name(number)}, {number + 1} of {len(population)}"
                       f"{_past(population, number)}")  # fmt: skip
            click.echo(piano_roll_text(population.score(number), width, ROLL_ROWS))
        self._play()

    def _play(self) -> None:
        said = self._sound.play([self._population.score(number) for number in self._numbers])
        if said:
            click.echo(said)

    def _answer(self) -> bool:
        """Take keys until something else is to be presented; False once the listener leaves."""
        while True:
            key = self._key(CHOOSING if self._pairs else RATING)
            if key in (LEAVE, "q"):
                return False
            if key == "r":
                self._play()
            elif key == "s":
                self._keep()
            elif key == "u":
                self._undo()
                return True
            elif self._pairs and key in ("1", "2"):
                preferred, other = self._numbers if key == "1" else self._numbers[::-1]
                self._session.choose(preferred, other)
                self._place()
                return True
            elif not self._pairs and key in STARS:
                self._rate(int(key))
                return True
            elif not self._pairs and key == "b" and self._numbers[0] > 0:
                self._numbers = (self._numbers[0] - 1,)
                return True
            else:
                self._refuse(key)

    def _key(self, prompt: str) -> str:
        """The next key. Meanwhile it is said if the sound can't be heard."""
        click.echo(prompt, nl=False)
        while True:
            key = self._keys.read(GLANCE_S)
            if key is not None:
                break
            if said := self._sound.news():
                click.echo(f"\n{said}\n{prompt}", nl=False)
        click.echo(key if key.isprintable() else "")
        return key.lower()

    def _refuse(self, key: str) -> None:
        shown = repr(key) if key.strip() and key.isprintable() else "this key"
        if key == "b":
            click.echo("u takes the last choice back" if self._pairs else "this is the first one")
        elif self._pairs:
            click.echo(f"{shown} says nothing here: press 1 or 2, r, s, u or q")
        else:
            click.echo(f"{shown} is no rating: press 0 to {MOST_STARS}, r, b, s, u or q")

    def _rate(self, stars: int) -> None:
        number = self._numbers[0]
        population = self._population
        row = population.row(number)
        self._session.rate(number, stars)
        # Told only now, so that it does not sway the rating.
        if np.isfinite(population.expected[row]):
            expected = _stars(population.expected[row], population.unsure[row])
            click.echo(f"  the ear expected {expected}")
        self._place()

    def _keep(self) -> None:
        number = self._numbers[0]
        if self._pairs:
            key = self._key("keep which, 1 or 2: ")
            if key not in ("1", "2"):
                click.echo("kept neither")
                return
            number = self._numbers[int(key) - 1]
        self._session.save(number)
        click.echo(f"  {self._name(number)} is kept; later phrases may quote it")

    def _undo(self) -> None:
        before = self._population
        if not self._session.undo():
            click.echo("there is nothing to undo")
            return
        # A generation fully rated would only be bred again: its last rating goes as well.
        while self._all_said() and self._session.undo():
            pass
        after = self._population
        lost = [f"generation {g}" for g in range(before.generation, after.generation, -1)]
        rerated = _rerated(before, after)
        lost += [f"the stars of {self._name(number)}" for number in rerated]
        lost += ["a choice"] * (len(before.choices) - len(after.choices))
        lost += ["the keeping of a phrase"] * (len(before.saved) - len(after.saved))
        # The same stars or the same keeping again leave no trace but in the journal.
        click.echo(f"  undone: {' and '.join(lost) or 'what changed nothing'}")
        if rerated:
            self._numbers = (rerated[0],)
        elif before.generation > after.generation or self._pairs:
            self._numbers = ()
            self._place()

    def _name(self, number: int) -> str:
        return phrase_name(self._population.generation, number + 1)


def _rerated(before: Population, after: Population) -> list[int]:
    """Numbers of the phrases of the generation `after` whose stars were others `before`."""
    rows = after.current
    one, other = np.nan_to_num(before.stars[rows], nan=-1), np.nan_to_num(after.stars[rows], nan=-1)
    return [int(number) for number in np.flatnonzero(one != other)]


def _past(population: Population, number: int) -> str:
    """Where a phrase comes from and what was said of it."""
    row = population.row(number)
    parents = [
        population.name(parent) for parent in population.parents[row].tolist() if parent >= 0
    ]
    past = f", {population.origins[row]}" + (f" of {' and '.join(parents)}" if parents else "")
    if np.isfinite(population.stars[row]):
        past += f", you gave {int(population.stars[row])}"
    if row in population.saved:
        past += ", kept"
    return past


def _stars(expected: float, unsure: float) -> str:
    return f"{min(max(expected, 0.0), MOST_STARS):.1f} ± {unsure:.1f} stars"
