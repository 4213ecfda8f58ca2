"""How fast and how true muso's own sound is, beside FluidSynth.

    python -m benchmarks.sound [FILE.mid ...] [--soundfont FILE.sf2] [--json]

Speed is processor time on one core (set `OMP_NUM_THREADS=1`) from a score in memory to stereo
samples at 44.1 kHz, best of `--repeat`; `times_real_time` is seconds of sound per second of it.
FluidSynth runs as muso runs it, with its own reverb and chorus, and is asked only where it and
a SoundFont are there; `speed_ratio` above 1 means that muso is the faster. Without files the
piece is a dense one made up here: 24 notes a second over the whole keyboard, under the pedal.

Pitch is the strongest frequency within 80 cents of each key's first partial, by FFT and a
parabola through the peak's logarithm, from rendered sound; nothing of the synthesis is reused.
A release's time is measured against what each voice promises, over all programs.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from muso.music.midi import read_score
from muso.music.score import Changes, Score, Track
from muso.music.sound import SAMPLE_RATE, render, render_blocks
from muso.music.sound.mixing import FADE_S, mixed
from muso.music.sound.piano import FIRST_KEY, LAST_KEY, tuned_hz
from muso.music.sound.voices import VOICES

SILENT = 1e-4


def dense_piece(length_s: int = 120, notes_per_s: int = 24, seed: int = 0) -> Score:
    """A piano piece with far more notes than hands could play, pedalled every two seconds."""
    rng = np.random.default_rng(seed)
    count = length_s * notes_per_s
    score = Score.of(
        rng.integers(FIRST_KEY, LAST_KEY + 1, count),
        np.sort(rng.uniform(0, length_s * 2, count)),
        rng.uniform(0.2, 2.0, count),
        rng.integers(25, 115, count),
    )
    at = np.arange(length_s, dtype=np.float64)
    pedal = Changes(
        np.sort(np.concatenate([at * 4, at * 4 + 3.8])),
        np.zeros(2 * length_s, np.int16),
        np.full(2 * length_s, 64, np.int16),
        np.tile(np.array([127, 0], np.int16), length_s),
    )
    return replace(score, changes=pedal)


def cents_off(key: int) -> float:
    """How far a rendered key is from its target."""
    note = Score.of([key], [0.0], [6.0], 90)
    length_s = 2.5 if key < 60 else 1.2 if key < 84 else 0.3
    sound = render(note).samples.mean(axis=0)[1_000 : 1_000 + int(length_s * SAMPLE_RATE)]
    size = 1 << (len(sound) * 4 - 1).bit_length()
    spectrum = np.log(np.abs(np.fft.rfft(sound * np.hanning(len(sound)), size)) + 1e-12)
    target = tuned_hz(key)
    low, high = (int(target * 2 ** (c / 1200) * size / SAMPLE_RATE) for c in (-80, 80))
    top = low + int(spectrum[low : high + 1].argmax())
    a, b, c = spectrum[top - 1 : top + 2]
    heard = (top + 0.5 * (a - c) / (a - 2 * b + c)) * SAMPLE_RATE / size
    return float(1200 * np.log2(heard / target))


def latest_release(program: int) -> float:
    """The last sound of a released note, as a part of the time it is given."""
    held_s = 0.5
    note = Score.of([60], [0.0], [held_s * 2], 100, tracks=(Track("", program),))
    sound = np.concatenate(list(mixed(note, SAMPLE_RATE)), axis=1)
    heard = np.flatnonzero(np.abs(sound).max(axis=0) > SILENT)
    given_s = VOICES[program].tone(60, 0.7, SAMPLE_RATE).release_s + FADE_S
    return float((heard[-1] / SAMPLE_RATE - held_s) / given_s)


def processor_s() -> float:
    """Processor time of this process and of those it has waited for."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def fastest(blocks: Callable[[], list[int]], repeat: int) -> tuple[float, float]:
    """Seconds of sound, and the least processor time it took."""
    best, length_s = float("inf"), 0.0
    for _ in range(repeat):
        before = processor_s()
        length_s = sum(blocks()) / SAMPLE_RATE
        best = min(best, processor_s() - before)
    return length_s, best


def speed(name: str, score: Score, soundfont: str | None, repeat: int) -> dict[str, object]:
    """One row: muso's speed on `score`, and FluidSynth's."""

    def lengths(bank: str | None) -> list[int]:
        blocks = render_blocks(score, soundfont=bank)
        return [block.shape[1] for block in blocks]

    length_s, took_s = fastest(lambda: lengths(None), repeat)
    row: dict[str, object] = {
        "piece": name,
        "notes": len(score),
        "length_s": round(length_s, 1),
        "muso_s": round(took_s, 2),
        "times_real_time": round(length_s / took_s, 1),
    }
    if soundfont:
        other_s, other_took_s = fastest(lambda: lengths(soundfont), repeat)
        row["fluidsynth_s"] = round(other_took_s, 2)
        row["fluidsynth_times_real_time"] = round(other_s / other_took_s, 1)
        row["speed_ratio"] = round((length_s / took_s) / (other_s / other_took_s), 2)
    return row


def main() -> None:
    """Print the measures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--soundfont")
    parser.add_argument("--repeat", type=int, default=2)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    # The variable would put FluidSynth in muso's place.
    os.environ.pop("MUSO_SOUNDFONT", None)
    pieces = [(file.name, read_score(file)) for file in asked.files]
    pieces = pieces or [("dense", dense_piece())]
    off: NDArray[np.float64] = np.array([cents_off(key) for key in range(FIRST_KEY, LAST_KEY + 1)])
    releases = [latest_release(program) for program in range(128)]
    results: dict[str, object] = {
        "worst_key_off_cents": round(float(np.abs(off).max()), 2),
        "median_key_off_cents": round(float(np.median(np.abs(off))), 2),
        "latest_release_of_its_time": round(max(releases), 2),
        "speed": [speed(name, score, asked.soundfont, asked.repeat) for name, score in pieces],
    }
    if asked.json:
        print(json.dumps(results, indent=2))
        return
    rows = results.pop("speed")
    for name, value in results.items():
        print(f"{name}: {value}")
    assert isinstance(rows, list)
    for row in rows:
        print(", ".join(f"{name} {value}" for name, value in row.items()))


if __name__ == "__main__":
    main()
