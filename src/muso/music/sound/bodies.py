"""Bodies that several instruments share, and how players sit."""

from __future__ import annotations

from muso.music.sound.struck import Formant

GUITAR_BODY: tuple[Formant, ...] = ((105.0, 7.0, 0.35), (210.0, 6.0, 0.35), (430.0, 3.0, 0.5))
VIOLIN_BODY: tuple[Formant, ...] = (
    (280.0, 5.0, 0.3),
    (480.0, 5.0, 0.3),
    (1000.0, -4.0, 0.5),
    (2600.0, 7.0, 0.6),
)
CELLO_BODY: tuple[Formant, ...] = (
    (110.0, 4.0, 0.4),
    (220.0, 5.0, 0.4),
    (600.0, 3.0, 0.5),
    (1800.0, 4.0, 0.6),
)
AH: tuple[Formant, ...] = ((700.0, 16.0, 0.35), (1150.0, 12.0, 0.3), (2700.0, 12.0, 0.3))
OO: tuple[Formant, ...] = ((350.0, 16.0, 0.4), (800.0, 9.0, 0.35), (2500.0, 4.0, 0.3))
PAIR = ((-5.0, -0.5), (5.0, 0.5))
DESKS = ((-9.0, -0.7), (-4.0, 0.4), (1.0, -0.1), (4.0, -0.4), (8.0, 0.7))
CHOIR = ((-11.0, -0.7), (-4.0, 0.5), (3.0, -0.3), (12.0, 0.7))
