"""Listening tests: blind, shared only on purpose, counted with intervals."""

from __future__ import annotations

import csv
import io
import json
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from muso.music.clip import read_clip
from muso.studio.outside import listeners_app
from muso.studio.security import Guard
from muso.studio.testing import results

LABELS = ["sad", "happy"]


def events_of(studio: TestClient, job: str) -> dict[str, Any]:
    """The last event of each kind of a finished job."""
    lines = studio.get(f"/api/jobs/{job}/events").text.splitlines()
    names = [line[7:] for line in lines if line.startswith("event: ")]
    data = [json.loads(line[6:]) for line in lines if line.startswith("data: ")]
    return dict(zip(names, data, strict=True))


@pytest.fixture
def test(studio: TestClient, put: Callable[..., str]) -> Iterator[dict[str, Any]]:
    """A listening test of two pieces."""
    items = [
        {"piece": put("bach-bwv66-6.mid"), "label": "sad"},
        {"piece": put("brahms-wiegenlied.mid"), "label": "happy"},
    ]
    wanted = {"title": "Moods", "labels": LABELS, "items": items, "seconds": 4}
    made = events_of(studio, studio.post("/api/tests", json=wanted).json()["job"])["done"]
    yield made
    studio.delete(f"/api/tests/{made['id']}")


@pytest.fixture
def outside(inside: Any, studio: TestClient) -> TestClient:
    """A listener's browser on the local network."""
    return TestClient(Guard(listeners_app(inside), "0.0.0.0"), base_url="http://192.168.1.7:9000")


def answer(client: TestClient, test: dict[str, Any], listener: str, label: str) -> list[str]:
    items = client.get(f"{test['link']}/items", params={"listener": listener}).json()["items"]
    for item in items:
        said = {"listener": listener, "item": item, "label": label}
        assert client.post(f"{test['link']}/answers", json=said).status_code == 201
    return list(items)


def test_more_pieces_than_a_test_takes_are_refused_in_plain_words(studio: TestClient) -> None:
    items = [{"piece": f"{number:032x}.mid", "label": "sad"} for number in range(101)]
    wanted = {"title": "Long", "labels": LABELS, "items": items, "seconds": 4}
    answer = studio.post("/api/tests", json=wanted)
    assert answer.status_code == 422
    assert answer.json()["error"]["message"] == "items: 100 at most, not 101"


def test_listeners_see_neither_names_nor_labels(test: dict[str, Any], outside: TestClient) -> None:
    page = outside.get(test["link"]).text
    items = outside.get(f"{test['link']}/items").text
    for told in (page, items):
        assert "bach" not in told.lower() and "brahms" not in told.lower()
    assert set(json.loads(items)) == {"title", "labels", "items", "answered"}


def test_excerpts_differ_in_nothing_but_the_music(
    test: dict[str, Any], outside: TestClient, tmp_path: Path
) -> None:
    codes = outside.get(f"{test['link']}/items").json()["items"]
    lengths, levels = set(), []
    for code in codes:
        content = outside.get(f"{test['link']}/{code}.mp3").content
        (tmp_path / f"{code}.mp3").write_bytes(content)
        clip = read_clip(tmp_path / f"{code}.mp3")
        lengths.add(clip.samples.shape)
        levels.append(float(np.sqrt(np.mean(clip.samples**2))))
    assert len(codes) == 2 and len(lengths) == 1
    assert levels[0] == pytest.approx(levels[1], rel=0.1)


def test_each_listener_hears_them_in_an_order_of_their_own(
    test: dict[str, Any], outside: TestClient
) -> None:
    orders = {
        tuple(outside.get(f"{test['link']}/items", params={"listener": str(n)}).json()["items"])
        for n in range(20)
    }
    assert len(orders) == 2


def test_answers_come_to_shares_with_intervals_a_confusion_and_a_table(
    test: dict[str, Any], studio: TestClient, outside: TestClient
) -> None:
    for number in range(3):
        answer(outside, test, f"listener-number-{number}", "sad")
    found = studio.get(f"/api/tests/{test['id']}").json()
    assert found["right"]["value"] == 0.5
    assert found["right"]["low"] < 0.2 and found["right"]["high"] > 0.8
    assert (found["labels"], found["confusion"]) == (["happy", "sad"], [[0, 3], [0, 3]])
    assert next(one for one in found["intended"] if one["name"] == "sad")["value"] == 1
    rows = list(csv.DictReader(io.StringIO(studio.get(
        f"/api/tests/{test['id']}/answers.csv").text)))  # fmt: skip
    assert len(rows) == 6 and {row["heard"] for row in rows} == {"sad"}
    assert {row["listener"] for row in rows} == {"1", "2", "3"}


def test_a_changed_mind_replaces_the_answer(
    test: dict[str, Any], studio: TestClient, outside: TestClient
) -> None:
    answer(outside, test, "listener-number-9", "sad")
    answer(outside, test, "listener-number-9", "happy")
    assert studio.get(f"/api/tests/{test['id']}").json()["answers"] == 2
    again = outside.get(f"{test['link']}/items", params={"listener": "listener-number-9"}).json()
    assert set(again["answered"].values()) == {"happy"}


@pytest.mark.parametrize("change, status", [
    ({"label": "jolly"}, 400), ({"item": "x" * 12}, 404), ({"listener": "short"}, 422), ({}, 201),
])  # fmt: skip
def test_an_answer_that_can_not_be_is_refused(
    test: dict[str, Any], outside: TestClient, change: dict[str, str], status: int
) -> None:
    code = outside.get(f"{test['link']}/items").json()["items"][0]
    said = {"listener": "listener-number-1", "item": code, "label": "sad", **change}
    assert outside.post(f"{test['link']}/answers", json=said).status_code == status


def test_a_closed_test_takes_no_answers(
    test: dict[str, Any], studio: TestClient, outside: TestClient
) -> None:
    studio.patch(f"/api/tests/{test['id']}", json={"open": False})
    assert outside.get(f"{test['link']}/items").status_code == 404
    studio.patch(f"/api/tests/{test['id']}", json={"open": True})
    assert outside.get(f"{test['link']}/items").status_code == 200


def test_the_network_reaches_nothing_but_the_tests(
    test: dict[str, Any], outside: TestClient
) -> None:
    for path in ("/", "/compose", "/api", "/api/pieces", "/api/tests", "/api/openapi.json", "/t/"):
        assert outside.get(path).status_code == 404
    assert outside.get(f"/t/{secrets.token_urlsafe(24)}").status_code == 404
    assert outside.get(test["link"], headers={"host": "evil.example"}).status_code == 421


def test_the_door_is_shut_until_it_is_opened(studio: TestClient, test: dict[str, Any]) -> None:
    import httpx

    assert studio.get("/api/sharing").json() == {"shared": False, "address": None}
    opened = studio.post("/api/sharing", json={"shared": True}).json()
    port = opened["address"].rsplit(":", 1)[1]
    assert httpx.get(f"http://127.0.0.1:{port}{test['link']}").status_code == 200
    assert httpx.get(f"http://127.0.0.1:{port}/api/pieces").status_code == 404
    assert not studio.post("/api/sharing", json={"shared": False}).json()["shared"]
    with pytest.raises(httpx.TransportError):
        httpx.get(f"http://127.0.0.1:{port}{test['link']}", timeout=2)


def test_a_test_of_what_can_not_be_heard_is_refused(
    studio: TestClient, put: Callable[..., str], tmp_path: Path
) -> None:
    from PIL import Image

    Image.new("RGB", (8, 8)).save(tmp_path / "black.png")
    items = [{"piece": put("bach-bwv66-6.mid"), "label": "sad"},
             {"piece": put(tmp_path / "black.png"), "label": "happy"}]  # fmt: skip
    wanted = {"title": "?", "labels": LABELS, "items": items, "seconds": 4}
    refused = studio.post("/api/tests", json=wanted)
    assert refused.status_code == 400
    assert refused.json()["error"]["message"] == "black.png: a cover can't be heard"


def test_a_test_whose_pieces_are_all_the_same_is_refused(
    studio: TestClient, put: Callable[..., str]
) -> None:
    items = [{"piece": put(f"{name}.mid"), "label": "sad"}
             for name in ("bach-bwv66-6", "brahms-wiegenlied")]  # fmt: skip
    wanted = {"title": "?", "labels": LABELS, "items": items, "seconds": 4}
    refused = studio.post("/api/tests", json=wanted)
    assert refused.status_code == 400
    assert refused.json()["error"]["message"].endswith("'sad'; say what each is")


@pytest.mark.parametrize("change", [
    {"labels": ["sad", "sad"]}, {"labels": ["sad"]}, {"labels": ["calm", "angry"]}, {"items": []},
])  # fmt: skip
def test_a_test_that_can_not_be_is_refused(
    studio: TestClient, put: Callable[..., str], change: dict[str, Any]
) -> None:
    piece = {"piece": put("bach-bwv66-6.mid"), "label": "sad"}
    wanted = {"title": "?", "labels": LABELS, "items": [piece, piece], **change}
    assert studio.post("/api/tests", json=wanted).status_code in {400, 422}


def test_an_answer_that_no_piece_is_may_be_chosen_and_is_wrong() -> None:
    items = [{"number": 0, "label": "sad"}, {"number": 1, "label": "calm"}]
    said = [{"listener": "a", "number": n, "heard": "angry", "label": ""} for n in range(2)]
    found = results(["sad", "calm", "angry"], items, said)
    assert found["right"]["value"] == 0 and found["chance"] == 1 / 3
    assert found["confusion"] == [[0, 0, 0], [1, 0, 0], [1, 0, 0]]
