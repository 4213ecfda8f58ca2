"""The evaluation of composed music as text and JSON."""

from __future__ import annotations

import json

import numpy as np
import pytest

from muso.errors import CorpusError
from muso.judge.copying import Copying
from muso.judge.intervals import Interval
from muso.judge.music import Hearing, MusicEvaluation, format_music
from muso.judge.overlap import Nearness
from muso.judge.set_pictures import draw_sets
from muso.music.score import Score

SHARE = Interval(0.5, 0.4, 0.6)
MOODS = dict.fromkeys(("sad", "calm", "angry", "happy"), SHARE)
COPIED = Copying(np.array([7, 20]), np.array([0.0, 2.5]), SHARE)
MEASURED = MusicEvaluation(
    bundle="muse.1",
    corpus="real",
    pieces=2,
    real_pieces=40,
    seconds=30.0,
    nearness={"groove": Nearness(0.8, 0.1, 0.9, 0.05), "tempo": Nearness(0.7, 0.2, 0.9, 0.1)},
    copying=COPIED,
    real_copying=COPIED,
    copied_from="training",
    hearing=Hearing("mood-judge.1", "game music.", MOODS, MOODS, MOODS),
    loss_nats=2.5,
)


def test_the_overlap_is_a_share_of_what_real_pieces_reach() -> None:
    assert MEASURED.overlap == pytest.approx(1.5 / 1.8)


def test_json_holds_every_figure() -> None:
    told = json.loads(json.dumps(MEASURED.as_dict()))
    assert told["heard"]["intended"]["sad"]["value"] == 0.5
    assert told["copying"]["longest_notes"] == 20
    assert told["qualities"]["groove"]["ratio"] == pytest.approx(0.8889)
    assert told["loss_nats_a_note"] == 2.5


def test_text_names_the_judge_the_moods_and_the_copying() -> None:
    text = format_music(MEASURED)
    for words in ("mood-judge.1", "| angry", "0.833", "Copying more than 2 bars from training",
                  "longest run 20 notes", "2.500 nats a note"):  # fmt: skip
        assert words in text


def test_two_sets_are_drawn_side_by_side(tmp_path: object) -> None:
    from pathlib import Path

    picture = Path(str(tmp_path), "sets.png")
    tune = Score.of([60, 64, 67], [0, 1, 2], [1] * 3, [40, 80, 120])
    draw_sets({"made": [tune], "real": [tune.transpose(7)] * 2}, picture, title="sets")
    assert picture.read_bytes()[:4] == b"\x89PNG"
    with pytest.raises(CorpusError, match="no notes"):
        draw_sets({"made": [], "real": [tune]}, picture)
