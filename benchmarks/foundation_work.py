"""The timed work of `benchmarks.foundation`: one process a measurement, one kind of work each.

    python -m benchmarks.foundation_work {muso,pretty_midi,identify} [BUNDLE] < paths, one a line

Prints one JSON object: seconds a piece, of the clock and of the processor, and what it could not
read. Imports and the first piece are not timed; passes are repeated for `LEAST_S`.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from collections.abc import Callable, Sequence

LEAST_S = 0.5

Work = Callable[[str], object]


def muso_roll() -> Work:
    """Parse and piano roll, whole piece, 128 pitches, as velocities, by muso."""
    from muso.music.midi import read_score
    from muso.represent.pianoroll import frames_of, roll

    def work(path: str) -> object:
        frames = frames_of(read_score(path), 10)
        return roll(frames, 0, frames.count, ("velocity",))

    return work


def pretty_midi_roll() -> Work:
    """The same by pretty_midi."""
    import pretty_midi

    # It warns of what it takes for odd tracks; the warning's own time is no part of the work.
    warnings.simplefilter("ignore")
    return lambda path: pretty_midi.PrettyMIDI(path).get_piano_roll(fs=10)


def identification(bundle: str | None) -> Work:
    """Identify one score in a process that has its model loaded."""
    from muso.service import Request, identify

    request = Request(bundle=bundle)
    return lambda path: identify(path, request)


def readable(work: Work, paths: Sequence[str]) -> list[str]:
    """Those of `paths` that `work` can do; whatever it raises is its way of refusing."""
    done = []
    for path in paths:
        try:
            work(path)
        except Exception:
            continue
        done.append(path)
    return done


def main() -> None:
    kind, bundle = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None
    makers: dict[str, Callable[[], Work]] = {
        "muso": muso_roll,
        "pretty_midi": pretty_midi_roll,
        "identify": lambda: identification(bundle),
    }
    work = makers[kind]()
    paths = sys.stdin.read().splitlines()
    done = readable(work, paths)
    passes = 0
    began, began_cpu = time.perf_counter(), time.process_time()
    while done and time.perf_counter() - began < LEAST_S:
        for path in done:
            work(path)
        passes += 1
    pieces = max(passes * len(done), 1)
    print(
        json.dumps(
            {
                "wall_s": (time.perf_counter() - began) / pieces,
                "cpu_s": (time.process_time() - began_cpu) / pieces,
                "refused": sorted(set(paths) - set(done)),
            }
        )
    )


if __name__ == "__main__":
    main()
