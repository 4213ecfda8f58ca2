"""Breeding phrases: sessions that are begun, gone on with and exported."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from muso.errors import UsageError, shown
from muso.music.files import StrPath

if TYPE_CHECKING:
    from muso.compose.evolve.genome import Form
    from muso.compose.evolve.opinions import Predictor
    from muso.compose.evolve.population import Breeding
    from muso.compose.evolve.session import Session
    from muso.music.score import Score


def fit_form(source: StrPath | Score, form: Form) -> Form:
    """`form` with the key, octave and tempo that suit a score's melody.

    Raises:
        UsageError: no pitched notes in it. FileError: it can't be read.

    >>> from muso.compose.evolve.genome import Form
    >>> fit_form("examples/brahms-wiegenlied.mid", Form()).key
    'Eb'
    """
    from muso.compose.evolve.genome import form_for

    return form_for(_read(source), form)


def _read(source: StrPath | Score) -> Score:
    from muso.music.midi import read_score
    from muso.music.score import Score

    return source if isinstance(source, Score) else read_score(source)


def _hearing(hears: Mapping[str, str]) -> Predictor:
    """The opinions of bundles: moods as their probabilities, a style as its surprise.

    Raises:
        UsageError: there is no such bundle any more. BundleError: it can't be read.
    """
    asked = [_HEARING[kind](bundle) for kind, bundle in hears.items()]

    def say(score: Score) -> dict[str, float]:
        return {name: value for one in asked for name, value in one(score).items()}

    return say


def _moods(bundle: str) -> Predictor:
    from muso.service.ears import mood_ear

    return mood_ear(bundle)


def _style(bundle: str) -> Predictor:
    """How little a phrase surprises a model of a style, in nats a note."""
    from muso.bundle.language import find_language

    model = find_language(bundle)

    def say(score: Score) -> dict[str, float]:
        total, pitch, notes = model.surprise(model.encoding.encode(score))
        return {"surprise": total / max(notes, 1), "surprise_of_pitch": pitch / max(notes, 1)}

    return say


_HEARING: dict[str, Callable[[str], Predictor]] = {"moods": _moods, "style": _style}


def sessions_folder() -> Path:
    """Where breeding sessions are that were given a name, or nothing at all."""
    from muso.bundle.store import home

    return home() / "sessions"


def session_folder(session: StrPath) -> Path:
    """The folder that `session`, a name or a folder, stands for.

    A plain name stands for a session of muso's own folder, unless there is one of that name
    right here.

    >>> session_folder("songs") == sessions_folder() / "songs"
    True
    """
    from muso.compose.evolve.session import FILE

    folder = Path(session)
    plain = len(folder.parts) == 1 and folder.name == str(session) and folder.name != ".."
    return sessions_folder() / folder if plain and not (folder / FILE).exists() else folder


def check_free(session: StrPath) -> None:
    """Refuse a name or folder that a new session can't have.

    Raises:
        UsageError: there is such a session already.
    """
    from muso.compose.evolve.session import FILE

    if (folder := session_folder(session)).joinpath(FILE).exists():
        raise UsageError(f"{shown(folder)} holds a session already: resume it, or name another")


def new_session(
    form: Form,
    breeding: Breeding,
    seed: int,
    session: StrPath | None = None,
    source: StrPath | Score | None = None,
    *,
    moods: bool = False,
    style: str | None = None,
) -> Session:
    """Start to breed; the session is on the disk when this returns, and has to be closed.

    Args:
        form: what its phrases have in common.
        breeding: how generations are bred.
        seed: 0 and more.
        session: its name or folder; the date and time if None.
        source: a score whose melody the first phrases are taken from: a file, or a composed one.
        moods: let the ear hear moods too.
        style: a style that the ear is to hear too, a bundle by name or folder.

    Raises:
        UsageError: there is such a session already, nothing to start from in the score, or no
            such style.
        FileError: the score can't be read, or the session not be written.
    """
    from datetime import datetime

    from muso.compose.evolve.genome import from_score
    from muso.compose.evolve.session import Session
    from muso.service.ears import EAR

    name = session or f"{datetime.now():%Y-%m-%d-%H%M%S}"
    given = None if source is None else from_score(_read(source), form)
    folder = session_folder(name)
    hears = ({"moods": EAR} if moods else {}) | ({"style": style} if style else {})
    if hears:
        _hearing(hears)  # before anything is written: there may be no such style
    return Session.create(folder, form, breeding, seed, given, hears, _hearing)


def resume_session(session: StrPath | None = None, mend: bool = False) -> Session:
    """Go on with a session, the one of muso's own folder that was used last if None is named.

    Args:
        session: its name or folder.
        mend: go on with what can be read of a damaged one, which is kept beside it.

    Raises:
        UsageError: there is none yet. MissingFile: none of that name. DamagedFile, WrongFormat.
    """
    from muso.compose.evolve.session import FILE, Session

    if session is None:
        journals = [file for file in sessions_folder().glob(f"*/{FILE}") if file.is_file()]
        if not journals:
            raise UsageError("there is no session to resume: muso evolve starts one")
        folder = max(journals, key=lambda file: file.stat().st_mtime_ns).parent
    else:
        folder = session_folder(session)
    opened = Session.mend if mend else Session.resume
    return opened(folder, _hearing)


def export_session(
    session: StrPath,
    count: int = 3,
    folder: StrPath | None = None,
    humanize: float | None = None,
) -> list[Path]:
    """Write the best phrases of a session as MIDI, the best first.

    Args:
        session: its name or folder.
        count: how many, 1 and more; fewer are written where fewer were heard.
        folder: where; `best` in the session's own if None.
        humanize: how freely they are played, 0 (as written)…1; None leaves them alone.

    Raises:
        UsageError: nothing is rated yet, or an amount outside 0…1. MissingFile: no such session.
        DamagedFile, WrongFormat; FileError: the folder can't be written.
    """
    from muso.music.humanize import humanize as play
    from muso.music.midi import read_score, write_score

    if humanize is not None and not 0 <= humanize <= 1:
        raise UsageError(f"humanize is {humanize:g}; give 0 (as written) to 1")
    with resume_session(session) as opened:
        paths = opened.export(opened.folder / "best" if folder is None else folder, count)
        for rank, path in enumerate(paths if humanize else []):
            performed = play(read_score(path), humanize or 0.0, seed=opened.seed + rank)
            write_score(performed.score, path)
        return paths
