"""The usual experiment of a study: one recipe under the study's protocol and under `work`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from muso.corpus.corpus import Corpus
from muso.corpus.manifest import read_corpus
from muso.errors import CorpusError
from muso.judge.intervals import Interval
from muso.judge.metrics import METRICS, Metrics
from muso.learn.studies.study import HONEST, Context, Outcome

if TYPE_CHECKING:
    from muso.learn.recipe import Recipe
    from muso.learn.training import Trial

TRAINING_SHARE = 0.7
"""Of the time of a trial that goes into training its networks."""
LEAST = 1e-6
"""Minutes; none at all would be no limit."""


def find_corpus(data: Path, table: str = "", labels: Sequence[str] = ()) -> Corpus:
    """The corpus at `data`: a CSV, a folder that holds the CSV `table`, or a folder of folders.

    Args:
        data: as the user named it.
        table: the CSV's name where the data set brings one.
        labels: only pieces of these; all without any.

    Raises:
        CorpusError: one of `labels` has no piece there.
    """
    inside = data / table
    corpus = read_corpus(inside if table and inside.is_file() else data)
    if not labels:
        return corpus
    missing = [label for label in labels if label not in corpus.labels]
    if missing:
        raise CorpusError(
            f"{corpus.name}: no piece is labelled {missing[0]!r}, which this study needs; name "
            "a folder that holds its labels"
        )
    return replace(corpus, pieces=tuple(p for p in corpus.pieces if p.label in labels))


def scaled(recipe: Recipe, share: float) -> tuple[Recipe, str]:
    """The recipe with a share, 0…1, of its networks' epochs, and how to say so.

    >>> from muso.learn.recipe import read_recipe
    >>> scaled(read_recipe("composer"), 0.5)[1]
    '11 of 22 epochs of roll, 30 of 60 epochs of descriptors'
    """
    members, said = [], []
    for member in recipe.member:
        epochs = max(1, int(member.fit.epochs * share))
        if member.network and epochs < member.fit.epochs:
            of = f" of {member.name}" if len(recipe.member) > 1 else ""
            said.append(f"{epochs} of {member.fit.epochs} epochs{of}")
            member = replace(member, fit=replace(member.fit, epochs=epochs))
        members.append(member)
    return replace(recipe, member=tuple(members)), ", ".join(said) or "full size"


def within(recipe: Recipe, minutes: float) -> Recipe:
    """The recipe, its networks told to stop where all that it takes would be more than `minutes`.

    Reading, baselines and measuring are left their part of the time.

    >>> from muso.learn.recipe import read_recipe
    >>> within(read_recipe("composer-cnn"), 10).member[0].fit.minutes
    7.0
    """
    count = sum(bool(member.network) for member in recipe.member)
    each = max(minutes * TRAINING_SHARE / max(count, 1), LEAST)
    timed = (replace(m, fit=replace(m.fit, minutes=each)) for m in recipe.member)
    return replace(recipe, member=tuple(timed))


def under(recipe: Recipe, protocol: str, seed: int) -> Recipe:
    """The recipe under a protocol, drawn and trained with `seed`."""
    return replace(recipe, seed=seed, split=replace(recipe.split, protocol=protocol, seed=seed))


def figures(protocol: str, metrics: Metrics) -> dict[str, Interval]:
    """Every metric as an outcome names it, `PROTOCOL.METRIC`."""
    return {f"{protocol}.{name}": getattr(metrics, name) for name in METRICS}


def outcome_of(trials: Mapping[str, Trial], recipe: Recipe, size: str) -> Outcome:
    """What trials by protocol came to."""
    metrics: dict[str, Interval] = {}
    for protocol, trial in trials.items():
        metrics |= figures(protocol, trial.report.metrics)
        for baseline in trial.report.baselines:
            named = baseline.name.replace(" ", "_")
            metrics[f"{protocol}.accuracy_of_{named}"] = baseline.metrics.accuracy
    predictions: Mapping[str, Any] = {p: t.probability.argmax(axis=1) for p, t in trials.items()}
    return Outcome(recipe.as_dict(), metrics, predictions, size)


def try_under(context: Context, recipe: Recipe, corpus: Corpus, protocol: str) -> Outcome:
    """Train `recipe` under `protocol` and under `work`, as many epochs as the budget allows."""
    return outcome_of(*try_each(context, recipe, corpus, (protocol, HONEST)))


def try_each(
    context: Context, recipe: Recipe, corpus: Corpus, protocols: Sequence[str]
) -> tuple[dict[str, Trial], Recipe, str]:
    """Train `recipe` under every protocol, as many epochs as the budget allows.

    Returns:
        The trials by protocol, the recipe as it was scaled down, and how to say so.
    """
    from muso.learn.members import build_view
    from muso.learn.training import try_recipe

    smaller, size = scaled(recipe, context.share)
    media = build_view(recipe.member[0]).media
    names = dict.fromkeys(protocols)
    timed = within(smaller, context.minutes / len(names))
    trials = {
        name: try_recipe(under(timed, name, context.seed), corpus, media, context.listener)
        for name in names
    }
    return (
        trials,
        smaller,
        size + "".join(stopped(name, trial, smaller) for name, trial in trials.items()),
    )


def stopped(name: str, trial: Trial, recipe: Recipe) -> str:
    """How to say that the clock stopped a trial of `recipe`; nothing where it did not."""
    first = next((member.fit for member in recipe.member if member.network), None)
    curves = trial.report.curves
    if first is None or curves is None or curves.epochs == first.epochs:
        return ""
    if not 0 < first.patience <= curves.epochs - curves.best_epoch:
        return f"; {name} stopped by the clock after {curves.epochs} of {first.epochs} epochs"
    return ""
