"""Programs 80…127: synthesisers, effects, folk instruments, percussion and noises."""

from __future__ import annotations

from dataclasses import replace

from muso.music.sound.beats import Air, Beat
from muso.music.sound.bodies import AH, GUITAR_BODY, OO, PAIR, VIOLIN_BODY
from muso.music.sound.struck import Bar, Plucked
from muso.music.sound.sustained import Sustained
from muso.music.sound.tone import Tremolo, Vibrato, Voice


def leads() -> tuple[Voice, ...]:
    """Programs 80…87: square, saw, calliope, chiff, charang, voice, fifths, bass and lead."""
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


def pads() -> tuple[Voice, ...]:
    """Programs 88…95: new age, warm, polysynth, choir, bowed, metallic, halo, sweep."""
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


def effects() -> tuple[Voice, ...]:
    """Programs 96…103: rain, soundtrack, crystal, atmosphere, brightness, goblins, echoes."""
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


def folk() -> tuple[Voice, ...]:
    """Programs 104…111: sitar, banjo, shamisen, koto, kalimba, bagpipe, fiddle, shanai."""
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


def percussive() -> tuple[Voice, ...]:
    """Programs 112…119: bells, steel drums, woodblock, taiko, toms, reverse cymbal."""
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


def sounds() -> tuple[Voice, ...]:
    """Programs 120…127: fret, breath, surf, bird, telephone, rotor, applause, gunshot."""
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
