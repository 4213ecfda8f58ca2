"""What listeners of a test may reach: its page, its excerpts, a way to answer, and nothing else."""

from __future__ import annotations

import random
import secrets
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI
from fastapi import Path as InPath
from fastapi.responses import FileResponse, HTMLResponse
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel, Field

from muso.errors import UsageError
from muso.studio.failures import told_errors
from muso.studio.missing import NotFound
from muso.studio.pages import STATIC, Page, render
from muso.studio.state import Here, Studio
from muso.studio.testing import FORMAT

MOST_LISTENERS = 2000

router = APIRouter(prefix="/t", tags=["listeners"])

Token = Annotated[str, InPath(pattern=r"^[A-Za-z0-9_-]{20,64}$")]
Code = Annotated[str, InPath(pattern=r"^[A-Za-z0-9_-]{8,32}$")]


class Items(BaseModel):
    """A test as its listeners see it: no names, no labels, in an order of their own."""

    title: str
    labels: list[str]
    items: list[str]
    answered: dict[str, str]


class Answer(BaseModel):
    """What a listener hears in one excerpt."""

    listener: str = Field(pattern=r"^[A-Za-z0-9_-]{16,64}$")
    item: str = Field(pattern=r"^[A-Za-z0-9_-]{8,32}$")
    label: str = Field(min_length=1, max_length=60)


class Taken(BaseModel):
    """The answer is on the disk."""

    taken: bool = True


@router.get("/{token}", response_class=HTMLResponse)
def show_test(here: Here, token: Token) -> HTMLResponse:
    """The page that listeners see."""
    found = _open(here, token)
    page = Page(f"/t/{token}", "listener", found["title"], "What do you hear?")
    return render("listener.html", page=page, token=token)


@router.get("/{token}/items")
def list_items(here: Here, token: Token, listener: str = "") -> Items:
    """The excerpts by code, shuffled for this listener, with what they answered before."""
    found = _open(here, token)
    items = here.database.items(found["id"])
    codes = {item["number"]: item["code"] for item in items}
    said = {codes[one["number"]]: one["heard"] for one in here.database.answers(found["id"])
            if one["listener"] == listener}  # fmt: skip
    shuffled = list(codes.values())
    random.Random(listener).shuffle(shuffled)
    return Items(title=found["title"], labels=found["labels"], items=shuffled, answered=said)


@router.get("/{token}/{code}.mp3", response_class=FileResponse)
def hear_item(here: Here, token: Token, code: Code) -> FileResponse:
    """One excerpt."""
    found = _open(here, token)
    folder = here.settings.folder / "tests" / found["id"] / "excerpts"
    path = folder / f"{code}.{FORMAT}"
    if not path.is_file():
        raise NotFound("there is no such excerpt")
    return FileResponse(path, media_type="audio/mpeg", content_disposition_type="inline")


@router.post("/{token}/answers", status_code=201)
async def take_answer(here: Here, token: Token, answer: Answer) -> Taken:
    """Take down what a listener hears; it is on the disk when this answers."""
    found = _open(here, token)
    numbers = {item["code"]: item["number"] for item in here.database.items(found["id"])}
    if answer.item not in numbers:
        raise NotFound("there is no such excerpt")
    if answer.label not in found["labels"]:
        raise UsageError("that is none of the answers to choose from")
    known = {one["listener"] for one in here.database.answers(found["id"])}
    if answer.listener not in known and len(known) >= MOST_LISTENERS:
        raise UsageError("this test has all the listeners it takes")
    here.database.answer(found["id"], answer.listener, numbers[answer.item], answer.label)
    here.news.tell(found["id"])
    return Taken()


def _open(here: Studio, token: str) -> dict[str, Any]:
    """The test that `token` opens."""
    for test in here.database.tests():
        if secrets.compare_digest(test["token"], token) and test["open"]:
            return test
    raise NotFound("this listening test is closed, or was never there")


def listeners_app(studio: Studio) -> FastAPI:
    """The application for listeners: the routes here, and how the page looks."""
    app = FastAPI(title="muso listening test", openapi_url=None, docs_url=None, redoc_url=None)
    app.state.studio = studio
    app.include_router(router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    told_errors(app)
    return app
