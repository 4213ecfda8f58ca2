"""What muso said of pieces, as the API tells it."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

Ranking = list[tuple[str, float]]
"""Labels with their probabilities, best first."""


class Evidence(BaseModel):
    """What one slice of a piece said."""

    start_s: float
    end_s: float
    label: str
    probability: float
    support: float = Field(description="How probable it found the piece's best label, 0 to 1.")


class Prediction(BaseModel):
    """A task's answer for one piece."""

    label: str = Field(description="The best, or `unknown`.")
    probability: float = Field(description="Of the best label that is a name, 0 to 1.")
    ranking: Ranking = Field(description="Labels with their probabilities, best first.")
    bundle: str
    reason: str | None = Field(None, description="Why it is `unknown`.")
    valence: float | None = Field(None, description="-1 to 1, of a mood.")
    arousal: float | None = Field(None, description="-1 to 1, of a mood.")
    evidence: list[Evidence] = []


class Identification(BaseModel):
    """What muso says of one piece, by task."""

    media: Literal["score", "clip", "cover"]
    predictions: dict[str, Prediction]
    models: list[str] = Field([], description="The bundles that were asked.")
    remark: str | None = Field(None, description="On a recording that was cut short.")


class Listed(Identification):
    """The same of a piece in the list."""

    name: str


class Window(BaseModel):
    """What was said of one window of a piece."""

    start_s: float
    end_s: float
    label: str
    probability: float
    ranking: Ranking
    valence: float | None = None
    arousal: float | None = None


class Timeline(BaseModel):
    """How the answer of a task changes in a piece."""

    task: str
    bundle: str
    windows: list[Window] = Field(description="In the order of time; silence has none.")
