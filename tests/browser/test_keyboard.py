"""Each page's main path by the keyboard alone: Tab, Enter, Space and arrows."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

EXAMPLES = Path(__file__).parents[2] / "examples"
BACH, BRAHMS = EXAMPLES / "bach-bwv66-6.mid", EXAMPLES / "brahms-wiegenlied.mid"


def test_listen_by_keyboard(visit: Any) -> None:
    visit.page.request.delete(visit.address + "/api/pieces")
    page = visit.open("/").page
    visit.choose(page.locator("#choose"), BRAHMS)
    card = page.locator(".piece", has_text=BRAHMS.name)
    card.locator(".plane").wait_for()
    visit.press(card.get_by_role("button", name=f"Play {BRAHMS.name}"), "Space")
    visit.plays()
    visit.reach(card.get_by_role("slider"))
    before = int(card.get_by_role("slider").get_attribute("aria-valuenow"))
    page.keyboard.press("ArrowRight")
    at = "Number(document.querySelector('.roll').getAttribute('aria-valuenow'))"
    visit.until(f"() => {at} >= {before + 5}", "it goes on five seconds later")
    spoke = card.get_by_role("button", name="Show what spoke for").last
    lit = spoke.get_attribute("aria-pressed")
    visit.press(spoke)
    assert {lit, spoke.get_attribute("aria-pressed")} == {"true", "false"}
    table = page.get_by_role("link", name="CSV")
    _, content = visit.download(lambda: visit.press(table, back=True))
    rows = list(csv.DictReader(io.StringIO(content.decode())))
    assert {row["task"] for row in rows if row["name"] == BRAHMS.name} >= {"composer", "mood"}
    visit.press(card.get_by_role("button", name=f"Remove {BRAHMS.name}"))
    visit.until("() => !document.querySelector('.piece')", "it is off the list")


def test_compose_by_keyboard(visit: Any) -> None:
    page = visit.open("/compose").page
    visit.press(page.locator("#valence"), "End")
    visit.press(page.locator("#arousal"), "End")
    page.locator("#padname", has_text="Happy").wait_for()
    visit.press(page.locator("#seconds"), "Home")
    visit.reach(page.locator("#seed"))
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("11")
    visit.press(page.get_by_role("button", name="Compose", exact=True))
    visit.plays()
    acts = page.locator("#stageacts")
    acts.wait_for()
    assert "seed 11" in page.locator("#stagename").inner_text()
    visit.press(acts.get_by_role("button", name="Keep"))
    acts.get_by_role("button", name="Kept").wait_for()
    midi = acts.get_by_role("button", name="MIDI")
    name, content = visit.download(lambda: visit.press(midi))
    assert name.endswith(".mid") and content[:4] == b"MThd"
    visit.press(page.locator("#onlykept"), "Space")
    page.locator(".made", has_text="seed 11").first.wait_for()
    everything = page.request.get(visit.address + "/api/compositions").json()
    assert page.locator(".made").count() == sum(made["kept"] for made in everything)


def test_a_listening_test_by_keyboard(visit: Any) -> None:
    page = visit.open("/test").page
    visit.reach(page.locator("input[name=labels]"))
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("bach, brahms")
    visit.reach(page.locator("input[name=seconds]"))
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("4")
    visit.choose(page.locator("#choose"), BACH, BRAHMS)
    page.locator("#chosen li").nth(1).wait_for()
    visit.accessible()
    visit.press(page.get_by_role("button", name="Make the test"))
    page.locator("#link a").wait_for()
    results = page.url
    page.goto(page.locator("#link a").get_attribute("href"))
    page.locator(".item").nth(1).wait_for()
    visit.press(page.get_by_role("button", name="Play excerpt 1"), "Space")
    visit.plays()
    for number in range(2):
        visit.press(page.locator(".item").nth(number).get_by_role("button", name="brahms"))
    page.get_by_text("All answered").wait_for()
    page.goto(results)
    page.locator(".figure", has_text="heard right").get_by_text("50%", exact=True).wait_for()
    answers = page.get_by_role("link", name="Answers as CSV")
    _, content = visit.download(lambda: visit.press(answers))
    assert [row["heard"] for row in csv.DictReader(io.StringIO(content.decode()))] == ["brahms"] * 2


def test_models_by_keyboard(visit: Any) -> None:
    page = visit.open("/models").page
    visit.press(page.get_by_role("link", name="composer.1"))
    page.locator("#model > h2", has_text="composer.1").wait_for()
    labels = page.locator("#model details", has_text="Each label")
    visit.press(labels.locator("summary"))
    labels.get_by_role("cell", name="Bach").first.or_(
        labels.get_by_role("rowheader", name="Bach", exact=True)
    ).first.wait_for()
    visit.reach(page.get_by_role("region", name="Claimed, leaky and honest"))
    visit.press(page.locator("summary", has_text="Card"))
    page.get_by_text("research and private use").first.wait_for()
