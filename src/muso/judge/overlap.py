"""How near a set of made pieces comes to a set of real ones, quality by quality.

Why it is fair: real pieces differ from each other too. So the distances between made and real
pieces are held against the distances among real ones, and what comes out against what one half
of the real works gives when it is held against the other half. 1 means: no further from real
music than real music is.

Source: L.-C. Yang and A. Lerch, On the evaluation of generative models in music, Neural Computing
and Applications, 2018: intra-set and inter-set distances, kernel densities, overlapping area and
Kullback-Leibler divergence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from muso.judge.intervals import number_works

Floats = NDArray[np.float64]

GRID = 256
HALVINGS = 20
"""How often the real works are halved by chance; figures are means over them."""
NARROWEST = 1e-3
"""Kernels are at least so wide, in standard deviations: where all distances are the same."""


@dataclass(frozen=True)
class Nearness:
    """One quality of made pieces beside the same of real ones.

    Attributes:
        overlap: area shared by the densities of made-to-real and real-to-real distances, 0…1.
        divergence: Kullback-Leibler, of real-to-real from made-to-real distances, nats, from 0.
        real_overlap, real_divergence: the same with other real pieces in place of the made ones.
    """

    overlap: float
    divergence: float
    real_overlap: float
    real_divergence: float

    @property
    def ratio(self) -> float:
        """The overlap as a share of what real pieces reach."""
        return self.overlap / self.real_overlap

    def as_dict(self) -> dict[str, float]:
        """The figures as JSON holds them."""
        return {key: round(value, 4) for key, value in vars(self).items()} | {
            "ratio": round(self.ratio, 4)
        }


def compare_sets(
    made: Mapping[str, Floats],
    real: Mapping[str, Floats],
    works: Sequence[str],
    rng: np.random.Generator,
) -> dict[str, Nearness]:
    """Hold made pieces against real ones.

    The real works are halved again and again: one half is the reference, and the made pieces and
    the other half, as many pieces of each, are held against it.

    Args:
        made: name to `(piece, number)`, as `measure_qualities` gives it; 4 pieces or more.
        real: the same names of at least 8 real pieces.
        works: `(real piece,)` what no half cuts.
        rng: of the halves.

    >>> rng = np.random.default_rng(0)
    >>> real = {"length": rng.normal(0, 1, (60, 1))}
    >>> alike = compare_sets({"length": rng.normal(0, 1, (30, 1))}, real, [""] * 60, rng)
    >>> other = compare_sets({"length": rng.normal(9, 1, (30, 1))}, real, [""] * 60, rng)
    >>> alike["length"].ratio > 0.9, other["length"].ratio < 0.2
    (True, True)
    """
    numbers = number_works(works)
    found: dict[str, list[tuple[float, ...]]] = {name: [] for name in made}
    for _ in range(HALVINGS):
        picked = rng.permutation(numbers.max() + 1) < (numbers.max() + 1) / 2
        reference, other = picked[numbers], ~picked[numbers]
        for name, values in made.items():
            first, second = real[name][reference], real[name][other]
            count = min(len(values), len(second))
            mine = values[rng.permutation(len(values))[:count]]
            second = second[rng.permutation(len(second))[:count]]
            within = _within(first)
            densities = _densities([within, _between(mine, first), _between(second, first)])
            found[name].append((*_near(densities[0], densities[1]),
                                *_near(densities[0], densities[2])))  # fmt: skip
    return {name: Nearness(*np.mean(rows, axis=0).tolist()) for name, rows in found.items()}


def overall(nearness: Mapping[str, Nearness]) -> float:
    """Mean overlap over all qualities as a share of what real pieces reach."""
    made = sum(one.overlap for one in nearness.values())
    return made / sum(one.real_overlap for one in nearness.values())


def _between(one: Floats, other: Floats) -> Floats:
    """All distances from each of `one` to each of `other`, `(pair,)`."""
    return np.asarray(np.linalg.norm(one[:, None] - other[None], axis=2)).reshape(-1)


def _within(values: Floats) -> Floats:
    rows, columns = np.triu_indices(len(values), 1)
    return np.asarray(np.linalg.norm(values[rows] - values[columns], axis=1))


def _densities(samples: list[Floats]) -> list[Floats]:
    """`(grid,)` a sample: Gaussian kernels of Silverman's width on one grid, summing to 1.

    Source: B. W. Silverman, Density Estimation for Statistics and Data Analysis, 1986, 3.31.
    """
    joined = np.concatenate(samples)
    whole_spread = max(float(joined.std()), 1e-9)
    low, high = float(joined.min()) - whole_spread / 2, float(joined.max()) + whole_spread / 2
    grid = np.linspace(low, high, GRID)
    out = []
    for sample in samples:
        quartiles = np.quantile(sample, [0.25, 0.75])
        spread = min(float(sample.std()), float(np.diff(quartiles)[0]) / 1.34) or sample.std()
        width = max(0.9 * float(spread) * len(sample) ** -0.2, NARROWEST * whole_spread)
        # Narrower than the grid's steps, a kernel would fall between them.
        width = max(width, grid[1] - grid[0])
        counts, _ = np.histogram(sample, GRID, (low, high))
        reach = np.arange(-GRID + 1, GRID) * (high - low) / GRID
        kernel = np.exp(-0.5 * (reach / width) ** 2)
        density = np.convolve(counts, kernel, mode="full")[GRID - 1 : 2 * GRID - 1]
        out.append(density / density.sum())
    return out


def _near(real: Floats, made: Floats) -> tuple[float, float]:
    """Overlapping area and Kullback-Leibler divergence of two densities on one grid."""
    floor = 1e-9
    ratio = np.log((real + floor) / (made + floor))
    return float(np.minimum(real, made).sum()), max(0.0, float((real + floor) @ ratio))
