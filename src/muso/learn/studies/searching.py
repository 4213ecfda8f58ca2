"""The usual search of a study: settings tried, and what the best of them is worth on other data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from muso.corpus.corpus import Corpus
from muso.judge.intervals import Interval
from muso.learn.studies.study import Context, Outcome
from muso.learn.studies.trials import outcome_of, stopped, under, within

if TYPE_CHECKING:
    from muso.learn.recipe import Recipe
    from muso.learn.training import Trial

SEARCHING = 0.8
"""Of a search's time; the rest is for training what it found."""
SEARCHED = "accuracy_when_searched"
"""The best figure of a search, which flatters itself: it is the best of many."""


def search_each(
    context: Context, recipe: Recipe, corpus: Corpus, protocols: Sequence[str], trials: int
) -> Outcome:
    """Search under every protocol; train the winner anew and measure it on the test side.

    That side no search saw, so the winner's accuracy is a fair one beside `SEARCHED`.

    Args:
        context: its minutes are shared by the protocols.
        recipe: with what to search.
        corpus: as the recipe reads it.
        protocols: whose folds and test sides.
        trials: how many of the recipe's; `Outcome.size` says so if they are fewer.
    """
    from muso.learn.members import build_view
    from muso.learn.search import search
    from muso.learn.training import try_recipe

    media, each = build_view(recipe.member[0]).media, context.minutes / len(protocols)
    done: dict[str, Trial] = {}
    searched: dict[str, Interval] = {}
    recipes, counts, ends = {}, [], ""
    for protocol in protocols:
        table = replace(
            recipe.search, trials=trials, storage=str(context.folder / f"{protocol}.db")
        )
        wanted = replace(under(recipe, protocol, context.seed), search=table)
        found = search(wanted, corpus, media, context.listener, each * SEARCHING)
        assert found.winner.figure is not None
        searched[f"{protocol}.{SEARCHED}"] = found.winner.figure
        best = within(found.best, each * (1 - SEARCHING))
        done[protocol] = try_recipe(best, corpus, media, context.listener)
        recipes[protocol] = found.best.as_dict()
        counts.append(len(found.trials))
        ends += stopped(protocol, done[protocol], best)
    settings = " and ".join(dict.fromkeys(map(str, counts)))
    fewer = min(counts) < recipe.search.trials
    size = f"{settings} of {recipe.search.trials} settings" if fewer else "full size"
    outcome = outcome_of(done, recipe, size + ends)
    return replace(outcome, recipe=recipes, metrics={**outcome.metrics, **searched})
