"""How what goes wrong is told to whoever asked: one message, and a status that fits it."""

from __future__ import annotations

import logging

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from muso.errors import FileError, MissingFile, MusoError, TooLong
from muso.studio.missing import NotFound
from muso.studio.workers import WorkerEnded

log = logging.getLogger("muso.studio")


def told_errors(app: FastAPI) -> None:
    """Have every error of `app` told in the same way."""
    app.add_exception_handler(MusoError, _told)
    app.add_exception_handler(RequestValidationError, _misunderstood)
    app.add_exception_handler(Exception, _failed)


async def _told(request: Request, error: Exception) -> JSONResponse:
    """What muso refused, as its own message."""
    kind = getattr(error, "kind", "error")
    return JSONResponse({"error": {"kind": kind, "message": str(error)}}, _status(error))


def _status(error: Exception) -> int:
    if isinstance(error, NotFound | MissingFile):
        return 404
    if isinstance(error, TooLong):
        return 413
    return 422 if isinstance(error, FileError | WorkerEnded) else 400


async def _misunderstood(request: Request, error: Exception) -> JSONResponse:
    """A request that doesn't fit its description: the first thing that is wrong with it."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"] if part not in {"body", "query", "path"})
    said = str(first["msg"])
    if first["type"] == "too_long" and "actual_length" in first.get("ctx", {}):
        said = f"{first['ctx']['max_length']:,} at most, not {first['ctx']['actual_length']:,}"
    message = f"{where}: {said}" if where else said
    return JSONResponse({"error": {"kind": "request", "message": message}}, 422)


async def _failed(request: Request, error: Exception) -> JSONResponse:
    """A fault of ours: told in the log, not to whoever asked."""
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    said = {"kind": "internal", "message": "muso failed here; its log says how"}
    return JSONResponse({"error": said}, 500)
