"""Studies: what an earlier system claimed, run again as experiments that leave records.

How to add one, in a file of its own beside this one and a line in `STUDIES`:

- A `Study` is a tuple of `Experiment`s. Each names one claim, the protocol it was made under
  (a name in `PROTOCOLS`, or words of the study's own) and what it costs at full size, measured on
  two cores.
- `Experiment.run` gets a `Context` and gives an `Outcome`. It reads `context.data`, takes at most
  about `context.minutes` (`context.share` of its full size, 0…1: fewer epochs, slices or pieces),
  keeps what it wants to find again after an interruption in `context.folder`, tells
  `context.listener` of progress, and says in `Outcome.size` how much of the full size was run.
  Heavy rooms (torch, training) are imported inside `run`: tables print without them.
- `Outcome.metrics` holds an `Interval` by dotted name, `PROTOCOL.METRIC`; none at all where there
  was nothing to measure, and then `Outcome.size` says why. Where the data lack what it needs, `run`
  raises `NotHere`. The table shows `{experiment.protocol}.{experiment.metric}` as "ours under its
  protocol" and `work.{experiment.metric}` as the honest number; all others are kept in the record.
- `Outcome.predictions` holds, by protocol, whole numbers `(unit,)`: the index of the label given
  to each unit of the test side (round what isn't whole). Their hash goes into the record.
- `muso.learn.studies.trials` has the usual run, a recipe under a protocol and under `work`.

`reproduce` in `muso.learn.studies.reproduction` shares the budget out, writes a record after each
experiment and goes on where it was interrupted. The user's own records stand before shipped ones,
which lie in muso/records/STUDY/EXPERIMENT.json: the file a run wrote, copied there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from muso.errors import CorpusError, UsageError
from muso.judge.intervals import Interval
from muso.music.score import Score
from muso.progress import Listener, silent

if TYPE_CHECKING:
    from muso.bundle.language import LanguageBundle

HONEST = "work"
"""The protocol of the honest number."""
Composer = Callable[[Path, int, int], Score]
"""From a bundle's folder, a number of notes and a seed to a piece."""
Unasked = Callable[["LanguageBundle"], Sequence[Score]]
"""From a model to pieces."""


@dataclass(frozen=True)
class Context:
    """What an experiment is given.

    Attributes:
        data: the folder or file the user named.
        minutes: how long the experiment may take.
        share: of its full size that fits, 0…1.
        seed: of everything random.
        folder: for what should be found again if it is interrupted; it is there, and deleted
            once the record is written.
        listener: told of progress.
        composer: makes a piece with a bundle; None where nobody composes. `learn` and `compose`
            don't know each other: who calls hands it in.
        unasked: what a model makes when nothing is asked of it, for styles to know what is not
            theirs; None likewise.
    """

    data: Path
    minutes: float
    share: float
    seed: int
    folder: Path
    listener: Listener = silent
    composer: Composer | None = None
    unasked: Unasked | None = None


class NotHere(CorpusError):
    """The collection lacks what one experiment needs.

    The others go on, its cell says so, and whatever record there was of it stays.
    """


@dataclass(frozen=True, eq=False)
class Outcome:
    """What an experiment came to.

    Attributes:
        recipe: what was run, as plain tables; for several recipes, one table each by name.
        metrics: intervals by `PROTOCOL.METRIC`.
        predictions: by protocol, `(unit,)` whole numbers given to the units of the test side.
        size: how much of the full size was run, such as "4 of 50 epochs".
    """

    recipe: Mapping[str, Any]
    metrics: Mapping[str, Interval]
    predictions: Mapping[str, NDArray[np.int64]]
    size: str = "full size"


@dataclass(frozen=True)
class Experiment:
    """One claim of a study, and how to put it to the test.

    Attributes:
        name: within the study, as `--only` takes it.
        says: what is trained on what, one line.
        claim: what the study reported, in its own figures; empty where it reported none.
        protocol: what the claim was made under; `work` where it was an honest one.
        minutes: cost of the full size on two cores, measured.
        run: from a context to an outcome.
        metric: the one that the table shows.
        scale: how large the data at a path is, as a share of what `minutes` was measured on.
    """

    name: str
    says: str
    claim: str
    protocol: str
    minutes: float
    run: Callable[[Context], Outcome]
    metric: str = "accuracy"
    scale: Callable[[Path], float] = lambda _: 1.0


@dataclass(frozen=True)
class Study:
    """An earlier study as experiments.

    Attributes:
        name: as `muso reproduce` takes it.
        says: one line for people.
        experiments: in the order of the table.
        notes: lines under the table: what to know before believing a cell.
    """

    name: str
    says: str
    experiments: tuple[Experiment, ...]
    notes: tuple[str, ...] = field(default=())

    def chosen(self, only: tuple[str, ...] = ()) -> tuple[Experiment, ...]:
        """The experiments of these names, all without any.

        Raises:
            UsageError: it has none of that name.
        """
        known = [experiment.name for experiment in self.experiments]
        for name in only:
            if name not in known:
                near = get_close_matches(name, known, 1)
                hint = f"did you mean {near[0]!r}?" if near else f"it has {', '.join(known)}"
                raise UsageError(f"study {self.name} has no experiment {name!r}; {hint}")
        return tuple(e for e in self.experiments if not only or e.name in only)
