import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muso.errors import UsageError
from muso.music.midi import read_score
from muso.music.picture import piano_roll_text
from muso.music.score import Score, Track

SCORE = read_score("examples/schubert-gute_nacht.mid")


def dots(line: str) -> int:
    return sum((ord(c) - 0x2800).bit_count() for c in line if 0x2800 <= ord(c) < 0x2900)


@pytest.mark.parametrize(("columns", "rows"), [(24, 4), (80, 20), (200, 50)])
def test_it_fits_the_terminal(columns: int, rows: int) -> None:
    lines = piano_roll_text(SCORE, columns, rows).splitlines()
    assert len(lines) <= rows
    assert max(len(line) for line in lines) <= columns
    assert "0:00" in lines[-1]
    assert any(line.startswith(" C4 │") for line in lines)


def test_a_rising_scale_rises() -> None:
    text = piano_roll_text(Score.of(np.arange(48, 73), np.arange(25), np.ones(25)), 60, 12)
    first = [
        next((i for i, c in enumerate(line.partition("│")[2]) if c != "\u2800"), None)
        for line in text.splitlines()[:-1]
    ]
    found = [column for column in first if column is not None]
    assert found == sorted(found, reverse=True)
    assert len(found) >= 6


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 127), st.floats(0, 500), st.floats(0, 9)), min_size=1),
    st.integers(24, 120),
    st.integers(4, 40),
    st.booleans(),
)
def test_any_score_fits_and_shows_something(
    rows: list[tuple[int, float, float]], columns: int, lines: int, drums: bool
) -> None:
    pitch, onset, duration = (list(column) for column in zip(*rows, strict=True))
    score = Score.of(pitch, onset, duration, tracks=(Track("", 0, drums),))
    text = piano_roll_text(score, columns, lines)
    assert len(text.splitlines()) <= lines
    assert max(len(line) for line in text.splitlines()) <= columns
    assert dots(text) >= 1


def test_percussion_has_a_line() -> None:
    kit = Score.of(
        np.tile([36, 38], 8), np.arange(16), np.full(16, 0.1), tracks=(Track("", 0, True),)
    )
    lines = piano_roll_text(kit).splitlines()
    assert lines[0].startswith("drum│")
    assert dots(lines[0]) == 16


def test_no_notes_and_no_room_are_refused() -> None:
    with pytest.raises(UsageError, match="no notes"):
        piano_roll_text(Score.of([], [], []))
    with pytest.raises(UsageError, match="23 columns"):
        piano_roll_text(SCORE, columns=23)
    with pytest.raises(UsageError, match="3 rows"):
        piano_roll_text(SCORE, rows=3)
