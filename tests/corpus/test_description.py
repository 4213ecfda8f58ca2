import csv

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from muso.corpus.corpus import scan_folder
from muso.corpus.description import clip_outliers, describe, measure, write_features
from muso.music.midi import write_score
from muso.music.score import Meter, Score


@pytest.fixture
def corpus(tmp_path):
    source = tmp_path / "source"
    for label, count in (("Bach", 3), ("Liszt", 1)):
        (source / label).mkdir(parents=True)
        for number in range(count):
            score = Score.of(
                [60, 64, 67], [0, 0, 1], [1, 1, 1 + number], tempo_bpm=60, meters=(Meter(0, 3, 4),)
            )
            write_score(score, source / label / f"{number}.mid")
    (source / "Liszt" / "broken.mid").write_text("no MIDI")
    return scan_folder(source)


def test_pieces_are_measured_and_unreadable_ones_told_with_their_reason(corpus):
    description = describe(corpus)
    first = description.features[0]
    assert (first.length_s, first.notes, first.tempo_changes, first.meter) == (2.0, 3, 0, "3/4")
    assert first.polyphony == 1.5
    assert description.features[-1] is None
    ((path, reason),) = description.unreadable
    assert path.name == "broken.mid"
    assert "not a MIDI file" in reason


def test_values_and_meters_are_told_by_label(corpus):
    description = describe(corpus)
    assert {k: v.tolist() for k, v in description.values("length_s").items()} == {
        "Bach": [2.0, 3.0, 4.0],
        "Liszt": [2.0],
    }
    assert description.meters == {"Bach": {"3/4": 3}, "Liszt": {"3/4": 1}}
    assert description.shares == {"Bach": 0.6, "Liszt": 0.4}


def test_the_table_holds_every_piece(corpus, tmp_path):
    write_features(describe(corpus), tmp_path / "features.csv")
    with (tmp_path / "features.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["path"] for row in rows] == [
        "Bach/0.mid", "Bach/1.mid", "Bach/2.mid", "Liszt/0.mid", "Liszt/broken.mid"
    ]  # fmt: skip
    assert rows[0]["notes"] == "3"
    assert rows[-1]["notes"] == rows[-1]["meter"] == ""


def test_length_follows_tempo_changes():
    score = Score.of([60, 60], [0, 3], [1, 1], tempo_bpm=60)
    faster = score.__class__(
        **{
            **vars(score),
            "tempo_onset_beats": np.array([0.0, 2.0]),
            "tempo_bpm": np.array([60.0, 120.0]),
        }
    )
    assert measure(faster).length_s == 3.0
    assert measure(faster).tempo_changes == 1


def test_polyphony_counts_only_while_something_sounds():
    two_then_rest_then_one = Score.of([60, 64, 67], [0, 0, 10], [2, 2, 2])
    assert measure(two_then_rest_then_one).polyphony == 1.5
    overlapping = Score.of([60, 64], [0, 1], [4, 1])
    assert measure(overlapping).polyphony == 1.25
    assert measure(Score.of([60], [0], [0])).polyphony == 1.0


def test_the_meter_that_lasts_longest_is_named():
    meters = (Meter(0, 4, 4), Meter(1, 3, 8), Meter(9, 4, 4))
    assert measure(Score.of([60], [9], [1], meters=meters)).meter == "3/8"
    assert measure(Score.of([60], [0], [1])).meter == ""


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50))
def test_clipping_moves_outliers_alone_and_to_the_fence(values):
    array = np.array(values)
    clipped = clip_outliers(array)
    low, high = np.quantile(array, [0.25, 0.75])
    inside = (array >= low - 1.5 * (high - low)) & (array <= high + 1.5 * (high - low))
    np.testing.assert_array_equal(clipped[inside], array[inside])
    assert clipped.max() <= high + 1.5 * (high - low)
    assert clipped.min() >= low - 1.5 * (high - low)
