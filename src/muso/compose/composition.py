"""What composing gives: notes as they are made, and the finished piece with where it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from muso.music.score import Score


@dataclass(frozen=True)
class Note:
    """One note of a piece that is still being made, in seconds at the tempo it will have.

    Attributes:
        onset_s, duration_s: from the start of the piece; at least 0.
        pitch: MIDI note number, 0…127. velocity: 1…127.
    """

    onset_s: float
    duration_s: float
    pitch: int
    velocity: int

    def as_dict(self) -> dict[str, float | int]:
        """The note as JSON holds it, times to a millisecond."""
        return {
            "onset_s": round(self.onset_s, 3),
            "duration_s": round(self.duration_s, 3),
            "pitch": self.pitch,
            "velocity": self.velocity,
        }


@dataclass(frozen=True, eq=False)
class Composition:
    """A piece that muso made, and all that is needed to make it again.

    Attributes:
        score: the music, with tempo, meter, key and named tracks.
        bundle: the model that composed it. made_by: the version of muso.
        seed: of all its draws.
        request: what was asked for, as JSON holds it.
        heard: probability of each mood by the ear that steered it; empty where none did.
    """

    score: Score
    bundle: str
    made_by: str
    seed: int
    request: Mapping[str, Any]
    heard: Mapping[str, float] = field(default_factory=dict)

    @property
    def tempo_bpm(self) -> float:
        """Quarter notes a minute, on average over the piece."""
        return self.score.length_beats * 60 / max(self.score.length_s, 1e-9)

    def as_dict(self) -> dict[str, Any]:
        """Provenance and size, as `--json` prints them; not the notes."""
        score = self.score
        return {
            "bundle": self.bundle,
            "made_by": self.made_by,
            "seed": self.seed,
            "request": dict(self.request),
            "heard": {mood: round(share, 4) for mood, share in self.heard.items()},
            "notes": len(score),
            "length_s": round(score.length_s, 2),
            "tempo_bpm": round(self.tempo_bpm, 1),
        }
