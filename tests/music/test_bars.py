import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from muso.music.bars import SHORTEST_BAR_BEATS, Bars
from muso.music.score import Meter, Score


def at(last_beat: float, *meters: Meter) -> Bars:
    return Bars.of(Score.of([60], [last_beat], [1.0], meters=meters))


def test_without_a_meter_bars_have_four_beats() -> None:
    assert at(9.0).onset_beats.tolist() == [0.0, 4.0, 8.0]
    assert at(8.0).onset_beats.tolist() == [0.0, 4.0, 8.0]
    assert at(0.0).onset_beats.tolist() == [0.0]


def test_a_new_meter_starts_a_new_bar() -> None:
    bars = at(9.0, Meter(0.0, 4, 4), Meter(6.0, 3, 4))
    assert bars.onset_beats.tolist() == [0.0, 4.0, 6.0, 9.0]
    assert bars.length_beats.tolist() == [4.0, 4.0, 3.0, 3.0]


def test_a_meter_that_comes_late_has_common_time_before_it() -> None:
    assert at(9.0, Meter(8.0, 3, 4)).onset_beats.tolist() == [0.0, 4.0, 8.0]


def test_compound_meters_are_felt_in_threes() -> None:
    assert at(2.0, Meter(0.0, 6, 8)).pulses.tolist() == [2]
    assert at(2.0, Meter(0.0, 12, 8)).pulses.tolist() == [4]
    assert at(2.0, Meter(0.0, 3, 4)).pulses.tolist() == [3]
    assert at(1.0, Meter(0.0, 3, 8)).pulses.tolist() == [3]


def test_accents_follow_the_meter() -> None:
    waltz = at(9.0, Meter(0.0, 3, 4)).accent_at(np.arange(6) / 2)
    assert waltz.tolist() == [1.0, 0.15, 0.4, 0.15, 0.4, 0.15]
    jig = at(9.0, Meter(0.0, 6, 8)).accent_at(np.array([0.0, 0.5, 1.5, 3.0]))
    assert jig.tolist() == [1.0, 0.0, 0.6, 1.0]


def test_a_note_a_little_early_falls_on_the_beat_it_is_meant_for() -> None:
    bars = at(9.0)
    assert bars.bar_at(np.array([3.98])).tolist() == [1]
    assert bars.accent_at(np.array([3.98])).tolist() == [1.0]


@settings(max_examples=100, deadline=None)
@given(
    st.floats(0, 5000),
    st.lists(
        st.tuples(st.floats(0, 5000), st.integers(0, 255), st.sampled_from([0, 1, 2, 4, 8, 64])),
        max_size=6,
    ),
)
def test_bars_hold_every_beat_and_are_never_endless(
    last_beat: float, rows: list[tuple[float, int, int]]
) -> None:
    bars = at(last_beat, *(Meter(*row) for row in sorted(rows)))
    assert bars.onset_beats[0] == 0
    assert np.all(np.diff(bars.onset_beats) >= 0)
    assert bars.onset_beats[-1] <= last_beat + 0.1
    assert len(bars.onset_beats) <= last_beat / SHORTEST_BAR_BEATS + len(rows) + 2
    assert np.all(bars.pulses >= 1)
    weights = bars.accent_at(np.linspace(0, last_beat, 50))
    assert np.all((weights >= 0) & (weights <= 1))
