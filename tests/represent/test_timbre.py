import librosa
import numpy as np
import pytest

from muso.music.clip import Clip
from muso.represent.timbre import FEATURES, Timbre, chroma, timbre, tuning_of

PARTS = {"mfcc": slice(0, 13), "contrast": slice(13, 20), "centroid": slice(20, 21),
         "chroma": slice(21, 33)}  # fmt: skip


def by_librosa(sound: np.ndarray, n_fft: int, hop: int) -> np.ndarray:
    """`(frame, feature)` by four separate calls."""
    options = {"y": sound, "sr": 22_050, "n_fft": n_fft, "hop_length": hop, "center": False}
    found = [
        librosa.feature.mfcc(n_mfcc=13, **options),
        librosa.feature.spectral_contrast(**options),
        librosa.feature.spectral_centroid(**options),
        librosa.feature.chroma_stft(**options),
    ]
    return np.concatenate(found).T


@pytest.mark.parametrize("hop", [512, 4084])
def test_timbre_is_what_librosa_computes(tune, hop):
    segments = tune.samples[0, : 2 * 66_000].reshape(2, -1)
    found = timbre(segments, 1024, hop)
    assert found.shape == (2, (66_000 - 1024) // hop + 1, FEATURES) and found.dtype == np.float32
    for own, segment in zip(found, segments, strict=True):
        expected = by_librosa(segment, 1024, hop)
        for part in PARTS.values():
            size = np.abs(expected[:, part]).max()
            assert np.abs(own[:, part] - expected[:, part]).max() < 1e-5 * max(size, 1)


def test_noise_far_from_any_tuning_is_as_by_librosa():
    noise = np.random.default_rng(5).normal(0, 0.2, (1, 66_000)).astype(np.float32)
    expected = by_librosa(noise[0], 1024, 4084)
    assert np.allclose(timbre(noise, 1024, 4084)[0], expected, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("cents", [-30, 0, 17])
def test_tuning_is_heard(cents):
    time_s = np.arange(66_000) / 22_050
    hz = 440 * 2 ** ((np.array([0, 4, 7, 12]) + cents / 100) / 12)
    sound = np.sin(2 * np.pi * hz[:, None] * time_s).sum(axis=0) / 8
    frames = np.lib.stride_tricks.sliding_window_view(sound.astype(np.float32), 4096)[::4096]
    power = np.abs(np.fft.rfft(frames * np.hanning(4096))).astype(np.float32) ** 2
    assert tuning_of(power) == pytest.approx(cents / 100, abs=0.05)
    # A, C sharp, E: the pitch classes 9, 1 and 4.
    strongest = np.argsort(-chroma(power, cents / 100).mean(axis=0))[:3]
    assert set(strongest.tolist()) == {9, 1, 4}


def test_silence_has_no_pitch_and_no_brightness():
    silent = timbre(np.zeros((1, 66_000), np.float32), 1024, 4084)
    assert not silent[..., PARTS["chroma"]].any() and not silent[..., PARTS["centroid"]].any()


def test_a_clip_of_30_s_has_ten_segments_of_the_study(play):
    slices = Timbre().slices(play(30.0))
    assert slices.values.shape == (10, 16, FEATURES)
    assert np.allclose(slices.start_s, np.arange(10) * 66_000 / 22_050)


def test_segments_are_heard_each_on_its_own(tune):
    second = Clip(tune.samples[:, 66_000:132_000], 22_050)
    assert np.array_equal(Timbre().slices(tune).values[1], Timbre().slices(second).values[0])


def test_a_long_piece_gives_segments_from_start_to_end(tune):
    view = Timbre(segment=8_000, hop=1_000, most=5)
    prepared = view.prepare(tune)
    assert len(prepared) == 19 and view.weight(prepared) == 5
    slices = view.cut(prepared)
    assert np.allclose(slices.start_s * 22_050 / 8_000, [0, 4, 9, 14, 18], atol=1)
    assert any(np.array_equal(view.draw(prepared, np.random.default_rng(0)), p) for p in prepared)
