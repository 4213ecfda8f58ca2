"""What workers do for the studio: each function calls the service once and gives plain data.

`tell` is the way back to the page while the work goes on; see `muso.studio.workers`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from muso.errors import TooLong, UsageError
from muso.music.files import whole
from muso.progress import Listener
from muso.studio.jobs import progress_data
from muso.studio.wav import SAMPLE_BYTES, header

if TYPE_CHECKING:
    from muso.music.score import Score

Tell = Callable[[Any], None]

TOP = 8
"""Labels of a prediction that are shown."""
MOST_NOTES = 30_000
"""Drawn of one score."""
COVER_PIXELS = 1000
"""Longer side of a cover as it is shown."""
RING_S = 4.0
"""Kept of what rings on after a score's end."""
FADE_S = 0.3
SILENCE = 65_536
"""Samples of it at once."""
CLIP_BLOCK_S = 1.0
MOST_SOUND = 2**31
"""Bytes of a sound: three hours of a compact disc, and as much as every browser plays."""
PICTURE_ROWS = 478
"""Of a spectrogram."""


def warm(tell: Tell) -> None:
    """Load what the first file would have to wait for."""
    from muso import service

    for task in service.tasks().values():
        if any(info.name == task.bundle for info in service.bundles()):
            _ = service.load(task.bundle).sessions
    from muso.music.score import Score
    from muso.music.sound import render_blocks

    next(render_blocks(Score.of([60], [0.0], [1.0])))


def _listener(tell: Tell) -> Listener:
    return lambda progress: tell(("progress", progress_data(progress)))


def identify(path: Path, tell: Tell) -> dict[str, Any]:
    """What muso says of a file, with evidence, without its place on the disk.

    Tells `progress` through a recording.
    """
    from muso import service

    found = service.identify(path, listener=_listener(tell)).as_dict(TOP, evidence=True)
    del found["path"]
    return {**found, "models": models_of(found["media"])}


def models_of(media: str) -> list[str]:
    """The bundles that are asked about a piece of `media`: when they change, so may answers."""
    from muso import service
    from muso.bundle.store import list_bundles

    there = list_bundles()
    asked = (task.bundle for task in service.tasks().values() if task.media == media)
    return sorted(name for name in asked if name in there)


def timeline(path: Path, task: str, tell: Tell) -> dict[str, Any]:
    """How the answer of a task changes in a piece; tells `progress` through its windows."""
    from muso import service

    request = service.Request(tasks=(task,), timeline=True)
    found = service.identify(path, request, _listener(tell)).as_dict(TOP)
    if not found["predictions"]:
        raise UsageError(f"the {task} is nothing that {found['media']}s have")
    said = found["predictions"][task]
    return {"task": task, "bundle": said["bundle"], "windows": said.get("timeline", [])}


def heat(path: Path, target: Path, tell: Tell) -> None:
    """Write a cover with what spoke for its genre lit on it, as a PNG; tells `progress`."""
    from muso import service
    from muso.service.covers import TASK

    if TASK not in service.tasks():
        raise UsageError("no model here names anything about covers")
    explained = service.explain_cover(path, listener=_listener(tell))
    target.parent.mkdir(parents=True, exist_ok=True)
    with whole(target) as unfinished:
        unfinished.write_bytes(explained.picture)


def notes(path: Path, humanize: float | None, seed: int, tell: Tell) -> dict[str, Any]:
    """The notes of a score as they are drawn, perhaps as a person might play them."""
    from muso import service
    from muso.music.score import Score

    piece, moved = service.prepare(path, service.Rendering(humanize=humanize, seed=seed))
    if not isinstance(piece, Score):
        raise UsageError("only scores have notes")
    return {**notes_of(piece), "moved": None if moved is None else str(moved)}


def notes_of(score: Score) -> dict[str, Any]:
    """`score` as a page draws it: `notes` of onset, duration (s), pitch, velocity, track."""
    from muso.music.picture.systems import Systems

    kept = score.select(np.arange(len(score)) < MOST_NOTES)
    columns = (
        kept.onset_s.round(3), (kept.offset_s - kept.onset_s).round(3),
        kept.pitch, kept.velocity, kept.track,
    )  # fmt: skip
    bars = Systems.of(score).bar_s if len(score) else np.zeros(0)
    return {
        "length_s": round(score.length_s, 3),
        "count": len(score),
        "notes": [list(row) for row in zip(*(c.tolist() for c in columns), strict=True)],
        "tracks": [{"name": part.name, "drums": part.is_drum} for part in score.tracks],
        "bars_s": bars[:2000].round(3).tolist(),
        "tempo_bpm": round(float(score.tempo_bpm[0]), 1),
    }


def picture(path: Path, target: Path, theme: str, tell: Tell) -> None:
    """Write the picture of a piece: its piano roll, its spectrogram without axes, the cover.

    Tells `progress` through a recording.
    """
    from muso import service
    from muso.music.media import media_of, read_piece

    media = media_of(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    if media == "score":
        service.render(path, target, service.Rendering(theme=theme))
        return
    from PIL import Image

    if media == "clip":
        from muso.music.picture.spectrogram import draw_plot
        from muso.music.recording import open_recording

        clip = replace(open_recording(path), listener=_listener(tell))
        image = Image.fromarray(draw_plot(clip, clip.promised_s, PICTURE_ROWS, theme))
    else:
        image = Image.fromarray(read_piece(path).pixels)  # type: ignore[union-attr]
        image.thumbnail((COVER_PIXELS, COVER_PIXELS))
    with whole(target) as unfinished:
        image.save(unfinished, "PNG")


def sound(path: Path, target: Path, humanize: float | None, seed: int, tell: Tell) -> None:
    """Play a piece into a WAV file that grows; tells its length in bytes first, then how far.

    Raises:
        TooLong: more than `MOST_SOUND`. Others of `service.prepare` and `read_clip`.
    """
    from muso.music.media import media_of

    if media_of(path) == "clip" and humanize is None:
        rate, channels, frames, blocks = _recorded(path)
    else:
        rate, channels, frames, blocks = _performed(path, humanize, seed)
    size = frames * channels * SAMPLE_BYTES
    if size > MOST_SOUND:
        cause = f"its sound takes {size / 2**30:.1f} GiB; the studio plays {MOST_SOUND / 2**30:.0f}"
        raise TooLong(path, cause, "cut it")
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as file:
        done = file.write(header(rate, channels, frames))
        tell(("length", done + size))
        for block in blocks:
            done += file.write(pcm(block))
            file.flush()
            tell(("written", done))


Sounding = tuple[int, int, int, Iterator[NDArray[np.float32]]]
"""Sample rate, channels, samples a channel, and blocks `(channel, sample)` of a sound."""


def _performed(path: Path, humanize: float | None, seed: int) -> Sounding:
    from muso import service
    from muso.music.score import Score
    from muso.music.sound import SAMPLE_RATE, render_blocks

    piece, _ = service.prepare(path, service.Rendering(humanize=humanize, seed=seed))
    assert isinstance(piece, Score)
    frames = round((piece.length_s + RING_S) * SAMPLE_RATE)
    return SAMPLE_RATE, 2, frames, faded(fitted(render_blocks(piece), 2, frames), frames)


def _recorded(path: Path) -> Sounding:
    """A clip, read while it is played: a long one sounds at once."""
    from muso.music.clip import blocks, check_decoded, clip_length

    promised_s, clips = clip_length(path), blocks(path, CLIP_BLOCK_S)
    ahead = list(islice(clips, 1))
    if not ahead:
        check_decoded(path, 0.0, promised_s)
    channels, rate = len(ahead[0].samples[:2]), ahead[0].sample_rate
    frames = round(promised_s * rate)
    samples = (clip.samples[:2] for clip in chain(ahead, clips))
    return rate, channels, frames, fitted(samples, channels, frames)


def fitted(
    blocks: Iterable[NDArray[np.float32]], channels: int, frames: int
) -> Iterator[NDArray[np.float32]]:
    """`blocks` `(channel, sample)`, cut, or filled with silence, to `frames` samples."""
    at = 0
    for block in blocks:
        part = block[:, : frames - at]
        if part.shape[1] == 0:
            return
        at += part.shape[1]
        yield part
    while at < frames:
        silence = np.zeros((channels, min(frames - at, SILENCE)), np.float32)
        at += silence.shape[1]
        yield silence


def faded(blocks: Iterable[NDArray[np.float32]], frames: int) -> Iterator[NDArray[np.float32]]:
    """`blocks` `(channel, sample)` of `frames` samples, faded out at the end."""
    fade = round(FADE_S * 44_100)
    at = 0
    for block in blocks:
        index = np.arange(at, at + block.shape[1], dtype=np.float32)
        at += block.shape[1]
        yield block * np.clip((frames - index) / fade, 0.0, 1.0) if at > frames - fade else block


def pcm(block: NDArray[np.float32]) -> bytes:
    """16-bit samples of a block `(channel, sample)`, channels in turn."""
    return (np.clip(block, -1.0, 1.0).T * 32_767).astype("<i2").tobytes()


def export(
    path: Path, target: Path, humanize: float | None, seed: int, theme: str, tell: Tell
) -> None:
    """Make a sound, a picture or a score of a piece, by the suffix of `target`.

    Tells `progress` through the seconds of a score's sound.
    """
    from muso import service

    target.parent.mkdir(parents=True, exist_ok=True)
    rendering = service.Rendering(humanize=humanize, seed=seed, theme=theme)
    service.render(path, target, rendering, _listener(tell))
