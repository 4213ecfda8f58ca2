"""How many covers a second are named once they are decoded, beside what decoding them takes.

    python -m benchmarks.covers [--data FOLDER] [--rounds N] [--json]

Covers of 128 × 128 pixels, drawn here unless a folder of pictures is given, are decoded first and
then named by the shipped bundle on one thread, as many together as `muso identify` takes of many
files. The same covers are decoded too, which no model could do without. The quickest of some rounds
counts, by the clock of the processor, for other programs run too.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path

import numpy as np

from muso.bundle.store import find_bundle
from muso.music.cover import SUFFIXES, Cover, parse_cover
from muso.workers import chunked

COVERS, SIDE = 200, 128
TARGET = 500
"""Covers a second a core, once decoded."""


def drawn(count: int) -> list[bytes]:
    """Pictures of blocks of colour under noise, as JPEG."""
    from PIL import Image

    rng = np.random.default_rng(0)
    out = []
    for _ in range(count):
        blocks = rng.integers(0, 200, (8, 8, 3)).repeat(SIDE // 8, axis=0).repeat(SIDE // 8, axis=1)
        pixels = (blocks + rng.integers(0, 56, (SIDE, SIDE, 3))).astype(np.uint8)
        content = BytesIO()
        Image.fromarray(pixels).save(content, "JPEG", quality=90)
        out.append(content.getvalue())
    return out


def found(folder: Path, count: int) -> list[bytes]:
    """The first pictures in a folder and the folders in it."""
    files = sorted(file for file in folder.rglob("*") if file.suffix.lower() in SUFFIXES)
    return [file.read_bytes() for file in files[:count]]


def quickest(work: Callable[[], object], rounds: int) -> float:
    """Seconds of the processor that `work` takes at best."""
    best = float("inf")
    for _ in range(rounds):
        began = time.process_time()
        work()
        best = min(best, time.process_time() - began)
    return best


def measured(pictures: Sequence[bytes], rounds: int) -> dict[str, float]:
    """Covers a second: decoded, measured, and named once decoded."""
    bundle = find_bundle("cover.1")
    covers: list[Cover] = [parse_cover(content) for content in pictures]
    views = list(dict.fromkeys(member.view for member in bundle.members))
    bundle.predict(covers[0])
    steps: dict[str, Callable[[], object]] = {
        "decoded": lambda: [parse_cover(content) for content in pictures],
        "looked_at": lambda: [view.slices(cover) for cover in covers for view in views],
        "named": lambda: [
            bundle.predict_each([bundle.slices(cover) for cover in together])
            for together in chunked(covers)
        ],
    }
    return {name: len(covers) / quickest(work, rounds) for name, work in steps.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    pictures = found(options.data, COVERS) if options.data else drawn(COVERS)
    figures = measured(pictures, options.rounds)
    if options.json:
        print(json.dumps(figures))
        return
    for name, a_second in figures.items():
        print(f"{name.replace('_', ' '):12}{a_second:8,.0f} covers a second on one core")
    print(f"{'target':12}{TARGET:8,} named")


if __name__ == "__main__":
    main()
