"""The genre study, on pictures of noise."""

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from muso.cli.reproduce import reproduce as command
from muso.errors import CorpusError
from muso.learn.recipe import read_recipe
from muso.learn.studies.genre import DRAWN, GENRE, clips_of, gain
from muso.learn.studies.study import Context
from muso.music.clip import Clip, write_clip


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Two genres of ten pictures each by five artists, one of them faulty."""
    folder = tmp_path_factory.mktemp("gtzan")
    rows = ["track,genre,split,artist"]
    rng = np.random.default_rng(0)
    for genre, high in (("blues", 60), ("metal", 200)):
        (folder / "spectrograms" / genre).mkdir(parents=True)
        for number in range(10):
            track = f"{genre}.{number:05}"
            levels = rng.integers(0, high, (129, 98)).astype(np.uint8)
            Image.fromarray(levels).save(folder / "spectrograms" / genre / f"{track}.png")
            side = "faulty" if number == 9 else ("train", "valid")[number % 2]
            rows.append(f"{track},{genre},{side},{genre}-{number // 2}")
    (folder / "tracks.csv").write_text("\n".join(rows))
    return folder


def context(data: Path, folder: Path) -> Context:
    return Context(data, minutes=1, share=0.02, seed=1, folder=folder)


def test_every_network_of_the_study_has_its_experiment_and_recipe():
    names = [experiment.name for experiment in GENRE.experiments]
    assert names[:5] == ["net1", "net2", "net3", "net4", "net5"]
    for number in range(1, 7):
        recipe = read_recipe(f"genre-net{number}")
        assert recipe.task == "genre" and recipe.leave_out == ("faulty",)
        tried = {tuple(setting.values()) for setting in recipe.search.settings()}
        assert recipe.search.trials == len(tried) == 16
        assert (0.0005, "rmsprop", 100) in tried
    assert read_recipe("genre-net4").member[0].fit.optimizer == "rmsprop"
    assert read_recipe("genre-net5").member[0].fit.patience == 7
    assert read_recipe("genre-net6").member[0].gan.epochs == 100
    assert read_recipe("genre", DRAWN).split.test == ""


def test_an_lstm_is_measured_under_every_protocol(folder, tmp_path):
    outcome = GENRE.chosen(("net5",))[0].run(context(folder, tmp_path))
    figures = [outcome.metrics[f"{p}.accuracy"].value for p in ("slice", "piece", "work")]
    assert all(0 <= value <= 1 for value in figures)
    assert "1 of 50 epochs" in outcome.size
    # 18 clips without faults, of two segments each: a fifth of the segments, and of the clips.
    assert len(outcome.predictions["slice"]) > len(outcome.predictions["piece"])


def test_what_a_gan_adds_is_measured_on_the_same_real_clips(folder, tmp_path):
    outcome = GENRE.chosen(("net6",))[0].run(context(folder, tmp_path))
    for protocol in ("slice", "piece", "work"):
        with_gan, without = (
            outcome.metrics[f"{protocol}.accuracy{end}"].value for end in ("", "_without_gan")
        )
        added = outcome.metrics[f"{protocol}.gain_by_gan"]
        assert added.value == pytest.approx(with_gan - without)
        assert added.low <= added.value <= added.high


def test_a_table_without_pictures_beside_it_is_of_sound(folder, tmp_path):
    (tmp_path / "tracks.csv").write_text((folder / "tracks.csv").read_text())
    for genre in ("blues", "metal"):
        place = tmp_path / "genres" / genre
        place.mkdir(parents=True)
        noise = np.random.default_rng(0).normal(0, 0.1, (1, 22_050)).astype(np.float32)
        write_clip(Clip(noise, 22_050), place / f"{genre}.00000.wav")
    paths = [piece.path for piece in clips_of(tmp_path).pieces]
    assert [path.name for path in paths] == ["blues.00000.wav", "metal.00000.wav"]
    assert clips_of(folder).pieces[0].path.suffix == ".png"


def test_the_gain_of_a_trial_over_itself_is_nothing(folder, tmp_path):
    from muso.learn.training import try_recipe

    trial = try_recipe(read_recipe("genre", DRAWN), clips_of(folder), "clip")
    assert gain(trial, trial, seed=0).as_dict() == {"value": 0, "low": 0, "high": 0}


def test_a_folder_that_is_not_gtzan_is_refused(tmp_path):
    write_clip(Clip(np.zeros((1, 800), np.float32), 8_000), tmp_path / "song.wav")
    with pytest.raises(CorpusError, match="this is not that data set"):
        clips_of(tmp_path)


def test_the_table_is_followed_by_further_protocols_and_what_the_gan_adds(tmp_path, monkeypatch):
    monkeypatch.setenv("MUSO_HOME", str(tmp_path))
    shown = CliRunner().invoke(command, ["genre", "--only", "net5", "--only", "net6"])
    assert shown.exit_code == 0, shown.output
    lines = shown.output.splitlines()
    assert any(line.startswith("net5 under piece (leaky): 0.") for line in lines)
    assert sum(line.startswith("net6: the GAN adds ") and " to " in line for line in lines) >= 2
