"""A corpus of spectrogram pictures, trained on like any other."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from muso import service
from muso.errors import WrongFormat
from muso.music.clip import Clip, write_clip
from muso.represent import VIEWS
from muso.represent.picture import draw_picture
from muso.represent.view import check_media

RECIPE = """
name = "pictures"
task = "genre"
seed = 1

[split]
held_out = 0.25
validation = 0.25

[[member]]
name = "bands"
view = { name = "bands" }
classical = { name = "logistic" }
"""


def noise(low: float, high: float, seed: int) -> Clip:
    """Three seconds of noise between two frequencies in Hz."""
    spectrum = np.fft.rfft(np.random.default_rng(seed).normal(0, 0.1, 66_150))
    hz = np.fft.rfftfreq(66_150, 1 / 22_050)
    sound = np.fft.irfft(spectrum * np.where((hz > low) & (hz < high), 1, 0.01))
    return Clip(sound[None].astype(np.float32), 22_050)


GENRES = {"low": (50.0, 1000.0), "high": (2000.0, 8000.0)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Pictures of 8 clips a genre under a table of tracks, and one clip a genre as sound."""
    folder = tmp_path_factory.mktemp("pictures")
    rows = ["track,genre,artist"]
    for genre, (low, high) in GENRES.items():
        (folder / "spectrograms" / genre).mkdir(parents=True)
        (folder / "sound" / genre).mkdir(parents=True)
        for number in range(8):
            levels = draw_picture(noise(low, high, number))
            Image.fromarray(levels[::-1]).save(
                folder / "spectrograms" / genre / f"{genre}.{number:05}.png"
            )
            rows.append(f"{genre}.{number:05},{genre},{genre}-{number}")
        write_clip(noise(low, high, 99), folder / "sound" / genre / "new.wav")
    (folder / "tracks.csv").write_text("\n".join(rows))
    (folder / "recipe.toml").write_text(RECIPE)
    return folder


def test_pictures_that_are_gone_or_no_spectrograms_are_named(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "own")
    pictures = tmp_path / "own" / "spectrograms" / "low"
    (pictures / "low.00000.png").unlink()
    Image.new("L", (30, 40)).save(pictures / "low.00001.png")
    training = service.train(
        tmp_path / "own" / "recipe.toml", tmp_path / "own" / "tracks.csv", name="odd.1"
    )
    ((path, why),) = training.unreadable.items()
    assert Path(path).name == "low.00001.png"
    assert f"{pictures / 'low.00001.png'}: this is no spectrogram" in why
    (missing,) = [line for line in training.doubts if "gone, or may not be read" in line]
    assert str(pictures / "low.00000.png") in missing


def test_a_model_learnt_on_pictures_works_on_sound(folder):
    training = service.train(folder / "recipe.toml", folder / "tracks.csv", name="pictures.1")
    assert training.unreadable == {}
    assert [baseline.name for baseline in training.report.baselines] == [
        "majority", "band statistics with an SVM",
    ]  # fmt: skip
    on_pictures, _ = service.evaluate(training.bundle.folder, folder / "tracks.csv")
    on_sound, rows = service.evaluate(training.bundle.folder, folder / "sound")
    assert on_pictures.unreadable == on_sound.unreadable == {}
    assert [row.predicted for row in rows] == [row.piece.label for row in rows]


def test_slices_of_pictures_can_be_shuffled(folder):
    view = '{ name = "spectrogram", columns = 16, side = 12 }'
    recipe = folder / "slices.toml"
    recipe.write_text(RECIPE.replace('{ name = "bands" }', view))
    split = service.compare(recipe, folder / "tracks.csv", ["slice"])["slice"].split
    assert split.leaky and split.unit == "slice"
    assert sum(side.units for side in (split.train, split.validation, split.test)) == 16 * 3


def test_views_that_need_sound_refuse_pictures():
    bands, timbre = VIEWS["bands"](), VIEWS["timbre"]()
    check_media("a.png", "cover", "clip", [bands, VIEWS["spectrogram"]()])
    check_media("a.wav", "clip", "clip", [timbre])
    check_media("unknown", None, "clip", [timbre])
    sound_alone = r"a\.png: this is a picture, and the view timbre takes sound alone; give the clip"
    with pytest.raises(WrongFormat, match=sound_alone):
        check_media("a.png", "cover", "clip", [bands, timbre])
    with pytest.raises(WrongFormat, match="this is not a clip; leave it out"):
        check_media("a.mid", "score", "clip", [bands])
