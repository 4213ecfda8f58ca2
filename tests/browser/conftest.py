"""A real browser on a real studio. Without Chromium these tests are skipped, but never in CI."""

from __future__ import annotations

import base64
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
WAIT_S = 60.0
MOST_TABS = 120
DROP = """(files) => {
  const moved = new DataTransfer();
  for (const [name, text] of files) {
    const content = Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
    moved.items.add(new File([content], name));
  }
  dispatchEvent(new DragEvent("drop", {dataTransfer: moved, cancelable: true, bubbles: true}));
}"""
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")


def _missing(what: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(f"{what}: the browser tests must not be skipped here")
    pytest.skip(f"{what}; install it to run the browser tests")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium, where sound may begin without a click.

    For one module, because Playwright keeps an event loop running in this thread meanwhile, which
    the tests of other rooms could not begin theirs in.
    """
    found = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if found is None:
        _missing("there is no Chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        _missing("there is no Playwright")
    with sync_playwright() as playwright:
        # Debian's Chromium needs its sandbox off where tests run as root, as in containers.
        launched = playwright.chromium.launch(
            executable_path=found,
            args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required"],
        )
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a studio of these tests' own is."""
    process = subprocess.Popen(
        [sys.executable, "-c", "from muso.cli import main; main()", "studio", "--port", "0",
         "--no-browser"],
        env={**os.environ, "MUSO_HOME": str(tmp_path_factory.mktemp("home"))},
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    found = re.search(r"http://\S+?(?=/)", process.stdout.readline())
    assert found
    yield found[0]
    process.terminate()
    process.wait()


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where screenshots are kept: `artifacts/studio` in CI."""
    if not os.environ.get("CI"):
        return tmp_path_factory.mktemp("pictures")
    folder = Path("artifacts", "studio")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def violations(page: Any) -> list[tuple[str, list[str]]]:
    """What axe finds wrong with a page, and where."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [(one["id"], [node["html"][:120] for node in one["nodes"]][:4]) for one in found]


@pytest.fixture
def complaints() -> Callable[[Any], list[tuple[str, list[str]]]]:
    """Asks axe about a page."""
    return violations


class Visit:
    """A page that somebody has open; it notices what its console complains of."""

    def __init__(self, page: Any, address: str, pictures: Path) -> None:
        self.page = page
        self.pictures = pictures
        self.address = address
        self.complaints: list[str] = []
        page.set_default_timeout(WAIT_S * 1000)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._heard)

    def _heard(self, said: Any) -> None:
        # Chromium itself notes each file that the studio refuses; the page tells it to people.
        if said.type == "error" and "status of 422" not in said.text:
            self.complaints.append(said.text)

    def open(self, path: str) -> Visit:
        """Go to a page of the studio."""
        self.page.goto(self.address + path)
        self.page.wait_for_load_state("load")
        return self

    def until(self, script: str, what: str = "") -> Any:
        """The first true value of `script`; the policy forbids Playwright's own way to wait."""
        end = time.monotonic() + WAIT_S
        while time.monotonic() < end:
            if value := self.page.evaluate(script):
                return value
            self.page.wait_for_timeout(50)
        raise AssertionError(f"never came true: {what or script}")

    def plays(self) -> None:
        """Return once sound has really been played for a while."""
        self.until(
            "async () => (await import('/static/player.js')).position() > 0.3", "the sound plays"
        )

    def accessible(self) -> None:
        """Assert that axe finds nothing wrong with the page as it is now, by day and by night."""
        for scheme in ("dark", "light"):
            self.page.emulate_media(color_scheme=scheme)
            self.until(f"() => document.documentElement.dataset.theme === '{scheme}'")
            assert violations(self.page) == [], scheme

    def drop(self, *files: Path) -> None:
        """Let go of files over the page."""
        content = [[file.name, base64.b64encode(file.read_bytes()).decode()] for file in files]
        self.page.evaluate(DROP, content)

    def reach(self, locator: Any, back: bool = False) -> Any:
        """Go to something by the Tab key alone."""
        for _ in range(MOST_TABS):
            if locator.evaluate("(one) => one === document.activeElement"):
                return locator
            self.page.keyboard.press("Shift+Tab" if back else "Tab")
        raise AssertionError(f"the keyboard never reaches {locator}")

    def press(self, locator: Any, key: str = "Enter", back: bool = False) -> None:
        """Reach something by the Tab key and press a key on it."""
        self.reach(locator, back)
        self.page.keyboard.press(key)

    def choose(self, locator: Any, *files: Path, back: bool = False) -> None:
        """Reach a file input by the Tab key, open it by the Enter key, and choose files."""
        with self.page.expect_file_chooser() as opened:
            self.press(locator, back=back)
        opened.value.set_files(list(files))

    def download(self, click: Callable[[], Any]) -> tuple[str, bytes]:
        """The name and content of what a click downloads."""
        with self.page.expect_download() as coming:
            click()
        return coming.value.suggested_filename, Path(coming.value.path()).read_bytes()


@pytest.fixture
def visit(browser: Any, address: str, pictures: Path) -> Iterator[Visit]:
    """A visitor with a desktop screen; at the end its console must have been silent."""
    # Without motion: colours that fade would be judged half way from one theme to the other.
    context = browser.new_context(
        viewport={"width": 1280, "height": 860}, accept_downloads=True, reduced_motion="reduce"
    )
    visitor = Visit(context.new_page(), address, pictures)
    yield visitor
    context.close()
    assert visitor.complaints == []
