"""The check of the wheel's content sees what is left out and what does not belong."""

import runpy
import zipfile
from pathlib import Path

import pytest

SOURCE = Path("src/muso")
PAPERS = ("METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE")


@pytest.fixture
def faults(monkeypatch):
    content = runpy.run_path(".ci/wheel_content.py")
    # Whether the shipped bundle is there is for the real wheel to show.
    monkeypatch.setitem(content["faults"].__globals__, "NEEDED", ("muso/py.typed",))
    return content["faults"]


def wheel_of(folder, names):
    wheel = folder / "muso-0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name in names:
            archive.writestr(name, "")
    return wheel


def everything():
    code = (path for path in SOURCE.rglob("*") if path.is_file() and "__pycache__" not in str(path))
    return [path.relative_to("src").as_posix() for path in code] + [
        f"muso-0.dist-info/{paper}" for paper in PAPERS
    ]


def test_a_wheel_of_all_the_source_and_its_papers_is_right(faults, tmp_path):
    assert faults(wheel_of(tmp_path, everything())) == []


def test_what_is_left_out_is_named(faults, tmp_path):
    names = set(everything()) - {"muso/py.typed", "muso-0.dist-info/licenses/LICENSE"}
    assert faults(wheel_of(tmp_path, names)) == [
        "left out: muso/py.typed",
        "needed and missing: muso/py.typed",
        "papers missing: licenses/LICENSE",
    ]


def test_what_does_not_belong_is_named(faults, tmp_path):
    names = [*everything(), "muso/corpus.zip", "tests/test_all.py"]
    assert faults(wheel_of(tmp_path, names)) == [
        "not in src: muso/corpus.zip",
        "strange: tests/test_all.py",
    ]
