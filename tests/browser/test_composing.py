"""Compose, from the mood pad to the download."""

from __future__ import annotations

from typing import Any


def test_compose(visit: Any) -> None:
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
    page.locator("#startname", has_text="Goes on from composition 2").wait_for()
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
