"""The General MIDI drum kit: what each key strikes."""

from __future__ import annotations

from dataclasses import dataclass

from muso.music.sound.beats import Beat
from muso.music.sound.tone import Tone

CLOSED_HAT, PEDAL_HAT, OPEN_HAT = 42, 44, 46

CHOKES = {
    CLOSED_HAT: (OPEN_HAT,),
    PEDAL_HAT: (OPEN_HAT,),
    OPEN_HAT: (OPEN_HAT,),
    71: (72,),
    73: (74,),
    78: (79,),
    80: (81,),
}
"""Which drums a stroke on another silences (General MIDI 1, exclusive classes)."""


def _tom(hz: float, pan: float) -> Beat:
    skins = ((hz, 0.0, 0.5, 0.35, 0.05), (hz * 1.59, -10.0, 0.25, 0.2, 0.03))
    return Beat(skins, ((200.0, 2500.0, -18.0, 0.08),), pan=pan, level_db=-2.0)


def _cymbal(low_hz: float, ring_s: float, pan: float, level_db: float) -> Beat:
    hisses = ((3000.0, 14000.0, -2.0, ring_s), (5000.0, 12000.0, 2.0, 0.15))
    return Beat((), hisses, ((low_hz, 11000.0, 90, 2.0, ring_s * 1.2),), pan=pan, level_db=level_db)


def _ride(pan: float) -> Beat:
    metals = ((2800.0, 9000.0, 50, 0.0, 1.4), (420.0, 2400.0, 12, -10.0, 0.8))
    return Beat((), ((6000.0, 14000.0, -6.0, 0.25),), metals, pan=pan, level_db=-5.0)


def _hat(ring_s: float, level_db: float) -> Beat:
    hisses = ((5200.0, 12000.0, 0.0, ring_s), (6500.0, 13000.0, 2.0, 0.03))
    return Beat((), hisses, ((3400.0, 11000.0, 40, 0.0, ring_s),), pan=0.25, level_db=level_db)


def _hand(hz: float, ring_s: float, slap_db: float, pan: float) -> Beat:
    skins = ((hz, 0.0, ring_s, 0.12, 0.02), (hz * 2.1, -9.0, ring_s / 2, 0.05, 0.02))
    return Beat(skins, ((900.0, 5000.0, slap_db, 0.06),), pan=pan, level_db=-2.0)


def _shaken(low_hz: float, ring_s: float) -> Beat:
    return Beat((), ((low_hz, 13000.0, 0.0, ring_s),), rise_s=0.01, pan=-0.3, level_db=-7.0)


def _metal_bell(hz: tuple[float, ...], ring_s: float, pan: float, level_db: float) -> Beat:
    skins = tuple((f, -5.0 * k, ring_s / (1 + 0.4 * k), 0.0, 0.01) for k, f in enumerate(hz))
    return Beat(skins, ((3000.0, 9000.0, -18.0, 0.03),), pan=pan, level_db=level_db)


KICK = Beat(
    ((52.0, 0.0, 0.38, 2.6, 0.018), (95.0, -12.0, 0.12, 1.0, 0.02)),
    ((1200.0, 4500.0, -20.0, 0.02),),
    level_db=-2.0,
)
SNARE = Beat(
    ((188.0, 0.0, 0.16, 0.25, 0.02), (331.0, -4.0, 0.11, 0.15, 0.02)),
    ((1200.0, 7000.0, -7.0, 0.24), (2500.0, 10000.0, -6.0, 0.05)),
    level_db=-1.0,
)

KIT: dict[int, Beat] = {
    27: Beat(((1800.0, 0.0, 0.08, 1.5, 0.02),), level_db=-8.0),
    28: Beat((), ((1500.0, 6000.0, 0.0, 0.07),), level_db=-6.0),
    29: Beat((), ((900.0, 4000.0, 0.0, 0.1),), rise_s=0.02, level_db=-8.0),
    30: Beat((), ((1200.0, 5000.0, 0.0, 0.12),), rise_s=0.03, level_db=-8.0),
    31: Beat(((1900.0, 0.0, 0.05, 0.0, 0.01),), ((2000.0, 8000.0, -4.0, 0.03),), level_db=-6.0),
    32: Beat(((2600.0, 0.0, 0.03, 0.0, 0.01),), ((3000.0, 9000.0, -4.0, 0.02),), level_db=-8.0),
    33: Beat(((1050.0, 0.0, 0.06, 0.0, 0.01), (2650.0, -6.0, 0.04, 0.0, 0.01)), level_db=-6.0),
    34: _metal_bell((1150.0, 2900.0, 5200.0), 0.6, 0.0, -7.0),
    35: Beat(
        ((46.0, 0.0, 0.45, 2.0, 0.022), (82.0, -12.0, 0.14, 0.8, 0.02)),
        ((800.0, 3000.0, -26.0, 0.02),),
        level_db=-2.0,
    ),
    36: KICK,
    37: Beat(
        ((1650.0, 0.0, 0.05, 0.0, 0.01), (540.0, -5.0, 0.06, 0.0, 0.01)),
        ((2000.0, 8000.0, -5.0, 0.03),),
        level_db=-3.0,
    ),
    38: SNARE,
    39: Beat((), ((900.0, 3800.0, 0.0, 0.16),), at_s=(0.0, 0.011, 0.023, 0.034), level_db=-1.0),
    40: Beat(
        ((215.0, 0.0, 0.12, 0.3, 0.02), (390.0, -3.0, 0.08, 0.2, 0.02)),
        ((1800.0, 11000.0, -4.0, 0.2),),
        level_db=-1.0,
    ),
    41: _tom(78.0, -0.45),
    42: _hat(0.08, -8.0),
    43: _tom(94.0, -0.3),
    44: _hat(0.1, -9.0),
    45: _tom(112.0, -0.12),
    46: _hat(0.75, -10.0),
    47: _tom(135.0, 0.08),
    48: _tom(160.0, 0.25),
    49: _cymbal(600.0, 2.2, -0.4, -2.0),
    50: _tom(190.0, 0.42),
    51: _ride(0.4),
    52: _cymbal(380.0, 1.5, 0.35, -2.0),
    53: Beat(
        (),
        ((5000.0, 12000.0, -12.0, 0.1),),
        ((900.0, 6500.0, 16, 0.0, 1.6),),
        pan=0.4,
        level_db=-5.0,
    ),
    54: Beat(
        (),
        ((6500.0, 14000.0, 0.0, 0.2),),
        ((6000.0, 11000.0, 20, 0.0, 0.25),),
        at_s=(0.0, 0.028),
        pan=0.2,
        level_db=-7.0,
    ),
    55: _cymbal(900.0, 0.9, -0.25, -3.0),
    56: _metal_bell((562.0, 845.0, 1690.0), 0.28, 0.3, -4.0),
    57: _cymbal(680.0, 2.0, 0.4, -2.0),
    58: Beat(
        ((180.0, -6.0, 0.2, 0.0, 0.01),),
        ((1500.0, 7000.0, 0.0, 0.5),),
        at_s=(0.0, 0.05, 0.1, 0.15, 0.2),
        level_db=-5.0,
    ),
    59: _ride(0.55),
    60: _hand(395.0, 0.2, -14.0, -0.35),
    61: _hand(290.0, 0.28, -16.0, -0.35),
    62: _hand(335.0, 0.09, -8.0, 0.3),
    63: _hand(325.0, 0.32, -14.0, 0.3),
    64: _hand(205.0, 0.4, -16.0, 0.3),
    65: _tom(330.0, -0.3),
    66: _tom(235.0, -0.3),
    67: _metal_bell((910.0, 2310.0), 0.35, 0.4, -5.0),
    68: _metal_bell((650.0, 1680.0), 0.4, 0.4, -5.0),
    69: _shaken(4200.0, 0.12),
    70: _shaken(5200.0, 0.07),
    71: Beat(((2350.0, 0.0, 0.25, 0.04, 0.02), (2400.0, -2.0, 0.25, 0.04, 0.02)), level_db=-9.0),
    72: Beat(((2250.0, 0.0, 0.7, 0.04, 0.02), (2310.0, -2.0, 0.7, 0.04, 0.02)), level_db=-9.0),
    73: Beat((), ((2500.0, 8000.0, 0.0, 0.05),), at_s=(0.0, 0.02, 0.04, 0.06), level_db=-7.0),
    74: Beat(
        (), ((2200.0, 7500.0, 0.0, 0.06),), at_s=tuple(k * 0.024 for k in range(14)), level_db=-7.0
    ),
    75: Beat(((2480.0, 0.0, 0.07, 0.0, 0.01), (4900.0, -14.0, 0.04, 0.0, 0.01)), level_db=-5.0),
    76: Beat(((1020.0, 0.0, 0.09, 0.0, 0.01), (2700.0, -10.0, 0.05, 0.0, 0.01)), level_db=-4.0),
    77: Beat(((760.0, 0.0, 0.1, 0.0, 0.01), (2000.0, -10.0, 0.05, 0.0, 0.01)), level_db=-4.0),
    78: Beat(((620.0, 0.0, 0.12, -0.3, 0.04),), ((800.0, 3000.0, -16.0, 0.05),), level_db=-5.0),
    79: Beat(((430.0, 0.0, 0.3, 0.35, 0.09),), ((800.0, 3000.0, -18.0, 0.05),), level_db=-5.0),
    80: _metal_bell((4200.0, 6750.0, 9900.0), 0.12, -0.4, -9.0),
    81: _metal_bell((4200.0, 6750.0, 9900.0), 1.8, -0.4, -9.0),
    82: _shaken(6000.0, 0.09),
    83: Beat((), (), ((4500.0, 10000.0, 24, 0.0, 0.5),), at_s=(0.0,), level_db=-8.0),
    84: Beat((), (), ((2200.0, 9000.0, 60, 0.0, 1.6),), level_db=-9.0),
    85: Beat(((1500.0, 0.0, 0.05, 0.0, 0.01),), ((1500.0, 5000.0, -8.0, 0.03),), level_db=-4.0),
    86: _tom(70.0, 0.0),
    87: Beat(
        ((66.0, 0.0, 0.9, 0.25, 0.05), (105.0, -8.0, 0.4, 0.2, 0.04)),
        ((200.0, 1500.0, -20.0, 0.06),),
    ),
}
"""The General MIDI percussion map, 35…81, and Roland's extension of it to 27…87."""


@dataclass(frozen=True)
class Drums:
    """The drum kit: every key is another drum; keys outside the map play their nearest."""

    def tone(self, pitch: int, hardness: float, sample_rate: int) -> Tone:
        """One stroke on the drum of this key."""
        return KIT[min(max(pitch, min(KIT)), max(KIT))].tone(pitch, hardness, sample_rate)
