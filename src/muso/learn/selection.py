"""What of a corpus a recipe trains on, as what units, and on which side each stands."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from muso.bundle.prediction import UNKNOWN
from muso.corpus.corpus import Corpus
from muso.corpus.split import (
    PROTOCOLS,
    SIDES,
    TEST,
    TRAIN,
    Split,
    draw_split,
    unsplittable,
)
from muso.corpus.works import find_matches, join_works
from muso.errors import CorpusError, RecipeError, shown
from muso.learn.data import Data, read_data
from muso.learn.recipe import Recipe, SplitRecipe
from muso.progress import Listener, silent
from muso.represent.file_facts import Facts, FileFacts
from muso.represent.view import View

Pairs = list[tuple[int, int]]


class TooFewLabels(CorpusError):
    """Fewer than two labels hold the share of slices that is asked for."""


def load_data(
    recipe: Recipe, views: Sequence[View], corpus: Corpus, media: str, listener: Listener
) -> tuple[Data, Pairs | None]:
    """The units that a recipe is about, and the pairs of them that are the same music.

    Pieces of the recipe's labels are read, labels with too few slices left out, pieces that are
    the same music joined into one work. Labels of a single work are left out whatever the
    protocol, so that all are measured on the same. Then pieces are cut into slices or windows
    where the protocol shuffles those (there are no pairs then).

    Raises:
        RecipeError: no such protocol. CorpusError: a label that no bundle can hold (both are told
        before a piece is read), or nothing to train on.
    """
    if recipe.split.protocol not in PROTOCOLS:
        raise RecipeError(
            f"there is no protocol {recipe.split.protocol!r}; choose from {', '.join(PROTOCOLS)}"
        )
    unit = PROTOCOLS[recipe.split.protocol].unit
    corpus = chosen(recipe, without(corpus, recipe.leave_out))
    _refuse_bytes(corpus)
    lost: dict[str, str] = {}
    if recipe.least_share:
        corpus, lost = with_share(corpus, views[0], media, recipe.least_share, listener)
    data = read_data(corpus, views, media, sliced=unit == "slice", listener=listener)
    data = replace(data, unreadable={**lost, **data.unreadable})
    data, alike = without_single(corpus, *join_data(corpus, data))
    if unit == "window":
        data = listed(data, views)
    return data, alike if unit == "piece" else None


def _refuse_bytes(corpus: Corpus) -> None:
    for label in corpus.labels:
        if shown(label) != label:
            raise CorpusError(
                f"{shown(corpus.name)}: the label {shown(label)!r} is not UTF-8, which a bundle "
                "can't hold; rename it"
            )


def without(corpus: Corpus, sides: Sequence[str]) -> Corpus:
    """The pieces that the manifest puts on none of these sides."""
    return replace(corpus, pieces=tuple(p for p in corpus.pieces if p.split not in sides))


def chosen(recipe: Recipe, corpus: Corpus) -> Corpus:
    """The pieces of the recipe's labels, and others as `unknown` where it asks for a background.

    Raises:
        CorpusError: there is no piece of one of the labels.
    """
    for label in recipe.labels:
        if label not in corpus.labels:
            raise CorpusError(
                f"{shown(corpus.name)}: no piece is labelled {label!r}, which the recipe asks for; "
                'name another corpus, or take all labels there are by --set "labels=[]"'
            )
    if not recipe.labels:
        return corpus
    others = [n for n, piece in enumerate(corpus.pieces) if piece.label not in recipe.labels]
    order = np.random.default_rng(recipe.seed).permutation(len(others))[: recipe.background]
    background = {others[n] for n in order}
    pieces = (
        replace(piece, label=UNKNOWN) if number in background else piece
        for number, piece in enumerate(corpus.pieces)
        if piece.label in recipe.labels or number in background
    )
    return replace(corpus, pieces=tuple(pieces))


def with_share(
    corpus: Corpus, view: View, media: str, least: float, listener: Listener = silent
) -> tuple[Corpus, dict[str, str]]:
    """The corpus without labels that hold less than a share, 0…1, of all slices.

    And what was wrong, by path, with pieces of all labels that could not be read. Counted over
    whole pieces, however few slices of one the view cuts and whatever the protocol, so that a
    quick trial is of the same labels as one at full size.

    Raises:
        TooFewLabels: fewer than two labels hold so much.
    """
    whole = replace(view, most=sys.maxsize) if "most" in view.settings() else view  # type: ignore[type-var]
    data = read_data(corpus, [whole], media, listener=listener)
    slices = np.array([whole.weight(one) for one in data.prepared[0]], np.float64)
    share = np.bincount(data.target, slices, len(data.labels)) / slices.sum()
    kept = np.flatnonzero(share >= least)
    if len(kept) < 2:
        most = int(share.argmax())
        held = {0: "no label holds", 1: "one label alone holds"}[len(kept)]
        raise TooFewLabels(
            f"{held} {least:.3g} of all slices or more ({data.labels[most]} holds most, "
            f"{share[most]:.3f}); set a lower least_share"
        )
    small = {label for label, held in zip(data.labels, share, strict=True) if held < least}
    kept_pieces = tuple(p for p in corpus.pieces if p.label not in small)
    return replace(corpus, pieces=kept_pieces), data.unreadable


def take(data: Data, index: NDArray[np.int64]) -> Data:
    """The units at `index`, with the labels that are left."""
    labels = sorted({int(label) for label in data.target[index]})
    return replace(
        data,
        pieces=tuple(data.pieces[i] for i in index),
        prepared=tuple(tuple(one[i] for i in index) for one in data.prepared),
        target=np.searchsorted(labels, data.target[index]),
        labels=tuple(data.labels[label] for label in labels),
    )


def join_data(corpus: Corpus, data: Data) -> tuple[Data, Pairs]:
    """The data with one work for pieces that are the same music, and the pairs that are."""
    once = tuple(dict.fromkeys(data.pieces))
    found = find_matches(replace(corpus, pieces=once))
    joined = join_works(replace(corpus, pieces=once), found).pieces
    piece_of = dict(zip(once, joined, strict=True))
    pairs = [(match.first, match.second) for match in found.found]
    return replace(data, pieces=tuple(piece_of[piece] for piece in data.pieces)), pairs


def split_data(recipe: Recipe, data: Data) -> Split:
    """The manifest's own split where it gives every piece a side, else one drawn by the recipe.

    Where it names none to choose by, those are drawn from its training side. A recipe that tests
    on one of the manifest's sides draws a test side where no piece has any.

    Raises:
        LeakError: the manifest puts the same music on two sides. CorpusError: it has not the side
        that the recipe tests on.
    """
    wanted = recipe.split
    sides = [piece.split for piece in data.pieces]
    if wanted.test and any(sides):
        return _split_off(wanted, data)
    if wanted.protocol == "work" and set(sides) <= set(SIDES):
        if set(sides) == {SIDES[TRAIN], SIDES[TEST]}:
            return _split_off(replace(wanted, test=SIDES[TEST]), data)
        side = np.array([SIDES.index(name) for name in sides], np.int8)
        return Split(side, data.works, wanted.protocol, wanted.seed)
    return draw_split(
        [data.labels[t] for t in data.target],
        data.works,
        protocol=wanted.protocol,
        held_out=wanted.held_out,
        validation=wanted.validation,
        seed=wanted.seed,
    )


def _split_off(wanted: SplitRecipe, data: Data) -> Split:
    """A split that tests on one side of the manifest, and draws whom to choose by from the rest.

    Raises:
        CorpusError: the manifest has no such side, or nothing else.
    """
    tested = np.array([piece.split == wanted.test for piece in data.pieces])
    if tested.all() or not tested.any():
        there = ", ".join(sorted({piece.split for piece in data.pieces} - {""})) or "none"
        raise CorpusError(
            f"split.test is {wanted.test!r}, and the manifest names the sides {there}; --set "
            "split.test=SIDE to one of several, or --set \"split.test=''\" to have one drawn"
        )
    rest = np.flatnonzero(~tested)
    drawn = draw_split(
        [data.labels[data.target[i]] for i in rest],
        [data.works[i] for i in rest],
        protocol=wanted.protocol,
        held_out=0.0,
        validation=wanted.validation,
        seed=wanted.seed,
    )
    side = np.full(len(tested), TEST, np.int8)
    side[rest] = drawn.side
    return Split(side, data.works, wanted.protocol, wanted.seed)


def without_single(corpus: Corpus, data: Data, pairs: Pairs) -> tuple[Data, Pairs]:
    """The data and its pairs without labels of a single work, none of which could be held out.

    Raises:
        CorpusError: fewer than two labels are left.
    """
    single = unsplittable([data.labels[t] for t in data.target], data.works)
    if not single:
        return data, pairs
    if len(data.labels) - len(single) < 2:
        raise CorpusError(
            f"{shown(corpus.name)}: too few works a label to hold any out "
            f"({shown(repr(single[0]))} has a single one); give two labels of 3 works or more"
        )
    kept = np.flatnonzero([data.labels[t] not in single for t in data.target])
    return replace(take(data, kept), left_out=single), among(pairs, kept)


def among(pairs: Pairs, kept: NDArray[np.int64]) -> Pairs:
    """The pairs both of which are kept, by their new places."""
    place = {int(old): new for new, old in enumerate(kept)}
    return [(place[a], place[b]) for a, b in pairs if a in place and b in place]


def listed(data: Data, views: Sequence[View]) -> Data:
    """Windows over the listing: each is the files before one, and that one's label.

    Only the view `file_facts` looks at neighbours; another sees the next file itself.

    Raises:
        RecipeError: no view looks at neighbours. CorpusError: fewer files than a window.
    """
    facts = [view for view in views if isinstance(view, FileFacts)]
    if not facts:
        raise RecipeError("the protocol listing is for the view file_facts; take another protocol")
    window = facts[0].window
    if len(data.pieces) <= window:
        raise CorpusError(
            f"{len(data.pieces)} files can't be cut into windows of {window} and one after; give "
            "more files"
        )
    later = take(data, np.arange(window, len(data.pieces)))
    prepared = tuple(
        _windows(before, window) if isinstance(view, FileFacts) else after
        for view, before, after in zip(views, data.prepared, later.prepared, strict=True)
    )
    return replace(later, prepared=prepared)


def _windows(prepared: Sequence[Any], window: int) -> tuple[Facts, ...]:
    own = np.stack([facts.values[0] for facts in prepared])
    spans = np.lib.stride_tricks.sliding_window_view(own, window, axis=0)[:-1]
    lengths = [facts.length_s for facts in prepared[window:]]
    return tuple(
        Facts(np.ascontiguousarray(span.T), length_s)
        for span, length_s in zip(spans, lengths, strict=True)
    )
