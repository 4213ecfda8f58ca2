"""Standardizing and distances: as ONNX nodes they compute what numpy computes."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray

from muso.learn.classical.model import graph_of
from muso.learn.distances import (
    STEPS,
    distance_nodes,
    in_bytes,
    mean_and_deviation,
    squared_distances,
    standard_nodes,
    standardize,
)
from muso.learn.onnx_nodes import node

LIMIT = 4.0


def rows(count: int, seed: int) -> NDArray[np.float32]:
    """Rows of five features, the last of which never varies."""
    values = np.random.default_rng(seed).normal(3, 2, (count, 5))
    values[:, 4] = 7
    return values.astype(np.float32)


def test_a_feature_that_never_varies_is_left_as_it_is() -> None:
    mean, deviation = mean_and_deviation(rows(40, 0))
    assert (mean[4], deviation[4]) == (7, 1)
    standard = standardize(rows(40, 0), mean, deviation, LIMIT)
    assert not standard[:, 4].any()
    np.testing.assert_allclose(standard[:, :4].std(axis=0), 1, rtol=1e-4)


def test_what_is_kept_is_a_step_away_at_most_and_never_beyond_the_limit() -> None:
    mean, deviation = mean_and_deviation(rows(40, 0))
    standard = standardize(100 * rows(40, 1), mean, deviation, LIMIT)
    kept = in_bytes(standard, LIMIT)
    assert np.abs(kept).max() == STEPS
    assert np.abs(kept * (LIMIT / STEPS) - standard).max() <= LIMIT / STEPS / 2 + 1e-6


@pytest.mark.parametrize("prefix", ["", "other_"])
def test_the_nodes_compute_what_numpy_computes(prefix: str) -> None:
    mean, deviation = mean_and_deviation(rows(40, 0))
    kept = in_bytes(standardize(rows(40, 0), mean, deviation, LIMIT), LIMIT)
    asked = rows(9, 1)
    standard, arrays = standard_nodes("slices", mean, deviation, LIMIT, prefix)
    distant, more = distance_nodes(f"{prefix}clipped", kept, np.array(0.3, np.float32), LIMIT)
    nodes = [*standard, *distant, node("Identity", "exponents", "scores")]
    graph = graph_of(nodes, arrays | more, (5,), len(kept))
    (found,) = onnxruntime.InferenceSession(graph.SerializeToString()).run(None, {"slices": asked})
    away = standardize(asked, mean, deviation, LIMIT).astype(np.float64)
    expected = -0.3 * squared_distances(away, kept * np.float64(LIMIT / STEPS))
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)
