"""The conditional GAN: what it makes is shaped, labelled and shaken as asked."""

import numpy as np
import pytest

from muso.errors import RecipeError
from muso.learn.gan import fit_gan, with_made
from muso.learn.recipe import GanRecipe

SHAPE = (4, 3)


def pieces(count: int, seed: int = 0) -> tuple[list[np.ndarray], np.ndarray]:
    """Pieces of five slices; those of label 1 lie higher."""
    rng = np.random.default_rng(seed)
    target = np.arange(count) % 2
    made = [rng.normal(3 * t, 1, (5, *SHAPE)).astype(np.float32) for t in target]
    return made, target


def test_made_examples_lie_where_their_labels_do():
    real, target = pieces(40)
    label = np.repeat(target, 5)
    recipe = GanRecipe(share=1.0, epochs=30, batch=50)
    gan = fit_gan(np.concatenate(real), label, 2, recipe, seed=0)
    low, high = (gan.make(np.full(200, n), seed=1).mean() for n in (0, 1))
    assert low < 1.5 < high
    assert set(gan.curves) == {"generator", "discriminator"}
    assert len(gan.curves["generator"]) == 30


def test_the_same_seed_makes_the_same_and_another_another():
    real, target = pieces(8)
    values, label = np.concatenate(real), np.repeat(target, 5)
    recipe = GanRecipe(share=1.0, epochs=1, batch=8)
    first, again = (fit_gan(values, label, 2, recipe, seed=3) for _ in range(2))
    wanted = np.array([0, 1, 1])
    assert np.array_equal(first.make(wanted, 5), again.make(wanted, 5))
    assert not np.array_equal(first.make(wanted, 5), first.make(wanted, 6))


def test_made_pieces_stand_after_the_real_ones_in_the_share_asked_for():
    real, target = pieces(8)
    recipe = GanRecipe(share=0.5, epochs=1, batch=8)
    both, labels = with_made(real, target, SHAPE, recipe, seed=0)
    assert len(both) == len(labels) == 8 + 20
    assert all(a is b for a, b in zip(real, both, strict=False))
    assert all(piece.shape == (1, *SHAPE) for piece in both[8:])
    assert set(labels[8:].tolist()) <= {0, 1}


def test_views_that_prepare_something_else_are_refused():
    with pytest.raises(RecipeError, match="it needs a view of frames"):
        with_made([np.zeros((129, 40), np.uint8)], np.array([0]), (1, 129, 40), GanRecipe(), seed=0)


@pytest.mark.parametrize("wrong", [{"share": -1.0}, {"epochs": 0}, {"batch": 1}, {"rate": 0.0}])
def test_settings_that_cannot_be_are_refused(wrong):
    with pytest.raises(RecipeError, match="gan: share must be at least 0"):
        GanRecipe(**wrong)


def test_one_example_is_too_few():
    with pytest.raises(RecipeError, match="two examples or more"):
        fit_gan(np.zeros((1, 3), np.float32), np.array([0]), 1, GanRecipe(), seed=0)
