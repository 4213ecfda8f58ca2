import numpy as np

from muso.music.sound.room import LENGTH_S, in_room, response

RATE = 8_000


def test_blocks_convolve_as_the_whole_would() -> None:
    rng = np.random.default_rng(0)
    sound = rng.normal(size=(2, 9_000)).astype(np.float32)
    blocks = [sound[:, :4_000], sound[:, 4_000:8_000], sound[:, 8_000:]]
    heard = np.concatenate(list(in_room(iter(blocks), RATE)), axis=1)
    answer = response(RATE)
    source = 0.85 * sound + 0.15 * sound[::-1]
    for ear in range(2):
        expected = np.convolve(source[ear], answer[ear])
        expected[: sound.shape[1]] += sound[ear]
        np.testing.assert_allclose(heard[ear], expected, atol=1e-4)


def test_the_room_dies_away_within_its_time_and_the_highs_first() -> None:
    answer = response(44_100)
    energy = (answer**2).sum(axis=0)
    assert energy[-4_410:].sum() < 1e-5 * energy.sum()
    assert answer.shape[1] == int(LENGTH_S * 44_100)
    early, late = (
        np.abs(np.fft.rfft(answer[:, at : at + 8_192])).mean(axis=0) for at in (4_000, 24_000)
    )
    assert (
        late[1_100:].mean() / early[1_100:].mean()
        < 0.3 * late[60:200].mean() / early[60:200].mean()
    )


def test_the_ears_hear_different_rooms() -> None:
    left, right = response(44_100)
    assert abs(np.corrcoef(left[4_000:], right[4_000:])[0, 1]) < 0.1


def test_nothing_played_is_nothing_heard() -> None:
    assert list(in_room(iter([]), RATE)) == []
