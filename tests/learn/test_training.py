from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from muso.bundle.bundle import Bundle, read_bundle
from muso.corpus.corpus import Corpus, Piece, scan_folder
from muso.corpus.split import TEST, TRAIN, draw_split
from muso.errors import CorpusError, ExportError, RecipeError
from muso.judge.report import Report, read_report
from muso.learn import binding
from muso.learn.classical import CLASSICAL
from muso.learn.members import Trained
from muso.learn.recipe import Recipe, parse_recipe
from muso.learn.refusing import found_by_folds
from muso.learn.training import run_folder, train, try_protocol
from muso.music.midi import read_score
from muso.progress import Progress, silent

DENSE = {
    "name": "dense",
    "view": {"name": "descriptors", "groups": ["rate", "interval"]},
    "network": {"name": "dense", "hidden": [16]},
    "fit": {"epochs": 3, "batch": 8, "rate": 1e-2},
}
SHARES = {"held_out": 0.25, "validation": 0.25}
COUNTS = {
    "name": "counts",
    "view": {"name": "ngrams", "bits": 7},
    "classical": {"name": "linear_svm"},
}


def recipe(*members: dict[str, Any], **changes: Any) -> Recipe:
    table = {"name": "quick", "task": "composer", "member": list(members), "split": SHARES}
    return parse_recipe({**table, **changes})


QUICK = recipe(DENSE, COUNTS)


@pytest.fixture(autouse=True)
def no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """They take longer than all else here, and judge has tests of its own for them."""
    monkeypatch.setattr(binding, "draw_report", lambda report, folder: None)


@pytest.fixture
def corpus(corpus_folder: Path) -> Corpus:
    return scan_folder(corpus_folder)


def graphs(bundle: Bundle) -> list[bytes]:
    return [(bundle.folder / member.file).read_bytes() for member in bundle.members]


def numbers(report: Report) -> dict[str, Any]:
    return {name: value for name, value in report.as_dict().items() if name != "minutes"}


def test_the_same_recipe_and_corpus_give_the_same_bundle_and_another_seed_another(
    corpus: Corpus, tmp_path: Path
) -> None:
    one = train(QUICK, corpus, "score", tmp_path / "a")
    other = train(QUICK, corpus, "score", tmp_path / "b")
    third = train(replace(QUICK, seed=9), corpus, "score", tmp_path / "c")
    assert graphs(one.bundle) == graphs(other.bundle)
    assert numbers(one.report) == numbers(other.report)
    assert graphs(one.bundle) != graphs(third.bundle)
    assert one.report.split.digest == third.report.split.digest


class PowerCut(BaseException):
    pass


def test_interrupted_it_goes_on_and_comes_to_the_same_bundle(
    corpus: Corpus, tmp_path: Path
) -> None:
    second = {**DENSE, "name": "second"}
    twice = recipe(DENSE, second, refit=True)
    straight = train(twice, corpus, "score", tmp_path / "straight")
    assert not run_folder(twice, corpus).exists()

    def stop(progress: Progress) -> None:
        if progress.stage == "training second" and progress.done >= progress.total / 3:
            raise PowerCut

    with pytest.raises(PowerCut):
        train(twice, corpus, "score", tmp_path / "cut", stop)
    assert run_folder(twice, corpus).exists()
    assert not (tmp_path / "cut").exists()
    (run_folder(twice, corpus) / ".minutes").write_text("30.0")
    told: list[Progress] = []
    resumed = train(twice, corpus, "score", tmp_path / "cut", told.append)
    assert "training dense" not in [p.stage for p in told if "validation_loss" in p.values]
    assert graphs(resumed.bundle) == graphs(straight.bundle)
    assert straight.report.minutes < 30 <= resumed.report.minutes
    assert not run_folder(twice, corpus).exists()


def test_the_report_stands_beside_baselines_on_the_same_split(
    corpus: Corpus, tmp_path: Path
) -> None:
    trained = train(QUICK, corpus, "score", tmp_path / "toy")
    report = trained.report
    assert [baseline.name for baseline in report.baselines] == [
        "majority",
        "descriptors with an SVM",
    ]
    assert {baseline.metrics.n for baseline in report.baselines} == {report.metrics.n} == {9}
    assert (report.split.train.units, report.split.validation.units) == (18, 9)
    assert [leak.kind for leak in report.leaks] == ["work", "near-duplicate"]
    assert sum(leak.count for leak in report.leaks) == 0
    assert report.metrics.accuracy.value > 0.8
    assert report.curves is not None
    assert report.curves.epochs == 3
    assert numbers(read_report(tmp_path / "toy" / "report.json")) == numbers(report)
    assert "digest" in (tmp_path / "toy" / "CARD.md").read_text("utf-8")


def test_the_report_is_of_what_the_exported_graphs_say(corpus: Corpus, tmp_path: Path) -> None:
    trained = train(QUICK, corpus, "score", tmp_path / "toy")
    split = draw_split(
        [piece.label for piece in corpus.pieces], [p.work for p in corpus.pieces], **SHARES
    )
    assert split.digest == trained.report.split.digest
    said = [
        trained.bundle.predict(read_score(corpus.pieces[i].path))
        for i in np.flatnonzero(split.side == TEST)
    ]
    truth = [corpus.pieces[i].label for i in np.flatnonzero(split.side == TEST)]
    right = [one.ranking[0][0] == label for one, label in zip(said, truth, strict=True)]
    assert np.mean(right) == trained.report.metrics.accuracy.value
    assert trained.report.unknown is not None
    named = np.mean([one.label != "unknown" for one in said])
    assert named == trained.report.unknown.coverage


def test_what_is_tested_on_is_never_learnt_from(corpus: Corpus, tmp_path: Path) -> None:
    """Other music in the test side's files leaves every weight as it was."""
    honest = train(QUICK, corpus, "score", tmp_path / "honest")
    split = draw_split(
        [piece.label for piece in corpus.pieces], [p.work for p in corpus.pieces], **SHARES
    )
    copy = tmp_path / corpus.name
    shutil.copytree(corpus.pieces[0].path.parents[1], copy)
    tests = [corpus.pieces[i].path for i in np.flatnonzero(split.side == TEST)]
    for one, other in zip(tests, reversed(tests), strict=True):
        shutil.copy(other, copy / one.parent.name / one.name)
    fooled = train(QUICK, scan_folder(copy), "score", tmp_path / "fooled")
    assert graphs(fooled.bundle) == graphs(honest.bundle)
    assert [m.weight for m in fooled.bundle.members] == [m.weight for m in honest.bundle.members]
    assert fooled.bundle.threshold == honest.bundle.threshold
    assert fooled.report.metrics.accuracy.value < honest.report.metrics.accuracy.value


def test_refitting_learns_from_the_validation_side_too(corpus: Corpus, tmp_path: Path) -> None:
    plain = train(recipe(COUNTS), corpus, "score", tmp_path / "plain")
    refitted = train(recipe(COUNTS, refit=True), corpus, "score", tmp_path / "refitted")
    assert graphs(plain.bundle) != graphs(refitted.bundle)
    weights = [training.bundle.members[0].weight for training in (plain, refitted)]
    assert weights[0] == weights[1]


def test_the_bar_of_refitted_members_is_of_what_they_say_themselves(
    corpus: Corpus, tmp_path: Path
) -> None:
    plain = train(recipe(COUNTS), corpus, "score", tmp_path / "plain")
    refitted = train(recipe(COUNTS, refit=True), corpus, "score", tmp_path / "refitted")
    split = draw_split(
        [piece.label for piece in corpus.pieces], [p.work for p in corpus.pieces], **SHARES
    )
    test = [corpus.pieces[i] for i in np.flatnonzero(split.side == TEST)]
    bundle = refitted.bundle
    rankings = [dict(bundle.predict(read_score(piece.path)).ranking) for piece in test]
    said = np.array([[ranking[label] for label in bundle.labels] for ranking in rankings])
    target = np.array([bundle.labels.index(piece.label) for piece in test])
    bar, share = found_by_folds(said, target, bundle.labels, [piece.work for piece in test])
    np.testing.assert_allclose(bundle.usual, bar.usual, rtol=1e-3)
    assert bundle.threshold == pytest.approx(bar.threshold, rel=1e-3)
    assert refitted.report.unknown.by_folds
    assert refitted.report.unknown.coverage == pytest.approx(share, abs=0.12)
    assert not plain.report.unknown.by_folds
    assert "each fold of them one found on the rest" in (bundle.folder / "CARD.md").read_text()


def test_the_same_music_under_two_names_stays_on_one_side(corpus: Corpus, tmp_path: Path) -> None:
    folder = tmp_path / "copies"
    shutil.copytree(corpus.pieces[0].path.parents[1], folder)
    for path in sorted(folder.glob("Walker/*.mid")):
        shutil.copy(path, path.with_name(f"copy of {path.name}"))
    report = train(QUICK, scan_folder(folder), "score", tmp_path / "toy").report
    sides = (report.split.train, report.split.validation, report.split.test)
    assert sum(side.units for side in sides) == 48
    assert sum(side.works for side in sides) == 36
    assert "no work stands on two sides" in report.leaks[0].detail


def test_a_graph_that_computes_something_else_is_refused_and_the_old_bundle_stays(
    corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = train(QUICK, corpus, "score", tmp_path / "toy").bundle
    export = Trained.to_onnx

    def wrong(self: Trained) -> Any:
        model = export(self)
        for tensor in model.graph.initializer:
            if tensor.name in {"head.bias", "bias"}:
                values = np.frombuffer(tensor.raw_data, np.float32)
                tensor.raw_data = (values + 5 * np.arange(len(values))).astype("f").tobytes()
        return model

    monkeypatch.setattr(Trained, "to_onnx", wrong)
    with pytest.raises(ExportError, match="bundle toy: onnxruntime's probabilities differ"):
        train(replace(QUICK, seed=3), corpus, "score", tmp_path / "toy")
    assert [path.name for path in tmp_path.iterdir()] == ["toy"]
    assert graphs(read_bundle(tmp_path / "toy")) == graphs(before)
    assert run_folder(replace(QUICK, seed=3), corpus).exists()


def test_a_bundle_trained_again_takes_the_old_ones_place(corpus: Corpus, tmp_path: Path) -> None:
    train(QUICK, corpus, "score", tmp_path / "toy")
    (tmp_path / "toy" / "left over").touch()
    again = train(recipe(COUNTS), corpus, "score", tmp_path / "toy").bundle
    assert [member.name for member in again.members] == ["counts"]
    assert sorted(path.name for path in (tmp_path / "toy").iterdir()) == [
        "CARD.md",
        "bundle.toml",
        "counts.onnx",
        "learnt.npy",
        "report.json",
    ]


@pytest.mark.parametrize("labels", [2, 3])
@pytest.mark.parametrize("model", CLASSICAL)
def test_every_classical_model_becomes_a_bundle(
    corpus: Corpus, tmp_path: Path, model: str, labels: int
) -> None:
    view = {"name": "ngrams", "bits": 7} if model == "linear_svm" else {"name": "descriptors"}
    kept = Corpus("kept", tuple(p for p in corpus.pieces if p.label in corpus.labels[:labels]))
    one = recipe({"name": model, "view": view, "classical": {"name": model}})
    trained = train(one, kept, "score", tmp_path / "toy")
    assert trained.report.metrics.accuracy.value > 0.8


def test_a_leaky_protocol_is_named_so_and_leaves_nothing_behind(corpus: Corpus) -> None:
    sliced = recipe(
        {**DENSE, "view": {"name": "pianoroll", "frames": 32, "frames_per_s": 5, "most": 4}}
    )
    report = try_protocol(sliced, corpus, "score", "slice").report
    assert report.split.called == "slice (leaky)"
    assert report.split.unit == "slice"
    assert report.metrics.n > 9
    assert report.leaks[0].count > 0
    assert "was also trained on" in report.leaks[0].detail
    slice_recipe = replace(sliced, split=replace(sliced.split, protocol="slice"))
    assert not run_folder(slice_recipe, corpus).exists()


def refused(change: Callable[[Recipe], Recipe], corpus: Corpus, folder: Path) -> str:
    with pytest.raises((CorpusError, RecipeError)) as caught:
        train(change(QUICK), corpus, "score", folder / "x", silent)
    assert not (folder / "x").exists()
    return str(caught.value)


def test_an_unknown_protocol_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    gone = Corpus("gone", (Piece(Path("/none/a.mid"), "A", "a"),))

    def hope(recipe: Recipe) -> Recipe:
        return replace(recipe, split=replace(recipe.split, protocol="hope"))

    assert "no protocol 'hope'; choose from work, piece" in refused(hope, gone, tmp_path)


def test_names_that_are_no_text_are_learnt_from_unless_they_are_labels(
    corpus: Corpus, tmp_path: Path
) -> None:
    name = os.fsdecode(b"caf\xe9")
    renamed = tuple(replace(piece, work=piece.work + name) for piece in corpus.pieces)
    report = train(recipe(COUNTS), Corpus(name, renamed), "score", tmp_path / "toy").report
    assert report.data.startswith("caf?: 36 pieces, digest ")
    labelled = tuple(replace(piece, label=piece.label + name) for piece in corpus.pieces)
    told = refused(lambda r: r, Corpus("mine", labelled), tmp_path)
    assert told.startswith("mine: the label 'Chordercaf?' is not UTF-8")


def test_too_few_works_to_hold_any_out_are_refused(corpus: Corpus, tmp_path: Path) -> None:
    few = Corpus("few", tuple(replace(p, work=p.label) for p in corpus.pieces[::6]))
    assert "labels of 3 works or more" in refused(lambda r: r, few, tmp_path)


def test_a_label_that_can_only_be_tested_on_is_refused(corpus: Corpus, tmp_path: Path) -> None:
    """All pieces of one label belong to two works of others, which the split holds out."""
    pieces = list(corpus.pieces[:24])
    for seed in range(20):
        drawn = draw_split([p.label for p in pieces], [p.work for p in pieces], **SHARES, seed=seed)
        held_out = [pieces[n].work for n in np.flatnonzero(drawn.side != TRAIN)[:2]]
        shared = [
            replace(p, work=held_out[n % 2], label="Shared")
            for n, p in enumerate(corpus.pieces[24:])
        ]
        labels = [p.label for p in [*pieces, *shared]]
        works = [p.work for p in [*pieces, *shared]]
        after = draw_split(labels, works, **SHARES, seed=seed)
        sides = after.side[24:]
        if (sides != TRAIN).all():
            mixed = Corpus("mixed", (*pieces, *shared))

            def seeded(recipe: Recipe, seed: int = seed) -> Recipe:
                return replace(recipe, split=replace(recipe.split, seed=seed))

            said = refused(seeded, mixed, tmp_path)
            assert "no work of 'Shared' is on the training side" in said
            assert "are also works of another label" in said
            return
    pytest.fail("no split held the shared work out")
