"""Steering a model by its neurons: values for a mood are evolved once and composed with often."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from muso.compose.request import MOODS
from muso.errors import CorpusError, DamagedFile, FileError, UsageError, WrongFormat, shown
from muso.music.files import StrPath, read_bytes, whole
from muso.progress import Listener, Progress, counted, silent

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from muso.bundle.language import LanguageBundle
    from muso.compose.steering import Evolution
    from muso.compose.telling import Hold

KIND = "steering"
MAX_BYTES = 2**20
MOST_READ = 200
"""Pieces read to find the neurons; half of them in the mood."""
FEWEST_READ = 8


@dataclass(frozen=True, eq=False)
class Steered:
    """Values of neurons that bring a mood about.

    Attributes:
        path: the file they are kept in.
        bundle: whose neurons. mood: that they are for.
        neurons: `(neuron,)` of its last layer.
        values: `(neuron,)` the best ones.
        history: best share heard in the mood, generation by generation.
    """

    path: Path
    bundle: str
    mood: str
    neurons: NDArray[np.intp]
    values: NDArray[np.float64]
    history: tuple[float, ...]

    def as_dict(self) -> dict[str, Any]:
        """What `--json` prints."""
        return {
            "path": str(self.path),
            "bundle": self.bundle,
            "mood": self.mood,
            "neurons": self.neurons.tolist(),
            "history": list(self.history),
        }


def steer(
    bundle: StrPath,
    mood: str,
    corpus: StrPath,
    target: StrPath,
    *,
    seed: int = 0,
    label: str | None = None,
    columns: Mapping[str, str] | None = None,
    listener: Listener = silent,
) -> Steered:
    """Find the neurons of a composing model that a mood rests on, and evolve values for them.

    What was done is in `target` after every generation: asked again with the same file, it goes
    on from there.

    Args:
        bundle: a name or a folder.
        mood: sad, calm, angry or happy.
        corpus: a CSV or a folder whose labels are moods.
        target: the file to keep the values in.
        seed: of all draws.
        label, columns: of `corpus`, as in `read_corpus`.
        listener: told of progress.

    Raises:
        UsageError: no such mood or bundle, or a file of another one. CorpusError: too few pieces
            in or out of the mood. FileError: the file can't be written.
    """
    import numpy as np

    from muso.bundle.language import find_language
    from muso.compose.steering import EPOCHS, Trial, begin, step, try_out
    from muso.service.ears import mood_ear

    if mood not in MOODS:
        raise UsageError(f"there is no mood {mood!r}; there are {', '.join(MOODS)}")
    model, target = find_language(str(bundle)), Path(target)
    found = _read(target) if target.exists() else None
    if found is not None and (found["bundle"], found["mood"], found["seed"]) != (
        model.name, mood, seed
    ):  # fmt: skip
        raise UsageError(
            f"{shown(target)}: steers {found['bundle']} to {found['mood']} with seed "
            f"{found['seed']}; name another file"
        )
    neurons = (
        _neurons(model, mood, corpus, label, columns, listener)
        if found is None
        else np.array(found["neurons"], np.intp)
    )
    fitness = try_out(model, neurons, mood_ear(), Trial(mood), model.condition()[0])
    evolution = None if found is None else _evolution(found)
    started = time.monotonic()
    first = 0 if evolution is None else evolution.epoch + 1
    for epoch in range(first, EPOCHS + 1):
        rng = np.random.default_rng([seed, epoch])
        evolution = (
            begin(len(neurons), fitness, rng)
            if evolution is None
            else step(evolution, fitness, rng)
        )
        kept = {"bundle": model.name, "mood": mood, "seed": seed, "neurons": neurons.tolist()}
        _write(target, kept | evolution.as_dict())
        each_s = (time.monotonic() - started) / (epoch - first + 1)
        heard = {"heard": evolution.history[-1]}
        left_s = (EPOCHS - epoch) * each_s
        listener(Progress(f"evolving {mood}", epoch + 1, EPOCHS + 1, left_s, heard))
    assert evolution is not None
    return Steered(target, model.name, mood, neurons, evolution.best, evolution.history)


def read_steering(path: StrPath) -> Steered:
    """What `steer` found, from its file.

    Raises:
        WrongFormat: not such a file. DamagedFile: a broken one. FileError: it can't be read.
    """
    import numpy as np

    found = _read(Path(path))
    evolution = _evolution(found)
    neurons = np.array(found["neurons"], np.intp)
    name, mood = found["bundle"], found["mood"]
    return Steered(Path(path), name, mood, neurons, evolution.best, evolution.history)


def hold_for(steered: Steered) -> Hold:
    """Its values, to be held while composing."""
    from muso.compose.telling import Hold

    return Hold(steered.neurons, steered.values[None])


def _neurons(
    model: LanguageBundle,
    mood: str,
    corpus: StrPath,
    label: str | None,
    columns: Mapping[str, str] | None,
    listener: Listener,
) -> NDArray[np.intp]:
    """Neurons that tell the mood of labelled pieces from the others'."""
    import numpy as np

    from muso.compose.neurons import relied_on
    from muso.music.midi import read_score
    from muso.service.collections import read_corpus

    collection = read_corpus(corpus, label=label, columns=columns)
    rng = np.random.default_rng(0)
    inside = [p for p in collection.pieces if p.label == mood]
    outside = [p for p in collection.pieces if p.label in MOODS and p.label != mood]
    if min(len(inside), len(outside)) < FEWEST_READ:
        raise CorpusError(
            f"{collection.name}: {len(inside)} pieces are {mood} and {len(outside)} of another "
            f"mood; give {FEWEST_READ} or more of each"
        )
    picked = [
        side[n]
        for side in (inside, outside)
        for n in rng.permutation(len(side))[: MOST_READ // 2].tolist()
    ]
    states, heard = [], []
    for piece in counted(picked, f"reading {collection.name}", len(picked), listener):
        try:
            steps = model.encoding.encode(read_score(piece.path))
        except FileError:
            continue
        states.append(model.read(steps)[0].mean(axis=0, dtype=np.float64))
        heard.append(piece.label == mood)
    return relied_on(np.stack(states), np.array(heard))


def _read(path: Path) -> dict[str, Any]:
    text = read_bytes(path, MAX_BYTES)
    try:
        found: dict[str, Any] = json.loads(text)
        if found["kind"] != KIND:
            raise WrongFormat(path, "this holds no values of neurons", "make it with muso steer")
        _evolution(found), found["bundle"], found["mood"], found["seed"], found["neurons"][0]
    except (ValueError, LookupError, TypeError) as error:
        cause = f"the file is damaged ({type(error).__name__})"
        raise DamagedFile(path, cause, "write it again with muso steer") from None
    return found


def _evolution(found: Mapping[str, Any]) -> Evolution:
    import numpy as np

    from muso.compose.steering import Evolution

    return Evolution(
        int(found["epoch"]),
        np.array(found["values"], np.float64),
        np.array(found["fitness"], np.float64),
        tuple(found["history"]),
    )


def _write(path: Path, found: Mapping[str, Any]) -> None:
    with whole(path) as unfinished:
        unfinished.write_text(json.dumps({"kind": KIND, **found}), "utf-8")
