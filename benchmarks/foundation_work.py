"""The work that `benchmarks.foundation` times: one process a measurement, one kind of work each.

    python -m benchmarks.foundation_work {muso,pretty_midi,identify} [BUNDLE] < paths, one a line

Prints a JSON object: seconds a piece, by the clock and of the processor, and the files refused.
Each file is done once untimed, then all again and again for `LEAST_S`.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from collections.abc import Callable, Sequence

LEAST_S = 0.5
FRAMES_PER_S = 10

Work = Callable[[str], object]


def muso_roll(bundle: str | None) -> Work:
    """Parse, and lay the velocities of the whole piece on a grid `(128, frame)`, by muso."""
    from muso.music.midi import read_score
    from muso.represent.pianoroll import frames_of, roll

    def work(path: str) -> object:
        frames = frames_of(read_score(path), FRAMES_PER_S)
        return roll(frames, 0, frames.count, ("velocity",))

    return work


def pretty_midi_roll(bundle: str | None) -> Work:
    """The same by pretty_midi, without the pedal, which muso's roll leaves out too."""
    import pretty_midi

    warnings.simplefilter("ignore")
    return lambda path: pretty_midi.PrettyMIDI(path).get_piano_roll(
        fs=FRAMES_PER_S, pedal_threshold=None
    )


def identification(bundle: str | None) -> Work:
    """Identify one score in a process that has its model loaded."""
    from muso.service import Request, identify

    request = Request(bundle=bundle)
    return lambda path: identify(path, request)


KINDS: dict[str, Callable[[str | None], Work]] = {
    "muso": muso_roll,
    "pretty_midi": pretty_midi_roll,
    "identify": identification,
}


def readable(work: Work, paths: Sequence[str]) -> list[str]:
    """Those of `paths` that `work` takes; whatever it raises is its way of refusing."""
    taken = []
    for path in paths:
        try:
            work(path)
        except Exception:
            continue
        taken.append(path)
    return taken


def main() -> None:
    kind, *bundle = sys.argv[1:]
    work = KINDS[kind](bundle[0] if bundle else None)
    paths = sys.stdin.read().splitlines()
    taken = readable(work, paths)
    passes = 0
    began, began_cpu = time.perf_counter(), time.process_time()
    while taken and time.perf_counter() - began < LEAST_S:
        for path in taken:
            work(path)
        passes += 1
    pieces = max(passes * len(taken), 1)
    measured = {
        "wall_s": (time.perf_counter() - began) / pieces,
        "cpu_s": (time.process_time() - began_cpu) / pieces,
        "refused": sorted(set(paths) - set(taken)),
    }
    print(json.dumps(measured))


if __name__ == "__main__":
    main()
