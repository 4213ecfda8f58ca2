"""Published sides as the test, faults left out, and models shipped that were fitted on all."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from muso import service
from muso.errors import CorpusError

RECIPE = """
name = "toy"
task = "genre"
seed = 1
refit = true
leave_out = ["faulty"]

[split]
test = "valid"
validation = 0.25

[[member]]
name = "bands"
view = { name = "bands" }
classical = { name = "logistic" }
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Twelve pictures a genre: eight train, three valid and one faulty, which is of the other."""
    folder = tmp_path_factory.mktemp("sides")
    rng = np.random.default_rng(0)
    rows = ["track,genre,split,artist"]
    for genre, low in (("low", 0), ("high", 90)):
        (folder / "spectrograms" / genre).mkdir(parents=True)
        for number in range(12):
            levels = rng.integers(0, 60, (129, 64))
            levels[low : low + 39] += 120 if number < 11 else 0
            name = f"{genre}.{number:05}"
            Image.fromarray(levels.astype(np.uint8)[::-1]).save(
                folder / "spectrograms" / genre / f"{name}.png"
            )
            side = "train" if number < 8 else "valid" if number < 11 else "faulty"
            rows.append(f"{name},{genre},{side},{genre}-{number}")
    (folder / "tracks.csv").write_text("\n".join(rows))
    (folder / "toy.toml").write_text(RECIPE)
    return folder


def train(folder: Path, *changes: str):
    return service.train(
        folder / "toy.toml", folder / "tracks.csv", name="shipped-toy.1", changes=changes
    )


def test_a_side_of_the_manifest_is_the_test_and_another_is_left_out(folder):
    report = train(folder).report
    assert report.split.test.units == 6
    assert (report.split.train.units, report.split.validation.units) == (12, 4)
    assert "fitted on the pieces of the test side" not in report.data


def test_where_the_manifest_names_no_sides_a_test_side_is_drawn(folder, tmp_path):
    rows = (folder / "tracks.csv").read_text().splitlines()
    for name in ("tracks.csv", "toy.toml"):
        shutil.copy(folder / name, tmp_path)
    shutil.copytree(folder / "spectrograms", tmp_path / "spectrograms")
    kept = [row.split(",") for row in rows if ",faulty," not in row]
    (tmp_path / "tracks.csv").write_text("\n".join(f"{t},{g},{a}" for t, g, _, a in kept))
    split = train(tmp_path).report.split
    assert split.test.units == 4
    assert split.test.units + split.train.units + split.validation.units == 22


def test_what_is_shipped_is_fitted_on_the_test_side_too_and_says_so(folder):
    measured, shipped = train(folder), train(folder, "ship_all=true")
    error, same = (t.report.metrics.calibration_error.value for t in (measured, shipped))
    assert error == pytest.approx(same, abs=1e-5)
    assert "fitted on the pieces of the test side too, once measured" in shipped.report.data
    assert measured.bundle.digests["bands.onnx"] != shipped.bundle.digests["bands.onnx"]


def test_a_side_that_the_manifest_does_not_name_is_refused(folder):
    with pytest.raises(CorpusError, match=r"split.test is 'hope', .* the sides train, valid;"):
        train(folder, "split.test=hope")
