"""Every program of General MIDI and every drum, measured dry (before the room)."""

import numpy as np
import pytest

from muso.music.score import Score, Track
from muso.music.sound.kit import KIT
from muso.music.sound.mixing import FADE_S, mixed
from muso.music.sound.voices import VOICES

RATE = 22_050
HELD_S = 0.5
PERCUSSION = {55, *range(112, 120), 120, 127}
"""Struck once, whatever the key does; their first swing is their largest."""


def dry(program: int, pitch: int, velocity: int, is_drum: bool = False) -> np.ndarray:
    score = Score.of([pitch], [0.0], [HELD_S * 2], velocity, tracks=(Track("", program, is_drum),))
    return np.concatenate(list(mixed(score, RATE)), axis=1)


def level_db(sound: np.ndarray) -> float:
    return float(10 * np.log10((sound[:, : RATE // 2] ** 2).mean() + 1e-20))


def jump(sound: np.ndarray) -> float:
    return float(np.abs(np.diff(sound, axis=1)).max(initial=0.0))


def programs_of(family: int) -> range:
    return range(8 * family, 8 * family + 8)


@pytest.mark.parametrize("family", range(16))
def test_loudness_rises_with_velocity(family: int) -> None:
    for program in programs_of(family):
        soft, loud = dry(program, 60, 30), dry(program, 60, 110)
        assert level_db(loud) - level_db(soft) > 10.0, f"program {program}"


@pytest.mark.parametrize("family", range(16))
def test_release_silences_within_its_time(family: int) -> None:
    for program in programs_of(family):
        tone = VOICES[program].tone(60, 0.7, RATE)
        sound = dry(program, 60, 90)
        let_go = int((HELD_S + tone.release_s + FADE_S) * RATE)
        # A piano's damper makes its own soft sound as it falls.
        assert np.abs(sound[:, let_go:]).max(initial=0.0) < 1e-4, f"program {program}"
        assert tone.release_s <= 2.0 or tone.ring_s <= 6.0, f"program {program}"


@pytest.mark.parametrize("family", range(16))
def test_nothing_clicks_at_start_or_end(family: int) -> None:
    for program in programs_of(family):
        sound = dry(program, 64, 110)
        let_go = int(HELD_S * RATE)
        before, after = sound[:, let_go - RATE // 20 : let_go], sound[:, let_go - 5 :]
        assert jump(after) < 1.3 * jump(before) + 1e-3, f"program {program} at its end"
        assert np.abs(sound[:, 0]).max() < 1e-3, f"program {program} at its first sample"
        assert np.abs(sound[:, -1]).max() < 1e-3, f"program {program} at its last sample"
        if program not in PERCUSSION:
            onset = jump(np.pad(sound, ((0, 0), (1, 0)))[:, : RATE // 2000])
            assert onset < 0.8 * jump(sound[:, : RATE // 10]), f"program {program} at its start"


@pytest.mark.parametrize("pitch", [0, 21, 108, 127])
def test_every_program_plays_the_ends_of_the_range(pitch: int) -> None:
    for program in range(128):
        sound = VOICES[program].tone(pitch, 0.9, RATE).sound(0, 2048)
        assert np.isfinite(sound).all(), f"program {program}"
        assert np.abs(sound).max() < 1.0, f"program {program}"


@pytest.mark.parametrize("pitch", [0, 60, 127])
def test_every_voice_plays_at_a_low_sample_rate(pitch: int) -> None:
    for number, voice in enumerate(VOICES):
        assert np.isfinite(voice.tone(pitch, 0.5, 8_000).sound(0, 512)).all(), f"voice {number}"


def test_every_program_sounds_in_tune_with_the_piano() -> None:
    pitched = [p for p in range(112) if p not in (55, 14)]
    for program in pitched:
        sound = VOICES[program].tone(69, 0.6, RATE).sound(2048, RATE).mean(axis=0)
        spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)), 1 << 17))
        at_hz = np.arange(len(spectrum)) * RATE / (1 << 17)
        near = (at_hz > 440 * 2 ** (-1 / 24)) & (at_hz < 440 * 2 ** (1 / 24))
        heard = at_hz[near][spectrum[near].argmax()]
        assert abs(1200 * np.log2(heard / 440.0)) < 20.0, f"program {program}"
        assert spectrum[near].max() > 0.03 * spectrum.max(), f"program {program}"


def test_every_drum_is_louder_when_struck_harder_and_rings_out() -> None:
    for drum in KIT:
        soft, loud = dry(0, drum, 40, True), dry(0, drum, 115, True)
        assert level_db(loud) - level_db(soft) > 8.0, f"drum {drum}"
        assert loud.shape[1] < 4 * RATE, f"drum {drum}"
        assert np.abs(loud[:, -1]).max() < 1e-4, f"drum {drum}"
        assert np.abs(loud).max() < 0.9, f"drum {drum}"


def test_drums_outside_the_map_play_their_nearest() -> None:
    np.testing.assert_array_equal(dry(0, 5, 90, True), dry(0, min(KIT), 90, True))
