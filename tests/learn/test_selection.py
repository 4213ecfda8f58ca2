"""What a recipe trains on: labels, backgrounds, shares, listings; and what leaky protocols do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from muso.corpus.augmentation import augment
from muso.corpus.corpus import Corpus
from muso.corpus.manifest import read_corpus
from muso.errors import CorpusError, RecipeError
from muso.learn.data import Data, read_data
from muso.learn.recipe import Recipe, parse_recipe
from muso.learn.selection import chosen, listed, load_data, take, with_share, without_single
from muso.learn.training import train, try_protocol
from muso.progress import silent
from muso.represent.descriptors import Descriptors
from muso.represent.file_facts import Facts, FileFacts
from muso.represent.pianoroll import PianoRoll

SVM = {
    "name": "svm",
    "view": {"name": "descriptors", "groups": ["interval", "duration"]},
    "classical": {"name": "svm"},
}
LISTING = {
    "name": "facts",
    "view": {"name": "file_facts", "window": 3},
    "network": {"name": "narrowing_lstm", "clip": True},
    "fit": {"epochs": 1, "batch": 8},
}


def recipe_of(member: dict[str, Any] = SVM, **keys: Any) -> Recipe:
    split = {"held_out": 0.25, "validation": 0.25}
    return parse_recipe(
        {"name": "toy", "task": "composer", "member": [member], "split": split, **keys}
    )


@pytest.fixture
def corpus(corpus_folder: Path) -> Corpus:
    return read_corpus(corpus_folder)


@pytest.fixture
def rolls(corpus: Corpus) -> Data:
    return read_data(corpus, [PianoRoll(most=100)], "score")


def test_only_the_labels_asked_for_are_kept(corpus: Corpus) -> None:
    assert chosen(recipe_of(labels=["Walker", "Leaper"]), corpus).labels == ("Leaper", "Walker")


def test_a_label_of_a_single_work_is_left_out_and_pairs_keep_their_pieces(rolls: Data) -> None:
    first, last = rolls.labels[0], rolls.labels[-1]
    works = [
        replace(piece, work="all one") if piece.label == first else piece for piece in rolls.pieces
    ]
    data = replace(rolls, pieces=tuple(works))
    at = [n for n, piece in enumerate(works) if piece.label == last][:2]
    pairs = [(0, 1), (at[0], at[1])]
    assert works[0].label == first
    kept, left = without_single(Corpus("toy", tuple(works)), data, pairs)
    assert (kept.left_out, kept.labels) == ((first,), rolls.labels[1:])
    assert len(kept.pieces) == len(kept.target) == len(kept.prepared[0])
    (pair,) = left
    assert [kept.pieces[n] for n in pair] == [works[n] for n in at]


def test_labels_of_a_single_work_each_leave_nothing_to_train_on(rolls: Data) -> None:
    pieces = tuple(replace(piece, work=piece.label) for piece in rolls.pieces)
    with pytest.raises(CorpusError, match="too few works a label"):
        without_single(Corpus("toy", pieces), replace(rolls, pieces=pieces), [])


def test_a_label_that_is_not_there_is_one_line(corpus: Corpus) -> None:
    with pytest.raises(CorpusError, match="no piece is labelled 'Bach'"):
        chosen(recipe_of(labels=["Bach", "Walker"]), corpus)


def test_a_background_is_drawn_from_the_other_labels_and_has_no_name(corpus: Corpus) -> None:
    recipe = recipe_of(labels=["Walker", "Leaper"], background=5)
    found = chosen(recipe, corpus)
    assert found.counts == {"Leaper": 12, "Walker": 12, "unknown": 5}
    unnamed = [piece for piece in found.pieces if piece.label == "unknown"]
    assert all("Chorder" in str(piece.path) for piece in unnamed)
    assert chosen(recipe, corpus) == found


def test_a_background_needs_labels_it_is_not_of() -> None:
    with pytest.raises(RecipeError, match="the labels they are not of"):
        recipe_of(background=5)


def test_a_bundle_with_a_background_refuses_what_sounds_like_it(
    corpus: Corpus, tmp_path: Path
) -> None:
    from muso.music.midi import read_score

    recipe = recipe_of(labels=["Walker", "Leaper"], background=12)
    bundle = train(recipe, corpus, "score", tmp_path / "two").bundle
    said = {
        label: [bundle.predict(read_score(p.path)).label for p in corpus.pieces if p.label == label]
        for label in corpus.labels
    }
    assert said["Walker"].count("Walker") >= 7
    assert said["Chorder"].count("unknown") >= 10
    strange = bundle.predict(read_score(corpus.pieces[0].path))
    assert strange.ranking[0][0] == "unknown"
    # The probability is of the best name, which is what the threshold is compared with.
    assert strange.probability == max(p for label, p in strange.ranking if label != "unknown")


def sided(corpus: Corpus, *sides: str) -> Corpus:
    """The corpus with its pieces on these sides in turn."""
    turns = zip(corpus.pieces, sides * len(corpus.pieces), strict=False)
    return replace(corpus, pieces=tuple(replace(piece, split=side) for piece, side in turns))


@pytest.mark.parametrize(("there", "lacking"), [("train", "validation"), ("test", "train")])
def test_a_manifest_that_leaves_a_side_empty_is_one_line(
    corpus: Corpus, there: str, lacking: str
) -> None:
    with pytest.raises(CorpusError, match=f"no piece is on the side '{lacking}'; fill in train,"):
        try_protocol(recipe_of(), sided(corpus, there), "score", "work")


def test_a_label_that_is_tested_and_never_learnt_is_one_line(corpus: Corpus) -> None:
    pieces = (
        replace(p, split="test") if p.label == "Walker" else p
        for p in sided(corpus, "train", "test").pieces
    )
    with pytest.raises(CorpusError, match="no work of 'Walker' is on the training side"):
        try_protocol(recipe_of(), replace(corpus, pieces=tuple(pieces)), "score", "work")


def test_where_a_manifest_has_none_to_choose_by_some_are_drawn(corpus: Corpus) -> None:
    halves = sided(corpus, "train", "test")
    split = try_protocol(recipe_of(), halves, "score", "work").report.split
    assert split.test.units == len(corpus) / 2
    assert split.validation.units > 0
    assert split.train.units + split.validation.units == len(corpus) / 2


@pytest.mark.parametrize("most", [1, 100])
def test_labels_with_too_small_a_share_of_slices_are_left_out(
    corpus: Corpus, rolls: Data, most: int
) -> None:
    weights = [PianoRoll(most=100).weight(one) for one in rolls.prepared[0]]
    share = np.bincount(rolls.target, weights) / sum(weights)
    least = float(np.sort(share)[:2].mean())
    kept, _ = with_share(corpus, PianoRoll(most=most), "score", least)
    assert set(kept.labels) == {rolls.labels[i] for i in np.flatnonzero(share >= least)}
    with pytest.raises(CorpusError, match=r"no label holds 0\.99 of all slices"):
        with_share(corpus, PianoRoll(most=most), "score", 0.99)


@pytest.mark.parametrize("protocol", ["slice", "work"])
def test_a_recipe_leaves_small_labels_out_under_every_protocol(
    corpus: Corpus, protocol: str
) -> None:
    few = [p for p in corpus.pieces if p.label == "Walker"][:2]
    uneven = replace(corpus, pieces=(*(p for p in corpus.pieces if p.label != "Walker"), *few))
    recipe = recipe_of(least_share=0.1)
    recipe = replace(recipe, split=replace(recipe.split, protocol=protocol))
    data, _ = load_data(recipe, [PianoRoll(most=1)], uneven, "score", silent)
    assert set(data.labels) == set(corpus.labels) - {"Walker"}


def test_copies_are_learnt_from_and_never_asked_about(corpus: Corpus, tmp_path: Path) -> None:
    both = augment(corpus, tmp_path / "copies", (-2, 2)).corpus
    recipe = recipe_of()
    plain, copied = (try_protocol(recipe, c, "score", "work").report for c in (corpus, both))
    assert copied.split.test == plain.split.test
    assert copied.split.validation == plain.split.validation
    assert copied.split.train.units == 3 * plain.split.train.units
    assert copied.split.train.works == plain.split.train.works


def test_copies_are_not_asked_about_by_folds_either(corpus: Corpus, tmp_path: Path) -> None:
    both = augment(corpus, tmp_path / "copies", (-2, 2)).corpus
    recipe = recipe_of()
    recipe = replace(recipe, split=replace(recipe.split, folds=2))
    report = train(recipe, both, "score", tmp_path / "crossed").report
    assert (report.metrics.n, report.split.test.units) == (36, 36)
    assert report.split.train.units == 3 * 36
    assert all(baseline.metrics.n == 36 for baseline in report.baselines)


def test_of_labels_with_too_small_a_share_what_cannot_be_read_is_told(
    corpus: Corpus, tmp_path: Path
) -> None:
    (tmp_path / "broken.mid").write_bytes(b"MThd")
    broken = [
        replace(p, path=tmp_path / "broken.mid") for p in corpus.pieces if p.label == "Walker"
    ]
    others = [piece for piece in corpus.pieces if piece.label != "Walker"]
    some = replace(corpus, pieces=(*others, *broken[:-1], corpus.pieces[-1]))
    data, _ = load_data(recipe_of(least_share=0.1), [PianoRoll()], some, "score", silent)
    assert "Walker" not in data.labels
    assert list(data.unreadable) == [str(tmp_path / "broken.mid")]


def test_copies_without_their_originals_are_asked_about(corpus: Corpus, tmp_path: Path) -> None:
    both = augment(corpus, tmp_path / "copies", (5,)).corpus
    alone = replace(both, pieces=tuple(piece for piece in both.pieces if piece.is_copy))
    report = try_protocol(recipe_of(), alone, "score", "work").report
    assert report.split.test.units > 0


def test_taking_units_keeps_their_labels_right(rolls: Data) -> None:
    walkers = np.flatnonzero(np.array(rolls.labels)[rolls.target] == "Walker")
    taken = take(rolls, walkers[:3])
    assert taken.labels == ("Walker",)
    assert taken.target.tolist() == [0, 0, 0]
    assert [p.label for p in taken.pieces] == ["Walker"] * 3


def test_a_listing_guesses_each_file_from_those_before_it(corpus: Corpus) -> None:
    view, other = FileFacts(window=3), Descriptors(groups=("length",))
    data = read_data(corpus, [view, other], "score")
    windows = listed(data, [view, other])
    assert len(windows.pieces) == len(data.pieces) - 3
    own = [facts.values[0] for facts in data.prepared[0]]
    np.testing.assert_array_equal(windows.prepared[0][5].values, np.stack(own[5:8]))
    assert windows.pieces[5] == data.pieces[8]
    assert windows.prepared[1][5] is data.prepared[1][8]


def test_a_listing_needs_a_view_of_neighbours_and_enough_files(corpus: Corpus) -> None:
    data = read_data(corpus, [FileFacts(window=3)], "score")
    with pytest.raises(RecipeError, match="for the view file_facts"):
        listed(data, [Descriptors()])
    with pytest.raises(CorpusError, match="can't be cut into windows of 3"):
        listed(take(data, np.array([0, 12, 24])), [FileFacts(window=3)])


def test_alone_a_piece_fills_the_window_with_itself(corpus: Corpus) -> None:
    facts = read_data(corpus, [FileFacts(window=3)], "score").prepared[0][0]
    assert isinstance(facts, Facts)
    assert facts.values.shape == (3, 2)
    assert (facts.values == facts.values[0]).all()


def test_the_protocol_listing_reports_windows_and_says_that_they_leak(corpus: Corpus) -> None:
    report = try_protocol(recipe_of(LISTING), corpus, "score", "listing").report
    assert report.split.called == "listing (leaky)"
    assert report.split.unit == "window"
    told = {leak.kind: leak for leak in report.leaks}
    assert told["listing"].count == report.metrics.n > 0


def test_the_protocol_refit_trains_on_what_it_tests(corpus: Corpus) -> None:
    # A tree of support vectors narrow enough to know every piece by heart.
    member = {**SVM, "classical": {"name": "svm", "c": 1e6}}
    report = try_protocol(recipe_of(member), corpus, "score", "refit").report
    assert report.metrics.accuracy.value == 1.0
    assert {leak.kind for leak in report.leaks} >= {"refit"}
    assert report.split.leaky


def test_slices_have_no_pairs_of_alike_pieces(corpus: Corpus) -> None:
    recipe = recipe_of(split={"protocol": "slice"})
    view = PianoRoll(frames=64)
    data, alike = load_data(recipe, [view], corpus, "score", lambda progress: None)
    assert alike is None
    assert len(data.pieces) > len(corpus)
