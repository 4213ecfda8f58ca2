import librosa
import numpy as np
import pytest

from muso.represent.logmel import LogMel, log_mel


@pytest.mark.parametrize(("mels", "n_fft", "hop"), [(128, 2048, 512), (64, 1024, 700)])
def test_log_mel_is_what_librosa_computes(tune, mels, n_fft, hop):
    power = librosa.feature.melspectrogram(
        y=tune.samples[0], sr=22_050, n_fft=n_fft, hop_length=hop, n_mels=mels, center=False
    )
    expected = librosa.power_to_db(power)
    found = log_mel(tune, mels, n_fft, hop)
    assert found.dtype == np.float32 and found.shape == expected.shape
    assert np.allclose(found, expected, rtol=1e-5, atol=1e-4)


def test_values_are_decibels_below_the_loudest_point(tune):
    level = log_mel(tune, 128, 2048, 512)
    view = LogMel(frames=level.shape[1])
    values = view.slices(tune).values
    assert values.shape == (1, 1, 128, level.shape[1])
    assert values.max() == 1 and values.min() >= 0
    # 256 steps of 80 dB, and the rounding of what is kept meanwhile.
    assert np.abs(values[0, 0] - (1 + (level - level.max()) / 80)).max() < 0.003


def test_draws_are_windows_and_may_be_masked(tune):
    view = LogMel(frames=60, mask_mels=20, mask_frames=20)
    prepared = view.prepare(tune)
    plain = LogMel(frames=60).draw(prepared, np.random.default_rng(1))
    masked = view.draw(prepared, np.random.default_rng(1))
    assert masked.shape == plain.shape == view.shape
    assert 0.1 < (masked != plain).mean() < 0.9
    assert view.weight(prepared) == len(view.cut(prepared).values) == 5
