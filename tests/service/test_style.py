"""Learning a style, from a folder to a bundle that composes."""

from __future__ import annotations

import errno
import json
import re
import shutil
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from muso import service
from muso.bundle.language import LanguageBundle, find_language
from muso.bundle.starts import begin_anywhere
from muso.bundle.store import home
from muso.cli import main
from muso.compose.request import ComposeRequest
from muso.errors import BundleError, FileError, RecipeError, UsageError
from muso.judge.intervals import Interval
from muso.judge.language import LanguageReport, Surprise, read_language_report
from muso.judge.leaks import Leak
from muso.judge.report import Side, SplitFacts
from muso.judge.style_ear import EAR
from muso.learn.binding import write_manifest
from muso.learn.language import LanguageNet, Shape
from muso.learn.language_binding import bind_language
from muso.learn.language_export import from_weights
from muso.learn.style import known_sides
from muso.learn.style_recipe import read_style_recipe
from muso.music.midi import read_score, write_score
from muso.music.score import Meter, Score, Track
from muso.progress import Progress
from muso.represent.notes import Notes
from muso.service import styling
from muso.service.ears import style_ear

QUICK = ["fit.epochs=2", "fit.length=64", "fit.batch=4", "fit.patience=0"]


def tune(seed: int, notes: int = 260) -> Score:
    rng = np.random.default_rng(seed)
    pitch = 60 + rng.choice([0, 2, 4, 7, 9, 12], notes)
    onset = np.cumsum(rng.choice([0.5, 1.0], notes)) - 0.5
    return Score.of(pitch, onset, 0.5, meters=(Meter(0.0, 4, 4),))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "mine"
    place.mkdir()
    for number in range(10):
        write_score(tune(number), place / f"{number}.mid")
    return place


@pytest.fixture(autouse=True)
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LanguageBundle:
    """A base model that knows nothing, small enough to be trained in a test."""
    monkeypatch.setenv("MUSO_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(styling, "MEASURED", 3)
    monkeypatch.setattr(styling, "SAMPLE_NOTES", 40)
    monkeypatch.setattr(styling, "_moods", lambda folder, listener: {})
    torch.manual_seed(0)
    encoding = Notes()
    shape = Shape(units=12, layers=1, embedding=8, noise=0.0)
    net = LanguageNet(encoding.sizes, encoding.derived, 4, shape)
    figure = Interval(1.0, 1.0, 1.0)
    surprise = Surprise("nobody", figure, figure)
    side = Side(1, 1)
    facts = SplitFacts("work", "piece", False, 0, "", side, side, side)
    leak = Leak("copies", 0, "none")
    report = LanguageReport("notes", facts, surprise, 1, (surprise,), (leak,), "", "", 0.0)
    target = home() / "bundles" / "muse.1"
    bundle, _ = bind_language(
        target, net, encoding, ("any",), {}, lambda draft: report, about="Knows nothing."
    )
    return bundle


def run(*arguments: str) -> int:
    """The command line as a person calls it; its exit code."""
    with pytest.raises(SystemExit) as ended:
        main(["style", "train", *arguments])
    return int(ended.value.code or 0)


def quickly(folder: Path, name: str = "my-style", **options: object) -> service.Styled:
    return service.train_style(folder, name, changes=QUICK, **options)  # type: ignore[arg-type]


def test_one_command_gives_a_bundle_a_report_and_three_samples(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = [part for change in QUICK for part in ("--set", change)]
    assert run(str(folder), "--name", "my-style", *settings) == 0
    out = capsys.readouterr()
    assert "10 pieces, 2,600 notes" in out.err
    assert "Saved as my-style: muso compose --style my-style --notes 500" in out.out
    style = find_language("my-style")
    samples = sorted(style.folder.glob("sample-*.mid"))
    assert [path.name for path in samples] == ["sample-1.mid", "sample-2.mid", "sample-3.mid"]
    assert all(len(read_score(path)) >= 40 for path in samples)
    report = read_language_report(style.folder / "report.json")
    assert report.baselines[0].name == "muse.1, before it learnt this"
    assert report.surprise.loss.value < report.baselines[0].loss.value
    assert report.split.test.works == 1
    copying = json.loads((style.folder / "copying.json").read_text())
    assert 0 <= copying["made"]["share"]["value"] <= 1
    assert not any((home() / "runs").iterdir())


def test_what_is_composed_in_a_style_opens_as_type_1_with_tempo_meter_and_key(
    folder: Path, tmp_path: Path
) -> None:
    quickly(folder)
    request = service.ComposeRequest(
        bundle="my-style", notes=500, seed=3, instrument=24, tracks=2, beat="bossa"
    )
    (made,) = service.compose_files(request, tmp_path / "out.mid")
    assert made.path.read_bytes()[8:10] == b"\x00\x01"
    score = read_score(made.path)
    assert int(score.pitched.sum()) == 500
    assert score.meters and score.keys and score.tempo_bpm[0] > 0
    assert {track.program for track in score.tracks if not track.is_drum} == {24}
    assert sum(track.is_drum for track in score.tracks) == 1


def test_it_can_go_on_with_more_files_and_never_learns_from_what_it_held_out(
    folder: Path,
) -> None:
    quickly(folder)
    before = known_sides(find_language("my-style"))
    for number in range(10, 25):
        write_score(tune(number), folder / f"{number}.mid")
    styled = quickly(folder)
    after = known_sides(styled.training.bundle)
    assert len(after) == 25
    assert all(after[digest] == side for digest, side in before.items())
    assert styled.training.report.baselines[0].name == "my-style, before it learnt this"


def test_of_several_ways_on_the_one_most_like_the_folder_is_taken(folder: Path) -> None:
    quickly(folder)
    ear = style_ear(find_language("my-style"))
    assert ear is not None

    def heard(candidates: int | None) -> float:
        requests = [
            ComposeRequest(bundle="my-style", notes=120, seed=seed, candidates=candidates)
            for seed in range(6)
        ]
        return float(np.mean([ear(service.compose(request).score) for request in requests]))

    assert heard(None) > heard(1)
    assert style_ear(find_language("muse.1")) is None


def test_a_damaged_ear_is_told_in_one_line(folder: Path) -> None:
    styled = quickly(folder)
    place = styled.training.bundle.folder
    (place / EAR).write_bytes(b"no array")
    manifest = tomllib.loads((place / "bundle.toml").read_text("utf-8"))
    del manifest["files"]
    write_manifest(place, manifest)
    with pytest.raises(BundleError, match=r"my-style: its ear.npy is damaged .* learn the style"):
        service.compose(ComposeRequest(bundle="my-style", notes=20, seed=1))


def test_what_made_it_worse_is_kept_by_no_style_that_knew_the_folder(folder: Path) -> None:
    ruinous = [*QUICK, "fit.rate=100.0", "fit.warm_up=0"]
    first = from_weights(
        service.train_style(folder, "my-style", changes=ruinous).training.bundle.weights
    )
    # The base never heard the folder: what it plays is not in its style.
    unlearnt = from_weights(find_language("muse.1").weights)
    heads = [name for name in first if name.startswith("heads")]
    assert heads
    assert not any(torch.allclose(first[name], unlearnt[name], atol=1e-3) for name in heads)
    known = from_weights(quickly(folder, "other").training.bundle.weights)
    write_score(tune(99), folder / "99.mid")
    worse = service.train_style(folder, "other", changes=ruinous).training.bundle.weights
    for name, values in from_weights(worse).items():
        torch.testing.assert_close(values, known[name], atol=1e-3, rtol=1e-3)


def test_stopped_it_goes_on_from_the_last_whole_epoch(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from muso.learn import style

    told: list[Progress] = []

    def stop(progress: Progress) -> None:
        told.append(progress)
        if progress.stage == "learning" and "validation_loss" in progress.values:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        quickly(folder, listener=stop)
    (checkpoint,) = (home() / "runs").rglob("checkpoint.pt")
    kept = checkpoint.read_bytes()
    assert "my-style" not in service_bundles()
    first = [p.done for p in told if p.stage == "learning"][-1]
    told.clear()
    assert checkpoint.read_bytes() == kept
    quickly(folder, listener=told.append)
    assert min(p.done for p in told if p.stage == "learning") > first
    assert "my-style" in service_bundles()

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(style, "adapt", interrupt)
    assert run(str(folder), "--name", "my-style") == 130
    assert "stopped; what was learnt up to the last whole epoch is kept" in capsys.readouterr().err


def service_bundles() -> set[str]:
    from muso.bundle.store import list_bundles

    return set(list_bundles())


def test_a_full_disk_is_said_and_the_last_checkpoint_kept(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[Path] = []
    write = Path.write_bytes

    def fill(path: Path, content: bytes) -> int:
        if path.suffix == ".pt":
            written.append(path)
            if len(written) == 2:
                write(path, bytes(content)[:100])
                raise OSError(errno.ENOSPC, "No space left on device")
        return write(path, content)

    monkeypatch.setattr(Path, "write_bytes", fill)
    with pytest.raises(FileError, match=r"checkpoint.pt: .*No space left on device; free some"):
        quickly(folder)
    (checkpoint,) = (home() / "runs").rglob("*.pt")
    assert torch.load(checkpoint, weights_only=True)["epoch"] == 1
    assert "my-style" not in service_bundles()
    monkeypatch.setattr(Path, "write_bytes", write)
    assert quickly(folder).training.bundle.name == "my-style"


@pytest.mark.parametrize("stage", ["reading", "learning", "composing"])
def test_stopped_at_any_moment_it_says_so_and_the_same_command_ends_well(
    stage: str, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = [part for change in QUICK for part in ("--set", change)]
    arguments = [str(folder), "--name", "my-style", *settings]
    train, read = styling.train_style, styling.read_style

    def stop(progress: Progress) -> None:
        if progress.stage == stage:
            raise KeyboardInterrupt

    def stopped_training(*given: object, **options: object) -> service.Styled:
        return train(*given, **{**options, "listener": stop})  # type: ignore[arg-type]

    def stopped_reading(folder: Path, name: str, listener: object) -> object:
        return read(folder, name, stop)

    with monkeypatch.context() as patched:
        patched.setattr(service, "train_style", stopped_training)
        if stage == "reading":
            patched.setattr(service, "read_style", stopped_reading)
        assert run(*arguments) == 130
    told = capsys.readouterr().err
    assert "muso: stopped; what was learnt" in told and "Traceback" not in told
    assert run(*arguments) == 0
    assert len(sorted(find_language("my-style").folder.glob("sample-*.mid"))) == 3


def test_stopped_while_composing_samples_it_does_not_learn_again(folder: Path) -> None:
    def stop(progress: Progress) -> None:
        if progress.stage == "composing":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        quickly(folder, listener=stop)
    learnt = (find_language("my-style").folder / "weights.safetensors").read_bytes()
    stages: set[str] = set()
    styled = quickly(folder, listener=lambda progress: stages.add(progress.stage))
    assert "learning" not in stages
    assert (styled.training.bundle.folder / "weights.safetensors").read_bytes() == learnt
    assert all(path.exists() for path in styled.samples)
    assert styled.training.report.baselines[0].name == "muse.1, before it learnt this"


def test_a_disk_that_fills_while_the_bundle_is_written_leaves_none(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write = Path.write_bytes

    def fill(path: Path, content: bytes) -> int:
        if path.suffix == ".onnx":
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        return write(path, content)

    settings = [part for change in QUICK for part in ("--set", change)]
    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", fill)
        assert run(str(folder), "--name", "my-style", *settings) == 1
    told = capsys.readouterr().err
    assert "No space left on device" in told and "Traceback" not in told
    assert "my-style" not in service_bundles()
    assert list((home() / "runs").rglob("checkpoint.pt"))
    assert run(str(folder), "--name", "my-style", *settings) == 0


def test_the_earlier_system_is_learnt_by_its_recipe_and_leaves_a_report(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small = ["network.units=8", "network.layers=1", "network.dense=8", "minutes=0.02"]
    settings = [part for change in small for part in ("--set", change)]
    assert run(str(folder), "--name", "first", "--recipe", "style-lstm", *settings) == 0
    told = capsys.readouterr().out
    assert "its words by frequency alone" in told and "epochs over" in told
    place = home() / "earlier" / "first"
    assert (place / "REPORT.md").read_text() in told.replace("\nReport and samples", "\n")
    assert (place / "training.png").read_bytes()[:4] == b"\x89PNG"
    assert all(len(read_score(path)) >= 200 for path in place.glob("sample-*.mid"))
    assert len(list(place.glob("sample-*.mid"))) == 3
    assert "first" not in service_bundles()
    assert not any((home() / "runs").iterdir())


@pytest.mark.parametrize("wrong", ["minutes=0", "minutes=long", "fit.bach=1"])
def test_a_mistake_in_the_earlier_recipe_is_one_line(
    wrong: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [str(folder), "--name", "first", "--recipe", "style-lstm", "--set", wrong]
    assert run(*arguments) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert wrong.partition("=")[0].rpartition(".")[2] in line


def test_a_name_that_can_not_be_one_is_told_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="'a/b' can't name a bundle"):
        service.read_style(tmp_path / "nowhere", "a/b")


def test_of_one_held_out_work_no_interval_is_claimed(folder: Path) -> None:
    styled = quickly(folder)
    assert styled.training.report.split.test.works == 1
    card = (styled.training.bundle.folder / "CARD.md").read_text()
    assert "(no interval)" in card
    assert re.search(r"Trained for \d+\.\d minutes\.", card)


def test_what_is_composed_begins_after_a_piece_that_was_learnt_from(folder: Path) -> None:
    style = quickly(folder).training.bundle
    begun = [begin_anywhere(style, np.random.default_rng(seed)) for seed in range(12)]
    cells = {one.begin().cell.tobytes() for one in begun}
    learnt = sum(side == "train" for side in known_sides(style).values())
    assert 1 < len(cells) <= learnt


def steering_of(bundle: str, path: Path) -> str:
    """A file as `muso steer` writes it, that holds two neurons of a bundle."""
    found = {"kind": "steering", "bundle": bundle, "mood": "happy", "seed": 0, "neurons": [0, 3]}
    evolved = {"epoch": 1, "values": [[0.5, -0.5]], "fitness": [0.5], "history": [0.5]}
    path.write_text(json.dumps(found | evolved))
    return str(path)


@pytest.mark.parametrize("leads", ["start", "mood", "steering"])
def test_a_piece_to_go_on_from_or_a_mood_leads_in_its_stead(
    leads: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*given: object) -> None:
        raise AssertionError("begun after a piece of the folder")

    quickly(folder)
    monkeypatch.setattr("muso.bundle.starts.begin_anywhere", never)
    wanted = {
        "start": {"bundle": "my-style", "start": "examples/bach-bwv269.mid"},
        "mood": {"bundle": "my-style", "mood": "happy"},
        "steering": {"steering": steering_of("my-style", tmp_path / "happy.json")},
    }[leads]
    request = ComposeRequest(notes=20, seed=1, **wanted)  # type: ignore[arg-type]
    assert len(service.compose(request).score) >= 20


def test_a_name_that_is_taken_by_something_else_is_refused(folder: Path) -> None:
    shutil.copytree(home() / "bundles" / "muse.1", home() / "bundles" / "mine")
    with pytest.raises(UsageError, match=r"'mine' is a bundle that is no style; choose another"):
        service.train_style(folder, "mine")
    with pytest.raises(UsageError, match=r"'muse.1' is the name of a bundle that came with muso"):
        service.train_style(folder, "muse.1")


def test_unreadable_files_among_good_ones_are_told(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "broken.mid").write_bytes(b"MThd and then nothing")
    settings = [part for change in QUICK for part in ("--set", change)]
    assert run(str(folder), "--name", "my-style", *settings) == 0
    assert "muso: left out " in capsys.readouterr().err


@pytest.mark.parametrize("files", [0, 1], ids=["empty", "one"])
def test_too_little_is_refused_in_one_line(
    files: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "few"
    place.mkdir()
    for number in range(files):
        write_score(tune(number), place / f"{number}.mid")
    assert run(str(place), "--name", "my-style") == 1
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert ("no MIDI files" if files == 0 else "an hour of music is good") in line


def test_only_drums_and_a_folder_that_is_not_there_are_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    drums = tmp_path / "drums"
    drums.mkdir()
    for number in range(8):
        score = replace(tune(number), tracks=(Track("Drums", is_drum=True),))
        write_score(score, drums / f"{number}.mid")
    for place, cause in ((drums, "nothing but percussion"), (tmp_path / "no", "no such folder")):
        assert run(str(place), "--name", "my-style") == 1
        (line,) = capsys.readouterr().err.strip().splitlines()
        assert cause in line


def test_a_mistake_in_the_settings_is_told_before_anything_is_read(folder: Path) -> None:
    with pytest.raises(RecipeError, match="unknown key 'rat'; did you mean 'rate'"):
        service.train_style(folder, "my-style", changes=["fit.rat=1"])
    with pytest.raises(RecipeError, match=r"network has no 'units'; it has noise"):
        service.train_style(folder, "my-style", changes=["network.units=9"])


def test_the_shipped_recipe_starts_from_the_shipped_model() -> None:
    recipe = read_style_recipe()
    assert recipe.base == "muse.1"
    assert replace(recipe, minutes=1.0).minutes == 1.0
