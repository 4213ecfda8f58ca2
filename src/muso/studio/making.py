"""What a worker does to compose: notes, their sound and the finished piece, as they come to be."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from muso.compose.composition import Composition, Note
from muso.compose.request import ComposeRequest
from muso.errors import MusoError
from muso.music.score import Score
from muso.progress import Progress
from muso.studio.files import Files
from muso.studio.jobs import progress_data
from muso.studio.wav import header

Tell = Callable[[Any], None]

FIRST_S = 0.5
"""Music in the first part that is played; each later one is longer, as far as `LONGEST_S`."""
GROWTH = 1.5
LONGEST_S = 5.0


class Making:
    """A stream of notes cut into parts to play; afterwards it holds the composition."""

    def __init__(self, stream: Iterable[Note | Composition], tell: Tell, program: int) -> None:
        self.composition: Composition | None = None
        self._stream = stream
        self._tell = tell
        self._program = program

    def parts(self) -> Iterator[tuple[Score, float]]:
        """Notes as scores, with the second up to which there will be no more in each."""
        held: list[Note] = []
        until_s, step_s = 0.0, FIRST_S
        for item in self._stream:
            if isinstance(item, Composition):
                self.composition = item
                break
            if item.onset_s >= until_s + step_s and held:
                until_s = item.onset_s
                yield self._part(held), until_s
                held, step_s = [], min(step_s * GROWTH, LONGEST_S)
            held.append(item)
        if held:
            yield self._part(held), max(note.onset_s for note in held)

    def _part(self, held: list[Note]) -> Score:
        self._tell(("notes", [
            [round(n.onset_s, 3), round(n.duration_s, 3), n.pitch, n.velocity, 0] for n in held
        ]))  # fmt: skip
        # At 60 beats a minute a beat is a second.
        score = Score.of(
            np.array([n.pitch for n in held]), np.array([n.onset_s for n in held]),
            np.array([n.duration_s for n in held]), np.array([n.velocity for n in held]),
            tempo_bpm=60.0,
        )  # fmt: skip
        return replace(
            score, tracks=tuple(replace(part, program=self._program) for part in score.tracks)
        )


def compose(
    asked: Mapping[str, Any], start: Path | None, target: Path, folder: Path, tell: Tell
) -> dict[str, Any]:
    """Compose, playing into the growing WAV `target`; the piece is added to the files in `folder`.

    Tells `notes` as they are decided, `progress`, and `written` bytes of sound.

    Returns:
        The finished `piece` by name, and the `facts` of the composition.
    """
    from muso.music.midi import format_score
    from muso.music.sound import SAMPLE_RATE
    from muso.music.sound.live import live_blocks
    from muso.service import composing
    from muso.studio.work import pcm

    request = ComposeRequest(**asked, start=start)

    def listener(progress: Progress) -> None:
        tell(("progress", progress_data(progress)))

    making = Making(composing.compose_stream(request, listener), tell, request.instrument or 0)
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as file:
        done = file.write(header(SAMPLE_RATE, 2, None))
        for block in live_blocks(making.parts()):
            done += file.write(pcm(block))
            file.flush()
            tell(("written", done))
    assert making.composition is not None
    facts = making.composition.as_dict()
    facts.pop("request")
    piece = Files(folder).add(format_score(making.composition.score), ".mid")
    return {"piece": piece, "facts": facts}


def warm(tell: Tell) -> None:
    """Load what the first composition would have to wait for, if there is what composes."""
    for asked in ({}, {"valence": 0.5, "arousal": 0.5}):
        with TemporaryDirectory() as folder, contextlib.suppress(MusoError):
            target = Path(folder, "warm.wav")
            compose({**asked, "seconds": 8}, None, target, Path(folder), lambda event: None)


def composers() -> list[dict[str, Any]]:
    """The models that compose, muso's own first, then styles by name."""
    from muso.bundle.language import is_language
    from muso.bundle.store import list_bundles, shipped_folder
    from muso.compose.request import DEFAULT_BUNDLE

    found = {name: folder for name, folder in list_bundles().items() if is_language(folder)}
    return [
        {
            "name": name,
            "default": name == DEFAULT_BUNDLE,
            "own": found[name].parent != shipped_folder(),
        }
        for name in sorted(found, key=lambda name: (name != DEFAULT_BUNDLE, name))
    ]
