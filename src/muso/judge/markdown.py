"""Reports, evaluations and cards as text that people read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from muso.judge.evaluation import Evaluation
from muso.judge.metrics import METRICS, TOP, Metrics
from muso.judge.report import Report, SplitFacts

TITLES = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "macro_f1": "macro F1",
    "top5": f"top-{TOP} accuracy",
    "calibration_error": "calibration error (lower is better)",
}
MOST_CONFUSED = 10
FEW_PIECES = 5
"""With fewer test pieces than this a label's own figures say next to nothing."""


def format_report(report: Report) -> str:
    """A report in Markdown: metrics beside baselines, split, leaks, labels, training, data.

    A leaky protocol is called leaky aloud in the title's first line and wherever it is named.
    """
    parts = [
        f"# Report: {report.task}",
        *_warning(report),
        _measured_on(report),
        "## Metrics",
        _metric_table(report),
        "## Split",
        _split_table(report),
        "## Leaks",
        _leaks(report),
        *_unknown(report),
        "## Labels",
        _class_table(report),
        *_confused(report),
        "## Training",
        _training(report),
        "## Data",
        report.data,
        f"Licence: {report.licence}",
    ]
    return "\n\n".join(parts) + "\n"


def card(report: Report, *, name: str, purpose: str, limits: Sequence[str] = ()) -> str:
    """The text of CARD.md, made from the report: what a model is for and what it is not.

    Args:
        report: of the model.
        name: of the bundle.
        purpose: what it is for, in a sentence.
        limits: what is known of it beyond what the figures tell, a sentence each.
    """
    facts = report.split
    parts = [
        f"# {name}",
        purpose,
        *_warning(report),
        f"Task {report.task}, {_counted(len(report.labels), 'label')}: "
        + ", ".join(_plain(label) for label in report.labels)
        + ".",
        "## Data",
        report.data,
        f"Licence: {report.licence}",
        "## How well it does",
        _measured_on(report),
        _metric_table(report),
        f"Split by protocol {facts.called}, seed {facts.seed}, digest `{facts.digest}`: "
        f"{_sides_told(facts)} Leaks:",
        _leaks(report),
        *_unknown(report),
        "## Limits",
        _bullets([*_limits(report), *limits]),
    ]
    return "\n\n".join(parts) + "\n"


def format_evaluation(evaluation: Evaluation) -> str:
    """An evaluation in Markdown.

    >>> from muso.judge.metrics import measure
    >>> metrics = measure([0, 1], [[0.9, 0.1], [0.2, 0.8]], ["Bach", "Chopin"], ["", ""])
    >>> told = Evaluation("duo.1", ("Bach", "Chopin"), "mine", metrics, 1.0, {"Satie": 3}, {})
    >>> print(format_evaluation(told).splitlines()[-1])
    Left out, with labels not asked for or not known: 3 pieces: Satie (3).
    """
    left_out, unreadable, new = evaluation.left_out, evaluation.unreadable, evaluation.new
    measured = {evaluation.bundle: evaluation.metrics}
    if new:
        measured[f"on the {new.n:,} others"] = new
    parts = [
        f"# {evaluation.bundle} on {evaluation.corpus}",
        f"{_counted(evaluation.metrics.n, 'piece')}; intervals hold 95%, by a bootstrap over "
        "works.",
        *_remembered(evaluation),
        table(["metric", *measured], _metric_rows([*measured.values()], evaluation.labels)),
        f"Coverage: {evaluation.coverage:.1%} would be named, the others called unknown.",
        *_by_length(evaluation),
    ]
    if left_out:
        names = ", ".join(f"{_plain(label)} ({count:,})" for label, count in left_out.items())
        parts.append(
            f"Left out, with labels not asked for or not known: "
            f"{_counted(sum(left_out.values()), 'piece')}: {names}."
        )
    if unreadable:
        parts.append(f"{_counted(len(unreadable), 'file')} could not be read:")
        parts.append(_bullets(unreadable.values()))
    return "\n\n".join(parts) + "\n"


def _by_length(evaluation: Evaluation) -> list[str]:
    if not evaluation.excerpts:
        return []
    lengths = [f"{s:g} s" if np.isfinite(s) else "whole" for s, _ in evaluation.excerpts]
    count = evaluation.excerpts[0][1].n
    of = "others" if evaluation.new else "pieces"
    rows = _metric_rows([metrics for _, metrics in evaluation.excerpts], evaluation.labels)
    return [
        f"From a random excerpt of each of the {count:,} {of}:",
        table(["metric", *lengths], [row for row in rows if row[0] != TITLES["macro_f1"]]),
    ]


def _remembered(evaluation: Evaluation) -> list[str]:
    if not evaluation.learnt:
        return []
    count = evaluation.metrics.n
    these = "these pieces" if evaluation.new is None else f"{evaluation.learnt:,} of them"
    return [
        f"**{evaluation.bundle} learnt from {these}: figures of all {count:,} say what it "
        "remembers, not how well it does on new music.**"
    ]


def _warning(report: Report) -> list[str]:
    if not report.split.leaky:
        return []
    return [
        f"**Leaky: the protocol {report.split.protocol} lets a work stand in training and test. "
        "These figures flatter the model and must not be taken for how well it does on new music.**"
    ]


def _measured_on(report: Report) -> str:
    test = report.split.test
    # Slices that were pooled before measuring are as many as their pieces, not as the split's.
    noun = report.split.unit if report.metrics.n == test.units else "piece"
    return (
        f"Measured on {_counted(report.metrics.n, f'held-out {noun}')} "
        f"({_counted(test.works, 'work')}, protocol {report.split.called}); intervals hold 95%, "
        "by a bootstrap over works."
    )


def _metric_table(report: Report) -> str:
    names = ["this model", *(_plain(baseline.name) for baseline in report.baselines)]
    return table(
        ["metric", *names],
        _metric_rows(
            [report.metrics, *(baseline.metrics for baseline in report.baselines)], report.labels
        ),
    )


def _metric_rows(metrics: Sequence[Metrics], labels: Sequence[str]) -> list[list[str]]:
    shown = [name for name in METRICS if name != "top5" or len(labels) > TOP]
    return [[TITLES[name], *(str(getattr(m, name)) for m in metrics)] for name in shown]


def _sides_told(facts: SplitFacts) -> str:
    if facts.folds:
        return (
            f"each of {_counted(facts.test.units, facts.unit)} was tested by models that never saw "
            "its work; the model itself was then trained on all of them."
        )
    return (
        f"{_counted(facts.train.units, facts.unit)} to train on, "
        f"{facts.validation.units:,} to choose by, {facts.test.units:,} to test on."
    )


def _split_table(report: Report) -> str:
    facts = report.split
    if facts.folds:
        told = _sides_told(facts)
        return f"Protocol {facts.called}, seed {facts.seed}, digest `{facts.digest}`: {told}"
    sides = {"training": facts.train, "validation": facts.validation, "test": facts.test}
    rows = [[name, f"{side.units:,}", f"{side.works:,}"] for name, side in sides.items()]
    head = f"Protocol {facts.called}, seed {facts.seed}, digest `{facts.digest}`."
    return head + "\n\n" + table(["side", f"{facts.unit}s", "works"], rows)


def _leaks(report: Report) -> str:
    return _bullets(f"{leak.kind}: {leak.detail}" for leak in report.leaks)


def _class_table(report: Report) -> str:
    rows = [
        [
            _plain(score.label),
            f"{score.support:,}",
            f"{score.precision:.2f}" if score.predicted else "never named",
            f"{score.recall:.2f}",
            f"{score.f1:.2f}",
        ]
        for score in report.classes
        if score.support
    ]
    text = table(["label", "test pieces", "precision", "recall", "F1"], rows)
    untested = [_plain(score.label) for score in report.classes if not score.support]
    if untested:
        text += f"\n\nWithout test pieces: {', '.join(untested)}."
    return text


def _confused(report: Report) -> list[str]:
    mistakes = report.confusion.copy()
    np.fill_diagonal(mistakes, 0)
    order = np.argsort(-mistakes, axis=None, kind="stable")[:MOST_CONFUSED]
    pairs = [divmod(int(cell), len(report.labels)) for cell in order if mistakes.flat[cell]]
    if not pairs:
        return []
    support = report.confusion.sum(axis=1)
    rows = [
        [
            _plain(report.labels[is_]),
            _plain(report.labels[taken]),
            f"{mistakes[is_, taken]} of {support[is_]}",
        ]
        for is_, taken in pairs
    ]
    return ["Most often confused:", table(["label", "taken for", "pieces"], rows)]


def _unknown(report: Report) -> list[str]:
    unknown = report.unknown
    if unknown is None:
        return []
    bar = (
        f"A piece for which no name reaches {unknown.threshold:.3g} times what is usual for that "
        "name"
        if unknown.of_usual
        else f"A best probability below {unknown.threshold:.3g}"
    )
    text = f"{bar} is called unknown; {unknown.coverage:.1%} of the test pieces reach it"
    text += ", each fold of them one found on the rest." if unknown.by_folds else "."
    if unknown.auroc is not None:
        text += f" Known against left-out labels: area under the curve {unknown.auroc:.3f}."
    if unknown.refused is not None:
        text += f" Of pieces with left-out labels {unknown.refused:.1%} are refused."
    return ["## Unknown", text]


def _training(report: Report) -> str:
    text = f"{report.minutes:,.1f} minutes."
    if report.curves is not None:
        text = f"{report.curves.epochs:,} epochs, the best was {report.curves.best_epoch:,}; {text}"
    return text


def _limits(report: Report) -> list[str]:
    tested = [score for score in report.classes if score.support]
    few = [score.label for score in report.classes if score.support < FEW_PIECES]
    never = [score.label for score in tested if score.recall == 0]
    said = [f"A leak was found: {leak.detail}." for leak in report.leaks if leak.count]
    said.append(
        "It knows only the labels above, and music unlike its data can be named wrongly with "
        "confidence."
    )
    if few:
        said.append(
            f"Fewer than {FEW_PIECES} test pieces, so next to nothing is known of: "
            f"{', '.join(few)}."
        )
    if never:
        said.append(f"Not one test piece was recognized of: {', '.join(never)}.")
    return said


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _bullets(lines: Iterable[str]) -> str:
    return "\n".join(f"- {_plain(line)}" for line in lines)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table, columns padded so that it reads well as plain text too."""
    cells = [list(head), *map(list, rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(head))]

    def line(row: Sequence[str]) -> str:
        first = row[0].ljust(widths[0])
        rest = (cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))
        return "| " + " | ".join([first, *rest]) + " |"

    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    return "\n".join([line(cells[0]), line(rule), *map(line, cells[1:])])


def _plain(text: str) -> str:
    """`text` in one line that no Markdown table or list is broken by."""
    return " ".join(text.split()).replace("|", "\\|")
