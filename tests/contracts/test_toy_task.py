"""A task that muso has never heard of is trained, exported and asked without a line in src.

The toy names the register of a score. It has a view and a recipe of its own, in this file.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from numpy.typing import NDArray

from muso import service
from muso.cli import main
from muso.music.midi import write_score
from muso.music.score import Score
from muso.recognize import TASKS
from muso.recognize.task import Task
from muso.represent import VIEWS
from muso.represent.view import Slices, View, whole_piece

RECIPE = """
name = "register"
task = "register"
about = "Tells high from low."
split = { held_out = 0.2, validation = 0.2 }

[[member]]
name = "heights"
view = { name = "heights", bins = 16 }
network = { name = "dense", hidden = [8], drop = 0.0 }
fit = { epochs = 10, batch = 8, rate = 1e-2 }
"""


@dataclass(frozen=True)
class Heights(View):
    """How often each height comes."""

    name: ClassVar[str] = "heights"
    media: ClassVar[str] = "score"

    bins: int = 8

    @property
    def shape(self) -> tuple[int, ...]:
        return (self.bins,)

    def prepare(self, piece: Score) -> tuple[NDArray[np.float32], float]:
        counts, _ = np.histogram(piece.pitch, self.bins, (0, 128))
        return (counts / len(piece)).astype(np.float32), piece.length_s

    def cut(self, prepared: tuple[NDArray[np.float32], float]) -> Slices:
        return whole_piece(*prepared)


TASK = Task(
    name="register",
    media="score",
    says="how high a score lies",
    bundle="register.1",
    recipe="register",
)


@pytest.fixture(scope="module")
def toy(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path]]:
    """The recipe and the corpus of the toy, which stands in the tables while they are used."""
    folder = tmp_path_factory.mktemp("toy")
    (folder / "my.toml").write_text(RECIPE)
    rng = np.random.default_rng(0)
    for label, lowest in {"high": 72, "low": 30}.items():
        (folder / "pieces" / label).mkdir(parents=True)
        for number in range(12):
            pitch = lowest + np.cumsum(rng.choice([-3, -2, -1, 1, 2, 3], 40)) % 24
            path = folder / "pieces" / label / f"{number}.mid"
            write_score(Score.of(pitch, np.cumsum(rng.integers(1, 4, 40)) / 2, 0.5), path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(TASKS, TASK.name, TASK)
        patch.setitem(VIEWS, Heights.name, Heights)
        # Workers are other processes, where nobody put the toy into the tables.
        patch.setattr("muso.learn.binding.draw_report", lambda report, folder: None)
        yield folder / "my.toml", folder / "pieces"


@pytest.fixture(scope="module")
def trained(toy: tuple[Path, Path]) -> service.BundleInfo:
    recipe, pieces = toy
    service.train(recipe, pieces, name="register.1")
    return next(info for info in service.bundles() if info.name == "register.1")


def test_it_is_trained_and_listed_as_the_default_of_its_task(
    trained: service.BundleInfo,
) -> None:
    assert (trained.task, trained.default, trained.labels) == ("register", True, ("high", "low"))
    assert trained.metrics["accuracy"] == 1


def test_it_is_asked_by_task(trained: service.BundleInfo, toy: tuple[Path, Path]) -> None:
    request = service.Request(tasks=("register",))
    files = [toy[1] / label / "3.mid" for label in ("high", "low")]
    found = [one.predictions["register"] for one in service.identify_all(files, request)]
    assert [said.ranking[0][0] for said in found] == ["high", "low"]
    assert {said.bundle for said in found} == {"register.1"}
    assert service.tasks()["register"] is TASK


def test_it_is_asked_beside_the_other_tasks(
    trained: service.BundleInfo, toy: tuple[Path, Path]
) -> None:
    found = service.identify(toy[1] / "high" / "3.mid")
    of_scores = [name for name, task in TASKS.items() if task.media == "score"]
    assert list(found.predictions) == of_scores
    assert "register" in of_scores


def test_it_is_evaluated(trained: service.BundleInfo, toy: tuple[Path, Path]) -> None:
    evaluation, _ = service.evaluate(trained.name, toy[1] / "high" / "..", labels=["high", "low"])
    assert evaluation.metrics.n == 24


def ran(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    return int(ended.value.code or 0)


def test_a_user_does_it_all_by_commands(
    toy: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    recipe, pieces = toy
    assert ran("train", recipe, "--corpus", pieces, "--name", "toy") == 0
    assert "Saved as toy: muso identify --bundle toy" in capsys.readouterr().out
    assert ran("identify", "--bundle", "toy", "--json", pieces / "low" / "1.mid") == 0
    said = json.loads(capsys.readouterr().out)["predictions"]
    assert list(said) == ["register"]
    assert said["register"]["ranking"][0][0] == "low"
    assert said["register"]["bundle"] == "toy"


def test_a_user_names_what_the_labels_of_a_csv_are(
    toy: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe, pieces = toy
    rows = [f"{path},{path.parent.name} player" for path in sorted(pieces.glob("*/*.mid"))]
    (tmp_path / "my.csv").write_text("\n".join(["file,performer", *rows]))
    arguments = ("--corpus", tmp_path / "my.csv", "--task", "performer", "--name", "players")
    assert ran("train", recipe, *arguments) == 0
    assert "# Report: performer" in capsys.readouterr().out
    assert ran("identify", "--bundle", "players", pieces / "low" / "1.mid") == 0
    out = capsys.readouterr().out
    assert "performer" in out
    assert "low player" in out
