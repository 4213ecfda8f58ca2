"""What hears moods while music is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from muso.service.models import load

if TYPE_CHECKING:
    from muso.compose.sampling import Ear
    from muso.music.score import Score

EAR = "mood-steer.1"
"""Hears moods while composing. It shares no training piece with the judge of composed moods."""


def mood_ear(bundle: str = EAR) -> Ear:
    """What a bundle that knows moods hears in a score, as the probability of each.

    Raises:
        UsageError: there is no such bundle.
    """
    model = load(bundle)

    def hear(score: Score) -> dict[str, float]:
        return dict(model.predict(score).ranking)

    return hear
