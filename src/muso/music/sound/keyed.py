"""Programs 0…39: pianos, mallets, organs, guitars and basses."""

from __future__ import annotations

from dataclasses import replace

from muso.music.sound.bodies import GUITAR_BODY
from muso.music.sound.piano import Piano
from muso.music.sound.struck import Bar, Plucked
from muso.music.sound.sustained import Sustained
from muso.music.sound.tone import Tremolo, Vibrato, Voice


def pianos() -> tuple[Voice, ...]:
    """Programs 0…7: four acoustic pianos, two electric, harpsichord, clavinet."""
    electric = Bar(
        (1.0, 2.0, 3.0, 4.0, 6.27, 12.6),
        (0.0, -17.0, -27.0, -33.0, -30.0, -44.0),
        ring_s=6.0,
        falls=0.7,
        harder_db=6.0,
        tremolo=Tremolo(4.8, 0.25),
        click_db=-26.0,
        release_s=0.15,
        level_db=3.0,
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


def mallets() -> tuple[Voice, ...]:
    """Programs 8…15: celesta to tubular bells, dulcimer."""
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
            level_db=2.0,
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


def organs() -> tuple[Voice, ...]:
    """Programs 16…23: five organs, accordion, harmonica, bandoneon."""
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


def guitars() -> tuple[Voice, ...]:
    """Programs 24…31: nylon, steel, jazz, clean, muted, overdriven, distorted, harmonics."""
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


def basses() -> tuple[Voice, ...]:
    """Programs 32…39: upright, fingered, picked, fretless, two slapped, two synthesised."""
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
