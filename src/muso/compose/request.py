"""What may be asked of a composer, and what is refused before a note is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from muso.errors import UsageError
from muso.music.files import StrPath

MOODS = ("sad", "calm", "angry", "happy")
"""Number = (valence above 0) + 2 × (arousal above 0)."""
CORNERS = {"sad": (-1.0, -1.0), "calm": (1.0, -1.0), "angry": (-1.0, 1.0), "happy": (1.0, 1.0)}
"""Valence and arousal of each mood at its purest."""

DEFAULT_BUNDLE = "muse.1"
"""What composes unless another model is asked for."""
DEFAULT_LENGTH_S = 60.0
MAX_LENGTH_S = 1800.0
MAX_NOTES = 20_000
MAX_BARS = 1000


@dataclass(frozen=True)
class ComposeRequest:
    """One piece that is asked for. Everything has a default; a mood alone makes a good piece.

    Attributes:
        mood: sad, calm, angry or happy; None leaves it to chance.
        valence, arousal: instead of a mood, each -1…1; one alone leaves the other to chance.
        seconds, bars, notes: how long; at most one of them. A minute if none.
        seed: 0 and more; the same seed and bundle give the same bytes on one machine.
        temperature: above 0…2: below 1 plainer, above 1 wilder; None for the bundle's own.
        top_p: above 0…1: only the likeliest words that together have this share; None for the
            bundle's own.
        start: a score that the piece goes on from; it is part of the result.
        humanize: 0 (as written)…1, how freely it is played; None leaves it alone.
        bundle: the model, by name or folder, one's own style too; None for the shipped one.
        like: in the manner of one of the collections that the model learnt from.
        steering: values of neurons for a mood, a file that `steer` made; it names its bundle.
        instrument: General MIDI program 0…127 of every track; None for the bundle's own.
        tracks: 1 for one part, 2 for two hands.
        loop_bars: make a phrase of so many bars that loops without a seam; it takes the place of
            a length.
        beat: a drum track to go with it; None for none.
        candidates: how many continuations compete at each turn, judged by an ear for the mood or
            the style; 1 takes what comes; None for as many as do well for what is asked.
    """

    mood: str | None = None
    valence: float | None = None
    arousal: float | None = None
    seconds: float | None = None
    bars: int | None = None
    notes: int | None = None
    seed: int = 0
    temperature: float | None = None
    top_p: float | None = None
    start: StrPath | None = None
    humanize: float | None = None
    bundle: str | None = None
    like: str | None = None
    steering: StrPath | None = None
    instrument: int | None = None
    tracks: int = 2
    loop_bars: int | None = None
    beat: str | None = None
    candidates: int | None = None

    def __post_init__(self) -> None:
        """Raises UsageError where a value is out of its range or two contradict each other."""
        if self.mood is not None and self.mood not in MOODS:
            raise UsageError(f"there is no mood {self.mood!r}; there are {', '.join(MOODS)}")
        if self.mood is not None and (self.valence, self.arousal) != (None, None):
            raise UsageError("a mood sets valence and arousal; give the mood or the coordinates")
        if self.steering is not None and (self.bundle or self.target != (None, None)):
            raise UsageError("steering brings its own bundle and mood; leave these out")
        lengths = (self.seconds, self.bars, self.notes, self.loop_bars)
        if sum(length is not None for length in lengths) > 1:
            raise UsageError("seconds, bars, notes and loop each set the length; give one of them")
        for name, lowest, highest in _RANGES:
            value = getattr(self, name)
            if value is not None and not lowest <= value <= highest:
                raise UsageError(f"{name} is {value:g}; give {lowest:g} to {highest:g}")

    @property
    def target(self) -> tuple[float | None, float | None]:
        """Valence and arousal asked for, each -1…1; None where it is left to chance.

        >>> ComposeRequest(mood="calm").target
        (1.0, -1.0)
        """
        return (self.valence, self.arousal) if self.mood is None else CORNERS[self.mood]

    def as_dict(self) -> dict[str, Any]:
        """What was asked for, as JSON holds it: values left to their defaults are left out."""
        plain = vars(ComposeRequest())
        asked = {key: value for key, value in vars(self).items() if value != plain[key]}
        return {k: str(v) if k in ("start", "steering") else v for k, v in asked.items()}


_RANGES = (
    ("valence", -1, 1),
    ("arousal", -1, 1),
    ("seconds", 1, MAX_LENGTH_S),
    ("bars", 1, MAX_BARS),
    ("notes", 1, MAX_NOTES),
    ("seed", 0, 2**63 - 1),
    ("temperature", 0.05, 2),
    ("top_p", 0.01, 1),
    ("humanize", 0, 1),
    ("instrument", 0, 127),
    ("tracks", 1, 2),
    ("loop_bars", 1, 64),
    ("candidates", 1, 64),
)
