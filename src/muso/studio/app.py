"""The web application: routes, pages, and the guard around them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio.to_thread
from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from muso.errors import MusoError
from muso.studio import making, outside, work
from muso.studio.failures import told_errors
from muso.studio.pages import STATIC, pages
from muso.studio.routes import compose, evolve, exports, jobs, models, pieces, styles, tests
from muso.studio.security import App, Guard
from muso.studio.settings import Settings
from muso.studio.state import Studio

DAY_S = 24 * 3600.0
LEFTOVER_S = 7 * DAY_S
"""How long files that nothing needs any more are kept."""

log = logging.getLogger("muso.studio")

DESCRIPTION = """Everything the pages do, they do through this. It listens on this machine alone
unless told otherwise, needs no password, and answers only requests that name it as their host
and that no other site's page makes."""


def create_app(settings: Settings | None = None) -> App:
    """The studio as an ASGI application.

    >>> import pathlib, tempfile
    >>> type(create_app(Settings(folder=pathlib.Path(tempfile.mkdtemp())))).__name__
    'Guard'
    """
    settings = settings or Settings()
    return Guard(build(settings), settings.host)


def build(settings: Settings) -> FastAPI:
    """The application without its guard."""
    app = FastAPI(
        title="muso studio",
        description=DESCRIPTION,
        version=_version(),
        lifespan=_life,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    app.state.settings = settings
    for routes in (pieces, exports, compose, evolve, styles, tests, models, jobs):
        app.include_router(routes.router)
    app.include_router(outside.router, include_in_schema=False)
    app.include_router(pages)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    told_errors(app)
    return app


@asynccontextmanager
async def _life(app: FastAPI) -> AsyncIterator[None]:
    studio = Studio(app.state.settings)
    app.state.studio = studio
    await anyio.to_thread.run_sync(_sweep, studio)
    loop = asyncio.get_running_loop()
    beside = [loop.create_task(_warm(studio)), loop.create_task(_keep_clean(studio))]
    try:
        yield
    finally:
        for task in beside:
            task.cancel()
        await studio.close()


async def _warm(studio: Studio) -> None:
    """Have workers ready before the first file and the first composition."""
    try:
        await studio.workers.run(work.warm)
        await studio.composers.run(making.warm)
    except (MusoError, RuntimeError) as error:
        log.warning("a worker could not be made ready: %s", error)


async def _keep_clean(studio: Studio) -> None:
    """Sweep every day that the studio stays open."""
    while True:
        await asyncio.sleep(DAY_S)
        await anyio.to_thread.run_sync(_sweep, studio)


def _sweep(studio: Studio) -> None:
    """Delete what nothing needs any more, and what a killed studio left half done."""
    folder = studio.settings.folder
    used = {piece.partition(".")[0] for piece in studio.database.used()}
    for pattern in ("sounds/.*.part", "files/*/*", "pictures/*", "exports/*", "sounds/live-*"):
        for file in folder.glob(pattern):
            # Whatever is gone by itself, or can't be deleted, is looked at again another day.
            with contextlib.suppress(OSError):
                old = time.time() - file.stat().st_mtime > LEFTOVER_S
                if old and file.name.partition(".")[0] not in used:
                    file.unlink()


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("muso")
    except PackageNotFoundError:
        return "0"
