"""Records: what a run of an experiment was and came to, as a file that can be committed."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from muso.bundle.store import home
from muso.errors import DamagedFile
from muso.judge.intervals import Interval
from muso.music.files import read_bytes, whole

MAX_BYTES = 2**20
DIGITS = 4
"""Of figures in a record: intervals are wider than what is rounded off."""


@dataclass(frozen=True)
class Record:
    """One run of one experiment.

    Attributes:
        study, experiment: what was run.
        recipe: resolved, as plain tables.
        size: how much of the full size was run.
        seed: of everything random.
        minutes: it took. budget: minutes it was given.
        machine: in plain words, such as "2 cores, no GPU".
        date: of the run, YYYY-MM-DD.
        metrics: intervals by `PROTOCOL.METRIC`.
        predictions: sha256 of all predictions.
        own: whether the user ran it; False for a shipped one.
    """

    study: str
    experiment: str
    recipe: Mapping[str, Any]
    size: str
    seed: int
    minutes: float
    budget: float
    machine: str
    date: str
    metrics: Mapping[str, Interval]
    predictions: str
    own: bool = True

    def as_dict(self) -> dict[str, Any]:
        """The record as JSON holds it; `own` is where the file lies, not what is in it."""
        table = {key: value for key, value in asdict(self).items() if key != "own"}
        metrics = {
            name: {
                key: None if number is None else round(number, DIGITS)
                for key, number in interval.as_dict().items()
            }
            for name, interval in self.metrics.items()
        }
        rounded = {"minutes": round(self.minutes, 1), "budget": round(self.budget, 1)}
        return {**table, **rounded, "metrics": metrics}

    @classmethod
    def of_dict(cls, table: Mapping[str, Any]) -> Record:
        """The record that `as_dict` gave."""
        metrics = {name: Interval.of_dict(one) for name, one in table["metrics"].items()}
        return cls(**{**table, "metrics": metrics})


def own_folder(study: str) -> Path:
    """Where the records of a user's own runs lie."""
    return home() / "records" / study


def shipped_folder(study: str) -> Path:
    """Where the records that came with muso lie."""
    return Path(str(resources.files("muso") / "records")) / study


def write_record(record: Record) -> Path:
    """Write a user's own record, over an earlier one of the same experiment."""
    folder = own_folder(record.study)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{record.experiment}.json"
    with whole(path) as unfinished:
        unfinished.write_text(json.dumps(record.as_dict(), indent=1) + "\n", "utf-8")
    return path


def read_record(path: str | os.PathLike[str]) -> Record:
    """Read a record.

    Raises:
        DamagedFile: not one. MissingFile: not there.
    """
    try:
        return Record.of_dict(json.loads(read_bytes(path, MAX_BYTES)))
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        cause = f"not a record ({type(error).__name__})"
        raise DamagedFile(path, cause, "delete it and run the experiment again") from None


def find_record(study: str, experiment: str) -> Record | None:
    """The user's own record of an experiment, else the shipped one, else None."""
    for folder, own in ((own_folder(study), True), (shipped_folder(study), False)):
        path = folder / f"{experiment}.json"
        if path.is_file():
            return replace(read_record(path), own=own)
    return None


def hash_predictions(predictions: Mapping[str, NDArray[np.int64]]) -> str:
    """sha256 over predictions by protocol, the same on every machine.

    >>> hash_predictions({"work": np.array([1, 2])})[:8]
    '7ab4549d'
    """
    digest = hashlib.sha256()
    for name in sorted(predictions):
        digest.update(f"{name}\n".encode())
        digest.update(np.asarray(predictions[name]).astype("<i8").tobytes())
    return digest.hexdigest()
