"""`muso identify` on recordings: what it says where there is nothing to name, cut or draw."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from muso.music.clip import Clip, read_clip, write_clip

SCORE = Path("examples/bach-bwv66-6.mid").resolve()
SILENCE = "silence: nothing in it is louder than -60 dB"
Run = Callable[..., Any]


@pytest.fixture
def song(tmp_path: Path) -> Path:
    """Forty seconds of noise, then forty of a chord."""
    time_s = np.arange(40 * 22_050) / 22_050
    noise = np.random.default_rng(0).normal(0, 0.2, len(time_s))
    chord = sum(0.2 * np.sin(2 * np.pi * hz * time_s) for hz in (220, 277, 330))
    file = tmp_path / "song.wav"
    write_clip(Clip(np.concatenate([noise, chord])[None].astype(np.float32), 22_050), file)
    return file


@pytest.fixture
def quiet(tmp_path: Path) -> Path:
    file = tmp_path / "quiet.wav"
    write_clip(Clip(np.zeros((1, 44_100), np.float32), 22_050), file)
    return file


@pytest.fixture
def cover(tmp_path: Path) -> Path:
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "front.png")
    return tmp_path / "front.png"


def test_of_silence_no_picture_is_made_and_why_is_told(
    run: Run, quiet: Path, tmp_path: Path
) -> None:
    ran = run("identify", "--picture", tmp_path / "line.png", quiet)
    assert ran.code == 0
    assert ran.err == f"muso: {quiet}: not drawn; {SILENCE}\n"
    assert not (tmp_path / "line.png").exists()


def test_among_several_those_that_are_not_drawn_are_told(
    run: Run, quiet: Path, cover: Path, tmp_path: Path
) -> None:
    ran = run("identify", "--picture", tmp_path / "out", quiet, cover, SCORE, "--task", "genre")
    assert ran.err.splitlines() == [
        f"muso: {quiet}: not drawn; {SILENCE}",
        f"muso: {cover}: not drawn; genre names recordings",
        f"muso: {SCORE}: not drawn; genre names recordings",
    ]
    whole = run("identify", "--picture", tmp_path / "out", cover)
    assert whole.err == f"muso: {cover}: not drawn; a cover has no timeline\n"


def test_a_recording_cut_short_is_named_and_told(run: Run, song: Path, tmp_path: Path) -> None:
    content = song.read_bytes()
    (tmp_path / "cut.wav").write_bytes(content[: len(content) // 2])
    ran = run("identify", "--task", "genre", tmp_path / "cut.wav")
    assert ran.code == 0 and "genre" in ran.out
    assert "cut.wav: only " in ran.err and "s can be decoded; that was named" in ran.err


def test_a_silence_has_a_row_in_the_timeline(run: Run, song: Path, tmp_path: Path) -> None:
    clip = read_clip(song)
    gap = np.zeros((1, 12 * 22_050), np.float32)
    write_clip(
        Clip(
            np.concatenate(
                [clip.samples[:, : 31 * 22_050], gap, clip.samples[:, -(22_050 * 8) :]], axis=1
            ),
            22_050,
        ),
        tmp_path / "gap.wav",
    )
    rows = run("identify", "--task", "genre", "--timeline", tmp_path / "gap.wav").out.splitlines()
    told = [row.split()[:4] for row in rows[2:]]
    assert told[-2:] == [["0:31", "to", "0:43", "silence"], ["0:43", "to", "0:51", told[-1][3]]]
    assert all("silence" not in row for row in told[:-2])


def test_a_song_without_art_is_told_to_have_none(run: Run, song: Path) -> None:
    ran = run("identify", "--task", "cover_genre", song)
    assert (ran.code, ran.err) == (0, "")
    assert "no picture in its tags that can be read" in ran.out


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--task", "genre"), "genre names recordings"),
        (("--task", "genre", "--task", "mood"), "genre names recordings; mood names scores"),
        (("--bundle", "genre.1"), "genre names recordings"),
    ],
)
def test_what_a_task_is_about_is_told_where_it_is_not_this(
    run: Run, cover: Path, options: tuple[str, ...], told: str
) -> None:
    ran = run("identify", *options, cover)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines()[1].split(maxsplit=2) == ["front.png", "cover", told]


def test_an_excerpt_of_a_recording_is_as_long_as_asked_and_goes_by_the_seed(
    run: Run, song: Path
) -> None:
    def said(*options: object) -> dict[str, Any]:
        ran = run("identify", "--json", "--evidence", *options, song)
        found: dict[str, Any] = json.loads(ran.out)["predictions"]["genre"]
        return found

    one, again, other = (said("--excerpt", 12, "--seed", seed) for seed in (1, 1, 2))
    assert one == again != other
    assert [slice_["end_s"] for slice_ in one["evidence"]] == [pytest.approx(12, abs=0.1)]
    assert len(said()["evidence"]) > 1


def test_an_excerpt_longer_than_the_recording_is_all_of_it(run: Run, song: Path) -> None:
    whole, part = (run("identify", "--json", *options, song).out
                   for options in ((), ("--excerpt", 10_000)))  # fmt: skip
    assert whole == part


def test_evidence_shows_what_each_window_said_and_how_far_it_spoke_for_the_piece(
    run: Run, song: Path
) -> None:
    told = json.loads(run("identify", "--json", "--evidence", song).out)["predictions"]["genre"]
    rows = run("identify", "--evidence", song).out.splitlines()[2:]
    best = told["ranking"][0][0]
    assert len(rows) == len(told["evidence"]) > 1
    assert any(slice_["label"] != best for slice_ in told["evidence"])
    for row, slice_ in zip(rows, told["evidence"], strict=True):
        assert f"{slice_['label']} " in row and f"{slice_['probability']:.0%}" in row
        other = slice_["label"] != best
        assert (f"for {best} {slice_['support']:.0%}" in row) == other
