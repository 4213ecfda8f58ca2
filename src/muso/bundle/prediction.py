"""What a bundle says of a piece."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

UNKNOWN = "unknown"
UNSURE = "too unsure"
"""Why a piece is unknown that could be looked at: no label is likely enough."""


@dataclass(frozen=True)
class Evidence:
    """What one slice said, in the eyes of the member that cuts the piece most finely.

    Attributes:
        start_s, end_s: where it lies in the piece.
        label: its own first label. probability: how probable it found that, 0…1.
        support: how probable it found the piece's best-ranked label, 0…1.
    """

    start_s: float
    end_s: float
    label: str
    probability: float
    support: float


@dataclass(frozen=True)
class Prediction:
    """A task's answer for one piece.

    Attributes:
        label: the best label, or `unknown` where the model has no business naming.
        probability: of the best-ranked label that is a name, 0…1, calibrated.
        ranking: every known label with its probability, best first; `unknown` is among them where
            the model was trained on music without a name.
        bundle: the model's name.
        evidence: what the slices said, in the order of time.
        reason: why it is `unknown`: `UNSURE`, or why nothing at all can be said of the piece, such
            as silence, where the ranking is empty too; empty where there is a name.
    """

    label: str
    probability: float
    ranking: tuple[tuple[str, float], ...]
    bundle: str
    evidence: tuple[Evidence, ...] = ()
    reason: str = ""

    def as_dict(self, top: int, evidence: bool = False) -> dict[str, Any]:
        """The prediction as JSON holds it: the `top` best of the ranking, probabilities rounded."""
        out: dict[str, Any] = {
            "label": self.label,
            "probability": round(self.probability, 4),
            "ranking": [[label, round(p, 4)] for label, p in self.ranking[:top]],
            "bundle": self.bundle,
        }
        if self.reason:
            out["reason"] = self.reason
        if evidence:
            out["evidence"] = [
                {
                    "start_s": round(slice_.start_s, 2),
                    "end_s": round(slice_.end_s, 2),
                    "label": slice_.label,
                    "probability": round(slice_.probability, 4),
                    "support": round(slice_.support, 4),
                }
                for slice_ in self.evidence
            ]
        return out


def unsaid(bundle: str, reason: str) -> Prediction:
    """The answer about a piece of which nothing can be said: unknown, and why."""
    return Prediction(UNKNOWN, 0.0, (), bundle, reason=reason)
