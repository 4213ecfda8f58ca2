from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as oracle

from muso.errors import CorpusError, UsageError
from muso.judge.metrics import (
    METRICS,
    Metrics,
    _figures,
    _Outcomes,
    _totals,
    bin_confidence,
    brier,
    check,
    measure,
)

seeds = st.integers(0, 2**32 - 1)


def draw(seed, pieces, labels, sharpness=1.0):
    rng = np.random.default_rng(seed)
    probability = rng.dirichlet(np.full(labels, sharpness), pieces)
    return rng.integers(labels, size=pieces), probability


def figures(truth, probability, weight=None):
    weight = np.ones(len(truth)) if weight is None else weight
    totals = _totals(weight, _Outcomes.of(*check(truth, probability)))
    return dict(zip(METRICS, _figures(totals[None], probability.shape[1])[0], strict=True))


def calibration_error_by_hand(truth, probability):
    """Guo et al. 2017, equations 3 to 5, word for word."""
    confidence, predicted = probability.max(axis=1), probability.argmax(axis=1)
    error = 0.0
    for m in range(15):
        inside = (confidence > m / 15) & (confidence <= (m + 1) / 15)
        if inside.any():
            accuracy = np.mean(predicted[inside] == truth[inside])
            error += inside.mean() * abs(accuracy - confidence[inside].mean())
    return error


@settings(max_examples=60, deadline=None)
@given(seed=seeds, pieces=st.integers(1, 60), labels=st.integers(1, 12))
def test_every_metric_agrees_with_an_independent_implementation(seed, pieces, labels):
    truth, probability = draw(seed, pieces, labels)
    predicted, present = probability.argmax(axis=1), np.unique(truth)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # labels named but never true, which sklearn warns of
        expected = {
            "accuracy": oracle.accuracy_score(truth, predicted),
            "balanced_accuracy": oracle.balanced_accuracy_score(truth, predicted),
            "macro_f1": oracle.f1_score(
                truth, predicted, labels=present, average="macro", zero_division=0
            ),
            "top5": oracle.top_k_accuracy_score(truth, probability, k=5, labels=range(labels))
            if labels > 5
            else 1.0,
            "calibration_error": calibration_error_by_hand(truth, probability),
        }
    assert figures(truth, probability) == pytest.approx(expected)


@settings(max_examples=40, deadline=None)
@given(seed=seeds, pieces=st.integers(1, 30), labels=st.integers(2, 8))
def test_weighing_a_piece_is_the_same_as_repeating_it(seed, pieces, labels):
    truth, probability = draw(seed, pieces, labels)
    weight = np.random.default_rng(seed).integers(0, 4, pieces)
    weight[0] = 1
    repeated = figures(np.repeat(truth, weight), np.repeat(probability, weight, axis=0))
    assert figures(truth, probability, weight.astype(float)) == pytest.approx(repeated)


@settings(max_examples=15, deadline=None)
@given(seed=seeds, pieces=st.integers(1, 60), labels=st.integers(1, 8), works=st.integers(1, 30))
def test_every_interval_holds_its_value_within_0_and_1(seed, pieces, labels, works):
    truth, probability = draw(seed, pieces, labels)
    group = np.random.default_rng(seed).integers(works, size=pieces)
    measured = measure(truth, probability, [str(i) for i in range(labels)], group)
    for name in METRICS:
        interval = getattr(measured, name)
        assert 0.0 <= interval.low <= interval.value <= interval.high <= 1.0, name


def test_measuring_gives_the_figures_and_counts_the_pieces(predictions):
    measured = measure(predictions.truth, predictions.probability, list("abcd"), predictions.works)
    expected = figures(predictions.truth, predictions.probability)
    assert {name: getattr(measured, name).value for name in METRICS} == pytest.approx(expected)
    assert measured.n == 80


def test_the_same_seed_gives_the_same_intervals_and_another_seed_others(predictions):
    p = predictions
    first = measure(p.truth, p.probability, list("abcd"), p.works, seed=3)
    assert measure(p.truth, p.probability, list("abcd"), p.works, seed=3) == first
    assert measure(p.truth, p.probability, list("abcd"), p.works, seed=4) != first


def test_intervals_depend_on_how_pieces_group_not_on_the_names_of_works(predictions):
    p = predictions
    renamed = [f"opus {name.split()[1].zfill(3)}" for name in p.works]
    zipped = [f"work {name.split()[1].zfill(3)}" for name in p.works]
    assert measure(p.truth, p.probability, list("abcd"), renamed) == measure(
        p.truth, p.probability, list("abcd"), zipped
    )
    alone = measure(p.truth, p.probability, list("abcd"), [""] * len(p.truth))
    grouped = measure(p.truth, p.probability, list("abcd"), p.works)
    assert alone.accuracy.high - alone.accuracy.low < grouped.accuracy.high - grouped.accuracy.low


def test_the_json_form_is_exactly_the_five_metrics_and_n(predictions):
    measured = measure(predictions.truth, predictions.probability, list("abcd"), predictions.works)
    form = measured.as_dict()
    assert list(form) == [
        "accuracy",
        "balanced_accuracy",
        "macro_f1",
        "top5",
        "calibration_error",
        "n",
    ]
    assert set(form["accuracy"]) == {"value", "low", "high"}
    assert form["n"] == 80
    assert Metrics.of_dict(form) == measured


def test_a_label_that_truth_does_not_hold_counts_in_no_mean():
    truth, probability = np.array([0, 0, 1]), np.eye(3)[[0, 2, 1]]
    found = figures(truth, probability)
    assert found["balanced_accuracy"] == pytest.approx((0.5 + 1.0) / 2)
    assert found["macro_f1"] == pytest.approx((2 / 3 + 1.0) / 2)


def test_a_label_never_named_pulls_balanced_accuracy_and_f1_down():
    found = figures(np.array([0, 0, 0, 1]), np.tile([0.9, 0.1], (4, 1)))
    assert found["accuracy"] == 0.75
    assert found["balanced_accuracy"] == 0.5
    assert found["macro_f1"] == pytest.approx((6 / 7) / 2)


def test_equal_probabilities_go_to_the_earlier_label_in_every_metric():
    probability = np.full((12, 12), 1 / 12)
    found = figures(np.arange(12), probability)
    assert found["accuracy"] == pytest.approx(1 / 12)
    assert found["top5"] == pytest.approx(5 / 12)


def test_top5_of_five_labels_or_fewer_is_1_by_definition():
    truth, probability = draw(1, 50, 5)
    assert figures(truth, probability)["top5"] == 1.0
    assert figures(truth, probability)["accuracy"] < 0.5


def test_one_label_is_always_right_and_says_nothing():
    measured = measure([0] * 50, np.ones((50, 1)), ["Bach"], [str(i) for i in range(50)])
    assert measured.accuracy.value == measured.macro_f1.value == measured.top5.value == 1.0
    assert measured.calibration_error.value == 0.0
    assert measured.accuracy.low < 0.95


def test_one_work_tells_next_to_nothing_however_many_its_pieces():
    truth, probability = np.zeros(100, int), np.tile([0.9, 0.1], (100, 1))
    measured = measure(truth, probability, ["Bach", "Chopin"], ["the one"] * 100)
    assert measured.accuracy.value == 1.0
    assert measured.accuracy.low < 0.05


def test_a_single_piece_can_be_measured():
    measured = measure([1], [[0.2, 0.8]], ["Bach", "Chopin"], [""])
    assert measured.n == 1
    assert measured.accuracy.high - measured.accuracy.low > 0.9


def test_no_pieces_is_a_clear_error():
    with pytest.raises(CorpusError, match="no pieces to judge"):
        measure([], np.zeros((0, 4)), list("abcd"), [])


def test_probabilities_that_do_not_sum_to_1_are_refused_naming_the_piece():
    with pytest.raises(UsageError, match=r"piece 1 sum to 1\.7"):
        measure([0, 0], [[0.5, 0.5], [0.9, 0.8]], ["Bach", "Chopin"], ["a", "b"])


def test_probabilities_rounded_to_half_precision_are_taken():
    truth, probability = draw(2, 40, 119, sharpness=0.1)
    rounded = probability.astype(np.float16)
    assert np.abs(rounded.sum(axis=1, dtype=float) - 1).max() > 0
    measured = measure(truth, rounded, [str(i) for i in range(119)], [""] * 40)
    assert measured.n == 40


@pytest.mark.parametrize(
    "truth, probability, labels, works",
    [
        ([0, 1], [[0.5, 0.5]], 2, 2),
        ([0], [0.5, 0.5], 2, 1),
        ([0], [[0.5, 0.5]], 3, 1),
        ([0], [[0.5, 0.5]], 2, 2),
        ([2], [[0.5, 0.5]], 2, 1),
        ([-1], [[0.5, 0.5]], 2, 1),
        ([0.5], [[0.5, 0.5]], 2, 1),
        ([0], [[np.nan, 1.0]], 2, 1),
        ([0], [[1.5, -0.5]], 2, 1),
    ],
)
def test_what_does_not_fit_is_refused(truth, probability, labels, works):
    with pytest.raises(UsageError):
        measure(truth, probability, [str(i) for i in range(labels)], [""] * works)


@settings(max_examples=30, deadline=None)
@given(seed=seeds, pieces=st.integers(1, 60), labels=st.integers(1, 8))
def test_the_calibration_error_follows_from_the_reliability_bins(seed, pieces, labels):
    truth, probability = draw(seed, pieces, labels)
    bins = bin_confidence(truth, probability)
    count = np.array(bins.count)
    gap = np.abs(np.subtract(bins.confidence, bins.accuracy)) @ count / count.sum()
    assert count.sum() == pieces
    assert gap == pytest.approx(figures(truth, probability)["calibration_error"])


def test_a_model_that_keeps_its_promises_has_next_to_no_calibration_error():
    rng = np.random.default_rng(5)
    _, probability = draw(5, 50_000, 4)
    truth = (probability.cumsum(axis=1) < rng.random((50_000, 1))).sum(axis=1)
    assert figures(truth, probability)["calibration_error"] < 0.01
    overconfident = probability**3 / (probability**3).sum(axis=1, keepdims=True)
    assert figures(truth, overconfident)["calibration_error"] > 0.1


@settings(max_examples=30, deadline=None)
@given(seed=seeds, pieces=st.integers(1, 30), labels=st.integers(1, 8))
def test_the_brier_score_is_the_mean_squared_distance_from_the_truth(seed, pieces, labels):
    truth, probability = draw(seed, pieces, labels)
    expected = np.mean(((probability - np.eye(labels)[truth]) ** 2).sum(axis=1))
    assert brier(truth, probability) == pytest.approx(expected)
