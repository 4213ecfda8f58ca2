"""Playing: sounds, pictures and human performances of pieces."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from muso.errors import MusoError, UsageError, WrongFormat, shown
from muso.music.files import StrPath
from muso.progress import Listener, Progress, silent

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from muso.music.clip import Clip
    from muso.music.humanize import Moved
    from muso.music.score import Score
    from muso.music.sound import Played

PICTURES = (".png", ".svg")
SCORES = (".mid", ".midi")


@dataclass(frozen=True)
class Rendering:
    """How a piece is made into a sound, a picture or a score.

    Attributes:
        start_s, length_s: which part of it, in seconds; to its end where `length_s` is None.
        humanize: how freely a score is played, 0 (as written)…1; None leaves it alone too.
        seed: of that playing.
        soundfont: a SoundFont for FluidSynth to play a score with; `MUSO_SOUNDFONT` where None.
        theme: of a picture, `light` or `dark`; None for the usual one of its kind.
    """

    start_s: float = 0.0
    length_s: float | None = None
    humanize: float | None = None
    seed: int = 0
    soundfont: StrPath | None = None
    theme: str | None = None

    @property
    def end_s(self) -> float:
        """Where the part ends, in seconds of the piece; infinite for its end."""
        return self.start_s + (float("inf") if self.length_s is None else self.length_s)

    @property
    def whole(self) -> bool:
        """Whether the part is all there is."""
        return self.start_s == 0 and self.length_s is None


@dataclass(frozen=True)
class Rendered:
    """What became of one piece: the file made of it, or the error that kept it from being made.

    Attributes:
        path: the piece; None for one that had no file.
        target: the file made of it.
        length_s: of the music in it; its sound rings on a little longer.
        notes: in it; None for a clip.
        moved: what humanizing did to the whole piece; None where it was not asked for.
    """

    path: Path | None
    target: Path | None = None
    length_s: float = 0.0
    notes: int | None = None
    moved: Moved | None = None
    error: MusoError | None = None


def prepare(
    source: Score | Clip | StrPath, rendering: Rendering = Rendering()
) -> tuple[Score | Clip, Moved | None]:
    """The part of a piece that `rendering` asks for, humanized where it says so.

    A score is humanized whole and then cut, so that all its parts are of one playing.

    Returns:
        The part, and what humanizing did to the whole; None where it was not asked for.

    Raises:
        UsageError: no such part, or a clip that is to be humanized. FileError: it can't be read.

    >>> part, _ = prepare("examples/bach-bwv66-6.mid", Rendering(start_s=5, length_s=3))
    >>> round(part.length_s, 3)
    3.0
    """
    from muso.music.humanize import humanize
    from muso.music.score import Score

    start_s, length_s = rendering.start_s, rendering.length_s
    if not (start_s >= 0 and (length_s is None or length_s > 0)):
        long = "" if length_s is None else f" of {length_s:g} s"
        raise UsageError(f"a part{long} from {start_s:g} s on; take times above 0")
    piece, moved = _read_part(source, rendering), None
    if not isinstance(piece, Score):
        if rendering.humanize is not None:
            raise UsageError("a clip has been played already; only scores can be humanized")
        return piece, None
    if rendering.humanize is not None:
        performance = humanize(piece, rendering.humanize, seed=rendering.seed)
        piece, moved = performance.score, performance.moved
    part = piece if rendering.whole else piece.between(start_s, rendering.end_s)
    if len(piece) and not len(part):
        until = "on" if length_s is None else f"to {rendering.end_s:g} s"
        lasts = f"the score lasts {piece.length_s:.1f} s"
        raise UsageError(f"no note begins from {start_s:g} s {until}; {lasts}, take another part")
    return part, moved


def _read_part(source: Score | Clip | StrPath, rendering: Rendering) -> Score | Clip:
    """A whole score, or the part of a clip that is asked for."""
    from muso.music.clip import MAX_LENGTH_S, Clip, read_clip_part
    from muso.music.cover import Cover
    from muso.music.media import media_of, read_piece
    from muso.music.score import Score

    start_s, end_s = rendering.start_s, rendering.end_s
    if isinstance(source, Score) or (isinstance(source, Clip) and rendering.whole):
        return source
    if isinstance(source, Clip):
        rate, count = source.sample_rate, source.samples.shape[1]
        first, last = (round(min(at * rate, count)) for at in (start_s, end_s))
        if first == last:
            raise UsageError(f"the clip ends at {source.length_s:.1f} s; take an earlier part")
        return Clip(source.samples[:, first:last], rate)
    if media_of(source) == "clip" and not rendering.whole:
        return read_clip_part(source, start_s, min(end_s - start_s, MAX_LENGTH_S))
    piece = read_piece(source)
    if isinstance(piece, Cover):
        raise WrongFormat(source, "this is a cover", "give a score or a clip")
    return piece


def render(
    source: Score | Clip | StrPath,
    target: StrPath,
    rendering: Rendering = Rendering(),
    listener: Listener = silent,
) -> Rendered:
    """Make a sound, a picture or a score of a piece, by the suffix of `target`.

    A score becomes sound (`.wav`, `.flac`, `.ogg`, `.mp3`), a piano roll (`.png`, `.svg`) or a
    score again (`.mid`); a clip becomes sound or a spectrogram (`.png`). The file appears once
    it is whole.

    Args:
        source: a piece, or its file.
        target: the file to make; never the piece's own.
        rendering: which part, and how.
        listener: told how many seconds of a score have been played.

    Raises:
        UsageError: an unknown suffix, one that the piece can't become, no such part, no notes.
        FileError: the piece can't be read, or the target not written.

    >>> import pathlib, tempfile
    >>> picture = pathlib.Path(tempfile.mkdtemp(), "bach.png")
    >>> render("examples/bach-bwv66-6.mid", picture, Rendering(length_s=5)).notes
    39
    """
    from muso.music.clip import Clip
    from muso.music.score import Score

    path = None if isinstance(source, Score | Clip) else Path(source)
    write, target = writer_of(target), Path(target)
    if path is not None and _same_file(path, target):
        raise UsageError(f"{shown(target)}: this is the piece itself; choose another name")
    piece, moved = prepare(source, rendering)
    write(piece, target, shown(path.stem) if path else "", rendering, listener)
    notes = len(piece) if isinstance(piece, Score) else None
    return Rendered(path, target, piece.length_s, notes, moved)


def writer_of(target: StrPath) -> Any:
    """The function that writes what the suffix of `target` names."""
    known_ones, suffix = writers(), Path(target).suffix.lower()
    if suffix not in known_ones:
        known = ", ".join(known_ones)
        raise UsageError(f"{shown(target)}: muso makes {known}; end the name in one of them")
    return known_ones[suffix]


def check_target(target: StrPath) -> None:
    """Refuse a file that nothing could be written to, before the work that goes into it.

    Raises:
        UsageError: an unknown suffix. FileError: its folder is missing or can't be written.
    """
    import tempfile

    from muso.music.files import writing_in

    writer_of(target)
    folder = Path(target).parent
    with writing_in(folder), tempfile.TemporaryFile(dir=folder):
        pass


def writers() -> dict[str, Any]:
    """By suffix, what writes it."""
    from muso.music.clip import ENCODINGS

    return {
        **dict.fromkeys(ENCODINGS, _write_sound),
        **dict.fromkeys(PICTURES, _write_picture),
        **dict.fromkeys(SCORES, _write_score),
    }


def _write_sound(
    piece: Score | Clip, target: Path, title: str, rendering: Rendering, listener: Listener
) -> None:
    from muso.music.clip import Clip, write_clip
    from muso.music.sound import SAMPLE_RATE, render_blocks
    from muso.music.sound.writing import write_blocks

    if isinstance(piece, Clip):
        return write_clip(piece, target)
    blocks = render_blocks(piece, soundfont=rendering.soundfont)
    told = _told(blocks, SAMPLE_RATE, piece.length_s, listener)
    return write_blocks(told, target, SAMPLE_RATE)


def _told(
    blocks: Iterator[NDArray[np.float32]], sample_rate: int, length_s: float, listener: Listener
) -> Iterator[NDArray[np.float32]]:
    """`blocks`, telling `listener` how many seconds of `length_s` they have come to."""
    from time import monotonic

    started, done_s = monotonic(), 0.0
    for block in blocks:
        yield block
        done_s += block.shape[1] / sample_rate
        left_s = max(length_s - done_s, 0.0) * (monotonic() - started) / max(done_s, 1e-9)
        done = min(round(done_s), round(length_s))
        listener(Progress("seconds of sound", done, round(length_s), left_s))


def _write_picture(
    piece: Score | Clip, target: Path, title: str, rendering: Rendering, listener: Listener
) -> None:
    from muso.music.clip import Clip
    from muso.music.files import whole
    from muso.music.picture import piano_roll_png, piano_roll_svg, spectrogram_png

    png = target.suffix.lower() == ".png"
    if isinstance(piece, Clip):
        if not png:
            raise UsageError(f"{shown(target)}: a spectrogram is written as .png; take that")
        theme = rendering.theme or "dark"
        content = spectrogram_png(piece.samples, piece.sample_rate, title=title, theme=theme)
    else:
        theme = rendering.theme or "light"
        if png:
            content = piano_roll_png(piece, title=title, theme=theme)
        else:
            content = piano_roll_svg(piece, title=title, theme=theme).encode()
    with whole(target) as unfinished:
        unfinished.write_bytes(content)


def _write_score(
    piece: Score | Clip, target: Path, title: str, rendering: Rendering, listener: Listener
) -> None:
    from muso.music.midi import write_score
    from muso.music.score import Score

    if not isinstance(piece, Score):
        raise UsageError(f"{shown(target)}: muso can't write down what a clip plays; give a score")
    write_score(piece, target)


def _same_file(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except (OSError, ValueError):
        return False


def play(
    source: Score | Clip | StrPath,
    rendering: Rendering = Rendering(),
    listener: Listener = silent,
) -> Played:
    """Play a piece through the system's player, or a part of it, and return when it has ended.

    Returns:
        Which player played it or, where the system has none that works, where its WAV is.

    Raises:
        As `prepare`, and UsageError where there are no notes to hear.
    """
    from muso.music.sound import play

    part, _ = prepare(source, rendering)
    return play(part, soundfont=rendering.soundfont, listener=listener)


def humanize_file(
    path: StrPath,
    target: StrPath,
    amount: float = 0.5,
    *,
    timing: float | None = None,
    dynamics: float | None = None,
    tempo: float | None = None,
    pitch: float | None = None,
    seed: int = 0,
) -> Moved:
    """Write a score as a person might play it; see `muso.music.humanize.humanize`.

    Returns:
        How much the playing differs from what is written.

    Raises:
        UsageError: an amount outside 0…1, a seed below 0, or a target that is no MIDI file or
            the score itself. FileError: the score can't be read, or the target not written.

    >>> import pathlib, tempfile
    >>> played = pathlib.Path(tempfile.mkdtemp(), "played.mid")
    >>> humanize_file("examples/bach-bwv66-6.mid", played, 0.5).notes
    163
    """
    from muso.music.humanize import humanize
    from muso.music.midi import read_score, write_score

    path, target = Path(path), Path(target)
    if target.suffix.lower() not in SCORES:
        known = " or ".join(SCORES)
        raise UsageError(f"{shown(target)}: a score is written as {known}; end the name in that")
    if _same_file(path, target):
        raise UsageError(f"{shown(target)}: this is the score itself; choose another name")
    performance = humanize(
        read_score(path),
        amount,
        timing=timing,
        dynamics=dynamics,
        tempo=tempo,
        pitch=pitch,
        seed=seed,
    )
    write_score(performance.score, target)
    return performance.moved
