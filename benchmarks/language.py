"""Stepping through a language model: a bundle in onnxruntime beside PyTorch's eager mode.

    python -m benchmarks.language [--bundle NAME] [--steps N] [--turns N] [--json]

One stream: each step reads a row and scores the next one's fields, as composing does, without the
drawing. The PyTorch side is the same network in float32, stepped eagerly; its weights are random,
which changes no speed. Both run on one thread and take turns. Processor time is compared, for
other programs run too; the median and the range of the turns are given.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable

import numpy as np

from muso.bundle.language import LanguageBundle, find_language
from muso.errors import MusoError


def by_bundle(bundle: LanguageBundle, steps: int) -> None:
    """Step through the bundle."""
    encoding, told, state = bundle.encoding, bundle.condition(), bundle.begin()
    row = np.ones((1, len(encoding.fields)), np.int16)
    for _ in range(steps):
        said, state = bundle.advance(state, row, told)
        for field in range(len(encoding.fields)):
            bundle.logits(said, row[:, :field])


def eager(bundle: LanguageBundle) -> Callable[[int], None]:
    """What steps through the same network in PyTorch."""
    import torch

    from muso.learn.language import MOOD, LanguageNet, Shape

    torch.set_num_threads(1)
    encoding = bundle.encoding
    condition = torch.zeros(1, len(MOOD) + len(bundle.collections))
    shape = Shape(**bundle.settings)
    net = LanguageNet(encoding.sizes, encoding.derived, condition.shape[1], shape).eval()
    row = torch.ones(1, 1, len(encoding.fields), dtype=torch.long)

    def run(steps: int) -> None:
        state = net.begin(1)
        with torch.inference_mode():
            for _ in range(steps):
                said, state = net(row, condition, state)
                for field in range(len(encoding.fields)):
                    if field not in encoding.derived:
                        net.logits(field, said[0], row[0, :, :field])

    return run


def rate(run: Callable[[int], None], steps: int) -> float:
    """Steps a second of processor time."""
    started = time.process_time()
    run(steps)
    return steps / (time.process_time() - started)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--bundle", default="words.1")
    parser.add_argument("--steps", type=int, default=600, help="steps a turn of the bundle")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    try:
        bundle = find_language(options.bundle)
        by_bundle(bundle, 20)
    except MusoError as error:
        print(error, file=sys.stderr)
        return 1
    slow = eager(bundle)
    slow(5)
    turns = [
        (
            rate(lambda steps: by_bundle(bundle, steps), options.steps),
            rate(slow, max(options.steps // 10, 5)),
        )
        for _ in range(options.turns)
    ]
    ratios = [fast / eagerly for fast, eagerly in turns]
    figures = {
        "onnxruntime_steps_per_s": [fast for fast, _ in turns],
        "torch_steps_per_s": [eagerly for _, eagerly in turns],
        "ratio": ratios,
    }
    if options.json:
        print(json.dumps({"bundle": bundle.name, **figures}))
        return 0
    print(f"{bundle.name}, {options.turns} turns, processor time of one thread")
    for name, values in figures.items():
        told = f"{statistics.median(values):,.1f} ({min(values):,.1f}–{max(values):,.1f})"
        print(f"{name.replace('_', ' '):<26} {told}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
