"""Judging composed music, with a model by rule."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from muso import service
from muso.errors import CorpusError, UsageError
from muso.music.midi import write_score
from muso.music.score import Score

MOODS = ("sad", "calm", "angry", "happy")


@pytest.fixture
def real(tmp_path: Path) -> Path:
    """Twelve tunes by chance, three of each mood, a folder a mood."""
    for number, mood in enumerate(MOODS):
        (tmp_path / "real" / mood).mkdir(parents=True)
        for piece in range(3):
            rng = np.random.default_rng([number, piece])
            pitch = 60 + np.cumsum(rng.choice([-2, -1, 1, 2], 40)) % 24
            loud = 100 if mood in ("angry", "happy") else 40
            score = Score.of(pitch, np.arange(40) / 2, [0.5] * 40, loud)
            write_score(score, tmp_path / "real" / mood / f"{piece}.mid")
    return tmp_path / "real"


def test_pieces_in_every_mood_are_held_against_real_ones(
    composing: Any, real: Path, tmp_path: Path
) -> None:
    picture, kept = tmp_path / "sets.png", tmp_path / "kept"
    found = service.evaluate_music(
        "rambler.1", real, pieces=4, seconds=6, keep=kept, picture=picture
    )
    assert found.hearing is not None
    assert set(found.hearing.intended) == set(MOODS) == set(found.hearing.real)
    assert found.hearing.intended["sad"].value >= found.hearing.intended["angry"].value
    assert found.real_pieces == 12
    assert 0 < found.overlap < 1.2
    assert found.copying is not None
    assert len(found.copying.notes) == 20
    assert len(list(kept.iterdir())) == 20
    assert picture.exists()
    json.dumps(found.as_dict())


def test_kept_pieces_are_not_made_again(
    composing: Any, real: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {"pieces": 4, "seconds": 4, "keep": tmp_path / "kept"}
    first = service.evaluate_music("rambler.1", real, **asked)
    monkeypatch.setattr(service.judging, "compose", lambda *_: pytest.fail("composed again"))
    again = service.evaluate_music("rambler.1", real, **asked)
    assert again.as_dict() == first.as_dict()


def test_pieces_of_another_model_are_not_taken_for_its_own(
    composing: Any, real: Path, tmp_path: Path
) -> None:
    asked = {"pieces": 4, "seconds": 4, "keep": tmp_path / "kept"}
    service.evaluate_music("rambler.1", real, **asked)
    service.evaluate_music("other.1", real, **asked)
    assert len(list((tmp_path / "kept").iterdir())) == 40


def test_too_few_pieces_are_refused(composing: Any, real: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="take 4 or more"):
        service.evaluate_music("rambler.1", real, pieces=2)
    (tmp_path / "few").mkdir()
    write_score(Score.of([60] * 9, np.arange(9), [1] * 9), tmp_path / "few" / "one.mid")
    with pytest.raises(CorpusError, match="give 8 or more"):
        service.evaluate_music("rambler.1", tmp_path / "few", pieces=4, seconds=4)


def test_a_model_that_names_things_can_not_be_judged_by_what_it_makes(real: Path) -> None:
    from muso.errors import BundleError

    with pytest.raises(BundleError, match="doesn't compose"):
        service.evaluate_music("composer.1", real, pieces=4)
