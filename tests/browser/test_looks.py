"""How the pages look: light and dark, wide and narrow, and for those who can't see them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
PATHS = ["/", "/compose", "/evolve", "/style", "/test", "/models", "/api"]
SCREENS = {"desktop": (1280, 860), "phone": (390, 844)}


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module", autouse=True)
def _content(browser: Any, address: str) -> None:
    """Something to look at."""
    context = browser.new_context()
    for name in ("schubert-gute_nacht.mid", "bach-bwv66-6.mid"):
        content = (EXAMPLES / name).read_bytes()
        sent = context.request.post(f"{address}/api/pieces?name={name}", data=content)
        context.request.get(f"{address}/api/pieces/{sent.json()['id']}/identification")
    context.request.post(
        f"{address}/api/sessions", data={"name": "looks", "size": 6, "bars": 4, "seed": 2}
    )
    context.close()


@pytest.mark.parametrize("path", [*PATHS, "/evolve#looks"])
def test_a_page_fits_wide_and_narrow_screens_and_axe_finds_nothing(
    browser: Any, address: str, complaints: Any, pictures: Path, path: str, scheme: str
) -> None:
    context = browser.new_context(color_scheme=scheme, reduced_motion="reduce")
    page = context.new_page()
    page.goto(address + path)
    page.wait_for_load_state("networkidle")
    name = path.strip("/").replace("#", "-") or "listen"
    found = {}
    for screen, (width, height) in SCREENS.items():
        page.set_viewport_size({"width": width, "height": height})
        page.screenshot(path=pictures / f"{name}-{scheme}-{screen}.png")
        needed = page.evaluate("document.documentElement.scrollWidth")
        found[screen] = (needed <= width, complaints(page))
    context.close()
    assert found == dict.fromkeys(SCREENS, (True, []))
