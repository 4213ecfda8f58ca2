"""Named qualities of phrases, whole broods at once: what the taste model hears.

Each is a plain statement about notes ("share of slots that rest", "share of bars that repeat
the bar before"), counted on the degrees of the scale.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from muso.compose.evolve.genome import REST, Form, Genomes, degrees_of

Floats = NDArray[np.float32]
Degrees = NDArray[np.int8]
Mask = NDArray[np.bool_]


def traits(genomes: Genomes, form: Form) -> dict[str, Floats]:
    """Name to `(phrase,)` values, most of them shares 0…1 or degrees 0…7.

    >>> found = traits(np.array([[0, 2, 4, 8]], np.uint8), Form(bars=1))
    >>> float(found["rests"][0]), float(found["mean_degree"][0])
    (0.25, 2.0)
    """
    degrees = degrees_of(genomes, form)
    sounding = degrees != REST
    starts = onsets(degrees)
    line = held(degrees)
    return (
        _rhythm(starts, sounding, form)
        | _melody(degrees, line, starts, sounding)
        | _contour(line, sounding)
        | _harmony(degrees, line, sounding, form)
        | _repetition(degrees, starts, form)
    )


def onsets(degrees: Degrees) -> Mask:
    """`(phrase, note)` true where a note starts: a tie does not."""
    changed = np.ones(degrees.shape, bool)
    changed[:, 1:] = degrees[:, 1:] != degrees[:, :-1]
    return np.asarray(changed & (degrees != REST))


def held(degrees: Degrees) -> Degrees:
    """Degrees with every rest replaced by the note before it, or by the phrase's first note."""
    slot = np.arange(degrees.shape[1], dtype=np.int16)
    last = np.maximum.accumulate(np.where(degrees != REST, slot, np.int16(-1)), axis=1)
    first = np.argmax(degrees != REST, axis=1).astype(np.int16)[:, None]
    return np.take_along_axis(degrees, np.where(last < 0, first, last).astype(np.intp), axis=1)


def _share(hits: Mask, among: Mask) -> Floats:
    return np.asarray((hits & among).sum(1) / np.maximum(among.sum(1), 1), np.float32)


def _rhythm(starts: Mask, sounding: Mask, form: Form) -> dict[str, Floats]:
    on_beat = np.arange(starts.shape[1]) % max(form.notes_a_bar // 2, 1) == 0
    on_bar = np.arange(starts.shape[1]) % form.notes_a_bar == 0
    tied = sounding & ~starts
    everywhere = np.ones_like(starts)
    notes = np.maximum(starts.sum(1), 1)
    lengths = sounding.sum(1) / notes
    # The longest run of tied slots, by how far each slot is from the last one not tied.
    slot = np.arange(starts.shape[1])
    run = slot - np.maximum.accumulate(np.where(tied, -1, slot), axis=1)
    return {
        "rests": _share(~sounding, everywhere),
        "onsets": _share(starts, everywhere),
        "mean_length": lengths.astype(np.float32),
        "longest": run.max(1).astype(np.float32),
        "onsets_on_beat": _share(starts, everywhere & on_beat),
        "onsets_off_beat": _share(starts, everywhere & ~on_beat),
        "onsets_on_bar": _share(starts, everywhere & on_bar),
        "rests_on_beat": _share(~sounding, everywhere & on_beat),
        "tied_over_beat": _share(tied, everywhere & on_beat),
    }


def _melody(degrees: Degrees, line: Degrees, starts: Mask, sounding: Mask) -> dict[str, Floats]:
    notes = np.maximum(sounding.sum(1), 1)
    mean = np.where(sounding, degrees, 0).sum(1) / notes
    spread = np.sqrt(np.where(sounding, (degrees - mean[:, None]) ** 2, 0).sum(1) / notes)
    step = line[:, 1:] - line[:, :-1]
    moving = step != 0
    size = np.abs(step)
    kinds = np.stack([(degrees == d).any(1) for d in range(8)], axis=1)
    return {
        "mean_degree": mean.astype(np.float32),
        "spread": spread.astype(np.float32),
        "high": _share(degrees >= 5, sounding),
        "low": _share((degrees <= 2) & sounding, sounding),
        "kinds": kinds.sum(1).astype(np.float32),
        "mean_step": (size.sum(1) / np.maximum(moving.sum(1), 1)).astype(np.float32),
        "by_step": _share(size == 1, moving),
        "leaps": _share(size >= 4, moving),
        "rising": _share(step > 0, moving),
        "turns": _turns(step),
    }


def _turns(step: NDArray[np.int8]) -> Floats:
    """Share of neighbouring moves that go in opposite directions."""
    before, after = step[:, :-1], step[:, 1:]
    return np.asarray((before * after < 0).mean(1) if step.shape[1] > 1 else np.zeros(len(step)))


def _contour(line: Degrees, sounding: Mask) -> dict[str, Floats]:
    """How far the line as a whole follows simple shapes, -1…1."""
    slots = line.shape[1]
    t = np.linspace(-1, 1, slots)
    shapes = {"slope": t, "arch": 0.33 - t**2, "wave": np.sin(np.pi * t)}
    centred = line - line.mean(1, keepdims=True)
    size = np.sqrt((centred**2).sum(1)) + 1.0
    found = {}
    for name, shape in shapes.items():
        unit = shape - shape.mean()
        unit = unit / max(float(np.linalg.norm(unit)), 1e-9)
        found[name] = np.asarray(centred @ unit / size, np.float32)
    return found


def _harmony(degrees: Degrees, line: Degrees, sounding: Mask, form: Form) -> dict[str, Floats]:
    on_beat = np.arange(line.shape[1]) % max(form.notes_a_bar // 2, 1) == 0
    root = np.isin(degrees, (0, 7))
    triad = np.isin(degrees, (0, 2, 4, 7))
    return {
        "root": _share(root, sounding),
        "triad": _share(triad, sounding),
        "triad_on_beat": _share(triad, sounding & on_beat),
        "starts_on_root": np.isin(line[:, 0], (0, 7)).astype(np.float32),
        "ends_on_root": np.isin(line[:, -1], (0, 7)).astype(np.float32),
        "last_degree": line[:, -1].astype(np.float32),
    }


def _repetition(degrees: Degrees, starts: Mask, form: Form) -> dict[str, Floats]:
    """How much of the phrase comes back after some bars, in notes and in rhythm."""
    found = {}
    for name, bars in (("bar", 1), ("two_bars", 2), ("half", form.bars // 2)):
        lag = bars * form.notes_a_bar
        if not 0 < lag < degrees.shape[1]:
            continue
        same = (degrees[:, lag:] == degrees[:, :-lag]).mean(1)
        rhythm = (starts[:, lag:] == starts[:, :-lag]).mean(1)
        found[f"returns_after_{name}"] = same.astype(np.float32)
        found[f"rhythm_after_{name}"] = rhythm.astype(np.float32)
    return found
