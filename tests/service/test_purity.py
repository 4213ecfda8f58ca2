from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
import torch

from muso import service
from muso.bundle.bundle import Bundle
from muso.bundle.states import States
from muso.bundle.store import bundle_folder
from muso.errors import UsageError
from muso.judge.intervals import Interval
from muso.judge.language import LanguageReport, Surprise
from muso.judge.leaks import Leak
from muso.judge.report import Side, SplitFacts
from muso.learn.language import LanguageNet, Shape
from muso.learn.language_binding import bind_language
from muso.music.midi import read_score, write_score
from muso.music.score import Score
from muso.represent.notes import Notes

UNITS = 12


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """A corpus of one piece: a minute of steps, then a minute of leaps, called a Walker's."""
    pitch = np.r_[np.resize([60, 62, 64, 65, 64, 62], 120), np.resize([48, 59, 50, 61], 120)]
    at = np.r_[np.arange(120) / 2, 60 + np.cumsum(np.tile([0.75, 0.25], 60))]
    (tmp_path / "corpus" / "Walker").mkdir(parents=True)
    (tmp_path / "corpus" / "Leaper").mkdir(parents=True)
    score = Score.of(pitch, at, 0.25, tempo_bpm=60)
    write_score(score, tmp_path / "corpus" / "Walker" / "a.mid")
    write_score(score, tmp_path / "corpus" / "Leaper" / "b.mid")
    return tmp_path / "corpus"


def test_the_purest_parts_lie_where_the_label_is_heard(bundle: Bundle, mixed: Path) -> None:
    walking = service.purest_parts(mixed / "Walker" / "a.mid", "Walker", "toy.1", 0.25)
    leaping = service.purest_parts(mixed / "Walker" / "a.mid", "Leaper", "toy.1", 0.25)
    assert np.mean([p.start_s for p in walking]) < np.mean([p.start_s for p in leaping])
    everything = service.purest_parts(mixed / "Walker" / "a.mid", "Walker", "toy.1", 1.0)
    assert len(walking) == round(0.25 * len(everything))
    assert min(p.probability for p in walking) >= np.median([p.probability for p in everything])


def test_parts_are_cut_into_a_corpus_that_keeps_their_works(
    bundle: Bundle, mixed: Path, tmp_path: Path
) -> None:
    manifest, left_out = service.cut_purest(mixed, "toy.1", tmp_path / "pure", share=0.2)
    assert left_out == {}
    with manifest.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["label"] for row in rows} == {"Walker", "Leaper"}
    assert len({row["work"] for row in rows}) == 2 < len(rows)
    assert all(read_score(manifest.parent / row["path"]).length_s <= 15.1 for row in rows)
    assert len(service.read_corpus(manifest)) == len(rows)


def test_what_cannot_be_cut_is_refused(bundle: Bundle, mixed: Path) -> None:
    with pytest.raises(UsageError, match="doesn't know the label 'Bach'"):
        service.purest_parts(mixed / "Walker" / "a.mid", "Bach", "toy.1")
    with pytest.raises(UsageError, match="above 0 and up to 1"):
        service.purest_parts(mixed / "Walker" / "a.mid", "Walker", "toy.1", 0.0)
    with pytest.raises(UsageError, match="not an empty folder"):
        service.cut_purest(mixed, "toy.1", mixed)


@pytest.fixture
def language(home: Path) -> str:
    """A language model that knows nothing."""
    torch.manual_seed(0)
    encoding = Notes()
    shape = Shape(units=UNITS, layers=1, embedding=8, noise=0.0)
    net = LanguageNet(encoding.sizes, encoding.derived, 4, shape)
    figure, side = Interval(1.0, 1.0, 1.0), Side(1, 1)
    surprise = Surprise("nobody", figure, figure)
    facts = SplitFacts("work", "piece", False, 0, "", side, side, side)
    report = LanguageReport(
        "notes", facts, surprise, 1, (surprise,), (Leak("copies", 0, "none"),), "", "", 0.0
    )
    bind_language(
        bundle_folder("blank.1"), net, encoding, ("any",), {}, lambda draft: report, about="Blank."
    )
    return "blank.1"


RECIPE = """
name = "on-states"
task = "composer"
[split]
folds = 3
[[member]]
name = "states"
view = { name = "states", language = "blank.1", pools = ["mean"] }
classical = { name = "sparse_logistic", c = 0.3 }
"""


def test_states_are_pooled_as_asked_and_of_the_model_read(language: str) -> None:
    score = read_score("examples/bach-bwv66-6.mid")
    mean, both = States(language), States(language, ("mean", "last"))
    assert mean.shape == (UNITS,) and both.shape == (2 * UNITS,)
    np.testing.assert_array_equal(
        both.slices(score).values[0, :UNITS], mean.slices(score).values[0]
    )
    from muso.bundle.language import find_language

    model = find_language(language)
    said, _ = model.read(model.encoding.encode(score))
    np.testing.assert_allclose(mean.slices(score).values[0], said.mean(axis=0), atol=1e-6)
    with pytest.raises(UsageError, match="states are pooled by mean, deviation, change, last"):
        States(language, ("best",))


def test_a_bundle_on_states_identifies_and_tells_its_neurons(
    language: str, corpus_folder: Path, tmp_path: Path
) -> None:
    file = tmp_path / "on-states.toml"
    file.write_text(RECIPE)
    trained = service.train(file, corpus_folder, name="on-states")
    score = next(corpus_folder.glob("*/00.mid"))
    said = service.identify(score, service.Request(bundle="on-states"))
    assert said.predictions["composer"].ranking[0][1] > 1 / 3
    weights = service.neurons_of("on-states")
    assert set(weights) == {"Chorder", "Leaper", "Walker"}
    assert all(weight.shape == (UNITS,) for weight in weights.values())
    slices = trained.bundle.slices(read_score(score))
    scores = trained.bundle.sessions[0].run(["scores"], {"slices": slices[0].values})[0][0]
    nothing = trained.bundle.sessions[0].run(
        ["scores"], {"slices": np.zeros((1, UNITS), np.float32)}
    )[0][0]
    label = trained.bundle.labels.index("Walker")
    assert scores[label] - nothing[label] == pytest.approx(
        float(slices[0].values[0] @ weights["Walker"]), abs=1e-3
    )


def test_neurons_of_a_bundle_that_looks_at_notes_are_refused(bundle: Bundle) -> None:
    with pytest.raises(UsageError, match="looks at ngrams, not at a language model"):
        service.neurons_of("toy.1")
