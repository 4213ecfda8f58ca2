"""Breeding phrases: sessions that are begun, gone on with and exported."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from muso.errors import UsageError, shown
from muso.music.files import StrPath

if TYPE_CHECKING:
    from muso.compose.evolve.genome import Form
    from muso.compose.evolve.population import Breeding
    from muso.compose.evolve.session import Session


def fit_form(source: StrPath, form: Form) -> Form:
    """`form` with the key, octave and tempo that suit a score's melody.

    Raises:
        UsageError: no pitched notes in it. FileError: it can't be read.

    >>> from muso.compose.evolve.genome import Form
    >>> fit_form("examples/brahms-wiegenlied.mid", Form()).key
    'Eb'
    """
    from muso.compose.evolve.genome import form_for
    from muso.music.midi import read_score

    return form_for(read_score(source), form)


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
    source: StrPath | None = None,
) -> Session:
    """Start to breed; the session is on the disk when this returns, and has to be closed.

    Args:
        form: what its phrases have in common.
        breeding: how generations are bred.
        seed: 0 and more.
        session: its name or folder; the date and time if None.
        source: a score whose melody the first phrases are taken from.

    Raises:
        UsageError: there is such a session already, or nothing to start from in the score.
        FileError: the score can't be read, or the session not be written.
    """
    from datetime import datetime

    from muso.compose.evolve.genome import from_score
    from muso.compose.evolve.session import Session
    from muso.music.midi import read_score

    name = session or f"{datetime.now():%Y-%m-%d-%H%M%S}"
    given = None if source is None else from_score(read_score(source), form)
    return Session.create(session_folder(name), form, breeding, seed, given)


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
    return Session.mend(folder) if mend else Session.resume(folder)


def export_session(session: StrPath, count: int = 3, folder: StrPath | None = None) -> list[Path]:
    """Write the best phrases of a session as MIDI, the best first.

    Args:
        session: its name or folder.
        count: how many, 1 and more; fewer are written where fewer were heard.
        folder: where; `best` in the session's own if None.

    Raises:
        UsageError: nothing is rated yet. MissingFile: no such session. DamagedFile, WrongFormat;
        FileError: the folder can't be written.
    """
    with resume_session(session) as opened:
        return opened.export(opened.folder / "best" if folder is None else folder, count)
