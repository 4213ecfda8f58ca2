"""The composer study's own parts, on composers by rule and on numbers."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from muso.corpus.corpus import Corpus, Piece
from muso.errors import CorpusError
from muso.learn import recipe as recipe_module
from muso.learn.recipe import Recipe, change_recipe, read_recipe
from muso.learn.studies.best import held_out
from muso.learn.studies.composer import COMPOSER, _roll, _search, smaller_roll
from muso.learn.studies.strangers import _measured, part, refusal, sided, thinned
from muso.learn.studies.study import Context, NotHere
from muso.learn.studies.trials import find_corpus, scaled, try_under


def collection(composers: int, works: int) -> Corpus:
    """So many composers by number, so many works each, the last work shared by all."""
    pieces = [
        Piece(Path(f"/{c}/{w}.mid"), f"c{c:02}", "shared" if w == works - 1 else f"{c}-{w}")
        for c in range(composers)
        for w in range(works)
    ]
    return Corpus("made", tuple(pieces))


def test_strangers_share_no_work_with_the_known() -> None:
    known, strange = part(collection(40, 24), ["c00"], seed=3)
    assert len(strange.labels) == 20
    assert "c00" in known.labels
    assert not set(known.labels) & set(strange.labels)
    assert not {p.work for p in known.pieces} & {p.work for p in strange.pieces}


def test_what_four_composers_cost_goes_by_their_pieces_alone(tmp_path: Path) -> None:
    for name in ("Bach", "Chopin", "Ravel"):
        (tmp_path / name).mkdir()
        for number in range(11):
            (tmp_path / name / f"{number}.mid").touch()
    scales = {one.name: one.scale(tmp_path) for one in COMPOSER.experiments}
    assert scales["cnn"] == scales["search"] == 22 / 1111
    assert scales["all"] == scales["strangers"] == 33 / 6614
    assert scales["best"] == 1.0


def test_too_few_composers_to_leave_out_is_one_line() -> None:
    with pytest.raises(NotHere, match="leaving 20 of them out needs more"):
        part(collection(20, 24), [], seed=0)


def test_a_composer_left_out_of_training_is_measured_against_the_known(
    corpus_folder: Path, tmp_path: Path
) -> None:
    corpus = find_corpus(corpus_folder)
    known = replace(corpus, pieces=tuple(p for p in corpus.pieces if p.label != "Chorder"))
    strange = [p for p in corpus.pieces if p.label == "Chorder"]
    recipe = change_recipe(read_recipe("composer-four"), {"labels": [], "background": 0})
    context = Context(corpus_folder, 1, 1, 1, tmp_path)
    found, said = _measured(recipe, known, strange, context, "toy")
    assert set(found) == {
        "auroc",
        "refused",
        "accuracy",
        "auroc_by_probability",
        "refused_by_probability",
    }
    assert found["accuracy"].value > 0.5
    tested = [piece for piece in sided(known, 1).pieces if piece.split == "test"]
    assert {piece.label for piece in tested} == {"Leaper", "Walker"}
    assert len(said) == len(tested) + len(strange)


def test_the_same_music_under_two_works_is_drawn_to_one_side(corpus_folder: Path) -> None:
    corpus = find_corpus(corpus_folder)
    again = tuple(replace(piece, work=f"{piece.work} again") for piece in corpus.pieces)
    pieces = sided(replace(corpus, pieces=(*corpus.pieces, *again)), 1).pieces
    first, second = pieces[: len(corpus)], pieces[len(corpus) :]
    assert [piece.split for piece in first] == [piece.split for piece in second]
    assert {piece.split for piece in first} == {"train", "validation", "test"}


def test_thinning_keeps_every_composer() -> None:
    thin = thinned(collection(5, 24), 6)
    assert set(thin.counts.values()) == {6}
    assert len(thin.labels) == 5


def test_refusal_is_one_where_strangers_all_score_lower_and_chance_where_they_do_not() -> None:
    rng = np.random.default_rng(0)
    works = [str(n) for n in range(200)]
    apart = refusal(rng.random(200) + 1, rng.random(200), works, works, 0)
    assert apart["auroc"].value == apart["refused"].value == 1
    same = refusal(rng.random(200), rng.random(200), works, works, 0)
    assert 0.4 < same["auroc"].low < same["auroc"].value < same["auroc"].high < 0.6
    assert same["refused"].value == pytest.approx(0.1, abs=0.06)


def test_refusal_leaves_out_what_could_not_be_read() -> None:
    with_hole = refusal(np.array([0.9, np.nan]), np.array([0.1, 0.2]), ["a", "b"], ["c", "d"], 0)
    assert with_hole["refused"].value == 1


@pytest.mark.parametrize("share", [1.0, 0.5, 0.069, 0.02, 0.0])
def test_a_smaller_roll_costs_no_more_than_its_share(share: float) -> None:
    full = read_recipe("composer-cnn")
    smaller, size = smaller_roll(full, share)
    passes = smaller.member[0].fit.epochs * smaller.member[0].view["most"]
    assert 1 <= passes <= max(1, share * 20 * 20)
    assert (size == "full size") == (share == 1.0)


def test_a_share_that_no_composer_holds_is_an_outcome_in_words(
    corpus_folder: Path, tmp_path: Path
) -> None:
    context = Context(corpus_folder, 1, 0.01, 1, tmp_path)
    outcome = _roll("composer-cnn-all", "slice", context, least_share=0.9)
    assert not outcome.metrics and not outcome.predictions
    assert re.fullmatch(
        r"no label holds 0\.9 of all slices or more \(\w+ holds most, 0\.\d+\)", outcome.size
    )


def test_what_a_search_finds_is_measured_on_pieces_it_never_saw(
    corpus_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MUSO_HOME", str(tmp_path / "home"))
    whole_recipe = recipe_module.read_recipe

    def short(name: str) -> Recipe:
        recipe = change_recipe(whole_recipe(name), {"labels": []})
        return replace(recipe, search=replace(recipe.search, folds=2))

    monkeypatch.setattr(recipe_module, "read_recipe", short)
    outcome = _search(Context(corpus_folder, 1000, 0.0, 1, tmp_path))
    for protocol in ("slice", "work"):
        assert 0 <= outcome.metrics[f"{protocol}.accuracy"].value <= 1
        assert f"{protocol}.accuracy_when_searched" in outcome.metrics
        assert len(outcome.predictions[protocol])
        assert outcome.recipe[protocol]["name"] == "composer-cnn-search-found"
    assert outcome.size == "1 of 20 epochs, 1 of 20 slices a piece, 4 of 10 settings"


@pytest.mark.parametrize("patience", [0, 3])
def test_a_trial_stops_by_the_clock_and_says_so(
    corpus_folder: Path, recipe_file: Path, tmp_path: Path, patience: int
) -> None:
    recipe = read_recipe(recipe_file, [f"fit.patience={patience}"])
    recipe = replace(recipe, member=recipe.member[2:])
    context = Context(corpus_folder, 1e-6, 1.0, 1, tmp_path)
    outcome = try_under(context, recipe, find_corpus(corpus_folder), "work")
    assert outcome.size == "full size; work stopped by the clock after 1 of 6 epochs"


def test_a_trial_out_of_patience_was_not_stopped_by_the_clock(
    corpus_folder: Path, recipe_file: Path, tmp_path: Path
) -> None:
    recipe = read_recipe(recipe_file, ["fit.patience=1", "fit.rate=1e-12", "fit.epochs=50"])
    recipe = replace(recipe, member=recipe.member[2:])
    context = Context(corpus_folder, 1000, 1.0, 1, tmp_path)
    outcome = try_under(context, recipe, find_corpus(corpus_folder), "work")
    assert outcome.size == "full size"


def test_scaling_says_how_many_epochs_are_left() -> None:
    smaller, size = scaled(read_recipe("composer-lstm"), 0.1)
    assert smaller.member[0].fit.epochs == 5
    assert size == "5 of 50 epochs"
    assert scaled(read_recipe("composer-lstm"), 1.0)[1] == "full size"


def test_the_bundle_is_not_measured_on_a_collection_it_was_not_trained_on(
    corpus_folder: Path, tmp_path: Path
) -> None:
    context = Context(corpus_folder, 1, 1, 1, tmp_path)
    with pytest.raises(NotHere, match="was trained on another collection"):
        held_out(context)


def test_a_recipe_is_tried_under_the_claims_protocol_and_under_work(
    corpus_folder: Path, recipe_file: Path, tmp_path: Path
) -> None:
    recipe = read_recipe(recipe_file)
    recipe = replace(recipe, member=recipe.member[2:])
    context = Context(corpus_folder, 1, 0.5, 1, tmp_path)
    outcome = try_under(context, recipe, find_corpus(corpus_folder), "piece")
    assert outcome.size == "3 of 6 epochs"
    assert {"piece.accuracy", "work.accuracy", "work.accuracy_of_majority"} <= set(outcome.metrics)
    assert len(outcome.predictions["work"]) > 0


def test_the_data_sets_own_table_is_found(corpus_folder: Path, tmp_path: Path) -> None:
    table = tmp_path / "composers.csv"
    first = next((corpus_folder / "Walker").iterdir())
    table.write_text(f"file,composer,work\n{first},Walker,one\n")
    assert len(find_corpus(tmp_path, "composers.csv")) == 1
    with pytest.raises(CorpusError, match="no piece is labelled 'Bach'"):
        find_corpus(corpus_folder, labels=["Bach"])


def test_the_study_costs_what_its_recipes_cost() -> None:
    names = {experiment.name for experiment in COMPOSER.experiments}
    assert {"listing", "lstm", "cnn", "search", "refit", "all", "all-10", "strangers"} <= names
