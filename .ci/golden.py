"""Golden predictions: what `muso identify` says of examples/ and of one damaged file.

    .ci/golden.py            compares with tests/golden/identify.json
    .ci/golden.py --clean    and makes sure that no torch is there, and no muso but the installed
    .ci/golden.py --make     writes that file anew (make golden), from the shipped bundles

The muso asked is that of the Python which runs this. Labels must be the same and probabilities
within TOLERANCE, for sums of int8 and float32 differ a little between processors. A file whose
label hangs by less than that is named when the golden file is made.
"""

from __future__ import annotations

import argparse
import json
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "examples"
GOLDEN = ROOT / "tests" / "golden" / "identify.json"
TOLERANCE = 0.02
RANKED = 5
"""How many of the best labels are kept and compared."""
DAMAGED = ("bach-bwv66-6.mid", 400)
"""Which example is cut short to make the damaged file, and after how many bytes."""

Said = dict[str, Any]


def identify(options: list[str]) -> dict[str, Said]:
    """What the command says, by file name; of an error its kind alone."""
    name, length = DAMAGED
    script = shutil.which("muso", path=str(Path(sys.executable).parent))
    if script is None:
        sys.exit(f"muso is not installed beside {sys.executable}; run: make test")
    with tempfile.TemporaryDirectory() as folder:
        damaged = Path(folder) / "damaged.mid"
        damaged.write_bytes((EXAMPLES / name).read_bytes()[:length])
        command = [script, "identify", "--json", "--top", "1000", *options]
        command += [str(EXAMPLES), str(damaged)]
        run = subprocess.run(command, stdout=subprocess.PIPE, text=True, encoding="utf-8")
    if run.returncode != 1:
        sys.exit(f"muso identify: exit status {run.returncode}; it should tell a damaged file by 1")
    said = {}
    for line in run.stdout.splitlines():
        one = json.loads(line)
        file = Path(one.pop("path")).name
        said[file] = {"error": one["error"]["kind"]} if "error" in one else one
    return said


def differences(golden: dict[str, Said], said: dict[str, Said]) -> Iterator[str]:
    """Each difference between two runs that matters, as a line."""
    if list(golden) != list(said):
        yield f"files: {', '.join(said)} instead of {', '.join(golden)}"
    for name in filter(said.__contains__, golden):
        expected, found = golden[name], said[name]
        for key in ("media", "error"):
            if found.get(key) != expected.get(key):
                yield f"{name}: {key} {found.get(key)} instead of {expected.get(key)}"
        tasks = expected.get("predictions", {}), found.get("predictions", {})
        if tasks[0].keys() != tasks[1].keys():
            yield f"{name}: tasks {list(tasks[1])} instead of {list(tasks[0])}"
        for task in filter(tasks[1].__contains__, tasks[0]):
            for line in _different(tasks[0][task], tasks[1][task]):
                yield f"{name}: {task}: {line}"


def _different(expected: Said, found: Said) -> Iterator[str]:
    for key in ("label", "bundle"):
        if found[key] != expected[key]:
            yield f"{key} {found[key]} instead of {expected[key]}"
    probability = dict(found["ranking"])
    for label, wanted in expected["ranking"]:
        if abs(probability.get(label, -1) - wanted) > TOLERANCE:
            yield f"{label} {probability.get(label)} instead of {wanted}"


def hanging(said: dict[str, Said], threshold: dict[str, float]) -> Iterator[str]:
    """The files whose label another processor's rounding might change.

    `threshold` gives, for each bundle, the probability below which it says "unknown".
    """
    for name, one in said.items():
        for task, found in one.get("predictions", {}).items():
            (_, first), (_, second) = found["ranking"][:2]
            to_unknown = abs(first - threshold[found["bundle"]])
            if min(to_unknown, (first - second) / 2) < TOLERANCE:
                yield f"{name}: {task} {found['label']} hangs by little"


def impurities() -> Iterator[str]:
    """What makes this environment other than a user's fresh one."""
    if find_spec("torch"):
        yield "torch can be imported"
    spec = find_spec("muso")
    origin = Path(str(spec and spec.origin)).resolve()
    if not origin.is_relative_to(Path(sys.prefix).resolve()):
        yield f"muso is not the installed one but {origin}"


def make(file: Path, said: dict[str, Said], bundle: str | None) -> None:
    """Write the golden file, a line a file, with how it was made."""
    from muso import load

    found = [task for one in said.values() for task in one.get("predictions", {}).values()]
    names = {one["bundle"] for one in found}
    for line in hanging(said, {name: load(bundle or name).threshold for name in names}):
        print(line)
    for one in found:
        del one["ranking"][RANKED:]
    versions = {name: version(name) for name in ("muso", "onnxruntime", "numpy", "symusic")}
    made = {"command": "make golden", "processor": platform.machine(), "versions": versions}
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(one)}" for name, one in said.items())
    text = f'{{\n"made": {json.dumps(made)},\n"files": {{\n{lines}\n}}\n}}\n'
    file.write_text(text, encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--make", action="store_true", help="write the golden file anew")
    parser.add_argument("--clean", action="store_true", help="see to a user's environment")
    parser.add_argument("--golden", type=Path, default=GOLDEN, metavar="FILE")
    parser.add_argument("--bundle", metavar="NAME", help="another model than the shipped ones")
    asked = parser.parse_args()
    said = identify(["--bundle", asked.bundle] if asked.bundle else [])
    if asked.make:
        make(asked.golden, said, asked.bundle)
        return
    golden = json.loads(asked.golden.read_text(encoding="utf-8"))["files"]
    found = [*(impurities() if asked.clean else ()), *differences(golden, said)]
    print(f"{len(said)} files, {len(found)} differences", *found, sep="\n  ")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
