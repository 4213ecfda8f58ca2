import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from muso.music.sound.modes import SILENCE, Modes

RATE = 8_000


def some_modes(seed: int, count: int = 7) -> Modes:
    rng = np.random.default_rng(seed)
    amplitude = rng.normal(size=(2, count)) + 1j * rng.normal(size=(2, count))
    return Modes(rng.uniform(20, 3_500, count), rng.uniform(0, 30, count), amplitude)


def summed(modes: Modes, start: int, count: int) -> np.ndarray:
    time_s = np.arange(start, start + count) / RATE
    turning = np.exp(
        (2j * np.pi * modes.frequency_hz - modes.decay_per_s)[:, None] * time_s[None, :]
    )
    return (modes.amplitude @ turning).real


@given(st.integers(0, 1000), st.integers(-100, 50_000), st.integers(1, 3_000))
@settings(max_examples=25, deadline=None)
def test_the_matrix_product_equals_the_sum_of_sinusoids(seed: int, start: int, count: int) -> None:
    modes = some_modes(seed)
    np.testing.assert_allclose(
        modes.sound(start, count, RATE), summed(modes, start, count), atol=8 * SILENCE
    )


def test_stretches_made_apart_join_without_a_seam() -> None:
    modes = some_modes(3)
    whole = modes.sound(0, 1_000, RATE)
    parts = [modes.sound(0, 333, RATE), modes.sound(333, 667, RATE)]
    np.testing.assert_allclose(np.concatenate(parts, axis=1), whole, atol=8 * SILENCE)


def test_what_has_died_away_is_silence() -> None:
    modes = Modes(np.array([440.0]), np.array([100.0]), np.ones((2, 1), complex))
    assert not modes.sound(RATE, 50, RATE).any()
