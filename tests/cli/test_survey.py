from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from muso.music.midi import write_score
from muso.music.score import Score


@pytest.fixture
def moods(tmp_path: Path) -> Path:
    for number, mood in enumerate(("calm", "happy")):
        (tmp_path / "moods" / mood).mkdir(parents=True)
        score = Score.of(60 + number + np.arange(12) % 5, np.arange(12) / 2, 0.5)
        write_score(score, tmp_path / "moods" / mood / "a.mid")
    return tmp_path / "moods"


def test_a_survey_is_made_answered_and_scored(
    run: Callable[..., Any], moods: Path, tmp_path: Path
) -> None:
    made = run("survey", "make", moods, "--to", tmp_path / "test", "--seconds", 2)
    assert made.code == 0
    assert "2 pieces of 2 s" in made.out and "calm or happy" in made.out
    sheet = tmp_path / "ann.csv"
    sheet.write_text("piece,answer\n1,calm\n2,calm\n")
    scored = run("survey", "score", sheet, "--key", tmp_path / "test-key.csv")
    assert "1 of 2" in scored.out and "chance" in scored.out
    as_json = run("survey", "score", sheet, "--key", tmp_path / "test-key.csv", "--json")
    told = json.loads(as_json.out)
    assert (told["right"]["right"], told["right"]["count"], told["chance"]) == (1, 2, 0.5)


def test_an_unknown_mood_names_those_there_are(
    run: Callable[..., Any], moods: Path, tmp_path: Path
) -> None:
    run("survey", "make", moods, "--to", tmp_path / "test", "--seconds", 2)
    sheet = tmp_path / "ann.csv"
    sheet.write_text("piece,answer\n1,jolly\n")
    scored = run("survey", "score", sheet, "--key", tmp_path / "test-key.csv")
    assert (scored.code, scored.out) == (2, "")
    assert "choose from calm, happy" in scored.err
