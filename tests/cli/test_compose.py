"""`muso compose`, with a model by rule in the shipped one's place."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from muso.music.midi import read_score, write_score
from muso.music.score import Score

Run = Callable[..., Any]


@pytest.fixture(autouse=True)
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every command runs in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_piece_is_written_and_told_of_in_a_line(run: Run, composing: object) -> None:
    done = run("compose", "--bars", 4, "--seed", 7, "-o", "out.mid")
    assert done.code == 0
    assert done.out.startswith("out.mid: 0:")
    assert "seed 7" in done.out
    assert read_score("out.mid").length_beats == pytest.approx(16)


def test_without_a_name_the_file_is_named_by_mood_and_seed(run: Run, composing: object) -> None:
    done = run("compose", "--mood", "sad", "--bars", 2, "--seed", 3)
    assert done.code == 0
    assert Path("sad-3.mid").exists()
    assert "heard as" in done.out


def test_json_tells_where_a_piece_comes_from(run: Run, composing: object) -> None:
    done = run("compose", "--bars", 2, "--seed", 3, "--count", 2, "--json", "-o", "out.mid")
    told = [json.loads(line) for line in done.out.splitlines()]
    assert [Path(one["path"]).name for one in told] == ["out-01.mid", "out-02.mid"]
    assert [one["seed"] for one in told] == [3, 4]
    assert told[0]["bundle"] == "rambler.1"
    assert told[0]["request"]["bars"] == 2
    assert told[0]["made_by"].startswith("muso ")


def test_a_seed_that_is_not_given_is_drawn_and_told(run: Run, composing: object) -> None:
    told = [json.loads(run("compose", "--bars", 1, "--json").out)["seed"] for _ in range(3)]
    assert len(set(told)) > 1


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--mood", "merry"), 2, "there are sad, calm, angry, happy"),
        (("--valence", "2"), 2, "valence is 2; give -1 to 1"),
        (("--seconds", "5", "--bars", "2"), 2, "give one of them"),
        (("--style", "a", "--bundle", "b"), 2, "give one of the two"),
        (("--continue", "none.mid"), 1, "none.mid: no such file"),
        (("--continue", "empty.mid"), 1, "the file is empty"),
        (("-o", "no/out.mid"), 1, "no: no such folder"),
        (("-o", "out.doc"), 2, "end the name in one of them"),
        (("--beat", "polka", "--bars", "2"), 2, "there is no beat 'polka'"),
        (("--count", "0"), 2, "count is 0"),
    ],
)
def test_what_can_not_be_done_is_said_in_one_line(
    run: Run, composing: object, arguments: tuple[str, ...], code: int, said: str
) -> None:
    Path("empty.mid").touch()
    done = run("compose", *arguments)
    assert done.code == code
    assert said in done.err
    assert "Traceback" not in done.err
    assert {file.name for file in Path().iterdir()} == {"empty.mid"}


def test_a_bundle_that_does_not_exist_is_named(run: Run) -> None:
    done = run("compose", "--bundle", "beethoven.9")
    assert done.code == 2
    assert "there is no bundle 'beethoven.9'" in done.err


@pytest.fixture
def moods(inside: Path) -> Path:
    """Nine tunes of each mood, a folder a mood; the wakeful ones loud."""
    for number, mood in enumerate(("sad", "calm", "angry", "happy")):
        (inside / "moods" / mood).mkdir(parents=True)
        for piece in range(9):
            pitch = 60 + np.cumsum(np.random.default_rng([number, piece]).choice([-2, 2], 24)) % 12
            score = Score.of(pitch, np.arange(24) / 2, [0.5] * 24, 40 + 60 * (number > 1))
            write_score(score, inside / "moods" / mood / f"{piece}.mid")
    return inside / "moods"


def test_values_of_neurons_are_evolved_and_composed_with(
    run: Run, composing: object, moods: Path
) -> None:
    done = run("steer", moods, "--mood", "angry", "-o", "angry.json")
    assert done.code == 0
    assert done.out.startswith("angry.json: ")
    assert "heard as angry" in done.out
    assert run("compose", "--steering", "angry.json", "--bars", 1, "-o", "a.mid").code == 0
    refused = run("steer", moods, "--mood", "merry", "-o", "merry.json")
    assert (refused.code, "there are sad, calm" in refused.err) == (2, True)


def test_a_composing_model_is_measured_against_real_pieces(
    run: Run, composing: object, moods: Path
) -> None:
    asked = ("evaluate", "rambler.1", "--against", moods, "--pieces", 4, "--seconds", 4)
    told = json.loads(run(*asked, "--keep", "kept", "--json").out)
    assert set(told["heard"]["intended"]) == {"sad", "calm", "angry", "happy"}
    assert told["real_pieces"] == 36
    text = run(*asked, "--keep", "kept").out
    assert "Overlap with real pieces" in text
    assert "| angry" in text
    assert run("evaluate", "rambler.1").code == 2
