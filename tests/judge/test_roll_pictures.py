from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from muso.errors import UsageError
from muso.judge import roll_pictures
from muso.judge.roll_pictures import draw_chunks, draw_rates
from muso.music.score import Score
from muso.service import draw_roll

SCORE = Score.of([60, 64, 67, 72], [0, 1, 2, 20], [1, 1, 1, 1], [20, 60, 90, 127], tempo_bpm=60)


def shapes(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, ...]]:
    """The shapes of all that is painted from now on."""
    seen: list[tuple[int, ...]] = []
    paint = roll_pictures._paint

    def noting(panel: Any, values: Any, extent: Any) -> None:
        seen.append(values.shape)
        paint(panel, values, extent)

    monkeypatch.setattr(roll_pictures, "_paint", noting)
    return seen


def test_each_rate_has_a_panel_with_so_many_frames(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = shapes(monkeypatch)
    draw_rates(SCORE, tmp_path / "rates.png", seconds=10)
    assert [columns for _, columns in seen] == [160, 80, 40]
    assert np.asarray(Image.open(tmp_path / "rates.png")).std() > 5


def test_chunks_have_a_row_a_channel_and_the_last_is_padded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = shapes(monkeypatch)
    draw_chunks(SCORE, tmp_path / "chunks.png")
    # 21 s are two chunks of 150 frames, in four channels.
    assert [columns for _, columns in seen] == [150] * 8


def test_a_title_with_dollars_is_drawn_as_it_is(tmp_path: Path) -> None:
    draw_rates(SCORE, tmp_path / "a.png", (8,), title="$\\frac$.mid")
    draw_chunks(SCORE, tmp_path / "b.png", channels=("sounding",), title="$\\frac$.mid")
    assert (tmp_path / "a.png").exists() and (tmp_path / "b.png").exists()


@pytest.mark.parametrize("rates", [[], [0], [1000]])
def test_rates_that_make_no_sense_are_refused(rates: list[int], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="1 to 100 frames"):
        draw_roll("examples/bach-bwv66-6.mid", tmp_path / "x.png", rates=rates)


def test_a_picture_by_a_name_that_is_no_png_is_refused(tmp_path: Path) -> None:
    target = tmp_path / "roll.txt"
    with pytest.raises(UsageError, match=r"roll\.txt: the picture is a \.png"):
        draw_roll("examples/bach-bwv66-6.mid", target)
    assert not target.exists()
