from __future__ import annotations

import json

from muso.judge.evaluation import Evaluation
from muso.judge.metrics import METRICS, measure


def test_the_json_of_an_evaluation_is_one_object_with_metrics_coverage_and_what_is_left_out(
    predictions,
):
    p = predictions
    metrics = measure(p.truth, p.probability, list("abcd"), p.works)
    evaluation = Evaluation(
        bundle="composer.1",
        labels=("Bach", "Chopin"),
        corpus="mine",
        metrics=metrics,
        coverage=0.9,
        left_out={"Satie": 3, "Ravel": 2},
        unreadable={"a\udcff.mid": "a?.mid: the file is empty"},
    )
    content = json.loads(json.dumps(evaluation.as_dict()))
    assert {name: content[name] for name in (*METRICS, "n")} == metrics.as_dict()
    assert content["coverage"] == 0.9
    assert content["left_out"] == {"pieces": 5, "labels": {"Satie": 3, "Ravel": 2}}
    assert content["unreadable"] == {"a\udcff.mid": "a?.mid: the file is empty"}
