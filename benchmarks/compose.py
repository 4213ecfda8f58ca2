"""How fast muso composes: until the first bar, a minute of music, and 500 notes.

    python -m benchmarks.compose [--bundle muse.1] [--runs 5] [--json]

Warm: the model is loaded and has spoken once, as in the studio. Each figure is the median of the
runs, in seconds of the clock and of the processor, for a mood with candidates that compete (the
default), for a mood that is only told to the model, and for none. `times_real` is music made in
one second of the processor. It is fair to a listener: what is timed is `service.compose_stream`,
from the request to the notes, everything included.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import replace
from statistics import median

from muso.service import ComposeRequest, Composition, Note, compose, compose_stream

KINDS = {
    "mood": ComposeRequest(mood="happy"),
    "mood, no candidates": ComposeRequest(mood="happy", candidates=1),
    "no mood": ComposeRequest(),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bundle", help="the model; the shipped one if not given")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    told = {
        name: _measured(replace(request, bundle=asked.bundle), asked.runs)
        for name, request in KINDS.items()
    }
    if asked.json:
        print(json.dumps(told))
        return
    for name, figures in told.items():
        print(name + ": " + ", ".join(f"{key} {value:.2f}" for key, value in figures.items()))


def _measured(request: ComposeRequest, runs: int) -> dict[str, float]:
    compose(replace(request, seconds=5.0))
    first = [_timed(_to_first_bar, replace(request, seed=seed)) for seed in range(runs)]
    minute = [_timed(compose, replace(request, seed=seed, seconds=60.0)) for seed in range(runs)]
    notes = [_timed(compose, replace(request, seed=seed, notes=500)) for seed in range(runs)]
    made_s = [piece.score.length_s for _, _, piece in minute]
    return {
        "first_bar_s": median(clock for clock, _, _ in first),
        "first_bar_cpu_s": median(cpu for _, cpu, _ in first),
        "minute_s": median(clock for clock, _, _ in minute),
        "minute_cpu_s": median(cpu for _, cpu, _ in minute),
        "notes_500_s": median(clock for clock, _, _ in notes),
        "notes_500_cpu_s": median(cpu for _, cpu, _ in notes),
        "times_real": sum(made_s) / sum(cpu for _, cpu, _ in minute),
    }


def _to_first_bar(request: ComposeRequest) -> Composition:
    """Ask for notes until those of two seconds, a bar at 120, are there."""
    stream = compose_stream(replace(request, seconds=60.0))
    for item in stream:
        if isinstance(item, Note) and item.onset_s < 2.0:
            continue
        break
    stream.close()  # type: ignore[attr-defined]
    return item  # type: ignore[return-value]


def _timed(
    work: Callable[[ComposeRequest], Composition], request: ComposeRequest
) -> tuple[float, float, Composition]:
    clock, cpu = time.perf_counter(), time.process_time()
    made = work(request)
    return time.perf_counter() - clock, time.process_time() - cpu, made


if __name__ == "__main__":
    main()
