import io
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from muso.errors import UsageError
from muso.music.midi import read_score
from muso.music.picture import piano_roll_png, piano_roll_svg
from muso.music.picture.drawing import drawable
from muso.music.picture.systems import MAX_SYSTEMS, Systems, time_label
from muso.music.picture.theme import THEMES
from muso.music.score import Meter, Score, Track

DRUMS = Track("Kit", 0, True)
EXAMPLES = sorted(Path("examples").glob("b*.mid"))


def pixels(png: bytes) -> NDArray[np.uint8]:
    return np.array(Image.open(io.BytesIO(png)).convert("RGB"))


def words(svg: str) -> list[str]:
    return [text.text or "" for text in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]


def steady(length_s: float, **kwargs: object) -> Score:
    onsets = np.arange(0, length_s * 2, 0.5)
    return Score.of(60 + np.arange(len(onsets)) % 12, onsets, np.full(len(onsets), 0.5), **kwargs)  # type: ignore[arg-type]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
@pytest.mark.parametrize("theme", THEMES)
def test_every_example_becomes_a_picture(path: Path, theme: str) -> None:
    picture = pixels(piano_roll_png(read_score(path), title=path.stem, theme=theme))
    assert picture.shape[1] == 1600
    assert np.array_equal(picture[0, 0], THEMES[theme].background)
    assert len(np.unique(picture.astype(int) @ [65536, 256, 1])) > 20


def test_the_same_score_gives_the_same_bytes() -> None:
    score = read_score(EXAMPLES[0])
    assert piano_roll_png(score) == piano_roll_png(score)
    assert piano_roll_svg(score) == piano_roll_svg(score)


def test_louder_notes_stand_out_more_and_tracks_differ() -> None:
    score = Score.of(
        [60, 60, 60],
        [0, 2, 4],
        [1, 1, 1],
        [127, 20, 127],
        [0, 0, 1],
        tracks=(Track("one"), Track("two")),
    )
    picture = pixels(piano_roll_png(score)).astype(int)
    colours = [picture[:, 72 + int(1508 * x)] for x in (0.1, 0.5, 0.9)]
    # Away from white: the furthest pixel of a column within a note is the note's own.
    loud, soft, other = (c[np.argmax(np.ptp(c, axis=1))] for c in colours)
    assert (255 - soft).sum() < (255 - loud).sum()
    assert not np.array_equal(loud, other)


def test_a_short_score_is_one_system_and_a_long_one_no_taller_than_a_page_of_them() -> None:
    ten_s, ten_min, two_hours = (pixels(piano_roll_png(steady(s))) for s in (10, 600, 7200))
    assert ten_s.shape[0] < 700
    assert 2000 < ten_min.shape[0] < 7000
    assert two_hours.shape[0] < 7500


def test_systems_cover_the_music_and_begin_at_bar_lines() -> None:
    systems = Systems.of(steady(200.0))
    assert systems.start_s[0] == 0
    assert np.allclose(systems.start_s[1:], systems.end_s[:-1])
    assert systems.end_s[-1] == pytest.approx(steady(200.0).length_s)
    assert np.all(np.isin(np.round(systems.start_s, 6), np.round(systems.bar_s, 6)))


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 127),
            st.floats(0, 4000),
            st.floats(0, 30),
            st.integers(1, 127),
            st.integers(0, 1),
        ),
        min_size=1,
        max_size=30,
    ),
    st.integers(1, 13),
    st.sampled_from([1, 2, 4, 8, 16]),
)
def test_any_score_becomes_a_document_with_all_its_notes(
    rows: list[tuple[int, float, float, int, int]], numerator: int, denominator: int
) -> None:
    columns = [list(column) for column in zip(*rows, strict=True)]
    score = Score.of(*columns, tracks=(Track(), DRUMS), meters=(Meter(0, numerator, denominator),))
    systems = Systems.of(score)
    assert 1 <= len(systems.start_s) <= MAX_SYSTEMS
    assert np.all(systems.end_s > systems.start_s)
    root = ET.fromstring(piano_roll_svg(score))
    width, height = (float(v) for v in root.attrib["viewBox"].split()[2:])
    paths = list(root.iter("{http://www.w3.org/2000/svg}path"))
    boxes = sum(path.attrib["d"].count("M") for path in paths)
    assert boxes >= len(rows)
    for path in paths:
        for box in path.attrib["d"].split("M")[1:]:
            x, y = (float(v) for v in box.split("h")[0].split())
            assert 0 <= x <= width
            assert 0 <= y <= height


def test_pitches_bars_and_seconds_are_named() -> None:
    found = words(piano_roll_svg(steady(10.0), title="Ten seconds"))
    assert "Ten seconds" in found
    assert {"C4", "C5", "1", "2", "0:00", "0:01", "0:05"} <= set(found)


def test_bars_follow_the_meter() -> None:
    waltz = steady(6.0, meters=(Meter(0.0, 3, 4),))
    assert len(Systems.of(waltz).bar_s) == 4
    assert len(Systems.of(waltz).beat_s) == 8


def test_names_with_markup_and_control_characters_make_a_sound_document() -> None:
    score = steady(3.0, tracks=(Track("a<b>&\x00\x1b\ud800"),))
    assert "a<b>&" in words(piano_roll_svg(score, title="<&>\x07"))
    assert "<&>" in words(piano_roll_svg(score, title="<&>\x07"))


def test_percussion_stands_apart_with_its_names() -> None:
    onsets = np.arange(16) / 2
    drums = Score.of(np.tile([36, 42, 38, 42], 4), onsets, np.full(16, 0.1), tracks=(DRUMS,))
    found = words(piano_roll_svg(drums))
    assert {"Kick", "Snare", "Hat"} <= set(found)
    assert "C4" not in found
    assert pixels(piano_roll_png(drums)).shape[0] < 200


def test_many_tracks_are_counted_where_they_do_not_fit() -> None:
    tracks = tuple(Track(f"Instrument number {n}") for n in range(40))
    score = Score.of(60, np.arange(40), np.ones(40), 80, np.arange(40), tracks=tracks)
    found = words(piano_roll_svg(score))
    named = sum(word.startswith("Instrument") for word in found)
    assert f"and {40 - named} more" in found


def test_the_built_in_letters_spell_what_they_can() -> None:
    assert drawable("Dvořák, Größe, B♭") == "Dvorak, Grosse, Bb"
    assert drawable("東京") == "??"


def test_time_labels_read_as_minutes_and_seconds() -> None:
    assert [time_label(t, 1.0) for t in (0, 59.999999, 60, 3661)] == [
        "0:00",
        "1:00",
        "1:00",
        "61:01",
    ]
    assert time_label(0.3, 0.1) == "0:00.3"


@pytest.mark.parametrize("name", THEMES)
def test_words_can_be_read_on_their_paper(name: str) -> None:
    def luminance(colour: tuple[int, int, int]) -> float:
        share = np.array(colour) / 255
        linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722])

    def contrast(a: tuple[int, int, int], b: tuple[int, int, int]) -> float:
        low, high = sorted([luminance(a), luminance(b)])
        return (high + 0.05) / (low + 0.05)

    theme = THEMES[name]
    # WCAG 2.2: 4.5 for text.
    assert contrast(theme.text, theme.background) > 4.5
    assert contrast(theme.faint_text, theme.background) > 4.5
    assert min(contrast(colour, theme.background) for colour in theme.tracks) > 2


def test_one_note_of_no_length_is_seen() -> None:
    empty = pixels(piano_roll_png(Score.of([60], [0.0], [1.0])))
    note = pixels(piano_roll_png(Score.of([60], [0.0], [0.0])))
    assert note.shape == empty.shape
    assert not np.array_equal(note, empty)
    blue = np.array(THEMES["light"].tracks[0])
    assert np.any(np.abs(note.astype(int) - blue).sum(axis=-1) < 120)


def test_ten_thousand_notes_at_once_can_be_drawn() -> None:
    score = Score.of(np.arange(10_000) % 128, np.full(10_000, 4.0), np.ones(10_000))
    assert pixels(piano_roll_png(score)).shape[0] < 700


def test_a_score_without_notes_is_refused() -> None:
    for draw in (piano_roll_png, piano_roll_svg):
        with pytest.raises(UsageError, match="no notes"):
            draw(Score.of([], [], []))


def test_an_unknown_theme_names_those_there_are() -> None:
    with pytest.raises(UsageError, match=r"light, dark; did you mean 'dark'"):
        piano_roll_png(steady(1.0), theme="darc")
