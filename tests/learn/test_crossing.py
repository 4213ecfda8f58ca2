from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from muso import service
from muso.bundle.bundle import Bundle
from muso.corpus.corpus import Corpus, Piece
from muso.corpus.split import TEST, TRAIN
from muso.errors import CorpusError, RecipeError
from muso.judge.report import Report, read_report
from muso.learn import crossing
from muso.learn.crossing import cross
from muso.learn.members import build_view
from muso.learn.recipe import parse_recipe, read_recipe
from muso.learn.refusing import passed_apart
from muso.learn.selection import load_data
from muso.learn.training import run_folder, train
from muso.progress import silent

RECIPE = """
name = "crossed"
task = "composer"
seed = 1

[split]
folds = 3

[[member]]
name = "patterns"
view = { name = "ngrams", bits = 8 }
classical = { name = "linear_svm" }

[[member]]
name = "expression"
view = { name = "expression" }
classical = { name = "axes_svm" }
"""


@pytest.fixture(scope="module")
def crossed(
    home: Path, corpus_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Bundle, Report]:
    file = tmp_path_factory.mktemp("recipe") / "crossed.toml"
    file.write_text(RECIPE)
    trained = service.train(file, corpus_folder, name="crossed.1")
    return trained.bundle, trained.report


def test_every_piece_is_tested_and_the_report_says_how(crossed: tuple[Bundle, Report]) -> None:
    bundle, report = crossed
    assert report.metrics.n == 36
    assert report.metrics.accuracy.value > 0.9
    assert report.split.called == "work, 3-fold cross-validation"
    assert report.split.train.units == report.split.test.units == 36
    assert read_report(bundle.folder / "report.json").split == report.split
    card = (bundle.folder / "CARD.md").read_text("utf-8")
    assert "each of 36 pieces was tested by models that never saw its work" in card
    assert {baseline.name for baseline in report.baselines} >= {"majority"}


def test_no_work_stands_on_both_sides_of_any_fold(corpus_folder: Path, tmp_path: Path) -> None:
    recipe = parse_recipe(read_recipe_table())
    views = [build_view(member) for member in recipe.member]
    data, _ = load_data(recipe, views, service.read_corpus(corpus_folder), "score", silent)
    found = cross(recipe, views, data, tmp_path)
    tested = np.zeros(len(data.target), int)
    for part in found.parts:
        works = np.array(data.works)
        assert not set(works[part.side == TRAIN]) & set(works[part.side == TEST])
        tested += part.side == TEST
    assert (tested == 1).all()
    np.testing.assert_allclose(found.probability.sum(axis=1), 1)


def read_recipe_table() -> dict[str, object]:
    import tomllib

    return tomllib.loads(RECIPE)


def test_minutes_before_an_interruption_are_in_the_report(
    corpus_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MUSO_HOME", str(tmp_path / "home"))
    recipe, corpus = parse_recipe(read_recipe_table()), service.read_corpus(corpus_folder)
    run_folder(recipe, corpus).mkdir(parents=True)
    (run_folder(recipe, corpus) / ".minutes").write_text("30.0")
    trained = train(recipe, corpus, "score", tmp_path / "crossed.2")
    assert 30 <= trained.report.minutes < 60
    assert not run_folder(recipe, corpus).exists()


def test_an_interrupted_cross_validation_goes_on(
    corpus_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = parse_recipe(read_recipe_table())
    views = [build_view(member) for member in recipe.member]
    data, _ = load_data(recipe, views, service.read_corpus(corpus_folder), "score", silent)
    real, fitted = crossing.train_member, []

    def breaks(*given: object, **options: object) -> object:
        if len(fitted) == 3:
            raise KeyboardInterrupt
        fitted.append(given)
        return real(*given, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(crossing, "train_member", breaks)
    with pytest.raises(KeyboardInterrupt):
        cross(recipe, views, data, tmp_path)
    monkeypatch.setattr(crossing, "train_member", lambda *a, **k: fitted.append(a) or real(*a, **k))
    again = cross(recipe, views, data, tmp_path)
    assert len(fitted) == 6
    monkeypatch.setattr(crossing, "train_member", real)
    straight = cross(recipe, views, data, tmp_path / "other")
    np.testing.assert_array_equal(again.probability, straight.probability)


def test_a_piece_labelled_unknown_is_none_that_should_be_named(
    corpus_folder: Path, tmp_path: Path
) -> None:
    recipe = parse_recipe(read_recipe_table())
    views = [build_view(member) for member in recipe.member]
    corpus = service.read_corpus(corpus_folder)
    pieces = tuple(
        replace(piece, label="unknown") if piece.label == "Chorder" else piece
        for piece in corpus.pieces
    )
    data, _ = load_data(recipe, views, replace(corpus, pieces=pieces), "score", silent)
    found = cross(recipe, views, data, tmp_path)
    # Were the twelve "unknown" to be named as well, a third of all pieces would not pass.
    assert passed_apart(found.probability, data.target, data.labels, found.parts) > 0.75


def test_too_few_works_for_the_folds_are_told(corpus_folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "many.toml"
    file.write_text(RECIPE.replace("folds = 3", "folds = 20"))
    with pytest.raises(CorpusError, match="12 works, too few for 20 folds"):
        service.train(file, corpus_folder, name="many")


@pytest.mark.parametrize("folds", [-1, 1])
def test_folds_out_of_range_are_refused(folds: int) -> None:
    with pytest.raises(RecipeError, match="it must be 0, or 2 and more"):
        read_recipe("mood", [f"split.folds={folds}"])


def test_the_report_of_a_drawn_split_is_as_it_was(bundle: Bundle) -> None:
    content = json.loads((bundle.folder / "report.json").read_text("utf-8"))
    assert content["split"]["folds"] == 0
    del content["split"]["folds"]
    assert Report.of_dict(content).split.called == "work"


@pytest.mark.parametrize(
    "setting", ["refit=true", "ship_all=true", "start=composer.1", "split.test=valid"]
)
def test_settings_that_folds_would_pass_over_are_refused(
    setting: str, recipe_file: Path, corpus_folder: Path
) -> None:
    key = setting.partition("=")[0]
    with pytest.raises(RecipeError, match=rf"{key} has no meaning where split\.folds is 3"):
        service.train(
            recipe_file, corpus_folder, name="passed-over", changes=["split.folds=3", setting]
        )


def test_an_unknown_protocol_is_refused_before_anything_is_read() -> None:
    recipe = parse_recipe(read_recipe_table())
    recipe = replace(recipe, split=replace(recipe.split, protocol="hope"))
    gone = Corpus("gone", (Piece(Path("/none/a.mid"), "A", "a"),))
    with pytest.raises(RecipeError, match="no protocol 'hope'; choose from work, piece"):
        train(recipe, gone, "score", Path("never"))


def test_a_label_that_no_bundle_can_hold_is_refused_before_anything_is_read() -> None:
    label = os.fsdecode(b"caf\xe9")
    gone = Corpus("mine", tuple(Piece(Path(f"/none/{n}.mid"), label, str(n)) for n in range(9)))
    with pytest.raises(CorpusError, match=r"mine: the label 'caf\?' is not UTF-8.*rename it"):
        train(parse_recipe(read_recipe_table()), gone, "score", Path("never"))
