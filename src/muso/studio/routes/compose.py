"""Composing: music that is heard while it is made, and the history of what was made."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter
from fastapi import Path as InPath
from fastapi.responses import Response
from pydantic import BaseModel, Field

from muso.compose.request import ComposeRequest
from muso.studio import making
from muso.studio.files import ID
from muso.studio.jobs import Job
from muso.studio.missing import NotFound
from muso.studio.sounds import answer, answer_file
from muso.studio.state import Here

router = APIRouter(prefix="/api", tags=["compose"])

Number = Annotated[int, InPath(ge=1, lt=2**31)]
LiveId = Annotated[str, InPath(pattern=r"^[A-Za-z0-9_-]{10,40}$")]


class Wanted(BaseModel):
    """What is to be composed."""

    valence: float | None = Field(None, ge=-1, le=1)
    arousal: float | None = Field(None, ge=-1, le=1)
    seconds: float | None = Field(30, ge=1, le=600)
    loop_bars: int | None = Field(None, ge=1, le=64, description="Instead of seconds.")
    seed: int = Field(0, ge=0, lt=2**31)
    bundle: str | None = Field(None, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")
    start: str | None = Field(None, pattern=ID, description="A score to go on from.")
    temperature: float | None = Field(None, ge=0.05, le=2)
    humanize: float | None = Field(None, ge=0, le=1)
    instrument: int | None = Field(None, ge=0, le=127)
    beat: str | None = Field(None, max_length=20)
    parent: int | None = Field(None, ge=1, lt=2**31, description="What it varies or goes on from.")


class Live(BaseModel):
    """A composition that has begun: follow the job, listen to the sound."""

    job: str
    sound: str


class Facts(BaseModel):
    """How a composition was made, and what came of it."""

    bundle: str
    made_by: str = Field(description="The version of muso.")
    seed: int
    heard: dict[str, float] = Field(description="Each mood's share by the ear that steered it.")
    notes: int
    length_s: float
    tempo_bpm: float


class Made(BaseModel):
    """A composition in the history."""

    id: int
    piece: str
    made: float
    request: dict[str, Any] = Field(description="What of `Wanted` was asked for.")
    facts: Facts
    kept: bool
    stars: int | None
    parent: int | None


class Judgement(BaseModel):
    """What is thought of a composition; None leaves it as it is."""

    kept: bool | None = None
    stars: int | None = Field(None, ge=0, le=5)


class Composer(BaseModel):
    """A model that composes."""

    name: str
    default: bool
    own: bool = Field(description="Whether it is the user's, such as a style.")


@router.get("/composers")
def list_composers() -> list[Composer]:
    """The models that compose: muso's own first, then styles of your own."""
    return [Composer(**one) for one in making.composers()]


@router.post("/compositions", status_code=202)
async def compose(here: Here, wanted: Wanted) -> Live:
    """Begin to compose. Notes come as events of the job, the sound as a WAV that grows."""
    asked = wanted.model_dump(exclude={"start", "parent"}, exclude_none=True)
    if wanted.loop_bars is not None:
        asked.pop("seconds", None)
    start = None if wanted.start is None else here.piece_path(wanted.start)
    ComposeRequest(**asked, start=start)
    shown = {**asked, **({"start": wanted.start} if wanted.start else {})}
    folder = here.settings.folder / "files"

    async def work(job: Job) -> dict[str, Any]:
        def told(event: tuple[str, Any]) -> None:
            what, content = event
            if what == "written":
                growing.take(("written", content))
            else:
                job.tell(what, content)

        async def sing(path: Path, _: Any) -> None:
            made = await here.composers.run(
                making.compose, asked, start, path, folder, tell=told, stopping=job.stopping
            )
            result.update(made)

        result: dict[str, Any] = {}
        growing = here.sounds.make(f"live-{job.id}", sing)
        await growing.ended()
        number = here.database.add_composition(
            result["piece"], shown, result["facts"], wanted.parent
        )
        return Made(**here.database.compositions(number)[0]).model_dump()

    job = here.jobs.start("compose", work)
    return Live(job=job.id, sound=f"/api/live/{job.id}.wav")


@router.get("/live/{job}.wav", response_class=Response)
async def hear_live(here: Here, job: LiveId) -> Response:
    """The sound of a composition, from its first note on, while it is being made."""
    key = f"live-{job}"
    growing = here.sounds.find(key)
    if growing is None:
        if here.sounds.path(key).is_file():
            return answer_file(here.sounds.path(key))
        raise NotFound("nothing is being composed there")
    await growing.begun()
    return answer(growing, None)


@router.get("/compositions")
def list_compositions(here: Here) -> list[Made]:
    """Everything that was composed here, the latest first."""
    return [Made(**row) for row in here.database.compositions()]


@router.patch("/compositions/{number}")
def judge_composition(here: Here, number: Number, judgement: Judgement) -> Made:
    """Keep a composition or not, rate it; it is on the disk when this answers."""
    if not here.database.judge_composition(number, judgement.kept, judgement.stars):
        raise NotFound("there is no such composition")
    return Made(**here.database.compositions(number)[0])


@router.delete("/compositions/{number}", status_code=204, response_class=Response)
def forget_composition(here: Here, number: Number) -> Response:
    """Take a composition out of the history."""
    if not here.database.forget_composition(number):
        raise NotFound("there is no such composition")
    return Response(status_code=204)
