from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pytest

from muso.learn.studies import STUDIES
from muso.learn.studies import mood as study
from muso.learn.studies.mood import MOOD
from muso.learn.studies.record import own_folder
from muso.learn.studies.study import Context
from muso.music.midi import read_score, write_score
from muso.music.score import Score


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A VGMIDI of the test's own: unlabelled tunes, labelled ones whose mood is in their notes."""
    rng = np.random.default_rng(0)
    (tmp_path / "unlabelled").mkdir()
    (tmp_path / "labelled").mkdir()
    for number in range(12):
        pitch = 60 + np.cumsum(rng.choice([-2, -1, 1, 2], 40)) % 24
        score = Score.of(pitch, np.arange(40) / 2, 0.5)
        write_score(score, tmp_path / "unlabelled" / f"{number:02}.mid")
    rows = ["midi,valence,arousal,work"]
    for number in range(48):
        valence, arousal = number % 2, number // 2 % 2
        chord = (0, 4, 7) if valence else (0, 3, 7)
        pitch = 55 + number % 5 + np.resize(chord, 36) + 12 * (rng.random(36) < 0.3)
        length = 0.25 if arousal else 1.0
        score = Score.of(pitch, np.arange(36) * length, length, 100 if arousal else 40)
        write_score(score, tmp_path / "labelled" / f"{number:02}.mid")
        rows.append(f"labelled/{number:02}.mid,{valence},{arousal},{number}")
    (tmp_path / "vgmidi_labelled.csv").write_text("\n".join(rows))
    return tmp_path


def context(data: Path, folder: Path) -> Context:
    own = folder / "study" / "one"
    own.mkdir(parents=True)
    return Context(data, 0.1, 0.01, 1, own)


def test_the_study_is_listed_and_holds_what_was_claimed() -> None:
    assert STUDIES["mood"] is MOOD
    claims = " ".join(experiment.claim for experiment in MOOD.experiments)
    for figure in ("0.540", "0.497", "0.521", "0.50", "0.45", "0.525"):
        assert figure in claims
    names = [experiment.name for experiment in MOOD.experiments]
    assert len(set(names)) == len(names) == 13


def test_a_branch_goes_on_from_the_trunk_and_samples_are_kept(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MUSO_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(study, "TRUNK_EPOCHS", 2)
    monkeypatch.setattr(study, "BRANCH_EPOCHS", 1)
    monkeypatch.setattr(study, "SAMPLES", (1, 2))
    monkeypatch.setattr(study, "SAMPLE_STEPS", 60)
    given = context(data, tmp_path)
    outcome = study._branch({"noise": 0.0}, given)
    assert 0 < outcome.metrics["work.nats_a_pitch"].value < 10
    assert "2 + 1 epochs" in outcome.size
    samples = sorted((own_folder("mood") / "samples").glob("*.mid"))
    assert samples and all(len(read_score(path)) for path in samples)
    assert (given.folder.parent / "trunk").is_dir()


def test_a_search_is_made_without_the_pieces_it_is_tested_on(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(0)
    target = np.arange(48) % 4
    rows = (rng.normal(size=(48, 8)) + 2 * np.eye(8)[target]).astype(np.float32)
    works = tuple(f"w{i}" for i in range(48))
    monkeypatch.setattr(study, "TEST_PIECES", 12)
    monkeypatch.setattr(study, "_states", lambda given: (rows, target, works))
    outcome = partial(study._search, "l2", "stratified")(context(data, tmp_path))
    assert len(outcome.predictions["work"]) == 12
    assert len(outcome.predictions["stratified"]) == 36
    assert outcome.metrics["work.accuracy"].value > 0.4


def test_the_shipped_recipe_hears_moods_that_are_in_the_notes(data: Path, tmp_path: Path) -> None:
    outcome = study._ours(context(data, tmp_path))
    assert outcome.metrics["work.accuracy"].value > 0.8
    assert len(outcome.predictions["work"]) == 48


def test_trainings_at_two_rates_leave_their_courses_and_a_picture(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from PIL import Image

    from muso.learn.language import Shape
    from muso.learn.studies import mood_rates

    monkeypatch.setenv("MUSO_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(mood_rates, "EPOCH_BATCHES", 2)
    small = Shape(units=8, embedding=8, layers=1)
    monkeypatch.setattr(mood_rates, "_shape", lambda cell: small)
    for name in ("rate-earlier", "rate-better"):
        outcome = mood_rates.pace(name, 1e-3, "lstm", context(data, tmp_path / name))
        assert 0 < outcome.metrics["work.nats_a_pitch"].value < 10
    curves = own_folder("mood") / "curves"
    assert len((curves / "rate-better.csv").read_text("utf-8").splitlines()) >= 2
    with Image.open(curves / "courses.png") as picture:
        assert picture.width > 500
