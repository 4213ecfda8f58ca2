"""From written notes to strokes: when each sound starts, is let go and is cut, pedals obeyed."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from muso.music.score import Score
from muso.music.sound import voices
from muso.music.sound.crowds import given_way, loudest_struck
from muso.music.sound.kit import CHOKES
from muso.music.sound.piano import LAST_DAMPED

SUSTAIN, SOSTENUTO, SOFT = 64, 66, 67
DOWN = 64
"""Value from which on a pedal counts as down (General MIDI 1)."""
LAYERS = 8
"""Touches, from soft to hard, that are told apart in timbre; loudness follows velocity exactly."""
TOUCH = 1.7
"""Exponent from velocity to amplitude: 27 dB from pianissimo (20) to the hardest stroke."""
SHORTEST_S = 0.03
"""However short a note is written, its key takes a moment to come up."""
CUT_S = 0.08
"""Fade of a string or drum that is struck again while it sounds."""
HELD_S = 2.5
"""How long a pedal that is never lifted holds the last sounds."""
DAMPER_GAIN = 0.035


@dataclass(frozen=True, eq=False)
class Strokes:
    """Sounds to make, ordered by start. Arrays share one shape `(stroke,)`.

    Attributes:
        start_s: when it is struck.
        release_s: when it is let go; infinite for what always rings out.
        fade_s: the longest it may take to fall silent then.
        gain: amplitude against full velocity.
        voice: index into `VOICES`.
        pitch: MIDI note number.
        layer: touch, 0 (softest) … `LAYERS` - 1.
        track: index into the score's tracks.
    """

    start_s: NDArray[np.float64]
    release_s: NDArray[np.float64]
    fade_s: NDArray[np.float64]
    gain: NDArray[np.float64]
    voice: NDArray[np.int16]
    pitch: NDArray[np.int16]
    layer: NDArray[np.int16]
    track: NDArray[np.int16]

    def __len__(self) -> int:
        return len(self.start_s)

    def take(self, index: NDArray[np.int64] | NDArray[np.bool_]) -> Strokes:
        """The strokes at `index`, in its order."""
        return Strokes(**{name: column[index] for name, column in vars(self).items()})

    def loudest(self) -> float:
        """RMS to expect of the loudest half second, against one note at full velocity."""
        if not len(self):
            return 0.0
        first = (self.start_s * 4).astype(np.int64)
        # What decays has given most of its power within half a second; what is held gives on.
        last = np.minimum(np.minimum(self.release_s, self.start_s + 1.0) * 4, first + 4)
        last = np.maximum(last.astype(np.int64), first) + 1
        edges = np.zeros(int(last.max()) + 2)
        np.add.at(edges, first, self.gain**2)
        np.add.at(edges, last, -(self.gain**2))
        return float(np.sqrt(np.cumsum(edges).max()))


def strokes_of(score: Score) -> Strokes:
    """The strokes that play `score`.

    Sustain (64), sostenuto (66) and soft (67) pedals are obeyed. A key struck while it still
    sounds ends the sound before; two notes on one key at one moment are one stroke, the louder.
    """
    strokes = _once(_written(score))
    strokes = strokes.take(loudest_struck(strokes.start_s, strokes.gain))
    drum = strokes.voice == voices.KIT
    release_s = strokes.release_s.copy()
    soft, opened = np.zeros((2, len(strokes)), bool)
    for track in np.unique(strokes.track[~drum]):
        mine = np.flatnonzero(strokes.track == track)
        source = pedalling(score, int(track))
        start_s = strokes.start_s[mine]
        down, up = _spans(score, source, SOSTENUTO)
        release_s[mine] = _held_if_down_before(start_s, release_s[mine], down, up)
        down, up = _spans(score, source, SUSTAIN)
        release_s[mine] = _until_lifted(release_s[mine], down, up)
        opened[mine] = _until_lifted(start_s, down, up) > start_s
        soft[mine] = _until_lifted(start_s, *_spans(score, source, SOFT)) > start_s
    release_s = np.minimum(release_s, score.length_s + HELD_S)
    release_s[drum] = np.inf
    fade_s = np.full(len(strokes), np.inf)
    _cut_at_next(strokes, release_s, fade_s)
    held_s = np.where(drum, strokes.start_s + 1.0, release_s)
    until_s = given_way(strokes.start_s, held_s)
    release_s[until_s < held_s], fade_s[until_s < held_s] = until_s[until_s < held_s], CUT_S
    _choke(strokes, release_s, fade_s, drum)
    piano = opened & np.isin(strokes.voice, voices.PIANOS)
    played = Strokes(
        strokes.start_s,
        release_s,
        fade_s,
        strokes.gain * np.where(soft, 0.75, 1.0),
        strokes.voice + np.where(piano, voices.OPEN, 0).astype(np.int16),
        strokes.pitch,
        np.where(soft, strokes.layer * 2 // 3, strokes.layer).astype(np.int16),
        strokes.track,
    )
    return _with_dampers(played)


def pedalling(score: Score, track: int) -> int:
    """The track whose pedals `track` obeys: its own, or the other hand's.

    Files often write a pianist's hands as two tracks and the pedals in one of them.
    """
    changes = score.changes
    pedal = np.isin(changes.number, (SUSTAIN, SOSTENUTO, SOFT))
    with_pedals = np.unique(changes.track[pedal]).tolist()
    if track in with_pedals:
        return track
    program = score.tracks[track].program
    hands = [
        other
        for other in with_pedals
        if score.tracks[other].program == program and not score.tracks[other].is_drum
    ]
    return int(hands[0]) if hands and program in voices.PIANOS else track


def _written(score: Score) -> Strokes:
    programs = [voices.KIT if part.is_drum else part.program for part in score.tracks]
    velocity = score.velocity.astype(np.float64)
    return Strokes(
        start_s=score.onset_s,
        release_s=np.maximum(score.offset_s, score.onset_s + SHORTEST_S),
        fade_s=np.full(len(score), np.inf),
        gain=(velocity / 127) ** TOUCH,
        voice=np.array(programs, np.int16)[score.track],
        pitch=score.pitch.astype(np.int16),
        layer=np.minimum(score.velocity.astype(np.int16) * LAYERS // 128, LAYERS - 1),
        track=score.track,
    )


def _once(strokes: Strokes) -> Strokes:
    """One stroke for all on one key at one moment: the hardest, held as long as any of them."""
    order = np.lexsort((strokes.gain, strokes.start_s, strokes.pitch, strokes.track))
    ordered = strokes.take(order)
    same = (
        (np.diff(ordered.start_s) < 1e-4)
        & (np.diff(ordered.pitch) == 0)
        & (np.diff(ordered.track) == 0)
    )
    first = np.flatnonzero(np.append(True, ~same))
    hardest = ordered.take(np.append(first[1:], len(ordered)) - 1)
    held = replace(hardest, release_s=np.maximum.reduceat(ordered.release_s, first))
    return held.take(np.argsort(held.start_s, kind="stable"))


def _spans(
    score: Score, track: int, number: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """When a pedal goes down and when it comes up, `(span,)` each."""
    changes = score.changes
    mine = (changes.track == track) & (changes.number == number)
    down = np.concatenate([[False], changes.value[mine] >= DOWN, [False]])
    at_s = np.concatenate([[0.0], score.seconds_at(changes.onset_beats[mine]), [np.inf]])
    edge = np.diff(down.astype(np.int8), prepend=0)
    return at_s[edge > 0], at_s[edge < 0]


def _until_lifted(
    time_s: NDArray[np.float64], down: NDArray[np.float64], up: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Each time, or the end of the span it falls in."""
    if not len(down):
        return time_s
    span = np.searchsorted(down, time_s, side="right") - 1
    end = np.where(span >= 0, up[span], -np.inf)
    return np.maximum(time_s, end)


def _held_if_down_before(
    start_s: NDArray[np.float64],
    release_s: NDArray[np.float64],
    down: NDArray[np.float64],
    up: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Sostenuto: holds only the keys that are down as the pedal goes down."""
    if not len(down):
        return release_s
    span = np.searchsorted(down, release_s, side="left") - 1
    caught = (span >= 0) & (start_s <= down[span])
    return np.where(caught, np.maximum(release_s, up[span]), release_s)


def _cut_at_next(
    strokes: Strokes, release_s: NDArray[np.float64], fade_s: NDArray[np.float64]
) -> None:
    """Let each sound go, at the latest, as its own key is struck again. Changes its arguments."""
    order = np.lexsort((strokes.start_s, strokes.pitch, strokes.track))
    same = (np.diff(strokes.pitch[order]) == 0) & (np.diff(strokes.track[order]) == 0)
    earlier, later = order[:-1][same], order[1:][same]
    cut = release_s[earlier] >= strokes.start_s[later]
    release_s[earlier[cut]] = strokes.start_s[later[cut]]
    fade_s[earlier[cut]] = CUT_S


def _choke(
    strokes: Strokes,
    release_s: NDArray[np.float64],
    fade_s: NDArray[np.float64],
    drum: NDArray[np.bool_],
) -> None:
    """A closed hat silences the open one, and so on. Changes its arguments."""
    for striker, silenced in CHOKES.items():
        at_s = strokes.start_s[drum & (strokes.pitch == striker)]
        open_ones = np.flatnonzero(drum & np.isin(strokes.pitch, silenced))
        if not len(at_s) or not len(open_ones):
            continue
        after = np.searchsorted(at_s, strokes.start_s[open_ones], side="right")
        until = np.append(at_s, np.inf)[after]
        sooner = until < release_s[open_ones]
        release_s[open_ones[sooner]] = until[sooner]
        fade_s[open_ones[sooner]] = CUT_S


def _with_dampers(strokes: Strokes) -> Strokes:
    """The strokes and, where a piano's key is let go, the soft thud of its damper."""
    piano = np.isin(strokes.voice, voices.PIANOS) | (strokes.voice >= voices.OPEN)
    falls = piano & (strokes.pitch <= LAST_DAMPED) & np.isinf(strokes.fade_s)
    thuds = strokes.take(falls)
    count = len(thuds)
    thuds = Strokes(
        thuds.release_s,
        np.full(count, np.inf),
        np.full(count, np.inf),
        np.full(count, DAMPER_GAIN),
        np.full(count, voices.DAMPER, np.int16),
        thuds.pitch,
        np.zeros(count, np.int16),
        thuds.track,
    )
    pairs = zip(vars(strokes).values(), vars(thuds).values(), strict=True)
    both = Strokes(*(np.concatenate(pair) for pair in pairs))
    return both.take(np.argsort(both.start_s, kind="stable"))
