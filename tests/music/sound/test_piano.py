import numpy as np
import pytest

from muso.music.score import Score
from muso.music.sound import render
from muso.music.sound.piano import FIRST_KEY, LAST_KEY, Piano, decay_per_s, tuned_hz
from muso.music.sound.tone import equal_hz

RATE = 44_100
KEYS = range(FIRST_KEY, LAST_KEY + 1)


def peak_hz(sound: np.ndarray, near_hz: float) -> float:
    """The strongest frequency within 80 cents: a parabola through the peak of an FFT."""
    windowed = sound * np.hanning(len(sound))
    size = 1 << (len(sound) * 2 - 1).bit_length()
    spectrum = np.log(np.abs(np.fft.rfft(windowed, size)) + 1e-12)
    low, high = (int(near_hz * 2 ** (cents / 1200) * size / RATE) for cents in (-80, 80))
    top = low + int(spectrum[low : high + 1].argmax())
    a, b, c = spectrum[top - 1 : top + 2]
    return float((top + 0.5 * (a - c) / (a - 2 * b + c)) * RATE / size)


def sounding(key: int, length_s: float, hardness: float = 0.6) -> np.ndarray:
    return Piano().tone(key, hardness, RATE).sound(0, int(length_s * RATE)).mean(axis=0)


def centroid_hz(sound: np.ndarray) -> float:
    power = np.abs(np.fft.rfft(sound)) ** 2
    return float((power * np.fft.rfftfreq(len(sound), 1 / RATE)).sum() / power.sum())


def test_every_key_sounds_within_three_cents_of_its_target() -> None:
    for key in KEYS:
        length_s = 2.0 if key < 60 else 1.0 if key < 84 else 0.4
        cents = 1200 * np.log2(peak_hz(sounding(key, length_s), tuned_hz(key)) / tuned_hz(key))
        assert abs(cents) < 3.0, f"key {key} is off by {cents:.2f} cents"


def test_octaves_are_stretched_as_railsback_measured() -> None:
    cents = np.array([1200 * np.log2(tuned_hz(key) / equal_hz(key)) for key in KEYS])
    assert tuned_hz(69) == 440.0
    assert (np.diff(cents) >= 0).all()
    assert -30 < cents[0] < -10
    assert 20 < cents[-1] < 40


def test_the_second_partial_is_sharp_by_the_stiffness_of_the_string() -> None:
    heard = peak_hz(sounding(72, 1.0), 2 * tuned_hz(72))
    assert 1200 * np.log2(heard / (2 * tuned_hz(72))) == pytest.approx(2.2, abs=1.0)


@pytest.mark.parametrize("key", [24, 36, 48, 60, 72, 84, 96, 105])
def test_a_harder_stroke_is_louder_and_brighter(key: int) -> None:
    clips = [
        render(Score.of([key], [0.0], [1.0], velocity), sample_rate=RATE).samples.mean(axis=0)
        for velocity in (20, 50, 80, 110)
    ]
    loudness = [float(np.sqrt((clip[:RATE] ** 2).mean())) for clip in clips]
    brightness = [centroid_hz(clip[: RATE // 2]) for clip in clips]
    assert sorted(loudness) == loudness
    assert loudness[-1] > 6 * loudness[0]
    assert sorted(brightness) == brightness


def test_bass_rings_longer_than_treble() -> None:
    rings = [Piano().tone(key, 0.5, RATE).ring_s for key in range(FIRST_KEY + 12, LAST_KEY, 12)]
    assert sorted(rings, reverse=True) == rings
    assert rings[0] > 10 > 1 > rings[-1]


def test_a_note_decays_fast_at_first_and_then_slowly() -> None:
    level = 20 * np.log10(np.abs(sounding(60, 5.0)).reshape(10, -1).max(axis=1))
    assert level[0] - level[2] > 1.5 * (level[6] - level[8])


def test_high_partials_die_sooner() -> None:
    early, late = decay_per_s(60, np.array([260.0, 4_000.0]))
    assert early[1] > 1.5 * early[0]
    assert (late < early).all()


def test_left_and_right_differ_but_belong_together() -> None:
    left, right = Piano().tone(60, 0.6, RATE).sound(0, RATE)
    assert 0.3 < np.corrcoef(left, right)[0, 1] < 0.98


def test_low_keys_lean_left_and_high_keys_right() -> None:
    def lean(key: int) -> float:
        left, right = (Piano().tone(key, 0.6, RATE).sound(0, RATE) ** 2).sum(axis=1)
        return float(np.log(right / left))

    assert np.mean([lean(key) for key in range(24, 36)]) < -0.2
    assert np.mean([lean(key) for key in range(90, 102)]) > 0.2


def test_with_the_pedal_down_other_strings_sound_along() -> None:
    gains = []
    for key in range(36, 72, 3):
        closed = Piano().tone(key, 0.6, RATE).sound(RATE, RATE)
        opened = Piano(opened=True).tone(key, 0.6, RATE).sound(RATE, RATE)
        gains.append(np.log((opened**2).sum() / (closed**2).sum()))
    assert 0.02 < np.mean(gains) < 0.5
