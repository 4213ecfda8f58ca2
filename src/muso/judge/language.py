"""What a language model of music was measured to know: the surprise of notes it never saw."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from muso.errors import DamagedFile, UsageError, WrongFormat
from muso.judge.intervals import Interval, figure_interval, number_works, resample
from muso.judge.leaks import Leak
from muso.judge.markdown import table
from muso.judge.report import Curves, SplitFacts, curves_in, curves_out, write_json
from muso.music.files import read_bytes

FORMAT = 1
KIND = "language"
MAX_BYTES = 64 * 2**20


@dataclass(frozen=True)
class Surprise:
    """What the notes of held-out pieces cost somebody who knows what came before them.

    Attributes:
        name: who.
        loss: nats a note, of everything that is said of it; its interval is over works. Models
            with different encodings say different things of a note: compare `pitch` then.
        pitch: nats of a note's pitch alone, among the pitches. Fair between encodings as far as
            both are told when a note begins and neither what pitch it has.
    """

    name: str
    loss: Interval
    pitch: Interval

    @classmethod
    def of(
        cls,
        name: str,
        loss: NDArray[np.float64],
        pitch: NDArray[np.float64],
        notes: NDArray[np.int64],
        works: Sequence[str],
        seed: int = 0,
    ) -> Surprise:
        """Measure from nats and notes a piece, `(piece,)` each.

        >>> one = np.array([10.0, 30.0])
        >>> Surprise.of("model", one, one / 2, np.array([10, 10]), ["a", "b"]).loss.value
        2.0
        """
        numbers = number_works(works)

        def figures(weight: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.array([weight @ loss, weight @ pitch]) / (weight @ notes)

        value = figures(np.ones(len(notes)))
        drawn = resample(figures, numbers, np.random.default_rng(seed))
        count = int(numbers.max()) + 1
        told = [figure_interval(float(value[n]), drawn[:, n], count, 0.0) for n in range(2)]
        return cls(name, told[0], told[1])

    def as_dict(self) -> dict[str, Any]:
        """The figures as JSON holds them."""
        return {"name": self.name, "loss": self.loss.as_dict(), "pitch": self.pitch.as_dict()}

    @classmethod
    def of_dict(cls, content: Mapping[str, Any]) -> Surprise:
        """What `as_dict` gave."""
        return cls(
            content["name"],
            Interval.of_dict(content["loss"]),
            Interval.of_dict(content["pitch"]),
        )


@dataclass(frozen=True, eq=False)
class LanguageReport:
    """What a language model was measured to know of held-out pieces.

    It can't be built without the split, a baseline and what the search for leaks found.

    Attributes:
        encoding: what its steps say.
        surprise: of the model, as it is shipped. notes: measured on so many.
        baselines: at least one, on the same pieces.
        data: what it was trained on. licence: of that data, and what it allows.
        minutes: how long training took.

    Raises:
        UsageError: no baseline, or no search for leaks.
    """

    encoding: str
    split: SplitFacts
    surprise: Surprise
    notes: int
    baselines: tuple[Surprise, ...]
    leaks: tuple[Leak, ...]
    data: str
    licence: str
    minutes: float
    curves: Curves | None = None

    def __post_init__(self) -> None:
        if not self.baselines:
            raise UsageError("a report needs a baseline on the same split")
        if not self.leaks:
            raise UsageError("a report needs the search for leaks; pass what find_leaks() gave")

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON holds it."""
        return {
            "format": FORMAT,
            "kind": KIND,
            "encoding": self.encoding,
            "split": asdict(self.split),
            "surprise": self.surprise.as_dict(),
            "notes": self.notes,
            "baselines": [baseline.as_dict() for baseline in self.baselines],
            "leaks": [asdict(leak) for leak in self.leaks],
            "curves": curves_out(self.curves),
            "data": self.data,
            "licence": self.licence,
            "minutes": self.minutes,
        }

    @classmethod
    def of_dict(cls, content: Mapping[str, Any]) -> LanguageReport:
        """The report that `as_dict` gave."""
        return cls(
            encoding=content["encoding"],
            split=SplitFacts.of_dict(content["split"]),
            surprise=Surprise.of_dict(content["surprise"]),
            notes=int(content["notes"]),
            baselines=tuple(Surprise.of_dict(one) for one in content["baselines"]),
            leaks=tuple(Leak(**leak) for leak in content["leaks"]),
            data=content["data"],
            licence=content["licence"],
            minutes=content["minutes"],
            curves=curves_in(content["curves"]),
        )


def write_language_report(report: LanguageReport, path: str | os.PathLike[str]) -> None:
    """Write report.json, whole or not at all.

    Raises:
        FileError: `path` can't be written.
    """
    write_json(report.as_dict(), path)


def read_language_report(path: str | os.PathLike[str]) -> LanguageReport:
    """Read what `write_language_report` wrote.

    Raises:
        WrongFormat: another version's. DamagedFile: not a whole report. MissingFile, FileError:
        can't be opened.
    """
    text = read_bytes(path, MAX_BYTES)
    try:
        content = json.loads(text)
        if (content["format"], content.get("kind")) != (FORMAT, KIND):
            cause = f"a report of format {content['format']}, this muso reads format {FORMAT}"
            raise WrongFormat(path, cause, "update muso, or train the bundle again")
        return LanguageReport.of_dict(content)
    except (ValueError, LookupError, TypeError, AttributeError, UsageError) as error:
        cause = f"the report is damaged ({type(error).__name__}: {error})"
        raise DamagedFile(path, cause, "copy or train the bundle again") from None


def language_card(
    report: LanguageReport, *, name: str, purpose: str, limits: Sequence[str] = ()
) -> str:
    """The text of CARD.md, made from the report: what a model is for and what it is not."""
    split = report.split
    rows = [
        [one.name, str(one.loss), str(one.pitch)] for one in (report.surprise, *report.baselines)
    ]
    sides = [("training", split.train), ("choosing", split.validation), ("testing", split.test)]
    parts = [
        f"# {name}",
        purpose,
        "## What it knows",
        f"The surprise of {report.notes:,} notes of held-out pieces, in nats a note (lower is "
        "better), with 95% intervals over works: of all that is said of a note, and of its "
        "pitch alone.",
        table(["", "a note", "its pitch"], rows),
        "## Split",
        f"Whole works were held out (protocol `{split.called}`, seed {split.seed}).",
        table(
            ["side", "pieces", "works"],
            [[side, f"{facts.units:,}", f"{facts.works:,}"] for side, facts in sides],
        ),
        "\n".join(f"- {leak.detail}" for leak in report.leaks),
        "## Data",
        report.data,
        f"Licence: {report.licence}",
        "## Limits",
        "\n".join(f"- {limit}" for limit in limits),
        f"Trained for {report.minutes:,.{0 if report.minutes >= 10 else 1}f} minutes.",
    ]
    return "\n\n".join(parts) + "\n"
