from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from muso.judge.intervals import (
    Interval,
    number_works,
    percentile_interval,
    reflected_interval,
    resample,
)
from muso.judge.metrics import _figures, _Outcomes, _totals, check


@given(st.lists(st.sampled_from(["", "a", "b", "Ü", "op. 9"]), min_size=1))
def test_pieces_share_a_number_exactly_when_they_share_a_named_work(works):
    numbers = number_works(works)
    assert set(numbers.tolist()) == set(range(numbers.max() + 1))
    for i, first in enumerate(works):
        for j, second in enumerate(works):
            same = i == j or (first == second != "")
            assert (numbers[i] == numbers[j]) == same


def test_works_may_be_numbers_too():
    assert number_works(np.array([7, 3, 7])).tolist() == [1, 0, 1]


def test_a_resample_takes_works_whole():
    works = np.array([0, 0, 1, 1, 1, 2])
    seen = resample(lambda weight: weight, works, np.random.default_rng(0), resamples=50)
    assert (seen[:, 0] == seen[:, 1]).all()
    assert (seen[:, 2] == seen[:, 4]).all()
    assert (seen[:, [0, 2, 5]].sum(axis=1) == 3).all()
    assert len(np.unique(seen, axis=0)) > 5


def test_the_interval_of_a_mean_is_about_two_standard_errors_wide():
    values = np.random.default_rng(1).random(400)
    drawn = resample(
        lambda weight: np.array([weight @ values / weight.sum()]),
        np.arange(400),
        np.random.default_rng(2),
    )
    interval = percentile_interval(values.mean(), drawn[:, 0], works=400)
    half = 1.96 * values.std() / np.sqrt(400)
    assert interval.high - values.mean() == pytest.approx(half, rel=0.15)
    assert values.mean() - interval.low == pytest.approx(half, rel=0.15)


@pytest.mark.parametrize("works, low", [(1, 0.025), (5, 0.478), (100, 0.964)])
def test_being_always_right_is_no_proof_of_never_being_wrong(works, low):
    """Golden: Clopper and Pearson's exact 95% interval of n successes in n, 0.025 ** (1 / n)."""
    interval = percentile_interval(1.0, np.ones(10), works)
    assert interval.low == pytest.approx(low, abs=5e-4)
    assert interval.high == 1.0
    assert percentile_interval(0.0, np.zeros(10), works).high == pytest.approx(1 - low, abs=5e-4)


def test_an_interval_reads_and_writes_itself():
    interval = Interval(0.93, 0.9, 0.95)
    assert Interval.of_dict(interval.as_dict()) == interval
    assert str(interval) == "0.930 (0.900–0.950)"


LABELS, PIECES_A_WORK = 4, 4


def world(seed, works):
    """Pieces by work, calibrated: truth is drawn from the very probabilities given.

    Works differ in how hard they are, so that pieces of one work stand or fall together.
    """
    rng = np.random.default_rng(seed)
    label = rng.integers(LABELS, size=works)
    evidence = rng.normal(0, 1.2, (works, LABELS))
    evidence[np.arange(works), label] += 1.6
    evidence = np.repeat(evidence, PIECES_A_WORK, axis=0)
    probability = np.exp(evidence + rng.normal(0, 0.2, evidence.shape))
    probability /= probability.sum(axis=1, keepdims=True)
    return np.repeat(label, PIECES_A_WORK), probability, np.repeat(np.arange(works), PIECES_A_WORK)


def covered(worlds, works, target, grouped):
    """How often the 95% intervals of 3 metrics hold the truth of the whole world."""
    hits = np.zeros(3)
    for seed in range(worlds):
        truth, probability, group = world(seed, works)
        outcomes = _Outcomes.of(*check(truth, probability))
        group = group if grouped else np.arange(len(truth))
        drawn = resample(
            lambda weight, o=outcomes: _totals(weight, o), group, np.random.default_rng(seed), 200
        )
        value = _figures(_totals(np.ones(len(truth)), outcomes)[None], LABELS)[0]
        for i, column in enumerate(_figures(drawn, LABELS).T[:3]):
            interval = percentile_interval(value[i], column, int(group.max()) + 1)
            hits[i] += interval.low <= target[i] <= interval.high
    return hits / worlds


def test_intervals_over_works_cover_the_truth_and_intervals_over_pieces_do_not():
    truth, probability, _ = world(12345, 40_000)
    outcomes = _Outcomes.of(*check(truth, probability))
    target = _figures(_totals(np.ones(len(truth)), outcomes)[None], LABELS)[0]
    over_works = covered(120, 60, target, grouped=True)
    over_pieces = covered(120, 60, target, grouped=False)
    # 95% in theory; 120 worlds leave a standard error of 2%.
    assert (over_works > 0.88).all(), over_works
    assert (over_pieces < 0.80).all(), over_pieces


def test_a_calibrated_model_is_cleared_by_the_reflected_interval_alone():
    """Truth drawn from the probabilities themselves: the true calibration error is 0."""
    cleared = {"percentile": 0, "reflected": 0}
    for seed in range(40):
        rng = np.random.default_rng(seed)
        probability = rng.dirichlet(np.ones(4), 150)
        truth = (probability.cumsum(axis=1) < rng.random((150, 1))).sum(axis=1).clip(max=3)
        outcomes = _Outcomes.of(*check(truth, probability))
        drawn = resample(lambda weight, o=outcomes: _totals(weight, o), np.arange(150), rng, 200)
        value = _figures(_totals(np.ones(150), outcomes)[None], 4)[0, 4]
        errors = _figures(drawn, 4)[:, 4]
        cleared["percentile"] += percentile_interval(value, errors, 150).low < 0.01
        cleared["reflected"] += reflected_interval(value, errors, 150).low < 0.01
    assert cleared["reflected"] > 25
    assert cleared["percentile"] < 5
