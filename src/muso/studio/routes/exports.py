"""Pieces as files to keep: made as work under way, then downloaded."""

from __future__ import annotations

import secrets
from typing import Annotated, Any, Literal

import anyio.to_thread
from fastapi import APIRouter, Query
from fastapi import Path as InPath
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field

from muso.studio import work
from muso.studio.files import ID, MOST_NAME, make_room
from muso.studio.jobs import Job
from muso.studio.missing import NotFound
from muso.studio.routes.jobs import Started
from muso.studio.state import Here, attachment

router = APIRouter(prefix="/api/exports", tags=["pieces"])

KINDS = {"mid": "audio/midi", "png": "image/png", "svg": "image/svg+xml"}
"""Media types of what is no sound."""
FileId = Annotated[str, InPath(pattern=r"^[0-9a-f]{32}\.[a-z0-9]{3,4}$")]


class Export(BaseModel):
    """A file to make of a piece."""

    piece: str = Field(pattern=ID)
    format: Literal["mid", "wav", "ogg", "flac", "mp3", "png", "svg"]
    humanize: float | None = Field(None, ge=0, le=1, description="How freely it is played.")
    seed: int = Field(0, ge=0, lt=2**31)
    theme: Literal["light", "dark"] = "light"


@router.post("", status_code=202)
async def make_file(here: Here, wanted: Export) -> Started:
    """Make a score, a sound or a picture of a piece; the job's last event names the file."""
    here.piece_path(wanted.piece)
    file = f"{secrets.token_hex(16)}.{wanted.format}"
    target = here.settings.folder / "exports" / file

    async def make(job: Job) -> dict[str, Any]:
        await here.work(
            wanted.piece, work.export, target, wanted.humanize, wanted.seed, wanted.theme, job=job
        )
        size = target.stat().st_size
        made = target.parent.glob("[!.]*")
        await anyio.to_thread.run_sync(make_room, made, here.settings.exports_bytes)
        return {"file": file, "bytes": size}

    return Started(job=here.jobs.start(f"make a {wanted.format} file", make).id)


@router.get("/{file}", response_class=FileResponse)
def download_file(
    here: Here,
    file: FileId,
    name: Annotated[str, Query(min_length=1, max_length=MOST_NAME, description="To save it by.")],
) -> FileResponse:
    """A file that was made; it is kept for a week, or until there are too many newer ones."""
    target = here.settings.folder / "exports" / file
    if not target.is_file():
        raise NotFound("this file is not here (any more)")
    kind = target.suffix[1:]
    media_type = KINDS.get(kind, f"audio/{kind}")
    return FileResponse(target, media_type=media_type, headers=attachment(name, f".{kind}"))
