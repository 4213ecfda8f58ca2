"""Searching settings on composers by rule, with models that take no time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pytest

from muso.corpus.augmentation import augment
from muso.corpus.corpus import Corpus
from muso.corpus.manifest import read_corpus
from muso.corpus.split import TEST
from muso.errors import RecipeError
from muso.learn import search as search_module
from muso.learn.data import read_data
from muso.learn.members import build_view
from muso.learn.recipe import Recipe, parse_recipe, read_recipe
from muso.learn.search import Search, search, write_winner
from muso.learn.selection import join_data, split_data

TABLE: dict[str, Any] = {
    "name": "tried",
    "task": "composer",
    "split": {"held_out": 0.25, "validation": 0.25},
    "member": [
        {
            "name": "svm",
            "view": {"name": "descriptors", "groups": ["interval", "duration"]},
            "classical": {"name": "svm", "c": 1.0},
        }
    ],
    "search": {"trials": 3, "folds": 2, "space": {"classical.c": [0.01, 0.1, 1.0, 10.0]}},
}


@pytest.fixture
def corpus(corpus_folder: Path) -> Corpus:
    return read_corpus(corpus_folder)


@pytest.fixture(autouse=True)
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSO_HOME", str(tmp_path / "home"))


def recipe_of(**changes: Any) -> Recipe:
    return parse_recipe({**TABLE, "search": {**TABLE["search"], **changes}})


def tried(found: Search) -> list[float]:
    return [trial.values["classical.c"] for trial in found.trials]


def test_a_random_search_of_a_finite_space_tries_no_setting_twice(corpus: Corpus) -> None:
    found = search(recipe_of(trials=10), corpus, "score")
    assert sorted(tried(found)) == [0.01, 0.1, 1.0, 10.0]
    figures = [trial.figure.value for trial in found.trials if trial.figure]
    assert found.winner.figure is not None
    assert found.winner.figure.value == max(figures) > 0.9


def test_a_grid_goes_through_its_space_in_order(corpus: Corpus) -> None:
    assert tried(search(recipe_of(sampler="grid"), corpus, "score")) == [0.01, 0.1, 1.0]


def test_when_the_time_is_up_two_trials_were_made_and_the_rest_later(corpus: Corpus) -> None:
    recipe = recipe_of(sampler="grid")
    assert tried(search(recipe, corpus, "score", minutes=0)) == [0.01, 0.1]
    assert tried(search(recipe, corpus, "score")) == [0.01, 0.1, 1.0]


def test_the_time_of_earlier_trials_counts(corpus: Corpus, tmp_path: Path) -> None:
    recipe = recipe_of(sampler="grid", storage=str(tmp_path / "trials.db"))
    search(recipe, corpus, "score", minutes=0)
    study = optuna.load_study(study_name=None, storage=f"sqlite:///{tmp_path / 'trials.db'}")
    took = [trial.duration for trial in study.trials if trial.duration]  # one is not begun yet
    minutes = sum(one.total_seconds() for one in took) / 60
    assert len(took) == 2
    assert tried(search(recipe, corpus, "score", minutes=0.9 * minutes)) == [0.01, 0.1]
    assert tried(search(recipe, corpus, "score", minutes=1.1 * minutes)) == [0.01, 0.1, 1.0]


def test_tpe_takes_ranges(corpus: Corpus) -> None:
    space = {"classical.c": {"low": 0.01, "high": 10.0, "log": True}}
    found = search(recipe_of(sampler="tpe", space=space), corpus, "score")
    assert len(set(tried(found))) == 3
    assert all(0.01 <= c <= 10 for c in tried(found))


def test_the_test_side_is_never_seen(corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = recipe_of(trials=1)
    data = read_data(corpus, [build_view(recipe.member[0])], "score")
    data, _ = join_data(corpus, data)
    side = split_data(recipe, data).side
    hidden = {data.works[i] for i in np.flatnonzero(side == TEST)}
    seen: set[str] = set()
    folded = search_module._folded

    def noting(data: Any, recipe: Recipe) -> Any:
        seen.update(data.works)
        return folded(data, recipe)

    monkeypatch.setattr(search_module, "_folded", noting)
    found = search(recipe, corpus, "score")
    assert hidden and seen and not hidden & seen
    assert found.pieces == (side != TEST).sum()


@pytest.mark.parametrize("sample", [0, 12])
def test_no_setting_is_judged_by_copies(corpus: Corpus, tmp_path: Path, sample: int) -> None:
    both = augment(corpus, tmp_path / "copies", (-2, 2)).corpus
    found = search(recipe_of(trials=1, sample=sample), both, "score")
    assert not sample or found.pieces == 3 * sample
    said = [np.load(kept) for kept in (tmp_path / "home" / "searches").rglob("said.npy")]
    assert len(said) == 2 and sum(map(len, said)) == found.pieces / 3


def test_an_interrupted_search_goes_on_and_comes_to_the_same(
    corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    straight = search(recipe_of(storage=str(tmp_path / "straight.db")), corpus, "score")
    train_member = search_module.train_member
    fits = 0

    def failing(*args: Any, **kwargs: Any) -> Any:
        nonlocal fits
        fits += 1
        if fits == 4:
            raise KeyboardInterrupt
        return train_member(*args, **kwargs)

    monkeypatch.setenv("MUSO_HOME", str(tmp_path / "another"))
    monkeypatch.setattr(search_module, "train_member", failing)
    with pytest.raises(KeyboardInterrupt):
        search(recipe_of(), corpus, "score")
    again = search(recipe_of(), corpus, "score")
    came_to = {t.values["classical.c"]: t.figure for t in again.trials if t.figure}
    assert came_to == {t.values["classical.c"]: t.figure for t in straight.trials}
    assert again.best == straight.best
    # Two folds a trial; the one that was cut short is the only one fitted twice.
    assert fits == 3 * 2 + 1


def test_more_trials_asked_for_later_are_added(corpus: Corpus) -> None:
    first = search(recipe_of(trials=1), corpus, "score")
    second = search(recipe_of(trials=3), corpus, "score")
    assert second.trials[0] == first.trials[0]
    assert len(second.trials) == 3


def test_by_another_metric_a_search_begins_anew_but_trains_nothing_again(
    corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    space = {"classical.c": [1e-6, 10.0]}
    by_accuracy = search(recipe_of(space=space), corpus, "score")
    monkeypatch.setattr(search_module, "train_member", None)
    by_top5 = search(recipe_of(space=space, metric="top5"), corpus, "score")
    assert all(trial.figure and trial.figure.value == 1 for trial in by_top5.trials)
    assert any(trial.figure and trial.figure.value < 1 for trial in by_accuracy.trials)
    assert search(recipe_of(space=space), corpus, "score").trials == by_accuracy.trials


@pytest.mark.parametrize("values", [[0.1, 1.0], [0.01, 0.1, 1.0, 10.0, 100.0], [5.0]], ids=str)
def test_in_another_space_only_its_own_settings_are_tried(
    corpus: Corpus, values: list[float]
) -> None:
    search(recipe_of(trials=9), corpus, "score")
    found = search(recipe_of(trials=9, space={"classical.c": values}), corpus, "score")
    assert sorted(tried(found)) == values


def test_another_sampler_goes_on_with_the_same_trials(corpus: Corpus) -> None:
    first = search(recipe_of(trials=2), corpus, "score")
    second = search(recipe_of(trials=4, sampler="tpe"), corpus, "score")
    assert second.trials[:2] == first.trials
    assert len(second.trials) == 4


def test_a_search_that_is_over_says_the_same_again(corpus: Corpus, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.mid"
    damaged.write_bytes(b"no music")
    pieces = (*corpus.pieces, replace(corpus.pieces[0], path=damaged, work="damaged"))
    spoilt = replace(corpus, pieces=pieces)
    first = search(recipe_of(), spoilt, "score")
    assert list(first.unreadable) == [str(damaged)]
    assert first.pieces > 0
    assert search(recipe_of(), spoilt, "score") == first


def test_labels_too_small_for_the_folds_are_told(corpus: Corpus) -> None:
    zani = [replace(corpus.pieces[n], label="Zani") for n in (0, 1)]
    rest = corpus.pieces[2:]
    found = search(recipe_of(folds=2), replace(corpus, pieces=(*zani, *rest)), "score")
    (doubt,) = found.doubts
    assert doubt.startswith("1 label has too few works") and "('Zani')" in doubt


def test_settings_that_cannot_be_trained_are_passed_over(
    corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    train_member = search_module.train_member

    def refusing(recipe: Any, *args: Any, **kwargs: Any) -> Any:
        if recipe.classical["c"] < 1:
            raise RecipeError("the loss is not a number")
        return train_member(recipe, *args, **kwargs)

    monkeypatch.setattr(search_module, "train_member", refusing)
    found = search(recipe_of(trials=4), corpus, "score")
    states = {t.values["classical.c"]: t.state for t in found.trials}
    assert states == {0.01: "failed", 0.1: "failed", 1.0: "complete", 10.0: "complete"}


def test_hopeless_trials_are_given_up_after_a_fold(corpus: Corpus) -> None:
    space = {"classical.c": [10.0, 1.0, 5.0, 1e-6]}
    recipe = recipe_of(sampler="grid", trials=4, pruning="median", space=space)
    found = search(recipe, corpus, "score")
    assert [t.state for t in found.trials][-1] in ("pruned", "complete")
    assert found.trials[-1].figure is None or found.trials[-1].figure.value < 1


def test_the_winner_is_a_recipe_that_can_be_read(corpus: Corpus, tmp_path: Path) -> None:
    found = search(recipe_of(), corpus, "score")
    write_winner(found, tmp_path / "best.toml")
    assert (tmp_path / "best.toml").read_text().startswith("# Found by muso search: the best of 3")
    best = read_recipe(tmp_path / "best.toml")
    assert best == found.best
    assert best.member[0].classical["c"] == found.winner.values["classical.c"]
    assert not best.search.space


def test_a_recipe_without_a_space_says_so(corpus: Corpus) -> None:
    with pytest.raises(RecipeError, match=r"has no \[search.space\]"):
        search(replace(recipe_of(), search=recipe_of(space={}).search), corpus, "score")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sampler": "magic"}, "search.sampler: no 'magic'; there are random, grid, tpe"),
        ({"trials": 0}, "search.trials is 0"),
        ({"metric": "loss"}, "there are accuracy"),
        ({"space": {"fit.rate": []}}, "an empty list"),
        ({"space": {"fit.rate": 3}}, "expected a list or a table"),
        ({"space": {"fit.rate": {"low": 1, "high": 1}}}, "low below high"),
        ({"space": {"fit.rate": {"low": 0.0, "high": 1.0, "log": True}}}, "starts above 0"),
        ({"space": {"fit.rate": {"low": 0.0, "hihg": 1.0}}}, "unknown key 'hihg'"),
        (
            {"sampler": "grid", "space": {"fit.rate": {"low": 0.0, "high": 1.0}}},
            "a grid needs lists",
        ),
        ({"folds": "three"}, "expected int"),
    ],
)
def test_a_search_table_that_makes_no_sense_is_refused(
    changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(RecipeError, match=message):
        recipe_of(**changes)


@pytest.mark.parametrize(
    ("space", "message"),
    [
        ({"fit.rat": [1.0]}, "unknown key 'rat'; did you mean 'rate'"),
        ({"network.drop": [0.1]}, "no member has a network"),
        ({"classical.c": [1.0, -1.0]}, "c must be a number above 0"),
    ],
)
def test_a_setting_that_does_not_exist_is_refused_before_anything_is_trained(
    space: dict[str, Any], message: str, corpus: Corpus
) -> None:
    with pytest.raises(RecipeError, match=message):
        search(recipe_of(space=space), corpus, "score")


def test_a_storage_that_cannot_be_used_is_one_line(corpus: Corpus, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"can't be used .*; name a file, or the URL"):
        search(recipe_of(storage=str(tmp_path / "no" / "such" / "folder.db")), corpus, "score")
    with pytest.raises(RecipeError) as refused:
        search(recipe_of(storage="nothing://me:secret@host/trials"), corpus, "score")
    assert "secret" not in str(refused.value)
