"""Programs 40…79: strings, ensembles, brass, reeds and pipes."""

from __future__ import annotations

from dataclasses import replace

from muso.music.sound.beats import Beat
from muso.music.sound.bodies import AH, CELLO_BODY, CHOIR, DESKS, OO, PAIR, VIOLIN_BODY
from muso.music.sound.struck import Bar, Plucked
from muso.music.sound.sustained import Sustained
from muso.music.sound.tone import Tremolo, Vibrato, Voice


def strings() -> tuple[Voice, ...]:
    """Programs 40…47: violin, viola, cello, double bass, tremolo, pizzicato, harp, timpani."""
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


def ensembles() -> tuple[Voice, ...]:
    """Programs 48…55: strings, two of them synthesised, voices, orchestra hit."""
    desks = Sustained(
        tilt_db=5.5,
        reach_hz=2600.0,
        keeps=0.25,
        formants=VIOLIN_BODY,
        players=DESKS,
        attack_s=0.06,
        breath_db=-33.0,
        breath_hz=(1500.0, 7000.0),
        softer_db=4.0,
        release_s=0.32,
    )
    synth = replace(desks, formants=(), breath_db=None, tilt_db=6.0, reach_hz=2000.0, attack_s=0.09)
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


def brass() -> tuple[Voice, ...]:
    """Programs 56…63: trumpet, trombone, tuba, muted trumpet, horn, section, two synthesised."""
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


def reeds() -> tuple[Voice, ...]:
    """Programs 64…71: four saxophones, oboe, English horn, bassoon, clarinet."""
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


def pipes() -> tuple[Voice, ...]:
    """Programs 72…79: piccolo, flute, recorder, pan flute, bottle, shakuhachi, whistle, ocarina."""
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
