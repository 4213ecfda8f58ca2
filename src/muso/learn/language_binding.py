"""Writing a language model's bundle: graphs, weights, report and card, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from muso.bundle.bundle import FORMAT
from muso.bundle.language import TASK, WEIGHTS, LanguageBundle, read_language
from muso.judge.language import (
    LanguageReport,
    Surprise,
    language_card,
    write_language_report,
)
from muso.judge.pictures import draw_training
from muso.learn.binding import drafting, write_manifest
from muso.learn.language import LanguageNet
from muso.learn.language_data import Library
from muso.learn.language_export import reads_whole, to_graphs, to_weights
from muso.progress import Listener, counted, silent
from muso.represent.encoding import Encoding

PRIOR = 50.0
"""How many notes the frequencies alone are worth beside what followed a note."""


def bind_language(
    folder: Path,
    net: LanguageNet,
    encoding: Encoding,
    collections: Sequence[str],
    recipe: Mapping[str, Any],
    measure: Callable[[LanguageBundle], LanguageReport],
    *,
    about: str,
    limits: Sequence[str] = (),
    weights: bool = True,
    beside: Mapping[str, bytes] | None = None,
) -> tuple[LanguageBundle, LanguageReport]:
    """Write everything into a temporary folder beside `folder`, which then takes its place.

    The report is of what is shipped: `measure` asks the exported graphs. If it raises, what
    stood at `folder` stays.

    Args:
        folder: of the bundle.
        net: trained.
        encoding: what its steps say.
        collections: what its condition may name, in that order.
        recipe: the resolved recipe, as plain tables.
        measure: reports the bundle.
        about: one line for people.
        limits: what is known of it beyond its figures, a sentence each.
        weights: whether training may go on from it.
        beside: further files by name, such as sample pieces.
    """
    with drafting(folder) as draft:
        for file, content in {**to_graphs(net), **(beside or {})}.items():
            (draft / file).write_bytes(content)
        if weights:
            (draft / WEIGHTS).write_bytes(to_weights(net))
        manifest = {
            "format": FORMAT,
            "task": TASK,
            "media": "score",
            "made_by": f"muso {version('muso')}",
            "about": about,
            "collections": list(collections),
            "layers": net.shape.layers,
            "units": net.shape.units,
            "whole": reads_whole(net.shape),
            "encoding": {"name": encoding.name, **encoding.settings()},
            "network": asdict(net.shape),
            "layer": [
                {"name": name, "shape": list(value.shape), "parameters": value.numel()}
                for name, value in net.named_parameters()
            ],
            "recipe": dict(recipe),
        }
        write_manifest(draft, manifest)
        report = measure(read_language(draft, folder.name))
        write_language_report(report, draft / "report.json")
        if report.curves is not None:
            draw_training(report.curves, draft / "training.png", title=folder.name)
        card = language_card(report, name=folder.name, purpose=about, limits=limits)
        (draft / "CARD.md").write_text(card, "utf-8")
        write_manifest(draft, manifest)
    return read_language(folder), report


def surprise_of(
    bundle: LanguageBundle, library: Library, listener: Listener = silent
) -> tuple[Surprise, int]:
    """What pieces cost a bundle, told what is known of each, and how many notes they have."""
    known = library.conditions()
    listed = zip(library.steps, known, strict=True)
    pieces = counted(listed, "measuring", len(known), listener)
    told = np.array([bundle.surprise(steps, one[None]) for steps, one in pieces])
    notes = told[:, 2].astype(np.int64)
    return (
        Surprise.of("this model", told[:, 0], told[:, 1], notes, library.works),
        int(notes.sum()),
    )


def frequencies(encoding: Encoding, train: Library, test: Library) -> tuple[Surprise, ...]:
    """What the pieces cost who knows only how often what comes, and what follows what.

    Each field's words are counted by themselves, and each with the same field of the step
    before; pitches with the pitch of the note before.
    """
    counted = [_Counts.of(encoding, train, pairs) for pairs in (False, True)]
    names = ("frequencies alone", "and the note before")
    told = [[counts.cost(encoding, steps) for steps in test.steps] for counts in counted]
    out = []
    for name, costs in zip(names, told, strict=True):
        column = np.array(costs)
        notes = column[:, 2].astype(np.int64)
        out.append(Surprise.of(name, column[:, 0], column[:, 1], notes, test.works))
    return tuple(out)


class _Counts:
    """Smoothed log probabilities `(before, word)` of every predicted field, and of pitches."""

    def __init__(self, logs: Mapping[int, NDArray[np.float64]], pitch: NDArray[np.float64]):
        self.logs, self.pitch = logs, pitch

    @classmethod
    def of(cls, encoding: Encoding, library: Library, pairs: bool) -> _Counts:
        fields = [f for f in range(len(encoding.fields)) if f not in encoding.derived]
        table = {f: np.zeros((encoding.sizes[f],) * 2) for f in fields}
        pitch = np.zeros((128, 128))
        for steps in library.steps:
            for f in fields:
                np.add.at(table[f], (steps[:-1, f], steps[1:, f]), 1)
            line = _line(encoding, steps)
            np.add.at(pitch, (line[:-1], line[1:]), 1)
        return cls({f: _log(table[f], pairs) for f in fields}, _log(pitch, pairs))

    def cost(self, encoding: Encoding, steps: NDArray[np.int16]) -> tuple[float, float, int]:
        line = _line(encoding, steps)
        total = sum(-log[steps[:-1, f], steps[1:, f]].sum() for f, log in self.logs.items())
        return float(total), float(-self.pitch[line[:-1], line[1:]].sum()), len(line) - 1


def _line(encoding: Encoding, steps: NDArray[np.int16]) -> NDArray[np.int64]:
    """The pitches of a piece in order, after one that no piano has."""
    pitches = encoding.pitches(steps)
    return np.append(0, pitches[pitches >= 0]).astype(np.int64)


def _log(table: NDArray[np.float64], pairs: bool) -> NDArray[np.float64]:
    alone = table.sum(0) + 1.0
    alone /= alone.sum()
    if not pairs:
        return np.tile(np.log(alone), (len(table), 1))
    return np.asarray(np.log((table + PRIOR * alone) / (table.sum(1, keepdims=True) + PRIOR)))
