import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from muso.music.sound.limiter import CEILING, KNEE, limited

RATE = 44_100


def through(blocks: list[np.ndarray]) -> np.ndarray:
    return np.concatenate(list(limited(iter(blocks), RATE)), axis=1)


@given(
    st.integers(0, 10_000),
    st.lists(st.integers(1, 9_000), min_size=1, max_size=5),
    st.floats(0.01, 1_000.0),
)
@settings(max_examples=60, deadline=None)
def test_no_sample_passes_the_ceiling_and_none_is_lost(
    seed: int, lengths: list[int], size: float
) -> None:
    rng = np.random.default_rng(seed)
    bursts = [
        (rng.normal(size=(2, n)) * size * rng.choice([0.01, 1.0], p=[0.9, 0.1], size=n))
        for n in lengths
    ]
    out = through([burst.astype(np.float32) for burst in bursts])
    assert out.shape == (2, sum(lengths))
    assert np.abs(out).max() <= CEILING + 1e-6


def test_quiet_sound_passes_untouched() -> None:
    sound = np.random.default_rng(0).uniform(-KNEE, KNEE, (2, 50_000)).astype(np.float32)
    np.testing.assert_array_equal(through([sound]), sound)


def test_blocks_make_no_difference() -> None:
    sound = np.random.default_rng(0).normal(size=(2, 60_000)).astype(np.float32)
    cut = [sound[:, :7], sound[:, 7:30_001], sound[:, 30_001:]]
    np.testing.assert_allclose(through(cut), through([sound]), atol=1e-6)


def test_gain_moves_smoothly_around_a_peak_and_recovers() -> None:
    sound = np.full((2, 2 * RATE), 0.3, np.float32)
    sound[:, RATE] = 4.0
    out = through([sound])
    gain = out[0] / sound[0]
    assert np.abs(np.diff(gain)).max() < 0.01
    assert gain[RATE] < 0.25
    assert gain[RATE // 2] == gain[-1] == 1.0


def test_a_bang_at_the_very_start_is_caught() -> None:
    sound = np.zeros((2, 5_000), np.float32)
    sound[:, 0] = 50.0
    assert np.abs(through([sound])).max() <= CEILING + 1e-6
