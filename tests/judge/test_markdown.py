"""Golden files: written by `format_report` and `card` from the report below, then read by a
person line by line. Its figures are typed in, so that no generator of chance can change them.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from muso.judge.baselines import Baseline
from muso.judge.evaluation import Evaluation
from muso.judge.intervals import Interval
from muso.judge.leaks import Leak
from muso.judge.markdown import card, format_evaluation, format_report
from muso.judge.metrics import METRICS, Metrics, Reliability
from muso.judge.report import Curves, Report, Side, SplitFacts, Unknown

GOLDEN = Path(__file__).parent / "golden"


def figures(value, n=14):
    intervals = {name: Interval(value, value - 0.1, value + 0.1) for name in METRICS}
    return Metrics(**intervals, n=n)


REPORT = Report(
    task="composer",
    labels=("Bach", "Byrd", "Chopin", "Dvořák", "Liszt", "Satie|Ravel"),
    split=SplitFacts("work", "piece", False, 3, "0a1b2c", Side(1200, 900), Side(9, 9), Side(14, 1)),
    metrics=figures(0.75),
    confusion=np.array(
        [
            [5, 0, 1, 0, 0, 0],
            [0, 2, 0, 0, 0, 0],
            [2, 0, 3, 0, 0, 0],
            [0, 0, 0, 0, 0, 0],
            [1, 0, 0, 0, 0, 0],
            [0, 0, 0, 0, 0, 0],
        ]
    ),
    reliability=Reliability((0,) * 14 + (14,), (0.0,) * 14 + (0.8,), (0.0,) * 14 + (0.7,)),
    baselines=(Baseline("majority", figures(0.3)), Baseline("descriptors and SVM", figures(0.6))),
    leaks=(
        Leak("work", "no work stands on two sides (910 searched)", 0),
        Leak("near-duplicate", "1 of 30 near-duplicate pairs stand on two sides", 1),
    ),
    data="Scores of six composers\nfrom two collections.",
    licence="unknown; for research and private use.",
    minutes=1234.5,
    curves=Curves({"loss": (1.0, 0.5, 0.4)}, 2),
    unknown=Unknown(0.31, 0.9, auroc=0.81, refused=0.42),
)
LEAKY = replace(REPORT, split=replace(REPORT.split, protocol="slice", unit="slice", leaky=True))


def test_the_report_reads_as_the_golden_one():
    assert format_report(REPORT) == (GOLDEN / "report.md").read_text(encoding="utf-8")


def test_the_card_reads_as_the_golden_one():
    text = card(
        REPORT,
        name="composer.1",
        purpose="Names the composer of a score.",
        limits=["Guitar music is over-represented."],
    )
    assert text == (GOLDEN / "CARD.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "write", [format_report, lambda report: card(report, name="a", purpose="b")]
)
def test_a_leaky_protocol_is_called_leaky_wherever_it_is_named(write):
    text = write(LEAKY)
    assert "**Leaky: " in text
    assert text.count("protocol slice") + text.count("Protocol slice") >= 3
    named = [line for line in text.splitlines() if "rotocol slice" in line]
    assert all("eaky" in line for line in named)
    assert "leaky" not in write(REPORT).lower()


def test_top5_is_not_shown_where_it_says_nothing():
    few = replace(REPORT, labels=REPORT.labels[:5], confusion=REPORT.confusion[:5, :5])
    assert "top-5" in format_report(REPORT)
    assert "top-5" not in format_report(few)


def test_a_report_without_mistakes_curves_or_threshold_leaves_their_parts_out():
    right = np.diag([5, 2, 3, 1, 1, 2])
    text = format_report(replace(REPORT, confusion=right, curves=None, unknown=None))
    assert "Most often confused" not in text
    assert "epoch" not in text
    assert "## Unknown" not in text
    assert "1,234.5 minutes." in text


def test_a_threshold_says_what_it_is_a_share_of():
    assert "A best probability below 0.31 is called unknown" in format_report(REPORT)
    unknown = replace(REPORT.unknown, of_usual=True)
    text = format_report(replace(REPORT, unknown=unknown))
    said = "for which no name reaches 0.31 times what is usual for that name is called unknown"
    assert said in text


def test_every_table_of_a_report_has_as_many_cells_in_every_row():
    tables = [
        block.splitlines() for block in format_report(REPORT).split("\n\n") if block[0] == "|"
    ]
    assert len(tables) == 4
    for table in tables:
        assert len({row.replace("\\|", "").count("|") for row in table}) == 1
        assert len({len(row) for row in table}) == 1


def test_an_evaluation_says_what_it_left_out():
    evaluation = Evaluation(
        bundle="composer.1",
        labels=REPORT.labels,
        corpus="mine",
        metrics=figures(0.75, n=1),
        coverage=0.5,
        left_out={"Ravel": 2, "Satie": 1},
        unreadable={"a.mid": "a.mid: the file is empty (0 bytes)"},
    )
    text = format_evaluation(evaluation)
    assert "# composer.1 on mine\n\n1 piece; " in text
    assert "0.750 (0.650–0.850)" in text
    assert (
        "Left out, with labels not asked for or not known: 3 pieces: Ravel (2), Satie (1)." in text
    )
    assert "1 file could not be read:\n\n- a.mid: the file is empty (0 bytes)" in text
    whole = replace(evaluation, left_out={}, unreadable={})
    assert "Left out" not in format_evaluation(whole)
    assert "could not be read" not in format_evaluation(whole)


def test_an_evaluation_tells_what_is_remembered_from_what_is_new():
    evaluation = Evaluation("duo.1", REPORT.labels, "mine", figures(0.9, n=1000), 0.5, {}, {})
    assert "learnt from" not in format_evaluation(evaluation)
    text = format_evaluation(replace(evaluation, learnt=600, new=figures(0.75, n=400)))
    assert "**duo.1 learnt from 600 of them: figures of all 1,000 say what it remembers" in text
    assert "on the 400 others" in next(line for line in text.splitlines() if "metric" in line)
    assert "0.900 (0.800–1.000)" in text
    assert "0.750 (0.650–0.850)" in text
    assert "**duo.1 learnt from these pieces" in format_evaluation(replace(evaluation, learnt=1000))
