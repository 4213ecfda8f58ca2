"""A style of one's own: what is read, rounds of learning, samples after each."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi.testclient import TestClient

from muso import service
from muso.progress import Progress
from muso.studio import styling
from muso.studio.jobs import Job

EXAMPLES = Path(__file__).parents[2] / "examples"


def last_event(studio: TestClient, job: str) -> tuple[str, Any]:
    lines = studio.get(f"/api/jobs/{job}/events").text.splitlines()
    name = [line[7:] for line in lines if line.startswith("event: ")][-1]
    return name, json.loads([line[6:] for line in lines if line.startswith("data: ")][-1])


def test_what_was_read_is_told_and_what_could_not_be_by_its_own_name(
    studio: TestClient, put: Callable[..., str], tmp_path: Path
) -> None:
    pieces = [put(file.name) for file in sorted(EXAMPLES.glob("*.mid"))]
    (tmp_path / "broken one.mid").write_bytes(b"MThd\0\0")
    pieces.append(put(tmp_path / "broken one.mid"))
    begun = studio.post("/api/styles/read", json={"name": "songs", "pieces": pieces})
    name, found = last_event(studio, begun.json()["job"])
    assert name == "done" and found["pieces"] == 9 and found["held_out"] >= 2
    assert len(found["unreadable"]) == 1 and found["unreadable"][0].startswith("broken one.mid: ")


def test_too_little_is_refused_with_advice(studio: TestClient, put: Callable[..., str]) -> None:
    begun = studio.post(
        "/api/styles/read", json={"name": "one", "pieces": [put("bach-bwv66-6.mid")]}
    )
    name, said = last_event(studio, begun.json()["job"])
    assert name == "failed" and "/" not in said["message"].split(";")[0]


@pytest.mark.parametrize("change, status", [
    ({"pieces": []}, 422), ({"name": "../x"}, 422), ({"pieces": ["0" * 32 + ".mid"]}, 404),
    ({"pieces": ["0" * 32 + ".png"]}, 400), ({"pieces": ["../../etc/passwd"]}, 400),
])  # fmt: skip
def test_material_that_can_not_be_is_refused(
    studio: TestClient, change: dict[str, Any], status: int
) -> None:
    wanted = {"name": "mine", "pieces": ["0" * 32 + ".mid"], **change}
    assert studio.post("/api/styles/read", json=wanted).status_code == status


@pytest.mark.parametrize("path", ["/api/styles", "/api/styles/read"])
def test_while_a_style_is_learnt_no_other_is_begun(
    studio: TestClient, put: Callable[..., str], inside: Any, folder: Path, path: str
) -> None:
    lesson = Job("learn a style"), "songs"
    inside.lesson = lesson
    try:
        name = f"other-{len(path)}"
        wanted = {"name": name, "pieces": [put("bach-bwv66-6.mid")]}
        refused = studio.post(path, json=wanted)
        assert refused.status_code == 400
        assert "'songs' is being learnt" in refused.json()["error"]["message"]
        assert inside.lesson is lesson and not (folder / "styles" / name).exists()
        lesson[0].finish()
        name, said = last_event(studio, studio.post(path, json=wanted).json()["job"])
        assert name == "failed" and "too little" in said["message"]
    finally:
        inside.lesson = None


def test_the_folder_holds_what_was_dropped_and_nothing_of_before(tmp_path: Path) -> None:
    shutil.copy(EXAMPLES / "bach-bwv269.mid", tmp_path / "a.mid")
    styling.gather({"a.mid": tmp_path / "a.mid"}, tmp_path / "style")
    styling.gather({"b.mid": tmp_path / "a.mid"}, tmp_path / "style")
    assert [file.name for file in (tmp_path / "style").iterdir()] == ["b.mid"]


def test_samples_come_after_every_round_within_the_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[float] = []

    def style_rounds(
        folder: Path, name: str, rounds: list[list[str]], *, listener: Any
    ) -> Iterator[Any]:
        for changes in rounds:
            given.append(float(changes[0].removeprefix("minutes=")))
            listener(Progress("learning", 1, 1, None, {"loss": 1.0}))
            share = SimpleNamespace(share=SimpleNamespace(value=0.0))
            curves = SimpleNamespace(epochs=2)
            yield SimpleNamespace(
                samples=[EXAMPLES / "bach-bwv269.mid"], copying=share, real_copying=share,
                training=SimpleNamespace(report=SimpleNamespace(minutes=given[-1], curves=curves)),
            )  # fmt: skip

    monkeypatch.setattr(service, "style_rounds", style_rounds)
    told: list[tuple[str, Any]] = []
    sources = {"a.mid": EXAMPLES / "bach-bwv269.mid"}
    folder = tmp_path / "style"
    done = styling.train(sources, folder, "mine", 10.0, tmp_path / "files", told.append)
    assert [file.name for file in folder.iterdir()] == ["a.mid"]
    assert sum(given) == pytest.approx(10.0, abs=0.01) and given[0] == 0.5
    samples = [data for what, data in told if what == "sample"]
    assert [one["round"] for one in samples] == [1, 2, 3, 4] and done["name"] == "mine"
    assert [one["epochs"] for one in samples] == [2, 4, 6, 8]
    minutes = [one["minutes"] for one in samples]
    assert minutes == pytest.approx([0.5, 3.67, 6.83, 10], abs=0.01)
    assert any(what == "progress" and data["values"] == {"loss": 1.0} for what, data in told)
