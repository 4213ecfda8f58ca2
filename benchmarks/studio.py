"""How soon the studio's pages are there, and how soon its music sounds, in a real browser.

    python -m benchmarks.studio [--repeat N] [--json]

A studio of its own with an empty home, on the loopback, and Chromium. `first_paint_s` is
Chromium's own measure, from the start of a navigation to the first pixels of the page, with an
empty browser cache each time. `first_sound_s` is from pressing a button to the audio element having
played something, so it holds making the notes, their sound, sending and decoding: of a
composition (warm: another was made before it) with and without a mood, and of a score of six
minutes whose sound was never made before. Medians and the slowest of `--repeat`. There is no
rival: the targets stand beside.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

SCORE = Path("examples", "schubert-gute_nacht.mid")
PAGES = ("/", "/compose", "/evolve", "/style", "/test", "/models")
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")
PAINT_TARGET_S = 0.3
SOUND_TARGET_S = 1.0
PAINTED = """() => performance.getEntriesByType("paint")
    .find((one) => one.name === "first-contentful-paint")?.startTime ?? 0"""
HEARD = """async (button) => {
    const { position } = await import("/static/player.js");
    const pressed = performance.now();
    document.querySelector(button).click();
    for (;;) {
        await new Promise(requestAnimationFrame);
        if (position() > 0) return performance.now() - pressed;
    }
}"""


@contextmanager
def studio() -> Iterator[str]:
    """The address of a studio of its own."""
    with tempfile.TemporaryDirectory() as home:
        process = subprocess.Popen(
            [sys.executable, "-m", "muso", "studio", "--port", "0", "--no-browser"],
            env={**os.environ, "MUSO_HOME": home}, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert process.stdout is not None
        found = re.search(r"http://\S+?(?=/)", process.stdout.readline())
        assert found
        try:
            yield found[0]
        finally:
            process.terminate()
            process.wait()


def paint_s(browser: Any, address: str, path: str) -> float:
    """First paint of a page for a browser that has never been there, s."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(address + path)
    page.wait_for_load_state("load")
    while not (painted := page.evaluate(PAINTED)):
        page.wait_for_timeout(10)
    context.close()
    return float(painted) / 1000


def composed_s(page: Any, address: str, mood: bool, seed: int) -> float:
    """First sound of a composition, s."""
    page.goto(address + "/compose")
    page.wait_for_load_state("networkidle")
    page.locator("#anymood").set_checked(not mood)
    page.locator("#seed").fill(str(seed))
    heard = float(page.evaluate(HEARD, "#wanted [type=submit]")) / 1000
    page.locator("#stop").click()
    page.wait_for_timeout(500)
    return heard


def played_s(page: Any, address: str, number: int) -> float:
    """First sound of a score that was never played before, s."""
    # A byte of text more makes it another file.
    content = SCORE.read_bytes() + bytes([number])
    page.request.delete(address + "/api/pieces")
    page.request.post(f"{address}/api/pieces?name={number}.mid", data=content)
    page.goto(address + "/")
    page.locator(".piece .plane").wait_for()
    return float(page.evaluate(HEARD, ".piece .play")) / 1000


def measure(repeat: int) -> dict[str, Any]:
    """All figures: median and slowest, s."""
    from playwright.sync_api import sync_playwright

    chromium = next(filter(None, map(shutil.which, CHROMIUMS)))
    figures: dict[str, Any] = {}

    def taken(name: str, target_s: float, one: Callable[[int], float]) -> None:
        each = [one(number) for number in range(repeat)]
        figures[name] = {
            "median": float(np.median(each)), "slowest": max(each), "target": target_s,
        }  # fmt: skip

    with studio() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required"],
        )
        page = browser.new_page()
        composed_s(page, address, True, 1)
        for path in PAGES:
            taken(f"first_paint_s {path}", PAINT_TARGET_S, lambda _, p=path: paint_s(  # type: ignore[misc]
                browser, address, p))  # fmt: skip
        taken("first_sound_s composition", SOUND_TARGET_S,
              lambda number: composed_s(page, address, False, 100 + number))  # fmt: skip
        taken("first_sound_s composition in a mood", SOUND_TARGET_S,
              lambda number: composed_s(page, address, True, 200 + number))  # fmt: skip
        taken("first_sound_s score of six minutes", SOUND_TARGET_S,
              lambda number: played_s(page, address, number))  # fmt: skip
        browser.close()
    return figures


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--repeat", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    figures = measure(given.repeat)
    if given.json:
        print(json.dumps(figures, indent=1))
        return
    for name, one in figures.items():
        told = f"median {one['median']:.2f}, slowest {one['slowest']:.2f}"
        print(f"{name:42} {told}, target {one['target']:.1f}")


if __name__ == "__main__":
    main()
