"""Parts: two hands, an instrument, the key and the meter, as another program wants them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from muso.compose.ending import key_at_end
from muso.music.scale import FLAT_NAMES, SHARP_NAMES, key_signature
from muso.music.score import Key, Meter, Score, Track

REACH_S = 1.5
"""Where a hand is follows from the notes around, up to this far."""
LOWEST_SPLIT, HIGHEST_SPLIT = 52, 66
"""The hands meet between E3 and F#4, wherever the music is."""
COMMON_TIME = Meter(0.0, 4, 4)


def set_out(score: Score, tracks: int, program: int) -> Score:
    """`score` in named tracks, with key and meter set.

    Args:
        score: of one pitched part or more, which are laid together.
        tracks: 1 for one part, 2 for two hands.
        program: General MIDI, 0…127.

    >>> out = set_out(Score.of([48, 72], [0, 0], [1, 1]), 2, 0)
    >>> [(track.name, out.pitch[out.track == n].tolist()) for n, track in enumerate(out.tracks)]
    [('Right hand', [72]), ('Left hand', [48])]
    """
    score = _once(score)
    keys = score.keys or _signature(score)
    meters = score.meters or (COMMON_TIME,)
    left = left_hand(score) if tracks == 2 else np.zeros(len(score), bool)
    if tracks == 1 or left.all() or not left.any():
        named: tuple[Track, ...] = (Track("Music", program),)
        return replace(
            score, tracks=named, track=np.zeros(len(score), np.int16), keys=keys, meters=meters
        )
    named = (Track("Right hand", program), Track("Left hand", program))
    return replace(score, tracks=named, track=left.astype(np.int16), keys=keys, meters=meters)


def left_hand(score: Score) -> NDArray[np.bool_]:
    """`(note,)` true for what the left hand plays: what lies below the middle of the notes around.

    >>> left_hand(Score.of([40, 47, 64, 76], [0, 1, 0, 1], [1, 1, 1, 1])).tolist()
    [True, False, True, False]
    """
    onset, pitch = score.onset_s, score.pitch.astype(np.float64)
    first = np.searchsorted(onset, onset - REACH_S)
    last = np.searchsorted(onset, onset + REACH_S, side="right")
    middle = np.array(
        [(pitch[a:b].min() + pitch[a:b].max()) / 2 for a, b in zip(first, last, strict=True)]
    )
    return np.asarray(pitch < np.clip(middle, LOWEST_SPLIT, HIGHEST_SPLIT))


def _signature(score: Score) -> tuple[Key, ...]:
    tonic, minor = key_at_end(score)
    mode = "natural minor" if minor else "major"
    spelled = (key_signature(names[tonic], mode) for names in (SHARP_NAMES, FLAT_NAMES))
    fitting = [key for key in spelled if key is not None]
    return (min(fitting, key=lambda key: abs(key.sharps)),)


def _once(score: Score) -> Score:
    """The tempo map without marks that repeat the one before or lie past the last note."""
    kept = np.append(True, np.diff(score.tempo_bpm) != 0)
    kept &= score.tempo_onset_beats < max(score.length_beats, 1e-9)
    kept[0] = True
    return replace(
        score, tempo_onset_beats=score.tempo_onset_beats[kept], tempo_bpm=score.tempo_bpm[kept]
    )
