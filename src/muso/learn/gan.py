"""A conditional generative adversarial network that makes further examples of each label.

Its worth is judged by a classifier that learns from its examples too and is tested on real ones
alone. As an earlier study of genres had it (its Net6), after Mirza and Osindero, "Conditional
Generative Adversarial Nets", 2014. It works on any vectors: samples of sound, or features.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from muso.errors import RecipeError
from muso.learn.loop import autocast
from muso.learn.recipe import GanRecipe
from muso.progress import Listener, Progress, silent

NOISE = 100
EMBEDDING = 10
GENERATOR = (512, 1024, 2048)
DISCRIMINATOR = (1024, 512)
LEAK = 0.2
BETAS = (0.5, 0.999)
"""Of Adam, as Radford et al. 2016 found stable."""
REAL = 0.9
"""What real examples are to be called; a sure discriminator teaches nothing (Salimans 2016)."""
SMALL = 1e-6


class Generator(nn.Module):
    """Noise and an embedded label in, a standardized example out."""

    def __init__(self, size: int, labels: int) -> None:
        super().__init__()
        self.label = nn.Embedding(labels, EMBEDDING)
        sizes = (EMBEDDING + NOISE, *GENERATOR)
        layers: list[nn.Module] = []
        for a, b in pairwise(sizes):
            layers += [nn.Linear(a, b), nn.BatchNorm1d(b), nn.ReLU()]
        self.body = nn.Sequential(*layers, nn.Linear(sizes[-1], size))

    def forward(self, noise: Tensor, label: Tensor) -> Tensor:
        return self.body(torch.cat([noise, self.label(label)], dim=1))  # type: ignore[no-any-return]


class Discriminator(nn.Module):
    """An example and an embedded label in, a score for "this is real" out."""

    def __init__(self, size: int, labels: int) -> None:
        super().__init__()
        self.label = nn.Embedding(labels, EMBEDDING)
        layers: list[nn.Module] = []
        for a, b in pairwise((size + EMBEDDING, *DISCRIMINATOR)):
            layers += [nn.Linear(a, b), nn.LeakyReLU(LEAK), nn.Dropout(0.3)]
        self.body = nn.Sequential(*layers, nn.Linear(DISCRIMINATOR[-1], 1))

    def forward(self, example: Tensor, label: Tensor) -> Tensor:
        return self.body(torch.cat([example, self.label(label)], dim=1))[:, 0]  # type: ignore[no-any-return]


@dataclass(frozen=True, eq=False)
class Gan:
    """A trained generator.

    Attributes:
        generator: of standardized examples.
        mean, deviation: of the real examples, `(value,)`, by which they were standardized.
        shape: of an example.
        curves: by name, `(epoch,)`: the losses of generator and discriminator.
    """

    generator: Generator
    mean: NDArray[np.float32]
    deviation: NDArray[np.float32]
    shape: tuple[int, ...]
    curves: dict[str, tuple[float, ...]]

    def make(self, label: NDArray[np.int64], seed: int) -> NDArray[np.float32]:
        """Examples `(example, *shape)`, one for each of `label` `(example,)`."""
        chance = torch.Generator().manual_seed(seed)
        self.generator.eval()
        with torch.inference_mode():
            noise = torch.randn(len(label), NOISE, generator=chance)
            made = self.generator(noise, torch.from_numpy(label)).numpy()
        return np.asarray((made * self.deviation + self.mean).reshape(-1, *self.shape), np.float32)


def fit_gan(
    values: NDArray[np.float32],
    label: NDArray[np.int64],
    labels: int,
    recipe: GanRecipe,
    *,
    seed: int,
    listener: Listener = silent,
) -> Gan:
    """Train a GAN on real examples.

    Args:
        values: `(example, …)`, two or more.
        label: `(example,)` index of each one's label.
        labels: how many there are.
        recipe: how.
        seed: of weights, noise and batches.
        listener: told after each epoch.

    Raises:
        RecipeError: fewer than two examples, or it came to no figures at all.

    >>> rng = np.random.default_rng(0)
    >>> few = rng.normal(size=(8, 3, 2)).astype(np.float32)
    >>> gan = fit_gan(few, np.arange(8) % 2, 2, GanRecipe(epochs=1, batch=4), seed=0)
    >>> gan.make(np.array([0, 1, 1]), seed=0).shape
    (3, 3, 2)
    """
    if len(values) < 2:
        raise RecipeError("a GAN learns from two examples or more; train on more pieces")
    torch.manual_seed(seed)
    flat = values.reshape(len(values), -1)
    mean, deviation = flat.mean(axis=0), flat.std(axis=0) + np.float32(SMALL)
    game = _Game.of(flat.shape[1], labels, recipe)
    rng = np.random.default_rng(seed)
    batch = min(recipe.batch, len(flat))
    rows: list[NDArray[np.float64]] = []
    began = time.monotonic()
    for epoch in range(recipe.epochs):
        order = rng.permutation(len(flat))
        losses = []
        for at in range(0, len(order) - batch + 1, batch):
            some = order[at : at + batch]
            real = torch.from_numpy((flat[some] - mean) / deviation)
            losses.append(game.step(real, torch.from_numpy(label[some])))
        rows.append(np.mean(losses, axis=0))
        if not np.isfinite(rows[-1]).all():
            raise RecipeError("gan: its losses are no numbers; lower its rate")
        left_s = (time.monotonic() - began) / (epoch + 1) * (recipe.epochs - epoch - 1)
        listener(Progress("training the GAN", epoch + 1, recipe.epochs, left_s))
    names = ("discriminator", "generator")
    curves = {name: tuple(float(row[n]) for row in rows) for n, name in enumerate(names)}
    return Gan(game.generator, mean, deviation, values.shape[1:], curves)


@dataclass(frozen=True, eq=False)
class _Game:
    """Both networks and their optimizers."""

    generator: Generator
    discriminator: Discriminator
    makes: torch.optim.Optimizer
    judges: torch.optim.Optimizer

    @classmethod
    def of(cls, size: int, labels: int, recipe: GanRecipe) -> _Game:
        generator, discriminator = Generator(size, labels), Discriminator(size, labels)
        optimizers = (
            torch.optim.Adam(net.parameters(), lr=recipe.rate, betas=BETAS, fused=True)
            for net in (generator, discriminator)
        )
        return cls(generator, discriminator, *optimizers)

    def step(self, real: Tensor, label: Tensor) -> tuple[float, float]:
        """One step of the discriminator, then one of the generator; the losses of both."""
        ask = nn.functional.binary_cross_entropy_with_logits
        with autocast(real.device):
            made = self.generator(torch.randn(len(real), NOISE), label)
            said_real = self.discriminator(real, label)
            said_made = self.discriminator(made.detach(), label)
            judged = ask(said_real, torch.full_like(said_real, REAL)) + ask(
                said_made, torch.zeros_like(said_made)
            )
        self.judges.zero_grad()
        judged.backward()  # type: ignore[no-untyped-call]
        self.judges.step()
        with autocast(real.device):
            said = self.discriminator(made, label)
            fooled = ask(said, torch.ones_like(said))
        self.makes.zero_grad()
        fooled.backward()  # type: ignore[no-untyped-call]
        self.makes.step()
        return float(judged.detach()), float(fooled.detach())


def with_made(
    prepared: Sequence[Any],
    target: NDArray[np.int64],
    shape: tuple[int, ...],
    recipe: GanRecipe,
    *,
    seed: int,
    listener: Listener = silent,
) -> tuple[list[Any], NDArray[np.int64]]:
    """Real pieces and pieces that a GAN made after them.

    Args:
        prepared: `(piece,)` of arrays `(slice, *shape)`, as views of frames prepare them.
        target: `(piece,)` index of the label.
        shape: of a slice.
        recipe: of the GAN.
        seed: of everything random.
        listener: told of progress.

    Returns:
        The pieces, first the real ones, then made ones of one slice each; and their targets.

    Raises:
        RecipeError: the view prepares something else.
    """
    if any(getattr(piece, "shape", ())[1:] != shape for piece in prepared):
        raise RecipeError(
            "gan: it needs a view of frames, such as timbre or picture_timbre; take one of them"
        )
    values = np.concatenate(list(prepared))
    label = np.repeat(target, [len(piece) for piece in prepared])
    gan = fit_gan(values, label, int(target.max()) + 1, recipe, seed=seed, listener=listener)
    wanted = np.random.default_rng(seed).choice(label, max(round(recipe.share * len(label)), 1))
    return [*prepared, *gan.make(wanted, seed)[:, None]], np.concatenate([target, wanted])
