"""`muso identify` on covers, the strangest that a file can hold among them."""

from __future__ import annotations

import io
import json
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from mutagen.flac import FLAC, Picture
from PIL import Image

from muso.music.clip import Clip, write_clip

GENRES = {
    "classical", "country", "electronic", "hiphop", "jazz", "metal", "pop", "reggae", "rock"
}  # fmt: skip


def art(side: int = 200, seed: int = 0) -> Image.Image:
    shapes = np.random.default_rng(seed).integers(0, 256, (8, 8, 3), np.uint8)
    return Image.fromarray(shapes).resize((side, side), Image.Resampling.BICUBIC)


def coded(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def bomb() -> bytes:
    """A PNG of a few hundred bytes that claims 60,000 × 60,000 pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    data = zlib.compress(bytes(100_000))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    )


def asked(run, path: Path, *options: str) -> dict:
    ran = run("identify", path, "--json", *options)
    assert ran.code == 0, ran.err
    return json.loads(ran.out)


def test_a_cover_gets_its_genre_with_probabilities_of_all(run, tmp_path):
    art().save(tmp_path / "front.jpg")
    found = asked(run, tmp_path / "front.jpg", "--top", "9")
    assert found["media"] == "cover" and set(found["predictions"]) == {"cover_genre"}
    said = found["predictions"]["cover_genre"]
    assert {label for label, _ in said["ranking"]} == GENRES
    assert sum(p for _, p in said["ranking"]) == pytest.approx(1, abs=1e-3)
    assert said["label"] in GENRES | {"unknown"} and "evidence" not in said


def test_evidence_is_a_heat_map_and_where_it_lies_is_told(run, tmp_path, monkeypatch):
    art().save(tmp_path / "front.jpg")
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    shown = run("identify", tmp_path / "front.jpg", "--evidence")
    assert shown.code == 0 and "front.evidence.png" in shown.out
    said = asked(run, tmp_path / "front.jpg", "--evidence")["predictions"]["cover_genre"]
    assert said["evidence"] == {"heat_map": "front.evidence-2.png"}
    maps = [Image.open(here / name) for name in ("front.evidence.png", "front.evidence-2.png")]
    assert [picture.size for picture in maps] == [(512, 512)] * 2
    assert np.array_equal(*(np.asarray(picture) for picture in maps))
    assert not list(tmp_path.glob("*.png"))


def test_evidence_of_a_cover_in_a_recordings_tags_is_a_heat_map_too(run, tmp_path, monkeypatch):
    seconds = np.arange(3 * 22_050) / 22_050
    sound = (0.2 * np.sin(2 * np.pi * 220 * seconds)).astype(np.float32)
    write_clip(Clip(sound[None], 22_050), tmp_path / "song.flac")
    tagged = FLAC(tmp_path / "song.flac")
    picture = Picture()
    picture.type, picture.mime, picture.data = 3, "image/png", coded(art(), "PNG")
    tagged.add_picture(picture)
    tagged.save()
    monkeypatch.chdir(tmp_path)
    shown = run("identify", "song.flac", "--evidence")
    assert shown.code == 0 and "song.evidence.png" in shown.out
    assert shown.out.count(" to ") == 1 and "0:00 to 0:03" in shown.out
    said = asked(run, tmp_path / "song.flac", "--evidence")["predictions"]
    assert said["cover_genre"]["evidence"] == {"heat_map": "song.evidence-2.png"}
    assert Image.open(tmp_path / "song.evidence.png").size == (512, 512)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("cut.jpg", coded(art(), "JPEG")[:2000], "the image is damaged"),
        ("bomb.png", bomb(), "it claims more pixels than can be safe; make it smaller"),
        ("text.jpg", b"Dear diary, this is no picture.", "this is not an image; give JPEG"),
        ("empty.jpg", b"", "the file is empty (0 bytes)"),
    ],
)
def test_what_is_no_cover_is_told_in_one_line(run, tmp_path, name, content, told):
    (tmp_path / name).write_bytes(content)
    ran = run("identify", tmp_path / name)
    assert ran.code == 1 and ran.out == ""
    (line,) = ran.err.strip().splitlines()
    assert name in line and told in line


def test_a_picture_of_20_000_by_20_000_is_refused_by_its_header(run, tmp_path):
    small = coded(art(16), "JPEG")
    # Height and width stand five bytes after the marker of the frame.
    frame = small.index(b"\xff\xc0") + 5
    large = small[:frame] + struct.pack(">HH", 20_000, 20_000) + small[frame + 4 :]
    (tmp_path / "large.jpg").write_bytes(large)
    ran = run("identify", tmp_path / "large.jpg")
    assert ran.code == 1
    assert "it claims more pixels than can be safe; make it smaller" in ran.err


@pytest.mark.parametrize(
    ("side", "why"),
    [
        (1, "too small: 1 × 1 pixels, and it takes 16 × 16"),
        (300, "empty: nothing but one colour"),
    ],
)
def test_of_a_picture_with_nothing_on_it_nothing_is_said(run, tmp_path, side, why):
    path = tmp_path / "plain.png"
    Image.new("RGB", (side, side), "red").save(path)
    said = asked(run, path, "--evidence")["predictions"]["cover_genre"]
    assert (said["label"], said["probability"], said["ranking"]) == ("unknown", 0, [])
    assert said["reason"] == why and "heat_map" not in said.get("evidence", {})
    art().save(tmp_path / "good.png")
    shown = run("identify", path, tmp_path / "good.png")
    assert shown.code == 0 and why.split(":")[0] in shown.out and "good.png" in shown.out


def test_of_an_animation_the_first_frame_is_named(run, tmp_path):
    frames = [art(seed=seed).convert("P") for seed in (1, 2, 3)]
    frames[0].save(tmp_path / "moving.gif", save_all=True, append_images=frames[1:])
    frames[0].save(tmp_path / "still.gif")
    moving, still = (
        asked(run, tmp_path / name)["predictions"] for name in ("moving.gif", "still.gif")
    )
    assert moving == still


def test_inks_are_read_as_the_colours_they_print(run, tmp_path):
    art().save(tmp_path / "screen.jpg", quality=95)
    art().convert("CMYK").save(tmp_path / "print.jpg", quality=95)
    screen, ink = (
        dict(asked(run, tmp_path / n, "--top", "9")["predictions"]["cover_genre"]["ranking"])
        for n in ("screen.jpg", "print.jpg")
    )
    assert max(abs(screen[label] - ink[label]) for label in GENRES) < 0.1


def test_a_cover_is_turned_upright_as_its_camera_says(run, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    art().save(tmp_path / "upright.png")
    art().transpose(Image.Transpose.ROTATE_90).save(tmp_path / "turned.png", exif=exif)
    upright, turned = (
        asked(run, tmp_path / name)["predictions"] for name in ("upright.png", "turned.png")
    )
    assert upright == turned
