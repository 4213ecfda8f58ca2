from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as oracle

from muso.judge.confusion import confuse, score_classes

pairs = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=80)


@settings(max_examples=40, deadline=None)
@given(pairs)
def test_confusion_and_class_scores_agree_with_an_independent_implementation(cells):
    truth, predicted = np.array(cells).T
    confusion = confuse(truth, predicted, 6)
    assert (confusion == oracle.confusion_matrix(truth, predicted, labels=range(6))).all()
    expected = oracle.precision_recall_fscore_support(
        truth, predicted, labels=range(6), zero_division=0
    )
    scores = score_classes(confusion, list("abcdef"))
    found = [[s.precision, s.recall, s.f1, s.support] for s in scores]
    assert np.allclose(np.array(found).T, np.array(expected))


def test_a_label_never_named_has_no_precision_and_no_f1():
    _, chopin = score_classes(confuse([0, 1], [0, 0], 2), ["Bach", "Chopin"])
    assert (chopin.support, chopin.predicted) == (1, 0)
    assert (chopin.precision, chopin.recall, chopin.f1) == (0.0, 0.0, 0.0)
