"""The stand-in ear: a taste learnt on the fly from ratings and choices.

A Gaussian process over phrases whose likeness is a weighted sum (see `likeness`). Stars are
liking plus noise; a choice between two phrases follows their difference in liking.

Sources: Rasmussen and Williams 2006 (Gaussian Processes for Machine Learning); the weights by
the MM updates of Zhou et al. 2019 (MM algorithms for variance components models), under an
exponential prior that keeps unneeded ones near 0; choices by Bradley and Terry 1952, with
Laplace's approximation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from muso.compose.evolve.genome import Form, Genomes
from muso.compose.evolve.likeness import (
    WHOLES,
    Hearing,
    grams,
    hear,
    likeness,
    self_likeness,
)

Floats = NDArray[np.float64]

MOST_STARS = 5
TYPICAL_STARS = 2.0
"""Stars of a random phrase before anything is known, worth three ratings."""
NOISE_STARS = 0.65
"""How much a person's ratings of one phrase differ before anything is known, worth three."""
PRIOR_RATINGS = 3.0
CHOICE_STARS = 0.5
"""Difference in liking at which a choice goes the expected way with odds of e to 1."""
SPARSITY = 1.0
"""Rate of the weights' exponential prior, a star²."""
ROUNDS = 15
"""Of the weights' updates; more change little."""
NEGLIGIBLE = 0.002
"""Share of all variance below which a likeness is left out."""
LEARNT_FROM = 100
"""Latest verdicts that the weights are learnt from."""
MOST_VERDICTS = 400
"""Latest verdicts kept: work grows with their cube."""


@dataclass(frozen=True, eq=False)
class Verdicts:
    """What a listener said of phrases, by row of `genomes`.

    Attributes:
        genomes: `(phrase, note)`.
        stars: `(phrase,)` 0…5, NaN where none were given.
        choices: `(choice, 2)` rows: the one preferred, the other.
        opinions: `(phrase, opinion)` outside opinions, standardised, or None.
    """

    genomes: Genomes
    stars: Floats
    choices: NDArray[np.int64]
    opinions: Floats | None = None

    def __len__(self) -> int:
        return int(np.isfinite(self.stars).sum()) + len(self.choices)


@dataclass(frozen=True, eq=False)
class Opinion:
    """What the ear expects: `expected` stars and its `unsure`, one standard deviation."""

    expected: Floats
    unsure: Floats


@dataclass(frozen=True, eq=False)
class Ear:
    """A taste, learnt.

    Attributes:
        form: of the phrases it can judge.
        heard: the phrases that verdicts were given on.
        weights: `(likeness,)` stars² that each likeness explains, traits first.
        noise: stars² that ratings of one phrase differ by.
        mean: stars of the average phrase.
        pull: `(heard,)` what each heard phrase adds to the stars of phrases like it.
        certainty: `(heard, heard)` what the verdicts take off the prior variance.
    """

    form: Form
    heard: Hearing
    weights: Floats
    noise: float
    mean: float
    pull: Floats
    certainty: Floats

    def opinion(self, genomes: Genomes, opinions: Floats | None = None) -> Opinion:
        """What it expects of `(phrase, note)` genomes, and how sure it is.

        `opinions` must be given if it learnt from opinions.
        """
        near, own = self._near(hear(genomes, self.form, opinions))
        variance = own - ((near @ self.certainty) * near).sum(1)
        return Opinion(self.mean + near @ self.pull, np.sqrt(np.maximum(variance, 1e-9)))

    def covariance(self, genomes: Genomes, opinions: Floats | None = None) -> Floats:
        """`(phrase, phrase)` stars²: how what is not known of phrases hangs together."""
        hearing = hear(genomes, self.form, opinions)
        near, _ = self._near(hearing)
        return likeness(hearing, hearing, self.weights) - near @ self.certainty @ near.T

    def _near(self, hearing: Hearing) -> tuple[Floats, Floats]:
        return (
            likeness(hearing, self.heard, self.weights),
            self_likeness(hearing, self.weights),
        )


def learn_taste(verdicts: Verdicts, form: Form) -> Ear:
    """Learn a taste from what was said so far; from nothing, an ear that expects 2 stars.

    >>> genomes = np.random.default_rng(0).integers(0, 16, (3, 32), np.uint8)
    >>> said = Verdicts(genomes, np.array([0.0, 4.0, np.nan]), np.zeros((0, 2), np.int64))
    >>> ear = learn_taste(said, Form())
    >>> liked = ear.opinion(genomes).expected
    >>> bool(liked[1] > liked[0])
    True
    """
    rated = np.flatnonzero(np.isfinite(verdicts.stars))[-MOST_VERDICTS:]
    choices = verdicts.choices[-MOST_VERDICTS:]
    rows = np.unique(np.concatenate([rated, choices.ravel()]))
    place = {row: k for k, row in enumerate(rows.tolist())}
    opinions = None if verdicts.opinions is None else verdicts.opinions[rows]
    heard = hear(verdicts.genomes[rows], form, opinions)
    said = _Said(
        plus=np.array([place[r] for r in [*rated.tolist(), *choices[:, 0].tolist()]], np.int64),
        minus=np.array([place[r] for r in choices[:, 1].tolist()], np.int64),
        stars=verdicts.stars[rated],
    )
    mean = float((said.stars.sum() + PRIOR_RATINGS * TYPICAL_STARS) / (len(rated) + PRIOR_RATINGS))
    weights, noise = _learn_weights(heard, said, mean)
    return _conditioned(form, heard, said, mean, weights, noise)


@dataclass(frozen=True, eq=False)
class _Said:
    """Verdicts by place among the heard phrases: of stars first, then of choices.

    `plus` is the phrase rated or preferred, `(verdict,)`; `minus` the other of each choice.
    """

    plus: NDArray[np.int64]
    minus: NDArray[np.int64]
    stars: Floats

    def latest(self, most: int) -> tuple[_Said, NDArray[np.int64]]:
        """The last `most` of stars and of choices, and the heard phrases that they are of."""
        rated = len(self.stars)
        kept = np.append(np.arange(rated)[-most:], np.arange(rated, len(self.plus))[-most:])
        plus, minus = self.plus[kept], self.minus[-most:]
        heard = np.unique(np.append(plus, minus))
        plus, minus = np.searchsorted(heard, plus), np.searchsorted(heard, minus)
        return _Said(plus, minus, self.stars[-most:]), heard

    def of_differences(self, alike: Floats) -> Floats:
        """`(…, verdict, verdict)` from `alike`, `(…, heard, heard)`: what is said is of one
        phrase's liking, or of the difference between two."""
        among = alike[..., self.plus[:, None], self.plus]
        if len(self.minus):
            pad = [(0, 0)] * (alike.ndim - 2) + [(0, 1), (0, 1)]
            padded = np.pad(alike, pad)
            minus = np.append(np.full(len(self.stars), alike.shape[-1]), self.minus)
            across = padded[..., self.plus[:, None], minus]
            among = among - across - np.swapaxes(across, -1, -2)
            among = among + padded[..., minus[:, None], minus]
        return np.asarray(among)

    def targets(self, difference: Floats, noise: float) -> tuple[Floats, Floats]:
        """What each verdict measures and its variance, `(verdict,)` each.

        Choices are Bradley and Terry's, made Gaussian around the `difference` in liking, of
        each `(choice,)`, that is believed now.
        """
        surprise = 1 / (1 + np.exp(np.clip(difference / CHOICE_STARS, -30, 30)))
        # The floor keeps Newton's step short where a choice was to be expected anyway.
        bend = np.maximum(surprise * (1 - surprise) / CHOICE_STARS**2, 0.05)
        target = np.append(self.stars, difference + surprise / CHOICE_STARS / bend)
        return target, np.append(np.full(len(self.stars), noise), 1 / bend)


def _learn_weights(heard: Hearing, said: _Said, mean: float) -> tuple[Floats, float]:
    """Weights and noise under which what was said is likeliest, stars² each."""
    said, latest = said.latest(LEARNT_FROM)
    heard = heard.take(latest)
    all_grams = said.of_differences(grams(heard, heard))
    traits_count = len(all_grams) - len(WHOLES)
    weights = np.repeat([0.5 / traits_count, 0.5 / len(WHOLES)], [traits_count, len(WHOLES)])
    rated = len(said.stars)
    noise = NOISE_STARS**2
    difference = np.zeros(len(said.minus))
    for _ in range(ROUNDS):
        target, variance = said.targets(difference, noise)
        target[:rated] -= mean
        inverse = np.linalg.inv(np.tensordot(weights, all_grams, 1) + np.diag(variance))
        pull = inverse @ target
        difference = (target - variance * pull)[rated:]
        gain = (all_grams @ pull) @ pull
        cost = np.tensordot(all_grams, inverse, ([1, 2], [0, 1]))
        weights = np.maximum(weights * np.sqrt(gain / (cost + 2 * SPARSITY)), 1e-6)
        seen = pull[:rated] @ pull[:rated] + PRIOR_RATINGS * NOISE_STARS**2 / noise**2
        noise *= np.sqrt(seen / (np.trace(inverse[:rated, :rated]) + PRIOR_RATINGS / noise))
        noise = float(np.clip(noise, 0.1, 3.0))
    weights[weights < NEGLIGIBLE * weights.sum()] = 0.0
    return weights, noise


def _conditioned(
    form: Form, heard: Hearing, said: _Said, mean: float, weights: Floats, noise: float
) -> Ear:
    alike = said.of_differences(likeness(heard, heard, weights))
    rated = len(said.stars)
    difference = np.zeros(len(said.minus))
    for _ in range(ROUNDS if len(said.minus) else 1):
        target, variance = said.targets(difference, noise)
        target[:rated] -= mean
        inverse = np.linalg.inv(alike + np.diag(variance))
        pull = inverse @ target
        difference = (target - variance * pull)[rated:]
    # From verdicts back to phrases: a choice pulls one up and the other down.
    spread = np.zeros((len(heard), len(said.plus)))
    spread[said.plus, np.arange(len(said.plus))] = 1.0
    spread[said.minus, np.arange(rated, len(said.plus))] = -1.0
    return Ear(
        form,
        heard,
        weights,
        noise,
        mean,
        pull=spread @ pull,
        certainty=spread @ inverse @ spread.T,
    )
