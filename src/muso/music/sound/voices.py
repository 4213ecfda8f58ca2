"""The 128 programs of General MIDI 1, each with the voice that plays it."""

from __future__ import annotations

from dataclasses import replace

from muso.music.sound.beats import Air, Beat
from muso.music.sound.kit import Drums
from muso.music.sound.piano import Damper, Piano
from muso.music.sound.struck import Bar, Formant, Plucked
from muso.music.sound.sustained import Sustained
from muso.music.sound.tone import Tremolo, Vibrato, Voice

KIT = 128
"""The voice of percussion tracks."""
DAMPER = 129
"""What a piano's damper sounds like when it falls."""
OPEN = 130
"""Added to a piano's program: the same with its pedal down as it is struck."""

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


def _pianos() -> tuple[Voice, ...]:
    electric = Bar(
        (1.0, 2.0, 3.0, 4.0, 6.27, 12.6),
        (0.0, -17.0, -27.0, -33.0, -30.0, -44.0),
        ring_s=6.0,
        falls=0.7,
        harder_db=6.0,
        tremolo=Tremolo(4.8, 0.25),
        click_db=-26.0,
        release_s=0.15,
    )
    digital = replace(
        electric,
        ratios=(1.0, 2.0, 3.0, 5.0, 14.0, 15.0),
        levels_db=(0.0, -14.0, -22.0, -30.0, -27.0, -33.0),
        doubled_cents=6.0,
        tremolo=None,
    )
    harpsichord = Plucked(
        pluck=0.11,
        reach_hz=4600.0,
        ring_s=3.2,
        strings=((0.0, 1.0), (1200.8, 0.42), (0.9, 0.4)),
        formants=((300.0, 4.0, 0.6), (1200.0, 3.0, 0.6)),
        pick_db=-17.0,
        release_s=0.09,
    )
    clavinet = Plucked(
        pluck=0.07,
        reach_hz=3000.0,
        ring_s=2.0,
        formants=((700.0, 5.0, 0.7), (2200.0, 5.0, 0.5)),
        pick_db=-17.0,
        release_s=0.05,
    )
    return (
        Piano(),
        Piano(brightness=1.4),
        Piano(brightness=1.15, unison_cents=2.5, knock_db=-8.0),
        Piano(brightness=1.2, unison_cents=15.0),
        electric,
        digital,
        harpsichord,
        clavinet,
    )


def _mallets() -> tuple[Voice, ...]:
    plate = (1.0, 2.756, 5.404, 8.933)
    return (
        Bar((1.0, 2.0, 4.0, 6.9), (0.0, -30.0, -20.0, -34.0), ring_s=1.8, click_db=-26.0),
        Bar(plate, (0.0, -12.0, -20.0, -30.0), ring_s=5.0, shorter=0.75, click_hz=6000.0),
        Bar((1.0, 2.0, 3.01, 6.27), (0.0, -18.0, -26.0, -22.0), ring_s=2.6, click_db=-20.0),
        Bar(
            (1.0, 3.98, 10.2),
            (0.0, -16.0, -30.0),
            ring_s=6.0,
            tremolo=Tremolo(5.3, 0.5),
            click_db=-30.0,
        ),
        Bar((1.0, 3.99, 9.9), (0.0, -14.0, -26.0), ring_s=1.0, falls=0.9, release_s=0.8),
        Bar(
            (1.0, 3.0, 6.1, 10.0),
            (0.0, -8.0, -14.0, -22.0),
            ring_s=0.6,
            falls=0.6,
            click_hz=5000.0,
            click_db=-16.0,
            release_s=0.6,
        ),
        Bar(
            (1.0, 2.0, 3.0, 4.02, 5.2, 6.6),
            (-10.0, 0.0, -3.0, -6.0, -12.0, -18.0),
            ring_s=6.0,
            shorter=0.8,
            falls=0.5,
            doubled_cents=4.0,
            release_s=1.2,
        ),
        Plucked(
            pluck=0.13,
            reach_hz=3600.0,
            ring_s=2.8,
            strings=((0.0, 1.0), (3.5, 0.6), (-2.5, 0.5)),
            pick_db=-15.0,
            release_s=0.3,
        ),
    )


def _organs() -> tuple[Voice, ...]:
    drawbar = Sustained(
        tilt_db=28.0,
        ranks=(
            (0.5, 0.6),
            (1.0, 1.0),
            (1.5, 0.45),
            (2.0, 0.55),
            (3.0, 0.3),
            (4.0, 0.25),
            (8.0, 0.1),
        ),
        attack_s=0.004,
        vibrato=Vibrato(5.0, 6.4, 0.1),
        tremolo=Tremolo(6.4, 0.18),
        chiff_db=-16.0,
        release_s=0.05,
    )
    church = Sustained(
        tilt_db=10.0,
        reach_hz=2600.0,
        ranks=((0.5, 0.4), (1.0, 1.0), (2.0, 0.6), (3.0, 0.2), (4.0, 0.3), (8.0, 0.12)),
        players=((-1.6, -0.5), (1.6, 0.5)),
        attack_s=0.03,
        chiff_db=-20.0,
        softer_db=1.5,
        release_s=0.3,
    )
    reed = Sustained(
        tilt_db=6.0,
        reach_hz=1500.0,
        formants=((900.0, 4.0, 0.7),),
        players=((-2.0, -0.3), (2.0, 0.3)),
        attack_s=0.035,
        breath_db=-42.0,
    )
    return (
        drawbar,
        replace(drawbar, ranks=((0.5, 0.6), (1.0, 1.0), (1.5, 0.5), (3.0, 0.4)), chiff_db=-10.0),
        replace(drawbar, tilt_db=11.0, vibrato=Vibrato(7.0, 6.8, 0.0), tremolo=Tremolo(6.8, 0.3)),
        church,
        reed,
        replace(reed, players=((-9.0, -0.4), (0.0, 0.0), (9.0, 0.4)), reach_hz=2600.0),
        replace(
            reed,
            players=((-1.0, 0.0), (1.5, 0.0)),
            reach_hz=2800.0,
            formants=((1400.0, 6.0, 0.6),),
            vibrato=Vibrato(12.0, 5.0, 0.3),
            breath_db=-34.0,
        ),
        replace(reed, players=((-2.5, -0.3), (2.5, 0.3)), reach_hz=2200.0),
    )


def _guitars() -> tuple[Voice, ...]:
    nylon = Plucked(formants=GUITAR_BODY)
    steel = replace(
        nylon,
        pluck=0.13,
        reach_hz=3200.0,
        ring_s=5.0,
        damp=0.7,
        stiffness=8e-5,
        strings=((0.0, 1.0), (1.5, 0.4)),
        pick_db=-20.0,
    )
    clean = replace(
        steel, pluck=0.22, reach_hz=2600.0, ring_s=6.0, damp=0.5, formants=((1900.0, 4.0, 0.8),)
    )
    overdriven = Sustained(
        tilt_db=4.5,
        reach_hz=1700.0,
        keeps=0.15,
        even_db=-5.0,
        formants=((800.0, 4.0, 0.8), (2600.0, 6.0, 0.6)),
        players=((-2.0, -0.15), (2.0, 0.15)),
        attack_s=0.004,
        decay_s=14.0,
        chiff_db=-14.0,
        release_s=0.09,
    )
    return (
        nylon,
        steel,
        replace(clean, pluck=0.3, reach_hz=1500.0, damp=0.8),
        clean,
        replace(clean, ring_s=0.7, damp=1.6, pick_db=-16.0, release_s=0.06),
        overdriven,
        replace(
            overdriven, tilt_db=3.0, reach_hz=2100.0, ranks=((1.0, 1.0), (1.5, 0.25)), decay_s=20.0
        ),
        Bar((1.0, 2.0, 3.0, 4.0), (0.0, -14.0, -22.0, -30.0), ring_s=4.0, release_s=0.15),
    )


def _basses() -> tuple[Voice, ...]:
    upright = Plucked(
        pluck=0.25,
        reach_hz=1400.0,
        ring_s=1.6,
        shorter=0.8,
        damp=1.4,
        formants=((100.0, 5.0, 0.5), (250.0, 3.0, 0.6)),
        pick_db=-22.0,
        level_db=1.0,
    )
    finger = replace(upright, reach_hz=1900.0, ring_s=3.5, damp=0.8, formants=(), pick_db=-26.0)
    slap = replace(finger, pluck=0.12, reach_hz=5000.0, pick_db=-12.0)
    synth = Sustained(
        tilt_db=6.0,
        reach_hz=1100.0,
        players=((-3.0, 0.0), (3.0, 0.0)),
        attack_s=0.003,
        decay_s=3.0,
        release_s=0.08,
        level_db=1.0,
    )
    return (
        upright,
        finger,
        replace(finger, pluck=0.1, reach_hz=3600.0, pick_db=-16.0),
        replace(finger, pluck=0.3, reach_hz=1700.0, ring_s=5.0, pick_db=-34.0),
        slap,
        replace(slap, pluck=0.09, ring_s=2.5),
        synth,
        replace(synth, even_db=-12.0, reach_hz=800.0, ranks=((1.0, 1.0), (0.5, 0.4))),
    )


def _strings() -> tuple[Voice, ...]:
    violin = Sustained(
        tilt_db=5.0,
        reach_hz=3400.0,
        keeps=0.2,
        formants=VIOLIN_BODY,
        attack_s=0.05,
        vibrato=Vibrato(13.0, 5.6, 0.25),
        breath_db=-36.0,
        breath_hz=(1500.0, 7000.0),
        softer_db=4.0,
        release_s=0.16,
    )
    viola = replace(violin, reach_hz=2600.0, vibrato=Vibrato(12.0, 5.3, 0.25))
    cello = replace(
        viola,
        formants=CELLO_BODY,
        reach_hz=2300.0,
        vibrato=Vibrato(11.0, 5.1, 0.25),
        attack_s=0.06,
        breath_hz=(600.0, 4000.0),
    )
    desks = replace(
        violin, players=DESKS, vibrato=None, attack_s=0.08, reach_hz=2600.0, release_s=0.3
    )
    plucked = Plucked(
        pluck=0.2,
        reach_hz=1600.0,
        ring_s=0.9,
        damp=1.2,
        formants=((280.0, 5.0, 0.4), (900.0, 3.0, 0.6)),
        strings=((-3.0, 0.8), (3.0, 0.7)),
        pick_db=-20.0,
        release_s=0.3,
    )
    harp = Plucked(
        pluck=0.4, reach_hz=1700.0, ring_s=4.5, shorter=0.62, damp=0.8, pick_db=-30.0, release_s=0.9
    )
    timpani = Bar(
        (1.0, 1.5, 1.98, 2.44, 2.9),
        (0.0, -4.0, -9.0, -13.0, -18.0),
        ring_s=1.3,
        shorter=0.8,
        falls=0.4,
        click_db=-10.0,
        click_hz=700.0,
        release_s=0.8,
        level_db=1.0,
    )
    trembling = replace(desks, players=DESKS[::2], tremolo=Tremolo(11.5, 0.6), attack_s=0.03)
    return (
        violin,
        viola,
        cello,
        replace(cello, reach_hz=1700.0, vibrato=Vibrato(7.0, 4.7, 0.3), attack_s=0.07),
        trembling,
        plucked,
        harp,
        timpani,
    )


def _ensembles() -> tuple[Voice, ...]:
    desks = Sustained(
        tilt_db=5.5,
        reach_hz=2600.0,
        keeps=0.25,
        formants=VIOLIN_BODY,
        players=DESKS,
        attack_s=0.06,
        softer_db=4.0,
        release_s=0.32,
    )
    synth = replace(desks, formants=(), tilt_db=6.0, reach_hz=2000.0, attack_s=0.09)
    choir = Sustained(
        tilt_db=9.0,
        reach_hz=3000.0,
        keeps=0.0,
        formants=AH,
        players=CHOIR,
        attack_s=0.07,
        breath_db=-38.0,
        breath_hz=(1500.0, 6000.0),
        release_s=0.35,
    )
    hit = Beat(
        tuple((262.0 * r, -2.0 * k, 0.7, 0.0, 0.01) for k, r in enumerate((0.5, 1, 1.5, 2, 3, 4))),
        ((300.0, 6000.0, -4.0, 0.35),),
        follows=True,
    )
    return (
        desks,
        replace(desks, attack_s=0.14, reach_hz=2100.0, release_s=0.45),
        synth,
        replace(synth, attack_s=0.15, reach_hz=1500.0),
        choir,
        replace(choir, formants=OO, players=CHOIR[1:3], vibrato=Vibrato(9.0, 5.0, 0.3)),
        replace(choir, reach_hz=2200.0, players=PAIR, breath_db=None),
        hit,
    )


def _brass() -> tuple[Voice, ...]:
    trumpet = Sustained(
        tilt_db=2.0,
        reach_hz=2300.0,
        keeps=0.25,
        formants=((1300.0, 4.0, 0.8),),
        attack_s=0.014,
        bloom=2.5,
        vibrato=Vibrato(4.0, 5.2, 0.5),
        breath_db=-44.0,
        softer_db=5.0,
        release_s=0.1,
    )
    trombone = replace(
        trumpet, reach_hz=1500.0, formants=((600.0, 4.0, 0.8),), attack_s=0.02, vibrato=None
    )
    tuba = replace(trombone, reach_hz=700.0, formants=((230.0, 4.0, 0.8),), attack_s=0.026)
    horn = replace(trombone, reach_hz=850.0, formants=((380.0, 4.0, 0.7),), attack_s=0.03)
    section = replace(
        trumpet,
        players=((-6.0, -0.5), (0.0, 0.1), (6.0, 0.5)),
        vibrato=None,
        breath_db=None,
        release_s=0.14,
    )
    synth = Sustained(
        tilt_db=6.0, reach_hz=1900.0, players=PAIR, attack_s=0.02, bloom=2.0, release_s=0.15
    )
    return (
        trumpet,
        trombone,
        tuba,
        replace(
            trumpet,
            reach_hz=2000.0,
            formants=((1700.0, 10.0, 0.4), (500.0, -9.0, 0.8)),
            level_db=-2.0,
        ),
        horn,
        section,
        synth,
        replace(synth, reach_hz=1200.0, attack_s=0.035),
    )


def _reeds() -> tuple[Voice, ...]:
    sax = Sustained(
        tilt_db=5.0,
        reach_hz=2300.0,
        formants=((700.0, 4.0, 0.6), (1800.0, 4.0, 0.6)),
        attack_s=0.022,
        bloom=1.0,
        vibrato=Vibrato(9.0, 5.2, 0.35),
        breath_db=-34.0,
        softer_db=4.0,
        release_s=0.1,
    )
    oboe = Sustained(
        tilt_db=3.0,
        reach_hz=2600.0,
        keeps=0.1,
        formants=((1100.0, 9.0, 0.5), (2900.0, 6.0, 0.4), (450.0, -4.0, 0.6)),
        attack_s=0.018,
        vibrato=Vibrato(8.0, 5.4, 0.3),
        breath_db=-44.0,
        release_s=0.09,
    )
    return (
        replace(sax, reach_hz=2900.0, formants=((1100.0, 4.0, 0.6),)),
        replace(sax, reach_hz=2500.0),
        sax,
        replace(sax, reach_hz=1600.0, formants=((350.0, 4.0, 0.6), (1200.0, 3.0, 0.6))),
        oboe,
        replace(oboe, formants=((800.0, 8.0, 0.5), (2000.0, 4.0, 0.4)), reach_hz=2000.0),
        replace(
            oboe,
            formants=((470.0, 9.0, 0.5), (1200.0, 4.0, 0.4)),
            reach_hz=1500.0,
            vibrato=Vibrato(4.0, 5.0, 0.4),
        ),
        Sustained(
            tilt_db=5.0,
            reach_hz=2600.0,
            even_db=-18.0,
            attack_s=0.022,
            breath_db=-42.0,
            softer_db=4.0,
            release_s=0.09,
        ),
    )


def _pipes() -> tuple[Voice, ...]:
    flute = Sustained(
        tilt_db=11.0,
        reach_hz=2400.0,
        attack_s=0.03,
        vibrato=Vibrato(7.0, 5.3, 0.3),
        tremolo=Tremolo(5.3, 0.12),
        breath_db=-30.0,
        breath_hz=(1200.0, 6000.0),
        chiff_db=-20.0,
        release_s=0.1,
    )
    pan = replace(flute, tilt_db=18.0, vibrato=None, tremolo=None, breath_db=-21.0, chiff_db=-8.0)
    return (
        replace(flute, tilt_db=12.0, breath_db=-33.0, attack_s=0.02),
        flute,
        replace(flute, tilt_db=15.0, vibrato=None, tremolo=None, breath_db=-36.0, chiff_db=-16.0),
        pan,
        replace(pan, tilt_db=24.0, breath_db=-17.0, breath_hz=(400.0, 2500.0)),
        replace(
            flute, tilt_db=8.0, vibrato=Vibrato(20.0, 4.6, 0.4), breath_db=-22.0, chiff_db=-9.0
        ),
        Sustained(tilt_db=26.0, attack_s=0.02, vibrato=Vibrato(14.0, 5.5, 0.25), breath_db=-34.0),
        Sustained(tilt_db=20.0, attack_s=0.02, vibrato=Vibrato(6.0, 5.0, 0.3), breath_db=-36.0),
    )


def _leads() -> tuple[Voice, ...]:
    saw = Sustained(
        tilt_db=6.0,
        reach_hz=3800.0,
        players=((-4.0, -0.2), (4.0, 0.2)),
        attack_s=0.004,
        release_s=0.1,
    )
    square = replace(saw, even_db=-36.0, reach_hz=3000.0, players=((-2.0, -0.1), (2.0, 0.1)))
    return (
        square,
        saw,
        replace(square, tilt_db=14.0, chiff_db=-10.0, breath_db=-28.0, attack_s=0.02),
        replace(square, tilt_db=10.0, chiff_db=-4.0),
        replace(saw, tilt_db=4.0, reach_hz=2200.0, decay_s=12.0),
        replace(saw, tilt_db=8.0, formants=AH, keeps=0.0, attack_s=0.04),
        replace(saw, ranks=((1.0, 1.0), (1.5, 0.8)), players=((-3.0, -0.2), (3.0, 0.2))),
        replace(saw, ranks=((1.0, 1.0), (0.5, 0.8)), reach_hz=2200.0),
    )


def _pads() -> tuple[Voice, ...]:
    warm = Sustained(
        tilt_db=7.0,
        reach_hz=1100.0,
        players=((-8.0, -0.6), (0.0, 0.1), (8.0, 0.6)),
        attack_s=0.22,
        release_s=0.7,
        softer_db=2.0,
    )
    sweep = replace(warm, reach_hz=2600.0, attack_s=0.12, bloom=9.0, players=PAIR)
    return (
        replace(warm, ranks=((1.0, 1.0), (3.01, 0.12), (5.02, 0.06)), attack_s=0.06),
        warm,
        replace(warm, reach_hz=2400.0, attack_s=0.03, release_s=0.4),
        replace(warm, tilt_db=9.0, formants=AH, keeps=0.0, reach_hz=2400.0),
        replace(warm, tilt_db=14.0, ranks=((1.0, 1.0), (2.76, 0.12)), reach_hz=2600.0),
        replace(warm, tilt_db=4.0, ranks=((1.0, 1.0), (1.414, 0.15)), reach_hz=1900.0),
        replace(warm, tilt_db=10.0, tremolo=Tremolo(3.1, 0.35)),
        sweep,
    )


def _effects() -> tuple[Voice, ...]:
    mist = Sustained(
        tilt_db=9.0,
        reach_hz=1600.0,
        players=PAIR,
        attack_s=0.18,
        release_s=0.8,
        breath_db=-30.0,
        breath_hz=(2000.0, 7000.0),
    )
    bell = Bar(
        (1.0, 2.0, 2.76, 4.07, 5.4),
        (0.0, -8.0, -12.0, -16.0, -22.0),
        ring_s=4.0,
        shorter=0.8,
        doubled_cents=9.0,
        release_s=0.9,
    )
    return (
        replace(mist, ranks=((1.0, 1.0), (2.0, 0.5), (4.0, 0.3)), tremolo=Tremolo(6.0, 0.4)),
        replace(mist, reach_hz=1000.0, attack_s=0.4, vibrato=Vibrato(10.0, 0.7, 0.0)),
        bell,
        replace(mist, formants=GUITAR_BODY, attack_s=0.02, decay_s=9.0),
        replace(mist, reach_hz=4000.0, attack_s=0.05, breath_db=-22.0),
        replace(mist, formants=OO, keeps=0.0, vibrato=Vibrato(25.0, 3.0, 0.0)),
        replace(bell, ring_s=7.0, tremolo=Tremolo(3.2, 0.6), release_s=1.2),
        replace(mist, tilt_db=5.0, even_db=-14.0, attack_s=0.03, vibrato=Vibrato(15.0, 5.0, 0.2)),
    )


def _folk() -> tuple[Voice, ...]:
    banjo = Plucked(
        pluck=0.1,
        reach_hz=3400.0,
        ring_s=1.0,
        damp=0.7,
        formants=((600.0, 5.0, 0.6), (1400.0, 4.0, 0.6)),
        pick_db=-15.0,
    )
    chanter = Sustained(
        tilt_db=2.0,
        reach_hz=3000.0,
        formants=((1200.0, 7.0, 0.6), (3000.0, 5.0, 0.5)),
        players=((-1.5, -0.1), (1.5, 0.1)),
        attack_s=0.01,
        release_s=0.06,
        level_db=-2.0,
    )
    fiddle = Sustained(
        tilt_db=4.5,
        reach_hz=3600.0,
        keeps=0.2,
        formants=VIOLIN_BODY,
        attack_s=0.03,
        vibrato=Vibrato(7.0, 5.9, 0.3),
        breath_db=-31.0,
        breath_hz=(1500.0, 7000.0),
        release_s=0.1,
    )
    return (
        Plucked(
            pluck=0.06,
            reach_hz=4200.0,
            ring_s=4.0,
            damp=0.35,
            bloom_s=0.12,
            strings=((0.0, 1.0), (2.0, 0.4), (1201.0, 0.2)),
            pick_db=-17.0,
        ),
        banjo,
        replace(banjo, reach_hz=2800.0, ring_s=0.7, bloom_s=0.02, pick_db=-11.0),
        replace(banjo, pluck=0.08, ring_s=2.6, damp=0.6, release_s=0.4),
        Bar((1.0, 5.3, 6.5), (0.0, -24.0, -28.0), ring_s=1.6, click_db=-18.0),
        chanter,
        fiddle,
        replace(chanter, vibrato=Vibrato(14.0, 5.0, 0.2), reach_hz=2500.0),
    )


def _percussive() -> tuple[Voice, ...]:
    drum = ((120.0, 0.0, 0.9, 0.3, 0.05), (190.0, -8.0, 0.4, 0.2, 0.04))
    tom = ((150.0, 0.0, 0.5, 0.35, 0.05), (238.0, -10.0, 0.25, 0.2, 0.03))
    synth = ((170.0, 0.0, 0.55, 1.4, 0.07),)
    reverse = Beat((), ((2500.0, 13000.0, 0.0, 2.2),), rise_s=0.9, level_db=-4.0)
    return (
        Bar((1.0, 2.76, 5.4, 8.9), (0.0, -7.0, -14.0, -22.0), ring_s=3.0, click_hz=6000.0),
        Bar((1.0, 2.6, 4.1), (0.0, -6.0, -14.0), ring_s=0.7, release_s=0.7, click_hz=5000.0),
        Bar((1.0, 2.0, 3.01, 4.03), (0.0, -6.0, -14.0, -20.0), ring_s=1.5, doubled_cents=7.0),
        Bar((1.0, 2.7), (0.0, -10.0), ring_s=0.15, click_db=-12.0, release_s=0.3),
        Beat(drum, ((150.0, 1500.0, -18.0, 0.08),), follows=True, level_db=1.0),
        Beat(tom, ((200.0, 2500.0, -18.0, 0.08),), follows=True),
        Beat(synth, ((400.0, 3000.0, -20.0, 0.05),), follows=True),
        reverse,
    )


def _sounds() -> tuple[Voice, ...]:
    return (
        Beat((), ((1500.0, 6000.0, 0.0, 0.12),), rise_s=0.03, follows=True, level_db=-8.0),
        Air(900.0, 4000.0, rise_s=0.15, level_db=-8.0),
        Air(250.0, 2500.0, (0.16, 0.7), rise_s=0.8, release_s=1.5, level_db=-4.0),
        Sustained(
            tilt_db=24.0, ranks=((4.0, 1.0),), vibrato=Vibrato(220.0, 7.0, 0.0), level_db=-8.0
        ),
        Sustained(
            tilt_db=10.0,
            ranks=((2.0, 1.0), (2.53, 0.8)),
            tremolo=Tremolo(20.0, 0.9),
            level_db=-6.0,
        ),
        Air(60.0, 700.0, (11.0, 0.95), rise_s=0.4, release_s=0.6, level_db=-2.0),
        Air(700.0, 5000.0, (9.0, 0.25), rise_s=0.3, release_s=1.0, level_db=-4.0),
        Beat(
            ((70.0, 0.0, 0.4, 1.5, 0.02),),
            ((80.0, 5000.0, 4.0, 0.7), (1000.0, 9000.0, 6.0, 0.06)),
            follows=True,
            level_db=2.0,
        ),
    )


def _all() -> tuple[Voice, ...]:
    families = (
        _pianos, _mallets, _organs, _guitars, _basses, _strings, _ensembles, _brass,
        _reeds, _pipes, _leads, _pads, _effects, _folk, _percussive, _sounds,
    )  # fmt: skip
    programs = tuple(voice for family in families for voice in family())
    opened = tuple(replace(v, opened=True) for v in programs[:4] if isinstance(v, Piano))
    return (*programs, Drums(), Damper(), *opened)


VOICES: tuple[Voice, ...] = _all()
"""Programs 0…127, then `KIT`, `DAMPER` and, from `OPEN` on, the pianos with their pedal down."""
PIANOS = range(4)
"""Programs whose strings a pedal can free."""
FAMILIES = (
    "piano", "mallets", "organ", "guitar", "bass", "strings", "ensemble", "brass",
    "reed", "pipe", "lead", "pad", "effects", "folk", "percussive", "sounds",
)  # fmt: skip
"""The families of General MIDI 1, eight programs each."""
