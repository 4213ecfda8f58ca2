"""Compose, from the mood pad to the download."""

from __future__ import annotations

from pathlib import Path
from typing import Any

BACH = Path(__file__).parents[2] / "examples" / "bach-bwv66-6.mid"


def test_compose(visit: Any) -> None:
    for made in visit.page.request.get(visit.address + "/api/compositions").json():
        visit.page.request.delete(f"{visit.address}/api/compositions/{made['id']}")
    page = visit.open("/compose").page
    page.locator("#pad").click(position={"x": 40, "y": 40})
    page.locator("#padname", has_text="Angry").wait_for()
    page.locator("#arousal").press("End")
    assert page.locator("#arousalout").inner_text() == "1.00"
    page.locator("#seconds").fill("12")
    page.locator("#seed").fill("7")
    page.get_by_role("button", name="Compose", exact=True).click()
    visit.plays()
    page.locator("#stageacts").wait_for()
    assert "seed 7" in page.locator("#stagename").inner_text()
    for format, start in (("MIDI", b"MThd"), ("WAV", b"RIFF"), ("PNG", b"\x89PNG")):
        button = page.locator("#stageacts").get_by_role("button", name=format)
        name, content = visit.download(button.click)
        assert name.startswith("muso-") and content.startswith(start)
    page.get_by_role("button", name="Keep").click()
    page.get_by_role("button", name="Kept").wait_for()
    page.get_by_role("button", name="Vary").click()
    visit.until("() => document.querySelectorAll('.made').length === 2", "two were made")
    page.get_by_role("button", name="Continue").click()
    page.locator("#startname", has_text="Goes on from composition").wait_for()
    visit.accessible()
    for number in range(2):
        page.locator(".made").nth(number).get_by_role("button", name="Compare").click()
    page.locator("#both article").nth(1).get_by_role("button", name="Play").click()
    visit.plays()
    visit.accessible()
    page.locator("#both article").first.get_by_role("button", name="This one is better").click()
    page.locator(".notice", has_text="is kept").wait_for()
    visit.open("/compose")
    page.locator(".made").nth(1).wait_for()
    page.locator("#onlykept").check()
    visit.until("() => document.querySelectorAll('.made').length === 1", "one of them is kept")
    page.locator(".made .open").click()
    visit.plays()
    page.screenshot(path=visit.pictures / "compose-made.png", full_page=True)
    page.get_by_role("link", name="Breed from it").click()
    page.locator("#sourcename", has_text="what you composed").wait_for()


def test_a_dropped_score_is_gone_on_from_and_bred_from(visit: Any, tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("no music")
    page = visit.open("/compose").page
    visit.drop(tmp_path / "words.txt")
    page.locator(".notice.error", has_text="words.txt is no MIDI file").wait_for()
    visit.drop(BACH)
    page.locator("#startname", has_text=f"Goes on from {BACH.name}").wait_for()
    page.locator("#seconds").press("Home")
    page.get_by_role("button", name="Compose", exact=True).click()
    visit.plays()
    page.locator("#stageabout", has_text="goes on from a score").wait_for()
    page.get_by_role("button", name="Start afresh").click()
    assert not page.locator("#startname").is_visible()
    visit.open("/evolve")
    visit.drop(BACH)
    page.locator("#sourcename", has_text=f"from {BACH.name}").wait_for()
