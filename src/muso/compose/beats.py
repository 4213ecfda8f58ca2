"""Drum tracks for scores: patterns fitted to meter, tempo and density."""

from __future__ import annotations

from dataclasses import dataclass, replace
from difflib import get_close_matches

import numpy as np
from numpy.typing import NDArray

from muso.errors import UsageError
from muso.music.bars import NEAR_BEATS, Bars
from muso.music.score import Score, Track

STEPS = 4
"""Steps of a pattern in one pulse; in compound meters they fall on its thirds."""
THIRDS = (0.0, 1 / 3, 2 / 3, 2 / 3)

SPARSE_ONSETS, BUSY_ONSETS = 0.75, 2.5
"""Onsets a pulse below and above which the music counts as sparse or busy."""
SLOW_BPM, FAST_BPM, HALF_TIME_BPM = 76.0, 132.0, 165.0
"""Pulses a minute: slow music gets the busier strokes, fast the sparser, faster half the tempo."""

PHRASE_BARS = 8
SHORTEST_STROKE_BEATS = 0.125

KICK, STICK, SNARE, CLAP = 36, 37, 38, 39
CLOSED_HAT, OPEN_HAT, CRASH = 42, 46, 49
FILL = ((SNARE, 78), (48, 84), (45, 90), (43, 98))
"""General MIDI keys and velocities of the pulse that leads into a new phrase, a step each."""


@dataclass(frozen=True)
class Voice:
    """One drum of a pattern.

    Attributes:
        key: in the General MIDI kit.
        two, three, four: strokes of bars of so many pulses, four characters a pulse: `.` for none,
            else loudness 1…9. A pattern of twice the length takes two bars in turn.
        least: density 0 (sparse)…2 (busy) from which on the drum plays.
        most: density up to which it plays.
    """

    key: int
    two: str
    three: str
    four: str
    least: int = 0
    most: int = 2

    def pattern(self, pulses: int) -> str:
        """The strokes of a bar of any number of pulses, put together from twos, threes and fours.

        >>> Voice(36, "9...8...", "9...8...7...", "9...8...7...6...").pattern(5)
        '9...8...7...9...8...'
        """
        own = {1: self.two[:STEPS], 2: self.two, 3: self.three, 4: self.four}
        if pulses in own:
            return own[pulses]
        first = 4 if pulses % 4 == 0 or pulses % 4 == 3 else 3
        return self.pattern(first)[: first * STEPS] + self.pattern(pulses - first)


BEATS: dict[str, tuple[Voice, ...]] = {
    "four-on-the-floor": (
        Voice(KICK, "9...9...", "9...9...9...", "9...9...9...9..."),
        Voice(CLAP, "....7...", "........7...", "....7.......7..."),
        Voice(OPEN_HAT, "..5...5.", "..5...5...5.", "..5...5...5...5.", least=1),
        Voice(CLOSED_HAT, "4..34..3", "4..34..34..3", "4..34..34..34..3", least=2),
    ),
    "rock": (
        Voice(KICK, "9.....6.", "9.........6.", "9.......8.6....."),
        Voice(SNARE, "....9...", "........9...", "....9.......9..."),
        Voice(CLOSED_HAT, "7...6...", "7...6...6...", "7...6...7...6...", most=0),
        Voice(CLOSED_HAT, "7.5.7.5.", "7.5.7.5.7.5.", "7.5.7.5.7.5.7.5.", least=1),
        Voice(SNARE, ".......2", "......2.....", ".......2.2.....2", least=2),
    ),
    "hiphop": (
        Voice(KICK, "9.....7.", "9.....7.....", "9......6..8....."),
        Voice(SNARE, "....9...", "........9...", "....9.......9..."),
        Voice(CLOSED_HAT, "6...5...", "6...5...5...", "6...5...6...5...", most=0),
        Voice(CLOSED_HAT, "6.4.6.4.", "6.4.6.4.6.4.", "6.4.6.4.6.4.6.4.", least=1),
        Voice(CLOSED_HAT, "...3....", "...3.......3", "...3.......3...3", least=2),
    ),
    "bossa": (
        Voice(KICK, "8.....5.", "8.....5.8...", "8.....5.8.....5."),
        # The clave takes two bars: three strokes, then two.
        Voice(
            STICK,
            "7..7..7." + "..7..7..",
            "7.....7....." + "....7...7...",
            "7.....7.....7..." + "....7.....7.....",
        ),
        Voice(CLOSED_HAT, "5...4...", "5...4...4...", "5...4...5...4...", most=0),
        Voice(CLOSED_HAT, "5.4.5.4.", "5.4.5.4.5.4.", "5.4.5.4.5.4.5.4.", least=1),
        Voice(CLOSED_HAT, ".3.3.3.3", ".3.3.3.3.3.3", ".3.3.3.3.3.3.3.3", least=2),
    ),
}
"""Every beat by name."""


def add_beat(score: Score, beat: str) -> Score:
    """The score with a drum track of its own, on channel 10.

    Each bar gets the pattern of its meter; slow and busy music gets more strokes than fast and
    sparse music, very fast music a pattern of half the tempo. Every eighth bar leads into the
    next phrase. The drums stop with the score.

    Args:
        score: with at least one note; its bars are those of its meters.
        beat: a name in `BEATS`.

    Raises:
        UsageError: no such beat.

    >>> import numpy as np
    >>> with_drums = add_beat(Score.of([60] * 8, np.arange(8), 1), "rock")
    >>> with_drums.tracks[-1].is_drum, bool((with_drums.onset_beats < 8).all())
    (True, True)
    """
    if beat not in BEATS:
        near = get_close_matches(beat, BEATS, 1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(BEATS)}"
        raise UsageError(f"there is no beat {beat!r}; {hint}")
    bars = Bars.of(score)
    density = _density(score, bars)
    strokes = [
        stroke
        for bar in range(len(bars.onset_beats))
        for stroke in _bar(score, bars, bar, int(density[bar]), BEATS[beat])
    ]
    return _joined(score, np.array(strokes, np.float64).reshape(-1, 3))


def _density(score: Score, bars: Bars) -> NDArray[np.int64]:
    """`(bar,)` how busy the drums should be, 0…2: the music's own density, and its tempo."""
    count = len(bars.onset_beats)
    onsets = np.unique(np.rint(score.onset_beats[score.pitched] / NEAR_BEATS)) * NEAR_BEATS
    each = np.bincount(bars.bar_at(onsets), minlength=count) / bars.pulses
    # Of a phrase, not of a bar: drums that follow every rest sound undecided.
    phrase = np.arange(count) // PHRASE_BARS
    mean = (np.bincount(phrase, each) / np.bincount(phrase))[phrase]
    busy = 1 + (mean > BUSY_ONSETS).astype(np.int64) - (mean < SPARSE_ONSETS)
    felt = _pulse_bpm(score, bars)
    return np.clip(busy + (felt < SLOW_BPM) - (felt > FAST_BPM), 0, 2)


def _pulse_bpm(score: Score, bars: Bars) -> NDArray[np.float64]:
    """`(bar,)` pulses a minute."""
    start = score.seconds_at(bars.onset_beats)
    end = score.seconds_at(bars.onset_beats + bars.length_beats)
    return 60.0 * bars.pulses / np.maximum(end - start, 1e-6)


def _bar(
    score: Score, bars: Bars, bar: int, density: int, voices: tuple[Voice, ...]
) -> list[tuple[float, int, int]]:
    """The strokes of one bar as onset in beats, key and velocity."""
    pulses, onset = int(bars.pulses[bar]), float(bars.onset_beats[bar])
    pulse_beats = float(bars.length_beats[bar]) / pulses
    compound = abs(pulse_beats % 1.5) < NEAR_BEATS
    leads = (bar + 1) % PHRASE_BARS == 0 and pulses > 1 and density > 0
    half_time = pulses == 4 and _pulse_bpm(score, bars)[bar] > HALF_TIME_BPM
    strokes = []
    for voice in (v for v in voices if v.least <= density <= v.most):
        for at, level in enumerate(_steps(voice, pulses, bar, half_time)):
            pulse, step = divmod(at, STEPS)
            if level == "." or (leads and pulse == pulses - 1 and voice.key != KICK):
                continue
            within = THIRDS[step] if compound else step / STEPS
            strokes.append(
                (onset + (pulse + within) * pulse_beats, voice.key, 30 + 10 * int(level))
            )
    if leads:
        last = onset + (pulses - 1) * pulse_beats
        strokes += [
            (last + n * pulse_beats / len(FILL), key, velocity)
            for n, (key, velocity) in enumerate(FILL)
        ]
    if bar % PHRASE_BARS == 0 and bar and density:
        strokes.append((onset, CRASH, 90))
    return strokes


def _steps(voice: Voice, pulses: int, bar: int, half_time: bool) -> str:
    """The pattern of one bar; in half time a pattern takes two bars, every step twice as long."""
    whole = voice.pattern(pulses)
    length = pulses * STEPS
    if half_time:
        stretched = "".join(step + "." for step in whole)
        whole = stretched
    turn = bar % (len(whole) // length) if len(whole) >= length else 0
    return whole[turn * length : (turn + 1) * length]


def _joined(score: Score, strokes: NDArray[np.float64]) -> Score:
    """The score with `strokes`, `(stroke, 3)` of onset, key and velocity, as a last track."""
    strokes = strokes[strokes[:, 0] < score.length_beats - NEAR_BEATS]
    _, once = np.unique(strokes[:, :2], axis=0, return_index=True)
    onset, key, velocity = strokes[once].T
    onsets = np.append(score.onset_beats, onset)
    pitches = np.append(score.pitch, key.astype(np.uint8))
    order = np.lexsort((pitches, onsets))
    ends = np.append(score.duration_beats, np.full(len(onset), SHORTEST_STROKE_BEATS))
    loud = np.append(score.velocity, velocity.astype(np.uint8))
    track = np.append(score.track, np.full(len(onset), len(score.tracks), np.int16))
    return replace(
        score,
        pitch=pitches[order],
        onset_beats=onsets[order],
        duration_beats=ends[order],
        velocity=loud[order],
        track=track[order],
        tracks=(*score.tracks, Track("Drums", 0, is_drum=True)),
    )
