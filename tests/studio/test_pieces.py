"""Pieces that are dropped: kept, named, drawn, played, downloaded."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from muso.music.clip import Clip, read_clip, write_clip
from muso.music.midi import read_score

EXAMPLES = Path(__file__).parents[2] / "examples"
Put = Callable[..., str]
Finished = Callable[[Any], list[tuple[str, Any]]]

BACH = "bach-bwv66-6.mid"


@pytest.fixture(autouse=True)
def _tidy(studio: TestClient) -> None:
    studio.delete("/api/pieces")


def test_a_dropped_score_is_named_drawn_and_listed(studio: TestClient, put: Put) -> None:
    piece = put(BACH)
    said = studio.get(f"/api/pieces/{piece}/identification").json()
    assert said["predictions"]["composer"]["ranking"][0][0] == "Bach"
    assert said["predictions"]["composer"]["evidence"]
    listed = studio.get("/api/pieces").json()
    assert [(one["name"], one["said"]["media"]) for one in listed] == [(BACH, "score")]
    assert str(EXAMPLES) not in json.dumps(listed)


def test_notes_are_those_of_the_score(studio: TestClient, put: Put) -> None:
    piece = put(BACH)
    music = studio.get(f"/api/pieces/{piece}/notes").json()
    score = read_score(EXAMPLES / BACH)
    assert music["count"] == len(score) == len(music["notes"])
    assert [note[2] for note in music["notes"]] == score.pitch.tolist()
    humanized = studio.get(f"/api/pieces/{piece}/notes", params={"humanize": 0.8}).json()
    assert humanized["moved"] and humanized["notes"] != music["notes"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_score_has_a_picture_in_both_themes(studio: TestClient, put: Put, theme: str) -> None:
    piece = put(BACH)
    answer = studio.get(f"/api/pieces/{piece}/picture.png", params={"theme": theme})
    assert answer.content[:4] == b"\x89PNG"


def test_its_sound_is_a_whole_wav_and_can_be_asked_for_in_parts(
    studio: TestClient, put: Put, tmp_path: Path
) -> None:
    piece = put(BACH)
    answer = studio.get(f"/api/pieces/{piece}/sound.wav")
    (tmp_path / "whole.wav").write_bytes(answer.content)
    clip = read_clip(tmp_path / "whole.wav")
    length_s = read_score(EXAMPLES / BACH).length_s
    assert length_s < clip.length_s < length_s + 5
    assert np.abs(clip.samples).max() > 0.05
    part = studio.get(f"/api/pieces/{piece}/sound.wav", headers={"range": "bytes=1000-1999"})
    assert part.status_code == 206
    assert part.content == answer.content[1000:2000]


def test_while_it_is_being_made_a_part_of_the_sound_is_the_same(
    studio: TestClient, put: Put
) -> None:
    piece = put("brahms-wiegenlied.mid")
    with studio.stream(
        "GET", f"/api/pieces/{piece}/sound.wav", headers={"range": "bytes=0-99999"}
    ) as answer:
        assert answer.status_code == 206
        early = answer.read()
    assert len(early) == 100_000
    assert studio.get(f"/api/pieces/{piece}/sound.wav").content[:100_000] == early


@pytest.mark.parametrize("format, start", [
    ("mid", b"MThd"), ("wav", b"RIFF"), ("ogg", b"OggS"), ("png", b"\x89PNG"), ("svg", b"<svg"),
])  # fmt: skip
def test_it_can_be_downloaded(
    studio: TestClient, put: Put, finished: Finished, format: str, start: bytes
) -> None:
    wanted = {"piece": put(BACH), "format": format}
    events = finished(studio.post("/api/exports", json=wanted))
    name, made = events[-1]
    assert name == "done"
    answer = studio.get(f"/api/exports/{made['file']}", params={"name": "My “Bach”; §.mid"})
    assert answer.content.startswith(start) and len(answer.content) == made["bytes"]
    named = answer.headers["content-disposition"]
    assert named == f'attachment; filename="My _Bach.{format}"'


def test_a_sound_tells_how_far_it_is(studio: TestClient, put: Put, finished: Finished) -> None:
    wanted = {"piece": put("brahms-wiegenlied.mid"), "format": "wav"}
    events = finished(studio.post("/api/exports", json=wanted))
    told = [data for name, data in events if name == "progress"]
    done = [one["done"] for one in told]
    assert len(told) > 2 and done == sorted(done) and told[-1]["total"] >= done[-1] > 10


@pytest.mark.parametrize("wanted, status", [
    ({"piece": "0" * 32 + ".mid", "format": "wav"}, 404), ({"piece": "../x", "format": "wav"}, 422),
    ({"piece": "0" * 32 + ".mid", "format": "exe"}, 422),
])  # fmt: skip
def test_a_file_that_can_not_be_made_is_refused(
    studio: TestClient, wanted: dict[str, str], status: int
) -> None:
    assert studio.post("/api/exports", json=wanted).status_code == status


@pytest.mark.parametrize("file", ["0" * 32 + ".wav", "..%2f..%2fstudio.sqlite", "studio.sqlite"])
def test_what_was_never_made_is_not_found(studio: TestClient, file: str) -> None:
    assert studio.get(f"/api/exports/{file}", params={"name": "x"}).status_code in {404, 422}


def test_what_a_piece_can_not_become_is_told_by_its_own_name(
    studio: TestClient, put: Put, finished: Finished, tmp_path: Path
) -> None:
    (tmp_path / "cut.mid").write_bytes((EXAMPLES / BACH).read_bytes()[:200])
    wanted = {"piece": put(tmp_path / "cut.mid"), "format": "wav"}
    name, said = finished(studio.post("/api/exports", json=wanted))[-1]
    assert name == "failed" and said["message"].startswith("cut.mid: ")


def test_a_recording_tells_how_far_it_was_listened_to_and_which_parts_spoke(
    studio: TestClient, put: Put, finished: Finished, tmp_path: Path
) -> None:
    rng = np.random.default_rng(1)
    noise = rng.normal(0, 0.1, (1, 70 * 22_050)).astype(np.float32)
    write_clip(Clip(noise, 22_050), tmp_path / "noise.flac")
    piece = put(tmp_path / "noise.flac")
    events = finished(studio.post(f"/api/pieces/{piece}/identification"))
    done = [data["done"] for name, data in events if name == "progress"]
    assert done == sorted(done) and done[-1] == 70
    evidence = events[-1][1]["predictions"]["genre"]["evidence"]
    assert len(evidence) >= 2 and evidence[-1]["end_s"] == pytest.approx(70, abs=1)
    assert studio.get("/api/pieces").json()[0]["said"] == events[-1][1]


def done_of(events: list[tuple[str, Any]], stage: str) -> list[int]:
    """How far a job told to be, in the order it told it, ending with all of it."""
    told = [data for name, data in events if name == "progress"]
    assert {one["stage"] for one in told} == {stage}
    assert events[-1][0] == "done" and told[-1]["done"] == told[-1]["total"]
    assert all(one["left_s"] is not None for one in told)
    return [one["done"] for one in told]


def test_the_line_of_a_mood_tells_how_many_windows_were_named(
    studio: TestClient, put: Put, finished: Finished
) -> None:
    piece = put("brahms-wiegenlied.mid")
    asked = {"params": {"task": "mood"}}
    events = finished(studio.post(f"/api/pieces/{piece}/timeline", **asked))
    windows = events[-1][1]["windows"]
    assert done_of(events, "windows named")[-1] == len(windows) > 5
    assert studio.get(f"/api/pieces/{piece}/timeline", **asked).json() == events[-1][1]
    assert all(-1 <= one["valence"] <= 1 for one in windows)


def test_a_long_recording_tells_how_far_it_was_read_to_draw_it(
    studio: TestClient, put: Put, finished: Finished, tmp_path: Path
) -> None:
    from PIL import Image

    write_clip(Clip(np.ones((1, 95 * 8000), np.float32) / 2, 8000), tmp_path / "hum.flac")
    piece = put(tmp_path / "hum.flac")
    begun = f"/api/pieces/{piece}/picture?theme=dark"
    # On a busy machine what was told in between may have been overtaken by what came after.
    told = done_of(finished(studio.post(begun)), "seconds listened to")
    assert told == sorted(told) and set(told) <= {30, 60, 90, 95} and told[-1] == 95
    drawn = studio.get(f"/api/pieces/{piece}/picture.png?theme=dark").content
    assert Image.open(io.BytesIO(drawn)).size == (1432, 478)
    # What is there is not made again.
    assert finished(studio.post(begun)) == [("done", None)]


def test_of_a_recording_cut_short_it_is_said_how_much_was_named(
    studio: TestClient, put: Put, tmp_path: Path
) -> None:
    rng = np.random.default_rng(2)
    clip = Clip(rng.normal(0, 0.1, (1, 4 * 22_050)).astype(np.float32), 22_050)
    write_clip(clip, tmp_path / "whole.wav")
    content = (tmp_path / "whole.wav").read_bytes()
    (tmp_path / "cut.wav").write_bytes(content[: len(content) // 2])
    said = {
        name: studio.get(f"/api/pieces/{put(tmp_path / f'{name}.wav')}/identification").json()
        for name in ("whole", "cut")
    }
    assert said["whole"]["remark"] is None
    told = "only 2.0 of the 4.0 s that its header promises can be decoded; that was named"
    assert said["cut"]["remark"] == told
    assert said["cut"]["predictions"]["genre"]["ranking"]


def test_a_recording_sounds_as_it_is_and_as_long_as_it_says(
    studio: TestClient, put: Put, tmp_path: Path
) -> None:
    rng = np.random.default_rng(2)
    clip = Clip(rng.normal(0, 0.1, (2, 3 * 22_050 + 77)).astype(np.float32), 22_050)
    write_clip(clip, tmp_path / "noise.wav")
    whole = (tmp_path / "noise.wav").read_bytes()
    (tmp_path / "cut.wav").write_bytes(whole[: len(whole) // 2])
    heard = {}
    for name in ("noise", "cut"):
        played = studio.get(f"/api/pieces/{put(tmp_path / f'{name}.wav')}/sound.wav").content
        (tmp_path / "played.wav").write_bytes(played)
        heard[name] = read_clip(tmp_path / "played.wav").samples
    np.testing.assert_allclose(heard["noise"], clip.samples, atol=2e-4)
    kept = read_clip(tmp_path / "cut.wav").samples.shape[1]
    np.testing.assert_allclose(heard["cut"][:, :kept], clip.samples[:, :kept], atol=2e-4)
    assert not heard["cut"][:, kept:].any()


def test_a_cover_is_named_and_what_spoke_for_it_is_lit(
    studio: TestClient, put: Put, finished: Finished, tmp_path: Path
) -> None:
    from PIL import Image, ImageDraw

    cover = Image.new("RGB", (200, 200), (12, 12, 16))
    pen = ImageDraw.Draw(cover)
    pen.polygon([(40, 160), (100, 20), (160, 160)], fill=(150, 20, 20))
    pen.text((60, 170), "NIGHTFALL", fill=(220, 220, 220))
    cover.save(tmp_path / "nightfall.png")
    piece = put(tmp_path / "nightfall.png")
    said = studio.get(f"/api/pieces/{piece}/identification").json()["predictions"]["cover_genre"]
    assert said["bundle"] == "cover.1" and len(said["ranking"]) >= 4
    told = done_of(finished(studio.post(f"/api/pieces/{piece}/heat")), "rows covered up")
    assert told == sorted(told) and told[-1] == 7
    lit = studio.get(f"/api/pieces/{piece}/heat.png")
    assert lit.headers["content-type"] == "image/png"
    shown = np.asarray(Image.open(io.BytesIO(lit.content)).convert("RGB"), int)
    # The cover in grey, with orange or blue where something spoke: some of it is coloured.
    colour = shown.max(axis=2) - shown.min(axis=2)
    assert colour.max() > 40 and colour.min() < 10


def test_a_recording_and_a_cover_have_their_pictures(
    studio: TestClient, put: Put, tmp_path: Path
) -> None:
    from PIL import Image

    tone = np.sin(2 * np.pi * 440 * np.arange(22_050) / 22_050).astype(np.float32)
    write_clip(Clip(tone[None], 22_050), tmp_path / "tone.flac")
    Image.new("RGB", (2000, 1000), (200, 30, 30)).save(tmp_path / "red.png")
    clip, cover = put(tmp_path / "tone.flac"), put(tmp_path / "red.png")
    for piece in (clip, cover):
        drawn = Image.open(io.BytesIO(studio.get(f"/api/pieces/{piece}/picture.png").content))
        assert max(drawn.size) <= 1600
    assert studio.get(f"/api/pieces/{clip}/sound.wav").content[:4] == b"RIFF"
    assert studio.get(f"/api/pieces/{cover}/notes").status_code in {400, 422}


def test_only_a_cover_is_lit_as_a_cover(studio: TestClient, put: Put) -> None:
    answer = studio.get(f"/api/pieces/{put(BACH)}/heat.png")
    assert answer.status_code in {400, 422}
    assert answer.json()["error"]["message"]


def test_the_list_can_be_downloaded_and_no_name_becomes_a_formula(
    studio: TestClient, put: Put
) -> None:
    piece = put(BACH, "=cmd|'C calc'!A0.mid")
    studio.get(f"/api/pieces/{piece}/identification")
    rows = list(csv.DictReader(io.StringIO(studio.get("/api/identifications.csv").text)))
    assert rows[0]["name"].startswith("'=") and rows[0]["task"]
    assert studio.get("/api/identifications.json").json()[0]["predictions"]


def test_the_same_file_twice_is_one_piece_under_its_last_name(studio: TestClient, put: Put) -> None:
    assert put(BACH, "one.mid") == put(BACH, "two.mid")
    assert [one["name"] for one in studio.get("/api/pieces").json()] == ["two.mid"]


def test_what_other_models_said_is_asked_anew(studio: TestClient, put: Put, inside: Any) -> None:
    piece = put(BACH)
    studio.get(f"/api/pieces/{piece}/identification")
    assert studio.get("/api/pieces").json()[0]["said"]
    inside.database.take_down(piece, {"media": "score", "predictions": {}, "models": ["old.1"]})
    assert studio.get("/api/pieces").json()[0]["said"] is None


def test_no_given_name_becomes_a_path(studio: TestClient, put: Put, folder: Path) -> None:
    put(BACH, "../../../../tmp/escaped.mid")
    assert [one["name"] for one in studio.get("/api/pieces").json()] == ["escaped.mid"]
    assert not list(folder.rglob("*escaped*"))


@pytest.mark.parametrize("name, content, status, kind", [
    ("empty.mid", b"", 422, "empty"),
    ("notes.txt", b"hello", 422, "wrong_format"),
    ("nothing", b"hello", 422, "wrong_format"),
    ("large.mid", b"x" * 300_001, 413, "too_long"),
    ("larger.mid", iter([b"x" * 200_000] * 2), 413, "too_long"),
])  # fmt: skip
def test_what_can_not_be_taken_is_refused(
    studio: TestClient, name: str, content: bytes, status: int, kind: str
) -> None:
    answer = studio.post("/api/pieces", params={"name": name}, content=content)
    assert (answer.status_code, answer.json()["error"]["kind"]) == (status, kind)
    assert studio.get("/api/pieces").json() == []


@pytest.mark.parametrize("name, content", [
    ("page.mid", b"<html><script>alert(1)</script>"),
    ("cut.mid", (EXAMPLES / BACH).read_bytes()[:200]),
    ("lies.wav", b"RIFF\xff\xff\xff\xffWAVEfmt " + b"\xff" * 60),
    ("bomb.png", b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR" + b"\x7f\xff\xff\xff" * 8),
    ("noise.mp3", bytes(range(256)) * 20),
])  # fmt: skip
def test_a_broken_file_is_told_by_its_own_name(
    studio: TestClient, name: str, content: bytes
) -> None:
    piece = studio.post("/api/pieces", params={"name": name}, content=content).json()["id"]
    answer = studio.get(f"/api/pieces/{piece}/identification")
    assert answer.status_code in {413, 422}
    assert name in answer.json()["error"]["message"]
    assert piece not in answer.json()["error"]["message"]


@pytest.mark.parametrize("piece", ["0" * 32 + ".mid", "../../etc/passwd", "x", "0" * 32])
@pytest.mark.parametrize("what", ["notes", "sound.wav", "picture.png", "heat.png"])
def test_a_piece_that_is_not_here_is_not_found(studio: TestClient, piece: str, what: str) -> None:
    assert studio.get(f"/api/pieces/{piece}/{what}").status_code in {404, 422}


def test_the_list_is_bounded(studio: TestClient, put: Put, inside: Any, monkeypatch: Any) -> None:
    from dataclasses import replace

    monkeypatch.setattr(inside, "settings", replace(inside.settings, pieces=1))
    put(BACH)
    answer = studio.post("/api/pieces", params={"name": "b.mid"}, content=b"MThd")
    assert answer.status_code == 400 and "clear" in answer.json()["error"]["message"]


def test_fifty_identifications_at_once_are_all_answered(studio: TestClient, put: Put) -> None:
    names = [f"{number}.mid" for number in range(50)]
    files = sorted(EXAMPLES.glob("*.mid"))
    expected: dict[str, str] = {}

    def drop(number: int) -> tuple[str, str]:
        piece = put(files[number % len(files)], names[number])
        said = studio.get(f"/api/pieces/{piece}/identification")
        assert said.status_code == 200, said.text
        return files[number % len(files)].name, said.json()["predictions"]["composer"]["label"]

    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(drop, range(50)))
    assert len(answers) == 50
    for file, label in answers:
        assert expected.setdefault(file, label) == label


def test_only_so_much_is_kept_of_files_made_to_be_downloaded(
    studio: TestClient, put: Put, finished: Finished, inside: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    piece = put(BACH)
    monkeypatch.setattr(inside, "settings", replace(inside.settings, exports_bytes=1))
    made = [
        finished(studio.post("/api/exports", json={"piece": piece, "format": kind}))[-1][1]["file"]
        for kind in ("mid", "svg")
    ]
    kept = [studio.get(f"/api/exports/{file}", params={"name": "x"}).status_code for file in made]
    assert kept == [404, 200]


def test_what_nothing_needs_any_more_is_swept_away(
    studio: TestClient, put: Put, inside: Any
) -> None:
    from muso.studio.app import LEFTOVER_S, _sweep

    past = time.time() - LEFTOVER_S - 10
    kept, gone = put(BACH), put("brahms-wiegenlied.mid")
    arriving = inside.settings.folder / "files" / "arriving" / "half"
    arriving.touch()
    for file in (inside.files.path(kept), inside.files.path(gone), arriving):
        os.utime(file, (past, past))
    studio.delete(f"/api/pieces/{gone}")
    _sweep(inside)
    assert inside.files.holds(kept) and not inside.files.holds(gone) and not arriving.exists()


def test_a_studio_that_stays_open_sweeps_again_and_again(
    inside: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from muso.studio import app

    swept: list[object] = []
    monkeypatch.setattr(app, "DAY_S", 0.001)
    monkeypatch.setattr(app, "_sweep", swept.append)

    async def stay() -> None:
        cleaning = asyncio.create_task(app._keep_clean(inside))
        while len(swept) < 2 and not cleaning.done():
            await asyncio.sleep(0.001)
        cleaning.cancel()

    asyncio.run(stay())
    assert swept[:2] == [inside, inside]
