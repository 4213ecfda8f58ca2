"""The pages: what the browser opens. Their content comes from the API."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from muso.compose.beats import BEATS
from muso.music.scale import SCALES
from muso.studio.settings import MOST_SCORES

STATIC = Path(__file__).parent / "static"
TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True)
class Page:
    """A page: where it is, what it is called, what it is for, and the script that fills it."""

    path: str
    name: str
    title: str
    about: str


PAGES = (
    Page("/", "listen", "Listen", "Who wrote it, what mood it is in, which genre it belongs to."),
    Page("/compose", "compose", "Compose", "New music in the mood you choose."),
    Page("/evolve", "evolve", "Evolve", "Phrases bred by your ear."),
    Page("/style", "style", "Style", "A model of your own files."),
    Page("/test", "test", "Listening test", "What do people hear in it?"),
    Page("/models", "models", "Models", "What answers, how well, and how to make it anew."),
)

INSTRUMENTS = {
    "piano": 0, "electric piano": 4, "harpsichord": 6, "vibraphone": 11, "organ": 19,
    "guitar": 24, "strings": 48, "choir": 52, "flute": 73, "clarinet": 71,
}  # fmt: skip
"""General MIDI programs that are offered by name."""
SHARED = {
    "pages": PAGES, "scales": SCALES, "beats": BEATS, "instruments": INSTRUMENTS,
    "most_scores": MOST_SCORES,
}  # fmt: skip

pages = APIRouter(include_in_schema=False)


def render(template: str, **values: Any) -> HTMLResponse:
    """A template as an answer."""
    content = TEMPLATES.get_template(template).render(**SHARED, **values)
    return HTMLResponse(content)


def _route(page: Page) -> Callable[[], HTMLResponse]:
    def show() -> HTMLResponse:
        return render(f"{page.name}.html", page=page)

    return show


for _page in PAGES:
    pages.add_api_route(_page.path, _route(_page), methods=["GET"], response_class=HTMLResponse)


@pages.get("/api")
def api_page(request: Request) -> HTMLResponse:
    """The API's documentation, from its own description."""
    described = request.app.openapi()
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, methods in described["paths"].items():
        for method, one in methods.items():
            group = groups.setdefault(one.get("tags", ["other"])[0], [])
            group.append({"method": method.upper(), "path": path, **one})
    page = Page("/api", "api", "API", "Everything the pages do, as HTTP.")
    return render("api.html", page=page, about=described["info"]["description"], groups=groups)
