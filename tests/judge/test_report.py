from __future__ import annotations

import json
import math

import numpy as np
import pytest

from muso.errors import DamagedFile, MissingFile, UsageError, WrongFormat
from muso.judge.metrics import measure
from muso.judge.report import Curves, Report, Side, read_report, write_report


def test_a_report_holds_what_the_predictions_give(make_report, predictions):
    report = make_report()
    p = predictions
    assert report.metrics == measure(p.truth, p.probability, report.labels, p.works)
    assert np.trace(report.confusion) / 80 == pytest.approx(report.metrics.accuracy.value)
    assert [score.support for score in report.classes] == [20, 20, 20, 20]
    assert sum(report.reliability.count) == 80
    assert report.split.train == Side(units=60, works=60)
    assert report.split.validation == Side(units=0, works=0)
    assert report.split.test == Side(units=80, works=40)


def test_a_report_comes_back_from_its_file_as_it_was(make_report, tmp_path):
    report = make_report()
    write_report(report, tmp_path / "report.json")
    back = read_report(tmp_path / "report.json")
    assert back.as_dict() == report.as_dict()
    assert (back.confusion == report.confusion).all()
    assert back.metrics == report.metrics
    assert math.isnan(back.curves.values["validation_loss"][1])


def test_a_report_without_curves_and_threshold_comes_back_too(make_report, tmp_path):
    report = make_report(curves=None, unknown=None, labels=["Ba|ch", "Dvořák", "x", "y"])
    write_report(report, tmp_path / "report.json")
    back = read_report(tmp_path / "report.json")
    assert (back.curves, back.unknown, back.labels[1]) == (None, None, "Dvořák")


def test_the_file_is_plain_json_with_a_line_a_field(make_report, tmp_path):
    write_report(make_report(), tmp_path / "report.json")
    text = (tmp_path / "report.json").read_text(encoding="utf-8")
    content = json.loads(text)
    assert len(text.splitlines()) == len(content) + 2
    assert content["format"] == 1
    assert set(content["metrics"]["macro_f1"]) == {"value", "low", "high"}
    assert content["split"]["digest"]
    assert content["classes"][0]["label"] == "Bach"


def test_a_report_without_a_baseline_cannot_be_built(make_report):
    with pytest.raises(UsageError, match="needs a baseline"):
        make_report(baselines=[])


def test_a_report_without_a_search_for_leaks_cannot_be_built(make_report):
    with pytest.raises(UsageError, match="needs the search for leaks"):
        make_report(leaks=[])


def test_a_report_of_figures_that_do_not_belong_together_cannot_be_built(make_report):
    content = make_report().as_dict()
    content["confusion"] = (np.array(content["confusion"]) * 2).tolist()
    with pytest.raises(UsageError, match="different pieces"):
        Report.of_dict(content)


@pytest.mark.parametrize(
    "values, best",
    [({}, 1), ({"loss": ()}, 1), ({"loss": (1.0,)}, 2), ({"a": (1.0,), "b": (1.0, 2.0)}, 1)],
)
def test_curves_that_do_not_fit_together_cannot_be_built(values, best):
    with pytest.raises(UsageError, match="one value an epoch"):
        Curves(values, best)


def test_a_leaky_protocol_is_called_leaky(make_report):
    assert make_report("slice").split.called == "slice (leaky)"
    assert make_report("work").split.called == "work"


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        "null",
        '{"task": "composer"}',
        '{"format": 1, "task": "composer"}',
        '{"format": 1, "split": null}',
        "\udcff",
        "[" * 100_000,
    ],
)
def test_a_file_that_is_no_whole_report_is_called_damaged(content, tmp_path):
    (tmp_path / "report.json").write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(DamagedFile, match=r"report\.json: the report is damaged"):
        read_report(tmp_path / "report.json")


def test_a_cut_report_is_called_damaged_wherever_it_is_cut(make_report, tmp_path):
    path = tmp_path / "report.json"
    write_report(make_report(), path)
    whole = path.read_bytes().rstrip()
    for end in range(1, len(whole), len(whole) // 20):
        path.write_bytes(whole[:end])
        with pytest.raises(DamagedFile):
            read_report(path)


def test_a_report_of_another_version_says_so(make_report, tmp_path):
    content = make_report().as_dict()
    (tmp_path / "report.json").write_text(json.dumps({**content, "format": 2}))
    with pytest.raises(WrongFormat, match="format 2"):
        read_report(tmp_path / "report.json")


def test_a_missing_report_says_so(tmp_path):
    with pytest.raises(MissingFile):
        read_report(tmp_path / "report.json")
