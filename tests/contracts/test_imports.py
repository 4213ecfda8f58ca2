"""What is not needed is not loaded, and what is not installed is not needed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from muso.bundle.bundle import Bundle

HEAVY = ("torch", "onnxruntime", "scipy", "sklearn", "matplotlib", "onnx", "skl2onnx", "optuna")
WORKSHOP = tuple(name for name in HEAVY if name != "onnxruntime")


def loaded(code: str, *arguments: str) -> set[str]:
    """The top-level modules that a fresh Python has loaded after `code`."""
    script = f"import sys\n{code}\nprint('LOADED', *{{name.split('.')[0] for name in sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.splitlines()[-1].split()[1:])


RUN = """
from muso.cli import main
try:
    main(sys.argv[1:])
except SystemExit as ended:
    assert not ended.code, ended.code
"""

WITHOUT = """
import importlib.abc

class Missing(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {missing!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Missing())
"""


def test_importing_muso_loads_nothing_heavy_and_no_numpy() -> None:
    assert not loaded("import muso") & {*HEAVY, "numpy", "click", "rich"}


def test_every_public_name_is_there() -> None:
    import muso

    for name in muso.__all__:
        assert getattr(muso, name) is not None
    assert dir(muso) == muso.__all__
    with pytest.raises(AttributeError, match="has no attribute 'hope'"):
        _ = muso.hope


def test_the_public_names_that_editors_see_are_the_ones_that_work() -> None:
    import muso

    text = Path(str(muso.__file__)).read_text("utf-8")
    for name in muso.__all__:
        assert f"import {name} as {name}" in text


@pytest.mark.parametrize("arguments", [["--help"], ["identify", "--help"], ["train", "--help"]])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    assert not loaded(RUN, *arguments) & {*HEAVY, "numpy"}


def test_identifying_loads_nothing_of_the_workshop(bundle: Bundle) -> None:
    found = loaded(RUN, "identify", "--bundle", "toy.1", "--json", "examples/bach-bwv66-6.mid")
    assert "onnxruntime" in found
    assert not found & set(WORKSHOP)


def test_listing_and_evaluating_load_nothing_of_the_workshop(
    bundle: Bundle, corpus_folder: Path
) -> None:
    assert not loaded(RUN, "bundles", "--json") & set(WORKSHOP)
    found = loaded(RUN, "evaluate", "toy.1", str(corpus_folder / "Walker" / ".."), "--json")
    assert not found & set(WORKSHOP)


def test_without_the_training_packages_all_but_training_works(
    bundle: Bundle, corpus_folder: Path, recipe_file: Path
) -> None:
    without = WITHOUT.format(missing=(*WORKSHOP, "tomli_w", "onnxscript", "av"))
    loaded(without + RUN, "identify", "--bundle", "toy.1", "examples/bach-bwv66-6.mid")
    loaded(without + RUN, "evaluate", "toy.1", str(corpus_folder))
    loaded(without + RUN, "bundles")
    script = f"import sys\n{without}\n{RUN.replace('assert not', 'sys.exit(ended.code)#')}"
    command = ["train", str(recipe_file), "--corpus", str(corpus_folder)]
    done = subprocess.run(
        [sys.executable, "-c", script, *command], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr == "muso: training needs the [train] extra: pip install 'muso[train]'\n"
