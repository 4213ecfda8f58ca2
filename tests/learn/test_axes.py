from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from muso.errors import RecipeError
from muso.learn import axes_ridge
from muso.learn.axes import fit_axis_kernels, signs
from muso.learn.axes_ridge import fit_axis_ridge
from muso.learn.classical import build_classical

MOODS = ((1, 2), (0, 2))


def corners(seed: int = 0) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Rows at the four corners of two features, labelled as moods are."""
    rng = np.random.default_rng(seed)
    target = np.arange(200) % 4
    rows = rng.normal(0, 0.4, (200, 5))
    rows[:, :2] += signs(MOODS, 4)[:, target].T
    return rows.astype(np.float32), target


def test_one_machine_an_axis_learns_all_corners() -> None:
    rows, target = corners()
    found = fit_axis_kernels(rows, target, MOODS, 1.0, 1.0)
    fresh, truth = corners(1)
    assert (found.scores(fresh).argmax(axis=1) == truth).mean() > 0.95
    assert found.weight.shape[1] == 2


def test_kernel_ridge_learns_all_corners_and_knows_nothing_far_away() -> None:
    rows, target = corners()
    found = fit_axis_ridge(rows, target, MOODS, 1.0, 1.0)
    fresh, truth = corners(1)
    assert (found.scores(fresh).argmax(axis=1) == truth).mean() > 0.95
    near = np.abs(found.scores(fresh)).mean()
    assert np.abs(found.scores(100 * np.ones((1, 5), np.float32))).max() < 0.5 * near


def test_many_slices_are_asked_about_in_parts_without_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    rows, target = corners()
    found = fit_axis_ridge(rows, target, MOODS, 1.0, 1.0)
    at_once = found.scores(rows)
    monkeypatch.setattr(axes_ridge, "AT_ONCE", 7)
    np.testing.assert_allclose(found.scores(rows), at_once, atol=1e-9)


@pytest.mark.parametrize("name", ["axes_svm", "axes_ridge", "logistic", "linear_svm"])
def test_scores_of_opposite_corners_are_opposite(name: str) -> None:
    from scipy import sparse

    rows, target = corners()
    shape = (1, 5) if name == "linear_svm" else (5,)
    settings: dict[str, Any] = {"name": name, "axes": [[1, 2], [0, 2]]}
    fit = build_classical(settings).fit(sparse.csr_matrix(np.abs(rows)), target, shape)
    scores = fit.scores(sparse.csr_matrix(np.abs(rows)))
    angry, calm, happy, sad = scores.T
    np.testing.assert_allclose(angry, -calm, atol=1e-4)
    np.testing.assert_allclose(happy, -sad, atol=1e-4)


@pytest.mark.parametrize("axes", [((0, 4),), ((),), ((0, 1, 2, 3),), ((-1,),)])
def test_axes_that_do_not_part_the_labels_are_refused(axes: tuple[tuple[int, ...], ...]) -> None:
    with pytest.raises(RecipeError, match="each names some of the 4 labels"):
        signs(axes, 4)


@pytest.mark.parametrize("axes", [3, "valence", [1, 2], [[1.5]], [["calm"]]])
def test_axes_that_are_no_lists_of_numbers_are_refused(axes: object) -> None:
    with pytest.raises(RecipeError, match="axes must be lists of label numbers"):
        build_classical({"name": "axes_svm", "axes": axes})
