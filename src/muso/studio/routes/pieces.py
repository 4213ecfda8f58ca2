"""Pieces that were dropped here: kept, named, drawn, played."""

from __future__ import annotations

import csv
import hashlib
import io
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import FileResponse, Response
from pydantic import BaseModel, Field

from muso.errors import UsageError
from muso.music.media import SUFFIXES
from muso.studio import work
from muso.studio.files import ID, MOST_NAME, plain_name, suffix_of
from muso.studio.identifications import Identification, Listed, Timeline
from muso.studio.jobs import Job
from muso.studio.missing import NotFound
from muso.studio.notation import Notes
from muso.studio.routes.jobs import Started
from muso.studio.sounds import answer, answer_file
from muso.studio.state import Here, PieceId, Studio, attachment

router = APIRouter(prefix="/api", tags=["pieces"])

Theme = Literal["light", "dark"]
Humanize = Annotated[float | None, Query(ge=0, le=1, description="How freely it is played.")]
Seed = Annotated[int, Query(ge=0, lt=2**31)]
Task = Annotated[str, Query(pattern=r"^[a-z][a-z0-9_-]{0,40}$")]


class Piece(BaseModel):
    """A file that came in."""

    id: str = Field(pattern=ID)
    name: str
    media: Literal["score", "clip", "cover"]
    bytes: int
    said: Identification | None = Field(None, description="What muso said of it, once asked.")


class Removed(BaseModel):
    """How many pieces were taken off the list."""

    removed: int


@router.post(
    "/pieces",
    status_code=201,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/octet-stream": {"schema": {"type": "string", "format": "binary"}}
            },
        }
    },
)
async def add_piece(
    here: Here,
    request: Request,
    name: Annotated[str, Query(min_length=1, max_length=MOST_NAME, description="As it is called.")],
    listed: Annotated[bool, Query(description="Whether it stands in the list.")] = True,
) -> Piece:
    """Bring a score, a clip or a cover: the body is the file."""
    shown = plain_name(name)
    media, suffix = suffix_of(shown)
    if listed and here.database.count_pieces() >= here.settings.pieces:
        raise UsageError(f"the list holds {here.settings.pieces} pieces; clear it first")
    most = here.settings.most_bytes(media)
    promised = int(request.headers.get("content-length", 0))
    piece, size = await here.files.receive(request.stream(), shown, suffix, most, promised)
    here.database.add_piece(piece, shown, media, size, listed)
    return Piece(id=piece, name=shown, media=media, bytes=size, said=None)  # type: ignore[arg-type]


@router.get("/pieces")
def list_pieces(here: Here) -> list[Piece]:
    """The pieces in the list, the latest first; what other models said of them is left out."""
    models = {media: work.models_of(media) for media in SUFFIXES}
    return [
        Piece(**{**row, "said": row["said"] if _current(row, models) else None})
        for row in here.database.pieces()
    ]


def _current(row: dict[str, Any], models: dict[Any, list[str]]) -> bool:
    return row["said"] is not None and row["said"].get("models") == models[row["media"]]


@router.delete("/pieces")
def clear_pieces(here: Here) -> Removed:
    """Take all pieces off the list."""
    return Removed(removed=here.database.unlist(None))


@router.delete("/pieces/{piece}")
def remove_piece(here: Here, piece: PieceId) -> Removed:
    """Take one piece off the list."""
    return Removed(removed=here.database.unlist(piece))


@router.get("/pieces/{piece}/identification")
async def identify_piece(here: Here, piece: PieceId) -> Identification:
    """Name what can be named about a piece."""
    said: dict[str, Any] = await here.work(piece, work.identify)
    here.database.take_down(piece, said)
    return Identification(**said)


@router.post("/pieces/{piece}/identification", status_code=202)
async def begin_to_identify(here: Here, piece: PieceId) -> Started:
    """The same as work under way: for recordings, of which long ones take a while."""
    here.piece_path(piece)

    async def listen(job: Job) -> dict[str, Any]:
        said: dict[str, Any] = await here.work(piece, work.identify, job=job)
        here.database.take_down(piece, said)
        return Identification(**said).model_dump()

    return Started(job=here.jobs.start("identify", listen).id)


@router.get("/pieces/{piece}/timeline")
async def follow_piece(here: Here, piece: PieceId, task: Task) -> Timeline:
    """How the answer of a task changes in a piece: a window each, in the order of time."""
    return Timeline(**await here.work(piece, work.timeline, task))


@router.post("/pieces/{piece}/timeline", status_code=202)
async def begin_to_follow(here: Here, piece: PieceId, task: Task) -> Started:
    """The same as work under way: a long score has many windows."""
    here.piece_path(piece)

    async def listen(job: Job) -> dict[str, Any]:
        return Timeline(**await here.work(piece, work.timeline, task, job=job)).model_dump()

    return Started(job=here.jobs.start("follow", listen).id)


@router.get("/pieces/{piece}/notes")
async def read_notes(
    here: Here, piece: PieceId, humanize: Humanize = None, seed: Seed = 0
) -> Notes:
    """The notes of a score, perhaps as a person might play them."""
    return Notes(**await here.work(piece, work.notes, humanize, seed))


@router.get("/pieces/{piece}/picture.png", response_class=FileResponse)
async def draw_piece(here: Here, piece: PieceId, theme: Theme = "light") -> Response:
    """Its piano roll, its spectrogram, or the cover itself."""
    target = _picture(here, piece, theme)
    if not target.is_file():
        await here.work(piece, work.picture, target, theme)
    return FileResponse(target, media_type="image/png")


@router.post("/pieces/{piece}/picture", status_code=202)
async def begin_to_draw(here: Here, piece: PieceId, theme: Theme = "light") -> Started:
    """Have the picture made as work under way: a long recording has to be read through."""
    here.piece_path(piece)
    target = _picture(here, piece, theme)

    async def draw(job: Job) -> None:
        if not target.is_file():
            await here.work(piece, work.picture, target, theme, job=job)

    return Started(job=here.jobs.start("draw", draw).id)


@router.get("/pieces/{piece}/heat.png", response_class=FileResponse)
async def light_cover(here: Here, piece: PieceId) -> Response:
    """A cover with what spoke for its genre in orange, and what spoke against it in blue."""
    target = _heat(here, piece)
    if not target.is_file():
        await here.work(piece, work.heat, target)
    return FileResponse(target, media_type="image/png")


@router.post("/pieces/{piece}/heat", status_code=202)
async def begin_to_light(here: Here, piece: PieceId) -> Started:
    """Have that made as work under way: the model is asked again for every part of the cover."""
    here.piece_path(piece)
    target = _heat(here, piece)

    async def light(job: Job) -> None:
        if not target.is_file():
            await here.work(piece, work.heat, target, job=job)

    return Started(job=here.jobs.start("light", light).id)


def _picture(here: Studio, piece: str, theme: str) -> Path:
    return here.settings.folder / "pictures" / f"{piece}.{theme}.png"


def _heat(here: Studio, piece: str) -> Path:
    # Another model has other reasons.
    model = "-".join(work.models_of("cover"))
    return here.settings.folder / "pictures" / f"{piece}.{model}.png"


@router.get("/pieces/{piece}/sound.wav", response_class=Response)
async def play_piece(
    here: Here,
    piece: PieceId,
    humanize: Humanize = None,
    seed: Seed = 0,
    range: Annotated[str | None, Header()] = None,
) -> Response:
    """Its sound; it can be heard while it is still being made, and asked for in parts."""
    return await sound_of(here, piece, humanize, seed, range)


async def sound_of(
    here: Here, piece: str, humanize: float | None, seed: int, range: str | None
) -> Response:
    """The sound of a piece, from the disk or as it comes to be."""
    here.piece_path(piece)
    freely = f"{humanize}-{seed}" if humanize is not None else "plain"
    key = f"{piece.partition('.')[0]}-{hashlib.sha256(freely.encode()).hexdigest()[:12]}"
    growing = here.sounds.find(key)
    if growing is None and here.sounds.path(key).is_file():
        return answer_file(here.sounds.path(key))

    async def make(path: Path, tell: Any) -> None:
        await here.work(piece, work.sound, path, humanize, seed, tell=tell)

    growing = growing or here.sounds.make(key, make)
    await growing.begun()
    return answer(growing, range)


@router.get("/identifications.json", response_model_exclude_none=True)
def download_json(here: Here, response: Response) -> list[Listed]:
    """What was said of the pieces in the list."""
    response.headers.update(attachment("identifications", ".json"))
    rows = here.database.pieces()
    return [Listed(name=row["name"], **row["said"]) for row in rows if row["said"]]


@router.get("/identifications.csv", response_class=Response)
def download_csv(here: Here) -> Response:
    """The same as a table: a row a piece and task."""
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(
        ["name", "media", "task", "label", "probability", "valence", "arousal", "bundle"]
    )
    for row in here.database.pieces():
        for task, said in (row["said"] or {}).get("predictions", {}).items():
            table.writerow([
                harmless(row["name"]), row["media"], task, harmless(said["label"]),
                said["probability"], said.get("valence", ""), said.get("arousal", ""),
                said["bundle"],
            ])  # fmt: skip
    return Response(
        text.getvalue(), media_type="text/csv", headers=attachment("identifications", ".csv")
    )


def harmless(cell: str) -> str:
    """`cell` so that no spreadsheet takes it for a formula.

    >>> harmless("=1+1"), harmless("Bach")
    ("'=1+1", 'Bach')
    """
    return f"'{cell}" if cell[:1] in "=+-@\t\r" else cell


def require(found: bool, what: str) -> None:
    """Raises NotFound, naming `what`, unless it was found."""
    if not found:
        raise NotFound(f"there is no such {what}")
