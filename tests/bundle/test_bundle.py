from __future__ import annotations

import hashlib
import shutil
import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from muso.bundle.bundle import Bundle, read_bundle
from muso.bundle.prediction import UNKNOWN, UNSURE
from muso.errors import BundleError, UsageError
from muso.music.midi import read_score
from muso.music.score import Score

SCORE = Path("examples/bach-bwv66-6.mid")


@pytest.fixture
def folder(bundle: Bundle, tmp_path: Path) -> Path:
    """A copy of the toy bundle that a test may spoil."""
    return shutil.copytree(bundle.folder, tmp_path / "mine.1")


def alter(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the manifest of the bundle in `folder`."""
    file = folder / "bundle.toml"
    table = tomllib.loads(file.read_text("utf-8"))
    change(table)
    file.write_text(tomli_w.dumps(table), "utf-8")


def test_a_prediction_is_a_ranking_of_shares_of_one(bundle: Bundle) -> None:
    said = bundle.predict(read_score(SCORE))
    shares = [share for _, share in said.ranking]
    assert sum(shares) == pytest.approx(1)
    assert shares == sorted(shares, reverse=True)
    assert sorted(label for label, _ in said.ranking) == list(bundle.labels)
    assert said.probability == shares[0]
    assert said.label in (said.ranking[0][0], UNKNOWN)
    assert said.bundle == "toy.1"


def test_the_toy_bundle_knows_its_composers(bundle: Bundle, corpus_folder: Path) -> None:
    for label in bundle.labels:
        said = bundle.predict(read_score(corpus_folder / label / "00.mid"))
        assert said.ranking[0][0] == label


def test_a_prediction_is_the_weighted_sum_of_what_the_members_say_of_their_slices(
    bundle: Bundle,
) -> None:
    score = read_score(SCORE)
    total = np.zeros(len(bundle.labels))
    for member in bundle.members:
        session = onnxruntime.InferenceSession(str(bundle.folder / member.file))
        scores = session.run(["scores"], {"slices": member.view.slices(score).values})[0]
        scores = scores.astype(np.float64)
        log = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
        total += member.weight * log.mean(axis=0)
    expected = np.exp(total) / np.exp(total).sum()
    said = dict(bundle.predict(score).ranking)
    np.testing.assert_allclose([said[label] for label in bundle.labels], expected, rtol=1e-6)


def test_pieces_asked_about_together_are_named_as_each_alone(
    bundle: Bundle, corpus_folder: Path
) -> None:
    """Of one slice or several, in their order."""
    scores = [read_score(path) for path in (SCORE, *sorted(corpus_folder.rglob("00.mid"))[:3])]
    slices = [bundle.slices(score) for score in scores]
    assert len({len(own.values) for each in slices for own in each}) > 1
    for score, said in zip(scores, bundle.predict_each(slices), strict=True):
        alone = bundle.predict(score)
        assert said.label == alone.label
        assert dict(said.ranking) == pytest.approx(dict(alone.ranking), abs=1e-5)
        assert [e.start_s for e in said.evidence] == [e.start_s for e in alone.evidence]
    assert bundle.predict_each([]) == []


@given(st.integers(1, 50), st.integers(2, 9), st.integers(0, 2**32 - 1), st.floats(0, 500))
def test_averages_sum_to_one_however_sure_the_members_are(
    pieces: int, labels: int, seed: int, weight: float
) -> None:
    logs = np.random.default_rng(seed).normal(0, 50, (pieces, labels))
    logs -= np.logaddexp.reduce(logs, axis=1, keepdims=True)
    made = Bundle("x", Path(), "t", "score", (), (), 0, {}, "", {})
    member: Any = type("Weighted", (), {"weight": weight})
    average = replace(made, members=(member, member)).average([logs, logs])
    assert np.isfinite(average).all()
    np.testing.assert_allclose(average.sum(axis=1), 1)


def test_a_piece_below_the_threshold_is_unknown_and_ranked_all_the_same(bundle: Bundle) -> None:
    score = read_score(SCORE)
    best = bundle.predict(score).probability
    ranking = dict(bundle.predict(score).ranking)
    sure = bundle.sureness(np.array([ranking[label] for label in bundle.labels]))
    for threshold, named in ((sure, True), (np.nextafter(sure, 2), False)):
        said = replace(bundle, threshold=float(threshold)).predict(score)
        assert (said.label == said.ranking[0][0]) is named
        assert (said.label == UNKNOWN) is not named
        assert said.reason == ("" if named else UNSURE)
        assert said.probability == best


def test_evidence_tells_what_each_slice_said_in_order_of_time(bundle: Bundle) -> None:
    score = read_score(SCORE)
    said = bundle.predict(score)
    view = next(member.view for member in bundle.members if member.view.name == "pianoroll")
    assert [(e.start_s, e.end_s) for e in said.evidence] == list(
        zip(*(view.slices(score).start_s, view.slices(score).end_s), strict=True)
    )
    assert all(e.label in bundle.labels and 0 < e.probability <= 1 for e in said.evidence)


def test_a_single_slice_is_evidence_too(bundle: Bundle) -> None:
    said = bundle.predict(Score.of([60, 62], [0, 1], 1))
    (slice_,) = said.evidence
    assert 0 <= slice_.support <= slice_.probability <= 1


def test_a_prediction_as_json_is_cut_to_the_best_and_rounded(bundle: Bundle) -> None:
    said = bundle.predict(read_score(SCORE))
    plain = said.as_dict(top=2)
    assert plain == {
        "label": said.label,
        "probability": round(said.probability, 4),
        "ranking": [[label, round(share, 4)] for label, share in said.ranking[:2]],
        "bundle": "toy.1",
        "reason": UNSURE,
    }
    told = said.as_dict(top=2, evidence=True)["evidence"]
    assert len(told) == len(said.evidence)
    assert set(told[0]) == {"start_s", "end_s", "label", "probability", "support"}


def test_each_graph_runs_on_one_thread(bundle: Bundle) -> None:
    options = [session.get_session_options() for session in bundle.sessions]
    assert {(o.intra_op_num_threads, o.inter_op_num_threads) for o in options} == {(1, 1)}


def test_what_was_written_is_what_is_read(bundle: Bundle) -> None:
    again = read_bundle(bundle.folder)
    assert again.name == "toy.1"
    assert again.task == "composer"
    assert again.labels == ("Chorder", "Leaper", "Walker")
    assert [member.name for member in again.members] == ["patterns", "roll", "descriptors"]
    assert again.made_by.startswith("muso ")
    assert all(layer.parameters > 0 for member in again.members for layer in member.layers)
    assert set(again.digests) == {p.name for p in bundle.folder.iterdir()} - {"bundle.toml"}
    for file, digest in again.digests.items():
        assert hashlib.sha256((bundle.folder / file).read_bytes()).hexdigest() == digest


def test_restricting_gives_the_places_of_the_labels(bundle: Bundle) -> None:
    assert bundle.restricted(["Walker", "Chorder"]).tolist() == [2, 0]
    with pytest.raises(UsageError, match=r"toy\.1 doesn't know the label 'Bach'"):
        bundle.restricted(["Walker", "Bach"])


def test_an_altered_graph_is_refused(folder: Path) -> None:
    content = bytearray((folder / "roll.onnx").read_bytes())
    content[len(content) // 2] ^= 1
    (folder / "roll.onnx").write_bytes(content)
    with pytest.raises(BundleError, match=r"mine\.1: .*roll\.onnx is not the file it was made"):
        read_bundle(folder).predict(read_score(SCORE))


def test_a_missing_graph_is_told(folder: Path) -> None:
    (folder / "roll.onnx").unlink()
    with pytest.raises(BundleError, match=r"mine\.1: .*roll\.onnx: no such file"):
        read_bundle(folder).predict(read_score(SCORE))


def test_a_file_that_is_no_graph_is_told(folder: Path) -> None:
    (folder / "roll.onnx").write_bytes(b"no graph")
    digest = hashlib.sha256(b"no graph").hexdigest()
    alter(folder, lambda table: table["files"].update({"roll.onnx": digest}))
    with pytest.raises(BundleError, match=r"roll\.onnx is not a graph onnxruntime can run"):
        read_bundle(folder).predict(read_score(SCORE))


def test_a_manifest_cut_anywhere_is_damaged_or_whole(folder: Path) -> None:
    file = folder / "bundle.toml"
    content = file.read_bytes()
    refused = 0
    for length in range(1, len(content), 97):
        file.write_bytes(content[:length])
        try:
            read_bundle(folder).predict(read_score(SCORE))
        except BundleError as error:
            refused += 1
            assert "mine.1" in str(error)
    assert refused == len(range(1, len(content), 97))


SPOILT: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "a newer format": (lambda t: t.update(format=2), "format 2, this muso reads 1; update muso"),
    "no format": (lambda t: t.pop("format"), "format None"),
    "an unknown view": (
        lambda t: t["member"][0]["view"].update(name="hologram"),
        "this muso has no view 'hologram'; update muso",
    ),
    "an impossible view": (lambda t: t["member"][1]["view"].update(frames=0), "update muso"),
    "a setting the view lacks": (lambda t: t["member"][1]["view"].update(colour=1), "damaged"),
    "a view that is no table": (lambda t: t["member"][0].update(view="ngrams"), "damaged"),
    "members that are no tables": (lambda t: t.update(member=["roll"]), "damaged"),
    "no members": (lambda t: t.pop("member"), "damaged"),
    "no labels": (lambda t: t.pop("labels"), "damaged"),
    "a threshold that is no number": (lambda t: t.update(threshold="high"), "damaged"),
    "a usual sureness too few": (lambda t: t["usual"].pop(), "damaged"),
    "a usual sureness of nothing": (lambda t: t.update(usual=[0.0] * len(t["labels"])), "damaged"),
    "a weight that is no number": (lambda t: t["member"][0].update(weight=[]), "damaged"),
}


@pytest.mark.parametrize(("change", "told"), SPOILT.values(), ids=SPOILT)
def test_a_spoilt_manifest_is_one_clear_error(
    folder: Path, change: Callable[[dict[str, Any]], object], told: str
) -> None:
    alter(folder, change)
    with pytest.raises(BundleError, match=told) as caught:
        read_bundle(folder)
    assert str(caught.value).startswith("bundle mine.1: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "change",
    [
        lambda t: (t["labels"].append("Bach"), t["usual"].append(1.0)),
        lambda t: (t["labels"].pop(), t["usual"].pop()),
        lambda t: t["member"][1]["view"].update(frames=65),
        lambda t: t["member"][2]["view"].update(groups=["rate"]),
    ],
    ids=["a label too many", "a label too few", "another window", "other features"],
)
def test_a_graph_that_does_not_fit_its_view_and_labels_is_refused(
    folder: Path, change: Callable[[dict[str, Any]], object]
) -> None:
    alter(folder, change)
    with pytest.raises(BundleError, match="takes slices of shape"):
        read_bundle(folder).predict(read_score(SCORE))


def test_a_manifest_that_is_no_text_is_damaged(folder: Path) -> None:
    (folder / "bundle.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BundleError, match=r"its bundle\.toml is damaged"):
        read_bundle(folder)


def test_a_folder_without_a_manifest_is_no_bundle(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"bundle\.toml: no such file"):
        read_bundle(tmp_path)
