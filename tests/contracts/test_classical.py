"""Every classical model keeps one contract: it fits, it exports, it computes the same at work."""

from __future__ import annotations

import math
from dataclasses import fields
from typing import Any

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray
from scipy import sparse

from muso.errors import RecipeError
from muso.learn import classical
from muso.learn.classical import CLASSICAL, build_classical, fit_classical, pooled_scores, rows_of
from muso.learn.classical.model import Fit
from muso.learn.export import shrink
from muso.learn.loop import Examples
from muso.learn.members import check_member
from muso.learn.recipe import MemberRecipe
from muso.represent.view import Slices, View

SHAPES: dict[str, list[tuple[int, ...]]] = {
    "linear_svm": [(4, 64), (1, 32)],
    "svm": [(6,), (2, 3), (1, 2, 3)],
    "logistic": [(6,), (2, 3), (1, 2, 3)],
    "kernels": [(3, 6), (5,)],
    "grouped_kernels": [(18,), (5,)],
    "sparse_logistic": [(6,), (2, 3), (1, 2, 3)],
    "axes_svm": [(6,), (2, 3), (1, 2, 3)],
    "axes_ridge": [(6,), (2, 3), (1, 2, 3)],
}
SETTINGS = [
    (name, setting.name)
    for name, model in CLASSICAL.items()
    for setting in fields(model)
    if setting.name not in ("axes", "groups")
]
CASES = [(name, shape) for name in CLASSICAL for shape in SHAPES[name]]
each_case = pytest.mark.parametrize(("name", "shape"), CASES, ids=str)
each_number = pytest.mark.parametrize("labels", [2, 3, 25])


class Given(View):
    name = "given"
    media = "score"

    def __init__(self, shape: tuple[int, ...]) -> None:
        self._shape = shape

    @property
    def shape(self) -> tuple[int, ...]:
        return self._shape

    def prepare(self, piece: Any) -> Any:
        return piece

    def cut(self, prepared: NDArray[np.float32]) -> Slices:
        at = np.arange(len(prepared), dtype=np.float64)
        return Slices(prepared, at, at + 1)


def pieces(shape: tuple[int, ...], labels: int, each: int = 6) -> Examples:
    """Pieces of one to three slices, around a corner a label, mostly zeros."""
    rng = np.random.default_rng(0)
    target = np.arange(each * labels) % labels
    corners = rng.random((labels, *shape)) * (rng.random((labels, *shape)) < 0.5)
    prepared = [
        (corners[label] + 0.05 * rng.random((1 + i % 3, *shape))).astype(np.float32)
        for i, label in enumerate(target)
    ]
    return Examples(prepared, target)


def fit(name: str, shape: tuple[int, ...], examples: Examples, **settings: Any) -> Fit:
    return fit_classical({"name": name, **settings}, Given(shape), examples)


def run(fit: Fit, shape: tuple[int, ...], slices: NDArray[np.float32]) -> NDArray[np.float32]:
    session = onnxruntime.InferenceSession(shrink(fit.to_onnx(shape)))
    assert [i.name for i in session.get_inputs()] == ["slices"]
    assert [o.name for o in session.get_outputs()] == ["scores"]
    assert session.get_inputs()[0].shape[1:] == list(shape)
    scores: NDArray[np.float32] = session.run(["scores"], {"slices": slices})[0]
    return scores


def test_every_model_is_tried() -> None:
    assert set(SHAPES) == set(CLASSICAL)


@each_case
@each_number
def test_exported_it_gives_the_scores_it_gave_in_training(
    name: str, shape: tuple[int, ...], labels: int
) -> None:
    examples = pieces(shape, labels)
    made = fit(name, shape, examples)
    slices = np.concatenate(examples.prepared)
    trained = made.scores(sparse.csr_matrix(slices.reshape(len(slices), -1)))
    assert trained.shape == (len(slices), labels)
    exported = run(made, shape, slices)
    # The linear SVM's weights are in int8. The kernel SVM's scores are votes, and one vote in
    # thousands may be so close that float32 casts it otherwise.
    # Sums over hundreds of slices in single precision, and weights in int8.
    loose = {"kernels": 1e-3, "linear_svm": 0.02 * np.abs(trained).max()}
    atol = loose.get(name, 1e-4)
    assert np.isclose(exported, trained, atol=atol).mean() > (0.999 if name == "svm" else 1 - 1e-9)


@each_case
@each_number
def test_it_names_what_it_was_fitted_on(name: str, shape: tuple[int, ...], labels: int) -> None:
    if labels == 25 and np.prod(shape) < 10:
        pytest.skip("25 corners of so few features can't be told apart")
    examples = pieces(shape, labels)
    log = pooled_scores(fit(name, shape, examples), Given(shape), examples.prepared)
    assert (log.argmax(axis=1) == examples.target).mean() > 0.9


@each_case
def test_fitting_twice_gives_the_same(name: str, shape: tuple[int, ...]) -> None:
    examples = pieces(shape, 3)
    one, other = (fit(name, shape, examples).arrays() for _ in range(2))
    assert one.keys() == other.keys()
    assert all(array.size for array in one.values())
    for key in one:
        np.testing.assert_array_equal(np.asarray(one[key]), np.asarray(other[key]))


@pytest.mark.parametrize("name", CLASSICAL)
def test_pieces_pool_the_log_probabilities_of_their_slices(name: str) -> None:
    shape = SHAPES[name][0]
    examples = pieces(shape, 3)
    made = fit(name, shape, examples)
    rows, piece = rows_of(Given(shape), examples.prepared)
    scores = made.scores(rows)
    log = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    expected = [log[piece == n].mean(axis=0) for n in range(len(examples.prepared))]
    np.testing.assert_allclose(pooled_scores(made, Given(shape), examples.prepared), expected)


@pytest.mark.parametrize("name", CLASSICAL)
def test_a_setting_it_does_not_have_is_refused(name: str) -> None:
    with pytest.raises(RecipeError, match=rf"model {name} has no setting 'colour'; it has \w+"):
        fit(name, SHAPES[name][0], pieces(SHAPES[name][0], 2), colour=3)


@pytest.mark.parametrize("value", [0, -1, True, "3", None, math.nan, math.inf])
@pytest.mark.parametrize(("name", "key"), SETTINGS)
def test_a_setting_that_is_no_number_above_zero_is_refused_before_anything_is_read(
    name: str, key: str, value: object
) -> None:
    with pytest.raises(RecipeError, match=rf"model {name}: {key} must be a (whole )?number above"):
        build_classical({"name": name, key: value})


@pytest.mark.parametrize(
    ("name", "key"), [("grouped_kernels", "components"), ("linear_svm", "columns")]
)
def test_half_a_component_is_refused(name: str, key: str) -> None:
    with pytest.raises(RecipeError, match=rf"{key} must be a whole number above 0, not 2\.5"):
        build_classical({"name": name, key: 2.5})


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"name": "grouped_kernels", "groups": [5, 4]}, "the groups have 9 features together"),
        ({"name": "linear_svm"}, "linear_svm takes counts in families"),
    ],
)
def test_a_view_it_can_not_be_fitted_on_is_told_before_anything_is_read(
    settings: dict[str, Any], told: str
) -> None:
    member = MemberRecipe("one", {"name": "given"}, classical=settings)
    with pytest.raises(RecipeError, match=told):
        check_member(member, Given((2, 3, 2)))


def test_a_model_that_does_not_exist_is_refused() -> None:
    with pytest.raises(RecipeError, match="no classical model 'hope'; there are linear_svm"):
        fit("hope", (6,), pieces((6,), 2))


@pytest.mark.parametrize("shape", [(6,), (1, 2, 3)], ids=str)
def test_the_linear_svm_refuses_slices_that_are_no_families(shape: tuple[int, ...]) -> None:
    with pytest.raises(RecipeError, match=r"takes counts in families.*; take the model svm"):
        fit("linear_svm", shape, pieces(shape, 2))


def test_the_linear_svm_says_when_no_pattern_comes_up_often_enough() -> None:
    with pytest.raises(RecipeError, match="no pattern comes up in 999 of 24 training slices"):
        fit("linear_svm", (4, 64), pieces((4, 64), 2), least=999)


def test_the_linear_svm_keeps_the_columns_with_the_largest_weights() -> None:
    """Eight buckets tell the labels apart, the others are noise."""
    rng = np.random.default_rng(0)
    target = np.arange(80) % 2
    values = (rng.random((80, 4, 64)) < 0.3).astype(np.float32)
    telling = rng.choice(256, 8, replace=False)
    for column in telling:
        values[:, column // 64, column % 64] = target if column % 2 else 1 - target
    examples = Examples([value[None] for value in values], target)
    made = fit("linear_svm", (4, 64), examples, columns=8)
    assert sorted(made.kept) == sorted(telling)  # type: ignore[attr-defined]
    trained = made.scores(sparse.csr_matrix(values.reshape(80, -1)))
    np.testing.assert_allclose(run(made, (4, 64), values), trained, atol=1e-3)
    whole = fit("linear_svm", (4, 64), examples)
    assert len(whole.kept) == 256  # type: ignore[attr-defined]


def test_the_linear_svm_leaves_rare_buckets_out_and_ignores_them_at_work() -> None:
    examples = pieces((4, 64), 2)
    values = np.concatenate(examples.prepared)
    values[values < 0.06] = 0
    values[0, 0, 7], values[1:, 0, 7] = 1, 0
    rare = Examples([value[None] for value in values], np.arange(len(values)) % 2)
    made = fit("linear_svm", (4, 64), rare)
    assert 7 not in made.kept  # type: ignore[attr-defined]
    without = values.copy()
    without[0, 0, 7] = 0
    np.testing.assert_allclose(
        run(made, (4, 64), without), run(made, (4, 64), values), rtol=1e-5, atol=1e-5
    )


def test_an_empty_slice_is_scored_by_the_bias_alone() -> None:
    made = fit("linear_svm", (4, 64), pieces((4, 64), 3))
    nothing = np.zeros((1, 4, 64), np.float32)
    bias = made.arrays()["bias"]
    np.testing.assert_allclose(run(made, (4, 64), nothing)[0], bias, rtol=1e-6)


def test_slices_are_stacked_in_parts_without_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    examples = pieces((2, 3), 5)
    whole, piece = rows_of(Given((2, 3)), examples.prepared)
    monkeypatch.setattr(classical, "STACKED", 4)
    parts, again = rows_of(Given((2, 3)), examples.prepared)
    np.testing.assert_array_equal(parts.toarray(), whole.toarray())
    np.testing.assert_array_equal(again, piece)
    assert np.bincount(piece).tolist() == [len(values) for values in examples.prepared]
