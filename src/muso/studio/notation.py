"""Scores as the API tells them: notes to be drawn."""

from __future__ import annotations

from pydantic import BaseModel, Field


class Track(BaseModel):
    """A part of a score."""

    name: str
    drums: bool


class Notes(BaseModel):
    """A score as it is drawn."""

    length_s: float
    count: int
    notes: list[tuple[float, float, int, int, int]] = Field(
        description="Onset and duration in seconds, pitch, velocity, track."
    )
    tracks: list[Track]
    bars_s: list[float]
    tempo_bpm: float
    moved: str | None = Field(None, description="What humanizing did.")
