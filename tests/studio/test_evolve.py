"""Breeding in the browser is breeding in the terminal, over HTTP."""

from __future__ import annotations

import io
import secrets
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from muso import service
from muso.compose.evolve.genome import Form
from muso.compose.evolve.population import Breeding

Finished = Callable[[Any], list[tuple[str, Any]]]
SMALL = {"bars": 2, "size": 4, "seed": 3}


@pytest.fixture
def name(studio: TestClient) -> str:
    """A session that has just begun."""
    chosen = f"s{secrets.token_hex(6)}"
    assert studio.post("/api/sessions", json={**SMALL, "name": chosen}).status_code == 201
    return chosen


def test_a_session_begins_with_phrases_that_can_be_heard_and_seen(
    studio: TestClient, name: str
) -> None:
    state = studio.get(f"/api/sessions/{name}").json()
    assert (state["generation"], len(state["phrases"]), state["verdicts"]) == (0, 4, 0)
    for phrase in state["phrases"]:
        assert phrase["music"]["notes"] and phrase["stars"] is None
        assert studio.get(f"/api/pieces/{phrase['piece']}/sound.wav").content[:4] == b"RIFF"
    assert name in [one["name"] for one in studio.get("/api/sessions").json()]


def test_a_rating_is_in_the_session_that_the_terminal_resumes(
    studio: TestClient, name: str
) -> None:
    state = studio.post(f"/api/sessions/{name}/ratings", json={"number": 2, "stars": 4}).json()
    assert state["phrases"][2]["stars"] == 4 and state["verdicts"] == 1
    with service.resume_session(service.sessions_folder() / name) as session:
        assert session.population.stars[2] == 4


def bred(events: list[tuple[str, Any]]) -> Any:
    """The state that breeding ended with."""
    assert events[-1][0] == "done", events[-1]
    return events[-1][1]


def test_the_next_generation_keeps_the_best_and_tells_what_the_ear_expects(
    studio: TestClient, name: str, finished: Finished
) -> None:
    for number, stars in enumerate([5, 0, 3, 1]):
        studio.post(f"/api/sessions/{name}/ratings", json={"number": number, "stars": stars})
    state = bred(finished(studio.post(f"/api/sessions/{name}/generations", json={})))
    assert state["generation"] == 1
    assert state["phrases"][0]["stars"] == 5
    assert state["phrases"][-1]["parents"] and state["phrases"][-1]["expected"] is not None
    tree = studio.get(f"/api/sessions/{name}/tree").json()
    assert {node["born"] for node in tree} == {0, 1}
    born = tree[-1]
    assert all(tree[parent]["born"] == 0 for parent in born["parents"])
    heard = studio.get(f"/api/sessions/{name}/rows/{born['row']}").json()
    assert heard["name"] == born["name"] and heard["music"]["notes"]


def test_pairs_are_compared_and_all_can_be_taken_back(studio: TestClient, name: str) -> None:
    one, other = studio.get(f"/api/sessions/{name}", params={"pairs": True}).json()["pair"]
    state = studio.post(
        f"/api/sessions/{name}/choices", json={"preferred": one, "other": other}
    ).json()
    assert state["verdicts"] == 1 and sorted(state["pair"]) != sorted([one, other])
    assert studio.post(f"/api/sessions/{name}/undo").json()["undone"]
    taken_back = studio.post(f"/api/sessions/{name}/undo").json()
    assert not taken_back["undone"] and taken_back["state"]["verdicts"] == 0


def test_a_phrase_set_aside_says_so(studio: TestClient, name: str) -> None:
    state = studio.post(f"/api/sessions/{name}/saved", json={"number": 1}).json()
    assert [phrase["saved"] for phrase in state["phrases"]] == [False, True, False, False]


def test_the_best_are_downloaded_as_midi_once_there_are_any(studio: TestClient, name: str) -> None:
    refused = studio.get(f"/api/sessions/{name}/best.zip")
    assert refused.status_code == 400 and "rate some" in refused.json()["error"]["message"]
    studio.post(f"/api/sessions/{name}/ratings", json={"number": 0, "stars": 5})
    packed = zipfile.ZipFile(io.BytesIO(studio.get(f"/api/sessions/{name}/best.zip").content))
    assert [file[-4:] for file in packed.namelist()] == [".mid"]


def test_a_session_of_the_terminal_goes_on_here_and_back(studio: TestClient) -> None:
    name = f"t{secrets.token_hex(6)}"
    folder = service.sessions_folder() / name
    with service.new_session(Form(bars=2), Breeding(size=4, kept=2), 1, folder) as session:
        session.rate(0, 2)
    state = studio.get(f"/api/sessions/{name}").json()
    assert state["phrases"][0]["stars"] == 2
    with service.resume_session(folder) as session:
        session.rate(1, 3)
    refused = studio.post(f"/api/sessions/{name}/ratings", json={"number": 2, "stars": 1})
    assert refused.status_code == 422
    assert "another program changed" in refused.json()["error"]["message"]
    again = studio.post(f"/api/sessions/{name}/ratings", json={"number": 2, "stars": 1}).json()
    assert [phrase["stars"] for phrase in again["phrases"]] == [2, 3, 1, None]


def test_the_ear_hears_moods_where_it_is_asked_to(studio: TestClient) -> None:
    name = f"m{secrets.token_hex(6)}"
    begun = studio.post("/api/sessions", json={**SMALL, "name": name, "moods": True})
    assert begun.status_code == 201
    with service.resume_session(service.sessions_folder() / name) as session:
        assert session.predictor is not None
        heard = session.predictor(session.population.score(0))
    assert set(heard) == {"sad", "calm", "angry", "happy"}


def test_a_session_can_start_from_a_score(studio: TestClient, put: Callable[..., str]) -> None:
    piece = put("brahms-wiegenlied.mid")
    name = f"f{secrets.token_hex(6)}"
    begun = studio.post("/api/sessions", json={**SMALL, "name": name, "source": piece}).json()
    assert begun["form"]["key"] == "Eb"
    assert any(phrase["origin"] == "given" for phrase in begun["phrases"])


@pytest.mark.parametrize("path, json, status", [
    ("/api/sessions/nothing-here", None, 404),
    ("/api/sessions/nothing-here/ratings", {"number": 0, "stars": 1}, 404),
    ("/api/sessions/nothing-here/generations", {}, 404),
])  # fmt: skip
def test_what_is_not_there_is_not_found(
    studio: TestClient, path: str, json: object, status: int
) -> None:
    answer = studio.get(path) if json is None else studio.post(path, json=json)
    assert answer.status_code == status


@pytest.mark.parametrize("json", [
    {"number": 4, "stars": 1}, {"number": -1, "stars": 1}, {"number": 0, "stars": 6},
    {"number": 0}, {"number": 0, "stars": 2.5},
])  # fmt: skip
def test_a_rating_that_can_not_be_is_refused(studio: TestClient, name: str, json: object) -> None:
    answer = studio.post(f"/api/sessions/{name}/ratings", json=json)
    assert answer.status_code in {400, 422}
    assert studio.get(f"/api/sessions/{name}").json()["verdicts"] == 0


def test_a_name_that_is_taken_is_refused(studio: TestClient, name: str) -> None:
    answer = studio.post("/api/sessions", json={**SMALL, "name": name})
    assert answer.status_code == 400 and "holds a session" in answer.json()["error"]["message"]


def test_the_ear_breeds_alone_only_once_it_knows_enough(
    studio: TestClient, finished: Finished
) -> None:
    name = f"a{secrets.token_hex(6)}"
    path = f"/api/sessions/{name}/generations"
    studio.post("/api/sessions", json={**SMALL, "size": 10, "name": name})
    kind, said = finished(studio.post(path, json={"alone": 2}))[-1]
    assert kind == "failed" and "rate more" in said["message"]
    for count in range(10):
        rating = {"number": count, "stars": count % 6}
        studio.post(f"/api/sessions/{name}/ratings", json=rating)
    events = finished(studio.post(path, json={"alone": 3}))
    assert bred(events)["generation"] == 3
    numbers = [data["number"] for kind, data in events if kind == "generation"]
    assert numbers == [1, 2, 3]


def test_breeding_tells_how_many_phrases_the_ear_has_heard(
    studio: TestClient, finished: Finished
) -> None:
    name = f"p{secrets.token_hex(6)}"
    studio.post("/api/sessions", json={**SMALL, "name": name, "moods": True})
    studio.post(f"/api/sessions/{name}/ratings", json={"number": 0, "stars": 5})
    events = finished(studio.post(f"/api/sessions/{name}/generations", json={}))
    told = [data for kind, data in events if kind == "progress"]
    done = [one["done"] for one in told]
    assert done == sorted(set(done)) and done[-1] == told[-1]["total"] > 1
    assert told[-1]["left_s"] == 0
