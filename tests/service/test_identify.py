from __future__ import annotations

import json
import os
import pickle
import shutil
from pathlib import Path

import pytest

from muso import service
from muso.bundle.bundle import Bundle
from muso.errors import (
    DamagedFile,
    EmptyFile,
    FileError,
    MissingExtra,
    MissingFile,
    NoPermission,
    TooLong,
    UsageError,
    WrongFormat,
)
from muso.music.midi import read_score, write_score
from muso.music.score import Score
from muso.progress import Progress
from muso.service import Request, excerpt, identify, identify_all
from muso.workers import AT_A_TIME, FEW

SCORE = Path("examples/bach-bwv66-6.mid")
TOY = Request(bundle="toy.1")


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """Good scores beside all that can go wrong."""
    folder = tmp_path / "mixed"
    (folder / "deep" / "deeper").mkdir(parents=True)
    for name in ("b.mid", "a.MIDI", "deep/c.mid", "deep/deeper/d.mid"):
        shutil.copy(SCORE, folder / name)
    content = SCORE.read_bytes()
    (folder / "cut.mid").write_bytes(content[: len(content) // 2])
    (folder / "empty.mid").touch()
    (folder / "text.mid").write_text("no music")
    (folder / "silent.mid").write_bytes(b"MThd\0\0\0\6\0\0\0\1\0\x60MTrk\0\0\0\4\0\xff\x2f\0")
    (folder / ".hidden.mid").write_bytes(content)
    (folder / ".hidden").mkdir()
    shutil.copy(SCORE, folder / ".hidden")
    (folder / "notes.txt").touch()
    return folder


def test_one_file_is_named_by_the_default_bundle(own_home: Path) -> None:
    found = identify(SCORE)
    assert (found.path, found.media, found.error) == (SCORE, "score", None)
    assert set(found.predictions) == {"composer", "mood"}
    assert found.predictions["composer"].bundle == "composer.1"


def test_text_and_path_name_the_same_file(bundle: Bundle) -> None:
    assert identify(str(SCORE), TOY) == identify(SCORE, TOY)


def test_another_bundle_may_be_asked_by_name_and_by_folder(bundle: Bundle) -> None:
    named = identify(SCORE, TOY).predictions["composer"]
    assert named.bundle == "toy.1"
    found = identify(SCORE, Request(bundle=str(bundle.folder))).predictions["composer"]
    assert found.ranking == named.ranking


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        (Request(tasks=("hope",)), "no task 'hope'; there are composer"),
        (Request(bundle="hope"), "no bundle 'hope'"),
        (Request(bundle="toy.1", tasks=("mood",)), r"bundle toy\.1 names the composer"),
        (Request(excerpt_s=0), "an excerpt of 0 s; ask for more"),
        (Request(excerpt_s=-3), "an excerpt of -3 s"),
        (Request(excerpt_s=float("nan")), "an excerpt of nan s"),
    ],
    ids=str,
)
def test_what_no_file_could_be_asked_is_refused_at_once(
    bundle: Bundle, request_: Request, told: str
) -> None:
    for ask in (lambda: identify("none.mid", request_), lambda: list(identify_all([], request_))):
        with pytest.raises(UsageError, match=told):
            ask()


def test_a_file_that_can_not_be_used_raises_what_is_wrong_with_it(
    bundle: Bundle, mixed: Path
) -> None:
    for name, kind in {
        "cut.mid": DamagedFile,
        "empty.mid": EmptyFile,
        "silent.mid": EmptyFile,
        "text.mid": WrongFormat,
        "notes.txt": WrongFormat,
        "none.mid": MissingFile,
        "deep": FileError,
    }.items():
        with pytest.raises(kind, match=name):
            identify(mixed / name, TOY)


def test_a_file_that_claims_days_of_music_is_refused(bundle: Bundle, tmp_path: Path) -> None:
    file = tmp_path / "days.mid"
    events = b"\x00\x90\x3c\x40\xff\xff\xff\x7f\x80\x3c\x40\x00\xff\x2f\x00"
    track = b"MTrk" + len(events).to_bytes(4, "big") + events
    file.write_bytes(b"MThd\0\0\0\6\0\0\0\1\0\x01" + track)
    with pytest.raises(TooLong, match=r"days\.mid: it claims .* s of music"):
        identify(file, TOY)


def test_many_files_come_in_the_order_of_arguments_and_sorted_paths(
    bundle: Bundle, mixed: Path
) -> None:
    found = list(identify_all([mixed / "deep" / "c.mid", mixed, SCORE], TOY))
    within = ["a.MIDI", "b.mid", "cut.mid", "deep/c.mid", "deep/deeper/d.mid"]
    within += ["empty.mid", "silent.mid", "text.mid"]
    expected = [mixed / "deep" / "c.mid", *(mixed / name for name in within), SCORE]
    assert [one.path for one in found] == expected


def test_damaged_files_do_not_keep_good_ones_from_being_named(bundle: Bundle, mixed: Path) -> None:
    found = {one.path.name: one for one in identify_all([mixed], TOY)}
    good = identify(SCORE, TOY).predictions
    for name in ("a.MIDI", "b.mid", "c.mid", "d.mid"):
        assert found[name].error is None
        assert found[name].predictions == good
    kinds = {name: one.error.kind for name, one in found.items() if one.error}
    assert kinds == {
        "cut.mid": "damaged",
        "empty.mid": "empty",
        "silent.mid": "empty",
        "text.mid": "wrong_format",
    }
    assert all(not found[name].predictions for name in kinds)


def test_hidden_files_and_unknown_suffixes_are_passed_over_and_counted(mixed: Path) -> None:
    found = service.search([mixed])
    assert found.passed_over == 3
    assert not any(".hidden" in str(path) for path in found.files)


def test_a_folder_that_leads_back_to_itself_is_searched_once(bundle: Bundle, mixed: Path) -> None:
    try:
        (mixed / "deep" / "loop").symlink_to(mixed, target_is_directory=True)
    except OSError:
        pytest.skip("no symbolic links here")
    names = [one.path.name for one in identify_all([mixed], TOY)]
    assert sorted(names) == sorted(set(names))


def refuse_to_open(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    opened = Path.open

    def closed(self: Path, *arguments: object, **options: object) -> object:
        if self.name == name:
            raise PermissionError(13, "Permission denied")
        return opened(self, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Path, "open", closed)


def test_a_file_that_may_not_be_read_is_told_and_the_others_go_on(
    bundle: Bundle, mixed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_to_open(monkeypatch, "b.mid")
    first, second = identify_all([mixed / "b.mid", mixed / "a.MIDI"], TOY)
    assert isinstance(first.error, NoPermission)
    assert second.error is None


def test_a_folder_that_may_not_be_searched_is_told(
    bundle: Bundle, mixed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan = os.scandir

    def closed(path: Path) -> object:
        if Path(path).name == "deep":
            raise PermissionError(13, "Permission denied")
        return scan(path)

    monkeypatch.setattr(os, "scandir", closed)
    found = list(identify_all([mixed], TOY))
    told = [one.error.kind for one in found if one.path.name == "deep" and one.error]
    assert told == ["permission"]
    assert any(one.path.name == "b.mid" and one.error is None for one in found)


def test_a_missing_extra_is_the_files_error_and_no_end_of_the_run(
    bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def needs_more(path: Path) -> Score:
        raise MissingExtra("m4a", "reading MPEG-4 audio")

    monkeypatch.setattr("muso.music.recording.open_recording", needs_more)
    first, second = identify_all([tmp_path / "song.m4a", SCORE], TOY)
    assert first.as_dict()["error"]["kind"] == "missing_extra"
    assert second.error is None


def test_names_that_are_not_utf8_survive_as_surrogate_escapes(
    bundle: Bundle, tmp_path: Path
) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.mid"))
    try:
        shutil.copy(SCORE, path)
    except OSError:
        pytest.skip("names are always UTF-8 here")
    bad = path.with_name(path.name.replace("caf", "bad"))
    bad.touch()
    named, told = identify_all([path, bad], TOY)
    for one, source in ((named, path), (told, bad)):
        line = json.dumps(one.as_dict())
        line.encode("ascii")
        assert os.fsencode(json.loads(line)["path"]) == os.fsencode(source)
    assert named.error is None
    assert "bad?.mid" in json.loads(json.dumps(told.as_dict()))["error"]["message"]


def test_many_files_at_once_are_said_the_same_of(bundle: Bundle, corpus_folder: Path) -> None:
    """More than one chunk goes to other processes."""
    files = 2 * sorted(corpus_folder.glob("*/*.mid"))
    assert len(files) > FEW * AT_A_TIME
    alone = [identify(file, TOY) for file in files]
    told: list[Progress] = []
    together = list(identify_all([*files, "none.mid"], TOY, told.append))
    assert together[:-1] == alone
    assert isinstance(together[-1].error, MissingFile)
    assert [progress.done for progress in told] == list(range(1, len(files) + 2))
    assert {progress.total for progress in told} == {len(files) + 1}


def test_relative_paths_mean_the_same_in_other_processes(
    bundle: Bundle, corpus_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("Walker", "Leaper"):
        monkeypatch.chdir(corpus_folder / folder)
        found = list(identify_all([f"{n:02}.mid" for n in range(12)] * 5, TOY))
        assert all(one.error is None for one in found)
        best = [one.predictions["composer"].ranking[0][0] for one in found]
        assert len(best) > FEW * AT_A_TIME
        assert best.count(folder) > 50


def test_results_survive_the_way_between_processes(bundle: Bundle, mixed: Path) -> None:
    for one in identify_all([mixed], TOY):
        again = pickle.loads(pickle.dumps(one))
        assert again.as_dict() == one.as_dict()
        assert type(again.error) is type(one.error)


def test_the_json_of_a_file_is_as_promised(bundle: Bundle) -> None:
    found = identify(SCORE, TOY).as_dict(top=2)
    said = found["predictions"]["composer"]
    assert list(found) == ["path", "media", "predictions"]
    assert found["path"] == str(SCORE)
    assert list(said)[:4] == ["label", "probability", "ranking", "bundle"]
    assert list(said)[4:] == (["reason"] if said["label"] == "unknown" else [])
    assert len(said["ranking"]) == 2
    assert said["ranking"][0][1] == said["probability"]


def test_the_json_of_an_error_is_as_promised(bundle: Bundle) -> None:
    (found,) = identify_all(["none.mid"], TOY)
    assert found.as_dict() == {
        "path": "none.mid",
        "error": {"kind": "missing", "message": "none.mid: no such file; check the spelling"},
    }


def test_a_file_no_bundle_is_for_is_told_its_medium_and_nothing_more(
    bundle: Bundle, tmp_path: Path
) -> None:
    from PIL import Image

    Image.new("RGB", (8, 8)).save(tmp_path / "front.png")
    assert identify(tmp_path / "front.png", TOY).as_dict() == {
        "path": str(tmp_path / "front.png"),
        "media": "cover",
        "predictions": {},
    }


def test_an_excerpt_follows_its_seed(bundle: Bundle) -> None:
    score = read_score("examples/schubert-der_lindenbaum.mid")
    one, same, other = (excerpt(score, 15, seed) for seed in (1, 1, 2))
    assert one.pitch.tolist() == same.pitch.tolist()
    assert one.pitch.tolist() != other.pitch.tolist()
    assert 0 < one.length_s <= 15.001
    asked = [
        identify("examples/schubert-der_lindenbaum.mid", Request((), "toy.1", 15, seed))
        for seed in (1, 1, 2)
    ]
    assert asked[0] == asked[1]
    assert asked[0] != asked[2]


def test_an_excerpt_longer_than_the_piece_is_the_piece() -> None:
    score = read_score(SCORE)
    assert excerpt(score, 1e6, 0) is score
    assert excerpt(score, float("inf"), 0) is score


def test_an_excerpt_of_a_piece_that_is_nearly_all_silence_holds_a_note(tmp_path: Path) -> None:
    sparse = Score.of([60, 62], [0, 30_000], [1, 1])
    for seed in range(20):
        part = excerpt(sparse, 1, seed)
        assert len(part) >= 1
        assert part.length_s <= 1.001


def test_excerpts_come_from_all_over_the_piece(tmp_path: Path) -> None:
    score = Score.of([n % 128 for n in range(1000)], range(1000), 1, tempo_bpm=60)
    starts = [int(excerpt(score, 10, seed).pitch[0]) for seed in range(40)]
    assert len(set(starts)) > 25


def test_an_altered_bundle_ends_the_run_with_its_own_error(own_home: Path) -> None:
    graph = own_home / "bundles" / "composer.1" / "roll.onnx"
    graph.write_bytes(graph.read_bytes() + b"x")
    from muso.errors import BundleError

    with pytest.raises(BundleError, match="is not the file it was made with"):
        list(identify_all([SCORE]))


def test_a_score_muso_wrote_is_named_like_its_source(bundle: Bundle, tmp_path: Path) -> None:
    write_score(read_score(SCORE), tmp_path / "again.mid")
    one, other = identify(SCORE, TOY), identify(tmp_path / "again.mid", TOY)
    assert one.predictions == other.predictions
