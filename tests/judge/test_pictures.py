from __future__ import annotations

import sys

import numpy as np
import pytest
from PIL import Image

from muso.errors import CorpusError, FileError, MissingExtra
from muso.judge.confusion import confuse, score_classes
from muso.judge.intervals import Interval
from muso.judge.pictures import (
    draw_classes,
    draw_confusion,
    draw_report,
    draw_sweep,
    draw_training,
)
from muso.judge.report import Curves


def sides_px(path):
    with Image.open(path) as picture:
        assert picture.format == "PNG"
        return picture.size


def inked(path):
    """Share of the picture that is not white."""
    with Image.open(path) as picture:
        return float((np.asarray(picture.convert("L")) < 250).mean())


def test_every_picture_of_a_report_is_drawn_and_named(make_report, tmp_path):
    paths = draw_report(make_report("slice"), tmp_path)
    names = ["confusion.png", "reliability.png", "labels.png", "training.png"]
    assert [path.name for path in paths] == names
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names)
    assert all(0.005 < inked(path) < 0.9 for path in paths)


def test_a_report_without_curves_has_no_training_picture(make_report, tmp_path):
    assert "training.png" not in [p.name for p in draw_report(make_report(curves=None), tmp_path)]


def test_a_confusion_of_119_labels_leaves_every_name_its_own_line(tmp_path):
    labels = [f"Composer {i}" for i in range(119)]
    truth = np.arange(119)
    draw_confusion(confuse(truth, np.roll(truth, 1), 119), labels, tmp_path / "many.png")
    draw_confusion(confuse([0, 1], [0, 0], 2), ["a", "b"], tmp_path / "few.png")
    # 7.5 points, the size of the names, are 12.5 pixels at 120 dots an inch.
    assert min(sides_px(tmp_path / "many.png")) > 119 * 12.5
    assert max(sides_px(tmp_path / "few.png")) < 700


def test_labels_without_test_pieces_take_no_row(tmp_path):
    wide = confuse([0, 1], [0, 1], 30)
    draw_confusion(wide, [str(i) for i in range(30)], tmp_path / "wide.png")
    draw_confusion(wide[:2, :2], ["0", "1"], tmp_path / "narrow.png")
    assert sides_px(tmp_path / "wide.png") == sides_px(tmp_path / "narrow.png")


def test_a_label_is_never_taken_for_a_formula(tmp_path):
    labels = ["A$AP $ingh_", "plain"]
    draw_confusion(confuse([0, 1], [0, 1], 2), labels, tmp_path / "a.png")
    draw_classes(score_classes(confuse([0, 1], [0, 1], 2), labels), tmp_path / "b.png")
    assert inked(tmp_path / "a.png") > 0.005


def test_a_sweep_takes_the_whole_piece_and_more_than_one_series(tmp_path):
    figure = Interval(0.5, 0.4, 0.6)
    lengths = [(2.0, figure), (30.0, figure), (float("inf"), figure)]
    draw_sweep({"this model": lengths}, tmp_path / "one.png", against="excerpt length (s)")
    draw_sweep(
        {"accuracy": [(i / 30, figure) for i in range(30)], "coverage": lengths[:1]},
        tmp_path / "two.png",
        against="threshold",
    )
    draw_sweep({"whole": lengths[2:]}, tmp_path / "whole.png", against="excerpt length (s)")
    assert all(inked(tmp_path / name) > 0.005 for name in ("one.png", "two.png", "whole.png"))


def test_a_training_of_one_epoch_or_with_one_kind_of_curve_is_drawn(tmp_path):
    draw_training(Curves({"loss": (1.0,), "validation_accuracy": (0.5,)}, 1), tmp_path / "a.png")
    draw_training(Curves({"validation_accuracy": (0.5, 0.6)}, 2), tmp_path / "b.png")
    assert sides_px(tmp_path / "a.png")[1] > sides_px(tmp_path / "b.png")[1]


def test_nothing_to_draw_is_a_clear_error_and_leaves_no_file(tmp_path):
    with pytest.raises(CorpusError, match="no points"):
        draw_sweep({"none": []}, tmp_path / "a.png", against="threshold")
    with pytest.raises(CorpusError, match="no labels"):
        draw_classes(score_classes(np.zeros((2, 2), int), ["a", "b"]), tmp_path / "a.png")
    with pytest.raises(CorpusError, match="no pieces"):
        draw_confusion(np.zeros((2, 2), np.int64), ["a", "b"], tmp_path / "a.png")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_a_clear_error(make_report, tmp_path):
    with pytest.raises(FileError):
        draw_report(make_report(), tmp_path / "nowhere")


def test_without_matplotlib_the_missing_extra_is_named(make_report, tmp_path, monkeypatch):
    for name in [name for name in sys.modules if name.split(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtra, match=r"pip install 'muso\[train\]'"):
        draw_report(make_report(), tmp_path)
