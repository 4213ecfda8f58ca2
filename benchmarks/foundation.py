"""Speed and memory of the foundation, beside what a user would pick instead, as ratios of one run.

    python -m benchmarks.foundation --scores FOLDER --json

Three comparisons, each in processes of its own that take turns (A B A B …), so that whatever
else the machine does meets both sides:

1. Parse a score and lay it on a piano roll (10 frames/s, 128 pitches), muso and pretty_midi.
2. `muso identify one.mid` from process start, and a bare `import onnxruntime, numpy`.
3. Scores identified a second on one core.

A figure is the median of its turns with the lowest and the highest; a ratio is taken within each
turn. Processor time is what the ratios are of, for it hardly minds a busy machine; the clock's
stand beside it. Memory is the peak of the whole process. Linux and macOS.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

TURNS = 7
MOST_SCORES = 60
"""So many, evenly from the sorted paths, stand for a larger folder."""
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
BYTES_OF_MAXRSS = 1 if sys.platform == "darwin" else 1024

Figures = dict[str, Any]


@dataclass(frozen=True)
class Run:
    """One process from start to end: what it printed, its seconds and its peak memory."""

    printed: str
    wall_s: float
    cpu_s: float
    memory_mb: float


def run(command: Sequence[str], text: str = "") -> Run:
    """Run `command` on one thread, `text` as its input.

    This process must stay small: a child's peak counts that of whoever started it.
    """
    began = perf_counter()
    child = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=os.environ | ONE_THREAD,
    )
    assert child.stdin and child.stdout
    with child.stdin as into:
        into.write(text)
    printed = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"{' '.join(command)}: exit status {child.returncode}")
    return Run(
        printed,
        perf_counter() - began,
        usage.ru_utime + usage.ru_stime,
        usage.ru_maxrss * BYTES_OF_MAXRSS / 2**20,
    )


def work(kind: str, scores: Sequence[str], bundle: str | None = None) -> tuple[Figures, Run]:
    """One measurement of `foundation_work`, and the process it ran in."""
    command = [sys.executable, "-m", "benchmarks.foundation_work", kind]
    done = run(command + ([bundle] if bundle else []), "\n".join(scores))
    return json.loads(done.printed), done


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median, lowest and highest."""
    figures = {"median": median(values), "low": min(values), "high": max(values)}
    return {name: float(f"{value:.4g}") for name, value in figures.items()}


def compare_rolls(scores: Sequence[str], turns: int) -> Figures:
    """Parse and piano roll: pretty_midi's time over muso's."""
    refused = {
        file for kind in ("muso", "pretty_midi") for file in work(kind, scores)[0]["refused"]
    }
    kept = [score for score in scores if score not in refused]
    pairs = [(work("muso", kept), work("pretty_midi", kept)) for _ in range(turns)]
    out: Figures = {"pieces": len(kept), "refused": len(refused), "least": 20.0}
    for unit in ("cpu_s", "wall_s"):
        out[f"ratio_{unit}"] = spread([b[0][unit] / a[0][unit] for a, b in pairs])
    for place, name in enumerate(("muso", "pretty_midi")):
        out[f"{name}_per_s"] = spread([1 / pair[place][0]["cpu_s"] for pair in pairs])
        out[f"{name}_memory_mb"] = spread([pair[place][1].memory_mb for pair in pairs])
    return out


def compare_starts(score: str, bundle: str | None, turns: int) -> Figures:
    """`muso identify` from process start: its time over that of importing onnxruntime."""
    muso = shutil.which("muso", path=str(Path(sys.executable).parent))
    if muso is None:
        sys.exit(f"muso is not installed beside {sys.executable}; run: make test")
    identify = [muso, "identify", score] + (["--bundle", bundle] if bundle else [])
    bare = [sys.executable, "-c", "import onnxruntime, numpy"]
    for command in (identify, bare):
        run(command)
    pairs = [(run(identify), run(bare)) for _ in range(turns)]
    return {
        "most": 4.0,
        "ratio_cpu_s": spread([a.cpu_s / b.cpu_s for a, b in pairs]),
        "ratio_wall_s": spread([a.wall_s / b.wall_s for a, b in pairs]),
        "muso_cpu_s": spread([a.cpu_s for a, _ in pairs]),
        "import_cpu_s": spread([b.cpu_s for _, b in pairs]),
        "muso_wall_s": spread([a.wall_s for a, _ in pairs]),
        "import_wall_s": spread([b.wall_s for _, b in pairs]),
        "muso_memory_mb": spread([a.memory_mb for a, _ in pairs]),
        "import_memory_mb": spread([b.memory_mb for _, b in pairs]),
    }


def measure_bulk(scores: Sequence[str], bundle: str | None, turns: int) -> Figures:
    """Scores identified a second by one worker on one core."""
    done = [work("identify", scores, bundle) for _ in range(turns)]
    return {
        "pieces": len(scores) - len(done[0][0]["refused"]),
        "least": 20.0,
        "scores_per_cpu_s": spread([1 / figures["cpu_s"] for figures, _ in done]),
        "scores_per_wall_s": spread([1 / figures["wall_s"] for figures, _ in done]),
        "memory_mb": spread([process.memory_mb for _, process in done]),
    }


def sample(folder: Path) -> list[str]:
    """At most `MOST_SCORES` MIDI files below `folder`, evenly from their sorted paths."""
    found = sorted(str(path) for path in folder.rglob("*") if path.suffix.lower() == ".mid")
    if not found:
        sys.exit(f"{folder}: no MIDI files")
    return found[:: -(-len(found) // MOST_SCORES)]


def table(found: Figures) -> str:
    """The figures for a person, a line each."""

    def shown(part: str, name: str) -> str:
        value = found[part][name]
        return f"{value['median']:>9,.4g}  ({value['low']:,.4g} to {value['high']:,.4g})"

    rolls, bulk = found["rolls"], found["bulk"]
    pieces = f"{rolls['pieces']} scores, {rolls['refused']} more that one side refuses"
    lines = [
        f"Parse and piano roll of {pieces}",
        f"  times pretty_midi's speed {shown('rolls', 'ratio_cpu_s')}, at least 20",
        f"  by the clock              {shown('rolls', 'ratio_wall_s')}",
        f"  muso, scores/s            {shown('rolls', 'muso_per_s')}",
        f"  pretty_midi, scores/s     {shown('rolls', 'pretty_midi_per_s')}",
        f"  muso, MB                  {shown('rolls', 'muso_memory_mb')}",
        f"  pretty_midi, MB           {shown('rolls', 'pretty_midi_memory_mb')}",
        "muso identify from process start, beside import onnxruntime, numpy",
        f"  times its time            {shown('start', 'ratio_cpu_s')}, at most 4",
        f"  by the clock              {shown('start', 'ratio_wall_s')}",
        f"  muso, processor s         {shown('start', 'muso_cpu_s')}",
        f"  import, processor s       {shown('start', 'import_cpu_s')}",
        f"  muso, MB                  {shown('start', 'muso_memory_mb')}",
        f"  import, MB                {shown('start', 'import_memory_mb')}",
        f"Identify {bulk['pieces']} scores with one worker",
        f"  scores/s of a core        {shown('bulk', 'scores_per_cpu_s')}, at least 20",
        f"  by the clock              {shown('bulk', 'scores_per_wall_s')}",
        f"  MB                        {shown('bulk', 'memory_mb')}",
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--scores", type=Path, default=Path("examples"), metavar="FOLDER")
    parser.add_argument("--bundle", metavar="NAME", help="another model than the shipped one")
    parser.add_argument("--turns", type=int, default=TURNS, help="of each comparison")
    parser.add_argument("--json", action="store_true", help="print JSON")
    asked = parser.parse_args()
    scores = sample(asked.scores)
    typical = sorted(scores, key=lambda path: Path(path).stat().st_size)[len(scores) // 2]
    found = {
        "start": compare_starts(typical, asked.bundle, asked.turns),
        "rolls": compare_rolls(scores, asked.turns),
        "bulk": measure_bulk(scores, asked.bundle, asked.turns),
    }
    print(json.dumps(found) if asked.json else table(found))


if __name__ == "__main__":
    main()
