"""Running a study within a budget, and the table of what it claimed and what is true."""

from __future__ import annotations

import datetime
import hashlib
import json
import math
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from muso.bundle.store import home
from muso.errors import MissingFile, UsageError
from muso.judge.intervals import Interval
from muso.learn.stopwatch import Stopwatch
from muso.learn.studies.record import Record, find_record, hash_predictions, write_record
from muso.learn.studies.study import (
    HONEST,
    Composer,
    Context,
    Experiment,
    NotHere,
    Study,
    Unasked,
)
from muso.music.files import whole
from muso.progress import Listener, Progress, silent

BUDGET = 120.0
"""Minutes of two cores that a whole study is given unless told otherwise."""
LEAST = 1e-3
"""Minutes left over for whatever comes after the budget is spent: as little as can be run."""
SEED = 1


@dataclass(frozen=True)
class Cell:
    """One row of a study's table.

    Attributes:
        experiment: what was claimed.
        record: of its run, the user's own before the shipped one; None if it was never run.
        theirs: our number under the claim's protocol.
        honest: our number under `work`.
        lacking: why it could not be run on the data that were named; empty where it could, or
            where none were.
    """

    experiment: Experiment
    record: Record | None
    theirs: Interval | None
    honest: Interval | None
    lacking: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The row as JSON holds it."""
        claimed = self.experiment
        return {
            "experiment": claimed.name,
            "says": claimed.says,
            "claim": claimed.claim,
            "protocol": claimed.protocol,
            "metric": claimed.metric,
            "theirs": self.theirs.as_dict() if self.theirs else None,
            "honest": self.honest.as_dict() if self.honest else None,
            "own": self.record.own if self.record else None,
            "record": self.record.as_dict() if self.record else None,
            "lacking": self.lacking,
        }


def tabulate(study: Study, only: Sequence[str] = ()) -> list[Cell]:
    """The table of a study, from records alone."""
    return [_cell(study, experiment) for experiment in study.chosen(tuple(only))]


def _cell(study: Study, experiment: Experiment) -> Cell:
    record = find_record(study.name, experiment.name)
    metrics: Mapping[str, Interval] = record.metrics if record else {}
    honest = metrics.get(f"{HONEST}.{experiment.metric}")
    theirs = metrics.get(f"{experiment.protocol}.{experiment.metric}")
    return Cell(experiment, record, theirs, honest)


def reproduce(
    study: Study,
    data: str | os.PathLike[str],
    *,
    budget: float = BUDGET,
    only: Sequence[str] = (),
    seed: int = SEED,
    listener: Listener = silent,
    composer: Composer | None = None,
    unasked: Unasked | None = None,
) -> list[Cell]:
    """Run a study's experiments, each under its share of the budget, and give its table.

    Minutes are shared out by the square root of what the experiments cost at full size, so that
    one that would take hours leaves something to the others; what one leaves over, the next ones
    get. How fast this machine is is measured first, and each experiment made as small
    as that asks for. A record is written after each: interrupted, the same call goes on.

    Args:
        study: one of `STUDIES`.
        data: the folder or file that its experiments read.
        budget: minutes altogether, above 0; those before an interruption count.
        only: names of experiments; all without any.
        seed: of everything random.
        listener: told of progress.
        composer, unasked: make pieces for experiments that want some; see `Context`.

    Raises:
        UsageError: no such experiment, or a budget of nothing. MissingFile: no data there.
        What experiments raise, such as CorpusError for data they can't use.
    """
    experiments = study.chosen(tuple(only))
    if not budget > 0:
        raise UsageError(f"a budget of {budget:g} minutes; give more than 0")
    place = Path(os.path.abspath(data))  # noqa: PTH100 - resolve() would follow links
    if not place.exists():
        raise MissingFile(data, "no such folder or file", f"name the data of study {study.name}")
    told = json.dumps([study.name, str(place), budget, seed, [e.name for e in experiments]])
    folder = (
        home() / "runs" / f"{study.name}-study-{hashlib.sha256(told.encode()).hexdigest()[:12]}"
    )
    slow = _slowness(folder)
    left = budget
    lacking: dict[str, str] = {}
    for number, experiment in enumerate(experiments):
        done = folder / f"{experiment.name}.done"
        if done.exists():
            left -= float(done.read_text("utf-8"))
            continue
        listener(Progress(f"{study.name}: {experiment.name}", number, len(experiments)))
        weight = sum(math.sqrt(e.minutes) for e in experiments[number:])
        own = folder / experiment.name
        scale = experiment.scale(place)
        whole_size = experiment.minutes * slow * scale
        # Small data are no reason to stop by the clock while there is time.
        longest = experiment.minutes * slow * max(scale, 1.0)
        given = min(max(left, LEAST) * math.sqrt(experiment.minutes) / weight, longest)
        share = given / max(whole_size, given)
        context = Context(place, given, share, seed, own, listener, composer, unasked)
        try:
            record = _run(study, experiment, context)
        except NotHere as error:
            lacking[experiment.name] = str(error)
            continue
        write_record(record)
        shutil.rmtree(own, ignore_errors=True)
        left -= record.minutes
        with whole(done) as unfinished:
            unfinished.write_text(str(record.minutes), "utf-8")
    listener(Progress(study.name, len(experiments), len(experiments)))
    shutil.rmtree(folder, ignore_errors=True)
    return [
        Cell(experiment, None, None, None, lacking[experiment.name])
        if experiment.name in lacking
        else _cell(study, experiment)
        for experiment in experiments
    ]


def _slowness(folder: Path) -> float:
    """What `slowness` measured when the reproduction was begun.

    Gone on with later, sizes must be those of before, or what was half trained would be lost.
    """
    # Here, for tables are printed without torch.
    from muso.learn.studies.pace import slowness

    kept = folder / "slowness"
    if not kept.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with whole(kept) as unfinished:
            unfinished.write_text(repr(slowness()), "utf-8")
    return float(kept.read_text("utf-8"))


def _run(study: Study, experiment: Experiment, context: Context) -> Record:
    """Run one experiment; its record."""
    context.folder.mkdir(parents=True, exist_ok=True)
    watch = Stopwatch(context.folder, context.listener)
    outcome = experiment.run(replace(context, listener=watch))
    return Record(
        study=study.name,
        experiment=experiment.name,
        recipe=outcome.recipe,
        size=outcome.size,
        seed=context.seed,
        minutes=watch.minutes,
        budget=context.minutes,
        machine=machine(),
        date=datetime.date.today().isoformat(),
        metrics=outcome.metrics,
        predictions=hash_predictions(outcome.predictions),
    )


def machine() -> str:
    """What ran it, in plain words: "2 cores, no GPU"."""
    import torch

    cores = os.cpu_count() or 1
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else "no GPU"
    return f"{cores} cores, {gpu}"
