"""Composing: pieces in a mood, streamed as they are made or written as files.

request = ComposeRequest(mood="happy", seconds=30, seed=7)
compose(request).score                       # the whole piece
for item in compose_stream(request): ...     # Note, Note, …, at last the Composition
compose_files(request, "out.mid", count=3)   # out-01.mid, out-02.mid, out-03.mid
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from muso.compose.composition import Composition, Note
from muso.compose.request import DEFAULT_BUNDLE, DEFAULT_LENGTH_S, ComposeRequest
from muso.errors import UsageError, shown
from muso.music.files import StrPath
from muso.progress import Listener, Progress, silent
from muso.service.ears import mood_ear, style_ear
from muso.service.steering import hold_for, read_steering

if TYPE_CHECKING:
    import numpy as np

    from muso.bundle.language import LanguageBundle
    from muso.compose.length import Goal
    from muso.compose.sampling import Aim, Turn
    from muso.compose.telling import Hold, Told
    from muso.music.score import Score

CANDIDATES = 8
"""Continuations that compete at each turn where a mood is asked for."""
STYLE_CANDIDATES = 6
"""The same for a style alone: so that 500 notes take less than a second."""
MAX_COUNT = 1000
PLAYED, SCORED = "emopia", "vgmidi"
"""Collections in whose manner moods are met best: played freely, or written in bars."""
GUIDANCE = 2.5
"""How many times as far as it learnt to a model goes towards a mood."""
UNASKED, UNASKED_NOTES = 64, 400
"""Pieces that a model makes of its own accord, and notes of each."""
SPARE_BARS = 2
"""Bars more than a loop needs, so that there is a choice of seams."""


@dataclass(frozen=True)
class Composed:
    """A composition and the file it was written to."""

    path: Path
    composition: Composition


def compose(request: ComposeRequest, listener: Listener = silent) -> Composition:
    """Make a piece; the last thing that `compose_stream` gives.

    Args:
        request: what is asked for; its values are checked already.
        listener: told of the progress, in hundredths of the piece (stage `composing`).

    Raises:
        UsageError: no such bundle, or one that can't do what is asked. BundleError: it can't be
            read. FileError: the score to go on from can't be used.
    """
    *_, last = compose_stream(request, listener)
    assert isinstance(last, Composition)
    return last


def compose_stream(
    request: ComposeRequest, listener: Listener = silent
) -> Iterator[Note | Composition]:
    """Make a piece and give its notes, in the order of their onsets, as they are decided.

    The last item is the `Composition`; its notes are those given before, but that one ends where
    its pitch is struck again, plus what can only be added in the end: humanized playing and a
    drum track, if asked for. A loop is cut from what was played. Stop asking, and nothing more is
    made.

    Raises:
        As `compose`, with the first item.
    """
    from importlib.metadata import version

    model = _model(request)
    aim = _aim(model, request)
    given, said = 0, 0.0
    for turn in _turns(model, request, aim):
        score = turn.score
        yield from _notes(score, given)
        given, said = len(score), turn.reached
        listener(Progress("composing", min(round(100 * said), 100), 100))
    score = _finished(score, request)
    yield Composition(
        score=score,
        bundle=model.name,
        made_by=f"muso {version('muso')}",
        seed=request.seed,
        request=request.as_dict(),
        heard={} if aim.ear is None else dict(aim.ear(score)),
    )


@lru_cache(maxsize=1)
def compose_unasked(model: LanguageBundle) -> tuple[Score, ...]:
    """What a model makes when nothing is asked of it: `UNASKED` pieces, side by side.

    They are kept: several styles may be learnt from one model.
    """
    import numpy as np

    from muso.compose.length import Goal
    from muso.compose.streams import Streams
    from muso.compose.telling import Taste, Told

    told, taste = Told(model.condition()[0]), Taste(top_p=1.0, barred=False)
    goal, rng = Goal("notes", UNASKED_NOTES), np.random.default_rng(0)
    streams = Streams(model, told, UNASKED, goal, taste, rng)
    streams.grow(2 * UNASKED_NOTES)
    return tuple(streams.score(which) for which in range(UNASKED))


def draw_seed() -> int:
    """A seed that nobody chose, short enough to be typed again.

    >>> 0 <= draw_seed() < 10**6
    True
    """
    import secrets

    return secrets.randbelow(10**6)


def _model(request: ComposeRequest) -> LanguageBundle:
    """The bundle that composes.

    Raises:
        UsageError: none of that name. BundleError: it can't be read, or names things instead.
    """
    from muso.bundle.language import find_language

    if request.steering is not None:
        return find_language(read_steering(request.steering).bundle)
    return find_language(request.bundle or DEFAULT_BUNDLE)


def _aim(model: LanguageBundle, request: ComposeRequest) -> Aim:
    from muso.compose.sampling import Aim

    valence, arousal = request.target
    if valence is not None or arousal is not None:
        # Alone: an ear for the style would be in its way.
        return Aim(valence, arousal, mood_ear())
    # Held neurons are to be heard as they are.
    return Aim() if request.steering is not None else Aim(style=style_ear(model))


def _turns(model: LanguageBundle, request: ComposeRequest, aim: Aim) -> Iterator[Turn]:
    import numpy as np

    from muso.bundle.starts import begin_anywhere
    from muso.compose.sampling import sample
    from muso.compose.telling import Taste
    from muso.music.midi import read_score

    start = None
    if request.start is not None:
        start = model.encoding.encode(read_score(request.start))[:-1]
    plain = Taste()
    taste = replace(
        plain,
        temperature=request.temperature or plain.temperature,
        top_p=request.top_p or plain.top_p,
        barred=_barred(request),
    )
    rng = np.random.default_rng(request.seed)
    steered = (aim.valence, aim.arousal) != (None, None)
    # A style's pieces lead where nothing else does: their moods would be in the way of another.
    led = steered or start is not None or request.steering is not None
    begun = model if led else begin_anywhere(model, rng)
    competing = CANDIDATES if aim.ear else STYLE_CANDIDATES if aim.style else 1
    return sample(
        begun,
        _told(model, request, rng),
        aim,
        _goal(request),
        taste,
        request.candidates or competing,
        rng,
        start,
        _hold(request),
    )


def _hold(request: ComposeRequest) -> Hold | None:
    return None if request.steering is None else hold_for(read_steering(request.steering))


def _told(model: LanguageBundle, request: ComposeRequest, rng: np.random.Generator) -> Told:
    """The mood that a model is told, and how strongly it is to follow it."""
    from muso.compose.telling import Told

    collection = _collection(model, request)
    without = model.condition(collection=collection)[0]
    valence, arousal = request.target
    if valence is None and arousal is None:
        return Told(without)
    by_chance = rng.uniform(-1, 1, 2).tolist()
    valence = by_chance[0] if valence is None else valence
    arousal = by_chance[1] if arousal is None else arousal
    return Told(model.condition(valence, arousal, collection)[0], without, GUIDANCE)


def _barred(request: ComposeRequest) -> bool:
    """Whether what is asked for needs bars; else a model may play as freely as it likes."""
    return not (request.bars is None and request.loop_bars is None and request.beat is None)


def _collection(model: LanguageBundle, request: ComposeRequest) -> str | None:
    """Which of the collections it learnt a model is to be told; None leaves it open."""
    if request.like is not None:
        return request.like
    if model.name != DEFAULT_BUNDLE:
        # A style is its own collection, whatever else its model once learnt.
        return None
    preferred = SCORED if _barred(request) else PLAYED
    return preferred if request.target != (None, None) and preferred in model.collections else None


def _goal(request: ComposeRequest) -> Goal:
    from muso.compose.length import Goal

    if request.loop_bars is not None:
        # The last bar comes to rest, and a loop does not.
        return Goal("bars", 2 * request.loop_bars + SPARE_BARS)
    if request.bars is not None:
        return Goal("bars", request.bars)
    if request.notes is not None:
        return Goal("notes", request.notes)
    return Goal("seconds", request.seconds or DEFAULT_LENGTH_S)


def _notes(score: Score, since: int) -> Iterator[Note]:
    onset_s, offset_s = score.onset_s, score.offset_s
    for n in range(since, len(score)):
        yield Note(
            onset_s=float(onset_s[n]),
            duration_s=float(offset_s[n] - onset_s[n]),
            pitch=int(score.pitch[n]),
            velocity=int(score.velocity[n]),
        )


def _finished(score: Score, request: ComposeRequest) -> Score:
    """The music in parts, looped, with its beat, as it is to be played."""
    from muso.compose.beats import add_beat
    from muso.compose.looping import make_loop
    from muso.compose.parts import set_out
    from muso.compose.pulse import lay_on_beats
    from muso.music.humanize import humanize
    from muso.represent.grid import FREE_BPM

    if not score.meters and set(score.tempo_bpm.tolist()) == {FREE_BPM}:
        # Played freely: the file's beats are a clock's.
        score = lay_on_beats(score)
    score = set_out(score, request.tracks, request.instrument or 0)
    if request.loop_bars is not None:
        resting = score.onset_beats >= score.onset_beats.max() - 1e-9
        score = make_loop(score.select(~resting), request.loop_bars)
    if request.beat is not None:
        score = add_beat(score, request.beat)
    if request.humanize:
        score = humanize(score, request.humanize, seed=request.seed).score
    return score


def compose_files(
    request: ComposeRequest, target: StrPath, count: int = 1, listener: Listener = silent
) -> Iterator[Composed]:
    """Make `count` pieces and write each as the suffix of `target` says, whole or not at all.

    `.mid` is a score; `.wav`, `.flac`, `.ogg` and `.mp3` its sound; `.png` and `.svg` its piano
    roll. Several go to `out-01.mid`, `out-02.mid`, …, with seeds counted up from the request's.

    Raises:
        UsageError: an unknown suffix, or a count below 1. FileError: the folder is missing or
            can't be written, told before anything is composed. As `compose` otherwise.
    """
    from muso.service.playing import check_target, render

    if not 1 <= count <= MAX_COUNT:
        raise UsageError(f"count is {count}; give 1 to {MAX_COUNT:,}")
    target = Path(target)
    check_target(target)
    if request.start is not None and _same(Path(request.start), target):
        raise UsageError(f"{shown(target)}: this is the score to go on from; choose another name")
    for number in range(count):
        name = f"{target.stem}-{number + 1:02}{target.suffix}" if count > 1 else target.name
        path = target.with_name(name)
        composition = compose(replace(request, seed=request.seed + number), listener)
        render(composition.score, path, listener=listener)
        yield Composed(path, composition)


def _same(one: Path, other: Path) -> bool:
    return one.exists() and other.exists() and one.samefile(other)
