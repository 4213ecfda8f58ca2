"""The golden predictions hold here, and the comparison sees what it should."""

import copy
import os
import runpy
import subprocess
import sys

import pytest

SCRIPT = ".ci/golden.py"
SAID = {
    "a.mid": {
        "media": "score",
        "predictions": {
            "composer": {
                "label": "Bach",
                "bundle": "composer.1",
                "ranking": [["Bach", 0.9], ["Handel", 0.07], ["Haydn", 0.03]],
            }
        },
    },
    "damaged.mid": {"error": "damaged"},
}


@pytest.fixture(scope="module")
def golden():
    return runpy.run_path(SCRIPT)


@pytest.fixture
def said():
    return copy.deepcopy(SAID)


def test_every_example_is_named_as_it_was_when_the_golden_file_was_made(tmp_path):
    environment = os.environ | {"MUSO_HOME": str(tmp_path)}
    run = subprocess.run(
        [sys.executable, SCRIPT], capture_output=True, text=True, encoding="utf-8", env=environment
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_no_difference_is_found_between_a_run_and_itself(golden, said):
    assert list(golden["differences"](SAID, said)) == []


def test_a_probability_may_move_by_less_than_the_tolerance(golden, said):
    said["a.mid"]["predictions"]["composer"]["ranking"] = [["Bach", 0.889], ["Handel", 0.06]]
    found = list(golden["differences"](SAID, said))
    assert found == ["a.mid: composer: Haydn None instead of 0.03"]
    said["a.mid"]["predictions"]["composer"]["ranking"] += [["Haydn", 0.051]]
    found = list(golden["differences"](SAID, said))
    assert found == ["a.mid: composer: Haydn 0.051 instead of 0.03"]


def test_another_label_or_model_is_a_difference(golden, said):
    said["a.mid"]["predictions"]["composer"] |= {"label": "unknown", "bundle": "composer.2"}
    assert list(golden["differences"](SAID, said)) == [
        "a.mid: composer: label unknown instead of Bach",
        "a.mid: composer: bundle composer.2 instead of composer.1",
    ]


def test_another_kind_of_error_or_none_is_a_difference(golden, said):
    for error in ("empty", None):
        said["damaged.mid"] = {"error": error}
        found = list(golden["differences"](SAID, said))
        assert found == [f"damaged.mid: error {error} instead of damaged"]


def test_a_missing_file_or_task_is_a_difference(golden, said):
    said["a.mid"]["predictions"] = {}
    found = list(golden["differences"](SAID, said))
    assert found == ["a.mid: tasks [] instead of ['composer']"]
    del said["a.mid"]
    found = list(golden["differences"](SAID, said))
    assert found == ["files: damaged.mid instead of a.mid, damaged.mid"]


@pytest.mark.parametrize(
    ("ranking", "threshold", "hangs"),
    [
        ([["Bach", 0.9], ["Handel", 0.1]], 0.3, False),
        ([["Bach", 0.51], ["Handel", 0.48]], 0.3, True),
        ([["Bach", 0.9], ["Handel", 0.1]], 0.89, True),
    ],
)
def test_a_label_that_rounding_might_change_is_named(golden, said, ranking, threshold, hangs):
    said["a.mid"]["predictions"]["composer"]["ranking"] = ranking
    named = list(golden["hanging"](said, {"composer.1": threshold}))
    assert named == (["a.mid: composer Bach hangs by little"] if hangs else [])
