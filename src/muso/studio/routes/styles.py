"""A style of your own: files are read, a model learns from them, and is heard as it learns."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from muso.errors import MusoError, UsageError
from muso.studio import styling
from muso.studio.files import ID
from muso.studio.jobs import Job
from muso.studio.routes.jobs import Started
from muso.studio.settings import MOST_SCORES
from muso.studio.state import Here, Studio

router = APIRouter(prefix="/api/styles", tags=["style"])

NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"


class Material(BaseModel):
    """The scores a style is learnt from."""

    name: str = Field(pattern=NAME, description="Of the style; one that is there goes on.")
    pieces: list[str] = Field(min_length=1, max_length=MOST_SCORES)


class Lesson(Material):
    """How a style is to be learnt."""

    minutes: float = Field(10, ge=0.05, le=600, description="Of learning, all rounds together.")


class Under(BaseModel):
    """The style that is being learnt."""

    job: str | None = Field(None, description="None while none is.")
    name: str | None = None


@router.get("/lesson")
def see_lesson(here: Here) -> Under:
    """The style that is being learnt: a page that comes back follows its job from the start."""
    if here.lesson is None or here.lesson[0].finished:
        return Under(job=None, name=None)
    job, name = here.lesson
    return Under(job=job.id, name=name)


@router.post("/read", status_code=202)
async def read_material(here: Here, material: Material) -> Started:
    """See what a style would be learnt from: the job's last event says."""
    _require_free(here)
    sources, folder = _sources(here, material)

    async def work(job: Job) -> dict[str, Any]:
        found: dict[str, Any] = await _in_workshop(
            here, material, styling.read, sources, folder, material.name, job=job
        )
        found["unreadable"] = [
            str(here.renamed(MusoError(line), material.pieces)) for line in found["unreadable"]
        ]
        return found

    return Started(job=here.jobs.start("read a folder", work).id)


@router.post("", status_code=202)
async def learn_style(here: Here, lesson: Lesson) -> Started:
    """Learn a style. Its job tells `progress`, `round` and `sample`; stopped, it can go on."""
    _require_free(here)
    sources, folder = _sources(here, lesson)

    async def work(job: Job) -> dict[str, Any]:
        files = here.settings.folder / "files"
        learnt: dict[str, Any] = await _in_workshop(
            here, lesson, styling.train, sources, folder, lesson.name, lesson.minutes, files,
            job=job,
        )  # fmt: skip
        return learnt

    job = here.jobs.start("learn a style", work)
    here.lesson = job, lesson.name
    return Started(job=job.id)


def _require_free(here: Studio) -> None:
    """Raises UsageError while a style is being learnt: that would be waited for, unseen."""
    if here.lesson is not None and not here.lesson[0].finished:
        name = here.lesson[1]
        raise UsageError(f"the style {name!r} is being learnt; stop it, or wait until it is done")


def _sources(here: Studio, material: Material) -> tuple[dict[str, Path], Path]:
    """Where the material lies, and the folder it is to be gathered in.

    It is gathered in the workshop, where one thing is done at a time: what is being learnt from
    is never changed meanwhile.
    """
    for piece in material.pieces:
        if not re.fullmatch(ID, piece) or not piece.endswith((".mid", ".midi")):
            raise UsageError("a style is learnt from scores alone")
    sources = {piece: here.piece_path(piece) for piece in material.pieces}
    return sources, here.settings.folder / "styles" / material.name


async def _in_workshop(
    here: Studio, material: Material, work: Callable[..., Any], *arguments: Any, job: Job
) -> Any:
    """`work` in the workshop; errors name files as people do."""
    try:
        return await here.workshop.run(
            work, *arguments, tell=lambda event: job.tell(*event), stopping=job.stopping
        )
    except MusoError as error:
        raise here.renamed(error, material.pieces) from None
