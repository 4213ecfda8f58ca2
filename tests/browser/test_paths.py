"""Each page's main path, from drop to download, with sound really playing."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
BACH, BRAHMS = EXAMPLES / "bach-bwv66-6.mid", EXAMPLES / "brahms-wiegenlied.mid"


def clear(visit: Any) -> None:
    visit.page.request.delete(visit.address + "/api/pieces")


def test_listen(visit: Any) -> None:
    clear(visit)
    page = visit.open("/").page
    visit.drop(BACH)
    card = page.locator(".piece", has_text=BACH.name)
    card.locator(".label", has_text="Bach").wait_for()
    card.get_by_text("163 notes").wait_for()
    page.set_input_files("#choose", [BRAHMS, EXAMPLES / "README.md"])
    page.locator(".piece", has_text=BRAHMS.name).locator(".label").first.wait_for()
    left = page.locator("#leftbox")
    left.get_by_text("1 file left out, and why").click()
    assert left.locator("li").inner_text().startswith("README.md: muso reads no such files")
    card.get_by_role("button", name=f"Play {BACH.name}").click()
    visit.plays()
    card.get_by_role("button", name=f"Pause {BACH.name}").click()
    assert card.get_by_role("slider").get_attribute("aria-valuenow") is not None
    name, content = visit.download(page.get_by_role("link", name="JSON").click)
    assert name == "identifications.json" and len(json.loads(content)) == 2
    _, content = visit.download(page.get_by_role("link", name="CSV").click)
    rows = list(csv.DictReader(io.StringIO(content.decode())))
    assert {row["name"] for row in rows} == {BACH.name, BRAHMS.name}
    visit.open("/")
    page.locator(".piece", has_text=BACH.name).locator(".label", has_text="Bach").wait_for()
    page.get_by_role("button", name="Clear").click()
    visit.until("() => !document.querySelector('.piece')")


def test_a_mood_is_a_point_on_the_plane_and_a_line_over_time(visit: Any) -> None:
    """What an ear for moods would say is put in the studio's mouth: its answer is the API's."""
    clear(visit)
    said = {"label": "calm", "probability": 0.7, "bundle": "mood.1", "valence": 0.6,
            "arousal": -0.7, "ranking": [["calm", 0.7], ["sad", 0.2], ["happy", 0.1]],
            "evidence": []}  # fmt: skip
    windows = [{"start_s": 5.0 * n, "end_s": 5.0 * n + 15, "valence": 0.1 * n, "arousal": -0.05 * n}
               for n in range(8)]  # fmt: skip
    page = visit.page
    page.route("**/identification", lambda route: route.fulfill(
        json={"media": "score", "predictions": {"mood": said}}))  # fmt: skip
    line = json.dumps({"task": "mood", "bundle": "mood.1", "windows": windows})
    page.route("**/timeline?task=mood", lambda route: route.fulfill(json={"job": "line"}))
    page.route("**/api/jobs/line/events", lambda route: route.fulfill(
        content_type="text/event-stream", body=f"event: done\ndata: {line}\n\n"))  # fmt: skip
    visit.open("/")
    page.set_input_files("#choose", [BRAHMS])
    page.locator(".plane .dot").wait_for()
    assert page.locator(".plane .dot").get_attribute("cx") == "68"
    page.locator("svg.line path.arousal").wait_for()
    assert "valence 0.60, arousal -0.70" in page.locator(".piece").inner_text()
    page.screenshot(path=visit.pictures / "listen-mood.png")


def paint_cover(path: Path) -> Path:
    """A cover in the project's own hand: black, a red triangle and a title."""
    from PIL import Image, ImageDraw

    cover = Image.new("RGB", (200, 200), (12, 12, 16))
    pen = ImageDraw.Draw(cover)
    pen.polygon([(40, 160), (100, 20), (160, 160)], fill=(150, 20, 20))
    pen.text((60, 170), "NIGHTFALL", fill=(220, 220, 220))
    cover.save(path)
    return path


def make_recording(path: Path) -> Path:
    """Seventy seconds: noise, and from the middle on a chord."""
    import numpy as np

    from muso.music.clip import Clip, write_clip

    rate = 22_050
    at = np.arange(70 * rate) / rate
    chord = sum(np.sin(2 * np.pi * hz * at) for hz in (220.0, 277.2, 329.6))
    noise = np.random.default_rng(1).normal(0, 0.3, len(at))
    sound = np.where(at < 35, noise, 0.2 * chord).astype(np.float32)
    write_clip(Clip(sound[None], rate), path)
    return path


def test_what_spoke_is_lit_on_covers_and_recordings(visit: Any, tmp_path: Path) -> None:
    clear(visit)
    cover, recording = paint_cover(tmp_path / "night.png"), make_recording(tmp_path / "half.flac")
    page = visit.open("/").page
    visit.drop(cover, recording)
    card = page.locator(".piece", has_text="night.png")
    card.locator(".bars").wait_for()
    assert "cover genre" in card.inner_text()
    with page.expect_response("**/heat.png") as lit:
        card.get_by_role("button", name="Show what spoke").click()
    assert lit.value.status == 200
    card.get_by_text("Orange spoke for it").wait_for()
    drawn = "() => document.querySelector('.cover img').naturalWidth === 512"
    visit.until(drawn, "the lit cover is shown")
    card = page.locator(".piece", has_text="half.flac")
    card.locator(".bars").wait_for()
    dimmed = card.locator(".lit")
    dimmed.nth(1).wait_for(state="attached")
    assert "1:10" in card.inner_text()
    shades = [float(one.evaluate("(one) => one.style.opacity")) for one in dimmed.all()]
    assert min(shades) == 0 and max(shades) > 0
    card.get_by_role("button", name="Play half.flac").click()
    visit.plays()
    visit.accessible()
    page.screenshot(path=visit.pictures / "listen-lit.png", full_page=True)
    card.get_by_role("button", name="Show what spoke").click()
    assert dimmed.count() == 0


def test_lines_and_pictures_of_long_pieces_tell_how_far_they_are(
    visit: Any, tmp_path: Path
) -> None:
    """What the studio tells meanwhile is held on to until it was seen: it may be soon over."""
    from muso.music.midi import write_score
    from muso.music.score import Score

    clear(visit)
    pitches = [60, 64, 67, 65, 62, 59] * 400
    write_score(Score.of(pitches, [n / 2 for n in range(2400)], 0.4), tmp_path / "long.mid")
    page = visit.page
    page.add_init_script("""window.told = new Set();
        new MutationObserver(() => { for (const one of document.querySelectorAll(".far p"))
            told.add(one.textContent); }).observe(document, { childList: true, subtree: true });""")
    visit.open("/")
    cover = paint_cover(tmp_path / "night.png")
    visit.drop(tmp_path / "long.mid", make_recording(tmp_path / "half.flac"), cover)
    page.locator(".piece", has_text="long.mid").locator("svg.line path.valence").wait_for()
    page.locator(".piece", has_text="half.flac").locator(".picture img").wait_for()
    card = page.locator(".piece", has_text="night.png")
    card.get_by_role("button", name="Show what spoke").click()
    card.get_by_text("Orange spoke for it").wait_for()
    told = page.evaluate("[...told]")
    # On a quick machine it is over before there is time worth telling.
    assert any(one.startswith("mood over time: ") and " windows" in one for one in told), told
    assert page.locator(".far").count() == 0


def test_of_many_pieces_those_are_drawn_that_somebody_is_near_to(visit: Any) -> None:
    said = {"label": "Bach", "probability": 1, "bundle": "composer.1", "ranking": [["Bach", 1]],
            "evidence": []}  # fmt: skip
    pieces = [{"id": f"{number:032x}.mid", "name": f"{number}.mid", "media": "score", "bytes": 1,
               "said": {"media": "score", "predictions": {"composer": said}}}
              for number in range(200)]  # fmt: skip
    music = {"length_s": 9, "count": 1, "notes": [[0, 9, 60, 64, 0]], "tracks": [], "bars_s": [],
             "tempo_bpm": 60}  # fmt: skip
    page = visit.page
    asked: list[str] = []
    page.route("**/api/pieces", lambda route: route.fulfill(json=pieces))
    page.route("**/notes", lambda route: (asked.append(route.request.url),
                                          route.fulfill(json=music)))  # fmt: skip
    visit.open("/")
    first, last = page.locator(".piece").first, page.locator(".piece").last
    first.locator("canvas").wait_for()
    assert page.locator(".piece").count() == 200
    last.get_by_role("button", name="Remove 199.mid").focus()
    last.locator("canvas").wait_for()
    drawn = "() => document.querySelectorAll('.piece')[{}].querySelector('canvas').width"
    visit.until(f"{drawn.format(199)} > 100", "what is near is drawn")
    visit.until(f"{drawn.format(0)} === 0", "what is far holds no pixels")
    assert len(asked) < 60


def test_unknown_is_said_plainly(visit: Any, tmp_path: Path) -> None:
    import numpy as np

    from muso.music.clip import Clip, write_clip

    clear(visit)
    write_clip(Clip(np.zeros((1, 22_050 * 5), np.float32), 22_050), tmp_path / "silence.wav")
    page = visit.open("/").page
    visit.drop(tmp_path / "silence.wav")
    card = page.locator(".piece", has_text="silence.wav")
    card.locator(".label", has_text="unknown").wait_for()
    assert "silence: nothing in it is louder" in card.inner_text()
    assert card.locator(".picture").count() == 1 and not card.locator(".picture").is_visible()
    visit.accessible()


def test_what_no_label_fits_is_unknown_and_what_came_nearest_is_named(visit: Any) -> None:
    """An answer of this kind is put in the studio's mouth: it is the API's."""
    clear(visit)
    said = {"label": "unknown", "probability": 0.2, "bundle": "composer.1", "evidence": [],
            "ranking": [["Ravel", 0.2], ["Satie", 0.1]]}  # fmt: skip
    page = visit.page
    page.route("**/identification", lambda route: route.fulfill(
        json={"media": "score", "predictions": {"composer": said}}))  # fmt: skip
    visit.open("/")
    page.set_input_files("#choose", [BRAHMS])
    card = page.locator(".piece", has_text=BRAHMS.name)
    card.locator(".label", has_text="unknown").wait_for()
    card.get_by_text("None of the labels this model knows is likely enough").wait_for()
    assert card.locator(".bars .share").all_inner_texts() == ["20%", "10%"]


def test_a_hostile_file_ends_a_card_and_not_the_page(visit: Any, tmp_path: Path) -> None:
    clear(visit)
    hostile = tmp_path / "<img src=x onerror=alert(1)>.mid"
    hostile.write_bytes(BACH.read_bytes()[:100])
    page = visit.open("/").page
    page.set_input_files("#choose", [hostile, BACH])
    page.locator(".piece .answers .failed").wait_for()
    page.locator(".piece .label", has_text="Bach").wait_for()
    assert page.locator(".piece h2 img").count() == 0


def test_evolve_by_keyboard_alone(visit: Any) -> None:
    page = visit.open("/evolve").page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    visit.reach(page.locator("input[name=name]"))
    page.keyboard.type("keys")
    visit.reach(page.locator("input[name=size]"))
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("4")
    page.keyboard.press("Enter")
    page.locator(".phrase.here").wait_for()
    page.keyboard.press("Space")
    visit.plays()
    for key in "5130":
        page.keyboard.press(key)
        page.wait_for_timeout(20)
        pressed = f'.stars [aria-label^="{key} star"][aria-pressed=true]'
        visit.until(f"() => document.querySelector('{pressed}')")
    page.keyboard.press("n")
    page.locator("#heading", has_text="generation 1").wait_for()
    wide = "[...document.querySelectorAll('.phrase')].filter((x) => x.scrollWidth > x.clientWidth)"
    assert page.evaluate(f"() => {wide}.length") == 0
    page.keyboard.press("ArrowRight")
    page.keyboard.press("s")
    page.locator(".aside[aria-pressed=true]").wait_for()
    page.keyboard.press("u")
    visit.until("() => !document.querySelector('.aside[aria-pressed=true]')")
    visit.accessible()
    visit.press(page.locator("#treebox summary"))
    page.locator("#tree circle").last.wait_for()
    visit.press(page.locator("#tree circle").last)
    page.locator("#heard", has_text="ancestors").wait_for()
    visit.accessible()
    page.screenshot(path=visit.pictures / "evolve-tree.png", full_page=True)
    visit.press(page.get_by_role("button", name="Pairs"), back=True)
    page.locator("#pair .phrase").first.wait_for()
    visit.accessible()
    page.keyboard.press("1")
    page.locator("#ear", has_text="knows 5").wait_for()
    best = page.get_by_role("link", name="Best as MIDI")
    name, content = visit.download(lambda: visit.press(best))
    assert name == "keys.zip" and len(zipfile.ZipFile(io.BytesIO(content)).namelist()) == 3
    visit.press(page.get_by_role("button", name="Sessions"))
    visit.press(page.get_by_role("button", name="keys"))
    page.locator("#heading", has_text="generation 1").wait_for()
    page.go_back()
    page.locator("#lobby").wait_for()


def test_a_listening_test_from_making_it_to_its_results(
    visit: Any, browser: Any, complaints: Any
) -> None:
    page = visit.open("/test").page
    page.locator("input[name=title]").fill("Which one is it?")
    page.locator("input[name=labels]").fill("bach, brahms")
    page.locator("input[name=seconds]").fill("4")
    page.set_input_files("#choose", [BACH, BRAHMS])
    page.locator("#chosen li").nth(1).wait_for()
    page.get_by_role("button", name="Make the test").click()
    page.locator("#heading", has_text="Which one").wait_for()
    link = page.locator("#link a").get_attribute("href")
    other = browser.new_context(viewport={"width": 390, "height": 844})
    listener = other.new_page()
    listener.goto(link)
    listener.locator(".item").nth(1).wait_for()
    assert "brahms-wiegenlied" not in listener.content()
    listener.get_by_role("button", name="Play excerpt 1").click()
    for number in range(2):
        listener.locator(".item").nth(number).get_by_role("button", name="bach").click()
    listener.get_by_text("All answered").wait_for()
    assert complaints(listener) == []
    listener.screenshot(path=visit.pictures / "listener-phone.png")
    other.close()
    page.locator(".figure", has_text="heard right").get_by_text("50%", exact=True).wait_for()
    assert "2 pieces, 1 listener, 2 answers" in page.locator("#counts").inner_text()
    visit.accessible()
    page.screenshot(path=visit.pictures / "test-results.png", full_page=True)
    _, content = visit.download(page.get_by_role("link", name="Answers as CSV").click)
    assert [row["heard"] for row in csv.DictReader(io.StringIO(content.decode()))] == ["bach"] * 2
    page.locator("#share").check()
    page.locator("#link", has_text="Listeners open").wait_for()
    page.locator("#share").uncheck()
    page.locator("#link", has_text="On this machine").wait_for()
    page.get_by_role("button", name="Close it").click()
    page.locator("#counts", has_text="closed").wait_for()


def test_models(visit: Any) -> None:
    page = visit.open("/models#composer.1").page
    page.locator("#model > h2", has_text="composer.1").wait_for()
    assert page.locator(".matrix").count() == 1 and page.locator(".chart").count() >= 1
    page.locator(".matrix").hover(position={"x": 5, "y": 5})
    page.get_by_text("Aguado taken for").wait_for()
    page.locator("summary", has_text="Card").click()
    page.get_by_text("research and private use").first.wait_for()
    assert "no work stands on two sides" in page.locator("#model").inner_text()
    row = page.locator(".claims tr", has_text="0.90 to 0.93")
    assert "listing, leaky" in row.inner_text() and row.locator(".ranges circle").count() == 2
    for one in page.locator("#model summary").all():
        one.click() if not one.evaluate("(one) => one.parentElement.open") else None
    visit.accessible()
    page.screenshot(path=visit.pictures / "models-composer.png", full_page=True)
    for name in ("muse.1", "cover.1", "mood.1"):
        page.get_by_role("link", name=name).click()
        page.locator("#model > h2", has_text=name).wait_for()
    page.locator("#study .claims, #study details").first.wait_for()
    visit.accessible()
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_role("link", name="composer.1").click()
    row = page.locator(".claims tr", has_text="0.90 to 0.93")
    row.wait_for()
    box = row.locator(".ranges").bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 390
    visit.accessible()


def without_intervals(value: Any) -> Any:
    """`value` as it is where too few works were tested: with no ends of any interval."""
    if isinstance(value, dict):
        ends = {"low": None, "high": None} if "low" in value else {}
        return {**{key: without_intervals(one) for key, one in value.items()}, **ends}
    return [without_intervals(one) for one in value] if isinstance(value, list) else value


def test_a_model_tested_on_too_few_works_is_shown_without_intervals(visit: Any) -> None:
    page = visit.page
    for path in ("**/api/bundles/*", "**/api/studies/*"):
        page.route(path, lambda route: route.fulfill(json=without_intervals(route.fetch().json())))
    visit.open("/models#muse.1")
    surprise = page.locator("#model .card", has_text="How much held-out music surprises it")
    surprise.locator("td", has_text="no interval").first.wait_for()
    # What comes after it is there too.
    page.get_by_text("Train it anew").wait_for()
    page.get_by_role("link", name="composer.1").click()
    page.locator(".figure", has_text="accuracy").get_by_text("no interval").first.wait_for()
    row = page.locator(".claims tr", has_text="0.90 to 0.93")
    assert "no interval" in row.inner_text() and row.locator(".ranges").count() == 0


def test_what_was_bred_before_a_failure_is_shown_after_it(visit: Any) -> None:
    page = visit.page
    begun = {"name": "halfway", "bars": 2, "size": 4, "seed": 1}
    page.request.post(visit.address + "/api/sessions", data=begun)
    visit.open("/evolve#halfway")
    page.locator("#heading", has_text="generation 0").wait_for()

    def fail(route: Any) -> None:
        """Let the job end, and say that it failed."""
        page.request.get(route.request.url)
        said = json.dumps({"kind": "internal", "message": "the ear fell asleep"})
        route.fulfill(content_type="text/event-stream", body=f"event: failed\ndata: {said}\n\n")

    page.route("**/api/jobs/*/events", fail)
    page.locator(".phrase").first.focus()
    page.keyboard.press("5")
    page.locator(".stars [aria-label^='5 star'][aria-pressed=true]").wait_for()
    page.get_by_role("button", name="Next generation").click()
    page.locator(".notice.error", has_text="the ear fell asleep").wait_for()
    assert "generation 1" in page.locator("#heading").inner_text()
    assert page.get_by_role("button", name="Next generation").is_enabled()


def test_the_theme_is_chosen_and_kept(visit: Any) -> None:
    page = visit.open("/").page
    before = page.evaluate("document.documentElement.dataset.theme")
    page.get_by_role("button", name="Light or dark").click()
    after = page.evaluate("document.documentElement.dataset.theme")
    visit.open("/models")
    assert before != after == page.evaluate("document.documentElement.dataset.theme")


@pytest.mark.parametrize("path", ["/", "/compose", "/evolve", "/style", "/test", "/models"])
def test_the_keyboard_reaches_everything_that_can_be_pressed(visit: Any, path: str) -> None:
    page = visit.open(path).page
    page.wait_for_load_state("networkidle")
    wanted = page.evaluate("""() =>
        [...document.querySelectorAll("a, button, input, select, summary")].filter((one) =>
            one.checkVisibility() && !one.disabled && one.tabIndex >= 0).length""")
    reached = set()
    for _ in range(wanted + 30):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate("""() => { window.seen ??= new Map(); const one = document.activeElement;
            if (!seen.has(one)) seen.set(one, seen.size); return seen.get(one); }""")
        )
    assert len(reached) >= wanted
