"""Kernels over groups of a vector: what is cut, kept short and refused."""

import numpy as np
import pytest

from muso.errors import RecipeError
from muso.learn.grouped_kernels import Grouping


def told_apart(groups=(6, 4), components=3):
    """Rows whose label only the second group tells, and what was learnt of the first 60."""
    rng = np.random.default_rng(0)
    target = np.arange(90) % 3
    rows = rng.normal(size=(90, 10)).astype(np.float32)
    rows[:, 6:] += 3 * np.eye(3, 4, dtype=np.float32)[target]
    return Grouping(groups, components).fit(rows[:60], target[:60], 1.0, 0.3), rows, target


def test_new_rows_are_named_by_the_group_that_tells():
    fit, rows, target = told_apart()
    assert (fit.scores(rows[60:]).argmax(axis=1) == target[60:]).mean() > 0.7


def test_rows_are_kept_short_and_in_bytes():
    fit, _, _ = told_apart()
    assert fit.model.kept.dtype == np.int8 and fit.model.kept.shape == (2, 60, 3)
    assert [direction.shape for direction in fit.direction] == [(6, 3), (4, 3)]
    assert all(direction.dtype == np.int8 for direction in fit.direction)


def test_a_group_with_fewer_features_than_components_is_kept_whole():
    fit, rows, _ = told_apart(groups=(8, 2), components=5)
    assert fit.direction[1].shape == (2, 5) and not fit.direction[1][:, 2:].any()
    assert np.isfinite(fit.scores(rows)).all()


def test_a_row_far_from_all_says_what_the_labels_say_alone():
    fit, rows, _ = told_apart()
    far = fit.scores(np.full((1, 10), 1e6, np.float32))[0]
    near = fit.scores(rows[:60])
    assert np.ptp(far) < 0.5 * np.ptp(near, axis=1).mean()


def test_groups_that_do_not_add_up_to_the_view_are_refused():
    with pytest.raises(RecipeError, match=r"the groups have 9 features together, .* has 10"):
        told_apart(groups=(5, 4))
