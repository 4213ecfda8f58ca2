"""Following long work."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Path
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from muso.studio.state import Here

router = APIRouter(prefix="/api/jobs", tags=["work under way"])

JobId = Annotated[str, Path(min_length=1, max_length=40)]


class Started(BaseModel):
    """Work that has begun; its events are at /api/jobs/{job}/events."""

    job: str


class Stopping(BaseModel):
    """Work that was asked to end."""

    stopping: bool


@router.get(
    "/{job}/events",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}}},
)
async def follow_job(
    here: Here, job: JobId, last_event_id: Annotated[str | None, Header()] = None
) -> StreamingResponse:
    """The events of long work: those that were, then those that come."""
    found = here.jobs.find(job)
    after = int(last_event_id) if last_event_id and last_event_id.isdecimal() else -1
    return StreamingResponse(found.follow(after), media_type="text/event-stream")


@router.delete("/{job}")
async def stop_job(here: Here, job: JobId) -> Stopping:
    """Ask long work to end with what it has."""
    found = here.jobs.find(job)
    found.stopping.set()
    return Stopping(stopping=not found.finished)
