"""Composing: heard while it is made, kept in a history."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from muso.compose.composition import Composition, Note
from muso.errors import UsageError
from muso.music.clip import read_clip
from muso.music.score import Score
from muso.service import composing
from muso.studio import making

NOTES = [Note(0.25 * n, 0.25, 60 + n % 12, 80) for n in range(80)]
MADE = Composition(
    Score.of([n.pitch for n in NOTES], [2 * n.onset_s for n in NOTES], [0.5] * 80, [80] * 80),
    "toy.1", "muso", 7, {}, {"happy": 0.75},
)  # fmt: skip


def stream(request: Any, listener: Any) -> Iterator[Note | Composition]:
    """A composer that says a scale."""
    if request.seed == 13:
        raise UsageError("13 is bad luck")
    yield from NOTES
    yield MADE


class Inline:
    """Stands in for the workers: does a job at once, in this process."""

    async def run(
        self, job: Callable[..., Any], *arguments: Any, tell: Any = None, stopping: Any = None
    ) -> Any:
        return job(*arguments, tell or (lambda event: None))

    def close(self) -> None:
        pass


@pytest.fixture
def composer(inside: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The studio with a composer by rule."""
    monkeypatch.setattr(composing, "compose_stream", stream)
    monkeypatch.setattr(inside, "composers", Inline())


def events_of(studio: TestClient, job: str) -> list[tuple[str, Any]]:
    lines = studio.get(f"/api/jobs/{job}/events").text.splitlines()
    names = [line[7:] for line in lines if line.startswith("event: ")]
    return list(zip(names, (json.loads(x[6:]) for x in lines if x[:5] == "data:"), strict=True))


def test_parts_grow_and_hold_every_note_once() -> None:
    told: list[Any] = []
    parts = making.Making(iter([*NOTES, MADE]), told.append, 0).parts()
    scores, untils = zip(*parts, strict=True)
    assert sum(map(len, scores)) == len(NOTES)
    assert untils[0] < 1 and np.diff(untils).max() > 3
    for score, until_s, before_s in zip(scores, untils, (0, *untils), strict=False):
        assert before_s <= score.onset_s.min() and score.onset_s.max() <= until_s
    assert sum(len(notes) for _, notes in told) == len(NOTES)


def test_the_first_sound_comes_before_the_last_note(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(composing, "compose_stream", stream)
    told: list[Any] = []
    made = making.compose({"seconds": 20}, None, tmp_path / "live.wav", tmp_path, told.append)
    kinds = [kind for kind, _ in told]
    assert kinds.index("written") < len(kinds) - kinds[::-1].index("notes") - 1
    assert made["facts"]["heard"] == {"happy": 0.75}
    clip = read_clip(tmp_path / "live.wav")
    assert clip.length_s > 20 and np.abs(clip.samples[:, :44_100]).max() > 0.02


def test_a_composition_is_heard_followed_kept_and_found_again(
    studio: TestClient, composer: None
) -> None:
    begun = studio.post("/api/compositions", json={"valence": 0.5, "arousal": 0.5, "seed": 7})
    assert begun.status_code == 202
    told = events_of(studio, begun.json()["job"])
    made = dict(told)["done"]
    assert sum(len(data) for kind, data in told if kind == "notes") == len(NOTES)
    assert studio.get(begun.json()["sound"]).content[:4] == b"RIFF"
    assert made["request"]["valence"] == 0.5 and made["facts"]["notes"] == 80
    music = studio.get(f"/api/pieces/{made['piece']}/notes").json()
    assert music["count"] == 80
    kept = studio.patch(f"/api/compositions/{made['id']}", json={"kept": True, "stars": 4}).json()
    assert (kept["kept"], kept["stars"]) == (True, 4)
    assert studio.get("/api/compositions").json()[0]["id"] == made["id"]
    assert studio.delete(f"/api/compositions/{made['id']}").status_code == 204
    assert studio.delete(f"/api/compositions/{made['id']}").status_code == 404


def test_what_goes_wrong_while_composing_is_told(studio: TestClient, composer: None) -> None:
    before = studio.get("/api/compositions").json()
    begun = studio.post("/api/compositions", json={"seed": 13}).json()
    told = dict(events_of(studio, begun["job"]))
    assert told["failed"]["message"] == "13 is bad luck"
    assert studio.get(begun["sound"]).status_code in {400, 404}
    assert studio.get("/api/compositions").json() == before


@pytest.mark.parametrize("json", [
    {"valence": 2}, {"seconds": 0}, {"seconds": 1e9}, {"seed": -1}, {"humanize": 1.5},
    {"start": "../../etc/passwd"}, {"start": "0" * 32 + ".mid"}, {"bundle": "../x"},
    {"beat": "x" * 21}, {"loop_bars": 0},
])  # fmt: skip
def test_a_request_that_can_not_be_is_refused(studio: TestClient, json: dict[str, Any]) -> None:
    assert studio.post("/api/compositions", json=json).status_code in {400, 404, 422}


def test_there_is_no_live_sound_of_what_is_not_being_made(studio: TestClient) -> None:
    assert studio.get("/api/live/nothing-at-all.wav").status_code == 404
