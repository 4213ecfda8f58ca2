"""Evaluations: a bundle measured on somebody's own corpus."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from muso.judge.metrics import Metrics


@dataclass(frozen=True)
class Evaluation:
    """A bundle on somebody's corpus: metrics alone, and what they leave out.

    There is no split here. Which pieces the bundle learnt from is known of copies and of
    transpositions, not of other encodings of the same work, so this is weaker evidence than the
    bundle's own report.

    Attributes:
        bundle: its name. labels: `(label,)` those it ranked. corpus: its name.
        metrics: of the best-ranked label, over every piece read whose label the bundle knows.
        coverage: share of those pieces, 0…1, that come near enough to one of `labels` for the
            bundle to name them and not call them unknown.
        left_out: pieces by label, of labels that the bundle doesn't know.
        unreadable: what was wrong by path, of files that could not be read.
        doubts: what the corpus lacks, a line each.
        learnt: how many of the pieces it learnt from.
        new: metrics over the others, where there are both.
        excerpts: where asked for, metrics of a random excerpt of each piece by its length in
            seconds, rising, `inf` for the whole piece; over the others alone where there are both.
    """

    bundle: str
    labels: tuple[str, ...]
    corpus: str
    metrics: Metrics
    coverage: float
    left_out: Mapping[str, int]
    unreadable: Mapping[str, str]
    doubts: tuple[str, ...] = ()
    learnt: int = 0
    new: Metrics | None = None
    excerpts: tuple[tuple[float, Metrics], ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The one object of `--json`: the metrics, `n`, and what they leave out."""
        return {
            **self.metrics.as_dict(),
            "coverage": self.coverage,
            "bundle": self.bundle,
            "corpus": self.corpus,
            "left_out": {"pieces": sum(self.left_out.values()), "labels": dict(self.left_out)},
            "unreadable": dict(self.unreadable),
            "doubts": list(self.doubts),
            "learnt": self.learnt,
            "new": self.new.as_dict() if self.new else None,
            "excerpts": [
                {"seconds": seconds if math.isfinite(seconds) else None, **metrics.as_dict()}
                for seconds, metrics in self.excerpts
            ],
        }
