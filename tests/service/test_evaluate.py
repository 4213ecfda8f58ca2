from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from muso import service
from muso.bundle.bundle import LEARNT, Bundle
from muso.corpus.works import music_digests
from muso.errors import CorpusError, MissingExtra, UsageError
from muso.judge.report import read_report
from muso.music.clip import Clip, read_clip, write_clip
from muso.music.midi import read_score, write_score
from muso.progress import Progress
from muso.represent.picture import draw_picture
from muso.service import evaluate, evaluating

METRICS = ("accuracy", "balanced_accuracy", "macro_f1", "top5", "calibration_error")


@pytest.fixture
def manifest(corpus_folder: Path, tmp_path: Path) -> Path:
    """Six scores of each composer, two of a stranger, some with a side and a work."""
    rows = ["file,composer,work,split"]
    for label in ("Chorder", "Leaper", "Walker"):
        for number in range(6):
            path = corpus_folder / label / f"{number:02}.mid"
            work = f"{label} {number // 2}" if label == "Walker" else ""
            rows.append(f"{path},{label},{work},{'test' if number < 2 else 'train'}")
    for number in (6, 7):
        rows.append(f"{corpus_folder / 'Walker' / f'{number:02}.mid'},Stranger,,test")
    file = tmp_path / "mine.csv"
    file.write_text("\n".join(rows))
    return file


def test_every_piece_of_a_known_label_is_measured(bundle: Bundle, manifest: Path) -> None:
    evaluation, rows = evaluate("toy.1", manifest)
    assert evaluation.metrics.n == len(rows) == 18
    assert evaluation.left_out == {"Stranger": 2}
    assert evaluation.unreadable == {}
    assert (evaluation.bundle, evaluation.corpus) == ("toy.1", "mine")
    right = np.mean([row.predicted == row.piece.label for row in rows])
    assert evaluation.metrics.accuracy.value == pytest.approx(right)
    assert right > 0.9


def test_what_is_measured_is_what_identify_says(bundle: Bundle, manifest: Path) -> None:
    evaluation, rows = evaluate("toy.1", manifest)
    request = service.Request(bundle="toy.1")
    named = 0
    for row in rows:
        said = service.identify(row.piece.path, request).predictions["composer"]
        assert row.predicted == said.ranking[0][0]
        assert row.probability == pytest.approx(said.probability)
        named += said.label != "unknown"
    assert evaluation.coverage == pytest.approx(named / len(rows))


def test_only_one_side_of_a_published_split_may_be_measured(bundle: Bundle, manifest: Path) -> None:
    evaluation, rows = evaluate("toy.1", manifest, split="test")
    assert evaluation.metrics.n == 6
    assert {row.piece.split for row in rows} == {"test"}
    assert evaluation.left_out == {"Stranger": 2}
    with pytest.raises(CorpusError, match="no row is on the side 'valid'; it names test, train"):
        evaluate("toy.1", manifest, split="valid")


def test_a_corpus_without_sides_says_so(bundle: Bundle, corpus_folder: Path) -> None:
    with pytest.raises(CorpusError, match="no row is on the side 'test'; it names none"):
        evaluate("toy.1", corpus_folder, split="test")


def test_the_ranking_may_be_restricted_to_some_labels(bundle: Bundle, manifest: Path) -> None:
    evaluation, rows = evaluate("toy.1", manifest, labels=["Walker", "Chorder", "Walker"])
    assert evaluation.labels == ("Walker", "Chorder")
    assert evaluation.metrics.n == 12
    assert evaluation.left_out == {"Leaper": 6, "Stranger": 2}
    assert {row.predicted for row in rows} <= {"Walker", "Chorder"}
    for row in rows:
        said = service.identify(row.piece.path, service.Request(bundle="toy.1"))
        share = dict(said.predictions["composer"].ranking)
        both = share["Walker"] + share["Chorder"]
        assert row.probability == pytest.approx(share[row.predicted] / both, abs=1e-6)


def test_pieces_that_sound_like_a_label_left_out_are_not_named_among_the_rest(
    bundle: Bundle, manifest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Walker's music, said to be Leaper's: near to Walker, whom nobody asks about."""
    surer = tuple(replace(member, weight=4 * member.weight) for member in bundle.members)
    monkeypatch.setattr(evaluating, "load", lambda name: replace(bundle, members=surer))
    lines = [line for line in manifest.read_text().splitlines() if "Walker" in line][:6]
    manifest.write_text(
        "\n".join(["file,composer,work,split", *(s.replace(",Walker,", ",Leaper,") for s in lines)])
    )
    asked_for_all, _ = evaluate("toy.1", manifest)
    restricted, _ = evaluate("toy.1", manifest, labels=["Leaper", "Chorder"])
    assert asked_for_all.metrics.n == restricted.metrics.n == 6
    assert asked_for_all.coverage > 0.6
    assert restricted.coverage < 0.4


def test_a_label_the_bundle_does_not_know_can_not_be_restricted_to(
    bundle: Bundle, manifest: Path
) -> None:
    with pytest.raises(UsageError, match=r"toy\.1 doesn't know the label 'Stranger'"):
        evaluate("toy.1", manifest, labels=["Walker", "Stranger"])


def test_labels_that_were_thought_impossible_still_have_shares(
    bundle: Bundle, manifest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Weights so large that all but the best label's probability is 0 in floating point."""
    members = tuple(replace(member, weight=1e6) for member in bundle.members)
    monkeypatch.setattr(evaluating, "load", lambda name: replace(bundle, members=members))
    evaluation, _ = evaluate("toy.1", manifest, labels=["Leaper", "Chorder"])
    assert np.isfinite(evaluation.metrics.accuracy.value)


def test_a_corpus_of_strangers_is_refused(bundle: Bundle) -> None:
    with pytest.raises(CorpusError, match=r"examples: no piece has a label that toy\.1 knows"):
        evaluate("toy.1", "examples")


def test_an_empty_work_means_a_work_of_its_own(bundle: Bundle, manifest: Path) -> None:
    """Pieces of one work are one draw of the bootstrap, so fewer works give wider intervals."""
    apart, _ = evaluate("toy.1", manifest)
    table = [line.split(",") for line in manifest.read_text().splitlines()]
    for row in table[1:]:
        row[2] = row[1]
    manifest.write_text("\n".join(",".join(row) for row in table))
    together, _ = evaluate("toy.1", manifest)
    one, other = (e.metrics.calibration_error for e in (apart, together))
    assert one.value == other.value
    assert (one.low, one.high) != (other.low, other.high)


def test_files_that_can_not_be_used_are_left_out_and_told(bundle: Bundle, tmp_path: Path) -> None:
    shutil.copytree(Path("examples"), tmp_path / "Walker")
    (tmp_path / "Walker" / "damaged.mid").write_bytes(b"MThd\0")
    (tmp_path / "Walker" / "front.png").write_bytes(b"no picture")
    evaluation, rows = evaluate("toy.1", tmp_path)
    told = {Path(path).name: why for path, why in evaluation.unreadable.items()}
    assert set(told) == {"damaged.mid", "front.png"}
    assert "not a score" in told["front.png"]
    assert evaluation.metrics.n == len(rows) == 9


def test_rows_whose_file_is_gone_are_told(bundle: Bundle, manifest: Path) -> None:
    with manifest.open("a") as file:
        file.write("\ngone.mid,Walker,,test")
    evaluation, _ = evaluate("toy.1", manifest)
    assert not evaluation.unreadable
    (line,) = evaluation.doubts
    assert line.startswith("left out 1 of ") and "gone.mid" in line
    assert evaluation.metrics.n == 18


def test_nothing_readable_is_refused_with_a_reason(bundle: Bundle, tmp_path: Path) -> None:
    (tmp_path / "Walker").mkdir()
    (tmp_path / "Walker" / "text.mid").write_text("no music")
    with pytest.raises(CorpusError, match=r"no piece can be read; .*text\.mid"):
        evaluate("toy.1", tmp_path)


def test_an_unknown_bundle_is_refused(corpus_folder: Path) -> None:
    with pytest.raises(UsageError, match="no bundle 'hope'"):
        evaluate("hope", corpus_folder)


def test_the_json_has_the_promised_fields(bundle: Bundle, manifest: Path) -> None:
    told = json.loads(json.dumps(evaluate("toy.1", manifest)[0].as_dict()))
    for name in METRICS:
        assert set(told[name]) == {"value", "low", "high"}
        assert 0 <= told[name]["low"] <= told[name]["value"] <= told[name]["high"] <= 1
    assert told["n"] == 18
    assert 0 <= told["coverage"] <= 1
    assert told["left_out"] == {"pieces": 2, "labels": {"Stranger": 2}}
    others = {
        "n",
        "coverage",
        "bundle",
        "corpus",
        "left_out",
        "unreadable",
        "doubts",
        "learnt",
        "new",
    }
    assert set(told) == {*METRICS, *others, "excerpts"}


def test_pieces_it_learnt_from_are_told_from_others(bundle: Bundle, corpus_folder: Path) -> None:
    """Of what it was trained and chosen on, whatever the files are called."""
    held_out = read_report(bundle.folder / "report.json").split.test.units
    evaluation, rows = evaluate("toy.1", corpus_folder)
    assert evaluation.learnt == len(rows) - held_out > 0
    assert evaluation.new is not None
    assert evaluation.new.n == held_out


def test_a_transposed_copy_under_another_name_is_told_too(
    bundle: Bundle, corpus_folder: Path, tmp_path: Path
) -> None:
    _, rows = evaluate("toy.1", corpus_folder)
    known = [d in bundle.learnt for d in music_digests([row.piece.path for row in rows])]
    (tmp_path / "Walker").mkdir()
    for number, row in enumerate(rows):
        copy = read_score(row.piece.path).transpose(2)
        write_score(copy, tmp_path / "Walker" / f"mine {number}.mid")
    evaluation, _ = evaluate("toy.1", tmp_path)
    assert evaluation.learnt == sum(known)


def test_a_bundle_that_does_not_tell_what_it_learnt_from_is_measured(
    bundle: Bundle, manifest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digests = {file: digest for file, digest in bundle.digests.items() if file != LEARNT}
    monkeypatch.setattr(evaluating, "load", lambda name: replace(bundle, digests=digests))
    evaluation, _ = evaluate("toy.1", manifest)
    assert (evaluation.learnt, evaluation.new, evaluation.metrics.n) == (0, None, 18)


def test_excerpts_are_measured_by_length_the_whole_piece_last(
    bundle: Bundle, manifest: Path, tmp_path: Path
) -> None:
    picture = tmp_path / "curve.png"
    told: list[Progress] = []
    evaluation, rows = evaluate(
        "toy.1", manifest, excerpts=(8, 1, 8), picture=picture, listener=told.append
    )
    assert [seconds for seconds, _ in evaluation.excerpts] == [1, 8, np.inf]
    assert evaluation.new is not None
    assert {metrics.n for _, metrics in evaluation.excerpts} == {evaluation.new.n}
    assert evaluation.excerpts[-1][1] == evaluation.new
    # What it learnt from is not cut at all.
    totals = {progress.stage: progress.total for progress in told}
    assert totals == {"evaluating": len(rows), "excerpts": evaluation.new.n}
    short, long = (metrics.accuracy.value for _, metrics in evaluation.excerpts[::2])
    assert short <= long
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_where_all_is_learnt_excerpts_are_of_all(
    bundle: Bundle, manifest: Path, tmp_path: Path
) -> None:
    _, rows = evaluate("toy.1", manifest)
    digests = music_digests([row.piece.path for row in rows])
    known = [r.piece for r, d in zip(rows, digests, strict=True) if d in bundle.learnt]
    listed = "".join(f"{piece.path.resolve()},{piece.label}\n" for piece in known)
    (tmp_path / "known.csv").write_text("path,label\n" + listed)
    evaluation, _ = evaluate("toy.1", tmp_path / "known.csv", excerpts=(2,))
    assert [metrics.n for _, metrics in evaluation.excerpts] == [len(known)] * 2
    assert (evaluation.learnt, evaluation.new) == (len(known), None)


def test_an_excerpt_is_what_identify_takes(bundle: Bundle, manifest: Path) -> None:
    evaluation, rows = evaluate("toy.1", manifest, labels=["Walker", "Leaper"], excerpts=(2,))
    right = []
    for number, row in enumerate(rows):
        request = service.Request(bundle="toy.1", excerpt_s=2, seed=number)
        ranking = service.identify(row.piece.path, request).predictions["composer"].ranking
        first = next(label for label, _ in ranking if label in ("Walker", "Leaper"))
        right.append(first == row.piece.label)
    new = [d not in bundle.learnt for d in music_digests([row.piece.path for row in rows])]
    assert any(new)
    assert evaluation.excerpts[0][1].accuracy.value == pytest.approx(np.mean(np.array(right)[new]))


def test_recordings_have_excerpts_and_their_pictures_have_none(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows = ["path,label"]
    for name, label in (("a.wav", "rock"), ("b.wav", "jazz")):
        write_clip(
            Clip(rng.normal(0, 0.1, (1, 200_000)).astype(np.float32), 22_050), tmp_path / name
        )
        rows.append(f"{name},{label}")
    picture = draw_picture(read_clip(tmp_path / "a.wav"))
    Image.fromarray(picture).save(tmp_path / "c.png")
    (tmp_path / "mine.csv").write_text("\n".join([*rows, "c.png,rock"]))
    evaluation, _ = evaluate("genre.1", tmp_path / "mine.csv", excerpts=(2,))
    assert [metrics.n for _, metrics in evaluation.excerpts] == [2, 2]
    assert "a picture has no excerpts" in evaluation.unreadable[str(tmp_path / "c.png")]
    whole, _ = evaluate("genre.1", tmp_path / "mine.csv")
    assert whole.metrics.n == 3
    content = (tmp_path / "a.wav").read_bytes()
    (tmp_path / "a.wav").write_bytes(content[: len(content) // 3])
    for seed in range(3):
        cut, _ = evaluate("genre.1", tmp_path / "mine.csv", excerpts=(2,), seed=seed)
        assert cut.metrics.n == 2


def test_recordings_of_which_nothing_can_be_said_are_left_out_and_told(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, (1, 44_100)).astype(np.float32)
    for name, samples in (("a", noise), ("silent", 0 * noise), ("short", noise[:, :4_410])):
        write_clip(Clip(samples, 22_050), tmp_path / f"{name}.wav")
    rows = ["path,label", "a.wav,rock", "silent.wav,jazz", "short.wav,jazz"]
    (tmp_path / "mine.csv").write_text("\n".join(rows))
    evaluation, _ = evaluate("genre.1", tmp_path / "mine.csv")
    assert evaluation.metrics.n == 1
    assert "silence: nothing in it" in evaluation.unreadable[str(tmp_path / "silent.wav")]
    assert "too short: 0.2 s" in evaluation.unreadable[str(tmp_path / "short.wav")]


@pytest.mark.parametrize(
    ("bundle_name", "asked", "told"),
    [
        ("toy.1", {"excerpts": (2, 0)}, "an excerpt of 0 s; ask for more"),
        ("toy.1", {"excerpts": (float("nan"),)}, "an excerpt of nan s"),
        ("toy.1", {"excerpts": (float("inf"),)}, "an excerpt of inf s; .* the whole is told"),
        ("genre.1", {"excerpts": (0.5,)}, "an excerpt of 0.5 s; ask for at least 1 s"),
        ("toy.1", {"picture": "curve.png"}, "give lengths of excerpts, such as 2,5"),
        ("toy.1", {"excerpts": (2,), "picture": "no/curve.png"}, "there is no such folder"),
        (
            "toy.1",
            {"excerpts": (2,), "picture": "curve.jpg"},
            "the picture is a .png; end the name",
        ),
        ("cover.1", {"excerpts": (2,)}, "covers, which have no length"),
    ],
)
def test_excerpts_of_nothing_are_refused(
    bundle: Bundle, manifest: Path, bundle_name: str, asked: dict[str, Any], told: str
) -> None:
    with pytest.raises(UsageError, match=told):
        evaluate(bundle_name, manifest, **asked)


def test_a_picture_that_cannot_be_drawn_here_is_told_before_anything_is_measured(
    bundle: Bundle, manifest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluating, "find_spec", lambda name: None)
    told: list[Progress] = []
    with pytest.raises(MissingExtra, match=r"needs the \[train\] extra"):
        evaluate("toy.1", manifest, excerpts=(2,), picture=tmp_path / "a.png", listener=told.append)
    assert not told


def test_many_pieces_are_measured_in_order_and_progress_is_told(
    bundle: Bundle, corpus_folder: Path
) -> None:
    told: list[Progress] = []
    evaluation, rows = evaluate("toy.1", corpus_folder, listener=told.append)
    assert evaluation.metrics.n == 36
    paths = [row.piece.path for row in rows]
    assert paths == sorted(paths)
    assert [progress.done for progress in told] == list(range(1, 37))


def test_a_folder_may_stand_for_the_bundle(bundle: Bundle, manifest: Path) -> None:
    assert evaluate(bundle.folder, manifest)[0].metrics.n == 18


def test_bundles_are_listed_with_their_figures_a_tasks_default_first(
    own_home: Path, bundle: Bundle
) -> None:
    shutil.copytree(bundle.folder, own_home / "bundles" / "another.1")
    listed = service.bundles()
    names = [info.name for info in listed if info.task == "composer"]
    assert names[0] == "composer.1"
    assert names == ["composer.1", *sorted(names[1:])]
    info = next(info for info in listed if info.name == "another.1")
    assert (info.default, info.media, info.labels) == (False, "score", bundle.labels)
    assert info.size_mb == pytest.approx(
        sum(path.stat().st_size for path in bundle.folder.iterdir()) / 1e6, abs=0.006
    )
    assert set(info.metrics) == set(METRICS)
    assert json.loads(json.dumps(info.as_dict()))["name"] == "another.1"


def test_a_damaged_bundle_in_the_list_is_named(own_home: Path) -> None:
    (own_home / "bundles" / "composer.1" / "bundle.toml").write_text("x =")
    (broken,) = (e for e in service.broken_bundles() if "composer.1" in str(e))
    assert str(broken).startswith("bundle composer.1: its bundle.toml is damaged")
    assert "composer.1" not in [info.name for info in service.bundles()]
