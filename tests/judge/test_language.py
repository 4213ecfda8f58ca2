"""Reports of language models."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from muso.corpus.split import draw_split
from muso.errors import DamagedFile, UsageError, WrongFormat
from muso.judge.language import (
    LanguageReport,
    Surprise,
    language_card,
    read_language_report,
    write_language_report,
)
from muso.judge.leaks import find_leaks
from muso.judge.report import Curves, SplitFacts


@pytest.fixture
def report() -> LanguageReport:
    works = [f"work {n // 2}" for n in range(24)]
    split = draw_split(["piano"] * 24, works, held_out=0.3, validation=0.2)
    nats, notes = np.linspace(20, 60, 6), np.full(6, 10)
    model = Surprise.of("this model", nats, nats / 3, notes, ["a", "a", "b", "b", "c", "c"])
    return LanguageReport(
        encoding="notes",
        split=SplitFacts.of(split),
        surprise=model,
        notes=60,
        baselines=(replace(model, name="frequencies alone"),),
        leaks=find_leaks(split, works),
        data="Piano pieces.",
        licence="public domain",
        minutes=2.0,
        curves=Curves({"loss": (3.0, 2.0)}, 2),
    )


def test_surprise_is_of_notes_not_of_pieces() -> None:
    told = Surprise.of(
        "x", np.array([10.0, 10.0]), np.array([1.0, 9.0]), np.array([1, 9]), ["a", "b"]
    )
    assert told.loss.value == 2.0 and told.pitch.value == 1.0


def test_the_interval_draws_works_whole() -> None:
    nats = np.tile([10.0, 30.0], 20)
    alone = Surprise.of("x", nats, nats, np.full(40, 10), [f"{n}" for n in range(40)])
    twins = Surprise.of("x", nats, nats, np.full(40, 10), [f"{n % 2}" for n in range(40)])
    assert twins.loss.high - twins.loss.low > 2 * (alone.loss.high - alone.loss.low)


def test_a_report_is_read_as_it_was_written(report: LanguageReport, tmp_path: Path) -> None:
    write_language_report(report, tmp_path / "report.json")
    again = read_language_report(tmp_path / "report.json")
    assert again.as_dict() == report.as_dict()


def test_the_card_tells_figures_data_and_limits(report: LanguageReport) -> None:
    card = language_card(report, name="x.1", purpose="Composes.", limits=["It is small."])
    for text in ("# x.1", "4.000", "frequencies alone", "Piano pieces.", "- It is small.", "0"):
        assert text in card


def test_a_report_without_baseline_or_leaks_cannot_be_built(report: LanguageReport) -> None:
    for part in ("baselines", "leaks"):
        with pytest.raises(UsageError):
            replace(report, **{part: ()})


def test_a_damaged_or_other_report_is_refused(report: LanguageReport, tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    file.write_text("{")
    with pytest.raises(DamagedFile):
        read_language_report(file)
    file.write_text('{"format": 1, "task": "composer"}')
    with pytest.raises(WrongFormat):
        read_language_report(file)
