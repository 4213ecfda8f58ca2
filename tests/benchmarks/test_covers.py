"""The benchmark of covers runs, and tells of covers a second."""

from benchmarks.covers import SIDE, drawn, found, measured
from PIL import Image

from muso.music.cover import parse_cover


def test_drawn_covers_are_pictures_unlike_each_other():
    first, second = (parse_cover(content).pixels for content in drawn(2))
    assert first.shape == (SIDE, SIDE, 3)
    assert abs(first.astype(int) - second).mean() > 10


def test_pictures_are_found_in_folders_in_folders(tmp_path):
    (tmp_path / "metal").mkdir()
    Image.new("RGB", (8, 8)).save(tmp_path / "metal" / "one.png")
    (tmp_path / "covers.csv").write_text("file,genre")
    assert len(found(tmp_path, 5)) == 1


def test_every_step_is_told_in_covers_a_second():
    figures = measured(drawn(2), 1)
    assert set(figures) == {"decoded", "looked_at", "named"}
    assert all(a_second > 0 for a_second in figures.values())
