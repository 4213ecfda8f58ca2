"""The cover study, on small pictures of noise, and the artefact that it took for a result."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from muso.errors import CorpusError, LeakError
from muso.learn import recipe as recipe_module
from muso.learn.recipe import change_recipe, read_recipe
from muso.learn.studies import cover
from muso.learn.studies.cover import COVER, GENRES, binary_accuracy, untrained
from muso.learn.studies.cover_sources import _over_genres, _taken_for, _Told
from muso.learn.studies.study import Context
from muso.represent.pixels import Pixels


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Eight covers a genre by four artists each, a colour under noise, and a fifth genre."""
    folder = tmp_path_factory.mktemp("covers")
    rows, rng = ["file,genre,group,source"], np.random.default_rng(0)
    for genre, colour in zip((*GENRES, "pop"), np.eye(5, 3) * 120, strict=True):
        (folder / genre).mkdir()
        for number in range(8):
            pixels = rng.integers(0, 130, (48, 48, 3)) + colour.astype(int)
            Image.fromarray(pixels.astype(np.uint8)).save(folder / genre / f"{number}.png")
            rows.append(f"{genre}/{number}.png,{genre},{genre}-{number // 2},shop")
    (folder / "covers.csv").write_text("\n".join(rows))
    return folder


def run(name: str, data: Path, folder: Path, share: float = 0.05):
    (experiment,) = COVER.chosen((name,))
    return experiment.run(Context(data, 1, share, 1, folder))


def test_saying_nothing_of_four_labels_has_a_binary_accuracy_of_three_quarters():
    truth = np.random.default_rng(0).integers(0, 4, 500)
    assert binary_accuracy(truth, np.full((500, 4), 0.25)) == 0.75
    assert binary_accuracy(truth, np.eye(4)[truth]) == 1.0
    assert binary_accuracy(truth, np.eye(4)[(truth + 1) % 4]) == 0.5


def test_an_untrained_network_has_it_too_to_the_last_digit(folder):
    pixels = np.random.default_rng(0).normal(0, 1, (40, *Pixels().shape)).astype(np.float32)
    truth = np.arange(40) % 4
    for seed in range(3):
        said = untrained(4, pixels, seed)
        assert binary_accuracy(truth, said) == 0.75
        assert (said.argmax(axis=1) == truth).mean() < 0.5


def test_the_study_shows_the_artefact_beside_the_honest_figure(folder, tmp_path):
    outcome = run("untrained", folder, tmp_path)
    binary = outcome.metrics["piece.binary_accuracy"]
    assert (binary.low, binary.value, binary.high) == (0.75, 0.75, 0.75)
    assert outcome.metrics["work.accuracy"].value < 0.6
    assert outcome.size.startswith("32 covers")


@pytest.mark.parametrize("name", ["cnn-nadam", "cnn-mse", "rnn"])
def test_its_networks_are_measured_shuffled_and_honestly(name, folder, tmp_path):
    outcome = run(name, folder, tmp_path)
    for protocol in ("piece", "work"):
        assert 0 <= outcome.metrics[f"{protocol}.accuracy"].value <= 1
        assert f"{protocol}.binary_accuracy" in outcome.metrics
    assert outcome.size == "1 of 20 epochs"


def test_the_shipped_recipe_is_tried_on_four_genres(folder, tmp_path):
    outcome = run("muso", folder, tmp_path)
    for protocol in ("piece", "work"):
        assert 0 <= outcome.metrics[f"{protocol}.balanced_accuracy"].value <= 1
        assert set(outcome.predictions[protocol].tolist()) <= set(range(len(GENRES)))
    assert "epochs of measures" in outcome.size


def test_what_a_search_finds_is_measured_on_covers_it_never_saw(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("MUSO_HOME", str(tmp_path / "home"))
    whole_recipe = recipe_module.read_recipe

    def short(name, changes=()):
        recipe = whole_recipe(name, changes)
        space = {key: s for key, s in recipe.search.space.items() if "epochs" not in key}
        table = replace(recipe.search, folds=2, space=space)
        return change_recipe(replace(recipe, search=table), {"fit.epochs": 1})

    monkeypatch.setattr(recipe_module, "read_recipe", short)
    outcome = run("search", folder, tmp_path)
    for protocol in ("piece", "work"):
        assert 0 <= outcome.metrics[f"{protocol}.accuracy"].value <= 1
        assert f"{protocol}.accuracy_when_searched" in outcome.metrics
        # 32 covers: three in ten are put away, and the winner names every one of them.
        assert 8 <= len(outcome.predictions[protocol]) <= 12
        assert outcome.recipe[protocol]["name"] == "cover-search-found"
    assert outcome.size == "2 of 10 settings"


def test_its_recipes_are_what_it_reported():
    cnn = read_recipe("cover-cnn")
    (member,) = cnn.member
    assert cnn.labels == GENRES and cnn.split.held_out == 0.3 and cnn.weights
    assert (member.fit.optimizer, member.fit.rate, member.network["drop"]) == ("sgd", 0.01, 0.2)
    grid = read_recipe("cover-grid").search
    assert grid.sampler == "grid" and grid.sample == 500
    assert np.prod([len(choices) for choices in grid.space.values()]) == grid.trials == 80
    random = read_recipe("cover-search").search
    assert random.sampler == "random" and random.sample == 500


def test_every_claim_is_printed_in_its_own_figures():
    claims = {experiment.name: experiment.claim for experiment in COVER.experiments}
    assert claims["untrained"] == "0.750000, spread 0"
    assert "0.26, 0.28" in claims["cnn"]
    assert set(claims) >= {"cnn-adam", "cnn-adamax", "cnn-nadam", "rnn", "search", "grid", "cost"}


def two_catalogues(folder: Path, shift: int) -> Path:
    """120 covers of one genre and 60 of another; the first from two shops, one brighter."""
    rows, rng = ["file,genre,group,source"], np.random.default_rng(1)
    for genre, count in (("metal", 120), ("country", 60)):
        (folder / genre).mkdir()
        for number in range(count):
            second = genre == "metal" and number % 2
            pixels = rng.integers(0, 130, (16, 16, 3)) + (shift if second else 0)
            Image.fromarray(pixels.astype(np.uint8)).save(folder / genre / f"{number}.png")
            shop = "second" if second else "first"
            rows.append(f"{genre}/{number}.png,{genre},{genre}-{number},{shop}")
    (folder / "covers.csv").write_text("\n".join(rows))
    return folder


@pytest.mark.parametrize(("shift", "low", "high"), [(100, 0.95, 1.0), (0, 0.3, 0.7)])
def test_a_catalogue_that_shows_in_its_covers_is_found_out(tmp_path, shift, low, high):
    outcome = run("sources", two_catalogues(tmp_path, shift), tmp_path)
    found = outcome.metrics["work.source_guessed_in_metal"]
    assert low <= found.value <= high
    assert "work.source_guessed_in_country" not in outcome.metrics
    # Of one genre the mean is that genre's own.
    over = outcome.metrics["work.source_guessed"]
    assert over.value == pytest.approx(found.value)
    assert over.low == pytest.approx(found.low, abs=0.03)


def genre_told(right: float, covers: int, first: int, seed: int) -> _Told:
    """A genre from two sources, told rightly so often, each cover a work of its own."""
    rng = np.random.default_rng(seed)
    truth = np.arange(covers) % 2
    guessed = np.where(rng.random(covers) < right, truth, 1 - truth)
    return _Told(guessed, truth, [str(first + n) for n in range(covers)])


def test_the_mean_over_genres_is_surer_than_each_of_them():
    genres = [genre_told(0.7, 200, 1000 * n, n) for n in range(4)]
    one, all_four = _over_genres(genres[:1], 0), _over_genres(genres, 0)
    shares = [
        np.mean([(t.guessed == t.truth)[t.truth == s].mean() for s in (0, 1)]) for t in genres
    ]
    assert all_four.value == pytest.approx(np.mean(shares))
    assert all_four.low < all_four.value < all_four.high
    # Four times as many works: about half as wide.
    assert 0.35 < (all_four.high - all_four.low) / (one.high - one.low) < 0.65


def test_artists_of_two_genres_stand_and_fall_together():
    apart = _over_genres([genre_told(0.7, 200, 0, 0), genre_told(0.7, 200, 1000, 0)], 0)
    together = _over_genres([genre_told(0.7, 200, 0, 0), genre_told(0.7, 200, 0, 0)], 0)
    assert apart.value == together.value
    assert together.high - together.low > 1.2 * (apart.high - apart.low)


def test_what_a_catalogue_is_taken_for_is_counted_source_by_source():
    labels, genres = ["country", "metal"], ["country", "metal"]
    truth = np.array([0] * 100 + [0] * 100 + [1] * 60)
    sources = np.array(["one"] * 100 + ["two"] * 100 + ["one"] * 60)
    # Of country from the one shop a tenth is called metal, from the other four tenths.
    given = np.array([1] * 10 + [0] * 90 + [1] * 40 + [0] * 60 + [1] * 60)
    works = [str(n) for n in range(len(truth))]
    found = _taken_for(given, truth, sources, labels, genres, works)
    shares = {name: interval.value for name, interval in found.items()}
    assert shares == {
        "work.others_called_metal_in_one": pytest.approx(0.1),
        "work.others_called_metal_in_two": pytest.approx(0.4),
    }


def test_covers_of_one_catalogue_hold_no_shortcut(folder, tmp_path):
    with pytest.raises(CorpusError, match="there is no shortcut"):
        run("sources", folder, tmp_path)


def test_the_shipped_model_is_not_measured_on_covers_it_may_know(folder, tmp_path):
    with pytest.raises(LeakError, match=r"was trained on other covers .* muso train cover"):
        run("shipped", folder, tmp_path)


def test_what_a_cover_and_a_recording_cost_is_measured(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(cover, "SONG_S", 5.0)
    monkeypatch.setattr(cover, "ASKED", 2)
    outcome = run("cost", folder, tmp_path)
    picture, sound = (
        outcome.metrics[f"work.megabytes_a_{name}"].value for name in ("cover", "recording")
    )
    assert 0 < picture < sound
    assert all(outcome.metrics[f"work.seconds_a_{n}"].value > 0 for n in ("cover", "recording"))
    assert "a cover" in outcome.size and "a recording" in outcome.size
