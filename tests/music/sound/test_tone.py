import numpy as np
import pytest

from muso.music.sound.modes import Modes
from muso.music.sound.tone import Partials, Tone, Vibrato, interpolated, noise, weight

RATE = 22_050
ONE = Modes(np.array([440.0]), np.array([0.0]), np.ones((2, 1), complex) * -1j)


def crossings_hz(samples: np.ndarray) -> np.ndarray:
    """Frequency from one rise through zero to the next."""
    rises = np.flatnonzero((samples[:-1] < 0) & (samples[1:] >= 0))
    exact = rises - samples[rises] / (samples[rises + 1] - samples[rises])
    return RATE / np.diff(exact)


def test_vibrato_swings_by_its_cents_around_the_pitch() -> None:
    tone = Tone(RATE, ONE, 0.1, vibrato=Vibrato(20.0, 5.0, 0.0))
    cents = 1200 * np.log2(crossings_hz(tone.sound(RATE, 2 * RATE)[0]) / 440.0)
    assert abs(cents.mean()) < 1.0
    assert 17.0 < cents.max() < 23.0
    assert -23.0 < cents.min() < -17.0


def test_vibrato_joins_across_stretches() -> None:
    tone = Tone(RATE, ONE, 0.1, vibrato=Vibrato(20.0, 5.0, 0.1))
    parts = [tone.sound(at, 1_000) for at in range(0, 10_000, 1_000)]
    np.testing.assert_allclose(np.concatenate(parts, axis=1), tone.sound(0, 10_000), atol=1e-3)


def test_interpolation_keeps_a_sine_a_sine() -> None:
    at = np.arange(400.0)
    position = np.linspace(5.0, 300.0, 777)
    read = interpolated(np.sin(0.2 * at)[None].astype(np.float32), position)
    np.testing.assert_allclose(read[0], np.sin(0.2 * position), atol=2e-3)


def test_noise_joins_its_end_to_its_start() -> None:
    hiss = noise(4096, 200.0, 800.0, RATE, (1,))
    steps = np.abs(np.diff(hiss))
    assert np.abs(hiss[:, 0] - hiss[:, -1]).max() <= steps.max()
    assert np.sqrt((hiss**2).mean()) == pytest.approx(1.0, abs=1e-3)


def test_partials_come_out_at_the_level_they_were_planned_for() -> None:
    partials = Partials.of(np.array([500.0]), np.array([0.5]))
    sound = partials.modes(1.0).sound(0, RATE, RATE)
    assert partials.loudness() == pytest.approx(0.5 / np.sqrt(2) * weight(np.array([500.0]))[0])
    assert np.sqrt((sound**2).mean()) == pytest.approx(0.5 / np.sqrt(2), rel=0.01)


def test_what_blooms_starts_from_nothing() -> None:
    partials = Partials.of(np.array([500.0]), np.array([1.0]), bloom_s=0.05)
    sound = np.abs(partials.modes(1.0).sound(0, RATE, RATE))
    assert sound[:, :50].max() < 0.1 < 0.9 < sound[:, RATE // 2 :].max()


def test_a_tone_that_decays_knows_when_it_is_gone() -> None:
    tone = Tone(RATE, Modes(np.array([440.0]), np.array([10.0]), np.ones((2, 1), complex)), 0.1)
    assert tone.ring_s == pytest.approx(np.log(10) * 70 / 20 / 10)
    assert Tone(RATE, ONE, 0.1).ring_s == float("inf")
