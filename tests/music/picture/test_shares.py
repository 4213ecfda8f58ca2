from __future__ import annotations

import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from muso.errors import UsageError
from muso.music.picture.shares import BANDS, LEFT, RIGHT, TOP, WIDTH, shares_png
from muso.music.picture.theme import find_theme

AT = np.arange(4.0)


def pixels(content: bytes) -> NDArray[np.uint8]:
    return np.array(Image.open(io.BytesIO(content)).convert("RGB"))


def swatches(drawn: NDArray[np.uint8]) -> list[tuple[int, ...]]:
    """The colours beside the names, from the top; each must be whole."""
    column = drawn[:, WIDTH - RIGHT + 23].astype(int)
    edges = np.flatnonzero(np.any(np.diff(column, axis=0), axis=1)) + 1
    starts, ends = edges[::2], edges[1::2]
    assert (ends - starts).tolist() == [12] * len(starts)
    return [tuple(colour) for colour in column[starts].tolist()]


def test_each_label_takes_its_share_of_every_column() -> None:
    shares = np.array([[1.0, 0.0], [0.5, 0.5], [0.25, 0.75], [0.0, 1.0]])
    drawn = pixels(shares_png(["calm", "sad"], AT, AT + 1, shares))
    first, second = find_theme("light").tracks[:2]
    plot = drawn[TOP : TOP + BANDS, LEFT : WIDTH - RIGHT]
    columns = plot[:, [50, 300, 500, 750]]
    calm = (columns == first).all(axis=2).mean(axis=0)
    sad = (columns == second).all(axis=2).mean(axis=0)
    np.testing.assert_allclose(calm, [1, 0.5, 0.25, 0], atol=0.02)
    np.testing.assert_allclose(calm + sad, 1, atol=0.02)


def test_lines_add_a_panel_each_and_bend_with_their_values() -> None:
    shares = np.full((4, 2), 0.5)
    plain = pixels(shares_png(["a", "b"], AT, AT + 1, shares))
    rising = pixels(shares_png(["a", "b"], AT, AT + 1, shares, {"valence": np.linspace(-1, 1, 4)}))
    assert len(rising) > len(plain)
    panel = rising[TOP + BANDS :, LEFT : WIDTH - RIGHT]
    ink = (panel == find_theme("light").text).all(axis=2)
    heights = [np.flatnonzero(ink[:, x]).mean() for x in (50, 300, 500, 750)]
    assert heights == sorted(heights, reverse=True)


def test_many_labels_keep_the_largest_and_gather_the_others() -> None:
    shares = np.full((4, 40), 0.2 / 39)
    shares[:, 7] = 0.8
    drawn = pixels(shares_png([f"label {n}" for n in range(40)], AT, AT + 1, shares))
    largest = (drawn == find_theme("light").tracks[0]).all(axis=2)[TOP : TOP + BANDS, 400]
    assert largest.mean() == pytest.approx(0.8, abs=0.02)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("large", range(10))
def test_every_name_is_within_the_picture_and_none_covers_another(large: int, theme: str) -> None:
    shares = np.full((1, 10), 0.01)
    shares[0, large] = 0.91
    names = [f"label {n}" for n in range(10)]
    drawn = pixels(shares_png(names, AT[:1], AT[:1] + 1, shares, theme=theme))
    assert len(set(swatches(drawn))) == 7
    background = find_theme(theme).background
    edge = drawn[[0, -1], WIDTH - RIGHT :]
    assert (edge == background).all()


def test_whatever_is_the_largest_once_has_a_colour_of_its_own() -> None:
    names = [f"label {n}" for n in range(10)]
    shares = np.full((40, 10), 0.0)
    shares[:, :6] = 1 / 6
    shares[20] = 0.36 / 9
    shares[20, 8] = 0.64
    at = np.arange(40.0)
    drawn = pixels(shares_png(names, at, at + 1, shares))
    (*_, grey), colours = find_theme("light").tracks, swatches(drawn)
    assert len(set(colours)) == 8 and grey not in colours
    middle = LEFT + (WIDTH - RIGHT - LEFT) // 2
    shown = (drawn[TOP : TOP + BANDS, middle + 5] == colours[1]).all(axis=1)  # below the others
    assert shown.mean() == pytest.approx(0.64, abs=0.02)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_label_has_the_same_colour_in_every_picture(theme: str) -> None:
    names = [f"label {n}" for n in range(14)]
    colours = []
    for large in range(14):
        shares = np.full((1, 14), 0.01)
        shares[0, large] = 0.87
        drawn = pixels(shares_png(names, AT[:1], AT[:1] + 1, shares, theme=theme))
        colours.append(tuple(drawn[TOP + BANDS - 20, LEFT + 20].tolist()))
        assert colours[-1] == swatches(drawn)[-1]
    assert len(set(colours)) == 14


def columns(drawn: NDArray[np.uint8], seconds: list[float], length_s: float) -> NDArray[np.uint8]:
    """The bands at times, `(row, time, rgb)`, but for their edges: a share of 0 is a thin line."""
    x = [round(LEFT + (WIDTH - RIGHT - LEFT) * second / length_s) for second in seconds]
    return drawn[TOP + 2 : TOP + BANDS - 2, x]


def test_where_no_window_lies_the_picture_is_blank_and_says_silence() -> None:
    start = np.array([2.0, 3.0, 9.0])
    shares = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    line = {"valence": np.array([0.9, -0.9, 0.9])}
    drawn = pixels(shares_png(["a", "b"], start, start + 2, shares, line, length_s=12))
    paper = find_theme("light").background
    first, second = find_theme("light").tracks[:2]
    assert (columns(drawn, [1, 1.9, 5.1, 8.9, 11.1, 11.9], 12)[:100] == paper).all()
    assert (columns(drawn, [2.1, 3.5, 4.9], 12) == first).all()
    assert (columns(drawn, [9.1, 10.9], 12) == second).all()
    gap = columns(drawn, np.linspace(5.1, 8.9, 200).tolist(), 12)
    ink = np.flatnonzero((gap != paper).any(axis=(1, 2)))
    assert len(ink) and abs(ink.mean() - BANDS / 2) < 10
    x = round(LEFT + (WIDTH - RIGHT - LEFT) * 7 / 12)
    assert not (drawn[TOP + BANDS :, x] == find_theme("light").text).all(axis=1).any()


def test_windows_that_overlap_meet_half_way() -> None:
    start = np.array([0.0, 1.0])
    drawn = pixels(shares_png(["a", "b"], start, start + 3, np.eye(2)))
    first, second = find_theme("light").tracks[:2]
    assert (columns(drawn, [0.1, 1.9], 4) == first).all()
    assert (columns(drawn, [2.1, 3.9], 4) == second).all()


def test_the_bands_grow_with_the_names() -> None:
    names = [f"label {n}" for n in range(30)]
    at = np.arange(30.0)
    drawn = pixels(shares_png(names, at, at + 1, np.eye(30), title="many"))
    assert len(set(swatches(drawn))) == 30


def test_one_window_and_a_title_and_the_dark_theme_can_be_drawn() -> None:
    drawn = pixels(
        shares_png(["a"], AT[:1], AT[:1] + 1, np.ones((1, 1)), title="mood", theme="dark")
    )
    assert (drawn[0, 0] == find_theme("dark").background).all()


def test_nothing_to_draw_is_refused() -> None:
    with pytest.raises(UsageError, match="nothing to draw"):
        shares_png(["a"], AT[:0], AT[:0], np.zeros((0, 1)))
