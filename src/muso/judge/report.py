"""Reports: what a trained model was measured to do, with all that is needed to believe it."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from muso.corpus.digest import short_digest
from muso.corpus.split import PROTOCOLS, TEST, TRAIN, VALIDATION, Split
from muso.errors import DamagedFile, UsageError, WrongFormat
from muso.judge.baselines import Baseline
from muso.judge.confusion import ClassScore, confuse, score_classes
from muso.judge.intervals import number_works
from muso.judge.leaks import Leak
from muso.judge.metrics import Metrics, Reliability, bin_confidence, measure
from muso.music.files import read_bytes, whole

FORMAT = 1
"""Version of report.json; raised whenever an older reader would misread it."""
MAX_BYTES = 64 * 2**20


@dataclass(frozen=True)
class Side:
    """How much stands on one side of a split: units (pieces or slices) and their works."""

    units: int
    works: int


@dataclass(frozen=True)
class SplitFacts:
    """How a split was drawn and how it came out: enough to tell whether to believe a figure.

    Attributes:
        protocol: how it was drawn. unit: what was drawn, a `piece` or a `slice`.
        leaky: whether a work may stand on two sides.
        seed, digest: the split's own.
        train, validation, test: how much stands where.
        folds: of a cross-validation, in which every piece is tested once by models that never saw
            its work, and trained on in the end; 0 where sides were drawn once.
    """

    protocol: str
    unit: str
    leaky: bool
    seed: int
    digest: str
    train: Side
    validation: Side
    test: Side
    folds: int = 0

    @classmethod
    def of_folds(cls, parts: Sequence[Split], asked: Sequence[Split] = ()) -> SplitFacts:
        """The facts of a cross-validation with the splits `parts`.

        Args:
            parts: of all units.
            asked: of those that were tested; of all unless given.
        """
        first = cls.of(parts[0])
        everything, tested = (
            Side(len(works), len(set(works)))
            for works in (parts[0].works, (asked or parts)[0].works)
        )
        return replace(
            first,
            digest=short_digest(part.digest for part in parts),
            train=everything,
            validation=Side(0, 0),
            test=tested,
            folds=len(parts),
        )

    @classmethod
    def of(cls, split: Split) -> SplitFacts:
        """The facts of `split`."""
        work, side = number_works(split.works), np.asarray(split.side)

        def count(which: int) -> Side:
            here = work[side == which]
            return Side(units=len(here), works=len(np.unique(here)))

        return cls(
            protocol=split.protocol,
            unit=PROTOCOLS[split.protocol].unit,
            leaky=split.leaky,
            seed=split.seed,
            digest=split.digest,
            train=count(TRAIN),
            validation=count(VALIDATION),
            test=count(TEST),
        )

    @classmethod
    def of_dict(cls, content: Mapping[str, Any]) -> SplitFacts:
        """The facts that `dataclasses.asdict` gave."""
        sides = {name: Side(**content[name]) for name in ("train", "validation", "test")}
        return cls(**{**content, **sides})

    @property
    def called(self) -> str:
        """The protocol's name, called leaky aloud where it is, and a cross-validation so."""
        name = f"{self.protocol} (leaky)" if self.leaky else self.protocol
        return f"{name}, {self.folds}-fold cross-validation" if self.folds else name


@dataclass(frozen=True)
class Curves:
    """How a training went: each value by epoch, NaN where an epoch has none.

    Attributes:
        values: such as `loss`, `validation_loss`, `validation_accuracy`, each `(epoch,)`.
        best_epoch: the one whose weights were kept, from 1 on.

    Raises:
        UsageError: values of different lengths, none at all, or a best epoch that is not there.

    >>> Curves({"loss": (2.1, 1.4, 1.5)}, best_epoch=2).epochs
    3
    """

    values: Mapping[str, tuple[float, ...]]
    best_epoch: int

    def __post_init__(self) -> None:
        lengths = {len(column) for column in self.values.values()}
        if len(lengths) != 1 or not 1 <= self.best_epoch <= max(lengths):
            raise UsageError("curves need one value an epoch each, and a best epoch among them")

    @property
    def epochs(self) -> int:
        """How many epochs there were."""
        return len(next(iter(self.values.values())))


@dataclass(frozen=True)
class Unknown:
    """How "unknown" is told apart; shares 0…1.

    Attributes:
        threshold: score below which a piece is called unknown, chosen on validation data
            unless `by_folds`.
        coverage: share of test pieces that reach it.
        auroc: known against left-out labels, where that was measured.
        refused: share of pieces of left-out labels that stay below, where that was measured.
        of_usual: whether the threshold is a share of how sure the model usually is of pieces of a
            label, in place of a probability.
        by_folds: whether it was found on the test pieces, for want of others: `coverage` is then
            of each fold of them by a threshold found on the rest.
    """

    threshold: float
    coverage: float
    auroc: float | None = None
    refused: float | None = None
    of_usual: bool = False
    by_folds: bool = False


@dataclass(frozen=True, eq=False)
class Report:
    """What a model was measured to do on held-out pieces.

    It can't be built without the split, a baseline and what the search for leaks found: a figure
    without these can't be judged.

    Attributes:
        task: such as `composer`. labels: `(label,)` names.
        confusion: `(truth label, predicted label)` test pieces.
        baselines: at least one. leaks: one finding a search, at least one.
        data: what it was trained on. licence: of that data, and what it allows.
        minutes: how long training took.

    Raises:
        UsageError: no baseline, no search for leaks, or figures of different pieces.

    >>> from muso.corpus.split import draw_split
    >>> from muso.judge.baselines import majority
    >>> from muso.judge.leaks import find_leaks
    >>> truth, works = np.array([0, 1] * 8), [f"work {i // 2}" for i in range(16)]
    >>> split = draw_split(["Bach", "Chopin"] * 8, works)
    >>> test = np.flatnonzero(split.side == TEST)
    >>> held_out, theirs = truth[test], [works[i] for i in test]
    >>> report = Report.of(
    ...     held_out, np.full((len(test), 2), 0.5), theirs,
    ...     task="composer", labels=["Bach", "Chopin"], split=split,
    ...     baselines=[majority(truth[split.side == TRAIN], held_out, ["Bach", "Chopin"], theirs)],
    ...     leaks=find_leaks(split, works), data="Two composers.", licence="public domain",
    ...     minutes=0.1,
    ... )
    >>> report.metrics.accuracy.value, report.split.called, report.leaks[0].count
    (0.5, 'work', 0)
    """

    task: str
    labels: tuple[str, ...]
    split: SplitFacts
    metrics: Metrics
    confusion: NDArray[np.int64]
    reliability: Reliability
    baselines: tuple[Baseline, ...]
    leaks: tuple[Leak, ...]
    data: str
    licence: str
    minutes: float
    curves: Curves | None = None
    unknown: Unknown | None = None

    def __post_init__(self) -> None:
        if not self.baselines:
            raise UsageError("a report needs a baseline on the same split; majority() is one")
        if not self.leaks:
            raise UsageError("a report needs the search for leaks; pass what find_leaks() gave")
        if (
            self.confusion.shape != (len(self.labels),) * 2
            or self.confusion.sum() != self.metrics.n
        ):
            raise UsageError("a report's metrics and confusion are of different pieces or labels")

    @classmethod
    def of(
        cls,
        truth: ArrayLike,
        probability: ArrayLike,
        works: Sequence[str] | NDArray[np.generic],
        *,
        task: str,
        labels: Sequence[str],
        split: Split,
        baselines: Sequence[Baseline],
        leaks: Sequence[Leak],
        data: str,
        licence: str,
        minutes: float,
        curves: Curves | None = None,
        unknown: Unknown | None = None,
        seed: int = 0,
    ) -> Report:
        """Measure the test pieces' predictions, as `measure` takes them, and report them."""
        metrics = measure(truth, probability, labels, works, seed=seed)
        predicted = np.asarray(probability).argmax(axis=1)
        return cls(
            task=task,
            labels=tuple(labels),
            split=SplitFacts.of(split),
            metrics=metrics,
            confusion=confuse(truth, predicted, len(labels)),
            reliability=bin_confidence(truth, probability),
            baselines=tuple(baselines),
            leaks=tuple(leaks),
            data=data,
            licence=licence,
            minutes=minutes,
            curves=curves,
            unknown=unknown,
        )

    @property
    def classes(self) -> tuple[ClassScore, ...]:
        """Precision, recall and F1 of every label."""
        return score_classes(self.confusion, self.labels)

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON holds it."""
        return {
            "format": FORMAT,
            "task": self.task,
            "labels": list(self.labels),
            "split": asdict(self.split),
            "metrics": self.metrics.as_dict(),
            "baselines": [{"name": b.name, "metrics": b.metrics.as_dict()} for b in self.baselines],
            "leaks": [asdict(leak) for leak in self.leaks],
            "classes": [asdict(score) for score in self.classes],
            "confusion": self.confusion.tolist(),
            "reliability": asdict(self.reliability),
            "curves": curves_out(self.curves),
            "unknown": asdict(self.unknown) if self.unknown else None,
            "data": self.data,
            "licence": self.licence,
            "minutes": self.minutes,
        }

    @classmethod
    def of_dict(cls, content: Mapping[str, Any]) -> Report:
        """The report that `as_dict` gave. `classes` is read from `confusion`."""
        reliability = content["reliability"]
        return cls(
            task=content["task"],
            labels=tuple(content["labels"]),
            split=SplitFacts.of_dict(content["split"]),
            metrics=Metrics.of_dict(content["metrics"]),
            confusion=np.array(content["confusion"], np.int64),
            reliability=Reliability(**{name: tuple(reliability[name]) for name in reliability}),
            baselines=tuple(
                Baseline(b["name"], Metrics.of_dict(b["metrics"])) for b in content["baselines"]
            ),
            leaks=tuple(Leak(**leak) for leak in content["leaks"]),
            data=content["data"],
            licence=content["licence"],
            minutes=content["minutes"],
            curves=curves_in(content["curves"]),
            unknown=Unknown(**content["unknown"]) if content["unknown"] else None,
        )


def write_report(report: Report, path: str | os.PathLike[str]) -> None:
    """Write report.json, whole or not at all.

    Raises:
        FileError: `path` can't be written.
    """
    write_json(report.as_dict(), path)


def write_json(content: Mapping[str, Any], path: str | os.PathLike[str]) -> None:
    """Write a JSON object, whole or not at all: one line a field, so that changes can be seen.

    Raises:
        FileError: `path` can't be written.
    """
    lines = (
        f"{json.dumps(name)}: {json.dumps(value, ensure_ascii=False, allow_nan=False)}"
        for name, value in content.items()
    )
    with whole(path) as unfinished:
        unfinished.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def read_report(path: str | os.PathLike[str]) -> Report:
    """Read what `write_report` wrote.

    Raises:
        WrongFormat: another version's. DamagedFile: not a whole report. MissingFile, FileError:
        can't be opened.
    """
    text = read_bytes(path, MAX_BYTES)
    try:
        content = json.loads(text)
        if content["format"] != FORMAT:
            cause = f"a report of format {content['format']}, this muso reads format {FORMAT}"
            raise WrongFormat(path, cause, "update muso, or train the bundle again")
        return Report.of_dict(content)
    except (
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        RecursionError,
        UsageError,
    ) as error:
        cause = f"the report is damaged ({type(error).__name__}: {error})"
        raise DamagedFile(path, cause, "copy or train the bundle again") from None


def curves_out(curves: Curves | None) -> dict[str, Any] | None:
    """How a training went, as JSON holds it."""
    if curves is None:
        return None
    values = {
        name: [value if math.isfinite(value) else None for value in column]
        for name, column in curves.values.items()
    }
    return {"best_epoch": curves.best_epoch, "values": values}


def curves_in(content: Mapping[str, Any] | None) -> Curves | None:
    """What `curves_out` gave."""
    if content is None:
        return None
    values = {
        name: tuple(math.nan if value is None else float(value) for value in column)
        for name, column in content["values"].items()
    }
    return Curves(values, int(content["best_epoch"]))
