from __future__ import annotations

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier

from muso.errors import CorpusError
from muso.judge.baselines import majority
from muso.judge.metrics import measure

LABELS = ["Bach", "Chopin", "Mozart"]


def test_the_majority_baseline_agrees_with_an_independent_one():
    rng = np.random.default_rng(0)
    train, test = rng.choice(3, 90, p=[0.5, 0.3, 0.2]), rng.choice(3, 40)
    works = [str(i) for i in range(40)]
    dummy = DummyClassifier(strategy="prior").fit(np.zeros((90, 1)), train)
    expected = measure(test, dummy.predict_proba(np.zeros((40, 1))), LABELS, works)
    baseline = majority(train, test, LABELS, works)
    assert baseline.name == "majority"
    assert baseline.metrics == expected


def test_always_naming_one_label_gives_one_share_of_balanced_accuracy():
    baseline = majority([0, 0, 1, 2], [0] * 8 + [1, 2], LABELS, [""] * 10)
    assert baseline.metrics.accuracy.value == 0.8
    assert baseline.metrics.balanced_accuracy.value == pytest.approx(1 / 3)


def test_a_baseline_without_training_pieces_is_a_clear_error():
    with pytest.raises(CorpusError, match="no training pieces"):
        majority([], [0], LABELS, [""])
