"""Scales, keys and the names of notes.

A scale is a set of steps above a root, in semitones; a key is the pitch class of that root.
"""

from __future__ import annotations

import difflib

import numpy as np
from numpy.typing import ArrayLike, NDArray

from muso.errors import UsageError
from muso.music.score import Key

SEMITONES = 12
"""In an octave."""

SCALES: dict[str, tuple[int, ...]] = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "natural minor": (0, 2, 3, 5, 7, 8, 10),
    "harmonic minor": (0, 2, 3, 5, 7, 8, 11),
    "melodic minor": (0, 2, 3, 5, 7, 9, 11),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "locrian": (0, 1, 3, 5, 6, 8, 10),
    "major pentatonic": (0, 2, 4, 7, 9),
    "minor pentatonic": (0, 3, 5, 7, 10),
    "major blues": (0, 2, 3, 4, 7, 9),
    "minor blues": (0, 3, 5, 6, 7, 10),
    "harmonic major": (0, 2, 4, 5, 7, 8, 11),
    "phrygian dominant": (0, 1, 4, 5, 7, 8, 10),
    "lydian dominant": (0, 2, 4, 6, 7, 9, 10),
    "double harmonic": (0, 1, 4, 5, 7, 8, 11),
    "hungarian minor": (0, 2, 3, 6, 7, 8, 11),
    "neapolitan minor": (0, 1, 3, 5, 7, 8, 11),
    "altered": (0, 1, 3, 4, 6, 8, 10),
    "bebop": (0, 2, 4, 5, 7, 9, 10, 11),
    "hirajoshi": (0, 2, 3, 7, 8),
    "in": (0, 1, 5, 7, 8),
    "whole tone": (0, 2, 4, 6, 8, 10),
    "whole-half diminished": (0, 2, 3, 5, 6, 8, 9, 11),
    "half-whole diminished": (0, 1, 3, 4, 6, 7, 9, 10),
    "chromatic": tuple(range(SEMITONES)),
}
"""Name to steps above the root, in semitones, ascending from 0."""

KEYS = (
    *("C", "C#", "Db", "D", "D#", "Eb", "E", "F", "F#"),
    *("Gb", "G", "G#", "Ab", "A", "A#", "Bb", "B"),
)
"""Names to choose a key from: every pitch class, the black keys as sharps and as flats."""

LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
ACCIDENTALS = {"#": 1, "♯": 1, "b": -1, "♭": -1}
SHARP_NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
FLAT_NAMES = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")

_MODES = {
    "major": 0,
    "dorian": 2,
    "phrygian": 4,
    "lydian": 5,
    "mixolydian": 7,
    "natural minor": 9,
    "locrian": 11,
}
"""Semitones from the root of the major scale with the same notes."""
_WRITTEN_AS = {
    "major pentatonic": "major",
    "major blues": "major",
    "harmonic major": "major",
    "bebop": "mixolydian",
    "lydian dominant": "lydian",
    "harmonic minor": "natural minor",
    "melodic minor": "natural minor",
    "minor pentatonic": "natural minor",
    "minor blues": "natural minor",
    "hungarian minor": "natural minor",
    "neapolitan minor": "natural minor",
    "phrygian dominant": "phrygian",
}
"""Scales that scores notate with another's signature and accidentals."""


def find_scale(name: str) -> tuple[int, ...]:
    """Steps of the scale called `name` above its root, in semitones, ascending from 0.

    Case, and `-` or `_` for a space, make no difference; `minor` alone is the natural minor.

    Raises:
        UsageError: no such scale; the message names the nearest and all there are.

    >>> find_scale("Minor_Pentatonic")
    (0, 3, 5, 7, 10)
    """
    return SCALES[scale_name(name)]


def scale_name(name: str) -> str:
    """The name in `SCALES` that `name` means.

    Raises:
        UsageError: no such scale.

    >>> scale_name("MINOR")
    'natural minor'
    """
    plain = {known.replace("-", " "): known for known in SCALES} | {"minor": "natural minor"}
    wanted = " ".join(name.lower().replace("-", " ").replace("_", " ").split())
    if wanted in plain:
        return plain[wanted]
    near = difflib.get_close_matches(wanted, plain, n=1)
    hint = f"; did you mean {plain[near[0]]!r}?" if near else ";"
    raise UsageError(f"no scale is called {name!r}{hint} There are: {', '.join(SCALES)}")


def pitch_class(name: str) -> int:
    """Semitones 0…11 of the note called `name` above C: a letter, then sharps or flats.

    Raises:
        UsageError: not the name of a note.

    >>> pitch_class("C#"), pitch_class("db"), pitch_class("B♭"), pitch_class("Cb")
    (1, 1, 10, 11)
    """
    spelled = name.strip()
    letter, accidentals = spelled[:1].upper(), spelled[1:]
    if letter not in LETTERS or any(sign not in ACCIDENTALS for sign in accidentals):
        raise UsageError(f"no note is called {name!r}; the keys are {', '.join(KEYS)}")
    return (LETTERS[letter] + sum(ACCIDENTALS[sign] for sign in accidentals)) % SEMITONES


def note_name(pitch: int, flats: bool = False) -> str:
    """Scientific name of MIDI note `pitch` 0…127: 60 is C4. Black keys as sharps, or as flats.

    >>> note_name(60), note_name(70), note_name(70, flats=True)
    ('C4', 'A#4', 'Bb4')
    """
    names = FLAT_NAMES if flats else SHARP_NAMES
    return f"{names[pitch % SEMITONES]}{pitch // SEMITONES - 1}"


def scale_pitches(key: str, scale: str, octave: int, degrees: ArrayLike) -> NDArray[np.int64]:
    """MIDI notes of scale `degrees`, any shape: 0 is the root in `octave`, past the top goes on.

    Octave 4 of C starts at middle C, 60. Nothing is clipped: degrees far out leave 0…127.

    >>> scale_pitches("D", "major", 4, [0, 2, 4, 7]).tolist()
    [62, 66, 69, 74]
    """
    steps = np.array(find_scale(scale))
    octaves, within = np.divmod(np.asarray(degrees, np.int64), len(steps))
    root = SEMITONES * (octave + 1) + pitch_class(key)
    return np.asarray(root + SEMITONES * octaves + steps[within])


def key_signature(key: str, scale: str) -> Key | None:
    """The key signature that a score in this key and scale is written with, or None.

    Modes take the signature of the major scale with the same notes, other scales that of the
    mode they are usually notated in; those without one (whole tone, chromatic …) get None, as
    do spellings that would need more than seven sharps or flats.

    >>> key_signature("A", "harmonic minor"), key_signature("Eb", "major").sharps
    (Key(onset_beats=0.0, sharps=0, minor=True), -3)
    """
    name = scale_name(scale)
    mode = _WRITTEN_AS.get(name, name)
    if mode not in _MODES:
        return None
    sharps = _fifths(key) - _fifths_of_mode(_MODES[mode])
    if abs(sharps) > 7:
        return None
    minor_third = 3 in SCALES[mode] and 4 not in SCALES[mode]
    return Key(0.0, sharps, minor_third)


def _fifths(key: str) -> int:
    """How many fifths above C the note called `key` lies, its spelling kept (C# 7, Db -5)."""
    spelled = key.strip()
    fifths = "FCGDAEB".index(spelled[:1].upper()) - 1 if pitch_class(key) >= 0 else 0
    return fifths + 7 * sum(ACCIDENTALS[sign] for sign in spelled[1:])


def _fifths_of_mode(semitones: int) -> int:
    """Fifths from a major root up to the root of its mode: lydian -1 … locrian 5."""
    return (semitones * 7 + 1) % SEMITONES - 1
