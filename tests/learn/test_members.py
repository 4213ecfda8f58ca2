from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import log_softmax, softmax

from muso.errors import RecipeError, UsageError
from muso.learn.export import shrink
from muso.learn.loop import Examples
from muso.learn.members import Trained, build_view, refit_recipe, train_member, weigh
from muso.learn.recipe import FitRecipe, MemberRecipe
from muso.progress import silent
from muso.represent.view import View

NETWORK = MemberRecipe(
    "net", {"name": "vectors"}, network={"name": "dense", "hidden": [8]}, fit=FitRecipe(epochs=5)
)
CLASSICAL = MemberRecipe("lr", {"name": "vectors"}, classical={"name": "logistic"})


def train(
    recipe: MemberRecipe,
    view: View,
    on: Examples,
    folder: Path,
    start: Trained | None = None,
    validation: Examples | None = None,
) -> Trained:
    return train_member(
        recipe, view, on, validation, 4, seed=0, folder=folder, listener=silent, start=start
    )


@pytest.mark.parametrize("recipe", [NETWORK, CLASSICAL], ids=["network", "classical"])
def test_a_member_says_the_same_exported(
    recipe: MemberRecipe, view: View, examples: Callable[..., Examples], tmp_path: Path
) -> None:
    on = examples([8] * 4)
    member = train(recipe, view, on, tmp_path)
    session = onnxruntime.InferenceSession(shrink(member.to_onnx()))
    log = [
        log_softmax(session.run(["scores"], {"slices": piece})[0], axis=1).mean(axis=0)
        for piece in on.prepared
    ]
    np.testing.assert_allclose(member.log_probability(on.prepared), log, atol=1e-3)


@pytest.mark.parametrize("recipe", [NETWORK, CLASSICAL], ids=["network", "classical"])
def test_layers_tell_every_parameter(
    recipe: MemberRecipe, view: View, examples: Callable[..., Examples], tmp_path: Path
) -> None:
    layers = train(recipe, view, examples([8] * 4), tmp_path).layers()
    expected = 4 * 8 + 8 + 8 * 4 + 4 if recipe is NETWORK else 4 + 4 + 4 * 4 + 4
    assert sum(layer["parameters"] for layer in layers) == expected
    assert all(set(layer) == {"name", "shape", "parameters"} for layer in layers)


def test_training_on_begins_with_the_weights_that_were_learnt(
    view: View, examples: Callable[..., Examples], tmp_path: Path
) -> None:
    on = examples([8] * 4)
    quick = replace(NETWORK, fit=FitRecipe(epochs=5, batch=8, rate=0.03))
    first = train(quick, view, on, tmp_path / "first")
    slow = replace(NETWORK, fit=FitRecipe(epochs=1, batch=8, rate=1e-9, weight_decay=0.0))
    again = train(slow, view, on, tmp_path / "again", start=first)
    anew = train(slow, view, on, tmp_path / "anew")
    said = [member.log_probability(on.prepared) for member in (first, again, anew)]
    np.testing.assert_allclose(said[0], said[1], atol=0.05)
    assert np.abs(said[0] - said[2]).max() > 0.3


def test_a_refit_goes_on_for_as_long_as_was_best_before(
    view: View, examples: Callable[..., Examples], tmp_path: Path
) -> None:
    on = examples([8] * 4)
    patient = replace(NETWORK, fit=FitRecipe(epochs=5, patience=5))
    member = train(patient, view, on, tmp_path, validation=examples([8] * 4, seed=1))
    assert member.fitted is not None
    again = refit_recipe(member)
    assert (again.fit.epochs, again.fit.patience) == (member.fitted.best_epoch, 0)
    assert refit_recipe(train(CLASSICAL, view, on, tmp_path)) == CLASSICAL


def make_logs(
    pieces: int, skill: list[float], seed: int = 0
) -> tuple[list[NDArray[np.float64]], NDArray[np.int64]]:
    """Members that know the right label by so much, and their calibrated log probabilities."""
    rng = np.random.default_rng(seed)
    target = rng.integers(0, 5, pieces)
    right = np.eye(5)[target]
    # With noise of deviation 1, a shift of `s` and a slope of `s` is what is calibrated.
    logs = [log_softmax(s * (s * right + rng.normal(0, 1, right.shape)), axis=1) for s in skill]
    return logs, target


def loss(logs: list[NDArray[np.float64]], weights: Any, target: NDArray[np.int64]) -> float:
    log = log_softmax(sum(w * one for w, one in zip(weights, logs, strict=True)), axis=1)
    return -float(log[np.arange(len(target)), target].mean())


def test_weights_are_near_one_for_independent_members_that_are_calibrated() -> None:
    logs, target = make_logs(4000, [1.0, 1.5])
    assert weigh(logs, target) == pytest.approx((1.0, 1.0), abs=0.1)


def test_weights_undo_what_is_too_sure_and_too_timid() -> None:
    logs, target = make_logs(4000, [1.5])
    for factor in (0.2, 5.0):
        spoilt = [log_softmax(factor * logs[0], axis=1)]
        assert weigh(spoilt, target)[0] == pytest.approx(1 / factor, rel=0.1)


def test_evenly_weighed_a_rare_label_counts_as_if_it_had_as_many_pieces_as_any_other() -> None:
    logs, target = make_logs(3000, [0.7, 1.5])
    kept = np.flatnonzero((target != 0) | (np.arange(len(target)) % 6 == 0))
    # Of the rare label the members are less sure than they may be: weights differ by whom it asks.
    few = [np.where((target == 0)[:, None], log_softmax(0.3 * log, axis=1), log) for log in logs]
    few = [log[kept] for log in few]
    rare = target[kept]
    times = np.where(rare == 0, 6, 1)
    repeated = weigh([log.repeat(times, axis=0) for log in few], rare.repeat(times))
    even = weigh(few, rare, even=True)
    assert even == pytest.approx(repeated, rel=0.05)
    assert np.abs(np.subtract(even, weigh(few, rare))).max() > 0.1


def test_a_member_that_knows_nothing_weighs_next_to_nothing() -> None:
    logs, target = make_logs(2000, [1.5])
    noise = log_softmax(np.random.default_rng(1).normal(0, 2, logs[0].shape), axis=1)
    good, useless = weigh([logs[0], noise], target)
    assert good > 0.8
    assert useless < 0.05


@given(st.integers(2, 40), st.integers(0, 2**32 - 1))
def test_weights_are_never_below_nothing_nor_worse_than_equal_ones(pieces: int, seed: int) -> None:
    logs, target = make_logs(pieces, [0.5, 1.5, 1.0], seed)
    weights = weigh(logs, target)
    assert all(np.isfinite(weights))
    assert min(weights) >= 0
    doubt = 1 / (pieces + 2)
    smooth = (1 - doubt) * np.eye(5)[target] + doubt / 5

    def smoothed(chosen: Any) -> float:
        log = log_softmax(sum(w * one for w, one in zip(chosen, logs, strict=True)), axis=1)
        return -float((smooth * log).sum(axis=1).mean())

    assert smoothed(weights) <= smoothed((1, 1, 1)) + 1e-4


def test_a_few_pieces_all_named_rightly_do_not_make_it_as_sure_as_can_be() -> None:
    target = np.arange(9) % 3
    logs = [log_softmax(4.0 * np.eye(3)[target], axis=1)]
    (weight,) = weigh(logs, target)
    assert 0.85 < softmax(weight * logs[0], axis=1).max() < 0.97


def test_a_view_that_does_not_exist_or_fit_is_refused() -> None:
    def view(**settings: Any) -> View:
        return build_view(MemberRecipe("x", settings, network={"name": "dense"}))

    assert view(name="ngrams", bits=9).settings() == {"bits": 9}
    with pytest.raises(RecipeError, match=r"no view 'hologram'; there are .*pianoroll"):
        view(name="hologram")
    with pytest.raises(RecipeError, match="no view ''"):
        view(bits=9)
    with pytest.raises(RecipeError, match=r"view ngrams: .*'colour'"):
        view(name="ngrams", colour=1)
    with pytest.raises(UsageError, match="bits"):
        view(name="ngrams", bits=99)
    with pytest.raises(UsageError, match="view pianoroll: frames is many; it must be a whole"):
        view(name="pianoroll", frames="many")


@pytest.mark.parametrize(
    ("setting", "line"),
    [
        ({"name": "timbre", "hop": 0}, "hop is 0; it must be a whole number of at least 1"),
        ({"name": "timbre", "segment": 500}, "segment is 500; .* at least 1024"),
        ({"name": "timbre", "hop": 4084.5}, "hop is 4084.5; it must be a whole number"),
        ({"name": "spectrogram", "side": -3}, "side is -3; .* at least 0"),
        ({"name": "spectrogram", "columns": 0}, "columns is 0; .* at least 1"),
        ({"name": "texture", "most": 0}, "most is 0; .* at least 1"),
        ({"name": "logmel", "most": "a"}, "most is a; .* at least 1"),
        ({"name": "picture_timbre", "columns": 0}, "columns is 0; .* at least 1"),
        ({"name": "pianoroll", "frames": 0}, "frames is 0; .* at least 1"),
        ({"name": "descriptor_steps", "transpose": 2}, "no setting 'transpose'; it has step_s, "),
    ],
)
def test_a_setting_that_a_view_cannot_take_is_named(setting: dict[str, Any], line: str) -> None:
    with pytest.raises((RecipeError, UsageError), match=f"view {setting['name']}: {line}"):
        build_view(replace(NETWORK, view=setting))
