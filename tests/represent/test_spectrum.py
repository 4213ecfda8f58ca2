import librosa
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from muso.music.clip import Clip
from muso.represent.spectrum import (
    blank_bands,
    hann,
    magnitudes,
    mel_filters,
    mono_blocks,
    spread,
    window,
    window_starts,
    windows,
)


@given(
    cuts=st.lists(st.integers(0, 40), max_size=8),
    length=st.integers(1, 12),
    hop=st.integers(1, 30),
)
def test_windows_are_the_same_however_the_sound_is_cut_into_blocks(cuts, length, hop):
    sound = np.arange(sum(cuts), dtype=np.float32)
    blocks = np.split(sound, np.cumsum(cuts)[:-1]) if cuts else []
    found = np.concatenate(list(windows(blocks, length, hop)))
    if len(sound) < length:
        assert found.tolist() == np.resize(sound, (1, length)).tolist()
    else:
        expected = np.lib.stride_tricks.sliding_window_view(sound, length)[::hop]
        assert np.array_equal(found, expected)


@pytest.mark.parametrize("sample_rate", [8_000, 22_050, 44_100])
def test_a_sound_in_blocks_is_resampled_as_in_one_piece(play, in_blocks, sample_rate):
    clip = play(1.5, sample_rate)
    whole = np.concatenate(list(mono_blocks(clip)))
    parts = np.concatenate(list(mono_blocks(in_blocks(clip, 3_000))))
    expected = clip.resampled(22_050).samples[0]
    assert abs(len(whole) - len(expected)) <= 1
    assert np.array_equal(whole, parts)
    assert np.abs(whole[: len(expected)] - expected[: len(whole)]).max() < 1e-5


def test_channels_are_averaged(tune):
    loudness = np.arange(8, dtype=np.float32)[:, None] / np.float32(3.5)
    eight = Clip(tune.samples[:, :5000] * loudness, 22_050)
    assert np.allclose(next(mono_blocks(eight)), tune.samples[0, :5000], atol=1e-6)


def test_magnitudes_are_those_of_librosa(tune):
    frames = next(windows(mono_blocks(tune), 1024, 512))
    expected = np.abs(
        librosa.stft(tune.samples[0], n_fft=1024, hop_length=512, center=False, window="hann")
    )
    assert magnitudes(frames).dtype == np.float32
    assert np.allclose(magnitudes(frames).T, expected, rtol=1e-6, atol=1e-7)
    assert np.allclose(hann(1024), librosa.filters.get_window("hann", 1024), atol=1e-15)


@pytest.mark.parametrize(("mels", "n_fft"), [(128, 1024), (128, 2048), (32, 256)])
def test_mel_filters_are_those_of_librosa(mels, n_fft):
    expected = librosa.filters.mel(sr=22_050, n_fft=n_fft, n_mels=mels)
    found = mel_filters(mels, n_fft // 2 + 1)
    assert np.allclose(found, expected, rtol=1e-5, atol=1e-9)


def test_bands_are_blanked_on_a_copy_and_no_wider_than_asked():
    rng = np.random.default_rng(0)
    values = np.ones((20, 50))
    widest = 0
    for _ in range(50):
        masked = blank_bands(values, (4, 6), 0.0, rng)
        rows, columns = (masked == 0).all(axis=1).sum(), (masked == 0).all(axis=0).sum()
        assert rows <= 8 and columns <= 12
        assert (masked == 0).sum() == rows * 50 + columns * 20 - rows * columns
        widest = max(widest, rows)
    assert widest > 4 and (values == 1).all()
    assert np.array_equal(blank_bands(values, (0, 0), 0.0, rng), values)


@given(st.integers(1, 5000), st.integers(1, 600), st.integers(1, 9))
def test_windows_stay_within_the_piece_and_go_from_its_start_to_its_end(count, length, most):
    starts = window_starts(count, length, most)
    assert 1 <= len(starts) <= most
    assert starts.min() >= 0 and starts.max() <= max(count - length, 0)
    if len(starts) > 1:
        assert (starts[0], starts[-1]) == (0, count - length)


@given(st.integers(1, 500), st.integers(1, 60))
def test_spread_indices_are_distinct_and_reach_both_ends(count, most):
    found = spread(count, most)
    assert len(found) == min(count, most) == len(set(found.tolist()))
    assert found[0] == 0 and (most == 1 or found[-1] == count - 1)


def test_a_piece_shorter_than_a_window_is_repeated():
    assert window(np.arange(6).reshape(2, 3), 0, 7).tolist() == [
        [0, 1, 2, 0, 1, 2, 0],
        [3, 4, 5, 3, 4, 5, 3],
    ]
