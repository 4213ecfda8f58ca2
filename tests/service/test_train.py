from __future__ import annotations

import importlib
import shutil
from pathlib import Path

import pytest

from muso import service
from muso.bundle.bundle import Bundle
from muso.errors import CorpusError, MissingExtra, RecipeError, UsageError
from muso.music.midi import read_score, write_score

QUICK = """
name = "quick"
task = "composer"
about = "Tells one from another."
data = "Somebody's data."
licence = "Somebody's licence."
split = { held_out = 0.25, validation = 0.25 }

[[member]]
name = "rolls"
network = { name = "resnet", width = 4, blocks = 1, drop = 0.0 }
view = { name = "pianoroll", frames = 32, most = 5 }
fit = { epochs = 3, batch = 8, rate = 1e-2 }
"""


@pytest.fixture
def recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("muso.learn.binding.draw_report", lambda report, folder: None)
    file = tmp_path / "quick.toml"
    file.write_text(QUICK)
    return file


def test_a_bundle_is_trained_kept_by_name_and_asked(
    recipe: Path, corpus_folder: Path, home: Path, tmp_path: Path
) -> None:
    changes = ["seed=4", "member.rolls.fit.epochs=2"]
    trained = service.train(recipe, corpus_folder, name="mine.2", changes=changes)
    assert trained.bundle.folder == home / "bundles" / "mine.2"
    assert trained.bundle.recipe["seed"] == 4
    assert trained.bundle.recipe["member"][0]["fit"]["epochs"] == 2
    assert trained.report.data == "Somebody's data."
    found = service.identify(corpus_folder / "Walker" / "01.mid", service.Request(bundle="mine.2"))
    assert set(found.predictions) == {"composer"}
    assert "Tells one from another." in (trained.bundle.folder / "CARD.md").read_text("utf-8")


def test_the_recipe_names_the_bundle_unless_told_otherwise(
    recipe: Path, corpus_folder: Path, home: Path
) -> None:
    assert service.train(recipe, corpus_folder).bundle.folder == home / "bundles" / "quick"


def test_another_task_takes_a_recipe_without_its_promises(
    recipe: Path, corpus_folder: Path, tmp_path: Path
) -> None:
    """Users name whatever their labels are: performers, eras, places."""
    rows = ["file,performer"]
    rows += [f"{path},{path.parent.name}" for path in sorted(corpus_folder.glob("*/*.mid"))]
    (tmp_path / "mine.csv").write_text("\n".join(rows))
    trained = service.train(recipe, tmp_path / "mine.csv", name="players", task="performer")
    assert trained.bundle.task == trained.report.task == "performer"
    assert "Somebody" not in (trained.bundle.folder / "CARD.md").read_text("utf-8")
    assert trained.report.data.startswith("mine: 36 pieces")
    found = service.identify(corpus_folder / "Walker" / "01.mid", service.Request(bundle="players"))
    assert set(found.predictions) == {"performer"}


def test_files_that_are_gone_or_damaged_are_told(
    recipe: Path, corpus_folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "text.mid").write_text("no music")
    rows = ["file,composer", "text.mid,Walker", "gone.mid,Away"]
    rows += [f"{path},{path.parent.name}" for path in sorted(corpus_folder.glob("*/*.mid"))]
    (tmp_path / "mine.csv").write_text("\n".join(rows))
    trained = service.train(recipe, tmp_path / "mine.csv", name="told")
    assert {Path(path).name for path in trained.unreadable} == {"text.mid"}
    (doubt,) = trained.doubts
    assert doubt.startswith("left out 1 of 38 files: gone, or may not be read (")
    assert "gone.mid), and no piece is left of 'Away'; put it back where mine says" in doubt


def test_a_folder_of_copies_among_the_labels_is_told(
    recipe: Path, corpus_folder: Path, tmp_path: Path
) -> None:
    """Wherever the copies' works are known: from the manifest, or once its pieces were compared."""
    folder = Path(shutil.copytree(corpus_folder, tmp_path / "mine"))
    (folder / "more").mkdir()
    for path in sorted(corpus_folder.glob("*/*.mid")):
        copy = read_score(path).transpose(1)
        write_score(copy, folder / "more" / f"{path.parent.name}-{path.name}")
    service.write_corpus(service.scan_corpus(folder), tmp_path / "mine.csv")
    for corpus in (folder, tmp_path / "mine.csv"):
        (doubt,) = service.train(recipe, corpus, name="told").doubts
        assert doubt.startswith("1 label looks like copies of others ('more': ")


def test_protocols_are_compared_on_one_corpus_and_leaks_are_counted(
    recipe: Path, corpus_folder: Path, home: Path
) -> None:
    before = sorted(home.rglob("*"))
    reports = service.compare(recipe, corpus_folder, ["slice", "piece", "work"])
    assert [report.split.called for report in reports.values()] == [
        "slice (leaky)",
        "piece (leaky)",
        "work",
    ]
    assert reports["slice"].metrics.n > reports["work"].metrics.n == 9
    leaks = {name: sum(leak.count for leak in report.leaks) for name, report in reports.items()}
    assert leaks["slice"] > 0
    assert leaks["work"] == 0
    assert [path for path in sorted(home.rglob("*")) if path.is_file() and path not in before] == []


@pytest.mark.parametrize(
    ("arguments", "kind", "told"),
    [
        ({"name": "a/b"}, UsageError, "'a/b' can't name a bundle"),
        ({"changes": ["seed"]}, RecipeError, "write key=value"),
        ({"changes": ["member.rolls.view.name=hope"]}, RecipeError, "no view 'hope'"),
        ({"changes": ["member.rolls.network.name=hope"]}, RecipeError, "no network 'hope'"),
        ({"changes": ["split.protocol=hope"]}, RecipeError, "no protocol 'hope'"),
        ({"changes": ["split.held_out=0.9"]}, UsageError, "held_out 0.9"),
        ({"label": "opus"}, CorpusError, "is a folder"),
    ],
    ids=str,
)
def test_what_can_not_be_done_is_refused_and_leaves_no_bundle(
    recipe: Path,
    corpus_folder: Path,
    home: Path,
    arguments: dict[str, object],
    kind: type[Exception],
    told: str,
) -> None:
    arguments = {"name": "never", **arguments}
    with pytest.raises(kind, match=told):
        service.train(recipe, corpus_folder, **arguments)  # type: ignore[arg-type]
    assert not (home / "bundles" / "never").exists()


def test_without_the_training_packages_the_extra_is_named(
    recipe: Path, corpus_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(name: str) -> None:
        raise ModuleNotFoundError("No module named 'torch'", name="torch")

    monkeypatch.setattr(importlib, "import_module", fail)
    with pytest.raises(MissingExtra, match=r"training needs the \[train\] extra: pip install"):
        service.train(recipe, corpus_folder)


def test_a_bundle_trained_on_three_works_a_label_is_possible(
    recipe: Path, corpus_folder: Path, tmp_path: Path, bundle: Bundle
) -> None:
    rows = ["file,composer"]
    for label in bundle.labels:
        rows += [f"{corpus_folder / label / f'{n:02}.mid'},{label}" for n in range(3)]
    (tmp_path / "few.csv").write_text("\n".join(rows))
    report = service.train(recipe, tmp_path / "few.csv", name="few").report
    assert (report.split.train.units, report.split.validation.units, report.metrics.n) == (3, 3, 3)
