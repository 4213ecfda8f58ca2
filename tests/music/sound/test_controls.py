from dataclasses import replace

import numpy as np
import pytest

from muso.music.midi import BEND
from muso.music.score import Changes, Score, Track
from muso.music.sound.controls import EXPRESSION, PAN, VOLUME, bend_of, fader_of
from muso.music.sound.mixing import mixed

RATE = 22_050
ORGAN_SINE = Track("", 79)


def score_with(*rows: tuple[float, int, int], beats: float = 4.0, pitch: int = 69) -> Score:
    """One long ocarina note at 60 a minute with controllers (beat, number, value)."""
    score = Score.of([pitch], [0.0], [beats], 100, tracks=(ORGAN_SINE,), tempo_bpm=60)
    at, number, value = (np.array(column) for column in zip(*rows, strict=True))
    track = np.zeros(len(at), np.int16)
    changes = Changes(at.astype(float), track, number.astype(np.int16), value.astype(np.int16))
    return replace(score, changes=changes)


def dry(score: Score) -> np.ndarray:
    return np.concatenate(list(mixed(score, RATE)), axis=1)


def rms(sound: np.ndarray, start_s: float, end_s: float) -> np.ndarray:
    part = sound[:, int(start_s * RATE) : int(end_s * RATE)]
    return np.sqrt((part**2).mean(axis=1))


@pytest.mark.parametrize("number", [VOLUME, EXPRESSION])
def test_half_the_fader_is_a_quarter_of_the_amplitude(number: int) -> None:
    sound = dry(score_with((0.0, number, 100), (2.0, number, 50)))
    before, after = rms(sound, 1.0, 1.9).mean(), rms(sound, 2.1, 3.0).mean()
    assert after / before == pytest.approx(0.25, rel=0.1)


def test_volume_nought_is_silence() -> None:
    assert not dry(score_with((0.0, VOLUME, 0))).any()


def test_a_fader_that_jumps_does_not_click() -> None:
    sound = dry(score_with((0.0, VOLUME, 127), (2.0, VOLUME, 5), pitch=45))
    steps = np.abs(np.diff(sound, axis=1))
    at = 2 * RATE
    assert steps[:, at - 50 : at + 500].max() < 1.2 * steps[:, at - RATE : at - 50].max()


@pytest.mark.parametrize(("value", "left", "right"), [(0, 2**0.5, 0), (64, 1, 1), (127, 0, 2**0.5)])
def test_pan_keeps_the_power_and_moves_the_sound(value: int, left: float, right: float) -> None:
    fader = fader_of(score_with((0.0, PAN, value)), 0)
    np.testing.assert_allclose(fader.over(0, 64, RATE)[:, 0], [left, right], atol=1e-6)


def test_a_fader_in_motion_is_the_same_whatever_the_blocks() -> None:
    fader = fader_of(score_with((0.0, VOLUME, 90), (0.5, VOLUME, 30), (0.7, PAN, 10)), 0)
    whole = fader.over(0, RATE, RATE)
    parts = [fader.over(at, 2205, RATE) for at in range(0, RATE, 2205)]
    joined = np.concatenate([np.broadcast_to(part, (2, 2205)) for part in parts], axis=1)
    np.testing.assert_allclose(joined, whole, atol=1e-6)


def strongest_hz(sound: np.ndarray) -> float:
    spectrum = np.abs(np.fft.rfft(sound.mean(axis=0) * np.hanning(sound.shape[1]), 1 << 18))
    return float(spectrum.argmax() * RATE / (1 << 18))


@pytest.mark.parametrize(("value", "semitones"), [(8191, 2), (-8192, -2), (4096, 1)])
def test_a_full_bend_is_two_semitones(value: int, semitones: int) -> None:
    sound = dry(score_with((0.0, BEND, 0), (2.0, BEND, value)))
    before = strongest_hz(sound[:, RATE // 2 : 2 * RATE])
    after = strongest_hz(sound[:, 2 * RATE + 2000 : 4 * RATE])
    assert 12 * np.log2(after / before) == pytest.approx(semitones, abs=0.03)


def test_a_bend_does_not_click() -> None:
    sound = dry(score_with((0.0, BEND, -8192), (2.0, BEND, 8191)))
    steps = np.abs(np.diff(sound, axis=1))
    assert steps[:, 2 * RATE - 20 : 2 * RATE + 20].max() < 1.4 * steps[:, RATE : 2 * RATE].max()


def test_a_bent_note_starts_and_ends_on_time() -> None:
    straight, bent = (dry(score_with((0.0, number, 127))) for number in (EXPRESSION, BEND))
    assert bent.shape == straight.shape
    assert rms(bent, 0.5, 3.9).mean() == pytest.approx(rms(straight, 0.5, 3.9).mean(), rel=0.05)


def test_a_track_without_bends_has_none() -> None:
    assert bend_of(score_with((0.0, BEND, 0)), 0) is None
    bend = bend_of(score_with((1.0, BEND, 100)), 0)
    assert bend is not None
    assert not bend.bends(0.0, 0.9)
    assert bend.bends(0.0, 1.1)
