"""Composers left out of training: how well models of the others refuse to name them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from muso.bundle.prediction import UNKNOWN
from muso.bundle.sureness import sureness
from muso.corpus.corpus import Corpus, Piece
from muso.corpus.split import SIDES, TEST, draw_split
from muso.errors import FileError
from muso.judge.intervals import Interval, number_works, percentile_interval, resample
from muso.judge.unknown import auroc, threshold_at
from muso.learn.studies.study import Context, NotHere, Outcome
from muso.learn.studies.trials import find_corpus
from muso.progress import counted

if TYPE_CHECKING:
    from muso.bundle.bundle import Bundle
    from muso.learn.recipe import Recipe

TABLE = "composers.csv"
STRANGERS = 20
OFTEN = 20
"""Pieces a composer needs to be one of the strangers."""
FOUR = ("Bach", "Beethoven", "Chopin", "Mozart")
KNOWN_PASS = 0.9
"""Share of pieces by known composers that keep their name where refusals are counted."""
FULL = 100
"""Pieces a composer at full size, about: smaller sizes are shares of it."""


def measure_strangers(context: Context) -> Outcome:
    """Twenty composers left out of training, among many known ones and with four.

    With four, plain training on the four stands beside training with pieces by others, none of
    them the strangers, as `unknown`. Among many, those with twenty pieces or more are named.
    Each is measured by what bundles go by, and by plain maximum probability beside it.
    """
    from muso.corpus.works import find_works
    from muso.learn.recipe import change_recipe, read_recipe

    corpus = find_works(find_corpus(context.data, TABLE))
    most = max(20, int(FULL * context.share)) if context.share < 1 else len(corpus)
    four = read_recipe("composer-four")
    plain = change_recipe(four, {"background": 0})
    others, _ = part(corpus, (), context.seed)
    often = tuple(label for label, count in others.counts.items() if count >= OFTEN)
    many = replace(plain, labels=often)
    metrics: dict[str, Interval] = {}
    recipes, predictions = {}, []
    for name, recipe in (
        ("with_four", four),
        ("with_four_plainly", plain),
        ("among_many", many),
    ):
        known, strange = part(corpus, FOUR if recipe is not many else (), context.seed)
        if not recipe.background:
            known = replace(
                known, pieces=tuple(p for p in known.pieces if p.label in recipe.labels)
            )
        strange = thinned(strange, most)
        found, said = _measured(recipe, thinned(known, most), strange.pieces, context, name)
        metrics |= {f"work.{key}_{name}": interval for key, interval in found.items()}
        predictions.append(said)
        recipes[name] = recipe.as_dict()
    size = f"at most {most} pieces a composer" if context.share < 1 else "full size"
    return Outcome(recipes, metrics, {"work": np.concatenate(predictions)}, size)


def thinned(corpus: Corpus, most: int) -> Corpus:
    """At most so many pieces a composer, spread evenly over those there are."""
    kept = []
    for label in corpus.labels:
        own = [piece for piece in corpus.pieces if piece.label == label]
        at = np.linspace(0, len(own) - 1, min(most, len(own))).astype(int)
        kept += [own[n] for n in at]
    return replace(corpus, pieces=tuple(kept))


def part(corpus: Corpus, kept: Sequence[str], seed: int) -> tuple[Corpus, Corpus]:
    """The corpus without twenty composers, and the corpus of the twenty.

    Works that a stranger shares with a known composer stay out of both.

    Args:
        corpus: all composers.
        kept: labels that must not be strangers.
        seed: draws the strangers.

    Raises:
        NotHere: fewer than twenty composers to leave out.
    """
    often = [label for label, n in corpus.counts.items() if n >= OFTEN and label not in kept]
    if len(often) <= STRANGERS:
        raise NotHere(
            f"{corpus.name}: {len(often)} composers have {OFTEN} pieces or more; leaving "
            f"{STRANGERS} of them out needs more"
        )
    order = np.random.default_rng(seed).permutation(len(often))
    strangers = {often[n] for n in order[:STRANGERS]}
    theirs = {piece.work for piece in corpus.pieces if piece.label in strangers}
    known = [p for p in corpus.pieces if p.label not in strangers and p.work not in theirs]
    works_of_known = {p.work for p in corpus.pieces if p.label not in strangers}
    strange = (p for p in corpus.pieces if p.label in strangers and p.work not in works_of_known)
    return replace(corpus, pieces=tuple(known)), replace(corpus, pieces=tuple(strange))


def sided(corpus: Corpus, seed: int) -> Corpus:
    """The corpus with a side for each piece, drawn by works that are found among its own pieces.

    Among fewer pieces other ones are found to be the same music than among all.
    """
    from muso.corpus.works import find_works

    joined = find_works(corpus)
    drawn = draw_split([p.label for p in joined.pieces], [p.work for p in joined.pieces], seed=seed)
    told = zip(joined.pieces, drawn.side.tolist(), strict=True)
    return replace(joined, pieces=tuple(replace(p, split=SIDES[side]) for p, side in told))


def _measured(
    recipe: Recipe, known: Corpus, strange: Sequence[Piece], context: Context, name: str
) -> tuple[dict[str, Interval], NDArray[np.int64]]:
    """Train on the known, then see whom the bundle would name."""
    from muso.learn.selection import chosen
    from muso.learn.training import train

    heard = sided(chosen(recipe, known), context.seed)
    whole = replace(recipe, labels=(), background=0)
    trained = train(whole, heard, "score", context.folder / name, context.listener)
    test = [p for p in heard.pieces if p.split == SIDES[TEST] and p.label != UNKNOWN]
    ours = _asked(trained.bundle, test, f"{name}: known", context)
    theirs = _asked(trained.bundle, strange, f"{name}: strangers", context)
    works = [p.work for p in test], [p.work for p in strange]
    labels = trained.bundle.labels
    passing, refused = (trained.bundle.sureness(said) for said in (ours, theirs))
    plainly = refusal(sureness(ours, labels), sureness(theirs, labels), *works, context.seed)
    found = refusal(passing, refused, *works, context.seed)
    found |= {f"{key}_by_probability": interval for key, interval in plainly.items()}
    told = np.round(1e4 * np.nan_to_num(np.concatenate([passing, refused]))).astype(np.int64)
    return found | {"accuracy": trained.report.metrics.accuracy}, told


def _asked(
    bundle: Bundle, pieces: Sequence[Piece], stage: str, context: Context
) -> NDArray[np.float64]:
    """`(piece, label)` probabilities; NaN where a file can't be read."""
    from muso.music.midi import read_score

    out = np.full((len(pieces), len(bundle.labels)), np.nan)
    for number, piece in enumerate(counted(pieces, stage, len(pieces), context.listener)):
        try:
            ranking = dict(bundle.predict(read_score(piece.path)).ranking)
        except FileError:
            continue
        out[number] = [ranking[label] for label in bundle.labels]
    return out


def refusal(
    known: NDArray[np.float64],
    strange: NDArray[np.float64],
    known_works: Sequence[str],
    strange_works: Sequence[str],
    seed: int,
) -> dict[str, Interval]:
    """Area under the curve, and the share of strangers refused where `KNOWN_PASS` of known pass.

    Args:
        known, strange: `(piece,)` sureness; pieces with NaN are left out.
        known_works, strange_works: `(piece,)`.
        seed: of the bootstrap.

    >>> sure, unsure = np.array([0.9, 0.8, 0.7, 0.6]), np.array([0.1, 0.2, 0.65])
    >>> refusal(sure, unsure, list("abcd"), list("efg"), 0)["refused"].value
    0.6666666666666666
    """
    score = np.concatenate([known, strange])
    is_known = np.arange(len(score)) < len(known)
    works = number_works([*(f"known {w}" for w in known_works), *strange_works])
    readable = np.isfinite(score)
    score, is_known, works = score[readable], is_known[readable], works[readable]
    works = np.unique(works, return_inverse=True)[1]

    def figures(weight: NDArray[np.float64]) -> NDArray[np.float64]:
        times = weight.astype(np.int64)
        ours = np.repeat(score[is_known], times[is_known])
        theirs = np.repeat(score[~is_known], times[~is_known])
        if not (len(ours) and len(theirs)):
            return np.array([0.5, 0.0])
        limit = threshold_at(ours, KNOWN_PASS)
        return np.array([auroc(ours, theirs), float((theirs < limit).mean())])

    values = figures(np.ones(len(score)))
    drawn = resample(figures, works, np.random.default_rng(seed))
    count = int(works.max()) + 1
    return {
        name: percentile_interval(float(values[n]), drawn[:, n], count)
        for n, name in enumerate(("auroc", "refused"))
    }
