"""What a composing model's pieces are worth: heard moods, nearness to real music, copying, loss."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from muso.judge.copying import BARS, Copying
from muso.judge.intervals import Interval
from muso.judge.markdown import table
from muso.judge.overlap import Nearness, overall


@dataclass(frozen=True)
class Hearing:
    """How often a judge heard each mood that was meant. It is fair: it took no part in steering.

    Attributes:
        judge: the bundle that listened. learnt_from: what it was trained on, in its card's words;
            of those pieces its shares are flattering.
        intended: by mood, share of the pieces made in it that were heard in it.
        unsteered: by mood, share of pieces made without any that were heard in it.
        real: by mood, share of real pieces of that mood heard in it;
            empty where the corpus has no moods.
    """

    judge: str
    learnt_from: str
    intended: Mapping[str, Interval]
    unsteered: Mapping[str, Interval]
    real: Mapping[str, Interval] = field(default_factory=dict)

    @staticmethod
    def mean(shares: Mapping[str, Interval]) -> float:
        """Every mood counts alike."""
        return sum(share.value for share in shares.values()) / len(shares)


@dataclass(frozen=True, eq=False)
class MusicEvaluation:
    """A composing bundle beside the real pieces of a corpus.

    Attributes:
        bundle, corpus: their names.
        pieces: made of each kind. real_pieces: they were held against.
        seconds: that pieces were made long and real ones cut to.
        nearness: of each quality, see `muso.judge.overlap`.
        copying: of the pieces made, from `copied_from`; None where nothing was compared.
        real_copying: what real pieces have in common with the same.
        hearing: None where the bundle takes no moods.
        loss_nats: held-out loss a note by the bundle's own report; None where it tells none.
    """

    bundle: str
    corpus: str
    pieces: int
    real_pieces: int
    seconds: float
    nearness: Mapping[str, Nearness]
    copying: Copying | None = None
    real_copying: Copying | None = None
    copied_from: str = ""
    hearing: Hearing | None = None
    loss_nats: float | None = None

    @property
    def overlap(self) -> float:
        """Mean overlap as a share of what real pieces reach among themselves."""
        return overall(self.nearness)

    def as_dict(self) -> dict[str, Any]:
        """The one object of `--json`."""
        out: dict[str, Any] = {
            "bundle": self.bundle,
            "corpus": self.corpus,
            "pieces": self.pieces,
            "real_pieces": self.real_pieces,
            "seconds": self.seconds,
            "overlap": round(self.overlap, 4),
            "qualities": {name: one.as_dict() for name, one in self.nearness.items()},
        }
        if self.copying is not None:
            out["copying"] = {"from": self.copied_from, **self.copying.as_dict()}
        if self.real_copying is not None:
            out["real_copying"] = dict(self.real_copying.as_dict())
        if self.hearing is not None:
            heard = self.hearing
            out["heard"] = {"judge": heard.judge, "learnt_from": heard.learnt_from} | {
                kind: {mood: share.as_dict() for mood, share in getattr(heard, kind).items()}
                for kind in ("intended", "unsteered", "real")
            }
        if self.loss_nats is not None:
            out["loss_nats_a_note"] = round(self.loss_nats, 4)
        return out


def format_music(evaluation: MusicEvaluation) -> str:
    """An evaluation of composed music in Markdown."""
    parts = [
        f"# {evaluation.bundle} beside {evaluation.corpus}",
        f"{evaluation.pieces:,} pieces made of each kind, {evaluation.real_pieces:,} real ones, "
        f"{evaluation.seconds:g} s each at most; intervals hold 95%.",
        *_heard(evaluation.hearing),
        *_copied(evaluation),
        f"Overlap with real pieces: {evaluation.overlap:.3f} of what real pieces reach.",
        _qualities(evaluation.nearness),
    ]
    if evaluation.loss_nats is not None:
        parts.append(f"Held-out loss: {evaluation.loss_nats:.3f} nats a note.")
    return "\n\n".join(parts) + "\n"


def _heard(hearing: Hearing | None) -> list[str]:
    if hearing is None:
        return []
    kinds = {"intended": hearing.intended, "unsteered": hearing.unsteered, "real": hearing.real}
    kinds = {kind: shares for kind, shares in kinds.items() if shares}
    rows = [[mood, *(str(s[mood]) for s in kinds.values())] for mood in hearing.intended]
    rows.append(["mean", *(f"{hearing.mean(shares):.3f}" for shares in kinds.values())])
    told = f"Share heard in the mood, by {hearing.judge}:"
    beware = f"It learnt from {hearing.learnt_from} Real pieces among those are no test of it."
    return [told, table(["mood", *kinds], rows), *([beware] if hearing.real else [])]


def _copied(evaluation: MusicEvaluation) -> list[str]:
    if evaluation.copying is None:
        return []
    said = f"Copying more than {BARS:g} bars from {evaluation.copied_from}: "
    said += f"{evaluation.copying.share}; longest run {evaluation.copying.notes.max():,} notes"
    if evaluation.real_copying is not None:
        said += f". Real pieces: {evaluation.real_copying.share}"
    if evaluation.copied_from == evaluation.corpus:
        said += ". --copied-from names the training pieces, if these are not"
    return [said + "."]


def _qualities(nearness: Mapping[str, Nearness]) -> str:
    rows = [
        [name.replace("_", " "), f"{one.overlap:.3f}", f"{one.real_overlap:.3f}",
         f"{one.ratio:.2f}", f"{one.divergence:.3f}", f"{one.real_divergence:.3f}"]
        for name, one in nearness.items()
    ]  # fmt: skip
    head = ["quality", "overlap", "real to real", "ratio", "divergence", "real to real"]
    return table(head, rows)
