"""Listening tests: made from chosen pieces, shared by a link, followed live."""

from __future__ import annotations

import asyncio
import contextlib
import csv
import io
import secrets
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import anyio.to_thread
from fastapi import APIRouter
from fastapi import Path as InPath
from fastapi.responses import Response, StreamingResponse
from pydantic import BaseModel, Field

from muso.errors import MusoError, UsageError
from muso.music.media import media_of
from muso.studio import testing
from muso.studio.files import ID
from muso.studio.jobs import HEARTBEAT_S, Job
from muso.studio.missing import NotFound
from muso.studio.outside import listeners_app
from muso.studio.routes.jobs import Started
from muso.studio.routes.pieces import harmless
from muso.studio.state import Here, Studio, attachment

router = APIRouter(prefix="/api", tags=["listening test"])

TestId = Annotated[str, InPath(pattern=r"^[0-9a-f]{16}$")]
Label = Annotated[str, Field(min_length=1, max_length=60)]


class Item(BaseModel):
    """A piece of a test, and what it is."""

    piece: str = Field(pattern=ID)
    label: Label


class NewTest(BaseModel):
    """A listening test to make."""

    title: str = Field(min_length=1, max_length=120)
    labels: list[Label] = Field(min_length=2, max_length=12, description="To choose from.")
    items: list[Item] = Field(min_length=2, max_length=100)
    seconds: float = Field(20, ge=3, le=120, description="Of every excerpt.")


class Test(BaseModel):
    """A listening test."""

    id: str
    title: str
    made: float
    labels: list[str]
    open: bool
    pieces: int
    listeners: int
    answers: int
    link: str = Field(description="Its listeners' page, below the address it is shared at.")


class Share(BaseModel):
    """How much was heard right, and its 95% interval, 0 to 1."""

    name: str
    right: int
    count: int = Field(description="Of answers.")
    value: float
    low: float
    high: float


class PieceShare(Share):
    """The same of one piece, and what it is."""

    label: str


class Results(Test):
    """What the answers to a listening test come to so far."""

    items: int
    chance: float = Field(description="What guessing gives.")
    right: Share | None = Field(description="Of all answers; None before the first.")
    intended: list[Share] = Field(description="By what the pieces are.")
    by_piece: list[PieceShare]
    confusion: list[list[int]] | None = Field(
        description="Answers by what the piece is (rows) and what was heard, by label."
    )


class Opening(BaseModel):
    """Whether listeners may answer."""

    open: bool


class Sharing(BaseModel):
    """Whether the local network can reach the listening tests, and where."""

    shared: bool
    address: str | None = None


@router.get("/sharing")
def see_sharing(here: Here) -> Sharing:
    """Whether the local network can reach the listening tests."""
    return Sharing(shared=here.door.address is not None, address=here.door.address)


@router.post("/sharing")
async def switch_sharing(here: Here, wanted: Sharing) -> Sharing:
    """Open the listening tests, and nothing else, to the local network; or shut them."""
    if wanted.shared:
        await here.door.open(listeners_app(here))
    else:
        await here.door.close()
    return see_sharing(here)


@router.get("/tests")
def list_tests(here: Here) -> list[Test]:
    """All listening tests, the latest first."""
    return [_shown(row) for row in here.database.tests()]


@router.post("/tests", status_code=202)
async def make_test(here: Here, wanted: NewTest) -> Started:
    """Cut the excerpts of a listening test; the job's last event is the test."""
    if len(set(wanted.labels)) < len(wanted.labels):
        raise UsageError("two of the answers to choose from are the same")
    for item in wanted.items:
        if item.label not in wanted.labels:
            raise UsageError(f"{item.label!r} is none of the answers to choose from")
        if media_of(here.piece_path(item.piece)) == "cover":
            raise UsageError(f"{here.piece_name(item.piece)}: a cover can't be heard")
    if len({item.label for item in wanted.items}) < 2:
        raise UsageError(f"every piece is said to be {wanted.items[0].label!r}; say what each is")
    pieces = [item.piece for item in wanted.items]
    if len(set(pieces)) < len(pieces):
        raise UsageError("a piece can stand in a test only once")
    test = secrets.token_hex(8)
    folder = here.settings.folder / "tests" / test
    sources = [(here.piece_path(item.piece), item.label) for item in wanted.items]

    async def work(job: Job) -> dict[str, Any]:
        try:
            made = await here.workers.run(
                testing.make, sources, folder, wanted.seconds,
                tell=lambda event: job.tell(*event), stopping=job.stopping,
            )  # fmt: skip
        except BaseException as error:
            await anyio.to_thread.run_sync(lambda: shutil.rmtree(folder, ignore_errors=True))
            if isinstance(error, MusoError):
                raise here.renamed(error, pieces) from None
            raise
        rows = [{**item, "piece": (piece := Path(item["path"]).name),
                 "name": here.piece_name(piece)} for item in made]  # fmt: skip
        token = secrets.token_urlsafe(24)
        here.database.add_test(test, token, wanted.title, wanted.labels, rows)
        return _shown(_row(here, test)).model_dump()

    return Started(job=here.jobs.start("listening test", work).id)


@router.get("/tests/{test}")
def show_results(here: Here, test: TestId) -> Results:
    """What the answers to a test come to so far."""
    return _results(here, test)


@router.get(
    "/tests/{test}/events",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}}},
)
async def follow_results(here: Here, test: TestId) -> StreamingResponse:
    """The results, anew with every answer."""
    _row(here, test)

    async def stream() -> AsyncIterator[str]:
        before = ""
        while not here.closing.is_set():
            news = here.news.coming(test)
            now = (await anyio.to_thread.run_sync(_results, here, test)).model_dump_json()
            yield f"event: results\ndata: {now}\n\n" if now != before else ": still here\n\n"
            before = now
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(news.wait(), HEARTBEAT_S)

    return StreamingResponse(stream(), media_type="text/event-stream")


@router.get("/tests/{test}/answers.csv", response_class=Response)
def download_answers(here: Here, test: TestId) -> Response:
    """Every answer as a table."""
    row = _row(here, test)
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(["listener", "number", "piece", "label", "heard", "right", "time"])
    answers = here.database.answers(test)
    listeners = list(dict.fromkeys(one["listener"] for one in answers))
    for one in answers:
        at = datetime.fromtimestamp(one["at"], UTC).isoformat(timespec="seconds")
        cells = (one["name"], one["label"], one["heard"])
        right = int(one["heard"] == one["label"])
        table.writerow(
            [
                listeners.index(one["listener"]) + 1,
                one["number"] + 1,
                *map(harmless, cells),
                right,
                at,
            ]
        )
    return Response(
        text.getvalue(), media_type="text/csv", headers=attachment(row["title"], ".csv")
    )


@router.patch("/tests/{test}")
def open_test(here: Here, test: TestId, opening: Opening) -> Test:
    """Let listeners answer, or no more."""
    if not here.database.open_test(test, opening.open):
        raise NotFound("there is no such test")
    return _shown(_row(here, test))


@router.delete("/tests/{test}", status_code=204, response_class=Response)
def delete_test(here: Here, test: TestId) -> Response:
    """Delete a test with all its answers."""
    if not here.database.delete_test(test):
        raise NotFound("there is no such test")
    shutil.rmtree(here.settings.folder / "tests" / test, ignore_errors=True)
    return Response(status_code=204)


def _row(here: Studio, test: str) -> dict[str, Any]:
    for row in here.database.tests():
        if row["id"] == test:
            return row
    raise NotFound("there is no such test")


def _shown(row: dict[str, Any]) -> Test:
    return Test(**{key: value for key, value in row.items() if key != "token"},
                link=f"/t/{row['token']}")  # fmt: skip


def _results(here: Studio, test: str) -> Results:
    row = _row(here, test)
    items = here.database.items(test)
    found = testing.results(row["labels"], items, here.database.answers(test))
    names = {str(item["number"]): (item["name"], item["label"]) for item in items}
    for piece in found["by_piece"]:
        piece["name"], piece["label"] = names[piece["name"]]
    return Results(**{**_shown(row).model_dump(), **found})
