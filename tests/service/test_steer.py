"""Steering by neurons as a service, with a model by rule."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from muso import service
from muso.compose.request import ComposeRequest
from muso.compose.steering import EPOCHS
from muso.errors import CorpusError, DamagedFile, MissingFile, UsageError, WrongFormat
from muso.music.midi import write_score
from muso.music.score import Score


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    """Loud tunes called angry, soft ones called calm."""
    for mood, loud in (("angry", 110), ("calm", 30)):
        (tmp_path / "corpus" / mood).mkdir(parents=True)
        for piece in range(9):
            rng = np.random.default_rng([loud, piece])
            pitch = 60 + np.cumsum(rng.choice([-2, 2], 24)) % 12
            score = Score.of(pitch, np.arange(24) / 2, [0.5] * 24, loud)
            write_score(score, tmp_path / "corpus" / mood / f"{piece}.mid")
    return tmp_path / "corpus"


def steer(corpus: Path, target: Path, **more: Any) -> service.Steered:
    return service.steer("rambler.1", "angry", corpus, target, **more)


def test_the_neuron_that_tells_the_mood_is_found_and_a_piece_can_be_steered(
    composing: Any, labelled: Path, tmp_path: Path
) -> None:
    found = steer(labelled, tmp_path / "angry.json")
    # The fifth number of the model by rule is the velocity it last heard.
    assert found.neurons[0] == 4
    assert len(found.history) == EPOCHS + 1
    assert list(found.history) == sorted(found.history)
    made = service.compose(ComposeRequest(steering=tmp_path / "angry.json", bars=2))
    assert made.request["steering"].endswith("angry.json")


def test_an_evolution_that_was_stopped_goes_on_to_the_same_end(
    composing: Any, labelled: Path, tmp_path: Path
) -> None:
    whole = steer(labelled, tmp_path / "whole.json")

    class Stopped(Exception):
        """Somebody pressed Ctrl-C."""

    def stop(progress: Any) -> None:
        if progress.stage.startswith("evolving") and progress.done == 4:
            raise Stopped

    with pytest.raises(Stopped):
        steer(labelled, tmp_path / "part.json", listener=stop)
    told: list[int] = []
    again = steer(labelled, tmp_path / "part.json", listener=lambda p: told.append(p.done))
    assert again.values.tolist() == whole.values.tolist()
    assert told == list(range(5, EPOCHS + 2))
    assert steer(labelled, tmp_path / "part.json").history == whole.history


def test_a_file_of_another_mood_is_not_written_over(
    composing: Any, labelled: Path, tmp_path: Path
) -> None:
    kept = tmp_path / "angry.json"
    steer(labelled, kept)
    with pytest.raises(UsageError, match=r"steers rambler\.1 to angry with seed 0"):
        service.steer("rambler.1", "calm", labelled, kept)
    with pytest.raises(UsageError, match="name another file"):
        steer(labelled, kept, seed=2)


def test_what_can_not_be_steered_is_said(composing: Any, labelled: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no mood 'merry'"):
        service.steer("rambler.1", "merry", labelled, tmp_path / "a.json")
    with pytest.raises(CorpusError, match="0 pieces are happy"):
        service.steer("rambler.1", "happy", labelled, tmp_path / "a.json")
    with pytest.raises(MissingFile):
        steer(labelled, tmp_path / "no" / "a.json")
    assert not (tmp_path / "a.json").exists()


def test_a_file_that_holds_no_steering_is_refused(composing: Any, tmp_path: Path) -> None:
    broken, other = tmp_path / "broken.json", tmp_path / "other.json"
    broken.write_text("{")
    other.write_text(json.dumps({"kind": "letter"}))
    with pytest.raises(DamagedFile):
        service.compose(ComposeRequest(steering=broken))
    with pytest.raises(WrongFormat):
        service.compose(ComposeRequest(steering=other))
    with pytest.raises(MissingFile):
        service.compose(ComposeRequest(steering=tmp_path / "none.json"))
    with pytest.raises(UsageError, match="its own bundle and mood"):
        ComposeRequest(steering=broken, mood="sad")
