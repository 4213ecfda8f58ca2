"""Breeding phrases by ear, in the browser as in the terminal."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi import Path as InPath
from pydantic import BaseModel, Field

from muso import service
from muso.compose.evolve.population import Breeding
from muso.music.midi import format_score
from muso.studio.files import ID
from muso.studio.jobs import Job, listener_of
from muso.studio.missing import NotFound
from muso.studio.notation import Notes
from muso.studio.phrases import Heard, Node, State, state_of, tree_of
from muso.studio.routes.jobs import Started
from muso.studio.sittings import in_thread
from muso.studio.state import Here, attachment
from muso.studio.work import notes_of

if TYPE_CHECKING:
    from muso.compose.evolve.session import Session

router = APIRouter(prefix="/api/sessions", tags=["evolve"])

NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
Name = Annotated[str, InPath(pattern=NAME)]
Number = Annotated[int, Field(ge=0, le=59, description="A phrase of this generation, from 0.")]


class Listed(BaseModel):
    """A session in the list."""

    name: str
    changed: datetime


class NewSession(BaseModel):
    """What a session is begun with; see `muso evolve --help`."""

    name: str | None = Field(None, pattern=NAME)
    bars: int = Field(4, ge=1, le=64)
    notes_a_bar: int = Field(4, ge=1, le=16)
    steps: int = Field(1, ge=1, le=5)
    pauses: bool = True
    key: str = Field("C", max_length=2)
    scale: str = Field("major", max_length=30)
    octave: int = Field(4, ge=0, le=8)
    bpm: float = Field(128.0, ge=20, le=400)
    metronome: bool = False
    program: int = Field(0, ge=0, le=127)
    size: int = Field(10, ge=4, le=60)
    mutations: int = Field(2, ge=0, le=64)
    probability: float = Field(0.5, ge=0, le=1)
    seed: int = Field(0, ge=0, lt=2**31)
    source: str | None = Field(None, pattern=ID, description="A score to start from.")
    moods: bool = Field(False, description="Whether the ear hears moods too.")


class Rating(BaseModel):
    """Stars for a phrase."""

    number: Number
    stars: int = Field(ge=0, le=5)


class Choice(BaseModel):
    """Which of two phrases is better."""

    preferred: Number
    other: Number


class Saving(BaseModel):
    """A phrase to set aside."""

    number: Number


class Following(BaseModel):
    """How the next generation is bred: by ratings, or some by the ear alone."""

    alone: int = Field(0, ge=0, le=100, description="Generations by the ear alone; 0 for none.")


class Undone(BaseModel):
    """Whether there was anything to take back, and how the session stands."""

    undone: bool
    state: State


@router.get("")
def list_sessions() -> list[Listed]:
    """All sessions of muso's own folder, the last used first; those of the terminal too."""
    found = [file for file in service.sessions_folder().glob("*/session.jsonl") if file.is_file()]
    listed = [
        Listed(name=file.parent.name, changed=datetime.fromtimestamp(file.stat().st_mtime, UTC))
        for file in found
    ]
    return sorted(listed, key=lambda one: one.changed, reverse=True)


@router.post("", status_code=201)
async def begin_session(here: Here, wanted: NewSession) -> State:
    """Begin to breed, by chance or from a score."""
    from muso.compose.evolve.genome import Form

    name = wanted.name or f"{datetime.now():%Y-%m-%d-%H%M%S}"
    form = Form(
        bars=wanted.bars, notes_a_bar=wanted.notes_a_bar, steps=wanted.steps,
        pauses=wanted.pauses, key=wanted.key, scale=wanted.scale, octave=wanted.octave,
        bpm=wanted.bpm, metronome=wanted.metronome, program=wanted.program,
    )  # fmt: skip
    breeding = Breeding(
        size=wanted.size, mutations=wanted.mutations, probability=wanted.probability,
        kept=min(3, wanted.size - 1),
    )  # fmt: skip
    source = None if wanted.source is None else here.piece_path(wanted.source)

    def make() -> Session:
        fitted = form if source is None else service.fit_form(source, form)
        folder = service.sessions_folder() / name
        return service.new_session(
            fitted, breeding, wanted.seed, folder, source, moods=wanted.moods
        )

    await here.sittings.create(name, make)
    return await show_session(here, name)


@router.get("/{name}")
async def show_session(here: Here, name: Name, pairs: bool = False) -> State:
    """A session: this generation's phrases, and in pairwise mode the two to compare."""
    async with here.sittings.use(name) as session:
        found: State = await in_thread(state_of, here, session, name, pairs)
        return found


@router.post("/{name}/ratings")
async def rate(here: Here, name: Name, rating: Rating) -> State:
    """Give a phrase its stars; they are on the disk when this answers."""
    async with here.sittings.use(name) as session:
        await in_thread(session.rate, rating.number, rating.stars)
        found: State = await in_thread(state_of, here, session, name, False)
        return found


@router.post("/{name}/choices")
async def choose(here: Here, name: Name, choice: Choice) -> State:
    """Say which of two phrases is better; it is on the disk when this answers."""
    async with here.sittings.use(name) as session:
        await in_thread(session.choose, choice.preferred, choice.other)
        found: State = await in_thread(state_of, here, session, name, True)
        return found


@router.post("/{name}/saved")
async def save(here: Here, name: Name, saving: Saving) -> State:
    """Set a phrase aside: later ones may quote it."""
    async with here.sittings.use(name) as session:
        await in_thread(session.save, saving.number)
        found: State = await in_thread(state_of, here, session, name, False)
        return found


@router.post("/{name}/undo")
async def undo(here: Here, name: Name) -> Undone:
    """Take back the last rating, choice, saving or generation."""
    async with here.sittings.use(name) as session:
        undone = await in_thread(session.undo)
        state: State = await in_thread(state_of, here, session, name, False)
        return Undone(undone=undone, state=state)


@router.post("/{name}/generations", status_code=202)
async def breed(here: Here, name: Name, following: Following, pairs: bool = False) -> Started:
    """Breed the next generation, or several by the ear alone; the job's last event is the state.

    Its job tells `generation`, with its number of how many, and `progress` within each.
    """
    here.sittings.require(name)

    async def work(job: Job) -> dict[str, Any]:
        count = max(following.alone, 1)
        listener = listener_of(job)
        async with here.sittings.use(name) as session:
            for number in range(count):
                if job.stopping.is_set():
                    break
                job.tell("generation", {"number": number + 1, "of": count})
                if following.alone:
                    await in_thread(session.auto, 1, listener)
                else:
                    await in_thread(session.step, listener)
            state: State = await in_thread(state_of, here, session, name, pairs)
            return state.model_dump()

    return Started(job=here.jobs.start("breed", work).id)


@router.get("/{name}/tree")
async def family_tree(here: Here, name: Name) -> list[Node]:
    """Every phrase there was, with its parents."""
    async with here.sittings.use(name) as session:
        return tree_of(session.population)


@router.get("/{name}/rows/{row}")
async def show_row(here: Here, name: Name, row: Annotated[int, InPath(ge=0, lt=10**6)]) -> Heard:
    """Any phrase there was, by its place in the tree: its music."""
    from muso.compose.evolve.genome import decode

    async with here.sittings.use(name) as session:
        population = session.population
        if row >= len(population.genomes):
            raise NotFound("there is no such phrase")
        score = decode(population.genomes[row], population.form)
        piece = here.files.add(format_score(score), ".mid")
        return Heard(name=population.name(row), piece=piece, music=Notes(**notes_of(score)))


@router.get("/{name}/best.zip", response_class=Response)
async def export_best(
    here: Here, name: Name, count: Annotated[int, Query(ge=1, le=60)] = 3
) -> Response:
    """The best phrases so far, as MIDI."""
    async with here.sittings.use(name) as session:
        content = await in_thread(_zipped, session, count)
    return Response(content, media_type="application/zip", headers=attachment(name, ".zip"))


def _zipped(session: Session, count: int) -> bytes:
    packed = io.BytesIO()
    with TemporaryDirectory() as folder, zipfile.ZipFile(packed, "w") as archive:
        for path in session.export(folder, count):
            archive.write(path, Path(path).name)
    return packed.getvalue()
