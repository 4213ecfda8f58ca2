"""The 128 programs of General MIDI 1, each with the voice that plays it."""

from __future__ import annotations

from dataclasses import replace

from muso.music.sound import beyond, keyed, orchestra
from muso.music.sound.kit import Drums
from muso.music.sound.piano import Damper, Piano
from muso.music.sound.tone import Voice

KIT = 128
"""The voice of percussion tracks."""
DAMPER = 129
"""What a piano's damper sounds like when it falls."""
OPEN = 130
"""Added to a piano's program: the same with its pedal down as it is struck."""


def _all() -> tuple[Voice, ...]:
    families = (
        keyed.pianos, keyed.mallets, keyed.organs, keyed.guitars, keyed.basses,
        orchestra.strings, orchestra.ensembles, orchestra.brass, orchestra.reeds, orchestra.pipes,
        beyond.leads, beyond.pads, beyond.effects, beyond.folk, beyond.percussive, beyond.sounds,
    )  # fmt: skip
    programs = tuple(voice for family in families for voice in family())
    opened = tuple(replace(v, opened=True) for v in programs if isinstance(v, Piano))
    return (*programs, Drums(), Damper(), *opened)


VOICES: tuple[Voice, ...] = _all()
"""Programs 0…127, then `KIT`, `DAMPER` and, from `OPEN` on, the pianos with their pedal down."""
PIANOS = range(4)
"""Programs whose strings a pedal can free."""
