"""Predictions that never change, made here: four composers, heard with uneven skill."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from muso.corpus.split import Split
from muso.judge.baselines import Baseline, majority
from muso.judge.leaks import find_leaks
from muso.judge.report import Curves, Report, Unknown

LABELS = ("Bach", "Beethoven", "Chopin", "Mozart")


@dataclass(frozen=True)
class Predictions:
    truth: NDArray[np.int64]
    probability: NDArray[np.float64]
    works: tuple[str, ...]


def predict(labels: int, works: int, pieces_a_work: int, seed: int = 0) -> Predictions:
    """Pieces of one work share their label and most of their difficulty."""
    rng = np.random.default_rng(seed)
    label = np.arange(works) % labels
    evidence = rng.normal(0, 1, (works, labels))
    evidence[np.arange(works), label] += 1.5
    truth = np.repeat(label, pieces_a_work)
    shown = np.repeat(evidence, pieces_a_work, axis=0)
    shown = np.exp(shown + rng.normal(0, 0.3, shown.shape))
    names = tuple(f"work {i}" for i in np.repeat(np.arange(works), pieces_a_work))
    return Predictions(truth, shown / shown.sum(axis=1, keepdims=True), names)


@pytest.fixture
def predictions() -> Predictions:
    return predict(labels=4, works=40, pieces_a_work=2)


@pytest.fixture
def make_report(predictions: Predictions) -> Callable[..., Report]:
    """A report on `predictions`, held out from 60 training pieces; whatever is given replaces."""

    def make(protocol: str = "work", **changes: object) -> Report:
        works = tuple(f"other {i}" for i in range(60)) + predictions.works
        side = np.repeat([0, 2], [60, len(predictions.truth)]).astype(np.int8)
        split = Split(side=side, works=works, protocol=protocol, seed=7)
        known = np.arange(60) % 3
        arguments: dict[str, object] = {
            "task": "composer",
            "labels": LABELS,
            "split": split,
            "baselines": [majority(known, predictions.truth, LABELS, predictions.works)],
            "leaks": find_leaks(split, works),
            "data": "Scores of four composers.",
            "licence": "public domain",
            "minutes": 2.5,
            "curves": Curves({"loss": (1.0, 0.5), "validation_loss": (1.1, float("nan"))}, 2),
            "unknown": Unknown(threshold=0.3, coverage=0.9, auroc=0.81, refused=0.42),
        }
        return Report.of(
            predictions.truth,
            predictions.probability,
            predictions.works,
            **{**arguments, **changes},  # type: ignore[arg-type]
        )

    return make


@pytest.fixture
def baseline(predictions: Predictions) -> Baseline:
    return majority([0, 1, 2, 3], predictions.truth, LABELS, predictions.works)
