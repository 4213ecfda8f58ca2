"""Where a bundle saw what it says, by a bundle that is known to look at one corner."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from muso.bundle.occlusion import CELLS, occlude
from muso.music.cover import Cover
from muso.music.picture.heat import FOR, heat_png
from muso.represent.view import Slices


class Corner:
    """Says `red` the surer, the redder the upper left corner is, and looks nowhere else."""

    labels = ("red", "other")
    members = ("one",)

    def slices(self, cover: Cover) -> list[Slices]:
        red = cover.resized(128).pixels[:16, :16, 0].mean() / 255
        return [Slices(np.array([[red]], np.float32), np.zeros(1), np.zeros(1))]

    def log_probabilities(self, slices):
        share = slices[0].values.astype(np.float64) * 0.8 + 0.1
        return [np.log(np.concatenate([share, 1 - share], axis=1))]

    def average(self, logs):
        return np.exp(logs[0])

    def predict(self, cover):
        from muso.bundle.prediction import Prediction

        (red, other) = self.average(self.log_probabilities(self.slices(cover)))[0]
        ranking = sorted([("red", red), ("other", other)], key=lambda pair: -pair[1])
        return Prediction(*ranking[0], tuple(ranking), "corner")


@pytest.fixture
def cover() -> Cover:
    """Red in the upper left corner alone, black and white stripes elsewhere."""
    pixels = np.zeros((128, 128, 3), np.uint8)
    pixels[::4] = 255
    pixels[:16, :16] = (255, 0, 0)
    return Cover(pixels)


def test_the_corner_that_was_looked_at_is_where_the_heat_is(cover):
    found = occlude(Corner(), cover)
    assert found.prediction.label == "red"
    assert found.heat.shape == (CELLS, CELLS)
    assert np.unravel_index(found.heat.argmax(), found.heat.shape) == (0, 0)
    assert found.heat[0, 0] > 0.1
    # Patches two cells wide reach one cell further.
    assert np.abs(found.heat[2:, 2:]).max() == 0


def test_it_tells_how_far_it_is(cover):
    told = []
    occlude(Corner(), cover, told.append)
    assert [one.done for one in told] == list(range(1, CELLS)) and told[-1].total == CELLS - 1


def test_heat_is_drawn_where_it_is_and_leaves_the_rest_grey(cover, tmp_path: Path):
    from PIL import Image

    heat = np.zeros((8, 8))
    heat[0, 0] = 1.0
    (tmp_path / "heat.png").write_bytes(heat_png(cover, heat))
    drawn = np.asarray(Image.open(tmp_path / "heat.png")).astype(int)
    assert drawn.shape == (512, 512, 3)
    hot, cold = drawn[8, 8], drawn[300:, 300:].reshape(-1, 3)
    assert np.abs(hot - FOR).max() < 90 and hot[0] > hot[1] > hot[2]
    assert np.abs(cold - cold.mean(axis=1, keepdims=True)).max() <= 1


def test_no_heat_at_all_draws_the_cover_alone(cover):
    import io

    from PIL import Image

    drawn = np.asarray(Image.open(io.BytesIO(heat_png(cover, np.zeros((8, 8))))))
    assert drawn[0, 0, 0] > drawn[0, 0, 2]
