"""Style: from a dropped folder over learning and hearing it to composing with it."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


def size(path: Path) -> int:
    """Of a file, in bytes: short pieces are learnt from sooner."""
    return path.stat().st_size


def test_a_folder_is_dropped_learnt_heard_and_composed_with(visit: Any) -> None:
    """From the drop on by the keyboard alone."""
    if not os.environ.get("CI"):
        pytest.importorskip("torch")
    page = visit.open("/style").page
    visit.drop(*sorted(EXAMPLES.glob("*.mid"), key=size)[:6], EXAMPLES / "README.md")
    page.locator("#lesson").wait_for()
    assert page.locator(".figure", has_text="pieces").first.inner_text().startswith("6")
    assert "1 other file passed over" in page.locator("#readsaid").inner_text()
    visit.accessible()
    visit.reach(page.locator("#lesson input[name=name]"))
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("examples")
    visit.reach(page.locator("#lesson input[name=minutes]"))
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("0.5")
    visit.press(page.get_by_role("button", name="Learn it"))
    page.locator("#curves .chart").wait_for()
    # Another page was looked at meanwhile: what is under way is there again, from its beginning.
    visit.open("/style")
    page.locator("#learnname", has_text="Learning examples").wait_for()
    page.locator("#curves .chart").wait_for()
    first = page.get_by_role("button", name="Play sample 1 of round 1")
    first.wait_for()
    heading = page.locator("#samples h3").last.inner_text()
    assert re.fullmatch(r"After [\d.]+ (s|minutes) of learning, \d+ epochs?", heading)
    visit.press(first, "Space")
    visit.plays()
    visit.accessible()
    page.screenshot(path=visit.pictures / "style-learning.png", full_page=True)
    visit.press(page.locator("#stop"), back=True)
    page.locator("#learnsaid", has_text="Stopped").wait_for()
    visit.press(page.get_by_role("link", name="Use it in Compose"))
    page.locator("#bundle").wait_for()
    visit.until("() => document.querySelector('#bundle').value === 'examples'", "it is chosen")
    visit.press(page.locator("#seconds"), "Home")
    visit.press(page.get_by_role("button", name="Compose", exact=True))
    visit.plays()
    page.locator("#stageacts").wait_for()
    assert "examples" in page.locator("#stageabout").inner_text()


def test_a_page_that_comes_back_draws_all_that_was_told_at_once(visit: Any) -> None:
    """What a long lesson would have told is put in the studio's mouth: it is the API's."""
    updates = 600
    events = [
        {"stage": "learning", "done": done, "total": updates, "left_s": None,
         "values": {"loss": 3 - done / updates}} for done in range(1, updates + 1)
    ]  # fmt: skip
    told = "".join(f"event: progress\ndata: {json.dumps(event)}\n\n" for event in events)
    told += 'event: failed\ndata: {"kind": "stopped", "message": "stopped"}\n\n'
    page = visit.page
    page.route("**/api/styles/lesson", lambda route: route.fulfill(
        json={"job": "long", "name": "long-lesson"}))  # fmt: skip
    page.route("**/api/jobs/long/events", lambda route: route.fulfill(
        content_type="text/event-stream", body=told))  # fmt: skip
    page.add_init_script("""addEventListener("DOMContentLoaded", () => {
        window.drawn = 0;
        const count = (all) => { drawn += all.filter((one) => one.addedNodes.length).length; };
        new MutationObserver(count).observe(document.getElementById("curves"), { childList: true });
    });""")
    visit.open("/style")
    page.locator(f'#curves .chart[aria-label*="over {updates} updates"]').wait_for()
    assert 1 <= page.evaluate("drawn") < updates / 4


def test_a_folder_is_chosen_with_what_lies_in_folders_below_it(visit: Any, tmp_path: Path) -> None:
    below = tmp_path / "mine" / "older"
    below.mkdir(parents=True)
    pieces = sorted(EXAMPLES.glob("*.mid"), key=size)[:6]
    for number, piece in enumerate(pieces):
        (below if number % 2 else below.parent).joinpath(piece.name).write_bytes(piece.read_bytes())
    (below / "notes.txt").write_text("not music", "utf-8")
    page = visit.open("/style").page
    page.locator("#choosefolder").set_input_files(below.parent)
    page.locator("#lesson").wait_for()
    assert page.locator(".figure", has_text="pieces").first.inner_text().startswith("6")
