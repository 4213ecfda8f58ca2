"""A breeding session on disk: nothing that was acknowledged is ever lost.

A session is a folder. `session.jsonl` holds one record a line, only ever added to, and on the
disk before a call returns: the form, each generation's genomes with their parents, each rating,
choice, saved phrase and undoing. `phrases/` holds every generation's music, named by
generation, number (from 1) and rating: `g003-p07-r4.mid`.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType, TracebackType

import numpy as np

from muso.compose.evolve import replay
from muso.compose.evolve.generation import auto, start, step
from muso.compose.evolve.genome import Form, Genomes, decode, within
from muso.compose.evolve.journal import Journal, Record, read_journal, write_journal
from muso.compose.evolve.opinions import Predictor
from muso.compose.evolve.population import Breeding, Population, Ratings, best, phrase_name
from muso.errors import MissingFile, UsageError
from muso.music.files import opening, whole
from muso.music.midi import write_score
from muso.progress import Listener, silent

FILE = "session.jsonl"
PHRASES = "phrases"
NAME = re.compile(r"g(\d{3,})-p\d{2,}(-r[0-5])?\.mid")


Hearing = Callable[[Mapping[str, str]], Predictor | None]
"""Makes a predictor of what a session listens by, kind to bundle."""


def deaf(hears: Mapping[str, str]) -> None:
    """The hearing of those who listen to the phrases alone."""


class Session:
    """An open session. Use `create` or `resume`; close it, or use it in a `with` block.

    Attributes:
        folder: of the session.
        seed: that all its draws come from; generation by generation they can be had again.
        predictor: outside opinions that the ear listens by as well, or None; which they are is
            kept in the session.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp(), "songs")
    >>> with Session.create(folder, Form(bars=2), Breeding(), seed=1) as session:
    ...     session.rate(0, 5)
    >>> with Session.resume(folder) as session:
    ...     session.population.stars[0].item(), (folder / "phrases" / "g000-p01-r5.mid").exists()
    (5.0, True)
    """

    def __init__(
        self,
        folder: Path,
        journal: Journal,
        replayed: replay.Replayed,
        hearing: Hearing,
    ) -> None:
        self.folder = folder
        self.seed = replayed.seed
        self.predictor = hearing(replayed.hears) if replayed.hears else None
        self._journal = journal
        self._states = list(replayed.states)
        self._write_phrases()

    @classmethod
    def create(
        cls,
        folder: str | os.PathLike[str],
        form: Form,
        breeding: Breeding,
        seed: int,
        given: Genomes | None = None,
        hears: Mapping[str, str] = MappingProxyType({}),
        hearing: Hearing = deaf,
    ) -> Session:
        """Start a session in `folder`, which is made if need be.

        Args:
            folder: to hold it; one session each.
            form: what its phrases have in common.
            breeding: how generations are bred.
            seed: 0 and more; the same seed and ratings give the same phrases.
            given: `(phrase, note)` genomes to start from, see `generation.start`.
            hears: what else the ear is to listen by, kind to bundle.
            hearing: makes a predictor of that.

        Raises:
            UsageError: there is a session already. FileError: the folder can't be written.
        """
        within("seed", seed, 0, 2**63 - 1)
        folder = Path(folder)
        path = folder / FILE
        if path.exists():
            raise UsageError(f"{folder} holds a session already: resume it, or name another")
        first = start(form, breeding, np.random.default_rng([seed, 0]), given)
        with opening(folder):
            (folder / PHRASES).mkdir(parents=True, exist_ok=True)
        replayed = replay.Replayed(seed, (first,), (), hears)
        head = replay.header(seed, form, breeding, hears)
        journal = write_journal(path, [head, replay.generation_record(first)])
        return cls(folder, journal, replayed, hearing)

    @classmethod
    def resume(cls, folder: str | os.PathLike[str], hearing: Hearing = deaf) -> Session:
        """Go on with the session in `folder`, where every rating it acknowledged is.

        Raises:
            MissingFile: no session there. DamagedFile: a broken one, see `mend`. WrongFormat.
        """
        path = _found(folder)
        contents = read_journal(path)
        replayed = replay.replay(contents, path)
        return cls(path.parent, Journal(path, contents.length), replayed, hearing)

    @classmethod
    def mend(cls, folder: str | os.PathLike[str], hearing: Hearing = deaf) -> Session:
        """Go on with what can be read of a damaged session; the damaged file is kept beside it.

        Lost ratings are left out; after a lost generation everything is.

        Raises:
            DamagedFile: not even the first generation can be read. MissingFile, WrongFormat.
        """
        path = _found(folder)
        contents = read_journal(path)
        replayed = replay.replay(contents, path, mending=True)
        with whole(_free(path.with_suffix(".damaged"))) as beside:
            shutil.copyfile(path, beside)
        first = replayed.states[0]
        header = replay.header(replayed.seed, first.form, first.breeding, replayed.hears)
        journal = write_journal(path, [header, *replayed.records])
        return cls(path.parent, journal, replayed, hearing)

    @property
    def population(self) -> Population:
        """This generation, with what was said of it so far."""
        return self._states[-1]

    def rate(self, number: int, stars: int) -> None:
        """Give phrase `number`, from 0, its `stars`, 0…5. When this returns they are safe.

        Raises:
            UsageError: no such phrase, or not a rating. FileError: it could not be written.
        """
        Ratings({number: stars})
        self.population.row(number)
        self._take({"what": "stars", "number": int(number), "stars": int(stars)})

    def choose(self, preferred: int, other: int) -> None:
        """Say that phrase `preferred` is better than `other`, numbers from 0.

        Raises:
            UsageError: no such phrases. FileError: it could not be written.
        """
        for number in (preferred, other):
            self.population.row(number)
        self._take({"what": "choice", "preferred": int(preferred), "other": int(other)})

    def save(self, number: int) -> None:
        """Set phrase `number`, from 0, aside, to be quoted in later generations.

        Raises:
            UsageError: no such phrase. FileError: it could not be written.
        """
        self.population.row(number)
        self._take({"what": "save", "number": int(number)})

    def undo(self) -> bool:
        """Take back the last rating, choice, saving or generation; False if there is none."""
        if len(self._states) == 1:
            return False
        self._take({"what": "undo"})
        return True

    def step(self, listener: Listener = silent) -> Population:
        """Breed the next generation by what was said of this one and before.

        `listener` is told how many phrases the predictor heard, where there is one.
        """
        self._bred(step(self.population, Ratings(), self._rng(), self.predictor, listener))
        return self.population

    def auto(self, generations: int, listener: Listener = silent) -> Population:
        """Breed `generations`, 1…100, with the ear alone; each is recorded as it is bred.

        `listener` is told, for each, how many phrases the predictor heard, where there is one.

        Raises:
            UsageError: fewer than ten ratings or choices to have learnt from.
        """
        within("generations", generations, 1, 100)
        for _ in range(generations):
            self._bred(auto(self.population, 1, self._rng(), self.predictor, listener))
        return self.population

    def export(self, folder: str | os.PathLike[str], count: int) -> list[Path]:
        """Write the `count` best phrases, 1 and more, as MIDI into `folder`, the best first.

        Raises:
            UsageError: nothing is rated yet. FileError: the folder can't be written.
        """
        within("count", count, 1, 10**6)
        population = self.population
        rows = best(population, count)
        if len(rows) == 0:
            raise UsageError("nothing is rated in this session yet: rate some phrases first")
        with opening(folder):
            Path(folder).mkdir(parents=True, exist_ok=True)
        paths = []
        for rank, row in enumerate(rows.tolist(), start=1):
            name = f"best-{rank}-{population.name(row)}{_rating(population, row)}.mid"
            write_score(decode(population.genomes[row], population.form), Path(folder, name))
            paths.append(Path(folder, name))
        return paths

    def close(self) -> None:
        """Let the files go. Everything is safe already."""
        self._journal.close()

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _rng(self) -> np.random.Generator:
        return np.random.default_rng([self.seed, self.population.generation + 1])

    def _take(self, record: Record) -> None:
        states = list(self._states)
        replay.follow(states, record, self.population.form, self.population.breeding)
        self._journal.add(record)
        self._states = states
        self._write_phrases()

    def _bred(self, population: Population) -> None:
        self._journal.add(replay.generation_record(population))
        self._states.append(population)
        self._write_phrases()

    def _write_phrases(self) -> None:
        """Make the files of this generation say what the journal says."""
        population, folder = self.population, self.folder / PHRASES
        with opening(folder):
            folder.mkdir(exist_ok=True)
            there = {file.name for file in folder.iterdir() if NAME.fullmatch(file.name)}
        wanted = {}
        for number, row in enumerate(population.current.tolist(), start=1):
            name = phrase_name(population.generation, number)
            wanted[f"{name}{_rating(population, row)}.mid"] = number - 1
        for name, number in wanted.items():
            if name not in there:
                write_score(population.score(number), folder / name)
        for name in there - set(wanted):
            # Stale are other ratings in this generation, and generations that were undone.
            if int(NAME.fullmatch(name)[1]) >= population.generation:  # type: ignore[index]
                with opening(folder / name):
                    (folder / name).unlink(missing_ok=True)


def _rating(population: Population, row: int) -> str:
    stars = population.stars[row]
    return "" if np.isnan(stars) else f"-r{int(stars)}"


def _found(folder: str | os.PathLike[str]) -> Path:
    """The journal in `folder`; the journal itself may be named as well."""
    path = Path(folder)
    path = path if path.name == FILE else path / FILE
    if not path.exists():
        raise MissingFile(path, "there is no session here", "name the folder of one")
    return path


def _free(path: Path) -> Path:
    """`path`, or the first of its numbered kind that is not taken."""
    numbered = (path.with_name(f"{path.name}-{number}") for number in range(2, 10**6))
    return path if not path.exists() else next(other for other in numbered if not other.exists())
