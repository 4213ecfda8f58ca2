from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from muso.errors import CorpusError
from muso.judge.unknown import auroc, coverage, refused_at, threshold_at

# Few values, so that ties are common.
scores = st.lists(st.integers(0, 8).map(lambda i: i / 8), min_size=1, max_size=40)
shares = st.floats(0.05, 1.0)


@settings(max_examples=40, deadline=None)
@given(scores, scores)
def test_auroc_agrees_with_an_independent_implementation(known, unknown):
    is_known = np.repeat([1, 0], [len(known), len(unknown)])
    assert auroc(known, unknown) == pytest.approx(roc_auc_score(is_known, known + unknown))


@given(scores, shares)
def test_the_threshold_lets_the_asked_share_pass_and_no_higher_score_would(known, share):
    threshold = threshold_at(known, share)
    assert coverage(known, threshold) >= share - 1e-9
    for higher in {score for score in known if score > threshold}:
        assert coverage(known, higher) < share


@given(scores, scores, shares)
def test_refused_are_the_unknown_below_the_threshold(known, unknown, share):
    below = np.mean(np.array(unknown) < threshold_at(known, share))
    assert refused_at(known, unknown, share) == pytest.approx(below)


def test_nine_of_ten_pass_at_0_9_whatever_the_last_binary_digit_says():
    assert threshold_at(np.arange(10), 0.9) == 1.0
    assert threshold_at(np.arange(100), 0.07) == 93.0


def test_scores_that_tell_known_from_unknown_perfectly_refuse_all_unknown():
    assert auroc([0.8, 0.9], [0.1, 0.2]) == 1.0
    assert refused_at([0.8, 0.9], [0.1, 0.2]) == 1.0


def test_no_scores_is_a_clear_error():
    with pytest.raises(CorpusError, match="no scores"):
        auroc([0.5], [])
