from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from muso.corpus.corpus import Corpus, Piece
from muso.corpus.description import Description, Features
from muso.errors import CorpusError, FileError, MissingExtra
from muso.judge.corpus_pictures import (
    _log_ticks,
    _rows,
    draw_corpus,
    draw_measure,
    draw_meters,
)

ROW_PX = 47
"""0.235 inches at 200 dots."""


def described(*labels: tuple[str, int], seed: int = 0) -> Description:
    """So many made-up pieces of each label, one in ten of them very long."""
    rng = np.random.default_rng(seed)
    pieces, features = [], []
    for label, count in labels:
        for number in range(count):
            pieces.append(Piece(Path(f"/{label}/{number}.mid"), label, f"{label}/{number}"))
            length_s = float(rng.lognormal(5, 0.5)) * (20 if number % 10 == 9 else 1)
            notes = int(length_s * 6) + 1
            meter = ("4/4", "3/4", "", "7/16")[number % 4]
            features.append(Features(length_s, notes, number % 3, 1 + number % 5, meter))
    return Description(Corpus("made up", tuple(pieces)), tuple(features), ())


def height_px(path: Path) -> int:
    with Image.open(path) as picture:
        assert picture.format == "PNG"
        return picture.size[1]


def inked(path: Path) -> float:
    """Share of the picture that is not white."""
    with Image.open(path) as picture:
        return float((np.asarray(picture.convert("L")) < 250).mean())


def orange(path: Path) -> int:
    """How many dots of the picture have the colour of outliers."""
    with Image.open(path) as picture:
        red, green, blue = np.asarray(picture.convert("RGB")).astype(int).transpose(2, 0, 1)
    return int(((red - blue > 100) & (red - green > 40)).sum())


def test_every_picture_is_drawn_named_and_described(tmp_path):
    pictures = draw_corpus(described(("Bach", 20), ("Liszt", 12)), tmp_path, clip=True)
    assert sorted(picture.path for picture in pictures) == sorted(tmp_path.iterdir())
    assert [picture.path.name for picture in pictures][:4] == [
        "length.png", "length-clipped.png", "notes.png", "notes-clipped.png"
    ]  # fmt: skip
    assert all(0.005 < inked(picture.path) < 0.9 for picture in pictures)
    assert len({picture.says for picture in pictures}) == len(pictures)
    assert pictures[0].says.startswith("Box plot of length by label, in minutes: median ")


def test_all_pictures_are_equally_wide(tmp_path):
    few = draw_corpus(described(("a", 3)), tmp_path)
    long = draw_corpus(described(("a name of many letters that nobody could read", 3)), tmp_path)
    widths = set()
    for picture in (*few, *long):
        with Image.open(picture.path) as opened:
            widths.add(opened.size[0])
    assert widths == {920}


def test_long_labels_that_begin_alike_are_told_apart() -> None:
    description = described(
        ("A very long name of a composer, father", 3), ("A very long name of a composer, son", 2)
    )
    (first, _), (second, _) = _rows(description)
    assert first != second
    assert first.startswith("A very lon…") and first.endswith(", father  3")


def test_labels_past_the_largest_share_the_last_row(tmp_path, monkeypatch):
    monkeypatch.setattr("muso.judge.corpus_pictures.MOST_ROWS", 4)

    def drawn(labels: int) -> int:
        description = described(*((f"Composer {n}", 2) for n in range(labels)))
        return height_px(draw_measure(description, "notes", tmp_path / "notes.png").path)

    assert drawn(4) - drawn(3) == pytest.approx(ROW_PX, abs=1)
    # One label more keeps its own row; two share it.
    assert drawn(5) - drawn(4) == pytest.approx(ROW_PX, abs=1)
    assert drawn(119) == drawn(5)


def test_outliers_are_seen_before_clipping_and_gone_after(tmp_path):
    description = described(("Bach", 200))
    before = draw_measure(description, "length_s", tmp_path / "before.png")
    after = draw_measure(description, "length_s", tmp_path / "after.png", clipped=True)
    assert orange(before.path) > 100
    assert orange(after.path) == 0
    assert "are outliers" in before.says
    assert "outlier" not in after.says.replace("outliers clipped", "")


def test_the_words_tell_the_medians_that_stand_out():
    lengths = {"Short": 60.0, "Middle": 120.0, "Long": 600.0}
    pieces = tuple(Piece(Path(f"/{label}"), label, label) for label in lengths)
    features = tuple(Features(length_s, 5, 0, 1.0, "4/4") for length_s in lengths.values())
    description = Description(Corpus("three", pieces), features, ())
    path = Path("unused.png")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("muso.judge.corpus_pictures._drawing", _nowhere)
        says = draw_measure(description, "length_s", path).says
        same = draw_measure(description, "notes", path).says
        meters = draw_meters(description, path).says
    assert says == (
        "Box plot of length by label, in minutes: median 2.0 over all, 1.0 to 10.0. "
        "Medians of labels run from 1.0 (Short) to 10.0 (Long)."
    )
    assert "Medians of labels" not in same
    assert meters == "Table of time signatures by label. Of all pieces: 4/4 100%."


def _nowhere(path, rows, title):
    from contextlib import nullcontext
    from unittest.mock import MagicMock

    return nullcontext(MagicMock())


def test_pieces_that_can_not_be_read_have_no_part_in_it(tmp_path):
    whole = described(("Bach", 4), ("Liszt", 4))
    broken = Description(
        whole.corpus, (*whole.features[:4], None, None, None, None), ((Path("/x"), "broken"),)
    )
    alone = draw_measure(described(("Bach", 4)), "notes", tmp_path / "alone.png")
    picture = draw_measure(broken, "notes", tmp_path / "broken.png")
    assert height_px(picture.path) == height_px(alone.path)
    assert "Liszt" not in picture.says


def test_nothing_readable_is_no_picture(tmp_path):
    nothing = Description(described(("Bach", 1)).corpus, (None,), ((Path("/x"), "broken"),))
    with pytest.raises(CorpusError, match="made up: no piece of it can be read as a score"):
        draw_corpus(nothing, tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.filterwarnings("error")
def test_odd_names_and_figures_are_drawn_without_a_murmur(tmp_path):
    description = described(("$Bach$ & <b>_^{", 1), ("贝多芬", 2), ("caf\udce9", 3), ("x" * 300, 1))
    zero = Features(0.0, 1, 0, 1.0, "")
    description = Description(description.corpus, (zero, *description.features[1:]), ())
    assert len(draw_corpus(description, tmp_path, clip=True)) == 9
    only = Description(Corpus("one", description.corpus.pieces[:1]), (zero,), ())
    assert len(draw_corpus(only, tmp_path, clip=True)) == 9


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileError, match="nowhere"):
        draw_corpus(described(("Bach", 2)), tmp_path / "nowhere")


def test_without_matplotlib_the_missing_extra_is_named(tmp_path, monkeypatch):
    for name in [name for name in sys.modules if name.split(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtra, match=r"pip install 'muso\[train\]'"):
        draw_corpus(described(("Bach", 2)), tmp_path)


@given(st.floats(0.02, 1e5), st.floats(2, 1e4))
def test_a_log_axis_has_marks_enough_and_not_too_many(least, times):
    ticks = _log_ticks(least / 2, min(least * times, 1e6) * 2)
    assert 1 <= len(ticks) <= 8
    assert ticks == sorted(ticks)
