"""What hears moods and styles while music is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from muso.service.models import load

if TYPE_CHECKING:
    from muso.bundle.language import LanguageBundle
    from muso.compose.sampling import Ear
    from muso.judge.style_ear import StyleEar
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


def style_ear(model: LanguageBundle) -> StyleEar | None:
    """What hears whether a score is in the style of a model; None where it is nobody's style.

    Raises:
        BundleError: the ear in the bundle is damaged.
    """
    import numpy as np

    from muso.bundle.arrays import read_array
    from muso.judge.style import FEATURES
    from muso.judge.style_ear import EAR, StyleEar

    if EAR not in model.digests:
        return None
    fitted = read_array(model, EAR, (FEATURES + 1,)).astype(np.float64)
    return StyleEar(fitted[:-1], float(fitted[-1]))
